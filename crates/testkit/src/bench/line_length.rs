//! How long Chinwag's deliveries are, so that the bare limits send as much.

use anyhow::{Context, Result};
use serde_json::json;

use super::crowd;
use super::payload::{PAYLOAD_BYTES, Stamp};
use super::{Bench, subject};
use crate::client::Target;
use crate::client::delivery::Scanner;

/// The length of one delivery of a measured message, in bytes.
pub(super) async fn measure(bench: &Bench) -> Result<usize> {
    let directory = bench.directory()?;
    let server = subject::start_node(bench, directory.path(), &["--store", "memory://"]).await?;
    let target = Target::chinwag(server.address);
    let mut owner = crowd::user(target, 0).await?;
    let room = crowd::create_room(&mut owner, "bench").await?;
    let (mut member, _) = crowd::join(target, 0, Some(crowd::follow(&room)), |_| Ok(())).await?;
    let text = Stamp { sent_at_ns: 0, sender: 0, number: 1 }.message(PAYLOAD_BYTES);
    let text = String::from_utf8(text).context("a stamp is ASCII")?;
    owner.rpc("message.send", &json!({"room": room, "client_id": "1", "text": text})).await?;
    let (scanner, mut bytes) = (Scanner::default(), None);
    while bytes.is_none() {
        member
            .read(&mut |line| {
                bytes = bytes.or(scanner.scan(line).map(|_| line.len()));
                Ok(())
            })
            .await?;
    }
    bytes.context("no delivery came")
}
