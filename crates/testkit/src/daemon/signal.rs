//! What a process can be told from outside.

use std::process::Command;

use anyhow::{Result, ensure};

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Goes on after [`Stop`](Self::Stop).
    Continue,
    /// Ends at once; there is no arguing.
    Kill,
    /// Ends at once with all that it has started: what PostgreSQL, which is many processes, takes for a crash.
    Quit,
    /// Stands still.
    Stop,
    /// Leaves.
    Terminate,
}

impl Signal {
    /// As `kill` wants it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Continue => "CONT",
            Self::Kill => "KILL",
            Self::Quit => "QUIT",
            Self::Stop => "STOP",
            Self::Terminate => "TERM",
        }
    }

    /// Sends it.
    pub(super) fn send(self, pid: u32) -> Result<()> {
        // The shell's own `kill` is there on every machine.
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "kill -s \"$0\" \"$1\"", self.name(), &pid.to_string()]);
        ensure!(shell.status()?.success(), "cannot send SIG{} to {pid}", self.name());
        Ok(())
    }
}
