//! Tells a write-ahead log that was cut off by a crash from one that was damaged afterwards.
//!
//! SQLite reads a log up to the first frame whose checksum is wrong and forgets the rest without a word. After a power
//! cut that is right: the rest was never acknowledged. But every commit is synced before the next one begins, so a bad
//! frame that has a commit *and another frame* after it was whole once, and with it acknowledged messages would
//! vanish, to the readers' confusion under the old epoch.
//!
//! The format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// The number of the first bad frame, counted from 1, if commits came after it; 0 for the log's header.
pub(crate) fn damaged_frame(log: &Path) -> io::Result<Option<u64>> {
    let mut log = BufReader::with_capacity(1 << 16, File::open(log)?);
    let mut header = [0; HEADER_BYTES];
    if !filled(&mut log, &mut header)? {
        return Ok(None);
    }
    let Some((mut sum, page_bytes)) = read_header(&header) else {
        // Space that was given to the file before anything was written is no header, and no damage either.
        return Ok(header.iter().any(|byte| *byte != 0).then_some(0));
    };
    let salts = &header[16..24];
    let mut frame = vec![0; FRAME_HEADER_BYTES + page_bytes];
    let mut first_bad = None;
    let mut commit_after_bad = false;
    let mut number = 0;
    while filled(&mut log, &mut frame)? {
        number += 1;
        // A frame with other salts is left from before the log last started over.
        let current = frame[8..16] == *salts;
        if commit_after_bad && current {
            return Ok(first_bad);
        }
        if first_bad.is_none() {
            sum = sum.add(&frame[..8]).add(&frame[FRAME_HEADER_BYTES..]);
            if !current || sum.bytes() != frame[16..24] {
                first_bad = Some(number);
            }
        }
        let is_commit = frame[4..8] != [0; 4];
        commit_after_bad |= first_bad.is_some() && current && is_commit;
    }
    Ok(None)
}

/// The checksum so far and the size of pages; nothing where this is no header.
fn read_header(header: &[u8; HEADER_BYTES]) -> Option<(Sum, usize)> {
    let little_endian = match word(header, 0) {
        0x377f_0682 => true,
        0x377f_0683 => false,
        _ => return None,
    };
    let sum = Sum { little_endian, words: (0, 0) }.add(&header[..24]);
    let page_bytes = word(header, 8);
    let valid = sum.bytes() == header[24..32] && page_bytes.is_power_of_two() && page_bytes <= 65536;
    valid.then_some((sum, page_bytes as usize))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// The log's running checksum: over words of the byte order that the header names, kept in big-endian.
#[derive(Clone, Copy)]
struct Sum {
    little_endian: bool,
    words: (u32, u32),
}

impl Sum {
    fn add(mut self, bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks::<4>();
        let read = |bytes: [u8; 4]| {
            if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
        };
        let (mut one, mut two) = self.words;
        let (pairs, _) = words.as_chunks::<2>();
        for [first, second] in pairs {
            one = one.wrapping_add(read(*first)).wrapping_add(two);
            two = two.wrapping_add(read(*second)).wrapping_add(one);
        }
        self.words = (one, two);
        self
    }

    fn bytes(self) -> [u8; 8] {
        (u64::from(self.words.0) << 32 | u64::from(self.words.1)).to_be_bytes()
    }
}

/// Fills the buffer; false where the file ends before.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
