//! What the test wants the network to do.

use std::time::Duration;

use tokio::sync::watch;

/// From whom to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the one who connected to the server.
    ToServer,
    /// From the server to the one who connected.
    ToClient,
}

/// Which direction, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// One of them.
    One(Direction),
    /// Both.
    Both,
}

/// What holds for every connection now.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) refusing: bool,
    /// What goes there stays where it is.
    pub(super) held: Option<Way>,
    pub(super) delay: Duration,
    pub(super) bytes_per_second: Option<u32>,
    /// How often everything was cut. A connection ends when it sees this move.
    pub(super) cuts: u64,
}

impl Rules {
    fn holds(&self, direction: Direction) -> bool {
        match self.held {
            None => false,
            Some(Way::Both) => true,
            Some(Way::One(held)) => held == direction,
        }
    }
}

/// Waits until what goes that way may pass.
pub(super) async fn until_passing(rules: &mut watch::Receiver<Rules>, direction: Direction) -> Option<Rules> {
    rules.wait_for(|rules| !rules.holds(direction)).await.ok().map(|rules| rules.clone())
}
