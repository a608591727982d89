//! What was said, by its words.

use std::fmt;

use chinwag_chat::search::{Highlight, SearchQuery};
use chinwag_chat::store::{MessageSearch, SearchCursor};
use chinwag_chat::{FieldError, MessageView, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fields::Mistakes;
use super::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Looks for messages.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SearchMessages {
    /// Words that must all be there; `"…"` around those that follow each other, `*` after the beginning of one. The last one
    /// may be unfinished, from three letters on.
    #[param(max_length = 256)]
    pub query: String,
    /// Only in this room: one of the caller's, or a public one. Without it, in all rooms that the caller is a member of.
    pub room: Option<String>,
    /// Only what this user sent.
    pub from: Option<String>,
    /// Only from this time on: by RFC 3339, or a date.
    pub after: Option<String>,
    /// Only before this time: by RFC 3339, or a date.
    pub before: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
    /// Where to go on: the `next` of an earlier answer.
    pub cursor: Option<String>,
}

impl fmt::Debug for SearchMessages {
    /// Not the words: what people look for stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchMessages").field("room", &self.room).finish_non_exhaustive()
    }
}

/// A message that holds what was looked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundMessage {
    /// The message.
    #[schema(value_type = shape::Message)]
    pub message: MessageView,
    /// Where its text holds it: from, and up to but without, in UTF-16 code units.
    #[schema(value_type = Vec<[u64; 2]>)]
    pub highlights: Vec<Highlight>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SearchResults {
    /// The messages, the newest first.
    pub results: Vec<FoundMessage>,
    /// Where to go on; absent where there is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
}

/// Messages that the caller may read, by their words.
///
/// # Errors
/// `invalid`, `unknown_room`, or the store's failure.
pub async fn search(api: &Api, caller: &Caller, request: SearchMessages) -> Result<SearchResults, ApiError> {
    let room = given(request.room.as_deref()).map(fields::room_id).transpose()?;
    let mut mistakes = Mistakes::default();
    let query = mistakes.take(SearchQuery::new(&request.query));
    let from = given(request.from.as_deref())
        .map(|id| id.parse().map_err(|_| FieldError::new("from", "form", "that is no user's id")));
    let from = mistakes.take(from.transpose());
    let after = mistakes.take(time("after", request.after.as_deref()));
    let before = mistakes.take(time("before", request.before.as_deref()));
    let cursor = given(request.cursor.as_deref()).map(str::parse::<SearchCursor>);
    let cursor = mistakes.take(cursor.transpose());
    let (Some(query), Some(from), Some(after), Some(before), Some(cursor)) =
        (query, from, after, before, cursor)
    else {
        return Err(mistakes.refuse());
    };
    let limit = fields::limit(request.limit);
    let search = MessageSearch { query, room, from, after, before, cursor, limit };
    let found = api.chat().search(&caller.user.id, &search).await?;
    let found_at = |message: MessageView| {
        let highlights = search.query.highlights(message.message.text.as_str());
        FoundMessage { message, highlights }
    };
    let results = found.messages.into_iter().map(found_at).collect();
    Ok(SearchResults { results, next: found.next.map(|next| next.to_string()) })
}

/// A field of a form that was left empty asks for nothing.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, FieldError> {
    let unknown = FieldError::new(field, "form", "a time is written as 2025-11-21T04:40:00Z or 2025-11-21");
    given(text).map(|text| Timestamp::of_time_or_date(text).ok_or(unknown)).transpose()
}
