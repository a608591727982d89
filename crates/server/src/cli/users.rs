//! `chinwag user …`: who looks after the server, and who may not come in.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use chinwag_chat::AccountChange;
use clap::Subcommand;

use super::admin::json as to_json;
use super::{WhereTheNodeIs, say_error};
use crate::admin::client::AdminClient;
use crate::admin::users::AccountReport;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make somebody an admin of the server.
    Admin {
        /// Whom: a name or an id.
        user: String,
        /// End it instead.
        #[arg(long)]
        revoke: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Let somebody in no more: their sessions end at once, on every node.
    Disable {
        /// Whom: a name or an id.
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Erase somebody with all that they wrote. There is no way back.
    Erase {
        /// Whom: a name or an id.
        user: String,
        /// Do not ask whether it is meant.
        #[arg(long)]
        yes: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Let somebody in again.
    Enable {
        /// Whom: a name or an id.
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
}

/// What is to become of an account.
#[derive(Debug)]
pub(super) struct UserQuestion {
    user: String,
    what: What,
    json: bool,
}

#[derive(Debug)]
enum What {
    Change(AccountChange),
    Erase { is_meant: bool },
}

impl UserQuestion {
    /// The question in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: UserCommand) -> (WhereTheNodeIs, Self) {
        let disabled = |is_disabled| AccountChange { is_disabled: Some(is_disabled), is_admin: None };
        match command {
            UserCommand::Admin { user, revoke, json, node } => {
                let change = AccountChange { is_admin: Some(!revoke), is_disabled: None };
                (node, Self { user, what: What::Change(change), json })
            }
            UserCommand::Disable { user, json, node } => {
                (node, Self { user, what: What::Change(disabled(true)), json })
            }
            UserCommand::Erase { user, yes, json, node } => {
                (node, Self { user, what: What::Erase { is_meant: yes }, json })
            }
            UserCommand::Enable { user, json, node } => {
                (node, Self { user, what: What::Change(disabled(false)), json })
            }
        }
    }

    /// Asks the node behind a socket; the answer is for standard output.
    pub(super) async fn ask(self, socket: &Path) -> Result<String, String> {
        let client = AdminClient::new(socket);
        let change = match self.what {
            What::Change(change) => change,
            What::Erase { is_meant } => {
                let Self { user, json, .. } = self;
                if !is_meant {
                    confirm(&user, io::stdin().is_terminal(), &mut io::stdin().lock())?;
                }
                client.erase(&user).await.map_err(|error| error.to_string())?;
                return if json {
                    to_json(&serde_json::json!({ "erased": user }))
                } else {
                    Ok(erased(&user))
                };
            }
        };
        let account = client.change_account(&self.user, change).await;
        let account = account.map_err(|error| error.to_string())?;
        if self.json { to_json(&account) } else { Ok(said(&account)) }
    }
}

/// Has whoever sits there say the name once more; where nobody does, it has to be said by a flag.
fn confirm(user: &str, is_terminal: bool, answers: &mut impl BufRead) -> Result<(), String> {
    if !is_terminal {
        return Err(format!("{user} is not erased: there is no way back, so say --yes if it is meant"));
    }
    say_error(&format!(
        "This erases {user} with all that they wrote. There is no way back. Type {user} to go on:"
    ));
    let mut answer = String::new();
    answers.read_line(&mut answer).map_err(|error| error.to_string())?;
    if answer.trim() == user { Ok(()) } else { Err(format!("{user} is not erased")) }
}

fn erased(user: &str) -> String {
    format!("{user} is signed out and their name is free; what they wrote goes within moments.")
}

fn said(AccountReport { name, id, admin, disabled }: &AccountReport) -> String {
    let admin = if *admin { "is an admin of the server" } else { "is no admin of the server" };
    let disabled = if *disabled { "may not come in" } else { "may come in" };
    format!("{name} ({id}) {admin} and {disabled}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_erased_by_a_slip() {
        assert!(confirm("ada", true, &mut "ada\n".as_bytes()).is_ok());
        for answer in ["", "y\n", "bob\n"] {
            assert!(confirm("ada", true, &mut answer.as_bytes()).is_err(), "{answer:?}");
        }
        assert!(confirm("ada", false, &mut "ada\n".as_bytes()).unwrap_err().contains("--yes"));
    }
}
