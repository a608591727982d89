//! Messages.

mod revise;

use std::fmt;

use chinwag_chat::store::MessagePage;
use chinwag_chat::{ClientId, FieldError, Message, MessageId, MessageView, NewMessage, Rev, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use revise::{DeleteMessage, EditList, EditMessage, ListEdits, delete, edit, edits};

use super::fields::Mistakes;
use super::{Made, fields, shape};
use crate::{Api, ApiError, Caller};

/// Sends a message.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SendMessage {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The sender's own id for the message, so that it can be sent again without being said twice.
    #[schema(example = "5f0d1c1e-6c0b-4f43-9d3e-3a7b4f1f2a10", max_length = 64)]
    pub client_id: String,
    /// What it says; may be left out where it comes with files.
    #[serde(default)]
    #[schema(example = "Shall we?")]
    pub text: String,
    /// The ids of the files that come with it: uploads of one's own that came with no other message.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub attachments: Vec<String>,
    /// The number of the message that it answers.
    pub reply_to: Option<u64>,
    /// The number of the message in whose thread it belongs, or of any other of that thread.
    pub thread: Option<u64>,
}

impl fmt::Debug for SendMessage {
    /// Not the text: what people write stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMessage")
            .field("room", &self.room)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Where the message stands, now or since an earlier attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageSent {
    /// The message's id.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// Its number among the room's messages.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// The number of the change that created it.
    #[schema(value_type = u64)]
    pub rev: Rev,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Sends a message, once per `client_id` however often it is asked for. Counts against the sender's rate of sends,
/// whichever way it came.
///
/// # Errors
/// `invalid`, `too_large`, `too_many_requests`, `unknown_room`, `unknown_message` for what is answered, `unknown_file`,
/// `permission_denied`, `client_id_conflict`, or the store's failure; after `unavailable`, repeat it with the same `client_id`.
pub async fn send(api: &Api, caller: &Caller, request: SendMessage) -> Result<Made<MessageSent>, ApiError> {
    let sent = post(api, caller, request).await;
    let result = match &sent {
        Ok(sent) if sent.is_new => "accepted",
        Ok(_) => "repeated",
        Err(error) if error.code.is_temporary() => "failed",
        Err(_) => "refused",
    };
    metrics::counter!("chinwag_sends_total", "result" => result).increment(1);
    sent
}

async fn post(api: &Api, caller: &Caller, request: SendMessage) -> Result<Made<MessageSent>, ApiError> {
    api.rates().send(&caller.user.id)?;
    let room = fields::room_id(&request.room)?;
    api.rates().send_in(room)?;
    let mut mistakes = Mistakes::default();
    let client_id = mistakes.take(request.client_id.parse::<ClientId>().map_err(|_| {
        FieldError::new("client_id", "characters", "a client_id has 1 to 64 visible ASCII characters")
    }));
    let reply_to = mistakes.take(fields::optional_seq("reply_to", request.reply_to));
    let thread = mistakes.take(fields::optional_seq("thread", request.thread));
    let (Some(client_id), Some(reply_to), Some(thread)) = (client_id, reply_to, thread) else {
        return Err(mistakes.refuse());
    };
    let attachments = request.attachments.iter().map(|id| fields::file_id(id));
    let attachments = attachments.collect::<Result<_, _>>()?;
    let message = NewMessage { client_id, text: request.text, reply_to, thread, attachments };
    let posted = api.chat().post(room, &caller.user.id, message).await?;
    let Message { id, seq, rev, created_at, .. } = posted.message;
    Ok(Made { is_new: posted.created, body: MessageSent { id, seq, rev, created_at } })
}

/// Asks for a room's messages.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListMessages {
    /// The room. Over HTTP the path says it.
    #[param(ignore)]
    pub room: String,
    /// Only those before this one; the newest of them.
    pub before_seq: Option<u64>,
    /// Only those after this one; the oldest of them. Not together with `before_seq`.
    pub after_seq: Option<u64>,
    /// Only the replies in this message's thread; without it, only messages of no thread.
    pub thread: Option<u64>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// A page of messages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageList {
    /// The messages, in the order of `seq`.
    #[schema(value_type = Vec<shape::Message>)]
    pub messages: Vec<MessageView>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
}

/// A page of a room's messages or of a thread's; the newest where no bound is given.
///
/// # Errors
/// `invalid`, `unknown_room`, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListMessages) -> Result<MessageList, ApiError> {
    let room = fields::room_id(&request.room)?;
    let mut mistakes = Mistakes::default();
    let before = mistakes.take(fields::optional_seq("before_seq", request.before_seq));
    let after = mistakes.take(fields::optional_seq("after_seq", request.after_seq));
    let thread = mistakes.take(fields::optional_seq("thread", request.thread));
    let (Some(before_seq), Some(after_seq), Some(thread)) = (before, after, thread) else {
        return Err(mistakes.refuse());
    };
    if before_seq.is_some() && after_seq.is_some() {
        return Err(
            FieldError::new("after_seq", "exclusive", "give before_seq or after_seq, not both").into()
        );
    }
    let page = MessagePage { before_seq, after_seq, thread, limit: fields::limit(request.limit) };
    let page = api.chat().messages(room, &caller.user.id, page).await?;
    Ok(MessageList { messages: page.items, has_more: page.has_more })
}

/// Asks for one message.
#[derive(Debug, Clone, Deserialize)]
pub struct GetMessage {
    /// The room.
    pub room: String,
    /// The message's number.
    pub seq: u64,
}

/// One message, also a deleted one.
///
/// # Errors
/// `unknown_room`, `unknown_message`, or the store's failure.
pub async fn get(api: &Api, caller: &Caller, request: GetMessage) -> Result<MessageView, ApiError> {
    let room = fields::room_id(&request.room)?;
    Ok(api.chat().message(room, &caller.user.id, fields::message(request.seq)?).await?)
}
