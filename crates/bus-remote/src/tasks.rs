//! What is done at the same time over one link. Each runs until the link is broken.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, HintSink};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use hashbrown::HashMap;
use metrics::{counter, gauge};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::envelope::{self, Envelope, Received};
use crate::outgoing::Batch;
use crate::pulse::Pulse;
use crate::remote_bus::Shared;
use crate::wire::{Event, Message, Publisher, Subscriber};
use crate::{SUBSCRIBE_AT_ONCE, Topic, WireError, figures, wire_hint};

/// How many hints are sent in one go.
const PUBLISH_AT_ONCE: usize = 512;

type Broken = Result<Infallible, WireError>;

/// Sends what waits.
pub(crate) async fn publish(
    mut publisher: Box<dyn Publisher>,
    shared: Arc<Shared>,
    max_message_bytes: usize,
) -> Broken {
    loop {
        let batch = shared.outgoing.next(PUBLISH_AT_ONCE).await;
        let count = batch.hints.len() as u64;
        let messages = pack(&batch, &shared, max_message_bytes);
        in_time(shared.settings.deadline, publisher.publish(&messages)).await?;
        counter!(figures::PUBLISHED).increment(count);
    }
}

/// Puts the hints of one topic into as few messages as will hold them, in their order.
fn pack(batch: &Batch, shared: &Shared, max_message_bytes: usize) -> Vec<Message> {
    let room_for_one = envelope::room_for_one(max_message_bytes);
    let mut messages = vec![];
    if let Some(number) = batch.beat {
        messages
            .push(Message { topic: Topic::Node(shared.own), payload: envelope::beat(shared.own, number) });
    }
    let mut open: Vec<(Topic, Envelope)> = vec![];
    let mut open_by_topic: HashMap<Topic, usize> = HashMap::new();
    for hint in &batch.hints {
        let Some(text) = wire_hint::encode(hint, room_for_one) else {
            counter!(figures::DROPPED, "reason" => "too_large").increment(1);
            continue;
        };
        // Where everybody gets everything, there is but one topic.
        let topic = if shared.interest.is_some() { Topic::of(hint) } else { Topic::Cluster };
        let last = open_by_topic.get(&topic).and_then(|at| open.get_mut(*at));
        if last.is_none_or(|(_, envelope)| !envelope.add(&text, max_message_bytes)) {
            open_by_topic.insert(topic.clone(), open.len());
            open.push((topic, Envelope::new(shared.own, &text)));
        }
    }
    messages.extend(open.into_iter().map(|(topic, envelope)| Message { topic, payload: envelope.seal() }));
    messages
}

/// Delivers what comes in.
pub(crate) async fn receive(
    mut events: BoxStream<'static, Result<Event, WireError>>,
    shared: Arc<Shared>,
    sink: Arc<dyn HintSink>,
    pulse: Arc<Pulse>,
) -> Broken {
    while let Some(event) = events.next().await {
        pulse.heard(Instant::now());
        match event? {
            Event::Message(payload) => match envelope::read(&payload, shared.own) {
                Received::OwnBeat(number) => pulse.returned(number, Instant::now()),
                Received::Nothing => {}
                Received::Hints(hints, unknown) => {
                    counter!(figures::RECEIVED).increment(hints.len() as u64);
                    if unknown > 0 {
                        counter!(figures::DROPPED, "reason" => "unknown").increment(unknown);
                    }
                    let mut hints = VecDeque::from(hints);
                    while !hints.is_empty() {
                        if sink.on_hints(&mut hints) {
                            tokio::task::yield_now().await;
                        }
                    }
                }
                Received::Dropped(reason) => counter!(figures::DROPPED, "reason" => reason).increment(1),
            },
            Event::Lost => sink.on_loss(),
            Event::Unsubscribed(topics) => subscribe_again(&topics, &shared)?,
        }
    }
    Err(WireError::broken("the server has ended it"))
}

fn subscribe_again(topics: &[Topic], shared: &Shared) -> Result<(), WireError> {
    let Some(interest) = &shared.interest else { return Ok(()) };
    let mut interest = interest.lock();
    for topic in topics {
        match topic {
            Topic::Channel(channel) => {
                interest.ended(channel);
            }
            // Without these the link is worth nothing.
            Topic::Cluster | Topic::Node(_) => return Err(WireError::broken("the subscription was ended")),
        }
    }
    shared.interest_moved.notify_one();
    Ok(())
}

/// Tells the server what this node wants, and the sink where something may have been missed until it knew.
pub(crate) async fn subscribe(
    mut subscriber: Box<dyn Subscriber>,
    shared: Arc<Shared>,
    sink: Arc<dyn HintSink>,
    pulse: Arc<Pulse>,
    is_first: bool,
) -> Broken {
    let deadline = shared.settings.deadline;
    let Some(interest) = &shared.interest else { return std::future::pending().await };
    in_time(deadline, subscriber.subscribe(&[Topic::Cluster, Topic::Node(shared.own)])).await?;
    // The first beat went out before anybody listened for it.
    shared.outgoing.beat(pulse.beat(Instant::now()));
    // After an outage, one word for all channels is enough, once all are subscribed.
    let mut is_restoring = !is_first;
    loop {
        let asked = interest.lock().ask(SUBSCRIBE_AT_ONCE);
        if !asked.is_empty() {
            in_time(deadline, subscriber.subscribe(&topics(&asked))).await?;
            let gaps = interest.lock().confirmed(asked, Instant::now());
            if !is_restoring {
                for channel in gaps {
                    sink.on_gap(&channel);
                }
            }
            continue;
        }
        if is_restoring {
            is_restoring = false;
            sink.on_loss();
        }
        let expired = interest.lock().expired(SUBSCRIBE_AT_ONCE, Instant::now());
        if !expired.is_empty() {
            in_time(deadline, subscriber.unsubscribe(&topics(&expired))).await?;
            continue;
        }
        let (count, next) = {
            let interest = interest.lock();
            (interest.len(), interest.next_expiry())
        };
        gauge!(figures::SUBSCRIPTIONS).set(u32::try_from(count).unwrap_or(u32::MAX));
        tokio::select! {
            () = shared.interest_moved.notified() => {}
            () = until(next) => {}
        }
    }
}

/// Sends a beat now and then, and gives the link up when nothing comes in.
pub(crate) async fn beat(shared: Arc<Shared>, pulse: Arc<Pulse>) -> Broken {
    let deadline = shared.settings.deadline;
    while pulse.silence(Instant::now()) <= deadline {
        shared.outgoing.beat(pulse.beat(Instant::now()));
        sleep(shared.settings.beat_interval).await;
    }
    Err(WireError::Silent(deadline.as_millis()))
}

fn topics(channels: &[Channel]) -> Vec<Topic> {
    channels.iter().cloned().map(Topic::Channel).collect()
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn in_time(
    deadline: Duration,
    request: impl Future<Output = Result<(), WireError>>,
) -> Result<(), WireError> {
    timeout(deadline, request).await.unwrap_or(Err(WireError::Silent(deadline.as_millis())))
}
