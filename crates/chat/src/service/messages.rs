//! What a caller can do with messages.

use super::{Chat, ChatError, unexpected};
use crate::rules::CommandResult;
use crate::store::{FoundMessages, MessagePage, MessageSearch, PAGE_BYTES, Page, ThreadView};
use crate::trace::Trail;
use crate::{
    ClientId, DeleteMessage, Edit, EditMessage, Emoji, FileId, Judgement, Message, MessageId, MessageText,
    MessageView, PinMessage, PostMessage, Proposed, ProposedAs, React, Refusal, Role, RoomAction, RoomId,
    Seq, UserId,
};

/// A message to be posted, its text still unchecked.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The sender's own id for it.
    pub client_id: ClientId,
    /// What it says.
    pub text: String,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// The message whose thread it belongs to.
    pub thread: Option<Seq>,
    /// The files that come with it.
    pub attachments: Vec<FileId>,
}

impl NewMessage {
    /// A message that is text and nothing else.
    #[must_use]
    pub fn plain(client_id: ClientId, text: String) -> Self {
        Self { client_id, text, reply_to: None, thread: None, attachments: vec![] }
    }
}

/// The message that a post ended with.
#[derive(Debug, Clone)]
pub struct PostedMessage {
    /// The message.
    pub message: Message,
    /// Whether it is new.
    pub created: bool,
}

