//! One connection through the proxy: two pumps, and what ends it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::Counts;
use super::rules::{Direction, Rules, until_passing};

/// The most that is read at a time.
const CHUNK_BYTES: usize = 16 * 1024;
/// How many chunks are on their way at most, in each direction; then the sender is told to wait, as TCP does.
const CHUNKS_UNDERWAY: usize = 64;

/// Passes on what comes until both sides have ended, or the connection is cut.
pub(super) async fn pass(
    client: TcpStream,
    upstream: SocketAddr,
    rules: watch::Receiver<Rules>,
    counts: Arc<Counts>,
) {
    let _ended = CountsEnd(counts.clone());
    let Ok(server) = TcpStream::connect(upstream).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut client, mut server) = (client, server);
    let ended_well = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let there = pump(from_client, to_server, Direction::ToServer, rules.clone(), &counts);
        let back = pump(from_server, to_client, Direction::ToClient, rules.clone(), &counts);
        tokio::select! {
            // What was held when the connection is cut goes nowhere, even where others pass again at once.
            biased;
            () = until_cut(rules) => false,
            ended = async { tokio::try_join!(there, back) } => ended.is_ok(),
        }
    };
    if !ended_well {
        // Closing now resets.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

struct CountsEnd(Arc<Counts>);

impl Drop for CountsEnd {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}

async fn until_cut(mut rules: watch::Receiver<Rules>) {
    let cuts = rules.borrow().cuts;
    let _ = rules.wait_for(|rules| rules.cuts != cuts).await;
}

/// Carries bytes one way, each chunk as late as the rules want it, until the sender has no more.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    direction: Direction,
    mut rules: watch::Receiver<Rules>,
    counts: &Counts,
) -> io::Result<()> {
    let (sender, mut underway) = mpsc::channel::<(Instant, Bytes)>(CHUNKS_UNDERWAY);
    let reading = async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = from.read(&mut chunk).await?;
            let bytes = Bytes::copy_from_slice(chunk.get(..length).unwrap_or_default());
            // Dropping the sender tells the other half about the end.
            if bytes.is_empty() || sender.send((Instant::now(), bytes)).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let writing = async {
        while let Some((read_at, bytes)) = underway.recv().await {
            let delay = rules.borrow().delay;
            if !delay.is_zero() {
                sleep_until(read_at + delay).await;
            }
            let Some(now) = until_passing(&mut rules, direction).await else { return Ok(()) };
            write(&mut to, &bytes, now.bytes_per_second).await?;
            counts.passed(direction, bytes.len());
        }
        // The end, too, is held.
        until_passing(&mut rules, direction).await;
        to.shutdown().await
    };
    tokio::try_join!(reading, writing).map(|_| ())
}

/// Writes all of it, in the time that the line takes.
async fn write(to: &mut WriteHalf<'_>, bytes: &[u8], bytes_per_second: Option<u32>) -> io::Result<()> {
    let Some(bytes_per_second) = bytes_per_second else { return to.write_all(bytes).await };
    // A tenth of a second's worth at a time, so that a slow line is slow and not stuttering.
    for piece in bytes.chunks((bytes_per_second as usize / 10).max(1)) {
        sleep(Duration::from_secs_f64(piece.len() as f64 / f64::from(bytes_per_second))).await;
        to.write_all(piece).await?;
    }
    Ok(())
}
