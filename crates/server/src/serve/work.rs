//! The work that follows a commit: what this node notes, and what it does of it.

use std::sync::Arc;

use chinwag_chat::outbox::Outbox;
use chinwag_chat::{Clock, Entropy, FollowUp, FollowUps, Store, WorkKind};
use chinwag_worker::webhook::{WebhookSettings, Webhooks};
use chinwag_worker::{Bell, Handler, RetryPolicy, Worker, WorkerSettings};

use crate::config::section::Drain;
use crate::config::{Config, Role, section};
use crate::settings::VERSION;

/// How often a worker looks for what other nodes owe and for what is due again.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// What this node's commits are followed by.
pub(super) fn follow_ups(config: &section::Webhooks) -> FollowUps {
    if config.url.is_none() {
        return FollowUps::default();
    }
    FollowUps::new(vec![FollowUp { kind: WorkKind::WEBHOOK, events: config.event_types() }])
}

/// Who does the work, where this node is to do any.
pub(super) fn worker(
    config: &Config,
    store: Arc<dyn Store>,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    bell: Arc<Bell>,
) -> anyhow::Result<Option<Worker>> {
    if !config.node.role.has(Role::Worker) {
        return Ok(None);
    }
    let mut handlers: Vec<Arc<dyn Handler>> = vec![];
    if let Some(settings) = webhooks(&config.webhooks) {
        handlers.push(Arc::new(Webhooks::new(settings, store, clock)?));
    }
    Ok(Some(Worker::new(outbox, handlers, bell, entropy, settings(&config.webhooks, &config.drain))))
}

fn settings(config: &section::Webhooks, drain: &Drain) -> WorkerSettings {
    WorkerSettings {
        concurrency: config.concurrency,
        look_every: LOOK_EVERY,
        // A little less than the phase has, so that it is the worker that says what it left.
        stop_timeout: drain.flush_timeout.mul_f32(0.8),
    }
}

fn webhooks(config: &section::Webhooks) -> Option<WebhookSettings> {
    Some(WebhookSettings {
        url: config.url.as_ref()?.0.clone(),
        secret: config.signing_secret()?,
        timeout: config.timeout,
        retries: RetryPolicy {
            max_attempts: config.max_attempts,
            first_wait: config.first_wait,
            longest_wait: config.longest_wait.max(config.first_wait),
        },
        user_agent: format!("Chinwag/{VERSION}"),
    })
}
