//! The bare limit as a process of its own, on the server's core.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::Bench;
use crate::limit::Mode;
use crate::process::command_on;

/// A running limit program. Killed when it is dropped.
pub(super) struct LimitProgram {
    child: Child,
    pub(super) address: SocketAddr,
}

impl LimitProgram {
    pub(super) fn start(bench: &Bench, mode: Mode) -> Result<Self> {
        let mode = mode.to_possible_value().context("the mode has no name")?;
        let mut child = command_on(bench.server_core, std::env::current_exe()?)
            .args(["limit", "--mode", mode.get_name()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the limit program")?;
        let stdout = child.stdout.take();
        // From here on, dropping it kills it.
        let mut program = Self { child, address: SocketAddr::from(([0; 4], 0)) };
        let mut line = String::new();
        BufReader::new(stdout.context("the limit program has no output")?).read_line(&mut line)?;
        program.address = line.trim().parse().context("the limit program does not say where it listens")?;
        Ok(program)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for LimitProgram {
    fn drop(&mut self) {
        // Either fails only where the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
