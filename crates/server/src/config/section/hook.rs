//! The pre-send hook.

use std::path::PathBuf;
use std::time::Duration;

use chinwag_worker::webhook::Secret as SigningSecret;

use super::read_secret;
use super::webhooks::WebhookUrl;
use crate::config::Secret;
use crate::config::choice::choice;
use crate::config::table::section;

choice! {
    /// What is done where the hook cannot be asked.
    pub enum OnFailure {
        /// Messages are sent unchecked.
        Open = "open",
        /// Messages are rejected.
        Closed = "closed",
    }
}

section! {
    /// The pre-send hook: each message, and each edit, is sent there first, by a signed request as webhooks are; the answer
    /// lets it be, rejects or rewrites it. It is in the way of every message: keep it near and fast.
    pub struct Hook in "hook" {
        /// Where the requests go. None are sent if empty.
        pub url: Option<WebhookUrl> = "",
        /// What requests are signed with: `whsec_` and 24 to 64 random bytes in base64. Flags show in the list of
        /// processes; prefer `secret_file`.
        pub secret: Option<Secret<String>> = "",
        /// A file that holds the secret.
        pub secret_file: Option<PathBuf> = "",
        /// How long an answer may take. Whoever sends waits that long at most.
        pub timeout: Duration = "2s",
        /// What becomes of messages where no answer can be had: `open` sends them unchecked, `closed` rejects them.
        pub on_failure: OnFailure = "open",
        /// How many requests a node may have under way; what comes above that waits, within the timeout.
        pub concurrency: usize = "64",
    }
}

impl Hook {
    /// What requests are signed with, where any are sent.
    #[must_use]
    pub fn signing_secret(&self) -> Option<SigningSecret> {
        SigningSecret::parse(self.secret.as_ref()?.expose()).ok()
    }

    pub(super) fn check(&mut self, fault: &mut impl FnMut(String), warnings: &mut Vec<String>) {
        if let Some(path) = self.secret_file.clone() {
            if self.secret.is_some() {
                fault("`hook.secret` and `hook.secret_file` are both set; choose one".to_owned());
            } else {
                self.secret = read_secret("hook.secret_file", &path, fault, warnings);
            }
        }
        if let Some(secret) = &self.secret
            && let Err(error) = SigningSecret::parse(secret.expose())
        {
            fault(format!("the hook's secret {error}"));
        }
        let Some(url) = &self.url else { return };
        if self.secret.is_none() && self.secret_file.is_none() {
            fault("`hook.url` is set, but no `hook.secret_file`: requests must be signed".to_owned());
        }
        if self.timeout.is_zero() || self.concurrency == 0 {
            fault("`hook.timeout` and `hook.concurrency` must be more than zero".to_owned());
        }
        if url.is_readable_by_others() {
            warnings.push(
                "`hook.url` is http:// and of another machine: what people write is sent there in the clear"
                    .to_owned(),
            );
        }
    }
}
