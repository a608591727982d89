//! The port [`Administration`].

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{Administration, CommitError, Page, RoomSummary, Totals};
use chinwag_chat::{
    Account, AccountChange, AuditEntry, Refusal, RoomId, Seq, Standing, StoreError, Timestamp, UserId,
};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

pub(crate) const STANDING: &str = "
    SELECT id, name, display_name, avatar, bot, admin, disabled FROM users WHERE id = $1";

/// Makes user `$1` an admin unless somebody was there before. Ids rise with time as a rule, so the first row of others
/// nearly always tells.
pub(crate) const CLAIM: &str = "
    WITH claimed AS (
        UPDATE users u SET admin = true WHERE u.id = $1 AND NOT EXISTS (
            SELECT FROM users o
            WHERE o.created_at < u.created_at OR (o.created_at = u.created_at AND o.id < u.id))
        RETURNING u.id
    ), noted AS (
        INSERT INTO audit (at, action, user_id) SELECT $2, 'user.admin_granted', id FROM claimed
    )
    SELECT 1 FROM claimed";

/// Changes account `$1` on behalf of `$4`. The two are locked first, so that what was checked stays true.
pub(crate) const CHANGE: &str = "
    WITH known AS (
        SELECT id, admin, disabled FROM users WHERE id IN ($1, $4) AND erased_at IS NULL ORDER BY id FOR NO KEY UPDATE
    ), allowed AS (
        SELECT $4::text IS NULL OR EXISTS (SELECT FROM known WHERE id = $4 AND admin AND NOT disabled) AS may
    ), changed AS (
        UPDATE users u SET admin = coalesce($2::boolean, k.admin), disabled = coalesce($3::boolean, k.disabled)
        FROM known k, allowed a WHERE u.id = $1 AND k.id = $1 AND a.may
    ), noted AS (
        INSERT INTO audit (at, acted_by, action, user_id)
        SELECT $5, $4, done.action, k.id
        FROM known k CROSS JOIN allowed a CROSS JOIN LATERAL (VALUES
            (1, 'user.admin_granted', $2 AND NOT k.admin), (2, 'user.admin_revoked', NOT $2 AND k.admin),
            (3, 'user.disabled', $3 AND NOT k.disabled), (4, 'user.enabled', NOT $3 AND k.disabled)
        ) AS done (place, action, is_so)
        WHERE k.id = $1 AND a.may AND done.is_so ORDER BY done.place
    )
    SELECT may, EXISTS (SELECT FROM known WHERE id = $1) FROM allowed";

/// Accounts of which something is true; the fields are those of [`account`].
macro_rules! accounts {
    ($which:literal) => {
        concat!(
            "SELECT u.id, u.name, u.display_name, u.avatar, u.bot, u.created_at, u.admin, u.disabled,
                    (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id),
                    (SELECT count(*) FROM members m WHERE m.user_id = u.id)
             FROM users u WHERE ",
            $which
        )
    };
}

pub(crate) const ACCOUNT: &str = accounts!("u.id = $1");
pub(crate) const ACCOUNTS: &str = accounts!(
    "u.id > $1 AND u.erased_at IS NULL AND ((u.name >= $2 AND u.name < $3) OR (u.display_folded >= $2 AND u.display_folded < $3))
     ORDER BY u.id LIMIT $4"
);

/// Rooms after `$1` whose name holds all texts of `$2`.
pub(crate) const ROOMS: &str = "
    SELECT id, kind, name, member_count, head_seq, created_at, active_at FROM rooms
    WHERE id > $1 AND NOT EXISTS (
        SELECT 1 FROM unnest($2::text[]) AS w (word) WHERE strpos(coalesce(name_folded, ''), w.word) = 0)
    ORDER BY id LIMIT $3";

pub(crate) const TOTALS: &str = "
    SELECT (SELECT count(*) FROM users), count(*), coalesce(sum(head_seq), 0)::bigint FROM rooms";

pub(crate) const AUDIT: &str = "
    SELECT a.id, a.at, b.id, b.name, b.display_name, b.avatar, b.bot, a.action, a.room,
           u.id, u.name, u.display_name, u.avatar, u.bot, a.details
    FROM audit a LEFT JOIN users b ON b.id = a.acted_by LEFT JOIN users u ON u.id = a.user_id
    WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2";

