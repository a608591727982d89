//! The pump of the HTTP fallbacks: one response that never ends, with [`emulation`](super::emulation) as the way up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use chinwag_protocol::{DisconnectCode, Framing, Push, Reply, encode_reply};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Realtime;
use super::driver::Driver;

/// How many pieces of the response wait for the HTTP layer; more stays where it is coalesced.
const WAITING_PIECES: usize = 2;

/// Starts a connection with its first frame of commands; returns the response's body.
pub(super) fn start(node: &Arc<Realtime>, driver: Driver, framing: Framing, first_frame: Bytes) -> Body {
    let (pieces, mut response) = mpsc::channel(WAITING_PIECES);
    let commands = node.emulated.open(driver.session());
    let write_timeout = node.settings.write_timeout;
    let pump = Pump { node: node.clone(), driver, framing, pieces, write_timeout };
    node.tasks.spawn(pump.run(first_frame, commands));
    Body::from_stream(futures_util::stream::poll_fn(move |context| {
        response.poll_recv(context).map(|piece| piece.map(Ok::<Bytes, Infallible>))
    }))
}

struct Pump {
    node: Arc<Realtime>,
    driver: Driver,
    framing: Framing,
    pieces: mpsc::Sender<Bytes>,
    write_timeout: Duration,
}

impl Pump {
    async fn run(mut self, first_frame: Bytes, mut commands: mpsc::Receiver<Bytes>) {
        let preamble = Bytes::from_static(self.framing.preamble());
        if !preamble.is_empty() && !self.write(preamble).await {
            return;
        }
        self.driver.receive(&first_frame);
        loop {
            self.driver.advance();
            if !self.flush().await {
                return;
            }
            if let Some(code) = self.driver.closing() {
                self.end(code).await;
                return;
            }
            if self.driver.may_go_on() {
                continue;
            }
            self.driver.catch_up();
            // Each arm is cancel-safe; the channels and the driver's events say so themselves.
            tokio::select! {
                Some(frame) = commands.recv(), if !self.driver.is_busy() => self.driver.receive(&frame),
                () = self.driver.event() => {}
                () = self.pieces.closed() => return,
            }
        }
    }

    /// Hands on what is ready; false if nobody takes it.
    async fn flush(&mut self) -> bool {
        let messages: Vec<Bytes> = self.driver.take().into();
        if messages.is_empty() {
            return true;
        }
        let piece = self.framing.frame(self.driver.encoding(), &messages);
        self.write(piece).await
    }

    /// The transport has no close frame: a push says why it ends.
    async fn end(&mut self, code: DisconnectCode) {
        if self.flush().await {
            let last = encode_reply(self.driver.encoding(), &Reply::push(Push::disconnect(code)));
            let piece = self.framing.frame(self.driver.encoding(), &[last]);
            self.write(piece).await;
        }
    }

    async fn write(&mut self, piece: Bytes) -> bool {
        matches!(timeout(self.write_timeout, self.pieces.send(piece)).await, Ok(Ok(())))
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.node.emulated.close(self.driver.session());
    }
}
