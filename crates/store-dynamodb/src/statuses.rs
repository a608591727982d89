//! The port [`Statuses`].

use async_trait::async_trait;
use chinwag_chat::store::Statuses;
use chinwag_chat::{KeptStatus, PresenceWish, Status, StatusText, StoreError, Timestamp, UserId, erased};
use serde::{Deserialize, Serialize};

use crate::DynamoStore;
use crate::flow;
use crate::item::NewItem;
use crate::keys;
use crate::people;
use crate::records::AccountRecord;
use crate::unit::Unit;

/// How somebody wants to be seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct StatusRecord {
    presence: PresenceWish,
    text: Option<StatusText>,
    until: Option<Timestamp>,
}

#[async_trait]
impl Statuses for DynamoStore {
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError> {
        let attempt = || async move {
            let mut unit = Unit::new(&self.table);
            let account = unit.read::<AccountRecord>(&keys::account(user)).await?;
            if account.is_none_or(|account| erased::is_nobody(&account.user)) {
                return Ok(Some(()));
            }
            let Status { presence, text, until } = status.clone();
            unit.replace(NewItem::of(keys::status(user), &StatusRecord { presence, text, until })?);
            Ok(unit.commit().await?.then_some(()))
        };
        self.table.until_settled(attempt).await
    }

    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError> {
        let known = people::accounts(&self.table, users.iter().collect()).await?;
        let known: Vec<UserId> = known.into_keys().collect();
        flow::each(&known, |user| async move {
            Ok(KeptStatus {
                user: user.clone(),
                status: self.status(user).await?,
                last_seen_at: self.last_seen_at(user).await?,
            })
        })
        .await
    }
}

impl DynamoStore {
    pub(crate) async fn status(&self, user: &UserId) -> Result<Status, StoreError> {
        let item = self.table.get(&keys::status(user)).await?;
        let record = item.map(|item| item.record::<StatusRecord>()).transpose()?;
        let StatusRecord { presence, text, until } = record.unwrap_or_default();
        Ok(Status { presence, text, until })
    }
}
