//! Keeping order in rooms, and oneself in peace.

use std::sync::Arc;

use super::{Chat, ChatError};
use crate::store::Page;
use crate::{
    Ban, BanMember, Channel, DeleteMessage, FieldError, Hint, NewReport, Refusal, ReportReason, Role,
    RoomAction, RoomId, Seq, SetMute, StateEvent, Timestamp, UnbanMember, UserId, remark,
};

/// From how many people somebody may want nothing.
const MAX_BLOCKED: usize = 1_000;

impl Chat {
    /// Keeps somebody out of a room, for good or for a while, and removes them if they are in it.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure; so for all that follow.
    pub async fn ban(
        &self,
        room: RoomId,
        actor: &UserId,
        user: UserId,
        reason: Option<String>,
        until: Option<Timestamp>,
    ) -> Result<(), ChatError> {
        let reason = remark("reason", reason).map_err(Refusal::from)?;
        self.is_to_come(until)?;
        let ban = BanMember { user, reason, until, as_server_admin: false };
        self.change_membership(room, actor, RoomAction::Ban(ban)).await.map(drop)
    }

    /// Bans the sender of a reported message, as an admin of the server.
    pub async fn ban_reported(&self, room: RoomId, actor: &UserId, user: UserId) -> Result<(), ChatError> {
        let ban = BanMember { user, reason: None, until: None, as_server_admin: true };
        self.change_membership(room, actor, RoomAction::Ban(ban)).await.map(drop)
    }

    /// Deletes a reported message, as an admin of the server.
    pub async fn delete_reported(&self, room: RoomId, actor: &UserId, seq: Seq) -> Result<(), ChatError> {
        let delete = DeleteMessage { seq, as_server_admin: true };
        self.change_message(room, actor, RoomAction::Delete(delete)).await.map(drop)
    }

    /// Lets somebody in again.
    pub async fn unban(&self, room: RoomId, actor: &UserId, user: UserId) -> Result<(), ChatError> {
        self.change_membership(room, actor, RoomAction::Unban(UnbanMember { user })).await.map(drop)
    }

    /// Who is kept out of a room: for its admins.
    pub async fn bans(
        &self,
        room: RoomId,
        user: &UserId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Ban>, ChatError> {
        if self.room(room, user).await?.role.is_none_or(|role| role < Role::Admin) {
            return Err(Refusal::PermissionDenied("only the room's admins see who is kept out").into());
        }
        Ok(self.store.bans(room, self.clock.now(), after, limit).await?)
    }

    /// Has a member say nothing, for good or for a while.
    pub async fn mute(
        &self,
        room: RoomId,
        actor: &UserId,
        user: UserId,
        until: Option<Timestamp>,
    ) -> Result<(), ChatError> {
        self.is_to_come(until)?;
        let until = Some(until.unwrap_or(Timestamp::FOR_GOOD));
        self.change_membership(room, actor, RoomAction::Mute(SetMute { user, until })).await.map(drop)
    }

    /// Lets a member speak again.
    pub async fn unmute(&self, room: RoomId, actor: &UserId, user: UserId) -> Result<(), ChatError> {
        self.change_membership(room, actor, RoomAction::Mute(SetMute { user, until: None })).await.map(drop)
    }

    /// Wants nothing from somebody any more, or does again; tells the user's devices.
    pub async fn set_block(&self, user: &UserId, other: &UserId, is_blocked: bool) -> Result<(), ChatError> {
        if user == other {
            return Err(Refusal::from(FieldError::new("user", "oneself", "nobody blocks themselves")).into());
        }
        let other = self.store.user(other).await?.ok_or(Refusal::UnknownUser)?;
        if is_blocked && self.store.blocked_by(user, MAX_BLOCKED).await?.len() >= MAX_BLOCKED {
            return Err(Refusal::LimitExceeded { what: "blocked people", max: MAX_BLOCKED }.into());
        }
        if self.store.set_block(user, &other.id, is_blocked, self.clock.now()).await? {
            let event = StateEvent::BlockChanged { user: other, blocked: is_blocked };
            self.bus.publish(Hint::State(Channel::User(user.clone()), Arc::new(event)));
        }
        Ok(())
    }

    /// From whom the user wants nothing.
    pub async fn blocked_by(&self, user: &UserId) -> Result<Vec<crate::User>, ChatError> {
        Ok(self.store.blocked_by(user, MAX_BLOCKED).await?)
    }

    /// Reports a message that the user may read to those who look after the server. A second time changes nothing.
    pub async fn report(
        &self,
        room: RoomId,
        user: &UserId,
        seq: Seq,
        reason: ReportReason,
        comment: Option<String>,
    ) -> Result<(), ChatError> {
        let comment = remark("comment", comment).map_err(Refusal::from)?;
        let message = self.message(room, user, seq).await?.message;
        if message.is_deleted() {
            return Err(Refusal::UnknownMessage.into());
        }
        let created_at = self.clock.now();
        let report = NewReport { room, seq, by: user.clone(), reason, comment, created_at };
        self.store.report(report).await?;
        Ok(())
    }

    fn is_to_come(&self, until: Option<Timestamp>) -> Result<(), Refusal> {
        if until.is_some_and(|until| until <= self.clock.now()) {
            return Err(FieldError::new("until", "past", "it must be a time to come").into());
        }
        Ok(())
    }
}
