//! Who follows a channel, and how far they have been told.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use chinwag_chat::{Channel, Rev, StoreError, UserId};

use super::connections::follows_key;
use super::leases::LeaseId;
use super::order::NOT_OVERTAKEN;
use super::{Row, Table, connection_key, failed, number, text};

/// A wish to follow a channel. It is put down under a lease: nobody else tells the connection anything of the channel until
/// whoever put it down has, and has ended the lease.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    pub(crate) channel: Channel,
    /// What comes after it is to be told.
    pub(crate) rev: Rev,
    /// Only where the channel's head is, on the user's own channel.
    pub(crate) head_only: bool,
    pub(crate) by_server: bool,
    /// The client's command that it is for; none where a room that the user came into is followed.
    pub(crate) command: Option<u32>,
}

/// A connection that follows a channel.
#[derive(Debug, Clone)]
pub(crate) struct Follower {
    pub(crate) connection: String,
    /// The id that clients know it by.
    pub(crate) client: String,
    pub(crate) user: UserId,
    /// It has been told everything up to here.
    pub(crate) rev: Rev,
    pub(crate) head_only: bool,
    pub(crate) by_server: bool,
}

impl Follower {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let connection = row.text("sk").and_then(|sort| sort.strip_prefix("CONN#")).unwrap_or_default();
        Ok(Self {
            connection: connection.to_owned(),
            client: row.parsed("client")?,
            user: row.parsed("user")?,
            rev: Rev(row.number("rev").unwrap_or_default()),
            head_only: row.is("head_only"),
            by_server: row.is("by_server"),
        })
    }
}

/// Whose connection follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) connection: &'a str,
    pub(crate) client: &'a str,
    pub(crate) user: &'a UserId,
    pub(crate) lasts_until_s: i64,
}

/// Where a connection may be put down for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Free {
    /// Where it gets nothing of the channel so far.
    WhereNobodyFollows,
    /// Where nobody tells it anything of the channel just now.
    WhereNobodyTells,
}

/// What became of the wish to follow one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// The connection is put down for it.
    Down,
    /// It was not free.
    Taken,
    /// A later command of the client's has decided about the channel already.
    Overtaken,
}

impl Table {
    /// Has a connection that is new follow channels.
    pub(crate) async fn follow(
        &self,
        whose: Whose<'_>,
        wishes: &[Following],
        lease: &LeaseId,
    ) -> Result<(), StoreError> {
        let rows = wishes.iter().flat_map(|wish| self.follower_rows(whose, wish, lease));
        self.write(rows.map(Row::put).collect::<Result<_, _>>()?).await
    }

    /// Has a connection follow one channel more.
    pub(crate) async fn follow_one(
        &self,
        whose: Whose<'_>,
        wish: &Following,
        lease: &LeaseId,
        free: Free,
    ) -> Result<Put, StoreError> {
        let [follows, follower] = self.follower_rows(whose, wish, lease);
        let partition = channel_key(&wish.channel.to_string());
        let put = self.client.put_item().table_name(&self.name).set_item(Some(follower.0));
        let (condition, now) = match free {
            Free::WhereNobodyFollows => {
                let now = self.clock.now().unix_seconds();
                ("attribute_not_exists(pk) OR lease = :lease OR head_only = :yes OR expires_at <= :now", now)
            }
            Free::WhereNobodyTells => {
                let now = self.clock.now().unix_ms();
                (
                    "attribute_not_exists(lease) OR lease = :lease OR head_only = :yes OR lease_until < :now",
                    now,
                )
            }
        };
        let command = wish.command.unwrap_or(u32::MAX);
        let put = put
            .condition_expression(format!("({condition}) AND {NOT_OVERTAKEN}"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_values(":command", number(command))
            // Where an answer is lost the client library asks again, and finds what it wrote.
            .expression_attribute_values(":lease", text(lease.as_str()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .expression_attribute_values(":now", number(now));
        if let Err(error) = put.send().await {
            let Some(PutItemError::ConditionalCheckFailedException(refused)) = error.as_service_error()
            else {
                return Err(failed(error));
            };
            let other = refused.item.clone().map(Row).and_then(|row| row.number("command"));
            return Ok(if other.is_some_and(|other: u32| other > command) {
                Put::Overtaken
            } else {
                Put::Taken
            });
        }
        let Some(command) = wish.command else {
            return self.write(vec![follows.put()?]).await.map(|()| Put::Down);
        };
        if self.decide(follows, command).await? {
            return Ok(Put::Down);
        }
        let own = HashMap::from([(":lease".to_owned(), text(lease.as_str()))]);
        self.delete_where(&partition, &connection_key(whose.connection), ("lease = :lease", own)).await?;
        Ok(Put::Overtaken)
    }

    /// The two rows that say that a connection follows a channel: among its own, and among the channel's.
    fn follower_rows(&self, whose: Whose<'_>, wish: &Following, lease: &LeaseId) -> [Row; 2] {
        let (sort, name) = (connection_key(whose.connection), wish.channel.to_string());
        let flags = |row: Row| {
            let flag = AttributeValue::Bool;
            let row = row.with("head_only", flag(wish.head_only)).with("by_server", flag(wish.by_server));
            match wish.command {
                Some(command) => row.with("command", number(command)),
                None => row,
            }
        };
        let follower = Row::new(&channel_key(&name), &sort, whose.lasts_until_s)
            .with("client", text(whose.client))
            .with("user", text(whose.user.as_str()))
            .with("rev", number(wish.rev.0))
            .with("lease", text(lease.as_str()))
            .with("lease_until", number(lease.until_ms(self.clock.now())));
        [flags(Row::new(&sort, &follows_key(&name), whose.lasts_until_s)), flags(follower)]
    }

    /// Has a connection follow a channel no more, whatever its client wants; false where that is not for the holder of this
    /// lease to say any more.
    pub(crate) async fn unfollow(
        &self,
        connection: &str,
        channel: &Channel,
        lease: &LeaseId,
    ) -> Result<bool, StoreError> {
        let (name, key) = (channel.to_string(), connection_key(connection));
        let own = HashMap::from([(":lease".to_owned(), text(lease.as_str()))]);
        // Where an answer is lost the client library asks again, and finds nothing.
        let own = ("attribute_not_exists(pk) OR lease = :lease", own);
        let Some(row) = self.delete_where(&channel_key(&name), &key, own).await? else {
            return Ok(false);
        };
        // The row that was put down with it, not one that came since.
        let same = match row.number::<u32>("command") {
            Some(command) => {
                ("command = :command", HashMap::from([(":command".to_owned(), number(command))]))
            }
            None if row.0.is_empty() => ("attribute_not_exists(ended)", HashMap::new()),
            None => ("attribute_not_exists(command)", HashMap::new()),
        };
        self.delete_where(&key, &follows_key(&name), same).await?;
        Ok(true)
    }

    /// Followers of a channel, at most `limit` of those after `after`; and where the next ones begin, if there are more.
    pub(crate) async fn followers(
        &self,
        channel: &Channel,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Follower>, Option<String>), StoreError> {
        let partition = channel_key(&channel.to_string());
        let (rows, next) = self.rows(&partition, "CONN#", after, Some(limit)).await?;
        Ok((rows.iter().map(Follower::read).collect::<Result<_, _>>()?, next))
    }
}

pub(super) fn channel_key(channel: &str) -> String {
    format!("CHANNEL#{channel}")
}
