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

mod account;
mod audit;
pub mod blobs;
mod bus;
mod change;
mod channel;
pub mod cluster;
mod command;
mod cursor;
mod direct_event;
mod entropy;
pub mod erased;
pub mod export;
mod facts;
mod file;
mod follow_ups;
mod hook;
mod ids;
pub mod import;
mod key;
mod limits;
mod member;
mod mention;
mod message;
mod moderation;
mod notifications;
mod numbers;
mod order;
pub mod outbox;
mod profile;
mod push;
mod reaction;
mod refusal;
mod room;
mod room_settings;
pub mod rules;
pub mod search;
mod service;
mod session;
mod state;
mod status;
pub mod store;
mod stored_event;
mod time;
pub mod trace;
mod typing;
mod user;

pub use account::{Account, AccountChange, Standing};
pub use audit::{AuditEntry, AuditNote};
pub use bus::{Bus, Hint, HintSink};
pub use change::{Change, RoomChange, RoomEvent, UserChange, UserEvent};
pub use channel::{Channel, UnknownChannel};
pub use command::{
    AddMember, BanMember, CreateRoom, DeleteMessage, EditMessage, Forget, Needs, PinMessage, PostMessage,
    React, RemoveMember, RoomAction, RoomCommand, SetMute, SetRole, UnbanMember, UpdateRoom,
};
pub use cursor::{Cursor, CursorKind, Moved};
pub use direct_event::{EventData, EventName};
pub use entropy::{Entropy, IdSource};
pub use facts::{Facts, ReactionFacts, Subject};
pub use file::{
    File, FileName, FilePurpose, MAX_ATTACHMENTS, MediaType, NewFile, Picture, Preview, StoredFile,
    UnknownPurpose,
};
pub use follow_ups::{ChangeRef, FollowUp, FollowUps, PushFollowUp};
pub use hook::{Judgement, PreSend, Proposed, ProposedAs};
pub use ids::{
    ClientId, FileId, InvalidId, KeyId, MessageId, NodeId, RoomId, SessionId, SubscriptionId, UserId,
};
pub use key::{Key, KeyHolder, KeyName, KeysOf, NewHolder, NewKey};
pub use limits::Limits;
pub use member::{Member, Role};
pub use mention::Mentions;
pub use message::{Details, Edit, Message, MessageText, MessageView, Replies};
pub use moderation::{
    Ban, NewBan, NewReport, Report, ReportAction, ReportReason, ReportState, ReportedRoom, remark,
};
pub use notifications::{NotificationChange, NotificationSettings, NotifyLevel};
pub use numbers::{Epoch, Head, Rev, Seq};
pub use order::{Order, OrderTarget, Ordered};
pub use outbox::{Outbox, WorkKind};
pub use profile::{About, Profile, ProfileChange};
pub use push::{Endpoint, Notifying, PushKey, PushKeys, PushNotice, PushSubscription, ToNotify, Waiting};
pub use reaction::{Emoji, Reaction};
pub use refusal::{FieldError, Refusal};
pub use room::{DirectKey, Room, RoomKind, RoomName, RoomView};
pub use room_settings::{Permissions, RoomSettings, SettingsPatch};
pub use service::{
    Chat, ChatError, CreatedRoom, ImportedBatch, ImportedUser, NewMessage, PostedMessage, SameName,
};
pub use session::{Session, SessionToken, TokenHash};
pub use state::StateEvent;
pub use status::{KeptStatus, Presence, PresenceEntry, PresenceWish, Status, StatusText};
pub use store::{Store, StoreError};
pub use stored_event::StoredEvent;
pub use time::{Clock, Timestamp};
pub use user::{DisplayName, NewUser, PasswordHash, User, UserName};
