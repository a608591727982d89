//! What is told once however often it is announced.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use chinwag_chat::StoreError;

use super::{LeaseId, Row, Table, failed, text};

/// For longer than any queue keeps a message that it brings again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

impl Table {
    /// Whether somebody has asked [`Self::is_first`] about that id.
    pub(crate) async fn was_asked(&self, id: &str) -> Result<bool, StoreError> {
        let read = self.client.get_item().table_name(&self.name).consistent_read(true);
        let read = read.key("pk", text(&format!("ONCE#{id}"))).key("sk", text("META")).send().await;
        Ok(read.map_err(failed)?.item.is_some())
    }

    /// Whether nobody else has asked this about that id before; `asker` is new for each time that it is asked.
    pub(crate) async fn is_first(&self, id: &str, asker: &LeaseId) -> Result<bool, StoreError> {
        let ends_at = self.clock.now().plus(REMEMBERED).unix_seconds();
        let row = Row::new(&format!("ONCE#{id}"), "META", ends_at).with("asker", text(asker.as_str()));
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(row.0))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                // Where an answer is lost the client library asks again, and finds what it wrote.
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Row(refused.item.clone().unwrap_or_default()).text("asker") == Some(asker.as_str()))
                }
                _ => Err(failed(error)),
            },
        }
    }
}
