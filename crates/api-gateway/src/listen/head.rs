//! The first request of a socket as it was written. HTTP takes no notice of upper and lower case in the names of headers, but
//! functions look for them as their clients write them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::MAX_HEADER_BYTES;

/// The bytes of a request's head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head(Arc<Mutex<Vec<u8>>>);

impl Head {
    /// How a header's name was written; nothing where that is not known.
    pub(crate) fn written(&self, name: &str) -> Option<String> {
        let head = self.0.lock();
        let names = head
            .split(|byte| *byte == b'\n')
            .skip(1)
            .filter_map(|line| line.split(|byte| *byte == b':').next());
        let mut names = names.filter_map(|written| std::str::from_utf8(written).ok());
        names.find(|written| written.eq_ignore_ascii_case(name)).map(str::to_owned)
    }

    /// Keeps no more of it: a socket may live for hours.
    pub(crate) fn forget(&self) {
        *self.0.lock() = Vec::new();
    }

    /// Takes more of it. Whether that was all.
    fn record(&self, more: &[u8]) -> bool {
        let mut head = self.0.lock();
        // The end may be cut by reads.
        let from = head.len().saturating_sub(3);
        let room = MAX_HEADER_BYTES.saturating_sub(head.len());
        head.extend(more.iter().take(room));
        let end = head.get(from..).unwrap_or_default().windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            head.truncate(from + end);
            head.shrink_to_fit();
        }
        end.is_some() || head.len() >= MAX_HEADER_BYTES
    }
}

/// A socket whose first request is kept.
#[derive(Debug)]
pub(super) struct Recorded<S> {
    inner: S,
    head: Option<Head>,
}

impl<S> Recorded<S> {
    pub(super) fn new(inner: S, head: Head) -> Self {
        Self { inner, head: Some(head) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.head.take_if(|head| head.record(buffer.filled().get(before..).unwrap_or_default()));
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_they_were_written_however_the_head_comes_in() {
        let request = b"GET /prod HTTP/1.1\r\nHost: x\r\nx-LOWER: 1\r\n\r\nX-After: 2\r\n";
        for size in [1, 2, 3, 5, 1000] {
            let head = Head::default();
            let took = request.chunks(size).position(|part| head.record(part));
            assert!(took.is_some());
            assert_eq!(head.written("x-lower").as_deref(), Some("x-LOWER"));
            assert_eq!(head.written("host").as_deref(), Some("Host"));
            assert_eq!(head.written("x-after"), None);
            head.forget();
            assert_eq!(head.written("host"), None);
        }
    }

    #[test]
    fn no_more_is_kept_than_a_head_may_be_long() {
        let head = Head::default();
        assert!(head.record(&vec![b'x'; MAX_HEADER_BYTES + 5]));
        assert_eq!(head.0.lock().len(), MAX_HEADER_BYTES);
    }
}
