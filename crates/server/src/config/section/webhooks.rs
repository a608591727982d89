//! Webhooks to the embedding application.

use std::path::PathBuf;
use std::time::Duration;

use chinwag_chat::RoomEvent;
use chinwag_worker::webhook::{Secret as SigningSecret, Url};

use super::read_secret;
use crate::config::Secret;
use crate::config::table::section;
use crate::config::value::Value;

section! {
    /// Webhooks: the embedding application is told of what happens in rooms by signed requests, in the form of Standard
    /// Webhooks. Set them alike on every node: those that accept changes note the work, those of the role `worker` do it.
    pub struct Webhooks in "webhooks" {
        /// Where the requests go. None are sent if empty. The address may be a private one; redirects are not followed.
        pub url: Option<WebhookUrl> = "",
        /// What requests are signed with: `whsec_` and 24 to 64 random bytes in base64. Flags show in the list of
        /// processes; prefer `secret_file`.
        pub secret: Option<Secret<String>> = "",
        /// A file that holds the secret.
        pub secret_file: Option<PathBuf> = "",
        /// The types of the events that are told of, as in PROTOCOL.md, such as message.created. All if empty.
        pub events: Vec<EventType> = "",
        /// How long a request may take.
        pub timeout: Duration = "10s",
        /// How often one is sent before it becomes a dead letter, the first time included.
        pub max_attempts: u32 = "20",
        /// The wait after the first attempt. Each wait is twice the one before it, half of it by chance.
        pub first_wait: Duration = "1s",
        /// The longest wait.
        pub longest_wait: Duration = "30m",
        /// How many requests a node may have under way. Of one room there is never more than one.
        pub concurrency: usize = "16",
    }
}

impl Webhooks {
    /// What requests are signed with, where any are sent.
    #[must_use]
    pub fn signing_secret(&self) -> Option<SigningSecret> {
        SigningSecret::parse(self.secret.as_ref()?.expose()).ok()
    }

    /// The types of the events that are told of.
    #[must_use]
    pub fn event_types(&self) -> Vec<&'static str> {
        match self.events.as_slice() {
            [] => RoomEvent::TYPES.to_vec(),
            some => some.iter().map(|event| event.0).collect(),
        }
    }

    pub(super) fn check(&mut self, fault: &mut impl FnMut(String), warnings: &mut Vec<String>) {
        if let Some(path) = self.secret_file.clone() {
            if self.secret.is_some() {
                fault("`webhooks.secret` and `webhooks.secret_file` are both set; choose one".to_owned());
            } else {
                self.secret = read_secret("webhooks.secret_file", &path, fault, warnings);
            }
        }
        if let Some(secret) = &self.secret
            && let Err(error) = SigningSecret::parse(secret.expose())
        {
            fault(format!("the webhooks' secret {error}"));
        }
        let Some(url) = &self.url else { return };
        if self.secret.is_none() && self.secret_file.is_none() {
            fault("`webhooks.url` is set, but no `webhooks.secret_file`: requests must be signed".to_owned());
        }
        if self.timeout.is_zero() || self.concurrency == 0 || self.max_attempts == 0 {
            fault(
                "`webhooks.timeout`, `webhooks.concurrency` and `webhooks.max_attempts` must be more than zero"
                    .to_owned(),
            );
        }
        if url.is_readable_by_others() {
            warnings.push(
                "`webhooks.url` is http:// and of another machine: what people write is sent there in the clear"
                    .to_owned(),
            );
        }
    }
}

/// Where webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(pub Url);

impl WebhookUrl {
    pub(super) fn is_readable_by_others(&self) -> bool {
        let on_this_machine = matches!(self.0.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        self.0.scheme() == "http" && !on_this_machine
    }
}

impl Value for WebhookUrl {
    const NAME: &'static str = "URL";

    /// Never repeats the URL in an error: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Self(url)),
            _ => Err("must be a URL that begins with https:// or http://".to_owned()),
        }
    }

    /// Without what may be secret in it.
    fn show(&self) -> String {
        let mut url = self.0.clone();
        if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
            return "[redacted]".to_owned();
        }
        if url.query().is_some() {
            url.set_query(Some("redacted"));
        }
        url.to_string()
    }
}

/// The type of an event of a room, as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType(&'static str);

impl Value for EventType {
    const NAME: &'static str = "TYPE";

    fn parse(text: &str) -> Result<Self, String> {
        let known = RoomEvent::TYPES.into_iter().find(|known| *known == text);
        known
            .map(Self)
            .ok_or_else(|| format!("must hold any of {}, not \"{text}\"", RoomEvent::TYPES.join(", ")))
    }

    fn show(&self) -> String {
        self.0.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret_in_it() {
        let url = WebhookUrl::parse("https://ada:hunter2@example.com/hook?key=hunter2").unwrap();
        assert_eq!(url.show(), "https://ada:redacted@example.com/hook?redacted");
        assert_eq!(WebhookUrl::parse("http://10.0.0.7/hook").unwrap().show(), "http://10.0.0.7/hook");
        for bad in ["example.com", "ftp://example.com/hunter2", "https://", "unix:/hunter2"] {
            let error = WebhookUrl::parse(bad).unwrap_err();
            assert!(error.contains("https://") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn every_change_of_a_room_that_the_protocol_has_can_be_told_of() {
        let protocol = include_str!("../../../../../docs/PROTOCOL.md");
        let table = protocol.split("### Changes: ").nth(1).unwrap().split("### ").next().unwrap();
        let rows = table.lines().filter(|line| line.starts_with("| `") && line.ends_with("| room |"));
        let types = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
        assert_eq!(types.collect::<Vec<_>>(), RoomEvent::TYPES);
    }

    #[test]
    fn an_unknown_event_is_answered_with_those_there_are() {
        assert_eq!(EventType::parse("message.created").unwrap().show(), "message.created");
        let error = EventType::parse("message.sent").unwrap_err();
        assert!(error.contains("message.created") && error.contains("\"message.sent\""), "{error}");
    }
}
