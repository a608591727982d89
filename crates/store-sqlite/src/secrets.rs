//! The port [`Secrets`].

use async_trait::async_trait;
use chinwag_chat::StoreError;
use chinwag_chat::store::Secrets;
use rusqlite::params;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::query::one;

#[async_trait]
impl Secrets for SqliteStore {
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let name = format!("secret.{name}");
        let kept = self.writer.write(move |transaction| {
            let sql = "INSERT INTO meta (key, value) VALUES (?1, hex(?2))
                 ON CONFLICT (key) DO UPDATE SET value = value RETURNING unhex(value)";
            one(transaction, sql, params![name, fresh], |mut fields| fields.bytes())?
                .ok_or_else(|| Fault::damaged("a secret was not kept"))
        });
        kept.await
    }
}
