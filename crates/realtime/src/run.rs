//! Changes of one channel that are handed on together.

use std::sync::Arc;

use bytes::Bytes;
use chinwag_protocol::Encoding;

use crate::Entry;
use crate::frame::{self, FRAME_BYTES};
use crate::per_encoding::PerEncoding;

/// Changes that follow one another, and the frames that carry them all: one for each encoding, shared by all
/// connections that get them.
pub(crate) struct Run<'a> {
    pub(crate) entries: &'a [Arc<Entry>],
    joined: PerEncoding,
}

impl<'a> Run<'a> {
    fn new(entries: &'a [Arc<Entry>]) -> Self {
        Self { entries, joined: PerEncoding::default() }
    }

    /// The frame of all its changes.
    pub(crate) fn frame(&mut self, encoding: Encoding) -> Bytes {
        let framed = self.entries.iter().map(|entry| entry.framed(encoding));
        self.joined.get(encoding, || frame::joined(encoding, framed))
    }
}

/// Cuts changes into runs: none larger than a frame should be, and each over where somebody leaves by it, since what
/// comes next is not for them.
pub(crate) fn runs(mut entries: &[Arc<Entry>]) -> impl Iterator<Item = Run<'_>> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut length = 0;
        for entry in entries {
            bytes += entry.publication().data.len();
            if length > 0 && bytes > FRAME_BYTES {
                break;
            }
            length += 1;
            if entry.left().is_some() {
                break;
            }
        }
        let (run, rest) = entries.split_at_checked(length).filter(|(run, _)| !run.is_empty())?;
        entries = rest;
        Some(Run::new(run))
    })
}
