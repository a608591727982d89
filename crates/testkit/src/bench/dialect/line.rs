//! Messages as they are: the bare limit's whole protocol.

use anyhow::Result;

use super::{Each, Heard, Identity, Speaker};
use crate::client::frames::put_message;

/// What is sent is made as long as another server's deliveries are.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) bytes: usize,
}

/// Where one follows and writes, or writes only.
pub(super) fn path(who: Identity<'_>) -> String {
    match who.follows {
        [] => format!("/publish/{}", who.writes),
        [room, ..] => format!("/room/{room}"),
    }
}

impl Speaker for Line {
    fn greet(&mut self, _out: &mut Vec<u8>) {}

    fn hear(&mut self, message: &[u8], _out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        each(Heard::Delivery(message))
    }

    fn say(&mut self, _room: &str, payload: &[u8], out: &mut Vec<u8>) {
        let mut line = payload.to_vec();
        line.resize(line.len().max(self.bytes), b'.');
        put_message(out, &line);
    }
}
