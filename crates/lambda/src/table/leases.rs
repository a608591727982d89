//! Who tells a connection of a channel just now: one at a time, so that it is told in order.
//!
//! Whoever finds another at it leaves word of how far the channel is, and goes. Whoever is done looks for such word before
//! it ends the lease. Where a lease was never ended, nobody knows what of it the client got.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use chinwag_chat::{Channel, Entropy, Rev, StoreError, Timestamp};

use super::followers::channel_key;
use super::{Follower, Row, Table, connection_key, failed, number, text};

/// How long a lease lasts: longer than any function runs.
const LEASE: Duration = Duration::from_secs(45);
/// How often somebody else may come between the look and the step.
const TRIES: u32 = 5;

/// One who tells.
#[derive(Debug, Clone)]
pub(crate) struct LeaseId(String);

impl LeaseId {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut random = [0; 16];
        entropy.fill(&mut random);
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn until_ms(&self, now: Timestamp) -> i64 {
        now.plus(LEASE).unix_ms()
    }
}

/// What became of the wish to tell a connection.
#[derive(Debug, Clone)]
pub(crate) enum Claim {
    /// It is for the asker to do, from the follower's position on.
    Taken {
        follower: Follower,
        /// Another had begun and never ended: nobody knows what the client got.
        was_abandoned: bool,
    },
    /// It has been told already.
    Told,
    /// Another is at it, and has word of how far to go.
    LeftWord,
    /// It does not follow the channel any more.
    Gone,
}

/// What became of a lease that is to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    /// It has ended.
    Done,
    /// The channel has gone on to here meanwhile; the lease goes on.
    MoreUpTo(Rev),
    /// It was another's, or the connection follows the channel no more.
    Lost,
}

impl Table {
    /// Takes over to tell a connection what is up to `wanted` in a channel.
    pub(crate) async fn claim(
        &self,
        channel: &Channel,
        connection: &str,
        wanted: Rev,
        lease: &LeaseId,
    ) -> Result<Claim, StoreError> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let take = self
                .row(channel, connection)
                .update_expression("SET lease = :lease, lease_until = :until REMOVE wanted")
                .condition_expression(
                    "attribute_exists(pk) AND expires_at > :now_s AND rev < :wanted AND \
                     (attribute_not_exists(lease) OR lease_until < :now)",
                )
                .expression_attribute_values(":lease", text(lease.as_str()))
                .expression_attribute_values(":until", number(lease.until_ms(now)))
                .expression_attribute_values(":now", number(now.unix_ms()))
                .expression_attribute_values(":now_s", number(now.unix_seconds()))
                .expression_attribute_values(":wanted", number(wanted.0))
                .return_values(ReturnValue::AllOld);
            let row = match tried(take).await? {
                Tried::Done(before) => {
                    let follower = Follower::read(&before)?;
                    return Ok(Claim::Taken { follower, was_abandoned: before.text("lease").is_some() });
                }
                Tried::Refused(row) => row,
            };
            if row.0.is_empty() || !row.is_live(now.unix_seconds()) {
                return Ok(Claim::Gone);
            }
            if row.text("lease") == Some(lease.as_str()) {
                // It was done, and the answer lost on its way.
                return Ok(Claim::Taken { follower: Follower::read(&row)?, was_abandoned: false });
            }
            if row.number("rev").is_some_and(|rev: u64| rev >= wanted.0) {
                return Ok(Claim::Told);
            }
            let is_leased = row.number("lease_until").is_some_and(|until: i64| until >= now.unix_ms());
            if is_leased && row.number("wanted").is_some_and(|other: u64| other >= wanted.0) {
                return Ok(Claim::LeftWord);
            }
            let leave_word = self
                .row(channel, connection)
                .update_expression("SET wanted = :wanted")
                .condition_expression(
                    "attribute_exists(lease) AND lease_until >= :now AND (attribute_not_exists(wanted) OR wanted <= :wanted)",
                )
                .expression_attribute_values(":now", number(now.unix_ms()))
                .expression_attribute_values(":wanted", number(wanted.0));
            if let Tried::Done(_) = tried(leave_word).await? {
                return Ok(Claim::LeftWord);
            }
            // The other has just ended: it is for the asker after all.
        }
        Err(StoreError::Unavailable("others keep telling this connection".to_owned()))
    }

    /// Ends a lease after everything up to `rev` was told.
    pub(crate) async fn finish(
        &self,
        channel: &Channel,
        connection: &str,
        rev: Rev,
        lease: &LeaseId,
    ) -> Result<Finished, StoreError> {
        let end = self
            .row(channel, connection)
            .update_expression("SET rev = :rev REMOVE lease, lease_until, wanted")
            .condition_expression("lease = :lease AND (attribute_not_exists(wanted) OR wanted <= :rev)")
            .expression_attribute_values(":lease", text(lease.as_str()))
            .expression_attribute_values(":rev", number(rev.0));
        Ok(match tried(end).await? {
            Tried::Done(_) => Finished::Done,
            Tried::Refused(row) if row.text("lease") == Some(lease.as_str()) => {
                Finished::MoreUpTo(Rev(row.number("wanted").unwrap_or(rev.0)))
            }
            Tried::Refused(_) => Finished::Lost,
        })
    }

    /// Ends a lease where nothing after `rev` was told for certain, so that another may take over at once.
    pub(crate) async fn give_up(
        &self,
        channel: &Channel,
        connection: &str,
        rev: Rev,
        lease: &LeaseId,
    ) -> Result<(), StoreError> {
        let end = self
            .row(channel, connection)
            .update_expression("SET rev = :rev REMOVE lease, lease_until, wanted")
            .condition_expression("lease = :lease")
            .expression_attribute_values(":lease", text(lease.as_str()))
            .expression_attribute_values(":rev", number(rev.0));
        tried(end).await.map(drop)
    }

    fn row(&self, channel: &Channel, connection: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(&channel_key(&channel.to_string())))
            .key("sk", text(&connection_key(connection)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

enum Tried {
    /// It was done; the row as it was asked for.
    Done(Row),
    /// Its condition does not hold; the row as it is.
    Refused(Row),
}

async fn tried(update: UpdateItemFluentBuilder) -> Result<Tried, StoreError> {
    let outcome: Result<UpdateItemOutput, SdkError<UpdateItemError>> = update.send().await;
    match outcome {
        Ok(done) => Ok(Tried::Done(Row(done.attributes.unwrap_or_default()))),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                Ok(Tried::Refused(Row(refused.item.clone().unwrap_or_default())))
            }
            _ => Err(failed(error)),
        },
    }
}
