//! An operating system's process, and all that it starts itself: they form a group, which is killed as one.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinHandle;

#[derive(Debug)]
pub(super) struct Process {
    child: Option<Child>,
    group: Pid,
    exited: JoinHandle<()>,
}

/// What it prints.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) stdout: Receiver,
    pub(super) stderr: Receiver,
}

impl Process {
    /// Starts a program with exactly this environment.
    pub(super) fn start(command: &mut Command) -> io::Result<(Self, Output)> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let group = Pid::from_child(&child);
        // The exit is waited for without collecting it: until it is collected, nobody else can get the number.
        let exited = tokio::task::spawn_blocking(move || {
            while let Err(rustix::io::Errno::INTR) =
                waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            {}
        });
        let mut process = Self { child: Some(child), group, exited };
        let output = process.output()?;
        Ok((process, output))
    }

    fn output(&mut self) -> io::Result<Output> {
        let child = self.child.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::NotFound)?;
        let stderr = child.stderr.take().ok_or(io::ErrorKind::NotFound)?;
        let stdout = Receiver::from_owned_fd(OwnedFd::from(stdout))?;
        let stderr = Receiver::from_owned_fd(OwnedFd::from(stderr))?;
        Ok(Output { stdout, stderr })
    }

    /// Waits until it has ended by itself. Cancel-safe.
    pub(super) async fn exited(&mut self) {
        let _ = (&mut self.exited).await;
    }

    /// Ends the whole group, and tells how the first of it ended.
    pub(super) async fn end(mut self) -> Option<ExitStatus> {
        let _ = kill_process_group(self.group, Signal::KILL);
        let mut child = self.child.take()?;
        tokio::task::spawn_blocking(move || child.wait().ok()).await.ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill_process_group(self.group, Signal::KILL);
            let _ = child.wait();
        }
    }
}
