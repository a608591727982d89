//! mosquitto: one process, one user with a password, nothing persisted.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Site;
use crate::bench::dialect::mqtt::{PASSWORD, USER};
use crate::daemon::{Daemon, program, version};
use crate::ports::free_address;

pub(super) fn describe() -> Result<String> {
    let version = version(&program("mosquitto", "mosquitto")?, "-h")?;
    Ok(format!("{version}, WebSocket, quality of service 0, one user with a password, nothing persisted"))
}

pub(super) fn start(site: &Site<'_>, address: SocketAddr) -> Result<Daemon> {
    let passwords = site.directory.join("passwords");
    let output = Command::new(program("mosquitto_passwd", "mosquitto")?)
        .args(["-b", "-c"])
        .arg(&passwords)
        .args([USER, PASSWORD])
        .output()
        .context("cannot run mosquitto_passwd")?;
    ensure!(output.status.success(), "mosquitto_passwd: {}", String::from_utf8_lossy(&output.stderr).trim());
    // Version 2.0.11 does not start with WebSocket alone. Started by root it becomes another user, who could not read what
    // is ours.
    let configuration = format!(
        "listener {} 127.0.0.1\nlistener {} 127.0.0.1\nprotocol websockets\nallow_anonymous false\npassword_file {}\nuser root\n\
         max_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\npersistence false\n\
         connection_messages false\nlog_type error\nlog_dest stderr\n",
        free_address()?.port(),
        address.port(),
        passwords.display()
    );
    let configuration = site.write("mosquitto.conf", &configuration)?;
    let words = ["-c".to_owned(), configuration.display().to_string()];
    site.start(&program("mosquitto", "mosquitto")?, &words, "mosquitto")
}
