//! The pre-send hook: asks the embedding application about each text before it is said, by a signed request in the form of
//! Standard Webhooks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::{Clock, Judgement, PreSend, Proposed, ProposedAs, Seq};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::NoClient;
use crate::webhook::Secret;

/// How long an answer may be: a rewritten text and what stands around it.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// What is done where no judgement can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It is said all the same.
    Open,
    /// It is not said.
    Closed,
}

/// Where to ask, and how.
#[derive(Debug, Clone)]
pub struct HookSettings {
    /// Where.
    pub url: Url,
    /// What requests are signed with.
    pub secret: Secret,
    /// How long an answer may take, the wait for one's turn included.
    pub timeout: Duration,
    /// What is done where none can be had.
    pub on_failure: OnFailure,
    /// How many questions are asked at the same time.
    pub concurrency: usize,
    /// Who asks, for the receiver's log.
    pub user_agent: String,
}

/// Asks the embedding application.
pub struct Hook {
    settings: HookSettings,
    client: Client,
    places: Semaphore,
    clock: Arc<dyn Clock>,
}

/// What it answers.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Answer {
    Allow,
    Reject {
        #[serde(default)]
        reason: Option<String>,
    },
    Rewrite {
        text: String,
    },
}

impl Hook {
    /// Asks there.
    ///
    /// # Errors
    /// There is no TLS to be had.
    pub fn new(settings: HookSettings, clock: Arc<dyn Clock>) -> Result<Self, NoClient> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(settings.timeout)
            .user_agent(&settings.user_agent)
            .build()
            .map_err(|error| NoClient(error.to_string()))?;
        let places = Semaphore::new(settings.concurrency.max(1));
        Ok(Self { settings, client, places, clock })
    }

    async fn ask(&self, proposed: &Proposed) -> Result<Judgement, String> {
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let id = proposed.id.to_string();
        let body = serde_json::to_vec(&body(proposed)).map_err(|error| error.to_string())?;
        let at = self.clock.now().unix_seconds();
        let signature = self.settings.secret.sign(&id, at, &body);
        let request = self
            .client
            .post(self.settings.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature)
            .body(body);
        // The URL may hold a secret.
        let described = |error: reqwest::Error| error.without_url().to_string();
        let mut response = request.send().await.map_err(described)?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(described)? {
            answer.extend_from_slice(&part);
            if answer.len() > MAX_ANSWER_BYTES {
                return Err("its answer does not end".to_owned());
            }
        }
        match serde_json::from_slice(&answer) {
            Ok(Answer::Allow) => Ok(Judgement::Allow),
            Ok(Answer::Reject { reason }) => Ok(Judgement::Reject(reason)),
            Ok(Answer::Rewrite { text }) => Ok(Judgement::Rewrite(text)),
            Err(error) => Err(format!("its answer makes no sense: {:?}", error.classify())),
        }
    }
}

#[async_trait]
impl PreSend for Hook {
    async fn judge(&self, proposed: &Proposed) -> Judgement {
        let asked = tokio::time::timeout(self.settings.timeout, self.ask(proposed)).await;
        let (result, judgement) = match asked.unwrap_or_else(|_| Err("it did not answer in time".to_owned()))
        {
            Ok(judgement) => (name_of(&judgement), judgement),
            Err(reason) => {
                tracing::warn!(reason, "the pre-send hook could not be asked");
                match self.settings.on_failure {
                    OnFailure::Open => ("failed", Judgement::Allow),
                    OnFailure::Closed => {
                        let reason = "messages cannot be checked at the moment; try again later".to_owned();
                        ("failed", Judgement::Reject(Some(reason)))
                    }
                }
            }
        };
        metrics::counter!("chinwag_hook_answers_total", "result" => result).increment(1);
        judgement
    }
}

const fn name_of(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Allow => "allow",
        Judgement::Reject(_) => "reject",
        Judgement::Rewrite(_) => "rewrite",
    }
}

fn body(proposed: &Proposed) -> Value {
    let Proposed { id, room, sender, text, what } = proposed;
    let mut body = json!({ "id": id, "room": room, "sender": sender, "text": text });
    let more = match what {
        ProposedAs::Message { client_id, reply_to, thread, attachments } => json!({
            "type": "message", "client_id": client_id, "reply_to": reply_to, "thread": thread,
            "attachments": attachments,
        }),
        ProposedAs::Edit { seq: Seq(seq) } => json!({ "type": "edit", "seq": seq }),
    };
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
    body
}
