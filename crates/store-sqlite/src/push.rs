//! The port [`Push`].

mod queries;

use async_trait::async_trait;
use chinwag_chat::store::Push;
use chinwag_chat::{
    Endpoint, Notifying, PushKey, PushKeys, PushNotice, PushSubscription, RoomId, RoomKind, RoomName, Seq,
    SessionId, StoreError, SubscriptionId, ToNotify, UserId, Waiting,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::query::{all, one};
use crate::view;

/// Keeps a device under its endpoint; one that is known keeps its id and what it was told of.
const SUBSCRIBE: &str = "
    INSERT INTO push_subscriptions (id, user, session, endpoint, p256dh, auth, device, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (endpoint) DO UPDATE SET user = excluded.user, session = excluded.session,
        p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device, created_at = excluded.created_at
    RETURNING id";

/// All devices of user `?1` but the newest `?2`.
const FORGET_OLDEST: &str = "
    DELETE FROM push_subscriptions WHERE id IN (
        SELECT id FROM push_subscriptions WHERE user = ?1 ORDER BY created_at DESC, id LIMIT -1 OFFSET ?2)";

const NOTE_PUSHED: &str = "
    INSERT INTO pushed (subscription, room, seq)
    SELECT id, ?2, ?3 FROM push_subscriptions WHERE id = ?1
    ON CONFLICT (subscription, room) DO UPDATE SET seq = max(seq, excluded.seq)";

#[async_trait]
impl Push for SqliteStore {
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError> {
        let kept = self.writer.write(move |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO meta (key, value) VALUES ('push_key', lower(hex(?1))) ON CONFLICT DO NOTHING",
                )?
                .execute(params![proposed.0])?;
            one(transaction, "SELECT unhex(value) FROM meta WHERE key = 'push_key'", [], |mut fields| {
                fields.bytes().map(PushKey)
            })
        });
        kept.await?.ok_or_else(|| StoreError::Corrupt("there is no push key".to_owned()))
    }

    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError> {
        let kept = subscription.clone();
        let subscribed = self.writer.write(move |transaction| {
            let params = params![
                kept.id.to_bytes(),
                kept.user.as_str(),
                kept.session.map(SessionId::to_bytes),
                kept.endpoint.as_str(),
                kept.keys.p256dh,
                kept.keys.auth,
                kept.device,
                kept.created_at.unix_ms(),
            ];
            let id = one(transaction, SUBSCRIBE, params, |mut fields| fields.bytes())?;
            let most = limit(PushSubscription::MAX_PER_USER);
            transaction.prepare_cached(FORGET_OLDEST)?.execute(params![kept.user.as_str(), most])?;
            Ok(id.map_or(kept.id, SubscriptionId::from_bytes))
        });
        subscribed.await
    }

    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError> {
        let user = user.cloned();
        let gone = self.writer.write(move |transaction| {
            let sql = "DELETE FROM push_subscriptions WHERE id = ?1 AND user = coalesce(?2, user)";
            let user = user.as_ref().map(UserId::as_str);
            Ok(transaction.prepare_cached(sql)?.execute(params![id.to_bytes(), user])?)
        });
        Ok(gone.await? > 0)
    }

    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        devices: usize,
    ) -> Result<ToNotify, StoreError> {
        let after = after.map(|(user, id)| (user.to_string(), id.to_bytes().to_vec())).unwrap_or_default();
        let found = self.readers.read(move |connection| {
            let Notifying { room, up_to, max_small_room_members, now } = notifying;
            let (room, up_to, most) = (room.to_bytes(), signed(up_to.0), signed(max_small_room_members));
            let one_more = limit(devices.saturating_add(1));
            let params = params![room, up_to, most, now.unix_ms(), after.0, after.1, one_more];
            let mut found = all(connection, queries::TO_NOTIFY, params, |mut fields| {
                Ok((fields.parsed()?, SubscriptionId::from_bytes(fields.bytes()?)))
            })?;
            if found.len() > devices {
                found.truncate(devices);
                return Ok(ToNotify { devices: found, later: None });
            }
            let later = one(connection, queries::LATER, params![room, up_to, most], |mut fields| {
                optional_seq(&mut fields)
            })?;
            Ok(ToNotify { devices: found, later: later.flatten() })
        });
        found.await
    }

    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError> {
        self.readers.read(move |connection| notice(connection, subscription, notifying)).await
    }

    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let noted = self.writer.write(move |transaction| {
            let params = params![subscription.to_bytes(), room.to_bytes(), signed(seq.0)];
            transaction.prepare_cached(NOTE_PUSHED)?.execute(params)?;
            Ok(())
        });
        noted.await
    }
}

fn notice(
    connection: &Connection,
    subscription: SubscriptionId,
    notifying: Notifying,
) -> Result<Option<PushNotice>, Fault> {
    let Notifying { room, up_to, max_small_room_members, now } = notifying;
    let params = params![
        room.to_bytes(),
        signed(up_to.0),
        signed(max_small_room_members),
        now.unix_ms(),
        subscription.to_bytes(),
    ];
    type Found = (PushSubscription, RoomKind, Option<RoomName>, Option<Seq>);
    let found = one(connection, queries::NOTICE, params, |mut fields| -> Result<Found, Fault> {
        let subscription = device(&mut fields)?;
        Ok((subscription, fields.parsed()?, fields.optional_parsed()?, optional_seq(&mut fields)?))
    })?;
    let Some((subscription, kind, name, Some(seq))) = found else { return Ok(None) };
    let Some(message) = view::message(connection, room, seq)? else { return Ok(None) };
    let waiting = all(connection, queries::WAITING, params![subscription.user.as_str()], |mut fields| {
        let kind = fields.parsed()?;
        Ok(Waiting {
            notifications: fields.notifications(kind)?,
            member_count: fields.number()?,
            unread: fields.number()?,
            mentions: fields.number()?,
        })
    })?;
    Ok(Some(PushNotice { subscription, kind, name, message, waiting }))
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
