//! The address of the database, for people: never with the password.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

/// `user@host:port/database`.
pub(crate) fn of(connect: &PgConnectOptions) -> Arc<str> {
    let user = connect.get_username();
    let database = connect.get_database().unwrap_or(user);
    match connect.get_socket() {
        Some(socket) => format!("{user}@{}/{database}", socket.display()).into(),
        None => format!("{user}@{}:{}/{database}", connect.get_host(), connect.get_port()).into(),
    }
}
