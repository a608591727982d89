//! What a caller can do, from checked input to announced change: the one way into the domain.

mod cursors;
mod duties;
mod exports;
mod import;
mod ingest;
mod keys;
mod messages;
mod moderation;
mod notifications;
mod profiles;

use std::sync::Arc;

use serde_json::Value;

pub use import::{ImportedBatch, ImportedUser, SameName};
pub use messages::{NewMessage, PostedMessage};

use crate::outbox::Wake;
use crate::rules::{CommandResult, Outcome};
use crate::store::{CommitError, Page};
use crate::trace::Traces;
use crate::typing::TypingSample;
use crate::{
    AddMember, Bus, Channel, Clock, CreateRoom, EventData, EventName, FollowUps, Hint, IdSource, Limits,
    Member, PreSend, Refusal, RemoveMember, Role, RoomAction, RoomCommand, RoomId, RoomKind, RoomName,
    RoomView, SetRole, SettingsPatch, StateEvent, Store, StoreError, UpdateRoom, User, UserId,
};

/// Why a request did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChatError {
    /// The caller's to mend.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CommitError> for ChatError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused(refusal) => Self::Refused(refusal),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// The room that a creation ended with.
#[derive(Debug, Clone)]
pub struct CreatedRoom {
    /// The room as its creator sees it.
    pub room: RoomView,
    /// Whether it is new.
    pub created: bool,
}

/// How long somebody is shown as typing after they said so.
const TYPING_EXPIRES_IN_MS: u32 = 6_000;
/// What a direct event has at most besides its data: its name, its sender, the fields' names.
const AROUND_DATA_BYTES: usize = 1_024;

/// The domain over its ports. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    ids: IdSource,
    limits: Limits,
    follow_ups: FollowUps,
    wake: Option<Arc<dyn Wake>>,
    typing: Arc<TypingSample>,
    traces: Option<Arc<dyn Traces>>,
    hook: Option<Arc<dyn PreSend>>,
}

