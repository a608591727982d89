//! The protocols that the load speaks, without IO: WebSocket messages in, what they say out.
//!
//! Each is as small as it can be: what a measurement needs, and no more. Order and count are checked by who listens,
//! not here.

mod carry;
mod centrifuge;
mod chinwag;
mod line;
pub(super) mod mqtt;
mod nats;
mod nchan;
mod socket_io;
#[cfg(test)]
mod tests;

use anyhow::Result;

pub(super) use chinwag::Chinwag;

use crate::client::token;

/// What a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// All that was asked for at the beginning has been granted.
    Ready,
    /// A message of a room that is followed.
    Delivery(&'a [u8]),
    /// A message that was sent has been accepted; most servers do not say.
    Accepted,
}

/// Takes what was heard.
pub(super) type Each<'e> = dyn FnMut(Heard<'_>) -> Result<()> + 'e;

/// One connection's side of a protocol. What it has to say it appends in frames.
pub(super) trait Speaker {
    /// Says who one is and what one follows.
    fn greet(&mut self, out: &mut Vec<u8>);

    /// Understands one message.
    fn hear(&mut self, message: &[u8], out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()>;

    /// Sends a message to a room.
    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>);
}

/// Who a connection is, what it follows, and where it writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity<'a> {
    pub(super) number: usize,
    pub(super) follows: &'a [&'a str],
    /// Servers whose paths say what one does need to know it when one comes.
    pub(super) writes: &'a str,
}

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Centrifuge's client protocol with Chinwag's calls.
    Chinwag,
    /// Centrifuge's client protocol and nothing else.
    Centrifuge,
    /// Messages as they are, rooms in the path, to which lines of so many bytes are sent: the bare limit.
    Line { bytes: usize },
    /// MQTT 3.1.1, quality of service 0.
    Mqtt,
    /// NATS's own.
    Nats,
    /// Messages as they are, channels in the path.
    Nchan,
    /// Socket.IO 4.
    SocketIo,
}

impl Dialect {
    pub(super) fn path(self, who: Identity<'_>) -> String {
        match self {
            Self::Chinwag | Self::Centrifuge => "/connection/websocket".to_owned(),
            Self::Line { .. } => line::path(who),
            Self::Mqtt => "/mqtt".to_owned(),
            Self::Nats => "/".to_owned(),
            Self::Nchan => nchan::path(who),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
        }
    }

    /// Whether the server says when one may begin.
    pub(super) fn grants(self) -> bool {
        !matches!(self, Self::Line { .. } | Self::Nchan)
    }

    pub(super) fn subprotocol(self) -> Option<&'static str> {
        (self == Self::Mqtt).then_some("mqtt")
    }

    pub(super) fn speaker(self, who: Identity<'_>) -> Result<Box<dyn Speaker>> {
        Ok(match self {
            Self::Chinwag => Box::new(Chinwag::new(&token::token(who.number)?, who.follows)),
            Self::Centrifuge => {
                Box::new(centrifuge::Centrifuge::new(&token::token(who.number)?, who.follows))
            }
            Self::Line { bytes } => Box::new(line::Line { bytes }),
            Self::Mqtt => Box::new(mqtt::Mqtt::new(who.number, who.follows)),
            Self::Nats => Box::new(nats::Nats::new(who.follows)),
            Self::Nchan => Box::new(nchan::Nchan { follows: !who.follows.is_empty() }),
            Self::SocketIo => Box::new(socket_io::SocketIo::new(token::token(who.number)?, who.follows)),
        })
    }
}
