//! `nats://` URLs.

use std::fmt::Write as _;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

const DEFAULT_PORT: u16 = 4222;

/// How a node says who it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    None,
    Token(String),
    Password { user: String, password: String },
}

/// A URL, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NatsUrl {
    /// `host:port`, at least one.
    pub(crate) servers: Vec<String>,
    pub(crate) credentials: Credentials,
    pub(crate) is_tls: bool,
    pub(crate) namespace: Option<String>,
    pub(crate) authority: Option<PathBuf>,
}

impl NatsUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("is no URL such as nats://127.0.0.1:4222")?;
        let is_tls = match scheme {
            "nats" => false,
            "tls" | "nats+tls" => true,
            _ => return Err("names no NATS server: its URL begins with nats:// or tls://".to_owned()),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user_info, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let servers = hosts.split(',').map(server).collect::<Result<_, _>>()?;
        let namespace = (!path.is_empty()).then(|| path.to_owned());
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if namespace.as_ref().is_some_and(|name| !name.chars().all(is_name)) {
            return Err(
                "names a namespace, after the host, that is not of letters, digits, '-' and '_'".to_owned()
            );
        }
        Ok(Self { servers, credentials: credentials(user_info)?, is_tls, namespace, authority: ca(query)? })
    }

    /// For people: where, and never who.
    pub(crate) fn place(&self) -> String {
        let mut place = format!("{}://{}", if self.is_tls { "tls" } else { "nats" }, self.servers.join(","));
        if let Some(namespace) = &self.namespace {
            let _ = write!(place, "/{namespace}");
        }
        place
    }
}

fn server(text: &str) -> Result<String, String> {
    let (host, port) = match text.rsplit_once(':') {
        // A colon within brackets belongs to an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| "names no port")?),
        _ => (text, DEFAULT_PORT),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-_.:[]".contains(c);
    if host.is_empty() || !host.chars().all(is_host) {
        return Err("names no host".to_owned());
    }
    Ok(format!("{host}:{port}"))
}

fn credentials(user_info: &str) -> Result<Credentials, String> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| "holds a user or password that is not UTF-8".to_owned())
    };
    Ok(match user_info.split_once(':') {
        _ if user_info.is_empty() => Credentials::None,
        None => Credentials::Token(decode(user_info)?),
        Some((user, password)) => Credentials::Password { user: decode(user)?, password: decode(password)? },
    })
}

fn ca(query: &str) -> Result<Option<PathBuf>, String> {
    match query.split_once('=') {
        None if query.is_empty() => Ok(None),
        Some(("ca", file)) if !file.is_empty() && !file.contains('&') => {
            let file =
                percent_decode_str(file).decode_utf8().map_err(|_| "names a file that is not UTF-8")?;
            Ok(Some(file.into_owned().into()))
        }
        _ => Err("has a parameter other than ?ca=FILE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_servers_credentials_a_namespace_and_an_authority() {
        let url = NatsUrl::parse("tls://ada:p%40ss@one:1,[::1]/prod?ca=/etc/ca%20x.pem").ok().unwrap();
        assert_eq!(url.servers, ["one:1", "[::1]:4222"]);
        assert!(
            url.credentials == Credentials::Password { user: "ada".to_owned(), password: "p@ss".to_owned() }
        );
        assert_eq!(url.namespace.as_deref(), Some("prod"));
        assert_eq!(url.authority, Some("/etc/ca x.pem".into()));
        assert_eq!(url.place(), "tls://one:1,[::1]:4222/prod");
        let url = NatsUrl::parse("nats://t0ken@host").ok().unwrap();
        assert!(url.credentials == Credentials::Token("t0ken".to_owned()) && !url.is_tls);
        assert_eq!(url.place(), "nats://host:4222");
    }

    #[test]
    fn what_is_no_such_url_is_refused_without_repeating_it() {
        for bad in [
            "nats:hunter2",
            "http://hunter2@host",
            "nats://",
            "nats://u:hunter2@",
            "nats://u:hunter2@host:x",
            "nats://u:hunter2@a,,b",
            "nats://u:hunter2@a b",
            "nats://u:hunter2@host/a.b",
            "nats://u:hunter2@host/>",
            "nats://u:hunter2@host?cert=x",
            "nats://u:%ff@host",
        ] {
            let error = NatsUrl::parse(bad).err().unwrap();
            assert!(!error.contains("hunter2") && error.starts_with(char::is_alphabetic), "{bad}: {error}");
        }
    }
}