#[async_trait]
impl Administration for PostgresStore {
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        let query = || sqlx::query(STANDING).bind(user.as_str());
        let standing = self.pool.one(query, |mut fields| {
            Ok(Standing { user: fields.user()?, is_admin: fields.flag()?, is_disabled: fields.flag()? })
        });
        standing.await
    }

    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        let query = || sqlx::query(CLAIM).bind(user.as_str()).bind(at.unix_ms());
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError> {
        let query = || sqlx::query(ACCOUNT).bind(user.as_str());
        self.pool.one(query, |mut fields| account(&mut fields)).await
    }

    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Account>, StoreError> {
        // PostgreSQL's text cannot hold it, so no name does.
        if query.contains('\0') {
            return Ok(page(vec![], items));
        }
        let (first, end) = beginning_with(&fold(query));
        // Every id is greater than the empty text.
        let after = after.map_or("", UserId::as_str);
        let one_more = limit(items.saturating_add(1));
        let query = || sqlx::query(ACCOUNTS).bind(after).bind(&first).bind(&end).bind(one_more);
        Ok(page(self.pool.all(query, |mut fields| account(&mut fields)).await?, items))
    }

    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError> {
        // What of the check needs no more than who it is; the statement makes sure of the rest.
        if let Some(by) = by {
            let by = self.standing(by).await?.ok_or(Refusal::UnknownUser)?;
            change.check(Some(&by), user)?;
        }
        let query = || {
            sqlx::query(CHANGE)
                .bind(user.as_str())
                .bind(change.is_admin)
                .bind(change.is_disabled)
                .bind(by.map(UserId::as_str))
                .bind(at.unix_ms())
        };
        let found = self.pool.write(query, |mut fields| Ok((fields.flag()?, fields.flag()?))).await?;
        match found.first() {
            Some((true, true)) => Ok(()),
            Some((true, false)) => Err(Refusal::UnknownUser.into()),
            _ => Err(Refusal::PermissionDenied("only admins of the server do this").into()),
        }
    }

    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        items: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        if query.contains('\0') {
            return Ok(page(vec![], items));
        }
        let folded = fold(query);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let after = after.map(RoomId::to_bytes).map_or_else(Vec::new, Vec::from);
        let one_more = limit(items.saturating_add(1));
        let query = || sqlx::query(ROOMS).bind(&after).bind(&words).bind(one_more);
        Ok(page(self.pool.all(query, |mut fields| summary(&mut fields)).await?, items))
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let totals = self.pool.one(
            || sqlx::query(TOTALS),
            |mut fields| {
                Ok(Totals { users: fields.number()?, rooms: fields.number()?, messages: fields.number()? })
            },
        );
        Ok(totals.await?.unwrap_or_default())
    }

    async fn audit(&self, before: Option<u64>, items: usize) -> Result<Page<AuditEntry>, StoreError> {
        let before = before.map_or(i64::MAX, signed);
        let one_more = limit(items.saturating_add(1));
        let query = || sqlx::query(AUDIT).bind(before).bind(one_more);
        Ok(page(self.pool.all(query, |mut fields| entry(&mut fields)).await?, items))
    }
}

fn account(fields: &mut Fields<'_>) -> Result<Account, Fault> {
    Ok(Account {
        user: fields.user()?,
        created_at: fields.time()?,
        is_admin: fields.flag()?,
        is_disabled: fields.flag()?,
        last_seen_at: fields.optional_time()?,
        rooms: fields.number()?,
    })
}

fn summary(fields: &mut Fields<'_>) -> Result<RoomSummary, Fault> {
    let (id, kind, name) = (fields.room_id()?, fields.parsed()?, fields.optional_parsed()?);
    let (member_count, head_seq) = (fields.number()?, fields.seq()?);
    let (created_at, active_at) = (fields.time()?, fields.time()?);
    let last_message_at = (head_seq > Seq::ZERO).then_some(active_at);
    Ok(RoomSummary { id, kind, name, member_count, head_seq, created_at, last_message_at })
}

fn entry(fields: &mut Fields<'_>) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        id: fields.number()?,
        at: fields.time()?,
        by: fields.optional_user()?,
        action: fields.text()?.to_owned(),
        room: fields.optional_room_id()?,
        user: fields.optional_user()?,
        details: fields.optional_json()?,
    })
}

/// Cuts off the one item that was read only to know whether there is one.
pub(crate) fn page<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    Page { items, has_more }
}
