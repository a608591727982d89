//! Questions that many ask at the same time, put to the server together.
//!
//! When a node dies, its clients come to the others in one moment, and each of them asks for the same things under
//! another key. While a query is under way, those who come meanwhile wait; the next one takes all of them. So the server,
//! whose time is what a storm is short of, plans and answers few queries however many ask, and where nobody else asks
//! nobody waits.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::StoreError;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

/// How many queries of one sort may be under way: one more than is needed to have keys wait, so that the server is not
/// idle while an answer is taken apart.
const UNDER_WAY: usize = 2;
/// The most keys in one query.
const KEYS: usize = 256;
/// The most that may wait; others wait to be let in.
const WAITING: usize = 4_096;

/// What is known of those keys of which anything is.
pub(crate) type Answers<K, V> = Result<Vec<(K, V)>, StoreError>;

/// Reads many keys by one query.
pub(crate) type Read<S, K, V> = for<'a> fn(&'a S, &'a [K]) -> BoxFuture<'a, Answers<K, V>>;

/// One sort of question, put to a source.
pub(crate) struct Together<S, K, V> {
    desk: Arc<Desk<S, K, V>>,
    /// How long an answer may take.
    patience: Duration,
}

struct Desk<S, K, V> {
    source: Arc<S>,
    read: Read<S, K, V>,
    let_in: Semaphore,
    line: Mutex<Line<K, V>>,
}

struct Line<K, V> {
    waiting: VecDeque<Asker<K, V>>,
    under_way: usize,
}

struct Asker<K, V> {
    key: K,
    caller: oneshot::Sender<Result<Option<V>, StoreError>>,
}

impl<S, K, V> Together<S, K, V>
where
    S: Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(source: Arc<S>, patience: Duration, read: Read<S, K, V>) -> Self {
        let line = Mutex::new(Line { waiting: VecDeque::new(), under_way: 0 });
        Self { desk: Arc::new(Desk { source, read, let_in: Semaphore::new(WAITING), line }), patience }
    }

    /// What there is under the key, by a query that begins after this. Who goes away before it does is not asked for.
    pub(crate) async fn ask(&self, key: K) -> Result<Option<V>, StoreError> {
        let answer = tokio::time::timeout(self.patience, self.answer(key)).await;
        answer.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("there was no answer within {:?}", self.patience)))
        })
    }

    async fn answer(&self, key: K) -> Result<Option<V>, StoreError> {
        let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let _place = self.desk.let_in.acquire().await.map_err(|error| unavailable(&error))?;
        let (caller, answer) = oneshot::channel();
        if self.desk.queue(Asker { key, caller }) {
            tokio::spawn(Hand { desk: self.desk.clone(), is_at_work: true }.work());
        }
        answer.await.map_err(|error| unavailable(&error))?
    }
}

impl<S, K: Clone + Eq + Hash, V: Clone> Desk<S, K, V> {
    /// Puts somebody in line; true where somebody must be found to work it off.
    fn queue(&self, asker: Asker<K, V>) -> bool {
        let mut line = self.line.lock();
        line.waiting.push_back(asker);
        let is_short_of_hands = line.under_way < UNDER_WAY;
        line.under_way += usize::from(is_short_of_hands);
        is_short_of_hands
    }

    async fn put(&self, batch: Vec<Asker<K, V>>) {
        let keys: Vec<K> = batch.iter().map(|asker| asker.key.clone()).collect();
        match (self.read)(&self.source, &keys).await {
            Ok(found) => {
                let found: HashMap<K, V> = found.into_iter().collect();
                for Asker { key, caller } in batch {
                    // Whoever went away does not need it.
                    let _ = caller.send(Ok(found.get(&key).cloned()));
                }
            }
            // What is wrong with one must not be told to all.
            Err(StoreError::Corrupt(_)) if batch.len() > 1 => {
                for Asker { key, caller } in batch {
                    let found = (self.read)(&self.source, std::slice::from_ref(&key)).await;
                    let _ = caller.send(found.map(|found| found.into_iter().next().map(|(_, value)| value)));
                }
            }
            Err(error) => {
                for asker in batch {
                    let _ = asker.caller.send(Err(error.clone()));
                }
            }
        }
    }
}

/// Somebody who works the line off, until nobody waits.
struct Hand<S, K, V> {
    desk: Arc<Desk<S, K, V>>,
    is_at_work: bool,
}

impl<S, K: Clone + Eq + Hash, V: Clone> Hand<S, K, V> {
    async fn work(mut self) {
        // All tasks that are ready to run may put their questions first.
        tokio::task::yield_now().await;
        loop {
            let batch = self.next();
            if batch.is_empty() {
                return;
            }
            self.desk.put(batch).await;
        }
    }

    /// The next ones, as many as go into one query. Where there are none, whoever comes now finds this hand gone.
    fn next(&mut self) -> Vec<Asker<K, V>> {
        let mut line = self.desk.line.lock();
        let mut batch = Vec::with_capacity(line.waiting.len().min(KEYS));
        while batch.len() < KEYS
            && let Some(asker) = line.waiting.pop_front()
        {
            if !asker.caller.is_closed() {
                batch.push(asker);
            }
        }
        self.is_at_work = !batch.is_empty();
        line.under_way -= usize::from(batch.is_empty());
        batch
    }
}

impl<S, K, V> Drop for Hand<S, K, V> {
    fn drop(&mut self) {
        if self.is_at_work {
            self.desk.line.lock().under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
