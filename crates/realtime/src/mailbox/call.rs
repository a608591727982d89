//! How a mailbox calls its connection's driver.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// A call to one driver. It waits without a place of its own in what waits, so that an idle connection is small.
#[derive(Debug, Default)]
pub(super) struct Call {
    is_called: AtomicBool,
    driver: AtomicWaker,
}

impl Call {
    /// Calls the driver; if it does not wait now, its next wait is over at once.
    pub(super) fn call(&self) {
        // Whoever finds it called already is heard with that call.
        if !self.is_called.swap(true, Ordering::AcqRel) {
            self.driver.wake();
        }
    }

    /// Takes a call, or waits for one. A later wait takes the place of an earlier one.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.take() {
            return Poll::Ready(());
        }
        self.driver.register(context.waker());
        // It may have come in between.
        if self.take() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn take(&self) -> bool {
        self.is_called.load(Ordering::Acquire) && self.is_called.swap(false, Ordering::AcqRel)
    }
}
