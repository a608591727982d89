//! Appends to users' own logs.

use std::collections::{HashMap, HashSet};

use chinwag_chat::{Rev, Timestamp, UserChange, UserEvent, UserId};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::rows::json;

/// Numbers one event for each of some users, after the heads of their logs. A user named twice would get one only.
const TELL: &str = "
    WITH told AS (
        UPDATE users u SET head_rev = u.head_rev + 1
        FROM unnest($1::text[], $2::bigint[], $3::text[]) AS q (user_id, at, event)
        WHERE u.id = q.user_id
        RETURNING u.id, u.head_rev, q.at, q.event
    )
    INSERT INTO user_changes (user_id, rev, at, event) SELECT id, head_rev, at, event FROM told
    RETURNING user_id, rev";

/// Something for a user's own log.
pub(crate) struct Told {
    /// Which command of the run it is of.
    pub(crate) n: usize,
    pub(crate) user: UserId,
    pub(crate) event: UserEvent,
    pub(crate) at: Timestamp,
}

/// Appends each to its user's log, in their order. Every row of a user is locked already.
pub(crate) async fn tell(
    transaction: &mut PgConnection,
    mut rest: Vec<Told>,
) -> Result<Vec<(usize, UserChange)>, Fault> {
    let mut changes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let mut users = HashSet::new();
        let (now, later): (Vec<Told>, Vec<Told>) =
            rest.into_iter().partition(|told| users.insert(told.user.clone()));
        tell_each_once(transaction, now, &mut changes).await?;
        rest = later;
    }
    Ok(changes)
}

async fn tell_each_once(
    transaction: &mut PgConnection,
    told: Vec<Told>,
    changes: &mut Vec<(usize, UserChange)>,
) -> Result<(), Fault> {
    let users: Vec<&str> = told.iter().map(|told| told.user.as_str()).collect();
    let times: Vec<i64> = told.iter().map(|told| told.at.unix_ms()).collect();
    let events = told.iter().map(|told| json(&told.event)).collect::<Result<Vec<_>, _>>()?;
    let mut revs: HashMap<UserId, Rev> = HashMap::new();
    let query = sqlx::query(TELL).bind(users).bind(times).bind(events);
    for row in query.fetch_all(transaction).await? {
        let mut fields = Fields::of(&row);
        revs.insert(fields.parsed()?, fields.rev()?);
    }
    for Told { n, user, event, at } in told {
        let rev = *revs
            .get(&user)
            .ok_or_else(|| Fault::damaged(format!("a member of a room, {user}, is no user")))?;
        changes.push((n, UserChange { user, rev, at, event }));
    }
    Ok(())
}
