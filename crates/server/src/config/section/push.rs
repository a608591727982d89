//! Notifications to devices.

use std::time::Duration;

use chinwag_worker::webhook::Url;

use crate::config::table::section;
use crate::config::value::Value;

section! {
    /// Web Push: people who are away are told on their devices, through the push services of their browsers. Set it alike
    /// on every node: those that accept messages note the work, those of the role `worker` do it.
    pub struct Push in "push" {
        /// Whether devices are told.
        pub enabled: bool = "true",
        /// How the push services' operators reach you: an address that begins with mailto: or https:. Some refuse
        /// notifications of servers that do not say.
        pub vapid_subject: Option<VapidSubject> = "",
        /// How long a person's devices have to say that they have a message before the person is told of it.
        pub wait: Duration = "5s",
        /// How long a request may take.
        pub timeout: Duration = "10s",
        /// How often a notification is sent before it becomes a dead letter, the first time included.
        pub max_attempts: u32 = "8",
        /// The wait after the first attempt. Each wait is twice the one before it, half of it by chance.
        pub first_wait: Duration = "2s",
        /// The longest wait.
        pub longest_wait: Duration = "10m",
        /// How many requests a node may have under way.
        pub concurrency: usize = "32",
        /// Whether devices may be told at private addresses and without TLS. The addresses come from whoever has an
        /// account: with this, they can have the server ask its own network.
        pub allow_private_endpoints: bool = "false",
    }
}

impl Push {
    pub(super) fn check(&self, fault: &mut impl FnMut(String), warnings: &mut Vec<String>) {
        if self.timeout.is_zero() || self.concurrency == 0 || self.max_attempts == 0 {
            fault(
                "`push.timeout`, `push.concurrency` and `push.max_attempts` must be more than zero"
                    .to_owned(),
            );
        }
        if self.enabled && self.allow_private_endpoints {
            warnings.push(
                "`push.allow_private_endpoints` lets whoever has an account have this server ask its own network"
                    .to_owned(),
            );
        }
    }
}

/// How an operator is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VapidSubject(pub String);

impl Value for VapidSubject {
    const NAME: &'static str = "ADDRESS";

    fn parse(text: &str) -> Result<Self, String> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "mailto" | "https") => Ok(Self(text.to_owned())),
            _ => Err("must begin with mailto: or https:".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}
