//! A channel's log, read once for all who are to be told of it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use chinwag_chat::{
    Change, Channel, Rev, RoomChange, RoomEvent, RoomId, Store, StoreError, UserChange, UserEvent, UserId,
};
use chinwag_protocol::{Encoding, Publication};
use chinwag_realtime::Entry;
use tokio::sync::Mutex;

/// How many changes are read at once.
const PAGE: usize = 200;

/// A change, ready to be told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) rev: Rev,
    pub(crate) publication: Publication,
    pub(crate) push: Bytes,
    /// Who follows the room no more from here on.
    pub(crate) left: Option<UserId>,
    /// The room that the channel's user is a member of from here on, and where in its log.
    pub(crate) joined: Option<(RoomId, Rev)>,
}

impl Told {
    fn new(change: &Change, name: &Arc<str>) -> Self {
        let (mut left, mut joined) = (None, None);
        match change {
            Change::Room(RoomChange { event: RoomEvent::MemberLeft { user, .. }, .. }) => {
                left = Some(user.id.clone());
            }
            Change::User(UserChange { event: UserEvent::RoomJoined { room, room_rev, .. }, .. }) => {
                joined = Some((*room, *room_rev));
            }
            _ => {}
        }
        let entry = Entry::new(change, name.clone());
        let (rev, publication) = (entry.rev(), entry.publication().clone());
        Self { rev, publication, push: entry.push(Encoding::Json), left, joined }
    }
}

/// What comes after a position, in order and without a hole; nothing where the log does not go back so far.
pub(crate) type Page = Option<Arc<[Told]>>;

/// The pages of one channel that were read already.
pub(crate) struct Pages {
    store: Arc<dyn Store>,
    channel: Channel,
    name: Arc<str>,
    read: Mutex<HashMap<Rev, Page>>,
}

impl Pages {
    pub(crate) fn new(store: Arc<dyn Store>, channel: Channel) -> Self {
        let name = channel.to_string().into();
        Self { store, channel, name, read: Mutex::default() }
    }

    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The changes after a position; empty at the head.
    pub(crate) async fn after(&self, rev: Rev) -> Result<Page, StoreError> {
        let mut read = self.read.lock().await;
        if let Some(page) = read.get(&rev) {
            return Ok(page.clone());
        }
        let page = match self.store.changes_after(&self.channel, rev, PAGE).await {
            Err(StoreError::Gone(_)) => return Ok(None),
            page => page?,
        };
        let is_whole = match page.changes.first() {
            Some(first) => first.rev() == rev.next(),
            None => page.head.rev <= rev,
        };
        let told =
            is_whole.then(|| page.changes.iter().map(|change| Told::new(change, &self.name)).collect());
        // What was at the head may be further on when it is asked for again.
        if !page.changes.is_empty() {
            read.insert(rev, told.clone());
        }
        Ok(told)
    }
}
