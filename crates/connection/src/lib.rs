//! One client connection as a state machine without IO.
//!
//! Commands, completions of what was started, notices and the time go in; replies, effects and the next deadline come
//! out. It knows no socket, no clock, no store and no channel log: whoever drives it does what an [`Effect`] says and
//! hands the [`Answer`] back. The same machine serves a WebSocket, an HTTP stream, a Lambda and a simulation.
//!
//! Order: commands are started in the order in which they came. `connect`, `subscribe`, `unsubscribe` and `refresh`
//! run alone (so a reply always precedes the first push of its subscription, and a subscribe is never overtaken by
//! its unsubscribe); everything else overlaps, up to a limit.
#![forbid(unsafe_code)]

mod command_rate;
mod config;
mod effect;
mod liveness;
mod machine;
mod moment;
mod outcome;
mod queue;
mod subscriptions;

pub use config::Config;
pub use effect::{Answer, Connected, Effect, EffectId, Failure, Position, Resumption, Subscribed};
pub use machine::{Connection, Output};
pub use moment::Moment;
pub use subscriptions::Side;
