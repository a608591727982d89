//! What is asked of DynamoDB itself: items by their keys, ranges of a partition, transactions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder as Query;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, KeysAndAttributes, Put, Select, TransactWriteItem, WriteRequest,
};
use chinwag_chat::{Entropy, StoreError};

use crate::fault;
use crate::item::{DOC, INDEX, INDEX_PK, INDEX_SK, Item, Key, NewItem, PK, SK, VERSION, text};

/// How many items one request reads by their keys.
const MAX_READ: usize = 100;
/// How many items one request deletes.
const MAX_DELETED: usize = 25;
/// How often something is tried that others overtake.
const MAX_ATTEMPTS: u32 = 24;
/// How long is waited after the first attempt, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(8);
const LONGEST_WAIT: Duration = Duration::from_millis(800);

/// The table.
pub(crate) struct Table {
    client: Client,
    name: String,
    entropy: Arc<dyn Entropy>,
}

/// A range of one partition: of the table, or of the index.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) pk: String,
    /// The first and the last sort key, both of them in the range.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) newest_first: bool,
    /// Only items of which this is so.
    pub(crate) filter: Option<Filter>,
    /// At most so many are wanted.
    pub(crate) limit: Option<usize>,
    /// No more are wanted once these are more than so many bytes.
    pub(crate) max_bytes: Option<usize>,
}

/// A condition on an item's attributes, with the values that it names.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) condition: &'static str,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// What is between text and everything that begins with it.
const LAST: &str = "\u{10FFFF}";

impl Range {
    /// Everything of the partition.
    pub(crate) fn all(pk: impl Into<String>) -> Self {
        Self::beginning(pk, "")
    }

    /// What begins so.
    pub(crate) fn beginning(pk: impl Into<String>, with: &str) -> Self {
        // A sort key is never empty, and DynamoDB takes no empty bound for one.
        let from = if with.is_empty() { "\u{1}".to_owned() } else { with.to_owned() };
        Self::between(pk, from, format!("{with}{LAST}"))
    }

    /// What is between the two, with both.
    pub(crate) fn between(pk: impl Into<String>, from: String, to: String) -> Self {
        Self { pk: pk.into(), from, to, newest_first: false, filter: None, limit: None, max_bytes: None }
    }

    /// The same without what comes before that sort key, and without it.
    pub(crate) fn after(mut self, sk: &str) -> Self {
        // Nothing is between a text and itself with the smallest character behind it.
        self.from = self.from.max(format!("{sk}\u{1}"));
        self
    }

    pub(crate) fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    pub(crate) fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = Some(max_bytes);
        self
    }

    pub(crate) fn filter(mut self, condition: &'static str, values: Vec<(&'static str, String)>) -> Self {
        self.filter = Some(Filter { condition, values });
        self
    }

    /// Whether so much is more than was wanted.
    fn is_enough(&self, found: &[Item]) -> bool {
        self.limit.is_some_and(|limit| found.len() >= limit)
            || self
                .max_bytes
                .is_some_and(|most| found.iter().map(|item| item.doc.len()).sum::<usize>() > most)
    }
}

/// One write of a transaction.
pub(crate) enum Write<'a> {
    /// The item, where it has that version; where there was none, it must not be there.
    Put(&'a NewItem, Option<&'a str>),
    /// The item, whatever was there.
    Replace(&'a NewItem),
    /// No item, where it has that version.
    Delete(&'a Key, Option<&'a str>),
    /// Nothing, as long as it has that version.
    Check(&'a Key, Option<&'a str>),
}

impl Table {
    pub(crate) fn new(client: Client, name: String, entropy: Arc<dyn Entropy>) -> Self {
        Self { client, name, entropy }
    }

    /// Some text that was never an item's version before.
    pub(crate) fn version(&self) -> String {
        let mut random = [0; 12];
        self.entropy.fill(&mut random);
        random.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// A number below that one, at random.
    pub(crate) fn random_below(&self, end: u64) -> u64 {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        u64::from_le_bytes(random) % end.max(1)
    }

    /// Tries something again until nobody overtakes it. It says nothing where somebody did.
    pub(crate) async fn until_settled<T, E, F>(&self, attempt: impl Fn() -> F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<Option<T>, E>>,
    {
        for number in 0..MAX_ATTEMPTS {
            if let Some(done) = attempt().await? {
                return Ok(done);
            }
            self.wait_after(number).await;
        }
        Err(overtaken().into())
    }

    /// Waits before an attempt that follows that one: longer each time, and each a little differently, so that those who
    /// met do not meet again.
    pub(crate) async fn wait_after(&self, attempt: u32) {
        let most = FIRST_WAIT.saturating_mul(1 << attempt.min(10)).min(LONGEST_WAIT);
        let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_micros(self.random_below(micros))).await;
    }

    pub(crate) const fn may_try(attempt: u32) -> bool {
        attempt < MAX_ATTEMPTS
    }

    /// One item as it is now.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer = request.set_key(Some(key.attributes())).send().await.map_err(fault::of_read)?;
        answer.item.map(Item::read).transpose()
    }

