//! Many connections, opened a few at a time.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use chinwag_protocol::SubscribeRequest;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::client::{Connection, SignedIn, Target, token};

/// How many connections are being opened at a time.
pub(crate) const AT_ONCE: usize = 128;

/// How many addresses of this machine connections come from. One has 28,000 ports, and a port that was used stays
/// unusable for a minute.
const SOURCES: usize = 16;

/// The address that the connection with that number comes from.
pub(crate) fn source(number: usize) -> Option<Ipv4Addr> {
    u8::try_from(2 + number % SOURCES).ok().map(|last| Ipv4Addr::new(127, 0, 0, last))
}

/// The subscription to a room, from its present on.
pub(crate) fn follow(room: &str) -> SubscribeRequest {
    SubscribeRequest { channel: format!("room:{room}"), ..SubscribeRequest::default() }
}

/// A connection of the user with that number that follows one room.
pub(crate) async fn join(
    target: Target,
    number: usize,
    subscribe: Option<SubscribeRequest>,
    each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(Connection, SignedIn)> {
    let mut connection = Connection::open(target, source(number)).await?;
    let signed_in = connection.sign_in(token::token(number)?, subscribe, each).await?;
    Ok((connection, signed_in))
}

/// A connection of the user with that number that follows no room.
pub(crate) async fn user(target: Target, number: usize) -> Result<Connection> {
    Ok(join(target, number, None, |_| Ok(())).await?.0)
}

/// Makes sure that users 0 to `count - 1` exist: they are created when they first connect.
pub(crate) async fn create_users(target: Target, count: usize) -> Result<()> {
    stream::iter(0..count)
        .map(|number| user(target, number))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
        .context("cannot create the users")
}

/// Creates a public room; tells its id.
pub(crate) async fn create_room(owner: &mut Connection, name: &str) -> Result<String> {
    let room = owner.rpc("room.create", &json!({"kind": "public", "name": name})).await?;
    Ok(room["id"].as_str().context("the new room has no id")?.to_owned())
}

/// Creates public rooms; tells their ids.
pub(crate) async fn create_rooms(owner: &mut Connection, count: usize) -> Result<Vec<String>> {
    let mut rooms = Vec::with_capacity(count);
    for number in 0..count {
        rooms.push(create_room(owner, &format!("bench {number}")).await?);
    }
    Ok(rooms)
}

/// Makes the user with that number, whose connection it is, a member of a public room.
pub(crate) async fn enter(connection: &mut Connection, number: usize, room: &str) -> Result<()> {
    connection.rpc("member.add", &json!({"room": room, "user": token::user_id(number)})).await?;
    Ok(())
}
