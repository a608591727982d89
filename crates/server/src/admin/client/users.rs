//! Questions about accounts.

use chinwag_chat::AccountChange;
use http::Method;

use super::{AdminClient, ClientError, percent_encoded};
use crate::admin::users::AccountReport;

impl AdminClient {
    /// Erases the person of that name or id.
    pub async fn erase(&self, user: &str) -> Result<(), ClientError> {
        self.ask(Method::DELETE, &format!("/users/{}", percent_encoded(user))).await.map(drop)
    }

    /// Changes the account of that name or id; what it is then.
    pub async fn change_account(
        &self,
        user: &str,
        change: AccountChange,
    ) -> Result<AccountReport, ClientError> {
        let mut query = Vec::new();
        query.extend(change.is_admin.map(|is_admin| format!("admin={is_admin}")));
        query.extend(change.is_disabled.map(|is_disabled| format!("disabled={is_disabled}")));
        let path = format!("/users/{}?{}", percent_encoded(user), query.join("&"));
        Ok(serde_json::from_slice(&self.ask(Method::POST, &path).await?)?)
    }
}
