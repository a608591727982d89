//! Bytes that wait to be written, in order.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

use crate::Outlet;

/// The most pieces handed to one system call.
const AT_ONCE: usize = 64;

/// Pieces that wait. Mostly there is none, or one that is gone in a moment: neither needs a list, which would be an
/// allocation for each delivery.
#[derive(Debug, Default)]
pub struct Pieces(Waiting);

#[derive(Debug)]
enum Waiting {
    AtMostOne(Option<Bytes>),
    Several(VecDeque<Bytes>),
}

impl Default for Waiting {
    fn default() -> Self {
        Self::AtMostOne(None)
    }
}

impl Pieces {
    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Waiting::AtMostOne(one) => one.is_none(),
            Waiting::Several(several) => several.is_empty(),
        }
    }

    /// Puts a piece behind the others.
    pub fn push(&mut self, piece: Bytes) {
        match &mut self.0 {
            Waiting::AtMostOne(one @ None) => *one = Some(piece),
            Waiting::AtMostOne(one) => {
                self.0 = Waiting::Several(one.take().into_iter().chain([piece]).collect());
            }
            Waiting::Several(several) => several.push_back(piece),
        }
    }

    /// Takes all of them.
    #[must_use]
    pub fn take(&mut self) -> VecDeque<Bytes> {
        match std::mem::take(&mut self.0) {
            Waiting::AtMostOne(one) => one.into_iter().collect(),
            Waiting::Several(several) => several,
        }
    }

    /// Writes pieces until none is left or the outlet takes no more. Says how many bytes it took; they are off the
    /// pieces. Leaves no list behind where nothing waits: an idle connection keeps none.
    ///
    /// # Errors
    /// The outlet's, if it will never take anything again.
    pub fn write(&mut self, outlet: &dyn Outlet) -> io::Result<usize> {
        let mut taken = 0;
        while !self.is_empty() {
            let result = match &self.0 {
                Waiting::AtMostOne(one) => {
                    outlet.try_write(&[IoSlice::new(one.as_deref().unwrap_or_default())])
                }
                Waiting::Several(several) => {
                    let mut slices = [IoSlice::new(&[]); AT_ONCE];
                    let mut count = 0;
                    for (slice, piece) in slices.iter_mut().zip(several) {
                        *slice = IoSlice::new(piece);
                        count += 1;
                    }
                    outlet.try_write(slices.get(..count).unwrap_or_default())
                }
            };
            match result {
                Ok(bytes) => {
                    taken += bytes;
                    self.take_off(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    fn take_off(&mut self, mut bytes: usize) {
        while let Some(first) = self.first_mut() {
            if bytes < first.len() {
                first.advance(bytes);
                return;
            }
            bytes -= first.len();
            self.drop_first();
        }
    }

    fn first_mut(&mut self) -> Option<&mut Bytes> {
        match &mut self.0 {
            Waiting::AtMostOne(one) => one.as_mut(),
            Waiting::Several(several) => several.front_mut(),
        }
    }

    fn drop_first(&mut self) {
        if let Waiting::Several(several) = &mut self.0 {
            several.pop_front();
            if !several.is_empty() {
                return;
            }
        }
        self.0 = Waiting::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_put_in_comes_out_in_order_and_leaves_no_list() {
        for count in 0..5_u8 {
            let mut pieces = Pieces::default();
            (0..count).for_each(|n| pieces.push(Bytes::from(vec![n, n])));
            for n in 0..count {
                pieces.take_off(1);
                assert_eq!(pieces.first_mut().unwrap(), &[n][..]);
                pieces.take_off(1);
            }
            assert!(pieces.is_empty() && pieces.first_mut().is_none());
            assert!(matches!(pieces.0, Waiting::AtMostOne(None)));
            (0..count).for_each(|n| pieces.push(Bytes::from(vec![n])));
            assert!(pieces.take().iter().flatten().copied().eq(0..count));
            assert!(pieces.is_empty());
        }
    }
}
