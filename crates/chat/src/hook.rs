//! The port to whoever may say no before something is said: the embedding application, by its hook.

use async_trait::async_trait;

use crate::{ClientId, MessageId, RoomId, Seq, User};

/// Something that somebody is about to say.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The id of this question.
    pub id: MessageId,
    /// Where.
    pub room: RoomId,
    /// Who.
    pub sender: User,
    /// What.
    pub text: String,
    /// What becomes of it.
    pub what: ProposedAs,
}

/// What is to become of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedAs {
    /// A new message.
    Message {
        /// The sender's own id for it.
        client_id: ClientId,
        /// The message that it answers.
        reply_to: Option<Seq>,
        /// The message in whose thread it is.
        thread: Option<Seq>,
        /// How many files come with it.
        attachments: usize,
    },
    /// Another text for a message.
    Edit {
        /// Which.
        seq: Seq,
    },
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is said.
    Allow,
    /// It is not said, and why.
    Reject(Option<String>),
    /// Something else is said instead.
    Rewrite(String),
}

/// Judges what is about to be said. Answers within a deadline of its own, whatever happens: it knows what to do where nobody
/// can be asked.
#[async_trait]
pub trait PreSend: Send + Sync {
    /// What is to be done about it.
    async fn judge(&self, proposed: &Proposed) -> Judgement;
}
