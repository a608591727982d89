//! The header of a client's frame: how long it is, and whether it is allowed at all.

use crate::error::DecodeError;

/// The longest header: two bytes, a 64-bit length and the mask.
pub(crate) const MAX_HEADER_BYTES: usize = 14;
/// The longest payload of a ping, pong or close frame.
pub const MAX_CONTROL_BYTES: usize = 125;

const FIN: u8 = 0x80;
const RESERVED_BITS: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;
const LENGTH_IN_2_BYTES: u8 = 126;
const LENGTH_IN_8_BYTES: u8 = 127;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn parse(bits: u8) -> Result<Self, DecodeError> {
        Ok(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return Err(DecodeError::ReservedOpcode(bits)),
        })
    }

    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    pub(crate) payload_bytes: u64,
    pub(crate) mask: [u8; 4],
}

/// How many bytes the header has, as far as its first bytes tell. They are checked as soon as they are there,
/// so that a peer that does not speak WebSocket is refused after two bytes.
pub(crate) fn header_bytes(start: &[u8]) -> Result<usize, DecodeError> {
    let [first, second, ..] = *start else { return Ok(2) };
    if first & RESERVED_BITS != 0 {
        return Err(DecodeError::ReservedBit);
    }
    let opcode = Opcode::parse(first & OPCODE)?;
    if second & MASKED == 0 {
        return Err(DecodeError::NotMasked);
    }
    let length = second & LENGTH;
    if opcode.is_control() {
        if first & FIN == 0 {
            return Err(DecodeError::FragmentedControl);
        }
        if usize::from(length) > MAX_CONTROL_BYTES {
            return Err(DecodeError::LongControl);
        }
    }
    Ok(match length {
        LENGTH_IN_2_BYTES => 2 + 2 + 4,
        LENGTH_IN_8_BYTES => 2 + 8 + 4,
        _ => 2 + 4,
    })
}

/// Reads a header of exactly [`header_bytes`] bytes.
pub(crate) fn parse(header: &[u8]) -> Result<Header, DecodeError> {
    let (payload_bytes, mask) = match *header {
        [_, _, m0, m1, m2, m3] => (u64::from(header[1] & LENGTH), [m0, m1, m2, m3]),
        [_, _, l0, l1, m0, m1, m2, m3] => {
            let length = u16::from_be_bytes([l0, l1]);
            if length <= MAX_CONTROL_BYTES as u16 {
                return Err(DecodeError::MalformedLength);
            }
            (u64::from(length), [m0, m1, m2, m3])
        }
        [_, _, l0, l1, l2, l3, l4, l5, l6, l7, m0, m1, m2, m3] => {
            let length = u64::from_be_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
            if length <= u64::from(u16::MAX) || length > i64::MAX as u64 {
                return Err(DecodeError::MalformedLength);
            }
            (length, [m0, m1, m2, m3])
        }
        _ => return Err(DecodeError::MalformedLength),
    };
    let opcode = Opcode::parse(header[0] & OPCODE)?;
    Ok(Header { fin: header[0] & FIN != 0, opcode, payload_bytes, mask })
}
