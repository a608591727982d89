//! The port [`Connections`].

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::cluster::{
    Admission, Connections, Counted, Incarnation, LiveConnection, MoreThanAllowed, PlacedConnection, Policy,
    Recorded, RegistryChange, Whose,
};
use chinwag_chat::{SessionId, StoreError, UserId};

use super::{milliseconds, number_of};
use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit};

const RECORD: &str = "SELECT * FROM record_connections($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const ADMIT: &str = "SELECT * FROM admit_connection($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Live connections of which something is true, as [`placed`] reads them.
macro_rules! connections {
    ($which:literal) => {
        concat!(
            "SELECT n.name, c.id, c.user_id, c.session, c.transport, c.since
             FROM connections c JOIN nodes n ON n.incarnation = c.incarnation ",
            $which,
            " ORDER BY c.number LIMIT $2"
        )
    };
}

const OF_USERS: &str = connections!("WHERE c.user_id = ANY ($1)");
const OF_SESSIONS: &str = connections!("WHERE c.session = ANY ($1)");

const IDLE: &str =
    "SELECT user_id FROM connections WHERE user_id = ANY ($1) GROUP BY user_id HAVING bool_and(idle)";

const ONLINE: &str = "SELECT user_id FROM online WHERE user_id = ANY ($1)";

#[async_trait]
impl Connections for PostgresStore {
    async fn record(&self, node: Incarnation, change: &RegistryChange) -> Result<Recorded, StoreError> {
        let came = || change.came.iter();
        let ids: Vec<&str> = came().map(|connection| connection.id.as_str()).collect();
        let users: Vec<&str> = came().map(|connection| connection.user.as_str()).collect();
        let sessions: Vec<_> = came().map(|connection| connection.session.map(SessionId::to_bytes)).collect();
        let transports: Vec<&str> = came().map(|connection| connection.transport.as_str()).collect();
        let sinces: Vec<i64> = came().map(|connection| connection.since.unix_ms()).collect();
        let idles: Vec<bool> = came().map(|connection| connection.idle).collect();
        let query = || {
            sqlx::query(RECORD)
                .bind(number_of(node))
                .bind(change.afresh)
                .bind(&ids)
                .bind(&users)
                .bind(&sessions)
                .bind(&transports)
                .bind(&sinces)
                .bind(&idles)
                .bind(&change.gone)
        };
        let read = |mut fields: Fields<'_>| {
            Ok((fields.optional_parsed::<UserId>()?, fields.optional_text()?.map(str::to_owned)))
        };
        let (mut online, mut replaced) = (vec![], vec![]);
        for row in self.pool.write(query, read).await? {
            match row {
                (None, None) => return Ok(Recorded::NotThere),
                (user, id) => {
                    online.extend(user);
                    replaced.extend(id);
                }
            }
        }
        Ok(Recorded::Taken { online, replaced })
    }

    async fn admit(
        &self,
        node: Incarnation,
        connection: &LiveConnection,
        policy: Policy,
    ) -> Result<Admission, StoreError> {
        let query = || {
            sqlx::query(ADMIT)
                .bind(number_of(node))
                .bind(&connection.id)
                .bind(connection.user.as_str())
                .bind(connection.session.map(SessionId::to_bytes))
                .bind(&connection.transport)
                .bind(connection.since.unix_ms())
                .bind(policy.counted == Counted::Sessions)
                .bind(i64::from(policy.max_per_user))
                .bind(policy.more == MoreThanAllowed::Replace)
        };
        let read = |fields: Fields<'_>| if fields.is_null()? { Ok(None) } else { placed(fields).map(Some) };
        let rows = self.pool.write(query, read).await?;
        if rows.is_empty() {
            return Ok(Admission::Refused);
        }
        Ok(Admission::Admitted { replaced: rows.into_iter().flatten().collect() })
    }

    async fn connections(&self, whose: Whose<'_>, most: usize) -> Result<Vec<PlacedConnection>, StoreError> {
        match whose {
            Whose::Users(users) => {
                let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
                self.pool.all(|| sqlx::query(OF_USERS).bind(&users).bind(limit(most)), placed).await
            }
            Whose::Sessions(sessions) => {
                let sessions: Vec<_> = sessions.iter().map(|session| session.to_bytes()).collect();
                self.pool.all(|| sqlx::query(OF_SESSIONS).bind(&sessions).bind(limit(most)), placed).await
            }
        }
    }

    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        self.pool.all(|| sqlx::query(ONLINE).bind(&users), |mut fields| fields.parsed()).await
    }

    async fn idle(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        self.pool.all(|| sqlx::query(IDLE).bind(&users), |mut fields| fields.parsed()).await
    }

    async fn settle(&self, grace: Duration) -> Result<Vec<UserId>, StoreError> {
        let query = || sqlx::query("SELECT * FROM settle_cluster($1)").bind(milliseconds(grace));
        self.pool.write(query, |mut fields| fields.parsed()).await
    }
}

/// `name, id, user_id, session, transport, since`.
fn placed(mut fields: Fields<'_>) -> Result<PlacedConnection, Fault> {
    let (node, id, user) = (fields.parsed()?, fields.text()?.to_owned(), fields.parsed()?);
    let session = if fields.is_null()? {
        fields.skip(1);
        None
    } else {
        Some(SessionId::from_bytes(fields.bytes()?))
    };
    let (transport, since) = (fields.text()?.to_owned(), fields.time()?);
    Ok(PlacedConnection {
        node,
        connection: LiveConnection { id, user, session, transport, since, idle: false },
    })
}
