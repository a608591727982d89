//! A change on its way to many connections: encoded once per encoding, then shared.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use chinwag_chat::{
    Change, Channel, Rev, RoomChange, RoomEvent, RoomId, Seq, StateEvent, UserChange, UserEvent, UserId,
};
use chinwag_protocol::{Encoding, Publication, encode_publication};

use crate::frame::Framed;

/// A change and its bytes.
#[derive(Debug)]
pub struct Entry {
    rev: Rev,
    seq: Option<Seq>,
    /// The message that it tells of in full.
    message: Option<Seq>,
    /// The messages that say something else since then, or nothing: what told of them before must not be told again.
    revised: Option<(Seq, Seq)>,
    /// Who may follow the room no more from here on.
    left: Option<UserId>,
    /// The room that the channel's user is a member of from here on, and where in its log.
    joined: Option<(RoomId, Rev)>,
    channel: Arc<str>,
    publication: Publication,
    json: OnceLock<Framed>,
    protobuf: OnceLock<Framed>,
}

impl Entry {
    /// The change as a publication on its channel, whose name is shared by all its entries.
    #[must_use]
    pub fn new(change: &Change, channel: Arc<str>) -> Self {
        let (mut seq, mut left, mut joined) = (None, None, None);
        let (mut message, mut revised) = (None, None);
        if let Change::Room(RoomChange { event, .. }) = change {
            message = event.message().map(|message| message.seq);
            revised = match event {
                RoomEvent::MessageEdited { message, .. } | RoomEvent::MessageDeleted { message, .. } => {
                    Some((message.seq, message.seq))
                }
                RoomEvent::MessagesRemoved { up_to } => Some((Seq::ZERO, *up_to)),
                _ => None,
            };
        }
        match change {
            Change::Room(RoomChange { event: RoomEvent::MessageCreated { message }, .. }) => {
                seq = Some(message.seq);
            }
            Change::Room(RoomChange { event: RoomEvent::MemberLeft { user, .. }, .. }) => {
                left = Some(user.id.clone());
            }
            Change::User(UserChange { event: UserEvent::RoomJoined { room, room_rev, .. }, .. }) => {
                joined = Some((*room, *room_rev));
            }
            _ => {}
        }
        let publication = Publication {
            data: json(change),
            offset: change.rev().0,
            time: change.at().unix_ms(),
            ..Publication::default()
        };
        let (json, protobuf) = (OnceLock::new(), OnceLock::new());
        Self { rev: change.rev(), seq, message, revised, left, joined, channel, publication, json, protobuf }
    }

    /// The change's number.
    #[must_use]
    pub fn rev(&self) -> Rev {
        self.rev
    }

    /// The number of the message that it creates, if it does.
    #[must_use]
    pub(crate) fn seq(&self) -> Option<Seq> {
        self.seq
    }

    /// The number of the message that it tells of in full.
    #[must_use]
    pub(crate) fn message(&self) -> Option<Seq> {
        self.message
    }

    /// The first and the last of the messages that say something else since then, or nothing.
    #[must_use]
    pub(crate) fn revised(&self) -> Option<(Seq, Seq)> {
        self.revised
    }

    /// Who left the room by it.
    #[must_use]
    pub(crate) fn left(&self) -> Option<&UserId> {
        self.left.as_ref()
    }

    /// The room that the channel's user joined by it, and where in the room's log.
    #[must_use]
    pub(crate) fn joined(&self) -> Option<(RoomId, Rev)> {
        self.joined
    }

    /// The change as an entry of a log, for replies.
    #[must_use]
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The push that carries it.
    #[must_use]
    pub fn push(&self, encoding: Encoding) -> Bytes {
        self.framed(encoding).message()
    }

    /// The push in its frame, encoded when it is first asked for.
    pub(crate) fn framed(&self, encoding: Encoding) -> &Framed {
        let encoded = match encoding {
            Encoding::Json => &self.json,
            Encoding::Protobuf => &self.protobuf,
        };
        encoded.get_or_init(|| {
            Framed::new(encoding, &encode_publication(encoding, &self.channel, self.publication.clone()))
        })
    }

    /// About how much memory it keeps.
    pub(crate) fn weight(&self) -> usize {
        // The data, and once more for each of the encodings.
        3 * self.publication.data.len() + 256
    }
}

/// The push that carries a state event. Not cached: most go to few connections, once.
#[must_use]
pub fn state_push(encoding: Encoding, channel: &Channel, event: &StateEvent) -> Bytes {
    let publication = Publication { data: json(event), ..Publication::default() };
    encode_publication(encoding, &channel.to_string(), publication)
}

/// Our own types always serialise: their keys are strings and nothing in them can fail.
fn json<T: serde::Serialize>(value: &T) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}
