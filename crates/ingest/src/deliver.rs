//! Delivering what was taken off the queue, and what became of it.

use std::sync::Arc;

use chinwag_chat::{Chat, ChatError, NewMessage, Order, Ordered, Refusal, StoreError, User, UserName};
use tokio::sync::OnceCell;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is delivered, now or before.
    Done,
    /// It will never be.
    Hopeless(String),
    /// It may be, later.
    Failed(String),
    /// Nothing can be delivered just now.
    NotNow(String),
}

/// Delivers, in the name of one bot. Cheap to clone.
#[derive(Clone)]
pub struct Deliverer {
    chat: Chat,
    name: UserName,
    bot: Arc<OnceCell<User>>,
}

impl Deliverer {
    /// Delivers in the name of the bot of that name, which is made if there is nobody of it.
    #[must_use]
    pub fn new(chat: Chat, name: UserName) -> Self {
        Self { chat, name, bot: Arc::default() }
    }

    /// Makes the bot, so that it can be added to rooms before it has something to say there.
    pub(crate) async fn be_ready(&self) -> Result<(), ChatError> {
        self.bot.get_or_try_init(|| self.chat.bot(&self.name)).await.map(drop)
    }

    pub(crate) async fn deliver(&self, order: Order) -> Outcome {
        match self.try_to(order).await {
            Ok(()) => Outcome::Done,
            // It is the room that wants a pause, not the order that is wrong.
            Err(ChatError::Refused(refusal @ Refusal::SlowMode { .. })) => {
                Outcome::Failed(refusal.to_string())
            }
            Err(ChatError::Refused(refusal)) => Outcome::Hopeless(refusal.to_string()),
            Err(ChatError::Store(error @ StoreError::Corrupt(_))) => Outcome::Failed(error.to_string()),
            Err(ChatError::Store(error)) => Outcome::NotNow(error.to_string()),
        }
    }

    async fn try_to(&self, order: Order) -> Result<(), ChatError> {
        let Order { to, id, what } = order;
        match what {
            Ordered::Message(room, text) => {
                let bot = self.bot.get_or_try_init(|| self.chat.bot(&self.name)).await?;
                self.chat.post(room, &bot.id, NewMessage::plain(id, text)).await.map(drop)
            }
            Ordered::Event(event, data) => self.chat.tell_ordered_event(&to, &id, event, &data).await,
        }
    }
}
