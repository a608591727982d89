//! What every bus that leaves the process shares, so that an adapter only moves bytes.
//!
//! [`RemoteBus`] is the [`Bus`](chinwag_chat::Bus) of a node; [`RemoteHints`] is its receiving end, whose
//! [`deliver`](RemoteHints::deliver) runs for as long as the node does. Both stand on a [`Wire`], which an adapter
//! implements: how to make a [`Link`], and the link's three halves that publish, subscribe and receive.
//!
//! - A node's own hints go through a [`LocalBus`](chinwag_bus_local::LocalBus) to its own sink, at once and whatever the
//!   state of the wire. What comes back of them over the wire is recognised by the sender's tag and dropped.
//! - Other nodes get them through a bounded queue, in envelopes of as many hints of one topic as waited.
//! - The supervisor keeps one link: it subscribes to what is followed, in batches; sees by a beat that goes out and
//!   comes back whether the link is alive; makes a new one when it is not, for ever, at growing and random intervals;
//!   and says `on_gap` and `on_loss` where hints may have been missed.
#![forbid(unsafe_code)]

mod backoff;
mod envelope;
mod error;
mod figures;
mod interest;
mod outgoing;
mod pulse;
mod remote_bus;
mod settings;
mod supervisor;
mod tasks;
mod topic;
mod wire;
mod wire_hint;

pub use error::WireError;
pub use remote_bus::{RemoteBus, RemoteHints};
pub use settings::{SUBSCRIBE_AT_ONCE, Settings};
pub use topic::{NodeTag, Topic};
pub use wire::{Event, Link, Message, Publisher, Subscriber, Wire, WireDescription};
