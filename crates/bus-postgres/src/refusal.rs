//! Why there is no link, in words.

use chinwag_bus_remote::WireError;

/// Why a server will not do.
#[derive(Debug)]
pub(crate) enum Refusal {
    Sql(sqlx::Error),
    Standby,
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl Refusal {
    /// Of several servers, that one of them is a standby explains the least.
    pub(crate) fn or(self, other: Self) -> Self {
        match self {
            Self::Standby => other,
            Self::Sql(_) => self,
        }
    }

    pub(crate) fn into_words(self, place: &str) -> WireError {
        let place = place.to_owned();
        let error = match self {
            Self::Standby => {
                let reason = "it is a standby, which carries no notifications; name the primary".to_owned();
                return WireError::Unsuitable { place, reason };
            }
            Self::Sql(error) => error,
        };
        let server = "PostgreSQL server";
        let reason = error.to_string();
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        match (&error, code.as_deref()) {
            (sqlx::Error::Io(_), _) => WireError::Unreachable { server, place, reason },
            (_, Some("28000" | "28P01")) => WireError::Denied { server, place, reason },
            _ => WireError::Unsuitable { place, reason },
        }
    }
}
