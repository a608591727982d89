//! A store that counts how often its log is read, and can be away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{
    Administration, Arrival, ChangePage, CommitError, Duties, Exports, Files, FoundMessages, Keys, Log,
    LogPlace, MessagePage, MessageRecord, MessageSearch, Messages, Moderation, Notifications, OwnReaction,
    Page, Profiles, Push, Records, RoomAge, RoomSummary, Rooms, Search, Secrets, Sessions, Statuses,
    ThreadView, Totals, Users,
};
use chinwag_chat::*;
use parking_lot::Mutex;

pub(super) struct WatchedStore {
    inner: Arc<dyn Store>,
    pub(super) page_reads: AtomicU64,
    pub(super) head_reads: AtomicU64,
    pub(super) away: AtomicBool,
    /// Says that every channel is at this rev, and has no changes.
    pub(super) claims: Mutex<Option<Rev>>,
    /// How many reads failed.
    pub(super) failures: AtomicU64,
}

impl WatchedStore {
    pub(super) fn new(inner: Arc<dyn Store>) -> Self {
        let (page_reads, head_reads, failures, claims) = Default::default();
        Self { inner, page_reads, head_reads, away: AtomicBool::new(false), claims, failures }
    }

    /// Reads of pages and of heads since the last time.
    pub(super) fn reads(&self) -> (u64, u64) {
        (self.page_reads.swap(0, Ordering::Relaxed), self.head_reads.swap(0, Ordering::Relaxed))
    }

    fn claimed(&self) -> Option<Head> {
        self.claims.lock().map(|rev| Head { rev, ..Head::default() })
    }

