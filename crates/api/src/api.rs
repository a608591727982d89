//! Everything that can be asked of Chinwag, in one place to hold.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use chinwag_chat::{AccountChange, Chat, Entropy, StoreError, UserId};

use crate::files::Files;
use crate::keys::Keys;
use crate::operations::Made;
use crate::operations::messages::{self, MessageSent, SendMessage};
use crate::rate_limit::RateLimiters;
use crate::{
    AccountSettings, Accounts, ApiError, Asker, Authenticator, Caller, ErrorCode, PresenceView, RateLimits,
    ServerView, TokenVerifier,
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
    /// How devices are told, if they are.
    pub push: Option<PushOffer>,
}

/// What devices that want to be told need to know.
#[derive(Debug, Clone)]
pub struct PushOffer {
    /// What they subscribe with.
    pub public_key: String,
    /// Whether they may be told without TLS.
    pub allow_http: bool,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            accounts: AccountSettings::default(),
            rate_limits: RateLimits::default(),
            push: None,
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
    files: Option<Files>,
    settings: ApiSettings,
    server: OnceLock<Arc<dyn ServerView>>,
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
        Self {
            chat,
            accounts,
            authenticator,
            presence,
            rates,
            files: None,
            settings,
            server: OnceLock::new(),
        }
    }

    /// The same, where files can be uploaded.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: Some(files), ..self }
    }

    /// The files.
    ///
    /// # Errors
    /// `not_found` where there is no place for any.
    pub fn files(&self) -> Result<&Files, ApiError> {
        let nowhere = || ApiError::because(ErrorCode::NotFound, "there are no files here");
        self.files.as_ref().ok_or_else(nowhere)
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

    pub(crate) fn keys(&self) -> &Keys {
        self.authenticator.keys()
    }

    /// Who is connected.
    #[must_use]
    pub fn presence(&self) -> &dyn PresenceView {
        &*self.presence
    }

    /// Says who tells about the server; the first one does. Until then there is nothing to tell.
    pub fn told_by(&self, server: Arc<dyn ServerView>) {
        let _ = self.server.set(server);
    }

    pub(crate) fn server(&self) -> Option<&Arc<dyn ServerView>> {
        self.server.get()
    }

    /// How Chinwag is set up for its callers.
    #[must_use]
    pub fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    pub(crate) fn rates(&self) -> &RateLimiters {
        &self.rates
    }

    /// Counts a request against the caller's rate, unless it is one that has the rate of sends. RPC does so by itself.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn count_request(&self, caller: &Caller) -> Result<(), ApiError> {
        self.rates.request(&caller.user.id)
    }

    /// Counts a request against the rate of whoever asks.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn count_asker(&self, asker: &Asker) -> Result<(), ApiError> {
        match asker {
            Asker::Caller(caller) => self.count_request(caller),
            Asker::BackEnd(key) => self.rates.back_end(*key),
        }
    }

    /// Counts a request of nobody who is known against the address that it came from.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn count_stranger(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        self.rates.stranger(address)
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

    /// Changes an account on behalf of an admin of the server, or of the operator. Whoever is disabled is sent away from every
    /// node.
    ///
    /// # Errors
    /// `permission_denied`, `unknown_user`, `invalid` for what would lock oneself out, or the store's failure.
    pub async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
    ) -> Result<(), ApiError> {
        self.chat.store().change_account(user, change, by, self.chat.clock().now()).await?;
        if change.is_disabled == Some(true) {
            self.accounts.sessions().expel(user).await?;
        }
        Ok(())
    }

    /// Erases a person: signed out everywhere and without a name at once, and without what they wrote soon. `by` is who
    /// wants it, nobody for the operator.
    ///
    /// # Errors
    /// `unknown_user`, or the store's failure; it may be asked for again.
    pub async fn erase_user(
        &self,
        user: &chinwag_chat::UserId,
        by: Option<&chinwag_chat::UserId>,
    ) -> Result<(), ApiError> {
        let (chat, user, by) = (self.chat.clone(), user.clone(), by.cloned());
        // A task of its own: once the sessions are gone the nodes must hear of it, even where whoever asked hung up.
        let begun = tokio::spawn(async move { chat.begin_erasure(&user, by.as_ref()).await });
        Ok(begun.await.map_err(ApiError::internal)??)
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
