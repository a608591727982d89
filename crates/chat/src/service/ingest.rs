//! What other back ends have to say, by way of a queue that the operator trusts.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Chat, ChatError};
use crate::store::CommitError;
use crate::{
    Channel, ClientId, DisplayName, EventName, Hint, NewUser, NodeId, OrderTarget, Refusal, Rev, StateEvent,
    StoreError, User, UserName, erased,
};

/// For how long whoever delivers an event has it to itself: longer than that takes, and less than until it comes again.
const DELIVERS_WITHIN: Duration = Duration::from_secs(10);
/// For how long it is known that an event was delivered.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

impl Chat {
    /// The bot of that name, made if there is nobody of it.
    ///
    /// # Errors
    /// [`Refusal::NameTaken`] where it is somebody else's, or the store's failure.
    pub async fn bot(&self, name: &UserName) -> Result<User, ChatError> {
        if let Some((user, _)) = self.store.user_by_name(name).await? {
            return if user.bot { Ok(user) } else { Err(Refusal::NameTaken.into()) };
        }
        let user = User { bot: true, ..User::new(self.ids.user(), name.clone(), DisplayName::from(name)) };
        let new = NewUser { user: user.clone(), password: None, created_at: self.clock.now() };
        match self.store.create_user(new).await {
            // Another node may have made it at the same moment.
            Err(CommitError::Refused(Refusal::NameTaken)) => {
                let found = self.store.user_by_name(name).await?.map(|(user, _)| user);
                found.filter(|user| user.bot).ok_or_else(|| Refusal::NameTaken.into())
            }
            made => Ok(made.map(|()| user)?),
        }
    }

    /// What is to be told to whom by an order that is an event, where that may be.
    ///
    /// # Errors
    /// A refusal, or the store's failure.
    pub async fn ordered_event(
        &self,
        to: &OrderTarget,
        id: &ClientId,
        event: EventName,
        data: &Value,
    ) -> Result<(Channel, StateEvent), ChatError> {
        let data = self.event_data(data)?;
        let channel = match to {
            OrderTarget::User(user) => {
                if self.store.user(user).await?.is_none_or(|user| erased::is_nobody(&user)) {
                    return Err(Refusal::UnknownUser.into());
                }
                Channel::User(user.clone())
            }
            OrderTarget::Room(room) => {
                let heads = self.store.heads(&[Channel::Room(*room)]).await?;
                if heads.first().is_none_or(|head| head.rev == Rev::ZERO) {
                    return Err(Refusal::UnknownRoom.into());
                }
                Channel::Room(*room)
            }
        };
        Ok((channel, StateEvent::Direct { from: None, id: Some(id.clone()), event, data }))
    }

    /// Tells a user's devices, or whoever follows a room, something that is kept nowhere: once for each id within a day,
    /// however often it is asked for and by however many nodes.
    ///
    /// # Errors
    /// A refusal; or the store's failure, then it may be asked for again.
    pub async fn tell_ordered_event(
        &self,
        to: &OrderTarget,
        id: &ClientId,
        event: EventName,
        data: &Value,
    ) -> Result<(), ChatError> {
        let (channel, event) = self.ordered_event(to, id, event, data).await?;
        let duty = format!("event {id} for {channel}");
        // Each attempt is somebody of its own: else a node would take its own first one for leave to do it again.
        let attempt: NodeId = self
            .ids
            .message()
            .to_string()
            .parse()
            .map_err(|_| StoreError::Corrupt("an id cannot name an attempt".to_owned()))?;
        if !self.store.claim_duty(&duty, &attempt, self.clock.now(), DELIVERS_WITHIN).await? {
            return Ok(());
        }
        self.bus.publish(Hint::State(channel, Arc::new(event)));
        self.store.claim_duty(&duty, &attempt, self.clock.now(), KNOWN_FOR).await?;
        Ok(())
    }

    /// Forgets which events were delivered long ago. To be called now and then.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn forget_delivered(&self) -> Result<(), StoreError> {
        self.store.forget_duties(self.clock.now()).await
    }
}
