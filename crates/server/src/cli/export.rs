//! `chinwag export …`: a room, or all of a person's own, into a file; and on with one that was cut off.

mod file;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chinwag_chat::export::ExportLine;
use clap::Subcommand;
use tokio::time::Instant;

use super::{WhereTheNodeIs, say_error};
use crate::admin::client::{AdminClient, ClientError, percent_encoded};
use file::{ExportFile, Kept};

/// How often to tell how far it is.
const TELL_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Export a room: its members and messages, as lines of JSON.
    Room {
        /// The room's id.
        id: String,
        #[command(flatten)]
        to: Target,
    },
    /// Export all that is a person's own: account, sessions, rooms, messages and reactions, as lines of JSON.
    User {
        /// The user's name or id.
        #[arg(value_name = "NAME|ID")]
        user: String,
        #[command(flatten)]
        to: Target,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The file. An export in it that was cut off goes on where it ends.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    node: WhereTheNodeIs,
}

/// What is exported, and where to.
#[derive(Debug)]
pub(super) struct Export {
    what: What,
    out: PathBuf,
}

#[derive(Debug)]
enum What {
    Room(String),
    User(String),
}

impl Export {
    /// The export in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: ExportCommand) -> (WhereTheNodeIs, Self) {
        let (what, Target { out, node }) = match command {
            ExportCommand::Room { id, to } => (What::Room(id), to),
            ExportCommand::User { user, to } => (What::User(user), to),
        };
        (node, Self { what, out })
    }

    /// Exports; what to say at the end.
    pub(super) async fn run(self, socket: &Path) -> Result<String, String> {
        let name = self.out.display().to_string();
        let mut file = ExportFile::open(&self.out).map_err(|error| format!("{name}: {error}"))?;
        let query = match file.kept() {
            Kept::Nothing => String::new(),
            Kept::All => return Ok(format!("{name} is complete already.")),
            Kept::UpTo { query } => query.clone(),
        };
        let path = match &self.what {
            What::Room(id) => format!("/export/rooms/{}{query}", percent_encoded(id)),
            What::User(user) => format!("/export/users/{}{query}", percent_encoded(user)),
        };
        let mut progress = Progress::new(file.messages());
        let client = AdminClient::new(socket);
        let exported = client.pieces(&path, |piece| {
            file.write_all(piece)?;
            progress.saw(piece);
            Ok(())
        });
        let exported = exported.await.map_err(|error: ClientError| error.to_string());
        let kept = file.finish().map_err(|error| format!("{name}: {error}"))?;
        exported?;
        if kept != Kept::All {
            return Err(format!("the export was cut off; the same command goes on where {name} ends"));
        }
        Ok(format!("Exported {} messages to {name}.", progress.messages))
    }
}

/// How far it is, told now and then on standard error.
struct Progress {
    messages: u64,
    told_at: Instant,
}

impl Progress {
    fn new(messages: u64) -> Self {
        Self { messages, told_at: Instant::now() }
    }

    fn saw(&mut self, piece: &[u8]) {
        self.messages += file::messages_in(piece);
        if self.told_at.elapsed() >= TELL_EVERY {
            self.told_at = Instant::now();
            say_error(&format!("{} messages so far", self.messages));
        }
    }
}

/// A line of an export, if it is one.
fn line(text: &str) -> Option<ExportLine> {
    serde_json::from_str(text).ok()
}
