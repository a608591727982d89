//! The calls by name, as the real-time connection makes them: each is the twin of an HTTP call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::operations::{config, cursors, events, members, messages, presence, rooms, sessions, users};
use crate::{Api, ApiError, CallContext, ErrorCode, decode};

/// Answers one call: JSON in, JSON out.
///
/// The path's ids, the query and the body of the HTTP call stand together in one object.
///
/// # Errors
/// Whatever the call's twin answers with; `not_found` for a method that there is not. What only the operator may know
/// of a failure has been logged.
pub async fn dispatch(
    api: &Api,
    context: &CallContext,
    method: &str,
    data: &[u8],
) -> Result<Vec<u8>, ApiError> {
    let result = route(api, context, method, data).await;
    if let Err(error) = &result {
        error.log();
    }
    result
}

async fn route(api: &Api, context: &CallContext, method: &str, data: &[u8]) -> Result<Vec<u8>, ApiError> {
    // What needs no caller.
    match method {
        "config.get" => return write(&config::get(api, read(data)?)),
        "user.create" => return write(&users::create(api, context, read(data)?).await?),
        "session.create" => return write(&sessions::create(api, context, read(data)?).await?),
        _ => {}
    }
    let caller = context.signed_in()?;
    // Messages and events have a rate of their own.
    if !["message.send", "user.send_event"].contains(&method) {
        api.count_request(caller)?;
    }
    match method {
        "user.me" => write(&users::me(caller, read(data)?)),
        "user.find" => write(&users::find(api, caller, read(data)?).await?),
        "user.get" => write(&users::get(api, caller, read(data)?).await?),
        "user.send_event" => write(&events::send(api, caller, read(data)?).await?),
        "session.list" => write(&sessions::list(api, caller, read(data)?).await?),
        "session.delete" => write(&sessions::delete(api, caller, read(data)?).await?),
        "room.list" => write(&rooms::list(api, caller, read(data)?).await?),
        "room.list_public" => write(&rooms::list_public(api, caller, read(data)?).await?),
        "room.create" => write(&rooms::create(api, caller, read(data)?).await?),
        "room.get" => write(&rooms::get(api, caller, read(data)?).await?),
        "room.rename" => write(&rooms::rename(api, caller, read(data)?).await?),
        "member.list" => write(&members::list(api, caller, read(data)?).await?),
        "member.add" => write(&members::add(api, caller, read(data)?).await?),
        "member.set_role" => write(&members::set_role(api, caller, read(data)?).await?),
        "member.remove" => write(&members::remove(api, caller, read(data)?).await?),
        "message.send" => write(&messages::send(api, caller, read(data)?).await?),
        "message.list" => write(&messages::list(api, caller, read(data)?).await?),
        "cursor.read" => write(&cursors::read(api, caller, read(data)?).await?),
        "presence.get" => write(&presence::get(api, caller, &read(data)?).await?),
        _ => Err(ApiError::because(ErrorCode::NotFound, "there is no such method")),
    }
}

fn read<T: DeserializeOwned>(data: &[u8]) -> Result<T, ApiError> {
    decode(data)
}

fn write(answer: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(answer).map_err(ApiError::internal)
}
