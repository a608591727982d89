//! `chinwag import …`: rooms from an export of our own or of Slack's.

mod jsonl;
mod outcome;
mod slack;

use std::fs::File;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chinwag_chat::export::ExportLine;
use chinwag_chat::import::{Destination, ImportBatch, ImportReport, Importer};
use chinwag_chat::{ImportedBatch, ImportedUser, RoomId, SameName, Timestamp, User, UserId};
use clap::ValueEnum;
use tokio::time::Instant;

use super::{WhereTheNodeIs, say_error};
use crate::admin::client::{AdminClient, ClientError};
use crate::admin::import::Person;

/// How often to tell how far it is.
const TELL_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub(super) struct ImportCommand {
    /// An export of a room (JSON lines), or of Slack: the zip file or the directory that was in it.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// What it is; found out by looking unless told.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Take people whose names are taken here for those who have them, instead of giving them other names.
    #[arg(long)]
    merge_users: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    node: WhereTheNodeIs,
}

/// A form of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An export of Slack.
    Slack,
    /// An export of our own.
    Jsonl,
}

/// What is imported, and how.
#[derive(Debug)]
pub(super) struct Import {
    from: PathBuf,
    format: Option<Format>,
    same_name: SameName,
    json: bool,
}

/// Where lines come from; and what of it could not be made a line.
trait Source {
    /// The next line; nothing after the last.
    fn next(&mut self, report: &mut ImportReport) -> Result<Option<ExportLine>, String>;
}

impl Import {
    /// The import in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: ImportCommand) -> (WhereTheNodeIs, Self) {
        let ImportCommand { from, format, merge_users, json, node } = command;
        let same_name = if merge_users { SameName::Merge } else { SameName::Another };
        (node, Self { from, format, same_name, json })
    }

    /// Imports; what to say at the end.
    pub(super) async fn run(self, socket: &Path) -> Result<String, String> {
        let name = self.from.display().to_string();
        let mut source = self.source().map_err(|error| format!("{name}: {error}"))?;
        let node = Node { client: AdminClient::new(socket), same_name: self.same_name };
        let mut importer = Importer::new(node);
        let mut told_at = Instant::now();
        let said = |error: ClientError| format!("{error}; run the same command again to go on");
        while let Some(line) = source.next(importer.report()).map_err(|error| format!("{name}: {error}"))? {
            importer.take(line).await.map_err(said)?;
            if told_at.elapsed() >= TELL_EVERY {
                told_at = Instant::now();
                say_error(&outcome::so_far(importer.report()));
            }
        }
        let report = importer.finish().await.map_err(said)?;
        if self.json {
            return serde_json::to_string_pretty(&report).map_err(|error| error.to_string());
        }
        Ok(outcome::told(&report))
    }

    fn source(&self) -> Result<Box<dyn Source + Send>, String> {
        let is_slack = match self.format {
            Some(format) => format == Format::Slack,
            None => self.from.is_dir() || begins_as_zip(&self.from),
        };
        if is_slack {
            return Ok(Box::new(slack::SlackExport::open(&self.from)?));
        }
        Ok(Box::new(jsonl::Lines::open(&self.from)?))
    }
}

fn begins_as_zip(path: &Path) -> bool {
    use std::io::Read;
    let mut beginning = [0; 2];
    File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == *b"PK"
}

/// The node behind the admin socket.
struct Node {
    client: AdminClient,
    same_name: SameName,
}

#[async_trait]
impl Destination for Node {
    type Error = ClientError;

    async fn user(&self, from: User, created_at: Timestamp) -> Result<ImportedUser, ClientError> {
        self.client.import_user(&Person { user: from, created_at, same_name: self.same_name }).await
    }

    async fn batch(
        &self,
        room: RoomId,
        actor: &UserId,
        batch: ImportBatch,
    ) -> Result<ImportedBatch, ClientError> {
        self.client.import(room, actor.clone(), batch).await
    }
}
