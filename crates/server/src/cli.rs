//! The command line: what was asked, and the settings that came with it.

mod admin;
mod export;
mod flags;
mod greeting;
mod healthcheck;
mod import;
mod keys;
mod nodes;
mod outbox;
mod output;
#[cfg(test)]
mod tests;
mod users;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{self, Inputs, Loaded, Problem, Source};
use flags::{AllSettings, WhereTheNodeIs};
pub use greeting::greeting;
pub use output::{say, say_error};

/// The exit code for a command line or configuration that makes no sense (`EX_USAGE` of sysexits).
pub const EXIT_USAGE: u8 = 64;

/// The exit code for everything else that went wrong.
pub const EXIT_FAILURE: u8 = 1;

/// Real-time chat that outlives its machines.
#[derive(Debug, Parser)]
#[command(name = "chinwag", version, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a node.
    Serve(AllSettings),
    /// Look at the configuration without starting anything.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// See and end people's sessions on the running node.
    #[command(subcommand)]
    Session(SessionCommand),
    /// See the nodes of the cluster, and have them drain or spread their clients evenly.
    #[command(subcommand)]
    Node(nodes::NodeCommand),
    /// See the work that follows what is said, such as webhooks, and deal with what was given up.
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Export a room or all of a person's own, or go on with an export that was cut off.
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Say who looks after the server, and who may not come in.
    #[command(subcommand)]
    User(users::UserCommand),
    /// Make, list and withdraw server keys: what the back ends of applications show.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Import rooms from an export of our own or of Slack's. What is there already is not brought again.
    Import(import::ImportCommand),
    /// Run WebSocket APIs that were written for Amazon API Gateway.
    Gateway {
        /// The configuration file.
        #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
        config: PathBuf,
        /// Only say whether the configuration can be used.
        #[arg(long)]
        check: bool,
    },
    /// Ask the local node whether it is ready: exit code 0 if so. For containers.
    Healthcheck(WhereTheNodeIs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say whether the configuration is valid, and all that is wrong with it.
    Check(AllSettings),
    /// Print the configuration in effect and where each value came from, secrets masked.
    Print(AllSettings),
    /// Print a configuration file with every setting, its documentation and its default.
    Example,
}

