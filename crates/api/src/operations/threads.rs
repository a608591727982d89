//! Threads: the answers to one message, apart from the room's others.

use chinwag_chat::store::ThreadView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Asks for the threads that the caller takes part in.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListThreads {
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// Threads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreadList {
    /// The threads, the one with the newest reply first.
    #[schema(value_type = Vec<shape::Thread>)]
    pub threads: Vec<ThreadView>,
}

/// The threads that the caller takes part in.
///
/// # Errors
/// The store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListThreads) -> Result<ThreadList, ApiError> {
    let threads = api.chat().threads(&caller.user.id, fields::limit(request.limit)).await?;
    Ok(ThreadList { threads })
}

/// Moves the caller's position in a thread.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReadThread {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The number of the message that the thread began with. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub root: u64,
    /// The newest message that was read.
    pub seq: u64,
}

/// Moves the caller's position in a thread forward, never back. Who reads a thread takes part in it.
///
/// # Errors
/// `invalid`, `unknown_room`, `unknown_message`, `permission_denied` for who is no member, or the store's failure.
pub async fn read(api: &Api, caller: &Caller, request: ReadThread) -> Result<ThreadView, ApiError> {
    let room = fields::room_id(&request.room)?;
    let root = fields::message(request.root)?;
    let seq = fields::seq("seq", request.seq)?;
    Ok(api.chat().read_thread(room, &caller.user.id, root, seq).await?)
}
