//! From bytes to events, incrementally.
//!
//! The caller reads from the socket into a scratch buffer and hands that in. What arrives whole is unmasked
//! in place and borrowed; only what is unfinished at the end of the buffer is copied, and freed when it is
//! finished.

use std::borrow::Cow;
use std::mem;

use crate::close::CloseCode;
use crate::error::DecodeError;
use crate::event::Event;
use crate::header::{self, Header, MAX_HEADER_BYTES, Opcode};
use crate::mask::unmask;

/// Decodes one client's stream.
#[derive(Debug)]
pub struct Decoder {
    max_message_bytes: usize,
    /// A frame of a message may have a lower limit than the message.
    max_frame_bytes: u32,
    state: State,
    /// The unfinished data message. Grows with what arrives, not with what a header promises.
    message: Vec<u8>,
    /// Whether the message that fragments continue is text or binary; none between messages.
    fragmented: Option<Opcode>,
    /// The unfinished control frame, which may come between the fragments of a message.
    control: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Header {
        bytes: [u8; MAX_HEADER_BYTES],
        filled: usize,
    },
    Payload {
        header: Header,
        received: usize,
        total: usize,
    },
    /// After a close frame or an error nothing else counts.
    Ended,
}

impl State {
    const BETWEEN_FRAMES: Self = Self::Header { bytes: [0; MAX_HEADER_BYTES], filled: 0 };
}

impl Decoder {
    /// A decoder that refuses messages of more than `max_message_bytes`, all fragments together.
    pub fn new(max_message_bytes: usize) -> Self {
        Self {
            max_message_bytes,
            max_frame_bytes: u32::MAX,
            state: State::BETWEEN_FRAMES,
            message: Vec::new(),
            fragmented: None,
            control: Vec::new(),
        }
    }

    /// The same decoder, which also refuses single frames of more than `max_frame_bytes`.
    #[must_use]
    pub fn with_max_frame_bytes(self, max_frame_bytes: usize) -> Self {
        Self { max_frame_bytes: u32::try_from(max_frame_bytes).unwrap_or(u32::MAX), ..self }
    }

    /// The next event in `input`, which moves past what was read. `None` means that all of it was read and
    /// more is needed; then the scratch buffer is free again. After an error or a close frame, input is
    /// discarded.
    ///
    /// ```
    /// # use chinwag_websocket::{Decoder, Event};
    /// let mut decoder = Decoder::new(65_536);
    /// let mut scratch = *b"\x81\x82\x00\x00\x00\x00hi";
    /// let mut input = &mut scratch[..];
    /// while let Some(event) = decoder.decode(&mut input)? {
    ///     assert_eq!(event, Event::Text("hi".into()));
    /// }
    /// # Ok::<(), chinwag_websocket::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// The client broke the framing: close with [`DecodeError::close_code`].
    pub fn decode<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Event<'a>>, DecodeError> {
        let result = self.advance(input);
        if matches!(result, Err(_) | Ok(Some(Event::Close { .. }))) {
            *self = Self { state: State::Ended, ..Self::new(self.max_message_bytes) };
        }
        result
    }

    /// How many bytes of heap the decoder holds: 0 unless a message or frame is unfinished.
    pub fn retained_bytes(&self) -> usize {
        self.message.capacity() + self.control.capacity()
    }

    /// Whether a close frame or an error ended the stream.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn advance<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Event<'a>>, DecodeError> {
        loop {
            match &mut self.state {
                State::Ended => {
                    *input = &mut [];
                    return Ok(None);
                }
                State::Header { bytes, filled } => {
                    let Some(header) = fill_header(bytes, filled, input)? else { return Ok(None) };
                    let total = self.admit(&header)?;
                    self.state = State::Payload { header, received: 0, total };
                }
                State::Payload { header, received, total } => {
                    let part = take(input, *total - *received);
                    unmask(part, header.mask, *received);
                    *received += part.len();
                    let (header, finished) = (*header, *received == *total);
                    if !finished {
                        self.keep(header.opcode, part);
                        return Ok(None);
                    }
                    self.state = State::BETWEEN_FRAMES;
                    if let Some(event) = self.finish_frame(header, part)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    /// Whether the frame may come now and its message still fits: the length that was promised, before any of
    /// it is kept.
    fn admit(&self, header: &Header) -> Result<usize, DecodeError> {
        let too_large = DecodeError::TooLarge { limit_bytes: self.max_message_bytes };
        let payload_bytes = usize::try_from(header.payload_bytes).map_err(|_| too_large)?;
        match (header.opcode, self.fragmented) {
            (Opcode::Continuation, None) => return Err(DecodeError::StrayContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(DecodeError::Interleaved),
            _ => {}
        }
        let room = self.max_message_bytes.saturating_sub(self.message.len());
        if !header.opcode.is_control() && payload_bytes > room {
            return Err(too_large);
        }
        let max_frame_bytes = usize::try_from(self.max_frame_bytes).unwrap_or(usize::MAX);
        if payload_bytes > max_frame_bytes {
            return Err(DecodeError::TooLarge { limit_bytes: max_frame_bytes });
        }
        Ok(payload_bytes)
    }

    fn keep(&mut self, opcode: Opcode, part: &[u8]) {
        if part.is_empty() {
            return;
        }
        let (buffer, limit) = if opcode.is_control() {
            (&mut self.control, header::MAX_CONTROL_BYTES)
        } else {
            (&mut self.message, self.max_message_bytes)
        };
        // Doubling as usual, but never past the limit.
        let needed = buffer.len() + part.len();
        if needed > buffer.capacity() {
            let capacity = (buffer.capacity() * 2).min(limit).max(needed);
            buffer.reserve_exact(capacity - buffer.len());
        }
        buffer.extend_from_slice(part);
    }

    fn finish_frame<'a>(&mut self, header: Header, part: &'a [u8]) -> Result<Option<Event<'a>>, DecodeError> {
        let opcode = match header.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => header.opcode,
            Opcode::Text | Opcode::Binary if header.fin => header.opcode,
            Opcode::Text | Opcode::Binary => {
                self.fragmented = Some(header.opcode);
                self.keep(header.opcode, part);
                return Ok(None);
            }
            Opcode::Continuation => match self.fragmented {
                Some(opcode) if header.fin => {
                    self.fragmented = None;
                    opcode
                }
                _ => {
                    self.keep(header.opcode, part);
                    return Ok(None);
                }
            },
        };
        let is_whole = if opcode.is_control() { self.control.is_empty() } else { self.message.is_empty() };
        if is_whole {
            return event(opcode, Cow::Borrowed(part)).map(Some);
        }
        self.keep(opcode, part);
        let buffer = if opcode.is_control() { &mut self.control } else { &mut self.message };
        event(opcode, Cow::Owned(mem::take(buffer))).map(Some)
    }
}

