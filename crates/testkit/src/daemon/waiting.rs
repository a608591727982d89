//! What takes a program a moment.

use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tokio::time::{Instant, sleep, timeout};

use super::Daemon;

/// How long a program may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

impl Daemon {
    /// Waits until one that was asked to leave has left; ends it when it takes longer than that.
    ///
    /// # Errors
    /// It had to be ended.
    pub async fn until_ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if started.elapsed() > within {
                self.crash();
                bail!("{} has not ended within {within:?}", self.name);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Freezes it for so long.
    ///
    /// # Errors
    /// It does not run.
    pub async fn stop_for(&self, time: Duration) -> Result<()> {
        self.freeze()?;
        sleep(time).await;
        self.thaw()
    }

    /// Asks, that often, until the answer is yes.
    ///
    /// # Errors
    /// The program ends, or does not answer in time; the error holds the end of its log.
    pub async fn until_ready<F: Future<Output = bool>>(
        &mut self,
        ask_every: Duration,
        mut is_ready: impl FnMut() -> F,
    ) -> Result<()> {
        ensure!(self.is_started(), "{} does not run", self.name);
        let asking = async {
            while !is_ready().await {
                if let Some(status) = self.ended()? {
                    bail!("{} ended before it was ready ({status}): {}", self.name, self.last_words());
                }
                sleep(ask_every).await;
            }
            Ok(())
        };
        let ready = timeout(READY_WITHIN, asking).await;
        match ready {
            Ok(ready) => ready,
            Err(_) => bail!("{} is not ready after {READY_WITHIN:?}: {}", self.name, self.last_words()),
        }
    }
}
