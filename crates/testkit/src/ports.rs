//! Where what a test starts may listen.
//!
//! Between the choice of a port and the server that binds it, another test process could choose the same one. So ports
//! come in blocks, and a block belongs to the process that listens on its first port: until that process ends, the kernel
//! gives it to nobody else.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use parking_lot::Mutex;

/// From where ports are taken. Those that a system takes for connections to others begin above, so that none is taken away
/// before the server has it.
const PORTS: Range<u16> = 11_000..32_000;
/// How many ports a block has, with the one that says whose it is.
const BLOCK: u16 = 250;

/// The block of this process, once it has taken a port.
static OURS: Mutex<Option<Block>> = Mutex::new(None);

/// Ports that no other process takes.
struct Block {
    /// Nobody connects here; that it is bound is all there is to it.
    held: TcpListener,
    first: u16,
    /// How many ports have been given out.
    given: u16,
}

impl Block {
    /// Takes a block that nobody has. Processes at the same time begin at different places.
    fn take(begin: u32) -> Result<Self> {
        let blocks = (PORTS.end - PORTS.start) / BLOCK;
        let begin = u16::try_from(begin % u32::from(blocks))?;
        for step in 0..blocks {
            let first = PORTS.start + (begin + step) % blocks * BLOCK;
            if let Ok(held) = bind(first) {
                return Ok(Self { held, first, given: 0 });
            }
        }
        bail!("all ports are taken: too many tests run at the same time")
    }

    /// The next port where nobody listens; when all have been given out, the one that was given out first.
    fn next(&mut self) -> Result<SocketAddr> {
        for _ in 1..BLOCK {
            let port = self.first + 1 + self.given % (BLOCK - 1);
            self.given = self.given.wrapping_add(1);
            if let Ok(listener) = bind(port) {
                return Ok(listener.local_addr()?);
            }
        }
        bail!("all ports from {} on are taken", self.held.local_addr()?)
    }
}

/// An address of this machine where nobody listens, and that no other process of the testkit takes.
///
/// # Errors
/// There is none.
pub fn free_address() -> Result<SocketAddr> {
    let mut ours = OURS.lock();
    match &mut *ours {
        Some(block) => block.next(),
        none => none.insert(Block::take(std::process::id())?).next(),
    }
}

/// That port of this machine, or a free one where it is taken or zero.
///
/// # Errors
/// There is none.
pub fn free_address_at(wanted: u16) -> Result<SocketAddr> {
    if wanted != 0
        && let Ok(listener) = bind(wanted)
    {
        return listener.local_addr().context("a listener without an address");
    }
    free_address()
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Two test processes once chose the same port, since each had let go of it before its server listened.
    #[test]
    fn who_comes_at_the_same_time_and_begins_at_the_same_place_gets_other_ports() {
        let (mut one, mut two) = (Block::take(7).unwrap(), Block::take(7).unwrap());
        let ports =
            |block: &mut Block| -> BTreeSet<SocketAddr> { (0..100).map(|_| block.next().unwrap()).collect() };
        let (one, two) = (ports(&mut one), ports(&mut two));
        assert_eq!((one.len(), two.len()), (100, 100));
        assert!(one.is_disjoint(&two));
    }

    #[test]
    fn ports_come_round_again_without_those_that_are_taken() {
        let mut block = Block::take(11).unwrap();
        let first = block.next().unwrap();
        let _server = TcpListener::bind(first).unwrap();
        let round: Vec<SocketAddr> = (1..BLOCK).map(|_| block.next().unwrap()).collect();
        assert!(!round.contains(&first));
        assert!(round.iter().any(|address| address.port() == first.port() + 1));
    }

    #[test]
    fn a_port_that_is_taken_is_replaced() {
        let free = free_address().unwrap();
        assert_eq!(free_address_at(free.port()).unwrap(), free);
        let _server = TcpListener::bind(free).unwrap();
        assert_ne!(free_address_at(free.port()).unwrap(), free);
        assert_ne!(free_address_at(0).unwrap().port(), 0);
    }
}
