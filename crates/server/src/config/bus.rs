//! By which bus the nodes tell each other what happened.

use chinwag_bus_nats::NatsWire;
use chinwag_bus_postgres::PostgresWire;
use chinwag_bus_redis::RedisWire;
use chinwag_bus_remote::WireError;

use super::Secret;
use super::value::Value;

/// The bus. The URLs may hold passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusChoice {
    /// Within this process: a cluster of one.
    Local,
    /// Redis or Valkey: one server, sentinels or a cluster.
    Redis(Secret<String>),
    /// NATS.
    Nats(Secret<String>),
    /// PostgreSQL's notifications; in the store's own database where none is named.
    Postgres(Option<Secret<String>>),
}

impl Value for BusChoice {
    const NAME: &'static str = "local|postgres|URL";

    /// Never repeats the URL in an error: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        let secret = || Secret::new(text.to_owned());
        let kind = text.split_once("://").map(|(scheme, _)| scheme);
        match (text, kind) {
            ("local", _) => Ok(Self::Local),
            ("postgres", _) => Ok(Self::Postgres(None)),
            (_, Some("postgres" | "postgresql")) => {
                understood(PostgresWire::new(text)).map(|()| Self::Postgres(Some(secret())))
            }
            (_, Some("nats" | "tls" | "nats+tls")) => {
                understood(NatsWire::new(text)).map(|()| Self::Nats(secret()))
            }
            (_, Some(scheme)) if is_redis(scheme) => {
                understood(RedisWire::new(text)).map(|()| Self::Redis(secret()))
            }
            _ => Err("must be local, postgres, or a URL that begins with redis://, nats:// or postgres://"
                .to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Local => "local".to_owned(),
            Self::Postgres(None) => "postgres".to_owned(),
            Self::Redis(url) | Self::Nats(url) | Self::Postgres(Some(url)) => without_login(url.expose()),
        }
    }
}

fn is_redis(scheme: &str) -> bool {
    // Valkey is the same by another name; after a `+` comes how the servers are arranged.
    let (kind, _) = scheme.split_once('+').unwrap_or((scheme, ""));
    matches!(kind, "redis" | "rediss" | "valkey" | "valkeys")
}

/// The end of a sentence that begins with the setting's name.
fn understood<W>(wire: Result<W, WireError>) -> Result<(), String> {
    match wire {
        Ok(_) => Ok(()),
        Err(WireError::BadUrl { reason }) => Err(reason),
        Err(other) => Err(format!("cannot be used: {other}")),
    }
}

/// The URL without user, password and token, and with no parameter's value but those that name files.
fn without_login(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    // The last `@` of all, lest a password that should have been escaped is taken for something else.
    let (login, place) = match rest.rsplit_once('@') {
        Some((_, place)) => ("[redacted]@", place),
        None => ("", rest),
    };
    let mut shown = format!("{scheme}://{login}{place}");
    for (n, parameter) in parameters.split('&').filter(|one| !one.is_empty()).enumerate() {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_file = name == "ca" || name.starts_with("ssl");
        shown.push(if n == 0 { '?' } else { '&' });
        shown.push_str(if is_file { parameter } else { name });
        shown.push_str(if is_file { "" } else { "=[redacted]" });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_local_or_a_url_and_shows_no_password() {
        for (text, shown) in [
            ("local", "local"),
            ("postgres", "postgres"),
            ("redis://:hunter2@cache:6379", "redis://[redacted]@cache:6379"),
            ("redis://cache", "redis://cache"),
            ("nats://hunter2@one,two:5000/prod", "nats://[redacted]@one,two:5000/prod"),
            ("tls://ada:hunter2@nats?ca=/ca.pem", "tls://[redacted]@nats?ca=/ca.pem"),
            (
                "postgres://ada:hunter2@db/chat?sslmode=require",
                "postgres://[redacted]@db/chat?sslmode=require",
            ),
            ("postgres://db/chat?password=hunter2", "postgres://db/chat?password=[redacted]"),
        ] {
            // The file of `ca=` is read when the link is made.
            let bus = BusChoice::parse(text).unwrap();
            assert_eq!(bus.show(), shown);
            assert!(!format!("{bus:?}").contains("hunter2"));
        }
    }

    #[test]
    fn what_is_no_bus_is_refused_without_its_password() {
        for text in [
            "redis",
            "kafka://:hunter2@broker",
            "redis://:hunter2@",
            "nats://ada:hunter2@",
            "nats://ada:hunter2@host/a>b",
            "postgres://ada:hunter2@db/chat?sslmode=maybe",
        ] {
            let error = BusChoice::parse(text).unwrap_err();
            assert!(!error.contains("hunter2") && !error.contains("--bus"), "{text}: {error}");
        }
    }
}
