//! Tells a worker of this process that there is work.

use chinwag_chat::outbox::Wake;
use tokio::sync::Notify;

/// Rung by whoever commits something with work after it. However often it is rung before somebody listens, it is one ring.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Waits until it is rung, or returns at once if it was since the last time.
    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}

impl Wake for Bell {
    fn wake(&self) {
        self.0.notify_one();
    }
}