    fn is_there(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::Relaxed) {
            self.failures.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Log for WatchedStore {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        self.inner.commit(command, at).await
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.page_reads.fetch_add(1, Ordering::Relaxed);
        self.is_there()?;
        if let Some(head) = self.claimed() {
            return Ok(ChangePage { changes: vec![], head });
        }
        self.inner.changes_after(channel, after, limit).await
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        self.head_reads.fetch_add(1, Ordering::Relaxed);
        self.is_there()?;
        if let Some(head) = self.claimed() {
            return Ok(vec![head; channels.len()]);
        }
        self.inner.heads(channels).await
    }
}

/// Hands on what is of no interest here.
macro_rules! as_it_is {
    ($($port:ident { $($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl $port for WatchedStore {
            $(async fn $name(&self, $($argument: $kind),*) -> $answer {
                self.inner.$name($($argument),*).await
            })*
        }
    )*};
}

as_it_is! {
    Rooms {
        may_read(room: RoomId, user: &UserId) -> Result<bool, StoreError>;
        room(room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError>;
        rooms_of(user: &UserId, after: Option<RoomId>, limit: usize) -> Result<Vec<RoomView>, StoreError>;
        arrival_of(user: &UserId) -> Result<Option<Arrival>, StoreError>;
        small_rooms_of(users: &[UserId], max_members: u64) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError>;
        share_a_room(one: &UserId, other: &UserId) -> Result<bool, StoreError>;
        public_rooms(query: &str, user: &UserId, limit: usize) -> Result<Vec<RoomView>, StoreError>;
        members(room: RoomId, after: Option<&UserId>, limit: usize) -> Result<Page<Member>, StoreError>;
        move_cursor(room: RoomId, user: &UserId, kind: CursorKind, seq: Seq) -> Result<Option<Moved>, StoreError>;
    }
    Messages {
        messages(room: RoomId, viewer: &UserId, page: MessagePage) -> Result<Page<MessageView>, StoreError>;
        message(room: RoomId, viewer: &UserId, seq: Seq) -> Result<Option<MessageView>, StoreError>;
        pins(room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError>;
        edits(room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError>;
        threads_of(user: &UserId, limit: usize) -> Result<Vec<ThreadView>, StoreError>;
        move_thread_cursor(room: RoomId, root: Seq, user: &UserId, seq: Seq) -> Result<Option<ThreadView>, StoreError>;
    }
    Exports {
        room_record(room: RoomId) -> Result<Option<Room>, StoreError>;
        account_created_at(user: &UserId) -> Result<Option<Timestamp>, StoreError>;
        message_records(room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError>;
        room_written_in(user: &UserId, after: Option<RoomId>) -> Result<Option<RoomId>, StoreError>;
        reactions_of(user: &UserId, after: Option<&OwnReaction>, limit: usize) -> Result<Vec<OwnReaction>, StoreError>;
    }
    Duties {
        claim_duty(duty: &str, holder: &NodeId, at: Timestamp, hold: std::time::Duration) -> Result<bool, StoreError>;
        forget_duties(at: Timestamp) -> Result<(), StoreError>;
        room_ages(after: Option<RoomId>, limit: usize) -> Result<Vec<RoomAge>, StoreError>;
        trim(room: RoomId, before: Timestamp, most: usize, at: Timestamp) -> Result<u64, StoreError>;
        begin_erasure(user: &UserId, name: &UserName, by: Option<&UserId>, at: Timestamp) -> Result<Option<Vec<SessionId>>, StoreError>;
        erasures(limit: usize) -> Result<Vec<UserId>, StoreError>;
        messages_to_erase(user: &UserId, room: RoomId, after: Option<&ClientId>, limit: usize) -> Result<Vec<(ClientId, Seq)>, StoreError>;
        scrub_logs(user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError>;
        finish_erasure(user: &UserId) -> Result<(), StoreError>;
    }
    Notifications {
        set_notifications(room: RoomId, user: &UserId, change: NotificationChange) -> Result<Option<NotificationSettings>, StoreError>;
    }
    Push {
        push_key(proposed: PushKey) -> Result<PushKey, StoreError>;
        subscribe(subscription: &PushSubscription) -> Result<SubscriptionId, StoreError>;
        unsubscribe(id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError>;
        to_notify(notifying: Notifying, after: Option<&(UserId, SubscriptionId)>, limit: usize) -> Result<ToNotify, StoreError>;
        notice(subscription: SubscriptionId, notifying: Notifying) -> Result<Option<PushNotice>, StoreError>;
        note_pushed(subscription: SubscriptionId, room: RoomId, seq: Seq) -> Result<(), StoreError>;
    }
    Keys {
        create_key(key: NewKey, by: Option<&UserId>) -> Result<(), CommitError>;
        bots(after: Option<&UserId>, limit: usize) -> Result<Page<User>, StoreError>;
        is_bot(user: &UserId) -> Result<bool, StoreError>;
        keys(of: &KeysOf) -> Result<Vec<Key>, StoreError>;
        key_by_secret(hash: TokenHash) -> Result<Option<Key>, StoreError>;
        keys_by_id(ids: &[KeyId]) -> Result<Vec<Key>, StoreError>;
        touch_key(id: KeyId, at: Timestamp) -> Result<(), StoreError>;
        delete_key(id: KeyId, of: &KeysOf, by: Option<&UserId>, at: Timestamp) -> Result<Key, CommitError>;
    }
    Statuses {
        set_status(user: &UserId, status: &Status) -> Result<(), StoreError>;
        statuses(users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError>;
    }
    Moderation {
        bans(room: RoomId, now: Timestamp, after: Option<&UserId>, limit: usize) -> Result<Page<Ban>, StoreError>;
        set_block(user: &UserId, other: &UserId, is_blocked: bool, at: Timestamp) -> Result<bool, StoreError>;
        blocked_by(user: &UserId, limit: usize) -> Result<Vec<User>, StoreError>;
        blockers_of(sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError>;
        report(report: NewReport) -> Result<bool, StoreError>;
        reports(state: Option<ReportState>, before: Option<u64>, limit: usize) -> Result<Page<Report>, StoreError>;
        report_of(id: u64) -> Result<Option<Report>, StoreError>;
        close_report(id: u64, by: &UserId, action: ReportAction, note: Option<String>, at: Timestamp) -> Result<bool, StoreError>;
    }
    Administration {
        standing(user: &UserId) -> Result<Option<Standing>, StoreError>;
        claim(user: &UserId, at: Timestamp) -> Result<bool, StoreError>;
        account(user: &UserId) -> Result<Option<Account>, StoreError>;
        accounts(query: &str, after: Option<&UserId>, limit: usize) -> Result<Page<Account>, StoreError>;
        change_account(user: &UserId, change: AccountChange, by: Option<&UserId>, at: Timestamp) -> Result<(), CommitError>;
        all_rooms(query: &str, after: Option<RoomId>, limit: usize) -> Result<Page<RoomSummary>, StoreError>;
        totals() -> Result<Totals, StoreError>;
        audit(before: Option<u64>, limit: usize) -> Result<Page<AuditEntry>, StoreError>;
    }
    Search {
        search(user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError>;
    }
    Users {
        create_user(user: NewUser) -> Result<(), CommitError>;
        user(id: &UserId) -> Result<Option<User>, StoreError>;
        user_by_name(name: &UserName) -> Result<Option<(User, Option<PasswordHash>)>, StoreError>;
        find_users(query: &str, limit: usize) -> Result<Vec<User>, StoreError>;
    }
    Profiles {
        profile(id: &UserId) -> Result<Option<Profile>, StoreError>;
        change_profile(id: &UserId, change: ProfileChange) -> Result<Profile, CommitError>;
    }
    Files {
        begin_file(file: NewFile, max_bytes: u64) -> Result<(), CommitError>;
        finish_file(id: FileId, size: u64, picture: Option<Picture>, due_at: Timestamp) -> Result<bool, StoreError>;
        file(id: FileId) -> Result<Option<StoredFile>, StoreError>;
        give_up_file(id: FileId) -> Result<(), StoreError>;
        bytes_of(owner: &UserId) -> Result<u64, StoreError>;
        take_due_files(now: Timestamp, limit: usize) -> Result<Vec<FileId>, StoreError>;
        forget_files(ids: &[FileId]) -> Result<(), StoreError>;
    }
    Secrets {
        secret(name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError>;
    }
    Sessions {
        create_session(session: &Session, token: TokenHash) -> Result<(), StoreError>;
        session_by_token(token: TokenHash) -> Result<Option<Session>, StoreError>;
        session(id: SessionId) -> Result<Option<Session>, StoreError>;
        sessions(user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError>;
        sessions_by_id(ids: &[SessionId]) -> Result<Vec<Session>, StoreError>;
        touch_sessions(ids: &[SessionId], at: Timestamp) -> Result<(), StoreError>;
        delete_session(id: SessionId) -> Result<bool, StoreError>;
        delete_expired_sessions(now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError>;
    }
}
