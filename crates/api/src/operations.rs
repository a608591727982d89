//! What can be asked of Chinwag, by noun: a request, an answer and a function each.
//!
//! The requests carry every argument in one object, as RPC sends it. Over HTTP the path's ids are put in their place;
//! those fields are not part of the documented body. Fields that are not known are ignored.

pub mod config;
pub mod cursors;
pub mod events;
mod fields;
mod made;
pub mod members;
pub mod messages;
mod one_member;
pub mod presence;
pub mod rooms;
pub mod sessions;
pub mod shape;
pub mod users;

pub use made::{Done, Made};
