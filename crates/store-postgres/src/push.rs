//! The port [`Push`].

pub(crate) mod queries;

use async_trait::async_trait;
use chinwag_chat::store::Push;
use chinwag_chat::{
    Endpoint, Notifying, PushKey, PushKeys, PushNotice, PushSubscription, RoomId, Seq, SessionId, StoreError,
    SubscriptionId, ToNotify, UserId, Waiting,
};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

/// The update of a key that is there changes nothing, but waits for whoever is making it at the same moment and sees theirs.
const PUSH_KEY: &str = "
    INSERT INTO meta (key, value) VALUES ('push_key', encode($1, 'hex'))
    ON CONFLICT (key) DO UPDATE SET value = meta.value
    RETURNING decode(value, 'hex')";

/// Keeps a device under its endpoint; one that is known keeps its id and what it was told of. Of the user's, the newest
/// `$9` are kept.
const SUBSCRIBE: &str = "
    WITH kept AS (
        INSERT INTO push_subscriptions (id, user_id, session, endpoint, p256dh, auth, device, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, session = excluded.session,
            p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device, created_at = excluded.created_at
        RETURNING id
    ), gone AS (
        DELETE FROM push_subscriptions WHERE id IN (
            SELECT id FROM push_subscriptions WHERE user_id = $2 AND endpoint <> $4
            ORDER BY created_at DESC, id OFFSET $9 - 1)
    )
    SELECT id FROM kept";

const UNSUBSCRIBE: &str =
    "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = coalesce($2, user_id) RETURNING 1";

const NOTE_PUSHED: &str = "
    INSERT INTO pushed AS p (subscription, room, seq)
    SELECT id, $2, $3 FROM push_subscriptions WHERE id = $1
    ON CONFLICT (subscription, room) DO UPDATE SET seq = greatest(p.seq, excluded.seq)";

#[async_trait]
impl Push for PostgresStore {
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError> {
        let query = || sqlx::query(PUSH_KEY).bind(proposed.0);
        let kept = self.pool.write(query, |mut fields| fields.bytes().map(PushKey)).await?;
        kept.into_iter().next().ok_or_else(|| StoreError::Corrupt("there is no push key".to_owned()))
    }

    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError> {
        let query = || {
            sqlx::query(SUBSCRIBE)
                .bind(subscription.id.to_bytes())
                .bind(subscription.user.as_str())
                .bind(subscription.session.map(SessionId::to_bytes))
                .bind(subscription.endpoint.as_str())
                .bind(subscription.keys.p256dh.as_slice())
                .bind(subscription.keys.auth.as_slice())
                .bind(&subscription.device)
                .bind(subscription.created_at.unix_ms())
                .bind(limit(PushSubscription::MAX_PER_USER))
        };
        let kept =
            self.pool.write(query, |mut fields| fields.bytes().map(SubscriptionId::from_bytes)).await?;
        Ok(kept.into_iter().next().unwrap_or(subscription.id))
    }

    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError> {
        let query = || sqlx::query(UNSUBSCRIBE).bind(id.to_bytes()).bind(user.map(UserId::as_str));
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        devices: usize,
    ) -> Result<ToNotify, StoreError> {
        let Notifying { room, up_to, max_small_room_members, now } = notifying;
        let after = after.map(|(user, id)| (user.as_str(), id.to_bytes().to_vec())).unwrap_or_default();
        let query = || {
            sqlx::query(queries::TO_NOTIFY)
                .bind(room.to_bytes())
                .bind(signed(up_to.0))
                .bind(signed(max_small_room_members))
                .bind(now.unix_ms())
                .bind(after.0)
                .bind(&after.1)
                .bind(limit(devices.saturating_add(1)))
        };
        let device =
            |mut fields: Fields<'_>| Ok((fields.parsed()?, SubscriptionId::from_bytes(fields.bytes()?)));
        let mut found = self.pool.all(query, device).await?;
        if found.len() > devices {
            found.truncate(devices);
            return Ok(ToNotify { devices: found, later: None });
        }
        let query = || {
            let query = sqlx::query(queries::LATER).bind(room.to_bytes()).bind(signed(up_to.0));
            query.bind(signed(max_small_room_members))
        };
        let later = self.pool.one(query, |mut fields| optional_seq(&mut fields)).await?;
        Ok(ToNotify { devices: found, later: later.flatten() })
    }

    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError> {
        let Notifying { room, up_to, max_small_room_members, now } = notifying;
        let query = || {
            sqlx::query(queries::NOTICE)
                .bind(room.to_bytes())
                .bind(signed(up_to.0))
                .bind(signed(max_small_room_members))
                .bind(now.unix_ms())
                .bind(subscription.to_bytes())
        };
        let notice = |mut fields: Fields<'_>| {
            let subscription = device(&mut fields)?;
            let (kind, name) = (fields.parsed()?, fields.optional_parsed()?);
            Ok(PushNotice { subscription, kind, name, message: fields.message(room)?, waiting: vec![] })
        };
        let Some(notice) = self.pool.one(query, notice).await? else { return Ok(None) };
        let user = notice.subscription.user.as_str();
        let waiting = self.pool.all(|| sqlx::query(queries::WAITING).bind(user), waiting).await?;
        Ok(Some(PushNotice { waiting, ..notice }))
    }

    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let query = || {
            let query = sqlx::query(NOTE_PUSHED).bind(subscription.to_bytes());
            query.bind(room.to_bytes()).bind(signed(seq.0))
        };
        self.pool.write(query, |_| Ok(())).await?;
        Ok(())
    }
}

fn waiting(mut fields: Fields<'_>) -> Result<Waiting, Fault> {
    let kind = fields.parsed()?;
    Ok(Waiting {
        notifications: fields.notifications(kind)?,
        member_count: fields.number()?,
        unread: fields.number()?,
        mentions: fields.number()?,
    })
}

/// `id, user, session, endpoint, p256dh, auth, device, created_at`.
fn device(fields: &mut Fields<'_>) -> Result<PushSubscription, Fault> {
    let id = SubscriptionId::from_bytes(fields.bytes()?);
    let user = fields.parsed()?;
    let session = if fields.is_null()? {
        fields.skip(1);
        None
    } else {
        Some(SessionId::from_bytes(fields.bytes()?))
    };
    let endpoint = Endpoint::from_stored(fields.text()?.to_owned());
    let keys = PushKeys { p256dh: fields.bytes()?, auth: fields.bytes()? };
    let device = fields.text()?.to_owned();
    Ok(PushSubscription { id, user, session, endpoint, keys, device, created_at: fields.time()? })
}

fn optional_seq(fields: &mut Fields<'_>) -> Result<Option<Seq>, Fault> {
    if fields.is_null()? {
        fields.skip(1);
        return Ok(None);
    }
    fields.seq().map(Some)
}