    /// Those of the items that there are, in any order.
    pub(crate) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted: Vec<&Key> = keys.iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        for keys in wanted.chunks(MAX_READ) {
            let mut left: Vec<_> = keys.iter().map(|key| key.attributes()).collect();
            let mut attempt = 0;
            while !left.is_empty() {
                let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(left)).build();
                let wanted = wanted.map_err(|error| StoreError::Corrupt(error.to_string()))?;
                let request = self.client.batch_get_item().request_items(&self.name, wanted);
                let answer = request.send().await.map_err(fault::of_read)?;
                let items = answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default();
                for item in items {
                    found.push(Item::read(item)?);
                }
                let unread = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
                left = unread.map(|unread| unread.keys).unwrap_or_default();
                if !left.is_empty() {
                    if !Self::may_try(attempt) {
                        return Err(StoreError::Unavailable("the table is asked for too much".to_owned()));
                    }
                    self.wait_after(attempt).await;
                    attempt += 1;
                }
            }
        }
        Ok(found)
    }

    /// The items of a range, in its order.
    pub(crate) async fn range(&self, range: &Range) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let request = self.query(range, [PK, SK], found.len()).consistent_read(true);
            let request = request.set_exclusive_start_key(from);
            let answer = request.send().await.map_err(fault::of_read)?;
            for item in answer.items.unwrap_or_default() {
                found.push(Item::read(item)?);
            }
            from = answer.last_evaluated_key;
            if from.is_none() || range.is_enough(&found) {
                found.truncate(range.limit.unwrap_or(usize::MAX));
                return Ok(found);
            }
        }
    }

    /// How many items a range has, at most its limit.
    pub(crate) async fn count(&self, range: &Range) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut from = None;
        loop {
            let counted = usize::try_from(count).unwrap_or(usize::MAX);
            let request = self.query(range, [PK, SK], counted).consistent_read(true).select(Select::Count);
            let request = request.set_exclusive_start_key(from);
            let answer = request.send().await.map_err(fault::of_read)?;
            count += u64::try_from(answer.count).unwrap_or(0);
            from = answer.last_evaluated_key;
            let most = range.limit.map_or(u64::MAX, |limit| limit as u64);
            if from.is_none() || count >= most {
                return Ok(count.min(most));
            }
        }
    }

    /// The keys of a range of the index, each with its place there. The index follows the table within moments.
    pub(crate) async fn indexed(&self, range: &Range) -> Result<Vec<(String, Key)>, StoreError> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let request = self.query(range, [INDEX_PK, INDEX_SK], found.len()).index_name(INDEX);
            let request = request.set_exclusive_start_key(from);
            let answer = request.send().await.map_err(fault::of_read)?;
            for item in answer.items.unwrap_or_default() {
                found.extend(place(item));
            }
            from = answer.last_evaluated_key;
            if from.is_none() || range.limit.is_some_and(|limit| found.len() >= limit) {
                return Ok(found);
            }
        }
    }

    /// A request for what is left of a range after so many, where the keys have those names.
    fn query(&self, range: &Range, [pk, sk]: [&str; 2], found: usize) -> Query {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression(format!("{pk} = :pk AND {sk} BETWEEN :from AND :to"))
            .expression_attribute_values(":pk", text(&range.pk))
            .expression_attribute_values(":from", text(&range.from))
            .expression_attribute_values(":to", text(&range.to))
            .scan_index_forward(!range.newest_first);
        filtered(request, range, found)
    }

    /// Does all of it or nothing; false where something is not as it was.
    pub(crate) async fn write(&self, writes: &[Write<'_>]) -> Result<bool, StoreError> {
        let mut items = Vec::with_capacity(writes.len());
        for write in writes {
            items.push(self.transacted(write).map_err(|error| StoreError::Corrupt(error.to_string()))?);
        }
        // The client itself gives the transaction a token, and sends the same one again where it does not get an answer.
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_overtaken(&error) => Ok(false),
            Err(error) => Err(fault::of_write(error)),
        }
    }

    fn transacted(
        &self,
        write: &Write<'_>,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let is_free = format!("attribute_not_exists({PK})");
        let is_same = format!("{VERSION} = :v");
        let values = |version: &str| HashMap::from([(":v".to_owned(), text(version))]);
        let condition = |version: Option<&str>| match version {
            Some(version) => (Some(is_same.clone()), Some(values(version))),
            None => (Some(is_free.clone()), None),
        };
        let put = |item: &NewItem, (condition, values): (Option<String>, Option<HashMap<_, _>>)| {
            let put = Put::builder().table_name(&self.name).set_item(Some(item.attributes(&self.version())));
            let put =
                put.set_condition_expression(condition).set_expression_attribute_values(values).build()?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        match write {
            Write::Put(item, version) => put(item, condition(*version)),
            Write::Replace(item) => put(item, (None, None)),
            Write::Delete(key, version) => {
                let (condition, values) = condition(*version);
                let delete = Delete::builder().table_name(&self.name).set_key(Some(key.attributes()));
                let delete = delete.set_condition_expression(condition);
                let delete = delete.set_expression_attribute_values(values).build()?;
                Ok(TransactWriteItem::builder().delete(delete).build())
            }
            Write::Check(key, version) => {
                let (condition, values) = condition(*version);
                let check = ConditionCheck::builder().table_name(&self.name).set_key(Some(key.attributes()));
                let check = check.set_condition_expression(condition);
                let check = check.set_expression_attribute_values(values).build()?;
                Ok(TransactWriteItem::builder().condition_check(check).build())
            }
        }
    }

    /// Some items of the whole table whose partitions begin so and whose records hold that text, from a place on; with the
    /// place where to go on.
    pub(crate) async fn scan(
        &self,
        beginnings: [&str; 3],
        held: &str,
        from: Option<&Key>,
        most: i32,
    ) -> Result<(Vec<Item>, Option<Key>), StoreError> {
        let [first, second, third] = beginnings;
        let answer = self
            .client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .filter_expression(format!(
                "contains({DOC}, :held) AND \
                 (begins_with({PK}, :first) OR begins_with({PK}, :second) OR begins_with({PK}, :third))"
            ))
            .expression_attribute_values(":held", text(held))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":second", text(second))
            .expression_attribute_values(":third", text(third))
            .set_exclusive_start_key(from.map(Key::attributes))
            .limit(most)
            .send()
            .await
            .map_err(fault::of_read)?;
        let items = answer.items.unwrap_or_default().into_iter().map(Item::read).collect::<Result<_, _>>()?;
        let place = |mut key: HashMap<String, AttributeValue>| match (key.remove(PK), key.remove(SK)) {
            (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Some(Key { pk, sk }),
            _ => None,
        };
        Ok((items, answer.last_evaluated_key.and_then(place)))
    }

    /// Deletes items that nobody needs any more, one after the other.
    pub(crate) async fn sweep(&self, keys: &[Key]) -> Result<(), StoreError> {
        use aws_sdk_dynamodb::types::DeleteRequest;
        for keys in keys.chunks(MAX_DELETED) {
            let delete = |key: &Key| {
                let delete = DeleteRequest::builder().set_key(Some(key.attributes())).build()?;
                Ok(WriteRequest::builder().delete_request(delete).build())
            };
            let deletes: Result<Vec<_>, aws_sdk_dynamodb::error::BuildError> =
                keys.iter().map(delete).collect();
            let mut left = deletes.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let mut attempt = 0;
            while !left.is_empty() {
                let request = self.client.batch_write_item().request_items(&self.name, left);
                let answer = request.send().await.map_err(fault::of_write)?;
                left = answer.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
                if !left.is_empty() {
                    if !Self::may_try(attempt) {
                        return Err(StoreError::Unknown("the table is asked for too much".to_owned()));
                    }
                    self.wait_after(attempt).await;
                    attempt += 1;
                }
            }
        }
        Ok(())
    }
}

