//! The address of the database: one server, or several of which one is the primary.

use std::fmt;
use std::fs::File;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// What the driver understands. It passes over anything else, and so over a misspelt `sslmode`.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Those of them that name a file.
const FILES: &[&str] = &["sslcert", "sslkey", "sslrootcert"];

/// Where a database is: `postgres://user:password@host:5432/database`. Several hosts, separated by commas, are a primary
/// and its standbys; which of them is the primary is found out.
///
/// Shows itself without the password.
#[derive(Clone)]
pub struct Address {
    pub(crate) servers: Vec<PgConnectOptions>,
    pub(crate) place: Arc<str>,
}

impl Address {
    /// How to connect to each of the servers.
    #[must_use]
    pub fn servers(&self) -> &[PgConnectOptions] {
        &self.servers
    }
}

/// Why a text is no address. Never repeats the text: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("{0}: it looks like postgres://user:password@host:5432/database")]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = |reason: &str| BadAddress(reason.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(|| bad("it is no URL"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(bad("it is of another kind"));
        }
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // A password that was not escaped would be taken for a host, and shown.
        if tail.contains(['@', '#']) {
            return Err(bad("write '/', '?', '#' and '@' in a password as %2F, %3F, %23 and %40"));
        }
        check_parameters(tail)?;
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let servers = hosts.split(',').map(|host| {
            if host.is_empty() && hosts != host {
                return Err(bad("one of its hosts is missing"));
            }
            let at = if user.is_empty() { "" } else { "@" };
            let server = PgConnectOptions::from_str(&format!("{scheme}://{user}{at}{host}{tail}"));
            server.map(ConnectOptions::disable_statement_logging).map_err(|error| match error {
                sqlx::Error::Configuration(reason) => BadAddress(reason.to_string()),
                other => BadAddress(other.to_string()),
            })
        });
        let servers = servers.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { place: place(&servers), servers })
    }
}

fn check_parameters(tail: &str) -> Result<(), BadAddress> {
    let (_, parameters) = tail.split_once('?').unwrap_or_default();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_option = name.starts_with("options[") && name.ends_with(']');
        if !is_option && !PARAMETERS.contains(&name) {
            let known = PARAMETERS.join(", ");
            return Err(BadAddress(format!("it has an unknown parameter; those that there are: {known}")));
        }
        // The driver would say only that something is not there.
        if FILES.contains(&name) && !value.contains('%') {
            File::open(value)
                .map_err(|error| BadAddress(format!("the file of {name} cannot be read ({error})")))?;
        }
    }
    Ok(())
}

/// `user@host:port,host:port/database`.
fn place(servers: &[PgConnectOptions]) -> Arc<str> {
    let hosts: Vec<String> = servers
        .iter()
        .map(|server| match server.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", server.get_host(), server.get_port()),
        })
        .collect();
    let user = servers.first().map_or("", PgConnectOptions::get_username);
    let database = servers.first().and_then(PgConnectOptions::get_database).unwrap_or(user);
    format!("{user}@{}/{database}", hosts.join(",")).into()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_host_or_several_and_shows_no_password() {
        for (url, shown) in [
            ("postgres://ada:hunter2@db/chat", "ada@db:5432/chat"),
            ("postgresql://ada:hunter2@a:6000,[::1]:6001,c/chat", "ada@a:6000,[::1]:6001,c:5432/chat"),
            ("postgres://ada:hunter2%40%2F@db/chat?sslmode=require", "ada@db:5432/chat"),
            ("postgres://ada@db?options[search_path]=mine", "ada@db:5432/ada"),
        ] {
            let address: Address = url.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("hunter2"));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said_without_its_password() {
        for (url, said) in [
            ("hunter2", "no URL"),
            ("mysql://ada:hunter2@db/chat", "another kind"),
            ("postgres://ada:hunter2@db:many/chat", "port"),
            ("postgres://ada:hunter2@db,/chat", "hosts is missing"),
            ("postgres://ada:12/hunter2@db/chat", "%2F"),
            ("postgres://ada:12?hunter2@db/chat", "%3F"),
            ("postgres://ada:12#hunter2@db/chat", "%23"),
            ("postgres://ada:hunter2@db/chat?sslmod=require", "unknown parameter"),
            ("postgres://ada:hunter2@db/chat?sslmode=maybe", "maybe"),
            ("postgres://ada:hunter2@db/chat?sslrootcert=/nowhere.pem", "the file of sslrootcert"),
        ] {
            let error = url.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("hunter2"), "{url}: {error}");
        }
    }
}
