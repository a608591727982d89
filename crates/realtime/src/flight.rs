//! One read at a time for each key: who comes while it is under way waits for it and shares what comes of it.

use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;

use chinwag_chat::StoreError;
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The reads that are under way.
#[derive(Debug)]
pub(crate) struct Flights<K, V>(Mutex<HashMap<K, Arc<Flight<V>>>>);

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A read that somebody does and others wait for. Who waits is woken in the order of coming, which a channel that is
/// watched would not do.
#[derive(Debug)]
struct Flight<V> {
    state: Mutex<State<V>>,
    over: Notify,
}

#[derive(Debug)]
enum State<V> {
    UnderWay,
    Landed(Result<V, StoreError>),
    /// Whoever read went away.
    GivenUp,
}

impl<V: Clone> Flight<V> {
    fn begin() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::UnderWay), over: Notify::new() })
    }

    /// Waits for what comes of it; nothing where it was given up. Cancel-safe.
    async fn landing(&self) -> Option<Result<V, StoreError>> {
        let mut over = pin!(self.over.notified());
        loop {
            // From here on no news is missed.
            over.as_mut().enable();
            match &*self.state.lock() {
                State::UnderWay => {}
                State::Landed(result) => return Some(result.clone()),
                State::GivenUp => return None,
            }
            over.as_mut().await;
            over.set(self.over.notified());
        }
    }
}

/// What somebody is to a read.
enum Seat<V> {
    Leads(Arc<Flight<V>>),
    Waits(Arc<Flight<V>>),
}

/// What came of a read.
#[derive(Debug)]
pub(crate) struct Landed<V> {
    pub(crate) value: V,
    /// Whether it was one's own read, which began after one asked.
    pub(crate) led: bool,
}

impl<K: Hash + Eq + Clone, V: Clone> Flights<K, V> {
    /// Does the read, or waits for the one that is under way. Cancel-safe: should whoever reads go away, one of those
    /// who wait reads in their place.
    pub(crate) async fn run(
        &self,
        key: &K,
        read: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<Landed<V>, StoreError> {
        loop {
            match self.seat(key) {
                Seat::Leads(flight) => {
                    let lead = Lead { flights: self, key, flight: &flight };
                    let result = read.await;
                    *flight.state.lock() = State::Landed(result.clone());
                    drop(lead);
                    return result.map(|value| Landed { value, led: true });
                }
                Seat::Waits(flight) => {
                    if let Some(result) = flight.landing().await {
                        return result.map(|value| Landed { value, led: false });
                    }
                }
            }
        }
    }

    fn seat(&self, key: &K) -> Seat<V> {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(key) {
            return Seat::Waits(flight.clone());
        }
        let flight = Flight::begin();
        flights.insert(key.clone(), flight.clone());
        Seat::Leads(flight)
    }
}

/// Lets the next read of the key begin once this one has ended, however it did, and then tells those who wait: whoever
/// asks from now on may want something newer.
struct Lead<'a, K: Hash + Eq, V> {
    flights: &'a Flights<K, V>,
    key: &'a K,
    flight: &'a Flight<V>,
}

impl<K: Hash + Eq, V> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        self.flights.0.lock().remove(self.key);
        let mut state = self.flight.state.lock();
        if matches!(*state, State::UnderWay) {
            *state = State::GivenUp;
        }
        drop(state);
        self.flight.over.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[derive(Default)]
    struct Slow {
        flights: Flights<u8, u32>,
        reads: AtomicU32,
        gate: Notify,
    }

    impl Slow {
        async fn read(&self) -> Result<u32, StoreError> {
            let read = async {
                let number = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
                self.gate.notified().await;
                Ok(number)
            };
            self.flights.run(&1, read).await.map(|landed| landed.value)
        }
    }

    #[tokio::test]
    async fn those_who_come_meanwhile_share_one_read() {
        let slow = Arc::new(Slow::default());
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let slow = slow.clone();
                tokio::spawn(async move { slow.read().await })
            })
            .collect();
        tokio::task::yield_now().await;
        slow.gate.notify_one();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), 1);
        }
        slow.gate.notify_one();
        assert_eq!(slow.read().await.unwrap(), 2, "what has ended is not shared any more");
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_leaves_nobody_waiting() {
        let slow = Arc::new(Slow::default());
        let spawn = || {
            let slow = slow.clone();
            tokio::spawn(async move { slow.read().await })
        };
        let (first, second) = (spawn(), spawn());
        tokio::task::yield_now().await;
        first.abort();
        assert!(first.await.is_err());
        slow.gate.notify_one();
        assert_eq!(second.await.unwrap().unwrap(), 2);
    }
}
