//! The domain of Chinwag: rooms, members, messages and who may do what with them.
//!
//! This crate knows no socket, no database, no clock and no randomness of its own. What it needs from the world are the
//! ports [`Store`], [`Bus`], [`Clock`] and [`Entropy`]; adapters implement them. The rules themselves are pure
//! functions ([`rules::decide`]) that every store runs *inside* its own transaction, so that a permission is checked
//! against the very rows that the change is written to.
//!
//! The one idea: the store is the truth, the bus is a hint, and there is one repair path. A change is accepted when
//! the store has committed it at the channel's next [`Rev`]; everything after that may fail without harm.
#![forbid(unsafe_code)]

mod bus;
mod change;
mod channel;
pub mod cluster;
mod command;
mod cursor;
mod direct_event;
mod entropy;
mod facts;
mod follow_ups;
mod ids;
mod limits;
mod member;
mod message;
mod numbers;
pub mod outbox;
mod refusal;
mod room;
pub mod rules;
pub mod search;
mod service;
mod session;
mod state;
pub mod store;
mod time;
mod user;

pub use bus::{Bus, Hint, HintSink};
pub use change::{Change, RoomChange, RoomEvent, UserChange, UserEvent};
pub use channel::{Channel, UnknownChannel};
pub use command::{
    AddMember, CreateRoom, Needs, PostMessage, RemoveMember, RenameRoom, RoomAction, RoomCommand, SetRole,
};
pub use cursor::Cursor;
pub use direct_event::{EventData, EventName};
pub use entropy::{Entropy, IdSource};
pub use facts::{Facts, Subject};
pub use follow_ups::{ChangeRef, FollowUp, FollowUps};
pub use ids::{ClientId, InvalidId, MessageId, NodeId, RoomId, SessionId, UserId};
pub use limits::Limits;
pub use member::{Member, Role};
pub use message::{Message, MessageText};
pub use numbers::{Epoch, Head, Rev, Seq};
pub use outbox::{Outbox, WorkKind};
pub use refusal::{FieldError, Refusal};
pub use room::{DirectKey, Room, RoomKind, RoomName, RoomView};
pub use service::{Chat, ChatError, CreatedRoom, PostedMessage};
pub use session::{Session, SessionToken, TokenHash};
pub use state::StateEvent;
pub use store::{Store, StoreError};
pub use time::{Clock, Timestamp};
pub use user::{DisplayName, NewUser, PasswordHash, User, UserName};
