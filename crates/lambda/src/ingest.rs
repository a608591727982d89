//! What other back ends have to say: messages of a queue, for a room or for a user's devices.

use std::sync::Arc;

use chinwag_chat::{Chat, NewMessage, Order, Ordered, UserName};

use crate::announce::Announcer;

/// Takes in what other back ends say. What they say in rooms is said by a bot.
#[derive(Clone)]
pub(crate) struct Ingest {
    pub(crate) chat: Chat,
    pub(crate) announcer: Arc<Announcer>,
    pub(crate) bot: UserName,
}

impl Ingest {
    /// Takes in one message of the queue. When this returns, what it says is committed, and announced.
    ///
    /// # Errors
    /// Where it was not taken in: it is to be brought again, and ends among the dead letters where that never helps.
    pub(crate) async fn take(&self, message_id: &str, body: &str) -> anyhow::Result<()> {
        // The queue brings a message twice under the same id; a back end that sends it twice gives it one of its own.
        let Order { to, id, what } = Order::read(body.as_bytes(), message_id).map_err(anyhow::Error::msg)?;
        match what {
            Ordered::Message(room, text) => {
                let bot = self.chat.bot(&self.bot).await?;
                self.chat.post(room, &bot.id, NewMessage::plain(id, text)).await?;
                self.announcer.flush().await?;
            }
            Ordered::Event(event, data) => {
                let (channel, event) = self.chat.ordered_event(&to, &id, event, &data).await?;
                self.announcer.announce_once(&channel, event, id.to_string()).await?;
            }
        }
        Ok(())
    }
}
