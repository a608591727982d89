//! A client that listens to one room, and goes to another node when its own is gone.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chinwag_protocol::{SubscribeRequest, SubscribeResult};
use tokio::time::{sleep, timeout};

use super::ledger::Shared;
use crate::bench::crowd;
use crate::bench::tally::Position;
use crate::client::delivery::Scanner;
use crate::client::{Connection, Target};

/// How long a node may take to let a client in before it tries the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What the first pause before another attempt is at most; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// One client.
pub(super) struct Listener {
    pub(super) number: usize,
    pub(super) room: usize,
    pub(super) channel_room: Rc<str>,
    pub(super) nodes: Rc<[SocketAddr]>,
    pub(super) ledger: Shared,
    /// Up to where it has everything.
    pub(super) offset: Rc<Cell<u64>>,
    epoch: String,
    scanner: Scanner,
}

impl Listener {
    pub(super) fn new(
        number: usize,
        room: usize,
        channel_room: Rc<str>,
        nodes: Rc<[SocketAddr]>,
        ledger: Shared,
        at: &SubscribeResult,
    ) -> Self {
        Self {
            number,
            room,
            channel_room,
            nodes,
            ledger,
            offset: Rc::new(Cell::new(at.offset)),
            epoch: at.epoch.clone(),
            scanner: Scanner::default(),
        }
    }

    /// Listens until it is dropped; what it should not have been given ends the measurement.
    pub(super) async fn listen(self) {
        let (mut node, mut lost) = (self.number % self.nodes.len(), None);
        let mut attempt = 0;
        loop {
            match timeout(CONNECT_TIMEOUT, self.connect(node)).await {
                Ok(Ok(connection)) => {
                    if let Some(kill) = lost {
                        self.ledger.borrow_mut().caught_up(kill);
                    }
                    attempt = 0;
                    if let Err(error) = self.read(connection).await
                        && error.is::<WrongDelivery>()
                    {
                        self.ledger.borrow_mut().fail(error);
                        return;
                    }
                    lost = self.ledger.borrow_mut().lost(node);
                }
                Ok(Err(error)) if error.is::<WrongDelivery>() => {
                    self.ledger.borrow_mut().fail(error);
                    return;
                }
                Ok(Err(_)) | Err(_) => {}
            }
            node = (node + 1) % self.nodes.len();
            sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    /// Spread by the client's number, as a client's own randomness would.
    fn pause(&self, attempt: u32) -> Duration {
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(8)).min(LONGEST_PAUSE);
        let share = u32::try_from((self.number * 7919 + attempt as usize * 104_729) % 1_000).unwrap_or(0);
        longest * share / 1_000
    }

    /// Connects, and takes what it missed.
    async fn connect(&self, node: usize) -> Result<Connection> {
        let subscribe = SubscribeRequest {
            recover: true,
            epoch: self.epoch.clone(),
            offset: self.offset.get(),
            ..crowd::follow(&self.channel_room)
        };
        let mut early = Vec::new();
        let target = Target::chinwag(self.nodes[node]);
        let (connection, signed_in) = crowd::join(target, self.number, Some(subscribe), |line| {
            early.extend(self.scanner.scan(line).map(|delivery| delivery.offset));
            Ok(())
        })
        .await?;
        let subscribed = signed_in.subscribed.context("no position was told")?;
        ensure!(subscribed.recovered, WrongDelivery("the server says that a position is gone".to_owned()));
        for publication in &subscribed.publications {
            self.advance(publication.offset)?;
        }
        for offset in early {
            self.advance(offset)?;
        }
        Ok(connection)
    }

    async fn read(&self, mut connection: Connection) -> Result<()> {
        loop {
            connection
                .read(&mut |line| {
                    let Some(delivery) = self.scanner.scan(line) else {
                        return Ok(());
                    };
                    self.advance(delivery.offset)?;
                    if let Some(sent_at_ns) = delivery.sent_at_ns() {
                        self.ledger.borrow_mut().delivered(self.room, delivery.offset, sent_at_ns);
                    }
                    Ok(())
                })
                .await?;
        }
    }

    fn advance(&self, offset: u64) -> Result<()> {
        let mut position = Position::at(self.offset.get());
        position.advance(offset).map_err(|error| WrongDelivery(error.to_string()))?;
        self.offset.set(position.offset());
        Ok(())
    }
}

/// A hole, a repeat, a step back, or a position that is said to be gone: no fault of the network.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongDelivery(String);
