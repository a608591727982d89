//! The network between a node and the store.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::{Fate, TIMEOUT};
use crate::chance::Chance;
use crate::setting::StoreWeather;

/// How a node is cut from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Whatever is asked fails at once.
    Refused,
    /// Whatever is asked is swallowed.
    Silent,
}

/// The network between a node and the store.
pub(crate) struct StoreLink {
    chance: Chance,
    weather: Mutex<StoreWeather>,
    cut: Mutex<Option<Cut>>,
    mended: Notify,
    /// When the newest command gets there: those that are handed in one after the other are decided in that order.
    newest: Mutex<Instant>,
}

impl StoreLink {
    pub(crate) fn new(chance: Chance, weather: StoreWeather) -> Arc<Self> {
        let (cut, mended) = (Mutex::default(), Notify::new());
        Arc::new(Self {
            chance,
            weather: Mutex::new(weather),
            cut,
            mended,
            newest: Mutex::new(Instant::now()),
        })
    }

    pub(crate) fn cut(&self, how: Cut) {
        *self.cut.lock() = Some(how);
    }

    pub(crate) fn mend(&self) {
        *self.cut.lock() = None;
        self.mended.notify_waiters();
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm(&self) {
        *self.weather.lock() = StoreWeather::calm();
        self.mend();
    }

    /// The way of a read to the store.
    pub(super) async fn ask(&self) -> Result<(), StoreError> {
        let weather = *self.weather.lock();
        self.is_open().await?;
        if self.chance.happens(weather.refused_per_mille) {
            return Err(StoreError::Unavailable("too many connections".to_owned()));
        }
        sleep(self.chance.up_to(weather.delay)).await;
        Ok(())
    }

    /// The way of its answer back.
    pub(super) async fn answer(&self) -> Result<(), StoreError> {
        self.way_back().await;
        self.is_open().await
    }

    pub(super) async fn way_back(&self) {
        let delay = self.weather.lock().delay;
        sleep(self.chance.up_to(delay)).await;
    }

    async fn is_open(&self) -> Result<(), StoreError> {
        let cut = *self.cut.lock();
        match cut {
            None => Ok(()),
            Some(Cut::Refused) => Err(StoreError::Unavailable("the connection is refused".to_owned())),
            Some(Cut::Silent) => {
                sleep(TIMEOUT).await;
                Err(StoreError::Unavailable("the store does not answer".to_owned()))
            }
        }
    }

    /// When a command that is handed in now gets there.
    pub(super) fn turn(&self) -> Instant {
        let delay = self.weather.lock().delay;
        let mut newest = self.newest.lock();
        *newest = (*newest + Duration::from_millis(1)).max(Instant::now() + self.chance.up_to(delay));
        *newest
    }

    /// What becomes of a command that is handed in now.
    pub(super) fn fate(&self) -> Fate {
        let weather = *self.weather.lock();
        let cut = *self.cut.lock();
        match cut {
            Some(Cut::Refused) => Fate::Refused,
            // It may lie in a buffer and get there when nobody waits for it any more.
            Some(Cut::Silent) if self.chance.happens(500) => Fate::Done { late: true, answered: true },
            Some(Cut::Silent) => Fate::Lost,
            None if self.chance.happens(weather.refused_per_mille) => Fate::Refused,
            None if self.chance.happens(weather.lost_per_mille) => Fate::Lost,
            None => Fate::Done { late: false, answered: !self.chance.happens(weather.unanswered_per_mille) },
        }
    }

    /// Waits until the way is free.
    pub(super) async fn mended(&self) {
        loop {
            let mut mended = pin!(self.mended.notified());
            // From here on no news is missed.
            mended.as_mut().enable();
            if self.cut.lock().is_none() {
                return;
            }
            mended.await;
        }
    }
}
