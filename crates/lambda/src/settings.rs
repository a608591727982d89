//! The function's settings: those of a chat server, and where its own means are.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Context as _;
use chinwag_server::config::{self, Config, Inputs};

/// A message of the gateway's takes 128 KiB at most, and JSON may spell a byte of text in six.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;
const MAX_MESSAGE: (&str, &str) = ("CHINWAG_LIMITS_MAX_MESSAGE_BYTES", "16KiB");
/// No gateway holds a connection for longer than two hours; what is down for one is worth nothing after that.
const CONNECTION_LIFETIME: Duration = Duration::from_secs((2 * 60 + 10) * 60);

/// Where the function's means are.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What a chat server is told too.
    pub(crate) chat: Config,
    /// The table of connections.
    pub(crate) table: String,
    /// The URL of the queue of announcements.
    pub(crate) announcements_url: String,
    /// The URL of the stage whose `@connections` holds the clients.
    pub(crate) connections_url: String,
    /// How long a connection is believed to be there.
    pub(crate) connection_lifetime: Duration,
}

/// The function's own variables.
const OWN: [&str; 3] = ["CHINWAG_TABLE", "CHINWAG_ANNOUNCEMENTS_URL", "CHINWAG_CONNECTIONS_URL"];

impl Settings {
    /// Reads and checks the environment.
    pub(crate) fn read(environment: Vec<(OsString, OsString)>) -> anyhow::Result<Self> {
        let (own, mut rest): (Vec<_>, Vec<_>) =
            environment.into_iter().partition(|(name, _)| OWN.iter().any(|own| name == own));
        if !rest.iter().any(|(name, _)| name == MAX_MESSAGE.0) {
            rest.push((MAX_MESSAGE.0.into(), MAX_MESSAGE.1.into()));
        }
        let inputs = Inputs { environment: rest, ..Inputs::default() };
        let chat = config::load(inputs).map_err(|problems| anyhow::anyhow!("{problems}"))?.config;
        anyhow::ensure!(
            chat.limits.max_message_bytes.bytes() <= MAX_MESSAGE_BYTES,
            "{} is {} at most: the gateway carries nothing larger",
            MAX_MESSAGE.0,
            MAX_MESSAGE.1,
        );
        anyhow::ensure!(
            chat.webhooks.url.is_none(),
            "CHINWAG_WEBHOOKS_URL needs a worker, which is a server: it is not offered here"
        );
        let given = |name: &str| {
            let found = own.iter().find(|(given, _)| given == name);
            found.and_then(|(_, value)| value.to_str()).filter(|value| !value.is_empty())
        };
        let own = |name: &str| given(name).map(str::to_owned).with_context(|| format!("{name} is not set"));
        let [table, announcements_url, connections_url] = OWN;
        Ok(Self {
            chat,
            table: own(table)?,
            announcements_url: own(announcements_url)?,
            connections_url: own(connections_url)?,
            connection_lifetime: CONNECTION_LIFETIME,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> anyhow::Result<Settings> {
        Settings::read(given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let complete = [
            (OWN[0], "chinwag"),
            (OWN[1], "http://queue"),
            (OWN[2], "http://gateway/prod"),
            ("PATH", "/bin"),
        ];
        let settings = read(&complete).unwrap();
        assert_eq!(settings.table, "chinwag");
        assert_eq!(settings.chat.limits.max_message_bytes.bytes(), 16 * 1024);
        let large = [complete.as_slice(), &[(MAX_MESSAGE.0, "17KiB")]].concat();
        assert!(read(&large).unwrap_err().to_string().contains("16KiB at most"));
        assert!(read(&complete[1..]).unwrap_err().to_string().contains(OWN[0]));
        let more = [complete.as_slice(), &[("CHINWAG_TABEL", "x")]].concat();
        assert!(read(&more).unwrap_err().to_string().contains("CHINWAG_TABEL"));
    }
}
