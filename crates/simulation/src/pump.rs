//! Moves frames between a link and the server's own driver, as the pump of a WebSocket does with a socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_protocol::{DisconnectCode, join};
use chinwag_server::realtime::Driver;
use tokio::time::{Instant, sleep_until};

use crate::link::{Arrival, Link};

/// Messages that wait together share a frame up to this many bytes.
const FRAME_BYTES: usize = 4 * 1024;

/// Runs a connection until it ends.
pub(crate) async fn run(link: Arc<Link>, driver: Driver, write_timeout: Duration) {
    let mut pump = Pump { link, driver, frames: VecDeque::new(), stalled_at: None, write_timeout };
    let code = pump.run().await;
    let Pump { link, driver, .. } = pump;
    drop(driver);
    link.down.close(code);
}

struct Pump {
    link: Arc<Link>,
    driver: Driver,
    /// What is on its way out and did not fit into the link.
    frames: VecDeque<Bytes>,
    /// Since when the link has taken nothing although something waits.
    stalled_at: Option<Instant>,
    write_timeout: Duration,
}

impl Pump {
    async fn run(&mut self) -> u16 {
        let link = self.link.clone();
        loop {
            self.driver.advance();
            self.write();
            if let Some(code) = self.driver.closing() {
                self.frame();
                self.frames.drain(..).for_each(|frame| link.down.write(frame));
                return code.code();
            }
            if self.driver.may_go_on() {
                continue;
            }
            if self.frames.is_empty() {
                self.driver.catch_up();
            }
            tokio::select! {
                biased;
                arrival = link.up.read(), if !self.driver.is_busy() => match arrival {
                    Arrival::Frame(frame) => self.driver.receive(&frame),
                    Arrival::Closed(code) => return code,
                    Arrival::Broken => return DisconnectCode::Closed.code(),
                },
                () = link.down.writable(), if !self.frames.is_empty() => {}
                () = self.driver.event() => {}
                () = stall(self.stalled_at, self.write_timeout) => self.driver.close(DisconnectCode::Slow),
            }
        }
    }

    /// Writes what waits until the link takes no more or nothing is left.
    fn write(&mut self) {
        let mut progress = false;
        loop {
            if self.frames.is_empty() {
                self.frame();
            }
            if self.frames.is_empty() || !self.link.down.has_room() {
                break;
            }
            if let Some(frame) = self.frames.pop_front() {
                self.link.down.write(frame);
                progress = true;
            }
        }
        if self.frames.is_empty() {
            self.stalled_at = None;
        } else if progress || self.stalled_at.is_none() {
            self.stalled_at = Some(Instant::now());
            self.driver.still_writing();
        }
    }

    /// Takes what the driver has, and puts it into frames.
    fn frame(&mut self) {
        let encoding = self.driver.encoding();
        let (mut batch, mut bytes) = (vec![], 0);
        for message in self.driver.take() {
            if bytes + message.len() > FRAME_BYTES && !batch.is_empty() {
                self.frames.push_back(join(encoding, &std::mem::take(&mut batch)));
                bytes = 0;
            }
            bytes += message.len();
            batch.push(message);
        }
        if !batch.is_empty() {
            self.frames.push_back(join(encoding, &batch));
        }
    }
}

/// Until the link has taken nothing for too long.
async fn stall(since: Option<Instant>, timeout: Duration) {
    match since {
        Some(since) => sleep_until(since + timeout).await,
        None => std::future::pending().await,
    }
}
