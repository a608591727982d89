//! In which order a connection's commands count: by their ids, whatever function is done with its own first.
//!
//! The gateway has each message worked on by itself, side by side with those before it. So whatever a command decides about a
//! channel is put down with its id, and nothing is changed that a later one has decided. That a connection follows a channel
//! no more is put down too, for as long as an earlier command may still come.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use chinwag_chat::{Channel, StoreError};
use futures_util::future::try_join_all;

use super::connections::follows_key;
use super::followers::channel_key;
use super::{Row, Table, connection_key, number, text, where_it_holds};

/// Where no later command has decided.
pub(super) const NOT_OVERTAKEN: &str = "(attribute_not_exists(command) OR command <= :command)";
/// For how long a command may be late: no function runs longer.
const MAY_BE_LATE: Duration = Duration::from_secs(45);
/// So many rows that are of no use any more are deleted by one command, which leaves one.
const TIDIED: usize = 5;
/// So many of what a connection follows no more are known; beyond that the order is not kept. People come nowhere near it.
pub(crate) const MAX_ENDED: usize = 256;

impl Table {
    /// Has a connection follow a channel no more, unless a later command has decided otherwise.
    pub(crate) async fn end(
        &self,
        connection: &str,
        channel: &Channel,
        command: u32,
    ) -> Result<(), StoreError> {
        let (name, key) = (channel.to_string(), connection_key(connection));
        let ends_at = self.clock.now().plus(MAY_BE_LATE).unix_seconds();
        let row = Row::new(&key, &follows_key(&name), ends_at).with("ended", AttributeValue::Bool(true));
        if !self.decide(row, command).await? {
            return Ok(());
        }
        self.delete_where(&channel_key(&name), &key, not_after(command)).await.map(drop)
    }

    /// The same, and nothing is left of it: for what never began.
    pub(crate) async fn undo(
        &self,
        connection: &str,
        channel: &Channel,
        command: u32,
    ) -> Result<(), StoreError> {
        let (name, key) = (channel.to_string(), connection_key(connection));
        self.delete_where(&channel_key(&name), &key, not_after(command)).await?;
        self.delete_where(&key, &follows_key(&name), not_after(command)).await.map(drop)
    }

    /// Puts down among a connection's own rows what a command has decided; false where a later one has decided already.
    pub(super) async fn decide(&self, row: Row, command: u32) -> Result<bool, StoreError> {
        let row = row.with("command", number(command));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(row.0));
        let put =
            put.condition_expression(NOT_OVERTAKEN).expression_attribute_values(":command", number(command));
        let put = where_it_holds(put.send().await, PutItemError::is_conditional_check_failed_exception);
        Ok(put?.is_some())
    }

    /// Deletes some of a connection's rows by which it followed channels once: no command can come so late any more.
    pub(crate) async fn tidy(&self, connection: &str, ended: &mut Vec<Channel>) -> Result<(), StoreError> {
        let partition = connection_key(connection);
        let now = number(self.clock.now().unix_seconds());
        let deletes = ended.drain(..ended.len().min(TIDIED)).map(|channel| {
            let values = HashMap::from([
                (":yes".to_owned(), AttributeValue::Bool(true)),
                (":now".to_owned(), now.clone()),
            ]);
            let (sort, partition) = (follows_key(&channel.to_string()), &partition);
            async move {
                self.delete_where(partition, &sort, ("ended = :yes AND expires_at <= :now", values)).await
            }
        });
        try_join_all(deletes).await.map(drop)
    }

    /// Deletes a row if the condition holds; the row as it was, empty where there was none, and nothing where the condition does
    /// not hold.
    pub(super) async fn delete_where(
        &self,
        partition: &str,
        sort: &str,
        (condition, values): Condition,
    ) -> Result<Option<Row>, StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("pk", text(partition))
            .key("sk", text(sort))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .return_values(ReturnValue::AllOld);
        let is_refusal = DeleteItemError::is_conditional_check_failed_exception;
        let deleted = where_it_holds(delete.send().await, is_refusal)?;
        Ok(deleted.map(|deleted| Row(deleted.attributes.unwrap_or_default())))
    }
}

type Condition = (&'static str, HashMap<String, AttributeValue>);

fn not_after(command: u32) -> Condition {
    (NOT_OVERTAKEN, HashMap::from([(":command".to_owned(), number(command))]))
}
