//! How things stand in the store when a run is over: read over the protocol, and again over REST.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use chinwag_protocol::{HistoryRequest, Request, StreamPosition};

use super::client::change::Change;
use super::people::{OWNER, signed_in};
use super::rest;
use crate::client::{Connection, token};
use crate::history::{Position, Row};

/// How many entries are read at a time.
const PAGE: i32 = 500;

/// What the store holds.
#[derive(Debug, Default)]
pub(super) struct FinalLog {
    /// Of each room.
    pub(super) rows: BTreeMap<String, Vec<Row>>,
    /// Who left which room, by user id, and where.
    pub(super) left: Vec<(String, String, u64)>,
    /// Where the two ways of reading disagree.
    pub(super) disagreements: Vec<String>,
}

/// Reads all of the rooms.
pub(super) async fn read(node: SocketAddr, rooms: &[String]) -> Result<FinalLog> {
    let mut log = FinalLog::default();
    let mut connection = signed_in(node, OWNER).await?;
    for room in rooms {
        let rows = read_room(&mut connection, room, &mut log).await.context("cannot read the log")?;
        let over_rest = read_over_rest(node, room).await.context("cannot read the messages")?;
        log.compare(room, &rows, &over_rest);
        log.rows.insert(room.clone(), rows);
    }
    Ok(log)
}

impl FinalLog {
    fn compare(&mut self, room: &str, rows: &[Row], messages: &[(u64, String)]) {
        let is_message = |row: &&Row| !row.id.contains(' ');
        let logged: Vec<(u64, String)> =
            rows.iter().filter(is_message).map(|row| (row.position.offset, row.id.clone())).collect();
        if logged != messages {
            let at = logged.iter().zip(messages).position(|(log, rest)| log != rest);
            self.disagreements.push(format!(
                "the log of {room} has {} messages, REST has {}; they differ from {at:?} on",
                logged.len(),
                messages.len()
            ));
        }
    }
}

async fn read_room(connection: &mut Connection, room: &str, log: &mut FinalLog) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let since = rows.last().map_or_else(StreamPosition::default, |row| StreamPosition {
            offset: row.position.offset,
            epoch: row.position.epoch.clone(),
        });
        let channel = format!("room:{room}");
        let request = HistoryRequest { channel, limit: PAGE, since: Some(since), reverse: false };
        let page = connection.ask(Request::History(request)).await?.history.context("no history")?;
        for publication in &page.publications {
            let change = Change::read(&publication.data)?;
            let offset = publication.offset;
            if let Some(user) = change.who_left() {
                log.left.push((user.to_owned(), room.to_owned(), offset));
            }
            let position = Position { epoch: page.epoch.clone(), offset };
            rows.push(Row { position, id: change.id(room, offset) });
        }
        let last = rows.last().map_or(0, |row| row.position.offset);
        if last >= page.offset {
            return Ok(rows);
        }
        ensure!(
            !page.publications.is_empty(),
            "the log of {room} ends at {last}, but its head is {}",
            page.offset
        );
    }
}

/// The revs and ids of the messages.
async fn read_over_rest(node: SocketAddr, room: &str) -> Result<Vec<(u64, String)>> {
    let token = token::token(OWNER)?;
    let (mut messages, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/api/v1/rooms/{room}/messages?after_seq={after}&limit=200");
        let page = rest::call(node, &token, "GET", &path, None).await?;
        ensure!(page.is_good(), "refused: {} {}", page.status, page.body);
        for message in page.body["messages"].as_array().context("no messages")? {
            let seq = message["seq"].as_u64().context("a message without a seq")?;
            ensure!(seq == after + 1, "in {room}, message {seq} follows {after}");
            after = seq;
            let rev = message["rev"].as_u64().context("a message without a rev")?;
            messages.push((rev, message["client_id"].as_str().context("no client_id")?.to_owned()));
        }
        if page.body["has_more"] != true {
            return Ok(messages);
        }
    }
}
