//! The table's rows about connections. Messages, rooms and people are the store's; it may share the table, under other keys.
//!
//! | partition | sort key | what |
//! | --- | --- | --- |
//! | `CONN#id` | `META` | the connection: who, since when |
//! | `CONN#id` | `FOLLOWS#channel` | that it follows the channel, or did until a moment ago, and who wanted it |
//! | `CHANNEL#channel` | `CONN#id` | the same for the fan-out: how far it has been told, and who is telling it just now |
//! | `ONCE#id` | `META` | that something which is kept nowhere has been told |
//! | `USER#user`, `SESSION#session` | `CONN#id` | whose it is |
//!
//! Every row ends by itself (`expires_at`), and is taken for gone from then on, whether or not the table has removed it.

mod connections;
mod followers;
mod leases;
mod once;
mod order;
mod row;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, WriteRequest};
use chinwag_chat::{Clock, StoreError};

pub(crate) use connections::{Kept, KeptCaller, Visited};
pub(crate) use followers::{Follower, Following, Free, Put, Whose};
pub(crate) use leases::{Claim, Finished, LeaseId};
pub(crate) use order::MAX_ENDED;
use row::Row;

/// So many rows are written at once.
const WRITES: usize = 25;
/// How often rows that the table had no time for are written again.
const TRIES: u32 = 6;
/// The wait before they are; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// The table.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
    clock: Arc<dyn Clock>,
}

impl Table {
    pub(crate) fn new(client: Client, name: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, name, clock }
    }

    /// Writes and deletes many rows, in any order.
    async fn write(&self, requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        for some in requests.chunks(WRITES) {
            let mut left = some.to_vec();
            let mut wait = FIRST_WAIT;
            for attempt in 0.. {
                let write = self.client.batch_write_item().request_items(&self.name, left);
                let written = write.send().await.map_err(failed)?;
                left = written.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                if attempt == TRIES {
                    return Err(StoreError::Unavailable("the table has no time for writes".to_owned()));
                }
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        }
        Ok(())
    }

    /// The rows of a partition whose sort key begins so and that have not ended, at most `limit` of those after `after`; and
    /// where the next ones begin, if there may be more.
    async fn rows(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: Option<i32>,
    ) -> Result<(Vec<Row>, Option<String>), StoreError> {
        let (mut rows, next) = self.rows_and_ended(partition, prefix, after, limit).await?;
        let now = self.clock.now().unix_seconds();
        rows.retain(|row| row.is_live(now));
        Ok((rows, next))
    }

    /// The same, with those that have ended and were not removed yet.
    async fn rows_and_ended(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: Option<i32>,
    ) -> Result<(Vec<Row>, Option<String>), StoreError> {
        let (mut rows, mut after) = (vec![], after.map(str::to_owned));
        let mut values = HashMap::from([(":pk".to_owned(), text(partition))]);
        // Keys are never empty, and neither may be what they begin with.
        let condition = if prefix.is_empty() {
            "pk = :pk"
        } else {
            values.insert(":prefix".to_owned(), text(prefix));
            "pk = :pk AND begins_with(sk, :prefix)"
        };
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.name)
                // What was put down a moment ago must be seen: else a change could fall between a subscribe and its fan-out.
                .consistent_read(true)
                .key_condition_expression(condition)
                .set_expression_attribute_values(Some(values.clone()))
                .set_limit(limit);
            let query = match &after {
                Some(after) => {
                    query.exclusive_start_key("pk", text(partition)).exclusive_start_key("sk", text(after))
                }
                None => query,
            };
            let page = query.send().await.map_err(failed)?;
            rows.extend(page.items.unwrap_or_default().into_iter().map(Row));
            after = page.last_evaluated_key.and_then(|key| Row(key).text("sk").map(str::to_owned));
            if after.is_none() || limit.is_some() {
                return Ok((rows, after));
            }
        }
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn failed<E: std::error::Error>(error: E) -> StoreError {
    StoreError::Unavailable(DisplayErrorContext(error).to_string())
}

/// What came of a request that has a condition; nothing where the condition does not hold.
fn where_it_holds<T, E>(
    answer: Result<T, SdkError<E>>,
    is_refusal: fn(&E) -> bool,
) -> Result<Option<T>, StoreError>
where
    E: std::error::Error + 'static,
{
    match answer {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.as_service_error().is_some_and(is_refusal) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn connection_key(connection: &str) -> String {
    format!("CONN#{connection}")
}
