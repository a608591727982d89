//! A store, some people, and short ways to ask things of it.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use chinwag_chat::rules::{CommandResult, Outcome};
use chinwag_chat::store::{CommitError, MessagePage};
use chinwag_chat::{
    AddMember, BanMember, Bus, Change, Channel, CreateRoom, DeleteMessage, EditMessage, FileId, FollowUps,
    Hint, Message, MessageId, MessageText, MessageView, NewUser, PinMessage, PostMessage, React, Refusal,
    RemoveMember, Rev, Role, RoomAction, RoomCommand, RoomId, RoomKind, RoomView, Seq, SessionId, SetMute,
    SetRole, SettingsPatch, Store, Timestamp, UnbanMember, UpdateRoom, User, UserId,
};
use parking_lot::Mutex;

/// A store with nothing in it, and whatever must live as long (a temporary directory, a container).
pub struct Fresh {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What must outlive it.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// A bus that remembers which changes were announced.
#[derive(Default)]
pub struct Announced(Mutex<Vec<Arc<Change>>>);

impl Announced {
    /// The changes so far, in the order in which they came.
    #[must_use]
    pub fn changes(&self) -> Vec<Arc<Change>> {
        self.0.lock().clone()
    }
}

impl Bus for Announced {
    fn publish(&self, hint: Hint) {
        if let Hint::Changed(change) = hint {
            self.0.lock().push(change);
        }
    }
}

/// A fresh store with a clock that ticks a millisecond a command.
pub struct World {
    /// The store under test. Dropped before what it needs.
    pub store: Arc<dyn Store>,
    /// What it announced.
    pub announced: Arc<Announced>,
    now_ms: AtomicU32,
    ids: AtomicU64,
    /// How many histories a case lives through that makes them up.
    pub(super) histories: u32,
    _keep: Box<dyn Any + Send + Sync>,
}

impl World {
    /// A world over a fresh store.
    pub async fn over<F, Fut>(factory: F) -> Self
    where
        F: FnOnce(Arc<dyn Bus>) -> Fut,
        Fut: Future<Output = Fresh>,
    {
        let announced = Arc::new(Announced::default());
        let fresh = factory(announced.clone()).await;
        Self::of(fresh, announced)
    }

    /// A world over a fresh store, where there can be one.
    pub async fn over_any<F, Fut>(factory: F) -> Option<Self>
    where
        F: FnOnce(Arc<dyn Bus>) -> Fut,
        Fut: Future<Output = Option<Fresh>>,
    {
        let announced = Arc::new(Announced::default());
        let fresh = factory(announced.clone()).await?;
        Some(Self::of(fresh, announced))
    }

    fn of(Fresh { store, keep }: Fresh, announced: Arc<Announced>) -> Self {
        Self {
            store,
            announced,
            now_ms: AtomicU32::new(0),
            ids: AtomicU64::new(0),
            histories: 24,
            _keep: keep,
        }
    }

    /// The same, of which each case that makes up histories lives through so many.
    #[must_use]
    pub fn living_through(self, histories: u32) -> Self {
        Self { histories, ..self }
    }

    /// A later time at every call.
    pub fn now(&self) -> Timestamp {
        let ms = self.now_ms.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_unix_ms(1_750_000_000_000 + i64::from(ms))
    }

