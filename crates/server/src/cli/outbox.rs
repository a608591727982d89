//! `chinwag outbox …`: what is owed after commits, and what became of it.

use std::fmt::Write;
use std::path::Path;

use chinwag_chat::outbox::{Backlog, JobId, Letters, Part};
use chinwag_chat::{Rev, RoomId, WorkKind};
use clap::Subcommand;
use serde_json::json;

use super::WhereTheNodeIs;
use crate::admin::client::AdminClient;
use crate::admin::outbox::OutboxReport;

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// List work that is still to be done, the oldest first, or dead letters.
    List {
        /// List dead letters: work that was given up.
        #[arg(long)]
        dead: bool,
        /// Only what comes after this one.
        #[arg(long, value_name = "ID")]
        after: Option<u64>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Have dead letters done after all, or the webhooks of a room sent once more.
    Replay {
        #[command(flatten)]
        which: Again,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Throw dead letters away.
    Drop {
        #[command(flatten)]
        which: Which,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
}

/// Which dead letters.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The dead letters' numbers.
    #[arg(value_name = "ID", required_unless_present = "kind")]
    ids: Vec<u64>,
    /// All dead letters of this kind, such as webhook.
    #[arg(long, value_name = "KIND", conflicts_with = "ids")]
    kind: Option<String>,
}

impl From<Which> for Letters {
    fn from(Which { ids, kind }: Which) -> Self {
        match kind {
            Some(kind) => Self::OfKind(WorkKind::named(kind)),
            None => Self::Of(ids.into_iter().map(JobId).collect()),
        }
    }
}

/// What is to be done again.
#[derive(Debug, clap::Args)]
pub(super) struct Again {
    /// The dead letters' numbers.
    #[arg(value_name = "ID", required_unless_present_any = ["kind", "room"])]
    ids: Vec<u64>,
    /// All dead letters of this kind, such as webhook.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["ids", "room"])]
    kind: Option<String>,
    /// The webhooks of this room's changes, whether or not they were acknowledged.
    #[arg(long, value_name = "ROOM", conflicts_with = "ids", requires = "after")]
    room: Option<RoomId>,
    /// Only of those after this one.
    #[arg(long, value_name = "REV", requires = "room")]
    after: Option<u64>,
}

impl From<Again> for What {
    fn from(Again { ids, kind, room, after }: Again) -> Self {
        match room {
            Some(room) => Self::ReplayRoom(room, Rev(after.unwrap_or(0))),
            None => Self::Replay(Which { ids, kind }.into()),
        }
    }
}

/// A question about the outbox.
#[derive(Debug)]
pub(super) struct OutboxQuestion {
    what: What,
    json: bool,
}

#[derive(Debug)]
enum What {
    List { part: Part, after: Option<JobId>, limit: usize },
    Replay(Letters),
    ReplayRoom(RoomId, Rev),
    Drop(Letters),
}

impl OutboxQuestion {
    /// The question in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: OutboxCommand) -> (WhereTheNodeIs, Self) {
        match command {
            OutboxCommand::List { dead, after, limit, json, node } => {
                let part = if dead { Part::Dead } else { Part::Owed };
                (node, Self { what: What::List { part, after: after.map(JobId), limit }, json })
            }
            OutboxCommand::Replay { which, json, node } => (node, Self { what: which.into(), json }),
            OutboxCommand::Drop { which, json, node } => {
                (node, Self { what: What::Drop(which.into()), json })
            }
        }
    }

    /// Asks the node behind a socket; the answer is for standard output.
    pub(super) async fn ask(self, socket: &Path) -> Result<String, String> {
        let client = AdminClient::new(socket);
        let said = |error: crate::admin::client::ClientError| error.to_string();
        match self.what {
            What::List { part, after, limit } => {
                let report = client.outbox(part, after, limit).await.map_err(said)?;
                if self.json {
                    return serde_json::to_string_pretty(&report).map_err(|error| error.to_string());
                }
                Ok(table(part, &report))
            }
            What::Replay(letters) => {
                let count = client.replay(&letters).await.map_err(said)?;
                Ok(if self.json { json!({ "replayed": count }).to_string() } else { told("Replayed", count) })
            }
            What::ReplayRoom(room, after) => {
                let count = client.replay_room(room, after).await.map_err(said)?;
                Ok(match count {
                    _ if self.json => json!({ "replayed": count }).to_string(),
                    0 => "Nothing happened there after that.".to_owned(),
                    1 => "One webhook is sent once more.".to_owned(),
                    count => format!("{count} webhooks are sent once more."),
                })
            }
            What::Drop(letters) => {
                let count = client.drop_letters(&letters).await.map_err(said)?;
                Ok(if self.json { json!({ "dropped": count }).to_string() } else { told("Dropped", count) })
            }
        }
    }
}

fn told(done: &str, count: u64) -> String {
    match count {
        0 => "There is no such dead letter.".to_owned(),
        1 => format!("{done} one dead letter."),
        count => format!("{done} {count} dead letters."),
    }
}

fn table(part: Part, report: &OutboxReport) -> String {
    let Backlog { owed, leased, dead, .. } = report.backlog;
    let mut text = format!("{owed} to do, {leased} of them under way; {dead} dead.\n");
    if report.jobs.is_empty() {
        text.push_str(match part {
            Part::Owed => "Nothing is to be done.",
            Part::Dead => "There are no dead letters.",
        });
        return text;
    }
    let _ = writeln!(
        text,
        "{:>8}  {:<8}  {:<26}  {:>8}  {:<24}  LAST FAILURE",
        "ID", "KIND", "LINE", "ATTEMPTS", "SINCE"
    );
    for job in &report.jobs {
        let _ = writeln!(
            text,
            "{:>8}  {:<8}  {:<26}  {:>8}  {:<24}  {}",
            job.id.0,
            job.kind.as_str(),
            job.key,
            job.attempts,
            job.created_at.to_string(),
            job.reason.as_deref().unwrap_or("-"),
        );
    }
    text
}
