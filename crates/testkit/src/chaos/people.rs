//! Makes the users and rooms of a run, on a cluster that is well.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use chinwag_protocol::SubscribeRequest;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use crate::client::{Connection, Target, token};

/// The number of the user who owns the rooms, and neither reads nor writes in them.
pub(super) const OWNER: usize = 0;
/// How many users are made at a time.
const AT_ONCE: usize = 16;

/// What there is when a run begins.
#[derive(Debug)]
pub(super) struct People {
    /// The ids of the rooms.
    pub(super) rooms: Vec<String>,
    /// The incarnation of the logs.
    pub(super) epoch: String,
}

/// Makes users 0 to `users - 1`, and for each list of users a private room.
pub(super) async fn make(node: SocketAddr, users: usize, rooms: &[Vec<usize>]) -> Result<People> {
    // They exist from the first time that they are seen.
    stream::iter(0..users)
        .map(|number| signed_in(node, number))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
        .context("cannot make the users")?;
    let mut owner = signed_in(node, OWNER).await?;
    let mut ids = Vec::with_capacity(rooms.len());
    for (number, members) in rooms.iter().enumerate() {
        let members: Vec<String> = members.iter().map(|member| token::user_id(*member)).collect();
        let name = format!("chaos {number}");
        let room =
            owner.rpc("room.create", &json!({ "kind": "private", "name": name, "members": members })).await?;
        ids.push(room["id"].as_str().context("a room without an id")?.to_owned());
    }
    let channel = format!("room:{}", ids.first().context("there is no room")?);
    let subscribe = SubscribeRequest { channel, ..SubscribeRequest::default() };
    let mut follower = Connection::open(Target::chinwag(node), None).await?;
    let followed = follower.sign_in(token::token(OWNER)?, Some(subscribe), |_| Ok(())).await?;
    let epoch = followed.subscribed.context("the room cannot be followed")?.epoch;
    Ok(People { rooms: ids, epoch })
}

pub(super) async fn signed_in(node: SocketAddr, number: usize) -> Result<Connection> {
    let mut connection = Connection::open(Target::chinwag(node), None).await?;
    connection.sign_in(token::token(number)?, None, |_| Ok(())).await?;
    Ok(connection)
}