    fn number(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// An id that no room has.
    pub fn new_room_id(&self) -> RoomId {
        RoomId::from_parts(1, self.number().into())
    }

    /// An id that no session has.
    pub fn new_session_id(&self) -> SessionId {
        SessionId::from_parts(1, self.number().into())
    }

    /// An id that no file has.
    pub fn new_file_id(&self) -> FileId {
        FileId::from_parts(1, self.number().into())
    }

    /// Somebody of that name, whose id sorts after those created before.
    pub async fn user(&self, name: &str) -> User {
        let user = User::new(
            format!("u{:06}", self.number()).parse().unwrap(),
            name.parse().unwrap(),
            name.parse().unwrap(),
        );
        self.create(user).await
    }

    /// Somebody who shows themselves under another name than they sign in with.
    pub async fn user_shown_as(&self, name: &str, display_name: &str) -> User {
        let user = User::new(
            format!("u{:06}", self.number()).parse().unwrap(),
            name.parse().unwrap(),
            display_name.parse().unwrap(),
        );
        self.create(user).await
    }

    async fn create(&self, user: User) -> User {
        let new = NewUser { user: user.clone(), password: None, created_at: self.now() };
        self.store.create_user(new).await.unwrap();
        user
    }

    /// Asks something of a room.
    pub async fn ask(&self, room: RoomId, actor: &User, action: RoomAction) -> Result<Outcome, CommitError> {
        self.store.commit(command(room, actor, action), self.now()).await
    }

    /// Asks something of a room that is refused.
    pub async fn refusal(&self, room: RoomId, actor: &User, action: RoomAction) -> Refusal {
        match self.ask(room, actor, action).await {
            Err(CommitError::Refused(refusal)) => refusal,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    /// A room of that kind, named after it if it needs a name.
    pub async fn room(&self, kind: RoomKind, owner: &User, members: &[&User]) -> RoomId {
        let name = matches!(kind, RoomKind::Public | RoomKind::Private).then_some(kind.as_str());
        self.named_room(kind, name, owner, members).await
    }

    /// A room of that kind and name.
    pub async fn named_room(
        &self,
        kind: RoomKind,
        name: Option<&str>,
        owner: &User,
        members: &[&User],
    ) -> RoomId {
        let outcome = self.ask(self.new_room_id(), owner, create(kind, name, members)).await.unwrap();
        match outcome.result {
            CommandResult::Room { id, .. } => id,
            other => panic!("expected a room, got {other:?}"),
        }
    }

    /// Posts a message with an id of its own.
    pub async fn post(&self, room: RoomId, sender: &User, text: &str) -> Message {
        let client_id = format!("c{}", self.number());
        let (message, created) = self.post_as(room, sender, &client_id, text).await.unwrap();
        assert!(created);
        message
    }

    /// Posts a message, and says whether it is new.
    pub async fn post_as(
        &self,
        room: RoomId,
        sender: &User,
        client_id: &str,
        text: &str,
    ) -> Result<(Message, bool), CommitError> {
        match self.ask(room, sender, self.message(client_id, text)).await?.result {
            CommandResult::Posted { message, created } => Ok((message, created)),
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The posting of a message.
    pub fn message(&self, client_id: &str, text: &str) -> RoomAction {
        RoomAction::Post(PostMessage {
            id: MessageId::from_parts(1, self.number().into()),
            client_id: client_id.parse().unwrap(),
            text: MessageText::new(text.to_owned(), 64 * 1024).unwrap(),
            reply_to: None,
            thread: None,
            attachments: vec![],
        })
    }

    /// Posts a message that answers another, in its thread or among the room's.
    pub async fn answer(
        &self,
        room: RoomId,
        sender: &User,
        text: &str,
        reply_to: Option<u64>,
        thread: Option<u64>,
    ) -> Message {
        let mut action = self.message(&format!("c{}", self.number()), text);
        if let RoomAction::Post(post) = &mut action {
            (post.reply_to, post.thread) = (reply_to.map(Seq), thread.map(Seq));
        }
        match self.ask(room, sender, action).await.unwrap().result {
            CommandResult::Posted { message, created: true } => message,
            other => panic!("expected a new message, got {other:?}"),
        }
    }

    /// Asks for something that ends with a message.
    pub async fn change(&self, room: RoomId, actor: &User, action: RoomAction) -> Message {
        match self.ask(room, actor, action).await.unwrap().result {
            CommandResult::Message(message) => message,
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// A room as somebody sees it who can.
    pub async fn view(&self, room: RoomId, user: &User) -> RoomView {
        self.store.room(room, &user.id).await.unwrap().expect("the room is visible")
    }

    /// All changes of a channel.
    pub async fn changes(&self, channel: impl Into<Channel>) -> Vec<Change> {
        self.store.changes_after(&channel.into(), Rev::ZERO, usize::MAX).await.unwrap().changes
    }

    /// All messages of a room.
    pub async fn messages(&self, room: RoomId) -> Vec<Message> {
        let page = MessagePage { limit: usize::MAX, ..MessagePage::default() };
        let nobody = "nobody".parse().unwrap();
        let views = self.store.messages(room, &nobody, page).await.unwrap().items;
        views.into_iter().map(|view| view.message).collect()
    }

    /// One message with what others added to it, as the user sees it.
    pub async fn message_view(&self, room: RoomId, viewer: &User, seq: u64) -> MessageView {
        self.store.message(room, &viewer.id, Seq(seq)).await.unwrap().expect("there is such a message")
    }

    /// The members of a room who may say nothing, and until when, by id.
    pub async fn muted(&self, room: RoomId) -> Vec<(UserId, Timestamp)> {
        let page = self.store.members(room, None, usize::MAX).await.unwrap();
        page.items.into_iter().filter_map(|member| Some((member.user.id, member.muted_until?))).collect()
    }

    /// All members of a room and what they may do, by id.
    pub async fn roles(&self, room: RoomId) -> Vec<(UserId, Role)> {
        let page = self.store.members(room, None, usize::MAX).await.unwrap();
        page.items.into_iter().map(|member| (member.user.id, member.role)).collect()
    }
}

/// A command of that user.
pub(super) fn command(room: RoomId, actor: &User, action: RoomAction) -> RoomCommand {
    RoomCommand { room, actor: actor.id.clone(), action, follow_ups: FollowUps::default() }
}

/// The creation of a room.
pub(super) fn create(kind: RoomKind, name: Option<&str>, members: &[&User]) -> RoomAction {
    RoomAction::Create(CreateRoom {
        kind,
        name: name.map(|name| name.parse().unwrap()),
        members: members.iter().map(|user| user.id.clone()).collect(),
    })
}

/// The adding of a member, or joining.
pub(super) fn add(user: &User) -> RoomAction {
    RoomAction::AddMember(AddMember { user: user.id.clone() })
}

/// The removal of a member, or leaving.
pub(super) fn remove(user: &User) -> RoomAction {
    RoomAction::RemoveMember(RemoveMember { user: user.id.clone() })
}

/// The setting of a role.
pub(super) fn set_role(user: &User, role: Role) -> RoomAction {
    RoomAction::SetRole(SetRole { user: user.id.clone(), role })
}

/// The editing of a message.
pub(super) fn edit(seq: u64, text: &str) -> RoomAction {
    RoomAction::Edit(EditMessage { seq: Seq(seq), text: MessageText::new(text.to_owned(), 1_000).unwrap() })
}

/// The deletion of a message.
pub(super) fn delete(seq: u64) -> RoomAction {
    RoomAction::Delete(DeleteMessage { seq: Seq(seq), as_server_admin: false })
}

/// The pinning of a message, or its end.
pub(super) fn pin(seq: u64, pinned: bool) -> RoomAction {
    RoomAction::Pin(PinMessage { seq: Seq(seq), pinned })
}

/// An emoji put under a message, or taken away.
pub(super) fn react(seq: u64, emoji: &str, present: bool) -> RoomAction {
    RoomAction::React(React { seq: Seq(seq), emoji: emoji.parse().unwrap(), present })
}

/// The renaming of a room.
pub(super) fn rename(name: &str) -> RoomAction {
    RoomAction::Update(UpdateRoom { name: Some(name.parse().unwrap()), settings: SettingsPatch::default() })
}

/// The setting up of a room, as the body of a request says it.
pub(super) fn configure(settings: &str) -> RoomAction {
    RoomAction::Update(UpdateRoom { name: None, settings: serde_json::from_str(settings).unwrap() })
}

/// The keeping out of somebody.
pub(super) fn ban(user: &User, until: Option<Timestamp>) -> RoomAction {
    let (user, reason) = (user.id.clone(), Some("noise".to_owned()));
    RoomAction::Ban(BanMember { user, reason, until, as_server_admin: false })
}

/// The end of that.
pub(super) fn unban(user: &User) -> RoomAction {
    RoomAction::Unban(UnbanMember { user: user.id.clone() })
}

/// The silencing of a member, or its end.
pub(super) fn mute(user: &User, until: Option<Timestamp>) -> RoomAction {
    RoomAction::Mute(SetMute { user: user.id.clone(), until })
}
