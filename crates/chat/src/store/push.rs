//! Who takes notifications where, and who is to get one.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    Notifying, PushKey, PushNotice, PushSubscription, RoomId, Seq, SubscriptionId, ToNotify, UserId,
};

/// Devices that take notifications.
///
/// A message notifies a member who is not its sender, whose devices have not said that they have it, who was not told of it
/// before on that device, and whose wishes for the room admit it: in a small room where the level is `all`, any message
/// outside threads and those of threads that they take part in and have not read; else, unless the level is `none`, those
/// that mention them. Nobody is notified in a silence, nor while they do not want to be disturbed.
#[async_trait]
pub trait Push: Send + Sync {
    /// What push services know this server by: `proposed`, unless there was one already. The same for ever.
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError>;

    /// Takes down a device under its endpoint, whosever it was before; the answer is the id that it has from then on. Of
    /// the user's, the newest [`PushSubscription::MAX_PER_USER`] are kept.
    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError>;

    /// Forgets a device of that user; of any where none is named. False where there is none.
    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError>;

    /// The devices after that one that are to be told of something in a room, at most so many.
    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        limit: usize,
    ) -> Result<ToNotify, StoreError>;

    /// What one device is to be told of in a room, if it is to be told of anything.
    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError>;

    /// A device was told of a room's messages up to there.
    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError>;
}
