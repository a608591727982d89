//! People who come and go: a guest tries to follow a room that it may not see, is let in, reads for a while, leaves, and
//! goes on trying.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::client::{Client, Habit, Seen};
use super::dice::Dice;
use super::people::OWNER;
use super::rest;
use super::shared::Shared;
use crate::client::token;
use crate::history::Event;

/// How long a guest stays before, in and after a room.
const STAYS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(3_000));
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait before asking again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// How often a guest looks whether it is time to go.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Visits every room once, until clients are to write no more.
pub(super) async fn visit_all(shared: Arc<Shared>, user: usize) -> Result<()> {
    let mut dice = Dice::of(shared.seed, user);
    let mut rooms: Vec<usize> = (0..shared.rooms.len()).collect();
    dice.shuffle(&mut rooms);
    for room in rooms {
        let seen = Seen::new(visitor(user, room), user, Habit::Guest, &[room]);
        let visitor = tokio::spawn(Client::new(shared.clone(), seen.clone(), None)?.live());
        // Ended with the guest, whether that is over or aborted.
        let _ends = AbortOnDrop(visitor.abort_handle());
        stay(&shared, &mut dice).await;
        if !shared.is_writing() {
            break;
        }
        visit(&shared, &seen.name, user, room, &mut dice).await?;
    }
    Ok(())
}

/// The name of a guest in a history: another one in each room.
pub(super) fn visitor(user: usize, room: usize) -> String {
    format!("guest-{user} of room {room}")
}

async fn visit(shared: &Shared, name: &str, user: usize, room: usize, dice: &mut Dice) -> Result<()> {
    let (id, user) = (shared.room(room).to_owned(), token::user_id(user));
    let members = format!("/api/v1/rooms/{id}/members");
    let may_see = Event::MaySee { client: name.to_owned(), room: id, after: 0 };
    shared.recorder.event(may_see);
    until_done(shared, "POST", &members, Some(&json!({ "user": user }))).await?;
    stay(shared, dice).await;
    until_done(shared, "DELETE", &format!("{members}/{user}"), None).await?;
    stay(shared, dice).await;
    Ok(())
}

async fn stay(shared: &Shared, dice: &mut Dice) {
    let until = Instant::now() + dice.between(STAYS.0, STAYS.1);
    while shared.is_writing() && Instant::now() < until {
        sleep(LOOK_EVERY).await;
    }
}

/// The owner asks one node after the other until it is done. Both calls can be repeated.
async fn until_done(shared: &Shared, method: &str, path: &str, body: Option<&Value>) -> Result<()> {
    let owner = token::token(OWNER)?;
    loop {
        if let Some(node) = shared.nodes.get(shared.next_node()) {
            match timeout(ANSWER_WITHIN, rest::call(*node, &owner, method, path, body)).await {
                Ok(Ok(answer)) if answer.is_good() => return Ok(()),
                // Removed by an attempt whose answer was lost.
                Ok(Ok(answer)) if method == "DELETE" && answer.status == 404 => return Ok(()),
                Ok(Ok(answer)) if !answer.may_be_repeated() => {
                    let what = format!("{method} {path} was refused: {} {}", answer.status, answer.body);
                    shared.recorder.problem(what);
                    return Ok(());
                }
                Ok(_) | Err(_) => {}
            }
        }
        sleep(ASK_AGAIN_AFTER).await;
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
