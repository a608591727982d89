//! The calls by name, as the real-time connection makes them: each is the twin of an HTTP call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::operations::{
    admin, bots, config, cursors, erasure, events, files, hooks, keys, members, messages, moderation,
    notifications, pins, presence, profiles, push, reactions, rooms, search, sessions, threads, users,
};
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

/// What has the rate of sends, and counts by itself: whatever writes a message or alters one, and direct events.
const SENDS: [&str; 6] =
    ["message.send", "message.edit", "message.delete", "reaction.add", "reaction.remove", "user.send_event"];

async fn route(api: &Api, context: &CallContext, method: &str, data: &[u8]) -> Result<Vec<u8>, ApiError> {
    // What needs no caller.
    match method {
        "config.get" => return write(&config::get(api, read(data)?)),
        "user.create" => return write(&users::create(api, context, read(data)?).await?),
        "session.create" => return write(&sessions::create(api, context, read(data)?).await?),
        _ => {}
    }
    let caller = context.signed_in()?;
    if !SENDS.contains(&method) {
        api.count_request(caller)?;
    }
    match method {
        "user.me" => write(&profiles::me(api, caller, read(data)?).await?),
        "user.find" => write(&users::find(api, read(data)?).await?),
        "user.get" => write(&profiles::get(api, read(data)?).await?),
        "user.change" => write(&profiles::change(api, caller, read(data)?).await?),
        "user.send_event" => write(&events::send(api, caller, read(data)?).await?),
        "account.delete" => write(&erasure::account(api, caller, read(data)?).await?),
        "user.delete" => write(&erasure::me(api, caller, read(data)?).await?),
        "account.list" => write(&admin::accounts(api, caller, read(data)?).await?),
        "account.update" => write(&admin::update_account(api, caller, read(data)?).await?),
        "account.list_sessions" => write(&admin::sessions(api, caller, read(data)?).await?),
        "account.delete_session" => write(&admin::delete_session(api, caller, read(data)?).await?),
        "room.list_all" => write(&admin::rooms(api, caller, read(data)?).await?),
        "report.create" => write(&moderation::report(api, caller, read(data)?).await?),
        "report.list" => write(&admin::reports(api, caller, read(data)?).await?),
        "report.close" => write(&admin::close_report(api, caller, read(data)?).await?),
        "ban.add" => write(&moderation::ban(api, caller, read(data)?).await?),
        "ban.remove" => write(&moderation::unban(api, caller, read(data)?).await?),
        "ban.list" => write(&moderation::bans(api, caller, read(data)?).await?),
        "mute.add" => write(&moderation::mute(api, caller, read(data)?).await?),
        "mute.remove" => write(&moderation::unmute(api, caller, read(data)?).await?),
        "block.add" => write(&moderation::block(api, caller, read(data)?).await?),
        "block.remove" => write(&moderation::unblock(api, caller, read(data)?).await?),
        "block.list" => write(&moderation::blocks(api, caller, read(data)?).await?),
        "node.list" => write(&admin::nodes(api, caller, read(data)?).await?),
        "figures.get" => write(&admin::figures(api, caller, read(data)?).await?),
        "audit.list" => write(&admin::audit(api, caller, read(data)?).await?),
        "bot.create" => write(&bots::create(api, caller, read(data)?).await?),
        "bot.list" => write(&bots::list(api, caller, read(data)?).await?),
        "bot.create_key" => write(&bots::create_key(api, caller, read(data)?).await?),
        "bot.list_keys" => write(&bots::keys(api, caller, read(data)?).await?),
        "bot.delete_key" => write(&bots::delete_key(api, caller, read(data)?).await?),
        "key.create" => write(&keys::create(api, caller, read(data)?).await?),
        "key.list" => write(&keys::list(api, caller, read(data)?).await?),
        "key.delete" => write(&keys::delete(api, caller, read(data)?).await?),
        "hook.create" => write(&hooks::create(api, caller, read(data)?).await?),
        "hook.list" => write(&hooks::list(api, caller, read(data)?).await?),
        "hook.delete" => write(&hooks::delete(api, caller, read(data)?).await?),
        "session.list" => write(&sessions::list(api, caller, read(data)?).await?),
        "session.delete" => write(&sessions::delete(api, caller, read(data)?).await?),
        "room.list" => write(&rooms::list(api, caller, read(data)?).await?),
        "room.list_public" => write(&rooms::list_public(api, caller, read(data)?).await?),
        "room.create" => write(&rooms::create(api, caller, read(data)?).await?),
        "room.get" => write(&rooms::get(api, caller, read(data)?).await?),
        "room.update" | "room.rename" => write(&rooms::update(api, caller, read(data)?).await?),
        "member.list" => write(&members::list(api, caller, read(data)?).await?),
        "member.add" => write(&members::add(api, caller, read(data)?).await?),
        "member.set_role" => write(&members::set_role(api, caller, read(data)?).await?),
        "member.remove" => write(&members::remove(api, caller, read(data)?).await?),
        "message.send" => write(&messages::send(api, caller, read(data)?).await?),
        "message.list" => write(&messages::list(api, caller, read(data)?).await?),
        "message.get" => write(&messages::get(api, caller, read(data)?).await?),
        "message.edit" => write(&messages::edit(api, caller, read(data)?).await?),
        "message.delete" => write(&messages::delete(api, caller, read(data)?).await?),
        "message.edits" => write(&messages::edits(api, caller, read(data)?).await?),
        "message.search" => write(&search::search(api, caller, read(data)?).await?),
        "reaction.add" => write(&reactions::add(api, caller, read(data)?).await?),
        "reaction.remove" => write(&reactions::remove(api, caller, read(data)?).await?),
        "pin.add" => write(&pins::add(api, caller, read(data)?).await?),
        "pin.remove" => write(&pins::remove(api, caller, read(data)?).await?),
        "pin.list" => write(&pins::list(api, caller, read(data)?).await?),
        "thread.list" => write(&threads::list(api, caller, read(data)?).await?),
        "thread.read" => write(&threads::read(api, caller, read(data)?).await?),
        "cursor.read" => write(&cursors::read(api, caller, read(data)?).await?),
        "cursor.delivered" => write(&cursors::delivered(api, caller, read(data)?).await?),
        "notification.set" => write(&notifications::set(api, caller, read(data)?).await?),
        "file.link" => write(&files::link(api, caller, &read(data)?).await?),
        "push.subscribe" => write(&push::subscribe(api, caller, read(data)?).await?),
        "push.unsubscribe" => write(&push::unsubscribe(api, caller, read(data)?).await?),
        "presence.set" => write(&presence::set(api, caller, read(data)?).await?),
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
