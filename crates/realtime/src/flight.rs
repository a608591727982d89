//! One read at a time for each key: who comes while it is under way waits for it and shares what comes of it.

use std::hash::Hash;

use chinwag_chat::StoreError;
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::sync::watch;

type Shared<V> = Option<Result<V, StoreError>>;

/// The reads that are under way.
#[derive(Debug)]
pub(crate) struct Flights<K, V>(Mutex<HashMap<K, watch::Receiver<Shared<V>>>>);

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// What somebody is to a read.
enum Seat<V> {
    Leads(watch::Sender<Shared<V>>),
    Waits(watch::Receiver<Shared<V>>),
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
                Seat::Leads(done) => {
                    let free_key = FreeKey { flights: self, key };
                    let result = read.await;
                    // Before the others hear of it: whoever asks from now on may want something newer.
                    drop(free_key);
                    done.send_replace(Some(result.clone()));
                    return result.map(|value| Landed { value, led: true });
                }
                Seat::Waits(mut result) => {
                    if let Ok(result) = result.wait_for(Option::is_some).await
                        && let Some(result) = &*result
                    {
                        return result.clone().map(|value| Landed { value, led: false });
                    }
                }
            }
        }
    }

    fn seat(&self, key: &K) -> Seat<V> {
        let mut flights = self.0.lock();
        if let Some(result) = flights.get(key) {
            return Seat::Waits(result.clone());
        }
        let (done, result) = watch::channel(None);
        flights.insert(key.clone(), result);
        Seat::Leads(done)
    }
}

/// Lets the next read of the key begin once this one has ended, however it did.
struct FreeKey<'a, K: Hash + Eq, V> {
    flights: &'a Flights<K, V>,
    key: &'a K,
}

impl<K: Hash + Eq, V> Drop for FreeKey<'_, K, V> {
    fn drop(&mut self) {
        self.flights.0.lock().remove(self.key);
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
