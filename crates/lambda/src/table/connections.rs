//! Connections: who they are, and what is to be forgotten with them.

use std::collections::HashMap;
use std::net::IpAddr;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use chinwag_api::{Caller, CallerSession};
use chinwag_chat::{Channel, KeyId, SessionId, StoreError, Timestamp, User, UserId};
use chinwag_connection::Side;
use serde::{Deserialize, Serialize};

use super::followers::channel_key;
use super::{Row, Table, connection_key, failed, number, text, where_it_holds};

const META: &str = "META";
/// How often a connection is forgotten anew of which something was made meanwhile.
const TRIES: u32 = 5;
const FOLLOWS: &str = "FOLLOWS#";

/// What is kept of a connection between its messages. No token is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The id that clients know it by.
    pub(crate) client: String,
    /// From where.
    pub(crate) address: Option<IpAddr>,
    /// What the client says that it is.
    pub(crate) user_agent: Option<String>,
    /// When it came, in milliseconds.
    pub(crate) since_ms: i64,
    /// When it ends in any case, in seconds.
    pub(crate) lasts_until_s: i64,
    /// Whom the handshake showed a token of, in a header or a cookie.
    pub(crate) shown: Option<KeptCaller>,
    /// Who it turned out to be, once it has connected.
    pub(crate) caller: Option<KeptCaller>,
    /// How many rooms the server subscribes it to.
    pub(crate) max_rooms: usize,
}

/// Who calls, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptCaller {
    user: User,
    vouched: Vouched,
}

/// What vouches for a caller, as it is kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Vouched {
    Session { id: SessionId, expires_at_ms: i64 },
    Token { expires_at_ms: i64 },
    Key { id: KeyId },
}

impl KeptCaller {
    pub(crate) fn of(caller: &Caller) -> Self {
        let vouched = match caller.session {
            CallerSession::Session { id, expires_at } => {
                Vouched::Session { id, expires_at_ms: expires_at.unix_ms() }
            }
            CallerSession::Token { expires_at } => Vouched::Token { expires_at_ms: expires_at.unix_ms() },
            CallerSession::Key { id } => Vouched::Key { id },
        };
        Self { user: caller.user.clone(), vouched }
    }

    pub(crate) fn caller(&self) -> Caller {
        let session = match self.vouched {
            Vouched::Session { id, expires_at_ms } => {
                CallerSession::Session { id, expires_at: Timestamp::from_unix_ms(expires_at_ms) }
            }
            Vouched::Token { expires_at_ms } => {
                CallerSession::Token { expires_at: Timestamp::from_unix_ms(expires_at_ms) }
            }
            Vouched::Key { id } => CallerSession::Key { id },
        };
        Caller { user: self.user.clone(), session }
    }

    /// What it goes with when that ends.
    fn session(&self) -> Option<SessionId> {
        self.caller().session.revocable()
    }
}

/// A connection as one of its messages finds it.
#[derive(Debug, Clone)]
pub(crate) struct Visited {
    pub(crate) kept: Kept,
    pub(crate) version: u64,
    pub(crate) followed: Vec<(Channel, Side)>,
    /// What it followed once, where nobody needs to know that any more.
    pub(crate) ended: Vec<Channel>,
    /// How much it followed until a moment ago.
    pub(crate) just_ended: usize,
}

impl Table {
    /// Puts a connection down that was let in.
    pub(crate) async fn open(&self, connection: &str, kept: &Kept) -> Result<(), StoreError> {
        self.write(vec![meta(connection, kept, 0)?.put()?]).await
    }

    /// The connection, if it is there and has not ended.
    pub(crate) async fn visit(&self, connection: &str) -> Result<Option<Visited>, StoreError> {
        let (rows, _) = self.rows_and_ended(&connection_key(connection), "", None, None).await?;
        let now = self.clock.now().unix_seconds();
        let (mut followed, mut ended, mut just_ended) = (vec![], vec![], 0);
        let mut found = None;
        for row in rows {
            let channel_of = |sort: &str| sort.strip_prefix(FOLLOWS).and_then(|name| name.parse().ok());
            if !row.is_live(now) {
                ended.extend(row.text("sk").and_then(channel_of));
                continue;
            }
            if row.is("ended") {
                just_ended += 1;
                continue;
            }
            match row.text("sk") {
                Some(META) => {
                    found = Some((kept_in(&row)?, row.number("version").unwrap_or_default()));
                }
                Some(sort) => {
                    if let Some(channel) = channel_of(sort)
                        && !row.is("head_only")
                    {
                        followed
                            .push((channel, if row.is("by_server") { Side::Server } else { Side::Client }));
                    }
                }
                None => {}
            }
        }
        Ok(found.map(|(kept, version)| Visited { kept, version, followed, ended, just_ended }))
    }

