//! What can be wrong with a client's bytes, and the close code that each fault earns.

use crate::close::CloseCode;

/// A client broke the framing. Always the client's fault and never retryable: send
/// [`DecodeError::close_code`] and end the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A reserved bit is set, though no extension was negotiated.
    #[error("reserved bit is set")]
    ReservedBit,
    /// An opcode that RFC 6455 reserves.
    #[error("reserved opcode {0}")]
    ReservedOpcode(u8),
    /// Clients must mask what they send.
    #[error("frame is not masked")]
    NotMasked,
    /// A length that would fit in a shorter form, or has its top bit set.
    #[error("malformed length")]
    MalformedLength,
    /// A control frame in fragments.
    #[error("control frame is fragmented")]
    FragmentedControl,
    /// A control frame of more than 125 bytes.
    #[error("control frame is too long")]
    LongControl,
    /// A continuation of nothing.
    #[error("continuation without a message")]
    StrayContinuation,
    /// A new message before the last one ended.
    #[error("new message inside a fragmented one")]
    Interleaved,
    /// A close frame of one byte, or with a code that must not travel.
    #[error("malformed close frame")]
    MalformedClose,
    /// Text, or a close reason, that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// A message over the limit, all fragments together, or a frame over its own.
    #[error("message is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The decoder's limit.
        limit_bytes: usize,
    },
}

impl DecodeError {
    /// The code for the close frame: 1007 for bad text, 1009 for size, else 1002.
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::NotUtf8 => CloseCode::INVALID_DATA,
            Self::TooLarge { .. } => CloseCode::TOO_LARGE,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
