//! History from elsewhere: who said what when, under the numbers that the other side gave it.
//!
//! It comes in batches, each of them one command. The messages take the room's next numbers, keep their own times and
//! senders, and are in the room once however often they are brought; so an import that was cut off is run again.

mod batch;
mod importer;
mod report;
mod under_way;

pub use batch::{ImportBatch, ImportedMember, ImportedMessage, ImportedRoom, MAX_ITEMS};
pub use importer::{Destination, Importer};
pub use report::{ImportReport, LeftOut};