    /// Keeps what a message has made of the connection, unless it is gone or another message was faster: then false.
    pub(crate) async fn keep(&self, connection: &str, kept: &Kept, version: u64) -> Result<bool, StoreError> {
        let sort = connection_key(connection);
        let owners = kept.caller.as_ref().map(owners_of).unwrap_or_default();
        let rows = owners.iter().map(|(owner, user)| {
            let row = Row::new(owner, &sort, kept.lasts_until_s).with("client", text(&kept.client));
            row.with("user", text(user.as_str())).put()
        });
        // First, so that a connection that is forgotten meanwhile does not leave them behind.
        self.write(rows.collect::<Result<_, _>>()?).await?;
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(meta(connection, kept, version + 1)?.0))
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(version));
        let is_refusal = PutItemError::is_conditional_check_failed_exception;
        if where_it_holds(put.send().await, is_refusal)?.is_some() {
            return Ok(true);
        }
        let deletes = owners.iter().map(|(owner, _)| Row::delete(owner, &sort));
        self.write(deletes.collect::<Result<_, _>>()?).await?;
        Ok(false)
    }

    /// Believes a connection and all that it follows for longer, or shorter.
    pub(crate) async fn extend(&self, connection: &str, lasts_until_s: i64) -> Result<(), StoreError> {
        let partition = connection_key(connection);
        let (rows, _) = self.rows(&partition, FOLLOWS, None, None).await?;
        for row in rows.iter().filter(|row| !row.is("ended")) {
            let Some(sort) = row.text("sk") else { continue };
            let channel = sort.strip_prefix(FOLLOWS).map(channel_key).unwrap_or_default();
            for (pk, sk) in [(&*partition, sort), (&*channel, &*partition)] {
                let update =
                    self.client.update_item().table_name(&self.name).key("pk", text(pk)).key("sk", text(sk));
                let update = update
                    .update_expression("SET expires_at = :until")
                    .condition_expression("attribute_exists(pk)")
                    .expression_attribute_values(":until", number(lasts_until_s));
                // Where it does not hold, the row was taken away meanwhile.
                where_it_holds(update.send().await, UpdateItemError::is_conditional_check_failed_exception)?;
            }
        }
        Ok(())
    }

    /// Forgets a connection and all that it followed, also what was put down after it had been forgotten.
    pub(crate) async fn forget(&self, connection: &str) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            if self.try_to_forget(connection).await? {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("a connection that has ended is still made something of".to_owned()))
    }

    /// False where one of its messages has made something of it meanwhile.
    async fn try_to_forget(&self, connection: &str) -> Result<bool, StoreError> {
        let partition = connection_key(connection);
        let (rows, _) = self.rows(&partition, "", None, None).await?;
        let mut deletes = vec![];
        let mut found = None;
        for row in &rows {
            let Some(sort) = row.text("sk") else { continue };
            if let Some(channel) = sort.strip_prefix(FOLLOWS) {
                deletes.push(Row::delete(&partition, sort)?);
                deletes.push(Row::delete(&channel_key(channel), &partition)?);
                continue;
            }
            found = row.number::<u64>("version");
            if let Some(caller) = kept_in(row)?.caller {
                for (owner, _) in owners_of(&caller) {
                    deletes.push(Row::delete(&owner, &partition)?);
                }
            }
        }
        self.write(deletes).await?;
        let Some(version) = found else { return Ok(true) };
        let same = HashMap::from([(":version".to_owned(), number(version))]);
        let gone =
            self.delete_where(&partition, META, ("attribute_not_exists(pk) OR version = :version", same));
        Ok(gone.await?.is_some())
    }

    /// Where the connection lasts longer by now, or shorter, than was believed when it was put down for a channel, it is put
    /// right: its token may have been renewed at the same moment.
    pub(crate) async fn agree_on_end(&self, connection: &str, believed_s: i64) -> Result<(), StoreError> {
        let read = self.client.get_item().table_name(&self.name).consistent_read(true);
        let read = read.key("pk", text(&connection_key(connection))).key("sk", text(META)).send().await;
        let Some(meta) = read.map_err(failed)?.item.map(Row) else { return Ok(()) };
        let lasts_until_s = kept_in(&meta)?.lasts_until_s;
        if lasts_until_s == believed_s { Ok(()) } else { self.extend(connection, lasts_until_s).await }
    }

    /// The ids of the user's connections, by the gateway's name and by the clients'.
    pub(crate) async fn of_user(&self, user: &UserId) -> Result<Vec<String>, StoreError> {
        self.connections(&user_key(user)).await
    }

    /// The ids of the session's connections.
    pub(crate) async fn of_session(&self, session: SessionId) -> Result<Vec<String>, StoreError> {
        self.connections(&session_key(session)).await
    }

    async fn connections(&self, partition: &str) -> Result<Vec<String>, StoreError> {
        let (rows, _) = self.rows(partition, "CONN#", None, None).await?;
        let ids = rows.iter().filter_map(|row| row.text("sk")?.strip_prefix("CONN#").map(str::to_owned));
        Ok(ids.collect())
    }
}

fn meta(connection: &str, kept: &Kept, version: u64) -> Result<Row, StoreError> {
    let state = serde_json::to_string(kept).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = Row::new(&connection_key(connection), META, kept.lasts_until_s);
    Ok(row.with("state", text(&state)).with("version", number(version)))
}

fn kept_in(meta: &Row) -> Result<Kept, StoreError> {
    let state = meta.text("state").unwrap_or_default();
    serde_json::from_str(state).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Under what a caller's connections are found: their user, and what they go with when that ends.
fn owners_of(caller: &KeptCaller) -> Vec<(String, UserId)> {
    let user = &caller.user.id;
    let session = caller.session().map(session_key);
    std::iter::once(user_key(user)).chain(session).map(|owner| (owner, user.clone())).collect()
}

pub(super) fn follows_key(channel: &str) -> String {
    format!("{FOLLOWS}{channel}")
}

fn user_key(user: &UserId) -> String {
    format!("USER#{user}")
}

fn session_key(session: SessionId) -> String {
    format!("SESSION#{session}")
}
