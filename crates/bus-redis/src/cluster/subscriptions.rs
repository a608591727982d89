//! What the servers of the cluster have been asked to bring, by the channels' names.

use std::collections::HashMap;
use std::time::Duration;

use chinwag_bus_remote::{Event, Topic, WireError};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::address::Host;

/// How long a confirmation may come after the answer.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_channel: Mutex<HashMap<String, Subscription>>,
    confirmed: Notify,
}

#[derive(Debug)]
struct Subscription {
    topic: Topic,
    at: Host,
    is_confirmed: bool,
}

impl Subscriptions {
    /// That server is about to be asked for the channel.
    pub(super) fn want(&self, channel: &str, topic: &Topic, at: &Host) {
        let subscription = Subscription { topic: topic.clone(), at: at.clone(), is_confirmed: false };
        self.by_channel.lock().insert(channel.to_owned(), subscription);
    }

    /// The server says that it brings it.
    pub(super) fn confirm(&self, channel: &str, by: &Host) {
        if let Some(subscription) = self.by_channel.lock().get_mut(channel)
            && subscription.at == *by
        {
            subscription.is_confirmed = true;
            self.confirmed.notify_one();
        }
    }

    /// The server says that it brings it no more; what to tell the node, unless the node has asked for that itself.
    pub(super) fn taken_back(&self, channel: &str, by: &Host) -> Option<Event> {
        let mut by_channel = self.by_channel.lock();
        if by_channel.get(channel)?.at != *by {
            return None;
        }
        let subscription = by_channel.remove(channel)?;
        drop(by_channel);
        // Whoever still waits for it need not: the node asks again.
        self.confirmed.notify_one();
        Some(Event::Unsubscribed(vec![subscription.topic]))
    }

    /// Nobody wants them any more; whom to tell.
    pub(super) fn forget(&self, channels: &[String]) -> HashMap<Host, Vec<String>> {
        let mut by_channel = self.by_channel.lock();
        let mut by_host: HashMap<Host, Vec<String>> = HashMap::new();
        for channel in channels {
            if let Some(subscription) = by_channel.remove(channel) {
                by_host.entry(subscription.at).or_default().push(channel.clone());
            }
        }
        by_host
    }

    /// Waits until all of them are confirmed. The answers have come by now, and the confirmations with them as a rule:
    /// but the library counts answers, and what a server takes back unasked makes it count wrong.
    ///
    /// # Errors
    /// One of them is not confirmed in time.
    pub(super) async fn until_confirmed(&self, channels: &[String]) -> Result<(), WireError> {
        let confirmed = async {
            while !self.are_confirmed(channels) {
                self.confirmed.notified().await;
            }
        };
        let silence = |_| WireError::Silent(CONFIRMED_WITHIN.as_millis());
        timeout(CONFIRMED_WITHIN, confirmed).await.map_err(silence)
    }

    fn are_confirmed(&self, channels: &[String]) -> bool {
        let by_channel = self.by_channel.lock();
        channels.iter().filter_map(|channel| by_channel.get(channel)).all(|found| found.is_confirmed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn host(port: u16) -> Host {
        Host { name: "a".to_owned(), port }
    }

    #[tokio::test]
    async fn what_a_server_takes_back_is_told_once_and_only_by_that_server() {
        let subscriptions = Subscriptions::default();
        let channels = ["c".to_owned()];
        subscriptions.want("c", &Topic::Cluster, &host(1));
        subscriptions.confirm("c", &host(1));
        subscriptions.until_confirmed(&channels).await.unwrap();
        assert_eq!(subscriptions.taken_back("c", &host(2)), None);
        let event = Event::Unsubscribed(vec![Topic::Cluster]);
        assert_eq!(subscriptions.taken_back("c", &host(1)), Some(event));
        assert_eq!(subscriptions.taken_back("c", &host(1)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_confirmation_that_does_not_come_breaks_the_link() {
        let subscriptions = Subscriptions::default();
        subscriptions.want("c", &Topic::Cluster, &host(1));
        // Another server's does not count: the slot has moved.
        subscriptions.confirm("c", &host(2));
        let waited = subscriptions.until_confirmed(&["c".to_owned()]).await;
        assert_eq!(waited, Err(WireError::Silent(CONFIRMED_WITHIN.as_millis())));
    }

    #[test]
    fn what_nobody_wants_is_taken_back_in_silence() {
        let subscriptions = Subscriptions::default();
        subscriptions.want("c", &Topic::Cluster, &host(1));
        let told = subscriptions.forget(&["c".to_owned(), "unknown".to_owned()]);
        assert_eq!(told, HashMap::from([(host(1), vec!["c".to_owned()])]));
        assert_eq!(subscriptions.taken_back("c", &host(1)), None);
    }
}