impl Chat {
    /// Posts a message, once per `client_id` however often it is asked for.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure; so for all that follow.
    pub async fn post(
        &self,
        room: RoomId,
        actor: &UserId,
        message: NewMessage,
    ) -> Result<PostedMessage, ChatError> {
        let NewMessage { client_id, mut text, reply_to, thread, attachments } = message;
        let id = self.ids.message();
        if self.hook.is_some() {
            let (client_id, attachments) = (client_id.clone(), attachments.len());
            let what = ProposedAs::Message { client_id, reply_to, thread, attachments };
            text = self.judged(id, room, actor, text, what).await?;
        }
        let text = if attachments.is_empty() {
            MessageText::new(text, self.limits.max_message_bytes)
        } else {
            MessageText::that_may_be_blank(text, self.limits.max_message_bytes)
        }?;
        let mut trail = Trail::begin(self.traces.as_deref(), id);
        let post = PostMessage { id, client_id, text, reply_to, thread, attachments };
        let action = RoomAction::Post(post);
        trail.iter_mut().for_each(Trail::commit_begins);
        let outcome = self.commit(room, actor, action).await?;
        match outcome.result {
            CommandResult::Posted { message, created } => {
                if let Some(trail) = trail.filter(|_| created) {
                    trail.end(&message);
                }
                Ok(PostedMessage { message, created })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Changes what one's message says.
    pub async fn edit(
        &self,
        room: RoomId,
        actor: &UserId,
        seq: Seq,
        mut text: String,
    ) -> Result<Message, ChatError> {
        if self.hook.is_some() {
            text = self.judged(self.ids.message(), room, actor, text, ProposedAs::Edit { seq }).await?;
        }
        let text = MessageText::that_may_be_blank(text, self.limits.max_message_bytes)?;
        self.change_message(room, actor, RoomAction::Edit(EditMessage { seq, text })).await
    }

    /// What is said in the end, where each text is judged. Of what is too long nobody is asked.
    async fn judged(
        &self,
        id: MessageId,
        room: RoomId,
        actor: &UserId,
        text: String,
        what: ProposedAs,
    ) -> Result<String, ChatError> {
        let Some(hook) = &self.hook else { return Ok(text) };
        let max_bytes = self.limits.max_message_bytes;
        if text.len() > max_bytes {
            return Err(Refusal::TooLarge { what: "text", max_bytes }.into());
        }
        self.readable(room, actor).await?;
        let sender = self.store.user(actor).await?.ok_or(Refusal::UnknownUser)?;
        let proposed = Proposed { id, room, sender, text, what };
        match hook.judge(&proposed).await {
            Judgement::Allow => Ok(proposed.text),
            Judgement::Reject(reason) => Err(Refusal::Rejected { reason }.into()),
            Judgement::Rewrite(text) => Ok(text),
        }
    }

    /// Deletes a message; a second time it is unknown.
    pub async fn delete(&self, room: RoomId, actor: &UserId, seq: Seq) -> Result<Message, ChatError> {
        self.change_message(room, actor, RoomAction::Delete(DeleteMessage { seq, as_server_admin: false }))
            .await
    }

    /// Pins a message, or unpins it.
    pub async fn pin(
        &self,
        room: RoomId,
        actor: &UserId,
        seq: Seq,
        pinned: bool,
    ) -> Result<Message, ChatError> {
        self.change_message(room, actor, RoomAction::Pin(PinMessage { seq, pinned })).await
    }

    /// Puts an emoji under a message, or takes it away.
    pub async fn react(
        &self,
        room: RoomId,
        actor: &UserId,
        seq: Seq,
        emoji: Emoji,
        present: bool,
    ) -> Result<Message, ChatError> {
        self.change_message(room, actor, RoomAction::React(React { seq, emoji, present })).await
    }

    /// A page of a room's messages.
    pub async fn messages(
        &self,
        room: RoomId,
        user: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, ChatError> {
        self.readable(room, user).await?;
        Ok(self.store.messages(room, user, page).await?)
    }

    /// One message, deleted or not.
    pub async fn message(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<MessageView, ChatError> {
        self.readable(room, user).await?;
        Ok(self.store.message(room, user, seq).await?.ok_or(Refusal::UnknownMessage)?)
    }

    /// A room's pinned messages, the last one that was pinned first.
    pub async fn pins(&self, room: RoomId, user: &UserId) -> Result<Vec<MessageView>, ChatError> {
        self.readable(room, user).await?;
        Ok(self.store.pins(room, user).await?)
    }

    /// What a message said before it was edited, the oldest first, as much of the newest as a page holds: for who wrote it
    /// and the room's admins.
    pub async fn edits(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Vec<Edit>, ChatError> {
        let role = self.room(room, user).await?.role;
        let found = self.store.message(room, user, seq).await?;
        let message = found.ok_or(Refusal::UnknownMessage)?.message;
        if message.sender.id != *user && role.is_none_or(|role| role < Role::Admin) {
            let reason = "only who wrote a message and the room's admins see what it said before";
            return Err(Refusal::PermissionDenied(reason).into());
        }
        let mut edits = self.store.edits(room, seq).await?;
        let mut bytes = 0;
        let fits = edits.iter().rev().take_while(|edit| {
            bytes += edit.text.as_str().len();
            bytes <= PAGE_BYTES
        });
        let first = edits.len() - fits.count().max(1).min(edits.len());
        Ok(edits.split_off(first))
    }

    /// The threads that the user takes part in.
    pub async fn threads(&self, user: &UserId, limit: usize) -> Result<Vec<ThreadView>, ChatError> {
        Ok(self.store.threads_of(user, limit).await?)
    }

    /// Moves the caller's position in a thread forward. Who does takes part in it.
    pub async fn read_thread(
        &self,
        room: RoomId,
        user: &UserId,
        root: Seq,
        seq: Seq,
    ) -> Result<ThreadView, ChatError> {
        self.readable(room, user).await?;
        if let Some(thread) = self.store.move_thread_cursor(room, root, user, seq).await? {
            return Ok(thread);
        }
        Err(match self.room(room, user).await?.role {
            Some(_) => Refusal::UnknownMessage.into(),
            None => Refusal::PermissionDenied("join the room first").into(),
        })
    }

    /// Messages that the user may read, by their words.
    pub async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, ChatError> {
        // The store looks again when it answers; this is to tell an unknown room from one without such messages.
        if let Some(room) = search.room {
            self.readable(room, user).await?;
        }
        if search.query.terms().is_empty() {
            return Ok(FoundMessages { messages: vec![], next: None });
        }
        Ok(self.store.search(user, search).await?)
    }

    pub(super) async fn change_message(
        &self,
        room: RoomId,
        actor: &UserId,
        action: RoomAction,
    ) -> Result<Message, ChatError> {
        match self.commit(room, actor, action).await?.result {
            CommandResult::Message(message) => Ok(message),
            other => Err(unexpected(&other)),
        }
    }
}