impl Chat {
    /// The domain over these ports.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        ids: IdSource,
        limits: Limits,
    ) -> Self {
        let (follow_ups, typing) = (FollowUps::default(), Arc::default());
        Self { store, bus, clock, ids, limits, follow_ups, wake: None, typing, traces: None, hook: None }
    }

    /// The same, with work that follows what is changed; `wake` is told when there is some.
    #[must_use]
    pub fn with_follow_ups(self, follow_ups: FollowUps, wake: Option<Arc<dyn Wake>>) -> Self {
        Self { follow_ups, wake, ..self }
    }

    /// The work that follows what is changed.
    #[must_use]
    pub fn follow_ups(&self) -> &FollowUps {
        &self.follow_ups
    }

    /// The same, with some messages' ways told to `traces`.
    #[must_use]
    pub fn with_traces(self, traces: Option<Arc<dyn Traces>>) -> Self {
        Self { traces, ..self }
    }

    /// The same, with each text judged before it is said.
    #[must_use]
    pub fn with_hook(self, hook: Arc<dyn PreSend>) -> Self {
        Self { hook: Some(hook), ..self }
    }

    /// The store, for what needs no rule.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The bus.
    #[must_use]
    pub fn bus(&self) -> &Arc<dyn Bus> {
        &self.bus
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Makes ids.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        &self.ids
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Creates a room, or finds the direct room that the two have already.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure; so for all that follow.
    pub async fn create_room(
        &self,
        actor: &UserId,
        kind: RoomKind,
        name: Option<RoomName>,
        members: Vec<UserId>,
    ) -> Result<CreatedRoom, ChatError> {
        let max = self.limits.max_initial_members;
        if members.len() > max {
            return Err(Refusal::LimitExceeded { what: "members", max }.into());
        }
        let action = RoomAction::Create(CreateRoom { kind, name, members });
        let outcome = self.commit(self.ids.room(), actor, action).await?;
        let CommandResult::Room { id, created } = outcome.result else {
            return Err(unexpected(&outcome.result));
        };
        let room = self.room(id, actor).await?;
        Ok(CreatedRoom { room, created })
    }

    /// Renames a room, or sets it up otherwise.
    pub async fn update_room(
        &self,
        room: RoomId,
        actor: &UserId,
        name: Option<RoomName>,
        settings: SettingsPatch,
    ) -> Result<RoomView, ChatError> {
        settings.check().map_err(Refusal::from)?;
        self.commit(room, actor, RoomAction::Update(UpdateRoom { name, settings })).await?;
        self.room(room, actor).await
    }

    /// Adds a member, or joins a public room. True if they were none before.
    pub async fn add_member(&self, room: RoomId, actor: &UserId, user: UserId) -> Result<bool, ChatError> {
        self.change_membership(room, actor, RoomAction::AddMember(AddMember { user })).await
    }

    /// Removes a member, or leaves.
    pub async fn remove_member(&self, room: RoomId, actor: &UserId, user: UserId) -> Result<(), ChatError> {
        self.change_membership(room, actor, RoomAction::RemoveMember(RemoveMember { user })).await.map(drop)
    }

    /// Sets a member's role.
    pub async fn set_role(
        &self,
        room: RoomId,
        actor: &UserId,
        user: UserId,
        role: Role,
    ) -> Result<(), ChatError> {
        self.change_membership(room, actor, RoomAction::SetRole(SetRole { user, role })).await.map(drop)
    }

    /// Says to a room's followers that a member is writing. In a large room only now and then, whoever writes.
    pub async fn typing(&self, room: RoomId, user: &User) -> Result<(), ChatError> {
        let view = self.room(room, &user.id).await?;
        if view.role.is_none() {
            return Err(Refusal::PermissionDenied("join the room first").into());
        }
        // Whoever is blocked cannot write to the other either.
        if let Some(peer) = &view.peer
            && !self.store.blockers_of(&user.id, std::slice::from_ref(&peer.id)).await?.is_empty()
        {
            return Ok(());
        }
        let is_large = view.member_count > self.limits.max_small_room_members;
        if is_large && !self.typing.takes(room, self.clock.now()) {
            return Ok(());
        }
        let event = StateEvent::Typing { room, user: user.clone(), expires_in_ms: TYPING_EXPIRES_IN_MS };
        self.bus.publish(Hint::State(Channel::Room(room), Arc::new(event)));
        Ok(())
    }

    /// Tells another user's connections, or the user's own, something that is kept nowhere. Whoever shares no room with
    /// the other learns nothing of them.
    pub async fn send_event(
        &self,
        from: &User,
        to: &UserId,
        event: EventName,
        data: &Value,
    ) -> Result<(), ChatError> {
        let data = self.event_data(data)?;
        if from.id != *to && !self.store.share_a_room(&from.id, to).await? {
            return Err(Refusal::UnknownUser.into());
        }
        if from.id != *to && !self.store.blockers_of(&from.id, std::slice::from_ref(to)).await?.is_empty() {
            return Err(Refusal::Blocked.into());
        }
        let event = StateEvent::Direct { from: Some(from.clone()), id: None, event, data };
        self.bus.publish(Hint::State(Channel::User(to.clone()), Arc::new(event)));
        Ok(())
    }

    /// Tells a user's devices something on behalf of the application that Chinwag is a part of.
    pub async fn send_application_event(
        &self,
        to: &UserId,
        event: EventName,
        data: &Value,
    ) -> Result<(), ChatError> {
        let data = self.event_data(data)?;
        if self.store.user(to).await?.is_none() {
            return Err(Refusal::UnknownUser.into());
        }
        let event = StateEvent::Direct { from: None, id: None, event, data };
        self.bus.publish(Hint::State(Channel::User(to.clone()), Arc::new(event)));
        Ok(())
    }

    fn event_data(&self, data: &Value) -> Result<EventData, Refusal> {
        let most = self.bus.max_state_bytes().saturating_sub(AROUND_DATA_BYTES);
        EventData::new(data, self.limits.max_message_bytes.min(most))
    }

    /// One room as the user sees it.
    pub async fn room(&self, room: RoomId, user: &UserId) -> Result<RoomView, ChatError> {
        Ok(self.store.room(room, user).await?.ok_or(Refusal::UnknownRoom)?)
    }

    /// A page of a room's members.
    pub async fn members(
        &self,
        room: RoomId,
        user: &UserId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Member>, ChatError> {
        self.readable(room, user).await?;
        Ok(self.store.members(room, after, limit).await?)
    }

    /// Whether the user may follow the channel.
    pub async fn may_follow(&self, channel: &Channel, user: &UserId) -> Result<bool, StoreError> {
        match channel {
            Channel::User(owner) => Ok(owner == user),
            Channel::Room(room) => self.store.may_read(*room, user).await,
        }
    }

    async fn readable(&self, room: RoomId, user: &UserId) -> Result<(), ChatError> {
        if self.store.may_read(room, user).await? { Ok(()) } else { Err(Refusal::UnknownRoom.into()) }
    }

    async fn change_membership(
        &self,
        room: RoomId,
        actor: &UserId,
        action: RoomAction,
    ) -> Result<bool, ChatError> {
        let outcome = self.commit(room, actor, action).await?;
        match outcome.result {
            CommandResult::Membership { changed } => Ok(changed),
            other => Err(unexpected(&other)),
        }
    }

    async fn commit(&self, room: RoomId, actor: &UserId, action: RoomAction) -> Result<Outcome, ChatError> {
        let follow_ups = self.follow_ups.clone();
        let command = RoomCommand { room, actor: actor.clone(), action, follow_ups };
        let outcome = self.store.commit(command, self.clock.now()).await?;
        if let Some(wake) = &self.wake
            && self.follow_ups.follow(&outcome.changes)
        {
            wake.wake();
        }
        Ok(outcome)
    }
}

/// A store that answers a command with another's result breaks its contract.
fn unexpected(result: &CommandResult) -> ChatError {
    StoreError::Corrupt(format!("the store answered {result:?}")).into()
}
