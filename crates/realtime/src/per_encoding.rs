//! What is encoded only where somebody is there who speaks so.

use bytes::Bytes;
use chinwag_protocol::Encoding;

/// Bytes that are made at most once for each encoding.
#[derive(Default)]
pub(crate) struct PerEncoding {
    json: Option<Bytes>,
    protobuf: Option<Bytes>,
}

impl PerEncoding {
    /// What was made for this encoding; makes it where nothing was.
    pub(crate) fn get(&mut self, encoding: Encoding, make: impl FnOnce() -> Bytes) -> Bytes {
        let encoded = match encoding {
            Encoding::Json => &mut self.json,
            Encoding::Protobuf => &mut self.protobuf,
        };
        encoded.get_or_insert_with(make).clone()
    }
}