/// A request with a range's filter and with the limit that is left after so many.
fn filtered(mut request: Query, range: &Range, found: usize) -> Query {
    if let Some(filter) = &range.filter {
        request = request.filter_expression(filter.condition);
        for (name, value) in &filter.values {
            request = request.expression_attribute_values(*name, text(value));
        }
    }
    let Some(limit) = range.limit else { return request };
    // What the filter leaves out counts too: a little more saves a request.
    let left = limit.saturating_sub(found);
    let more = if range.filter.is_some() { left.saturating_mul(2).max(20) } else { left };
    request.limit(i32::try_from(more.max(1)).unwrap_or(i32::MAX))
}

/// Others wrote the same again and again.
pub(crate) fn overtaken() -> StoreError {
    StoreError::Unavailable("too many write the same at once".to_owned())
}

fn place(mut item: HashMap<String, AttributeValue>) -> Option<(String, Key)> {
    let mut take = |name: &str| match item.remove(name) {
        Some(AttributeValue::S(value)) => Some(value),
        _ => None,
    };
    Some((take(INDEX_SK)?, Key { pk: take(PK)?, sk: take(SK)? }))
}

type WriteError = aws_sdk_dynamodb::error::SdkError<
    aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
>;

/// Whether a transaction failed only because others were faster.
fn is_overtaken(error: &WriteError) -> bool {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Failure;
    match error.as_service_error() {
        Some(Failure::TransactionCanceledException(canceled)) => {
            let reasons = canceled.cancellation_reasons();
            let codes = reasons.iter().filter_map(|reason| reason.code()).filter(|code| *code != "None");
            let mut codes = codes.peekable();
            codes.peek().is_some()
                && codes.all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
        }
        Some(failure) => failure.code() == Some("TransactionInProgressException"),
        None => false,
    }
}
