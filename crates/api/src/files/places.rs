//! How many files come in at once: in all, and of one user, so that nobody's slow uploads keep everybody else's out.

use std::collections::HashMap;
use std::sync::Arc;

use chinwag_chat::UserId;
use parking_lot::Mutex;

/// The part of all places that one user may take.
const SHARE: usize = 4;

/// The places there are.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    taken: Mutex<HashMap<UserId, usize>>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    user: UserId,
}

impl Places {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, taken: Mutex::default() })
    }

    /// A place for an upload of that user; nothing where all are taken, or too many by them.
    pub(super) fn take(self: &Arc<Self>, user: &UserId) -> Option<Place> {
        let mut taken = self.taken.lock();
        let of_all: usize = taken.values().sum();
        let of_user = taken.get(user).copied().unwrap_or(0);
        if of_all >= self.max || of_user >= (self.max / SHARE).max(1) {
            return None;
        }
        taken.insert(user.clone(), of_user + 1);
        Some(Place { places: Arc::clone(self), user: user.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_than_their_share_of_the_places() {
        let (ada, bob): (UserId, UserId) = ("ada".parse().unwrap(), "bob".parse().unwrap());
        let places = Places::new(8);
        let mut adas: Vec<Place> = (0..2).map(|_| places.take(&ada).unwrap()).collect();
        assert!(places.take(&ada).is_none());
        let _bobs = places.take(&bob).unwrap();
        adas.pop();
        adas.push(places.take(&ada).unwrap());
        drop(adas);
        assert_eq!(places.taken.lock().len(), 1);
        let few = Places::new(1);
        let _only = few.take(&ada).unwrap();
        assert!(few.take(&bob).is_none());
    }
}
