//! Where Redis is, read from a URL.

mod parts;
#[cfg(test)]
mod tests;

use std::fmt;

use chinwag_bus_remote::WireError;

use crate::login::Login;
use crate::names::Names;
use parts::{Parts, Query, bad};

const SERVER_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// What names begin with where the URL does not say.
const PREFIX: &str = "chinwag";

/// A URL, understood.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) deployment: Deployment,
    pub(crate) login: Login,
    pub(crate) names: Names,
    /// `None`: no TLS.
    pub(crate) tls: Option<Trust>,
}

/// How the servers are arranged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deployment {
    One(Host),
    Sentinel(Sentinels),
    Cluster(Vec<Host>),
}

/// Those who know which server is the primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentinels {
    pub(crate) hosts: Vec<Host>,
    /// What they call the primary.
    pub(crate) name: String,
    /// How to get in with them.
    pub(crate) login: Login,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// Whose certificates are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    System,
    /// Those of this authority, in PEM.
    Authority(Vec<u8>),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, port } = self;
        if name.contains(':') { write!(f, "[{name}]:{port}") } else { write!(f, "{name}:{port}") }
    }
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, WireError> {
        let Parts { scheme, login, hosts, path, mut query } = Parts::split(url)?;
        let (kind, is_secure) = scheme_of(scheme)?;
        let sentinel_login =
            Login { user: query.take("sentinel_user")?, password: query.take("sentinel_password")? };
        if kind != Kind::Sentinel && sentinel_login != Login::default() {
            return Err(bad("has a login for sentinels, but is no redis+sentinel:// URL"));
        }
        let (deployment, database) = match kind {
            Kind::One => (Deployment::One(one_host(hosts)?), database(path)?),
            Kind::Sentinel => {
                let (name, number) = path.split_once('/').unwrap_or((path, ""));
                let name = parts::decode(name)?;
                if name.is_empty() {
                    return Err(bad(
                        "must say after the hosts what the sentinels call the primary: redis+sentinel://host:26379/name",
                    ));
                }
                let hosts = parts::hosts(hosts, SENTINEL_PORT)?;
                let sentinels = Sentinels { hosts, name, login: sentinel_login };
                (Deployment::Sentinel(sentinels), database(number)?)
            }
            Kind::Cluster if path.is_empty() => (Deployment::Cluster(parts::hosts(hosts, SERVER_PORT)?), 0),
            Kind::Cluster => {
                return Err(bad("must end after the hosts: a Redis Cluster has one database only"));
            }
        };
        let names = Names { prefix: prefix(&mut query)?, database };
        let tls = trust(&mut query, is_secure)?;
        query.must_be_empty()?;
        Ok(Self { deployment, login, names, tls })
    }

    /// For people: without the login.
    pub(crate) fn place(&self) -> String {
        let secure = if self.tls.is_some() { "s" } else { "" };
        let list = |hosts: &[Host]| hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(",");
        match &self.deployment {
            Deployment::One(host) => format!("redis{secure}://{host}"),
            Deployment::Sentinel(Sentinels { hosts, name, .. }) => {
                format!("redis{secure}+sentinel://{}/{name}", list(hosts))
            }
            Deployment::Cluster(hosts) => format!("redis{secure}+cluster://{}", list(hosts)),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Sentinel,
    Cluster,
}

/// The kind, and whether with TLS.
fn scheme_of(scheme: &str) -> Result<(Kind, bool), WireError> {
    let (server, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    let is_secure = match server {
        "redis" | "valkey" => false,
        "rediss" | "valkeys" => true,
        _ => return Err(bad("must begin with redis:// or rediss://")),
    };
    match kind {
        "" => Ok((Kind::One, is_secure)),
        "sentinel" => Ok((Kind::Sentinel, is_secure)),
        "cluster" => Ok((Kind::Cluster, is_secure)),
        _ => Err(bad("may be of the kinds redis://, redis+sentinel:// and redis+cluster:// only")),
    }
}

fn one_host(hosts: &str) -> Result<Host, WireError> {
    let mut hosts = parts::hosts(hosts, SERVER_PORT)?;
    match (hosts.pop(), hosts.is_empty()) {
        (Some(host), true) => Ok(host),
        _ => Err(bad("names several hosts: begin it with redis+sentinel:// or redis+cluster://")),
    }
}

fn database(number: &str) -> Result<u32, WireError> {
    if number.is_empty() {
        return Ok(0);
    }
    number
        .parse()
        .map_err(|_| bad("must end in the number of a database, or in nothing: redis://host:6379/0"))
}

fn prefix(query: &mut Query) -> Result<String, WireError> {
    let prefix = query.take("prefix")?.unwrap_or_else(|| PREFIX.to_owned());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if prefix.is_empty() || !prefix.chars().all(is_plain) {
        return Err(bad("has a prefix= of other characters than letters, digits, and - _ ."));
    }
    Ok(prefix)
}

fn trust(query: &mut Query, is_secure: bool) -> Result<Option<Trust>, WireError> {
    match query.take("ca")? {
        Some(_) if !is_secure => Err(bad("has a ca=, but no TLS: begin it with rediss://")),
        Some(file) => match std::fs::read(&file) {
            Ok(pem) => Ok(Some(Trust::Authority(pem))),
            Err(error) => Err(bad(format!("has ca={file}, which cannot be read: {error}"))),
        },
        None => Ok(is_secure.then_some(Trust::System)),
    }
}
