//! The work that follows a commit: what this node notes, and what it does of it.

use std::sync::Arc;

use anyhow::Context as _;
use chinwag_chat::outbox::Outbox;
use chinwag_chat::{Clock, Entropy, FollowUp, FollowUps, PreSend, PushFollowUp, Store, WorkKind};
use chinwag_worker::hook::{Hook, HookSettings, OnFailure};
use chinwag_worker::push::{Ask, Identity, PushSettings, Tell};
use chinwag_worker::webhook::{WebhookSettings, Webhooks};
use chinwag_worker::{Bell, Handler, RetryPolicy, Worker, WorkerSettings};

use crate::config::section::Drain;
use crate::config::{Config, Role, section};
use crate::settings::VERSION;

/// How often a worker looks for what other nodes owe and for what is due again.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// What this node's commits are followed by.
pub(super) fn follow_ups(config: &Config) -> FollowUps {
    let webhooks = config
        .webhooks
        .url
        .is_some()
        .then(|| FollowUp { kind: WorkKind::WEBHOOK, events: config.webhooks.event_types() });
    let push = config.push.enabled.then_some(PushFollowUp {
        wait: config.push.wait,
        max_small_room_members: config.limits.max_small_room_members,
    });
    FollowUps::new(webhooks.into_iter().collect(), push)
}

/// What push services know the server by, where it is to tell devices: the key is made with the first start.
pub(super) async fn identity(
    config: &section::Push,
    store: &dyn Store,
    entropy: &dyn Entropy,
) -> anyhow::Result<Option<Identity>> {
    if !config.enabled {
        return Ok(None);
    }
    let key = store.push_key(Identity::new_key(entropy)).await?;
    let identity = Identity::of(key).context("the store holds a push key that is none")?;
    Ok(Some(identity))
}

/// What those who do the work need.
pub(super) struct Means {
    pub(super) store: Arc<dyn Store>,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) bell: Arc<Bell>,
    pub(super) identity: Option<Identity>,
}

/// Who does the work, where this node is to do any: one for each sort, so that a slow receiver of one holds up nobody else.
pub(super) fn workers(config: &Config, means: &Means) -> anyhow::Result<Vec<Worker>> {
    let mut workers = vec![];
    if !config.node.role.has(Role::Worker) {
        return Ok(workers);
    }
    let Means { store, outbox, clock, entropy, bell, identity } = means;
    let employ = |handlers: Vec<Arc<dyn Handler>>, bell: Arc<Bell>, concurrency: usize| {
        let settings = settings(concurrency, &config.drain);
        Worker::new(outbox.clone(), handlers, bell, entropy.clone(), settings)
    };
    if let Some(settings) = webhooks(&config.webhooks) {
        let webhooks = Webhooks::new(settings, store.clone(), clock.clone())?;
        workers.push(employ(vec![Arc::new(webhooks)], bell.clone(), config.webhooks.concurrency));
    }
    if let Some(identity) = identity {
        let settings = push(config);
        let ask = Ask::new(settings.clone(), store.clone(), clock.clone());
        let tell = Tell::new(settings, identity.clone(), store.clone(), clock.clone())?;
        // Its work waits before it may begin, so that nobody need tell it of any.
        let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(ask), Arc::new(tell)];
        workers.push(employ(handlers, Arc::default(), config.push.concurrency));
    }
    Ok(workers)
}

/// Who is asked before something is said, if anybody is.
pub(super) fn hook(
    config: &section::Hook,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<dyn PreSend>>> {
    let (Some(url), Some(secret)) = (&config.url, config.signing_secret()) else { return Ok(None) };
    let settings = HookSettings {
        url: url.0.clone(),
        secret,
        timeout: config.timeout,
        on_failure: match config.on_failure {
            section::OnFailure::Open => OnFailure::Open,
            section::OnFailure::Closed => OnFailure::Closed,
        },
        concurrency: config.concurrency,
        user_agent: format!("chinwag/{VERSION}"),
    };
    Ok(Some(Arc::new(Hook::new(settings, clock)?)))
}

fn settings(concurrency: usize, drain: &Drain) -> WorkerSettings {
    WorkerSettings {
        concurrency,
        look_every: LOOK_EVERY,
        // A little less than the phase has, so that it is the worker that says what it left.
        stop_timeout: drain.flush_timeout.mul_f32(0.8),
    }
}

fn push(config: &Config) -> PushSettings {
    let Config { push, limits, .. } = config;
    PushSettings {
        subject: push.vapid_subject.as_ref().map(|subject| subject.0.clone()),
        wait: push.wait,
        max_small_room_members: limits.max_small_room_members,
        allow_private_endpoints: push.allow_private_endpoints,
        timeout: push.timeout,
        retries: RetryPolicy {
            max_attempts: push.max_attempts,
            first_wait: push.first_wait,
            longest_wait: push.longest_wait.max(push.first_wait),
        },
        user_agent: format!("Chinwag/{VERSION}"),
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
