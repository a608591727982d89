//! What is encoded only where somebody is there who speaks so.

use bytes::Bytes;
use chinwag_protocol::Encoding;

/// Bytes that are made at most once for each encoding.
pub(super) struct PerEncoding<F> {
    encode: F,
    json: Option<Bytes>,
    protobuf: Option<Bytes>,
}

impl<F: Fn(Encoding) -> Bytes> PerEncoding<F> {
    pub(super) fn new(encode: F) -> Self {
        Self { encode, json: None, protobuf: None }
    }

    pub(super) fn get(&mut self, encoding: Encoding) -> Bytes {
        let encoded = match encoding {
            Encoding::Json => &mut self.json,
            Encoding::Protobuf => &mut self.protobuf,
        };
        encoded.get_or_insert_with(|| (self.encode)(encoding)).clone()
    }
}