/// Moves bytes of the input into the header until it is complete.
fn fill_header(
    bytes: &mut [u8; MAX_HEADER_BYTES],
    filled: &mut usize,
    input: &mut &mut [u8],
) -> Result<Option<Header>, DecodeError> {
    loop {
        let needed = header::header_bytes(&bytes[..*filled])?;
        if needed == *filled {
            return header::parse(&bytes[..needed]).map(Some);
        }
        let part = take(input, needed - *filled);
        if part.is_empty() {
            return Ok(None);
        }
        bytes[*filled..*filled + part.len()].copy_from_slice(part);
        *filled += part.len();
    }
}

/// Splits at most `count` bytes off the front of the input.
fn take<'a>(input: &mut &'a mut [u8], count: usize) -> &'a mut [u8] {
    let all = mem::take(input);
    let (part, rest) = all.split_at_mut(count.min(all.len()));
    *input = rest;
    part
}

fn event(opcode: Opcode, payload: Cow<'_, [u8]>) -> Result<Event<'_>, DecodeError> {
    Ok(match opcode {
        Opcode::Text => Event::Text(text(payload)?),
        Opcode::Binary | Opcode::Continuation => Event::Binary(payload),
        Opcode::Ping => Event::Ping(payload),
        Opcode::Pong => Event::Pong(payload),
        Opcode::Close => close_event(payload)?,
    })
}

fn close_event(mut payload: Cow<'_, [u8]>) -> Result<Event<'_>, DecodeError> {
    let Some((code, _)) = payload.split_first_chunk::<2>() else {
        let is_empty = payload.is_empty();
        return if is_empty {
            Ok(Event::Close { code: None, reason: Cow::Borrowed("") })
        } else {
            Err(DecodeError::MalformedClose)
        };
    };
    let code = CloseCode::new(u16::from_be_bytes(*code)).ok_or(DecodeError::MalformedClose)?;
    match &mut payload {
        Cow::Borrowed(bytes) => *bytes = &bytes[2..],
        Cow::Owned(bytes) => {
            bytes.drain(..2);
        }
    }
    Ok(Event::Close { code: Some(code), reason: text(payload)? })
}

/// Checked once per message, when it is whole: its size is bounded, and characters may be cut by fragments.
fn text(payload: Cow<'_, [u8]>) -> Result<Cow<'_, str>, DecodeError> {
    match payload {
        Cow::Borrowed(bytes) => simdutf8::basic::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    }
    .ok_or(DecodeError::NotUtf8)
}
