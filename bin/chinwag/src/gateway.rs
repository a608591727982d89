//! `chinwag gateway`: the gateway's configuration, log and signals.

use std::path::Path;
use std::sync::Arc;

use chinwag_api_gateway::Surroundings;
use chinwag_api_gateway::config::{Config, ConfigError};
use chinwag_chat::{Clock as _, Entropy as _};
use chinwag_server::clock::SystemClock;
use chinwag_server::config::section::Log;
use chinwag_server::config::{self, Inputs};
use chinwag_server::entropy::OsEntropy;
use chinwag_server::metrics::Metrics;
use chinwag_server::open_files::OpenFiles;
use chinwag_server::{cli, logging};
use tokio::signal::unix::{SignalKind, signal};

/// Runs a gateway until a signal ends it, or only checks its configuration.
pub(crate) fn run(file: &Path, is_check: bool) -> anyhow::Result<()> {
    let config = Config::read(file)?;
    if is_check {
        cli::say("The configuration is valid.");
        return Ok(());
    }
    logging::init(&log()?)?;
    OpenFiles::raise();
    let metrics = Metrics::install()?;
    let surroundings = Surroundings {
        now_ms: || SystemClock.now().unix_ms(),
        fill_random: |bytes| OsEntropy.fill(bytes),
        figures: Arc::new(move || metrics.render()),
    };
    crate::block_on(async {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = async move {
            // Cancel-safe: whichever signal comes first, the process ends.
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        chinwag_api_gateway::run(&config, surroundings, shutdown).await?;
        Ok(())
    })
}

/// Whether it is the gateway's configuration that is at fault.
pub(crate) fn is_of_its_file(error: &anyhow::Error) -> bool {
    error.is::<ConfigError>()
}

/// How the log looks is told by the environment, in the same words as a chat server's.
fn log() -> anyhow::Result<Log> {
    let variables = std::env::vars_os();
    let environment =
        variables.filter(|(name, _)| name.to_string_lossy().starts_with("CHINWAG_LOG_")).collect();
    let inputs = Inputs { environment, ..Inputs::default() };
    Ok(config::load(inputs).map_err(|problems| anyhow::anyhow!("{problems}"))?.config.log)
}
