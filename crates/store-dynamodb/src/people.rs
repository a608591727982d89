//! Many accounts at once.

use std::collections::HashMap;

use chinwag_chat::{StoreError, User, UserId};

use crate::item::Key;
use crate::keys;
use crate::records::AccountRecord;
use crate::table::Table;

/// Those of these accounts that there are.
pub(crate) async fn accounts(
    table: &Table,
    ids: Vec<&UserId>,
) -> Result<HashMap<UserId, AccountRecord>, StoreError> {
    let wanted: Vec<Key> = ids.into_iter().map(keys::account).collect();
    let found = table.get_many(&wanted).await?;
    let read = found.into_iter().map(|item| {
        let account: AccountRecord = item.record()?;
        Ok((account.user.id.clone(), account))
    });
    read.collect()
}

/// Those of these users that there are, in that order.
pub(crate) async fn users(table: &Table, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    let known = accounts(table, ids.iter().collect()).await?;
    Ok(ids.iter().filter_map(|id| known.get(id)).map(|account| account.user.clone()).collect())
}

/// An id that is part of a key.
pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("no id: {text}")))
}
