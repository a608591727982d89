//! What others added to messages, gathered row by row as it is read.

use std::collections::HashMap;

use chinwag_chat::{Emoji, Message, MessageView, Reaction, Replies, Seq, UserId};

/// What others added to the messages of a page.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    reactions: HashMap<Seq, Vec<Reaction>>,
    replies: HashMap<Seq, Replies>,
}

impl Additions {
    /// Takes one reaction. Those of a message come in their order, an emoji's first one first.
    pub(crate) fn reaction(&mut self, seq: Seq, emoji: Emoji, count: u64, user: UserId) {
        let reactions = self.reactions.entry(seq).or_default();
        match reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => reaction.users.push(user),
            None => reactions.push(Reaction { emoji, count, users: vec![user] }),
        }
    }

    /// Takes what there is in a message's thread.
    pub(crate) fn replies(&mut self, seq: Seq, replies: Replies) {
        self.replies.insert(seq, replies);
    }

    /// The message with what was added to it.
    pub(crate) fn to(&mut self, message: Message) -> MessageView {
        MessageView {
            reactions: self.reactions.remove(&message.seq).unwrap_or_default(),
            replies: self.replies.remove(&message.seq),
            message,
        }
    }
}