#[derive(Debug, Subcommand)]
enum SessionCommand {
    /// List sessions, the most recently used first.
    List {
        /// Only those of this user: a name or an id.
        #[arg(long, value_name = "NAME|ID")]
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Show one session and its live connections.
    Show {
        /// The session's id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// End sessions; their connections close at once, on every node.
    Revoke {
        /// The sessions' ids.
        #[arg(required_unless_present = "user")]
        ids: Vec<String>,
        /// All sessions of this user: a name or an id.
        #[arg(long, value_name = "NAME|ID", conflicts_with = "ids")]
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
}

/// What the process is to do.
#[derive(Debug)]
pub enum Invocation {
    /// Run a node.
    Serve(Box<Loaded>),
    /// Ask the running node something; needs a runtime.
    Ask(Box<Question>),
    /// Run a gateway, or only check its configuration.
    Gateway {
        /// The configuration file.
        file: PathBuf,
        /// Whether to go no further than that.
        is_check: bool,
    },
    /// Nothing is left to do but print this.
    Print(String),
}

/// What is asked of the running node.
#[derive(Debug)]
pub struct Question {
    loaded: Loaded,
    subject: Subject,
}

#[derive(Debug)]
enum Subject {
    Ready,
    Sessions(admin::SessionQuestion),
    Nodes(nodes::NodeQuestion),
    Outbox(outbox::OutboxQuestion),
    Export(export::Export),
    Users(users::UserQuestion),
    Keys(keys::KeyQuestion),
    Import(import::Import),
}

impl Question {
    /// Asks, prints the answer and tells whether all is well.
    pub async fn ask(self) -> Result<(), String> {
        let config = &self.loaded.config;
        match self.subject {
            Subject::Ready => healthcheck::ask(config.node.listen).await,
            Subject::Sessions(question) => {
                let answer = question.ask(&config.admin.socket_path(&config.node)).await?;
                say(&answer);
                Ok(())
            }
            Subject::Nodes(question) => {
                let answer = question.ask(&config.admin.socket_path(&config.node)).await?;
                say(&answer);
                Ok(())
            }
            Subject::Users(question) => {
                let answer = question.ask(&config.admin.socket_path(&config.node)).await?;
                say(&answer);
                Ok(())
            }
            Subject::Keys(question) => {
                let answer = question.ask(&config.admin.socket_path(&config.node)).await?;
                say(&answer);
                Ok(())
            }
            Subject::Outbox(question) => {
                let answer = question.ask(&config.admin.socket_path(&config.node)).await?;
                say(&answer);
                Ok(())
            }
            Subject::Import(import) => {
                say(&import.run(&config.admin.socket_path(&config.node)).await?);
                Ok(())
            }
            Subject::Export(export) => {
                say(&export.run(&config.admin.socket_path(&config.node)).await?);
                Ok(())
            }
        }
    }
}

/// Why the process ends before it did anything: what to print and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What to say on standard error.
    pub message: String,
    /// The process's exit code.
    pub exit_code: u8,
}

/// Understands the command line and, where the command needs it, reads the whole configuration.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Invocation, Refusal> {
    let environment = environment.into_iter().collect();
    let (cli, problems) = match flags::parse(&Cli::command(), arguments.into_iter().collect()) {
        flags::Parsed::Command(matches, problems) => match Cli::from_arg_matches(&matches) {
            Ok(cli) => (cli, problems),
            Err(error) => return Err(usage(&error.to_string())),
        },
        flags::Parsed::Print(text) => return Ok(Invocation::Print(text)),
        flags::Parsed::Refused(message) => return Err(usage(&message)),
    };
    let sources = Sources { environment, problems };
    match cli.command {
        Command::Serve(settings) => {
            sources.load(settings.0).map(|loaded| Invocation::Serve(Box::new(loaded)))
        }
        Command::Config(ConfigCommand::Check(settings)) => {
            let loaded = sources.load(settings.0)?;
            let mut lines = vec!["The configuration is valid.".to_owned()];
            lines.extend(loaded.warnings.iter().map(|warning| format!("Warning: {warning}")));
            Ok(Invocation::Print(lines.join("\n")))
        }
        Command::Config(ConfigCommand::Print(settings)) => {
            Ok(Invocation::Print(config::print(&sources.load(settings.0)?)))
        }
        Command::Config(ConfigCommand::Example) => sources.print(config::example()),
        Command::Healthcheck(node) => sources.ask(node, Subject::Ready),
        Command::Gateway { config: file, check: is_check } => {
            sources.nothing_wrong().map(|()| Invocation::Gateway { file, is_check })
        }
        Command::Session(command) => {
            let (node, question) = admin::SessionQuestion::of(command);
            sources.ask(node, Subject::Sessions(question))
        }
        Command::Node(command) => {
            let (node, question) = nodes::NodeQuestion::of(command);
            sources.ask(node, Subject::Nodes(question))
        }
        Command::Outbox(command) => {
            let (node, question) = outbox::OutboxQuestion::of(command);
            sources.ask(node, Subject::Outbox(question))
        }
        Command::Import(command) => {
            let (node, import) = import::Import::of(command);
            sources.ask(node, Subject::Import(import))
        }
        Command::Export(command) => {
            let (node, export) = export::Export::of(command);
            sources.ask(node, Subject::Export(export))
        }
        Command::User(command) => {
            let (node, question) = users::UserQuestion::of(command);
            sources.ask(node, Subject::Users(question))
        }
        Command::Key(command) => {
            let (node, question) = keys::KeyQuestion::of(command);
            sources.ask(node, Subject::Keys(question))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "chinwag", &mut script);
            sources.print(String::from_utf8_lossy(&script).into_owned())
        }
    }
}

/// All that the configuration is read from beside the flags.
struct Sources {
    environment: Vec<(OsString, OsString)>,
    problems: Vec<Problem>,
}

impl Sources {
    fn load(self, flags: flags::Given) -> Result<Loaded, Refusal> {
        let inputs = Inputs {
            flags: flags.settings,
            problems: self.problems,
            environment: self.environment,
            file: flags.file,
            default_file: Some(PathBuf::from(config::DEFAULT_FILE)),
        };
        config::load(inputs).map_err(|problems| usage(&problems.to_string()))
    }

    fn ask(self, node: WhereTheNodeIs, subject: Subject) -> Result<Invocation, Refusal> {
        self.load(node.0).map(|loaded| Invocation::Ask(Box::new(Question { loaded, subject })))
    }

    /// For commands that need no configuration: only the command line itself can be wrong.
    fn print(self, text: String) -> Result<Invocation, Refusal> {
        self.nothing_wrong().map(|()| Invocation::Print(text))
    }

    fn nothing_wrong(self) -> Result<(), Refusal> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(usage(&config::Problems(self.problems).to_string()))
        }
    }
}

fn usage(message: &str) -> Refusal {
    Refusal { message: format!("chinwag: {}", message.trim_end()), exit_code: EXIT_USAGE }
}

/// A problem with the command line.
fn problem(message: impl Into<String>) -> Problem {
    Problem::new(Source::CommandLine, message)
}
