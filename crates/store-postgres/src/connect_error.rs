//! Why the store cannot be connected to.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::BadAddress;
use crate::fault::Fault;

/// Why the store cannot be connected to, and what to do about it. Says what `--store` names, but never the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The setting itself is no address.
    #[error("--store names no PostgreSQL database: {0}")]
    BadUrl(#[from] BadAddress),
    /// Nobody answers there.
    #[error(
        "--store names {place}, but no PostgreSQL server answers there ({reason}): start it, or correct the address"
    )]
    Unreachable {
        /// What the setting names.
        place: Arc<str>,
        /// What the system says.
        reason: String,
    },
    /// The server answers, but not yet, or not to one more.
    #[error(
        "--store names {place}, which takes no connection now ({reason}): try again in a moment, or raise its max_connections"
    )]
    NotReady {
        /// What the setting names.
        place: Arc<str>,
        /// What the server says.
        reason: String,
    },
    /// The server does not let the user in.
    #[error(
        "--store names {place}, which refuses the user ({reason}): correct the name or the password in the setting, or the server's pg_hba.conf"
    )]
    Denied {
        /// What the setting names.
        place: Arc<str>,
        /// What the server says.
        reason: String,
    },
    /// There is no such database.
    #[error(
        "--store names {place}, but there is no such database ({reason}): create it with createdb, or correct the setting"
    )]
    NoDatabase {
        /// What the setting names.
        place: Arc<str>,
        /// What the server says.
        reason: String,
    },
    /// The connection cannot be made secret.
    #[error(
        "--store names {place}, to which there is no secure connection ({reason}): correct sslmode or sslrootcert in the setting, or the server's certificate"
    )]
    Tls {
        /// What the setting names.
        place: Arc<str>,
        /// What is wrong with it.
        reason: String,
    },
    /// The server's version is not enough.
    #[error("--store names {place}, which is PostgreSQL {found}: Chinwag needs PostgreSQL {oldest} or later")]
    TooOld {
        /// What the setting names.
        place: Arc<str>,
        /// Its version.
        found: u64,
        /// The oldest version that will do.
        oldest: u64,
    },
    /// The server cannot be written.
    #[error(
        "--store names {place}, which is a standby and cannot be written: name the primary, or all servers as host,host"
    )]
    Standby {
        /// What the setting names.
        place: Arc<str>,
    },
    /// The database cannot hold every text.
    #[error("--store names {place}, whose encoding is {encoding}: create a database with encoding UTF8")]
    Encoding {
        /// What the setting names.
        place: Arc<str>,
        /// Its encoding.
        encoding: String,
    },
    /// The user may not do what is needed.
    #[error(
        "--store names {place}, where the user may not keep tables ({reason}): make them the owner of the database, or grant CREATE on its schema"
    )]
    NotAllowed {
        /// What the setting names.
        place: Arc<str>,
        /// What the server says.
        reason: String,
    },
    /// There are tables of somebody else.
    #[error(
        "--store names {place}, which belongs to another application ({reason}): create a database for Chinwag alone"
    )]
    Foreign {
        /// What the setting names.
        place: Arc<str>,
        /// What the server says.
        reason: String,
    },
    /// The tables are of a newer version.
    #[error(
        "--store names {place}, which a newer version of Chinwag has brought up to date (schema {found}, this version \
         knows up to {known}): start that version or a later one"
    )]
    Newer {
        /// What the setting names.
        place: Arc<str>,
        /// Its schema.
        found: usize,
        /// The newest schema that this version knows.
        known: usize,
    },
    /// Something else went wrong.
    #[error("--store names {place}, which cannot be used: {reason}")]
    Other {
        /// What the setting names.
        place: Arc<str>,
        /// What the server or the driver says.
        reason: String,
    },
}

impl ConnectError {
    /// What a fault means while the connection is made and the schema brought up to date.
    pub(crate) fn from_fault(place: &Arc<str>, fault: &Fault) -> Self {
        let (place, reason) = (place.clone(), fault.to_string());
        match (fault, fault.code()) {
            (Fault::Sql(error), _) if is_about_tls(error) => Self::Tls { place, reason },
            (Fault::Silent(_) | Fault::Sql(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)), _) => {
                Self::Unreachable { place, reason }
            }
            (_, Some("57P03" | "53300" | "57P01" | "57P02")) => Self::NotReady { place, reason },
            (_, Some("28000" | "28P01")) => Self::Denied { place, reason },
            (_, Some("3D000")) => Self::NoDatabase { place, reason },
            (Fault::Standby, _) | (_, Some("25006")) => Self::Standby { place },
            (_, Some("42501" | "3F000")) => Self::NotAllowed { place, reason },
            // A table that is there already, or is not like ours.
            (_, Some("42P07" | "42710" | "42703" | "42804")) => Self::Foreign { place, reason },
            _ => Self::Other { place, reason },
        }
    }
}

/// A certificate that is not trusted comes as data that makes no sense.
fn is_about_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        _ => false,
    }
}
