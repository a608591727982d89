//! `chinwag key …`: what the back ends of applications show.

use std::fmt::Write;
use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use super::WhereTheNodeIs;
use super::admin::json as to_json;
use crate::admin::client::{AdminClient, ClientError};
use crate::admin::keys::KeyReport;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a server key, and print it this once.
    Create {
        /// What it is called.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// List the server keys.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Withdraw a server key.
    Delete {
        /// Its id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
}

/// A question about server keys.
#[derive(Debug)]
pub(super) struct KeyQuestion {
    what: What,
    json: bool,
}

#[derive(Debug)]
enum What {
    Create { name: String },
    List,
    Delete { id: String },
}

impl KeyQuestion {
    /// The question in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: KeyCommand) -> (WhereTheNodeIs, Self) {
        match command {
            KeyCommand::Create { name, json, node } => (node, Self { what: What::Create { name }, json }),
            KeyCommand::List { json, node } => (node, Self { what: What::List, json }),
            KeyCommand::Delete { id, json, node } => (node, Self { what: What::Delete { id }, json }),
        }
    }

    /// Asks the node behind a socket; the answer is for standard output.
    pub(super) async fn ask(self, socket: &Path) -> Result<String, String> {
        let client = AdminClient::new(socket);
        let failed = |error: ClientError| error.to_string();
        match self.what {
            What::Create { name } => {
                let made = client.create_server_key(&name).await.map_err(failed)?;
                if self.json {
                    to_json(&made)
                } else {
                    Ok(format!("Key {}, told only now:\n{}", made.id, made.key))
                }
            }
            What::List => {
                let keys = client.server_keys().await.map_err(failed)?;
                if self.json { to_json(&keys) } else { Ok(table(&keys)) }
            }
            What::Delete { id } => {
                client.delete_server_key(&id).await.map_err(failed)?;
                if self.json { to_json(&json!({ "deleted": id })) } else { Ok(format!("Withdrew {id}.")) }
            }
        }
    }
}

fn table(keys: &[KeyReport]) -> String {
    if keys.is_empty() {
        return "There is no server key.".to_owned();
    }
    let mut text = format!("{:<26}  {:<24}  {:<24}  NAME\n", "KEY", "MADE", "LAST USED");
    for key in keys {
        let last = key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        let _ =
            writeln!(text, "{:<26}  {:<24}  {last:<24}  {}", key.id, key.created_at.to_string(), key.name);
    }
    text
}
