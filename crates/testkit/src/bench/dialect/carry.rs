//! Protocols whose messages do not end where a WebSocket message ends.

use anyhow::Result;

/// Holds bytes only while something is unfinished.
#[derive(Debug, Default)]
pub(super) struct Carry(Vec<u8>);

impl Carry {
    /// Hands the bytes over until `take` says that what is there is not complete; `take` tells how many it has used.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<Option<usize>>,
    ) -> Result<()> {
        let mut take_all = |bytes: &[u8]| {
            let mut used = 0;
            while used < bytes.len()
                && let Some(count) = take(&bytes[used..])?
            {
                used += count;
            }
            anyhow::Ok(used)
        };
        if self.0.is_empty() {
            let used = take_all(bytes)?;
            self.0.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        self.0.extend_from_slice(bytes);
        let used = take_all(&self.0)?;
        if used == self.0.len() {
            self.0 = Vec::new();
        } else {
            self.0.drain(..used);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_waits_for_the_rest() {
        let (mut carry, mut seen) = (Carry::default(), Vec::new());
        for part in [&b"ab;c"[..], b"d", b"e;f;", b";"] {
            carry
                .feed(part, |bytes| {
                    let end = bytes.iter().position(|byte| *byte == b';');
                    seen.extend(end.map(|end| String::from_utf8_lossy(&bytes[..end]).into_owned()));
                    Ok(end.map(|end| end + 1))
                })
                .unwrap();
        }
        assert_eq!(seen, ["ab", "cde", "f", ""]);
        assert_eq!(carry.0.capacity(), 0);
    }
}
