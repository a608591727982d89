//! The sections of the configuration, a file each, and what no single setting can check.

mod access;
mod admin;
mod cluster;
mod connections;
mod drain;
mod files;
mod hook;
mod http;
mod ingest;
mod jwt;
mod limits;
mod log;
mod metrics;
mod node;
mod postgres;
mod push;
mod rate_limits;
mod realtime;
mod retention;
mod sessions;
mod traces;
mod webhooks;

use std::path::Path;

pub use access::{Access, SecureCookies, SignUp};
pub use admin::Admin;
pub use cluster::Cluster;
pub use connections::{ConnectionPolicy, Connections, CountedConnections};
pub use drain::Drain;
pub use files::{Files, FilesChoice};
pub use hook::{Hook, OnFailure};
pub use http::Http;
pub use ingest::Ingest;
pub use jwt::Jwt;
pub use limits::Limits;
pub use log::{Log, LogFilter, LogFormat};
pub use metrics::Metrics;
pub use node::Node;
pub use postgres::Postgres;
pub use push::{Push, VapidSubject};
pub use rate_limits::RateLimits;
pub use realtime::Realtime;
pub use retention::Retention;
pub use sessions::Sessions;
pub use traces::{Ratio, Traces};
pub use webhooks::{EventType, WebhookUrl, Webhooks};

use super::{Config, Problem, Secret, Source};

/// Checks what concerns several settings at once, and reads the files that hold secrets.
pub(super) fn check(config: &mut Config, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) {
    let mut fault = |message: String| problems.push(Problem::new(Source::CommandLine, message));
    config.cluster.check(&mut fault);
    config.node.check(&mut fault);
    config.jwt.check(&mut fault, warnings);
    config.realtime.check(&config.limits, &mut fault);
    config.http.check(&mut fault);
    config.access.check(warnings);
    config.webhooks.check(&mut fault, warnings);
    config.ingest.check(&mut fault);
    config.files.check(&config.node.store, &mut fault, warnings);
    config.push.check(&mut fault, warnings);
    config.hook.check(&mut fault, warnings);
}

/// Reads the secret that a `*_file` setting names.
fn read_secret(
    setting: &str,
    path: &Path,
    fault: &mut impl FnMut(String),
    warnings: &mut Vec<String>,
) -> Option<Secret<String>> {
    if super::secret::is_world_readable(path) {
        warnings.push(format!("`{setting}`: everybody on this machine can read {}", path.display()));
    }
    Secret::read(path).map_err(|error| fault(format!("`{setting}` {error}"))).ok()
}
