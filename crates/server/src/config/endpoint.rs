//! Which store the node stands on.

use std::path::PathBuf;

use chinwag_store_postgres::Address;

use super::Secret;
use super::value::Value;

/// The store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// A SQLite file; in the data directory where none is named.
    Sqlite(Option<PathBuf>),
    /// The process's own memory, and nothing beyond.
    Memory,
    /// A PostgreSQL database. The URL may hold a password.
    Postgres(Secret<String>),
}

impl Value for StoreChoice {
    const NAME: &'static str = "URL";

    /// Never repeats the URL in an error: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", "")) => Ok(Self::Sqlite(None)),
            Some(("sqlite", path)) => Ok(Self::Sqlite(Some(path.into()))),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("memory", _)) => {
                Err("names a place in memory, but there is only one: memory://".to_owned())
            }
            Some(("postgres" | "postgresql", _)) => match text.parse::<Address>() {
                Ok(_) => Ok(Self::Postgres(Secret::new(text.to_owned()))),
                Err(error) => Err(format!("names no PostgreSQL database: {error}")),
            },
            Some((scheme @ "dynamodb", _)) => Err(format!(
                "names a {scheme}:// store, which is not supported by this build; use sqlite:// or postgres://"
            )),
            Some((scheme, _)) => {
                Err(format!("names a store of unknown kind, {scheme}://; use sqlite:// or postgres://"))
            }
            None => {
                Err("must be a URL such as sqlite:// or postgres://user:password@host:5432/database"
                    .to_owned())
            }
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Sqlite(None) => "sqlite://".to_owned(),
            Self::Sqlite(Some(path)) => format!("sqlite://{}", path.display()),
            Self::Memory => "memory://".to_owned(),
            Self::Postgres(url) => without_password(url.expose()),
        }
    }
}

/// The URL with whatever may be a password masked.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // The last `@` of all, lest a password that should have been escaped is taken for something else.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let user = user.map(|user| match user.split_once(':') {
        Some((name, _)) => format!("{name}:[redacted]@"),
        None => format!("{user}@"),
    });
    let (place, parameters) = match rest.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (rest, None),
    };
    let parameters = parameters.map(|all| {
        let shown = all.split('&').map(|one| match one.split_once('=') {
            Some((name, _)) if !name.starts_with("ssl") => format!("{name}=[redacted]"),
            _ => one.to_owned(),
        });
        format!("?{}", shown.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{}{place}{}", user.unwrap_or_default(), parameters.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_a_later_build_is_refused_in_a_sentence_without_its_password() {
        let error = StoreChoice::parse("dynamodb://ada:hunter2@eu-west-1").unwrap_err();
        assert!(error.contains("not supported by this build; use sqlite://"), "{error}");
        assert!(!error.contains("hunter2"));
    }

    #[test]
    fn a_postgres_store_shows_where_it_is_but_never_its_password() {
        for (url, shown) in [
            ("postgres://ada:hunter2@db:5432/chinwag", "postgres://ada:[redacted]@db:5432/chinwag"),
            ("postgresql://ada:hunter2@a,b:6000/chat", "postgresql://ada:[redacted]@a,b:6000/chat"),
            ("postgres://ada@db/chat?sslmode=require", "postgres://ada@db/chat?sslmode=require"),
            (
                "postgres://db/chat?user=ada&password=hunter2",
                "postgres://db/chat?user=[redacted]&password=[redacted]",
            ),
            ("postgres://ada:hun@ter2@db/chat", "postgres://ada:[redacted]@db/chat"),
        ] {
            let store = StoreChoice::parse(url).unwrap();
            assert_eq!(store.show(), shown);
            assert!(!format!("{store:?}").contains("hunter2"));
        }
    }

    #[test]
    fn there_is_one_memory() {
        assert_eq!(StoreChoice::parse("memory://").unwrap(), StoreChoice::Memory);
        assert_eq!(StoreChoice::Memory.show(), "memory://");
        assert!(StoreChoice::parse("memory://one").unwrap_err().contains("only one"));
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
