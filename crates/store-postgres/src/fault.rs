//! What went wrong inside, and what it means to the caller.

use std::time::Duration;

use chinwag_chat::StoreError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What went wrong in a read or a write.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The driver or the server says so.
    #[error("{}", said(.0))]
    Sql(#[from] sqlx::Error),
    /// A row does not hold what it must.
    #[error("{0}")]
    Damaged(String),
    /// No answer came.
    #[error("no answer within {0:?}")]
    Silent(Duration),
    /// The only servers that answer are standbys.
    #[error("the server is a standby")]
    Standby,
    /// There is no connection, and none can be made.
    #[error("{0}")]
    Away(String),
    /// All connections were in use.
    #[error("no connection was free within {0:?}")]
    Full(Duration),
}

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Another transaction was in the way: the same again will do.
    Conflict,
    /// The connection is of no use any more; another one may be.
    Lost,
    /// The server cannot do it now.
    Busy,
    /// It would go wrong every time.
    Wrong,
}

impl Fault {
    /// A row or field that makes no sense.
    pub(crate) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// What can be done about it.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Silent(_) | Self::Standby => Kind::Lost,
            Self::Away(_) | Self::Full(_) => Kind::Busy,
            Self::Damaged(_) => Kind::Wrong,
            Self::Sql(error) => match error {
                sqlx::Error::Database(_) => self.code().map_or(Kind::Busy, kind_of_code),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::BeginFailed
                | sqlx::Error::WorkerCrashed => Kind::Lost,
                sqlx::Error::Configuration(_) => Kind::Busy,
                // A column of another type than the schema says, and the like.
                _ => Kind::Wrong,
            },
        }
    }

    /// The server's five letters for it.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Sql(error) => server_error(error).map(PgDatabaseError::code),
            _ => None,
        }
    }

    /// Whether the server itself answered that the transaction came to nothing, rather than nobody knowing.
    pub(crate) fn is_refusal_of_the_server(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        server_error(error).is_some_and(|error| error.severity() == PgSeverity::Error)
    }

    /// The meaning where nothing can have been written: in a read, or in a transaction that was not committed.
    pub(crate) fn not_done(&self, place: &str) -> StoreError {
        match self.kind() {
            Kind::Wrong => StoreError::Corrupt(format!("{place}: {self}")),
            Kind::Conflict | Kind::Lost | Kind::Busy => StoreError::Unavailable(format!("{place}: {self}")),
        }
    }

    /// The meaning where nobody knows whether something was written.
    pub(crate) fn in_doubt(&self, place: &str) -> StoreError {
        StoreError::Unknown(format!("{place}: {self}"))
    }
}

/// What the server, the system or the driver says, without the driver's words around it.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) | sqlx::Error::Configuration(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn server_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error().and_then(|error| error.try_downcast_ref())
}

/// What PostgreSQL's codes mean here; see "Error Codes" in its manual.
fn kind_of_code(code: &str) -> Kind {
    match code {
        // Could not be serialised; was the one of a deadlock to give way.
        "40001" | "40P01" => Kind::Conflict,
        // Shut down by its administrator or a crash, starting up, gone idle in a transaction (this process was stopped
        // for a while), and: the server is a standby, which it became, or which took the primary's address.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" => Kind::Lost,
        // Took too long, waited too long for a lock, may not.
        "57014" | "55P03" | "42501" => Kind::Busy,
        _ => match code.get(..2) {
            Some("08") => Kind::Lost,
            // Data, constraints, transaction state, names, limits, damage.
            Some("21" | "22" | "23" | "25" | "26" | "42" | "54" | "XX") => Kind::Wrong,
            // Out of disk, memory or connections; and whatever else may pass.
            _ => Kind::Busy,
        },
    }
}

/// Waits for an answer, but not for ever: a server that was cut off says nothing at all.
pub(crate) async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Fault::Silent(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_what_can_be_done() {
        for (code, kind) in [
            ("40P01", Kind::Conflict),
            ("57P01", Kind::Lost),
            ("08006", Kind::Lost),
            ("25006", Kind::Lost),
            ("53100", Kind::Busy),
            ("57014", Kind::Busy),
            ("23505", Kind::Wrong),
            ("XX001", Kind::Wrong),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }
}
