//! A URL taken apart. Several hosts in one URL are more than the usual parsers understand.

use chinwag_bus_remote::WireError;
use percent_encoding::percent_decode_str;

use super::Host;
use crate::login::Login;

/// The pieces as they stand in the URL; only the login is decoded already.
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) login: Login,
    pub(super) hosts: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Query,
}

impl<'a> Parts<'a> {
    pub(super) fn split(url: &'a str) -> Result<Self, WireError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("is no URL"))?;
        // Such a URL would be taken apart within the password, and pieces of that shown.
        if rest.rsplit_once('@').is_some_and(|(login, _)| login.contains(['/', '?'])) {
            return Err(bad(
                "has a / or ? before its last @: write %2F, %3F and %40 where they are meant as letters",
            ));
        }
        if rest.contains('#') {
            return Err(bad("has a # in it: write %23"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decode(password)?)),
            None => (login, None),
        };
        let user = if user.is_empty() { None } else { Some(decode(user)?) };
        if user.is_some() && password.is_none() {
            return Err(bad(
                "has a user without a password: write user:password@, or :password@ without a user",
            ));
        }
        Ok(Self { scheme, login: Login { user, password }, hosts, path, query: Query::split(query)? })
    }
}

/// What comes after the question mark.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    fn split(query: &str) -> Result<Self, WireError> {
        let mut pairs = vec![];
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(key)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The value, which is looked at once.
    pub(super) fn take(&mut self, key: &str) -> Result<Option<String>, WireError> {
        let Some(at) = self.0.iter().position(|(found, _)| found == key) else { return Ok(None) };
        let (_, value) = self.0.remove(at);
        if self.0.iter().any(|(found, _)| found == key) {
            return Err(bad(format!("says {key}= twice")));
        }
        Ok(Some(value))
    }

    /// A misspelt key is an error, never silently without effect.
    pub(super) fn must_be_empty(&self) -> Result<(), WireError> {
        match self.0.first() {
            None => Ok(()),
            Some((key, _)) => Err(bad(format!("has {key}=, which nobody knows"))),
        }
    }
}

/// `host:port,[::1]:port,host`.
pub(super) fn hosts(list: &str, default_port: u16) -> Result<Vec<Host>, WireError> {
    list.split(',').map(|host| one(host, default_port)).collect()
}

fn one(host: &str, default_port: u16) -> Result<Host, WireError> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(|| bad("has a [ without a ]"))?,
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let name = decode(name)?;
    if name.is_empty() {
        return Err(bad("names no host"));
    }
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().map_err(|_| bad("has a port that is no number"))?,
        None if port.is_empty() => default_port,
        None => return Err(bad("has something odd behind a ]")),
    };
    Ok(Host { name, port })
}

pub(super) fn decode(text: &str) -> Result<String, WireError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| bad("has percent signs that make no text"))
}

pub(super) fn bad(reason: impl Into<String>) -> WireError {
    WireError::BadUrl { reason: reason.into() }
}
