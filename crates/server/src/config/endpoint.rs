//! Which store and which bus the node stands on.

use std::path::PathBuf;

use super::value::Value;

/// The store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// A SQLite file; in the data directory where none is named.
    Sqlite(Option<PathBuf>),
}

impl Value for StoreChoice {
    const NAME: &'static str = "URL";

    /// Never repeats the URL in an error: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", "")) => Ok(Self::Sqlite(None)),
            Some(("sqlite", path)) => Ok(Self::Sqlite(Some(path.into()))),
            Some((scheme @ ("postgres" | "postgresql" | "dynamodb"), _)) => {
                Err(format!("names a {scheme}:// store, which is not supported by this build; use sqlite://"))
            }
            Some((scheme, _)) => Err(format!("names a store of unknown kind, {scheme}://; use sqlite://")),
            None => Err("must be a URL such as sqlite:// or sqlite:///var/lib/chinwag/chinwag.db".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Sqlite(None) => "sqlite://".to_owned(),
            Self::Sqlite(Some(path)) => format!("sqlite://{}", path.display()),
        }
    }
}

/// The bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusChoice {
    /// Within this process: a cluster of one.
    Local,
}

impl Value for BusChoice {
    const NAME: &'static str = "local";

    /// Never repeats the URL in an error: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        let kind = text.split_once("://").map_or(text, |(scheme, _)| scheme);
        match kind {
            "local" => Ok(Self::Local),
            "redis" | "rediss" | "nats" | "postgres" => {
                Err(format!("names a {kind} bus, which is not supported by this build; use local"))
            }
            _ => Err("names a bus of unknown kind; use local".to_owned()),
        }
    }

    fn show(&self) -> String {
        "local".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_a_later_build_is_refused_in_a_sentence_without_its_password() {
        let error = StoreChoice::parse("postgres://ada:hunter2@db/chinwag").unwrap_err();
        assert!(error.contains("not supported by this build; use sqlite://"), "{error}");
        assert!(!error.contains("hunter2"));
        let error = BusChoice::parse("redis://:hunter2@cache").unwrap_err();
        assert!(error.contains("not supported by this build; use local") && !error.contains("hunter2"));
    }

    #[test]
    fn a_sqlite_store_may_name_its_file() {
        assert_eq!(StoreChoice::parse("sqlite://").unwrap(), StoreChoice::Sqlite(None));
        assert_eq!(
            StoreChoice::parse("sqlite:///var/chat.db").unwrap(),
            StoreChoice::Sqlite(Some("/var/chat.db".into()))
        );
    }
}
