//! nchan: messages as they are, channels in the path.

use anyhow::Result;

use super::{Each, Heard, Identity, Speaker};
use crate::client::frames::put_message;

/// Whoever only publishes is answered with the channel's state, which is no delivery.
#[derive(Debug)]
pub(super) struct Nchan {
    pub(super) follows: bool,
}

/// One channel or two, to follow and to write to; or one to write to.
pub(super) fn path(who: Identity<'_>) -> String {
    match who.follows {
        [] => format!("/publish/{}", who.writes),
        [room] => format!("/room/{room}"),
        [own, room, ..] => format!("/both/{own}/{room}"),
    }
}

impl Speaker for Nchan {
    fn greet(&mut self, _out: &mut Vec<u8>) {}

    fn hear(&mut self, message: &[u8], _out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        each(if self.follows { Heard::Delivery(message) } else { Heard::Accepted })
    }

    fn say(&mut self, _room: &str, payload: &[u8], out: &mut Vec<u8>) {
        put_message(out, payload);
    }
}
