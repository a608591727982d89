//! Erasing a person: the account is nobody's in one transaction; what is theirs goes after it, step by step, and whatever an
//! attempt that was cut off has left goes at the end of the erasure.

use chinwag_chat::{AuditNote, RoomKind, SessionId, StoreError, Timestamp, User, UserId, erased};

use crate::DynamoStore;
use crate::audit;
use crate::files;
use crate::item::{Item, Key, NewItem, parse};
use crate::keys;
use crate::moderation::{ReportRecord, block_in_room};
use crate::people::parsed;
use crate::programs;
use crate::push::{self, DeviceRecord};
use crate::records::{AccountRecord, ChangeRecord, MessageRecord, UserChangeRecord, UserHead};
use crate::table::Range;
use crate::unit::Unit;
use crate::users::found_by;

/// How many items one step looks at for a name.
const SCANNED_AT_ONCE: i32 = 1_000;

/// What is between the two parts of a place in the table.
const BETWEEN: char = '\0';

impl DynamoStore {
    /// The account is nobody's from now on. The sessions that end with it; nothing where there is no such person.
    pub(crate) async fn become_nobody(
        &self,
        nobody: &User,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let (id, table) = (&nobody.id, &*self.table);
        let sessions = self.session_ids_of(id).await?;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let Some(before) = unit.read::<AccountRecord>(&keys::account(id)).await? else {
                return Ok(Some(None));
            };
            if erased::is_nobody(&before.user) {
                return Ok(Some(Some(false)));
            }
            let mut gone = vec![keys::name(&before.user.name), keys::listed_account(id)];
            gone.extend(found_by(&before.user).iter().map(|text| keys::found_by(text, id)));
            unit.fetch(gone.clone()).await?;
            gone.iter().for_each(|key| unit.delete(key));
            let mut account = AccountRecord::new(nobody.clone(), None, before.created_at);
            account.is_disabled = true;
            unit.put(NewItem::of(keys::account(id), &account)?);
            unit.put(NewItem::of(keys::name(&nobody.name), id)?);
            unit.replace(NewItem::of(keys::erasure(id), id)?);
            let (by, user) = (by.cloned(), Some(id.clone()));
            let deed = AuditNote { action: "user.erased", by, room: None, user, details: None };
            audit::note(&mut unit, &deed, at).await?;
            Ok::<_, StoreError>(unit.commit().await?.then_some(Some(true)))
        };
        match table.until_settled(attempt).await? {
            None => Ok(None),
            Some(false) => Ok(Some(vec![])),
            Some(true) => {
                self.take_away_own(id).await?;
                Ok(Some(sessions))
            }
        }
    }

    /// Takes away what is a person's own, and what keeps others out or apart on their behalf.
    async fn take_away_own(&self, user: &UserId) -> Result<(), StoreError> {
        let table = &*self.table;
        let own = |beginning| Range::beginning(keys::user_partition(user), beginning);
        for session in self.session_ids_of(user).await? {
            self.end_session(session, |_| true).await?;
        }
        for item in table.range(&own(keys::DEVICES_OF)).await? {
            let device = &item.record::<DeviceRecord>()?;
            let attempt = || async move {
                let mut unit = Unit::new(table);
                push::forget(&mut unit, device).await?;
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        for item in table.range(&own(keys::FILES_OF)).await? {
            let file = item.record()?;
            let attempt = || async move {
                let mut unit = Unit::new(table);
                files::give_up(&mut unit, file).await?;
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        let mut gone = vec![keys::status(user)];
        for item in table.range(&own(keys::KEYS_OF)).await? {
            let id = parsed(item.key.sk.strip_prefix(keys::KEYS_OF).unwrap_or_default())?;
            let attempt = || async move {
                let mut unit = Unit::new(table);
                programs::forget(&mut unit, id).await?;
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        gone.push(keys::bot(user));
        gone.extend(table.range(&own(keys::FOLLOWED)).await?.into_iter().map(|item| item.key));
        for item in table.range(&own(keys::BANNED)).await? {
            let room = parsed(item.key.sk.strip_prefix(keys::BANNED).unwrap_or_default())?;
            gone.extend([keys::ban(room, user), item.key]);
        }
        for item in table.range(&own(keys::BLOCKS)).await? {
            let other = parsed(item.key.sk.strip_prefix(keys::BLOCKS).unwrap_or_default())?;
            gone.extend([keys::blocked_by(&other, user), item.key]);
        }
        for item in table.range(&own(keys::BLOCKED_BY)).await? {
            let other: UserId = item.record()?;
            gone.extend([keys::block(&other, user), item.key]);
        }
        table.sweep(&gone).await?;
        self.unblock_direct_rooms(user).await?;
        self.silence_reports(user).await
    }

    /// In a direct room with somebody who is gone nobody is kept from writing.
    async fn unblock_direct_rooms(&self, user: &UserId) -> Result<(), StoreError> {
        let table = &*self.table;
        let rooms = self.active_rooms_of(user).await?;
        for room in rooms.iter().filter(|room| room.kind == RoomKind::Direct) {
            let members = Range::beginning(keys::room_partition(room.id), keys::MEMBERS);
            for item in table.range(&members).await? {
                let member: &UserId = &parsed(item.key.sk.strip_prefix(keys::MEMBERS).unwrap_or_default())?;
                let attempt = || async move {
                    let mut unit = Unit::new(table);
                    block_in_room(&mut unit, room.id, member, false).await?;
                    Ok::<_, StoreError>(unit.commit().await?.then_some(()))
                };
                table.until_settled(attempt).await?;
            }
        }
        Ok(())
    }

    /// What somebody reported stays reported, without their words.
    async fn silence_reports(&self, user: &UserId) -> Result<(), StoreError> {
        let table = &*self.table;
        for item in table.range(&Range::all(keys::REPORTS)).await? {
            let record: ReportRecord = item.record()?;
            if record.by != *user || record.comment.is_none() {
                continue;
            }
            let key = &item.key;
            let attempt = || async move {
                let mut unit = Unit::new(table);
                if let Some(mut record) = unit.read::<ReportRecord>(key).await? {
                    record.comment = None;
                    unit.put(NewItem::of(key.clone(), &record)?);
                }
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        Ok(())
    }

    /// Takes a person's name out of some of the logs and messages of the whole table: whoever acted somewhere is named
    /// there, and nothing leads to all of it. From a place on; where to go on.
    pub(crate) async fn scrub(&self, user: &UserId, from: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(account) = self.account_record(user).await? else { return Ok(None) };
        let from = match std::str::from_utf8(from) {
            Ok("") => None,
            Ok(place) => match place.split_once(BETWEEN) {
                Some((pk, sk)) => Some(Key::new(pk, sk)),
                None => return Ok(None),
            },
            Err(_) => return Ok(None),
        };
        let named = [keys::LOGS, keys::MESSAGES, keys::USER_LOGS];
        let (items, place) = self.table.scan(named, user.as_str(), from.as_ref(), SCANNED_AT_ONCE).await?;
        for item in &items {
            let (table, nobody) = (&*self.table, &account.user);
            let attempt = || async move {
                let mut unit = Unit::new(table);
                let known = unit.read::<serde_json::Value>(&item.key).await?;
                if let Some(scrubbed) = known.map(|doc| scrubbed(&item.key, &doc.to_string(), nobody)) {
                    scrubbed?.into_iter().for_each(|item| unit.put(item));
                }
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        Ok(place.map(|Key { pk, sk }| format!("{pk}{BETWEEN}{sk}").into_bytes()))
    }

    /// What the person was told goes too, and what an attempt that was cut off has left.
    pub(crate) async fn end_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        self.take_away_own(user).await?;
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let (key, begun) = (keys::user_head(user), keys::erasure(user));
            unit.fetch([key.clone(), begun.clone()]).await?;
            if let Some(head) = unit.read::<UserHead>(&key).await? {
                unit.put(NewItem::of(key, &UserHead { trimmed_rev: head.rev, ..head })?);
            }
            unit.delete(&begun);
            Ok::<_, StoreError>(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await?;
        let told = table.range(&Range::all(keys::user_log_partition(user))).await?;
        table.sweep(&told.into_iter().map(|item| item.key).collect::<Vec<_>>()).await
    }

    /// Those whose erasure was begun and not finished.
    pub(crate) async fn begun_erasures(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let begun = self.table.range(&Range::all(keys::ERASURES).limit(limit)).await?;
        begun.iter().map(Item::record).collect()
    }
}

/// An item without the person's name; nothing where it does not name them.
fn scrubbed(key: &Key, doc: &str, nobody: &User) -> Result<Option<NewItem>, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
    if key.pk.starts_with(keys::LOGS) {
        // The event is a text of its own within the record.
        let record: ChangeRecord = parse(key, doc)?;
        let Some(event) = erased::scrubbed(&record.event, nobody).map_err(damaged)? else { return Ok(None) };
        return NewItem::of(key.clone(), &ChangeRecord { event, ..record }).map(Some);
    }
    let Some(doc) = erased::scrubbed(doc, nobody).map_err(damaged)? else { return Ok(None) };
    if key.pk.starts_with(keys::MESSAGES) {
        parse::<MessageRecord>(key, &doc)?.item().map(Some)
    } else {
        NewItem::of(key.clone(), &parse::<UserChangeRecord>(key, &doc)?).map(Some)
    }
}
