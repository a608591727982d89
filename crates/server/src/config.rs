//! The configuration: one typed tree, read from three places, checked as a whole before anything starts.
//!
//! Every setting is declared once, in a [`section`], with its type, default and documentation. From that one line come
//! its flag (`--jwt-secret-file`), its environment variable (`CHINWAG_JWT_SECRET_FILE`), its TOML key
//! (`[jwt] secret_file`), the help text and its lines in `config example`. Flags win over the environment, that over the
//! file, that over the defaults.
//!
//! An unknown or malformed setting is never ignored: [`load`] reports every problem at once, each with the place it
//! came from.

mod bus;
mod byte_size;
mod choice;
mod endpoint;
mod environment;
mod origin;
mod problem;
mod rate;
mod render;
mod roles;
mod secret;
pub mod section;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod toml_file;
mod value;

use std::ffi::OsString;
use std::path::PathBuf;

pub use bus::BusChoice;
pub use byte_size::ByteSize;
pub use endpoint::StoreChoice;
pub use origin::Origin;
pub use problem::{Problem, Problems};
pub use rate::{Rate, RateLimit};
pub use render::{example, print};
pub use roles::{Role, Roles};
pub use secret::Secret;
pub use source::{Given, Source};
pub(crate) use table::Setting;
use table::{Reader, Section};
pub(crate) use value::Form;

/// The file that is read when none is named, if it is there.
pub const DEFAULT_FILE: &str = "chinwag.toml";

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// This node and what it stands on.
    pub node: section::Node,
    /// Who may come in.
    pub access: section::Access,
    /// The listener.
    pub http: section::Http,
    /// Sign-in sessions.
    pub sessions: section::Sessions,
    /// Tokens of the embedding application.
    pub jwt: section::Jwt,
    /// How much of anything is allowed.
    pub limits: section::Limits,
    /// Files that people upload.
    pub files: section::Files,
    /// How often anything is allowed.
    pub rate_limits: section::RateLimits,
    /// Live connections.
    pub realtime: section::Realtime,
    /// What the embedding application is told.
    pub webhooks: section::Webhooks,
    /// What other back ends have to say.
    pub ingest: section::Ingest,
    /// How long what was said is kept.
    pub retention: section::Retention,
    /// How people are told who are away.
    pub push: section::Push,
    /// Who is asked before something is said.
    pub hook: section::Hook,
    /// How many connections a user may have.
    pub connections: section::Connections,
    /// This node among the others.
    pub cluster: section::Cluster,
    /// How this node uses PostgreSQL.
    pub postgres: section::Postgres,
    /// How the node leaves.
    pub drain: section::Drain,
    /// What it tells its operator.
    pub log: section::Log,
    /// Figures for Prometheus.
    pub metrics: section::Metrics,
    /// Traces of some messages' ways.
    pub traces: section::Traces,
    /// The socket for `chinwag session …`.
    pub admin: section::Admin,
}

/// Calls a macro with the name and type of each section, in the order of the example file: those without a name come
/// first, since TOML knows no way back to the top level.
macro_rules! each_section {
    ($call:ident) => {
        $call! {
            node: section::Node, access: section::Access, http: section::Http, sessions: section::Sessions,
            jwt: section::Jwt, limits: section::Limits, files: section::Files, rate_limits: section::RateLimits,
            realtime: section::Realtime, webhooks: section::Webhooks, ingest: section::Ingest, retention: section::Retention, push: section::Push,
            hook: section::Hook, connections: section::Connections,
            cluster: section::Cluster, postgres: section::Postgres, drain: section::Drain, log: section::Log,
            metrics: section::Metrics, traces: section::Traces,
            admin: section::Admin,
        }
    };
}

macro_rules! tree {
    ($($name:ident: $section:ty),* $(,)?) => {
        impl Config {
            fn read(reader: &mut Reader<'_>) -> Option<Self> {
                $(let $name = <$section as Section>::read(reader);)*
                Some(Self { $($name: $name?),* })
            }

            /// The effective values, as text, in the order of [`settings`].
            fn shown(&self) -> Vec<String> {
                let mut shown = Vec::new();
                $(self.$name.show(&mut shown);)*
                shown
            }
        }

        /// The sections: name, documentation, settings.
        fn sections() -> Vec<table::SectionInfo> {
            vec![$(table::SectionInfo::of::<$section>()),*]
        }
    };
}
each_section!(tree);

/// Every setting there is.
pub(crate) fn settings() -> Vec<&'static Setting> {
    sections().into_iter().flat_map(|section| section.settings).collect()
}

/// Where the configuration is read from. Handed in, so that tests need no process environment.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Flags of the command line.
    pub flags: Vec<Given>,
    /// What is wrong with the command line already, to be reported with the rest.
    pub problems: Vec<Problem>,
    /// The process environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The file named by `--config`.
    pub file: Option<PathBuf>,
    /// The file that is read if it is there and no other is named.
    pub default_file: Option<PathBuf>,
}

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Where each setting came from, in the order of [`settings`].
    sources: Vec<Source>,
    /// What is allowed but should be looked at; for the log.
    pub warnings: Vec<String>,
}

/// Reads and checks everything. Binds, creates and connects nothing.
pub fn load(inputs: Inputs) -> Result<Loaded, Problems> {
    let mut problems = inputs.problems;
    let variables = environment::read(&inputs.environment, &mut problems);
    let file = inputs.file.or(variables.file);
    let mut given = toml_file::read(file.as_deref(), inputs.default_file.as_deref(), &mut problems);
    given.extend(variables.given);
    given.extend(inputs.flags);

    let mut reader = Reader::new(&given, &mut problems);
    let config = Config::read(&mut reader);
    let sources = reader.into_sources();
    let Some(mut config) = config else { return Err(Problems(problems)) };
    let mut warnings = Vec::new();
    section::check(&mut config, &mut problems, &mut warnings);
    if problems.is_empty() { Ok(Loaded { config, sources, warnings }) } else { Err(Problems(problems)) }
}
