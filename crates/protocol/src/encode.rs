//! From messages to bytes. A message is encoded once and its bytes are shared by all connections that get it.
//!
//! A JSON message comes without a delimiter, a Protobuf message with its length in front: that is what
//! [`join`] and [`Framing`](crate::Framing) expect.

use bytes::Bytes;
use serde::Serialize;

use crate::command::Command;
use crate::encoding::Encoding;
use crate::publication::Publication;
use crate::push::Push;
use crate::reply::Reply;

/// Encodes one reply or push.
pub fn encode_reply(encoding: Encoding, reply: &Reply) -> Bytes {
    encode(encoding, reply)
}

/// Encodes one command, for clients: tests, the load generator.
pub fn encode_command(encoding: Encoding, command: &Command) -> Bytes {
    encode(encoding, command)
}

/// Encodes a publication as the push that every subscriber of the channel gets.
pub fn encode_publication(encoding: Encoding, channel: &str, publication: Publication) -> Bytes {
    encode(encoding, &Reply::push(Push::publication(channel, publication)))
}

/// The server's ping, the empty reply. As an empty command it is also the client's pong.
pub fn ping(encoding: Encoding) -> Bytes {
    Bytes::from_static(match encoding {
        Encoding::Json => b"{}",
        Encoding::Protobuf => b"\0",
    })
}

/// Makes one frame of several messages. A single message is shared, not copied.
pub fn join(encoding: Encoding, messages: &[Bytes]) -> Bytes {
    if let [message] = messages {
        return message.clone();
    }
    match encoding {
        Encoding::Json => messages.join(&b'\n').into(),
        Encoding::Protobuf => messages.concat().into(),
    }
}

fn encode<T: Serialize + prost::Message>(encoding: Encoding, message: &T) -> Bytes {
    match encoding {
        // Writing to memory cannot fail, and neither can our types: keys are strings, bad payloads become
        // null.
        Encoding::Json => serde_json::to_vec(message).unwrap_or_default().into(),
        Encoding::Protobuf => message.encode_length_delimited_to_vec().into(),
    }
}
