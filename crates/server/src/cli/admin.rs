//! `chinwag session …`: questions to the running node over its admin socket.

use std::fmt::Write;
use std::path::Path;

use chinwag_chat::cluster::PlacedConnection;
use serde::Serialize;

use super::{SessionCommand, WhereTheNodeIs};
use crate::admin::client::AdminClient;
use crate::admin::{SessionDetail, SessionReport};

/// A question about sessions.
#[derive(Debug)]
pub(super) struct SessionQuestion {
    what: What,
    json: bool,
}

#[derive(Debug)]
enum What {
    List { user: Option<String> },
    Show { id: String },
    Revoke { ids: Vec<String>, user: Option<String> },
}

impl SessionQuestion {
    /// The question in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: SessionCommand) -> (WhereTheNodeIs, Self) {
        match command {
            SessionCommand::List { user, json, node } => (node, Self { what: What::List { user }, json }),
            SessionCommand::Show { id, json, node } => (node, Self { what: What::Show { id }, json }),
            SessionCommand::Revoke { ids, user, json, node } => {
                (node, Self { what: What::Revoke { ids, user }, json })
            }
        }
    }

    /// Asks the node behind a socket; the answer is for standard output.
    pub(super) async fn ask(self, socket: &Path) -> Result<String, String> {
        let client = AdminClient::new(socket);
        match self.what {
            What::List { user } => {
                let sessions = client.sessions(user.as_deref()).await.map_err(|error| error.to_string())?;
                if self.json { json(&sessions) } else { Ok(table(&sessions)) }
            }
            What::Show { id } => {
                let session = client.session(&id).await.map_err(|error| error.to_string())?;
                if self.json { json(&session) } else { Ok(detail(&session)) }
            }
            What::Revoke { mut ids, user } => {
                if let Some(user) = user {
                    let sessions = client.sessions(Some(&user)).await.map_err(|error| error.to_string())?;
                    ids = sessions.into_iter().map(|session| session.id.to_string()).collect();
                }
                for id in &ids {
                    client.revoke(id).await.map_err(|error| error.to_string())?;
                }
                if self.json { json(&serde_json::json!({ "revoked": ids })) } else { Ok(revoked(&ids)) }
            }
        }
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map_err(|error| error.to_string())
}

fn revoked(ids: &[String]) -> String {
    match ids {
        [] => "There was no session to revoke.".to_owned(),
        ids => ids.iter().map(|id| format!("Revoked {id}.\n")).collect(),
    }
}

fn table(sessions: &[SessionReport]) -> String {
    if sessions.is_empty() {
        return "There are no sessions.".to_owned();
    }
    let mut text =
        format!("{:<26}  {:<20}  {:>11}  {:<24}  DEVICE\n", "SESSION", "USER", "CONNECTIONS", "LAST SEEN");
    for session in sessions {
        let _ = writeln!(
            text,
            "{:<26}  {:<20}  {:>11}  {:<24}  {}",
            session.id.to_string(),
            session.user.name.to_string(),
            session.connections,
            session.last_seen_at.to_string(),
            printable(&session.device),
        );
    }
    text
}

fn detail(session: &SessionDetail) -> String {
    let SessionDetail { report, live, elsewhere } = session;
    let mut text = format!(
        "Session      {}\nUser         {} ({})\nDevice       {}\nSigned in    {}\nLast seen    {}\nExpires      {}\n",
        report.id,
        report.user.name,
        report.user.id,
        printable(&report.device),
        report.created_at,
        report.last_seen_at,
        report.expires_at,
    );
    let _ = writeln!(text, "Connections  {}, {} of them on this node", report.connections, live.len());
    for connection in live {
        let address = connection.address.map_or_else(|| "unknown address".to_owned(), |ip| ip.to_string());
        let _ = writeln!(
            text,
            "  {}  {} {} from {address} since {}, {} bytes queued",
            connection.id,
            connection.transport,
            connection.encoding,
            connection.since,
            connection.queued_bytes
        );
        for channel in &connection.channels {
            let _ = writeln!(text, "    follows {channel}");
        }
    }
    for placed in elsewhere {
        let PlacedConnection { node, connection } = placed;
        let _ = writeln!(
            text,
            "  {}  {} on {node} since {}",
            printable(&connection.id),
            printable(&connection.transport),
            connection.since
        );
    }
    text
}

/// A device's name comes from the client: it must not steer the operator's terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_name_cannot_steer_the_terminal() {
        assert_eq!(printable("Firefox\u{1b}[2J\n"), "Firefox\u{fffd}[2J\u{fffd}");
    }
}
