//! The bare limit as a process of its own, on the server's core.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::stand::plain_rooms;
use super::{Rooms, Stand};
use crate::bench::Bench;
use crate::bench::dialect::Dialect;
use crate::limit::Mode;
use crate::process::command_on;

/// Killed when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // Either fails only where the process has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn start(bench: &Bench, mode: Mode, rooms: Rooms) -> Result<Stand> {
    let mode = mode.to_possible_value().context("the mode has no name")?;
    let child = command_on(bench.server_core, std::env::current_exe()?)
        .args(["limit", "--mode", mode.get_name()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the limit program")?;
    let mut program = Program(child);
    let mut line = String::new();
    let stdout = program.0.stdout.take().context("the limit program has no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(Stand {
        addresses: vec![line.trim().parse().context("the limit program does not say where it listens")?],
        dialect: Dialect::Line { bytes: bench.line_bytes.get() },
        rooms: plain_rooms(rooms),
        between: Vec::new(),
        nodes: vec![program.0.id()],
        _held: vec![Box::new(program)],
    })
}
