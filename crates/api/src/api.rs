//! Everything that can be asked of Chinwag, in one place to hold.

use std::sync::Arc;

use chinwag_chat::{Chat, Entropy, StoreError};

use crate::operations::Made;
use crate::operations::messages::{self, MessageSent, SendMessage};
use crate::rate_limit::RateLimiters;
use crate::{
    AccountSettings, Accounts, ApiError, Authenticator, Caller, PresenceView, RateLimits, TokenVerifier,
};

/// How Chinwag is set up for its callers.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The version to tell clients.
    pub version: String,
    /// How accounts work.
    pub accounts: AccountSettings,
    /// How often one may ask.
    pub rate_limits: RateLimits,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            accounts: AccountSettings::default(),
            rate_limits: RateLimits::default(),
        }
    }
}

/// The domain, the accounts and the limits that every call goes through, whatever transport it came by.
pub struct Api {
    chat: Chat,
    accounts: Accounts,
    authenticator: Authenticator,
    presence: Arc<dyn PresenceView>,
    rates: RateLimiters,
    settings: ApiSettings,
}

impl Api {
    /// The calls over this domain. With a verifier, the embedding application's tokens are believed too.
    #[must_use]
    pub fn new(
        chat: Chat,
        entropy: Arc<dyn Entropy>,
        presence: Arc<dyn PresenceView>,
        verifier: Option<TokenVerifier>,
        settings: ApiSettings,
    ) -> Self {
        let accounts = Accounts::new(chat.clone(), entropy.clone(), settings.accounts);
        let authenticator = Authenticator::new(chat.clone(), entropy, accounts.sessions().clone(), verifier);
        let rates = RateLimiters::new(&settings.rate_limits, chat.clock());
        Self { chat, accounts, authenticator, presence, rates, settings }
    }

    /// The domain.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The accounts.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Recognises callers.
    #[must_use]
    pub fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// Who is connected.
    #[must_use]
    pub fn presence(&self) -> &dyn PresenceView {
        &*self.presence
    }

    /// How Chinwag is set up for its callers.
    #[must_use]
    pub fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    pub(crate) fn rates(&self) -> &RateLimiters {
        &self.rates
    }

    /// Counts a request other than sending a message against the caller's rate. RPC does so by itself.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn count_request(&self, caller: &Caller) -> Result<(), ApiError> {
        self.rates.request(&caller.user.id)
    }

    /// Sends a message, whichever way it came: REST, RPC or a publish.
    ///
    /// # Errors
    /// As [`messages::send`]. The one who answers the client logs it, by [`ApiError::log`].
    pub async fn send_message(
        &self,
        caller: &Caller,
        message: SendMessage,
    ) -> Result<Made<MessageSent>, ApiError> {
        messages::send(self, caller, message).await
    }

    /// Forgets what time has ended: sessions, and the counts of whoever has been quiet. To be called now and then; the
    /// number of sessions that ended.
    ///
    /// # Errors
    /// The store's failure; the rest was done.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.rates.sweep();
        self.accounts.sessions().sweep().await
    }
}
