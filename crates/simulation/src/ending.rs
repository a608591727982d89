//! What must be true once nothing goes wrong any more, and the verdict.

use std::time::Duration;

use chinwag_chat::store::{Log as _, Rooms as _};
use chinwag_chat::{Channel, Rev, RoomKind};
use chinwag_testkit::history::{End, Position, Row, check};
use tokio::time::{Instant, sleep};

use crate::record::{Record, change_id};
use crate::world::World;
use crate::{Report, Scenario};

/// How long clients may take to find a node that works: a half-open connection is noticed by its missing ping, and
/// whoever was sent back several times waits a few seconds.
const RECONNECT: Duration = Duration::from_secs(20);
/// How long everybody may take to catch up after that.
const CATCH_UP: Duration = Duration::from_secs(40);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// An end at which there is nothing.
pub(crate) fn nothing() -> End {
    End::default()
}

/// Lets everybody come together once more, and judges.
pub(crate) async fn settle(world: &World, scenario: &Scenario) -> Report {
    let healed = Instant::now();
    sleep(RECONNECT / 2).await;
    reunite(world).await;
    sleep(RECONNECT / 2).await;
    // One last word in every room by everybody: what comes last is what would be missed without a trace.
    for person in &world.people {
        let arrival = world.remote.data.arrival_of(&person.user.id).await.ok().flatten();
        let rooms = arrival.map(|arrival| arrival.rooms).unwrap_or_default();
        for device in person.devices.iter().take(1) {
            rooms.iter().for_each(|room| device.say(&room.to_string()));
        }
    }
    let following = following(world).await;
    let until = Instant::now() + CATCH_UP;
    while Instant::now() < until && !is_settled(world, &following).await {
        sleep(LOOK_EVERY).await;
    }
    let caught_up_in = healed.elapsed();
    let end = look(world, &following).await;
    judge(&world.record, scenario, &end, caught_up_in)
}

/// A room for everybody, made when all is well again: it reaches everybody's own channel too.
async fn reunite(world: &World) {
    let node = world.nodes.first().and_then(|node| node.chat());
    let (Some(chat), Some(host)) = (node, world.people.first()) else {
        return world.record.complain("the first node does not run".to_owned());
    };
    let members = world.people.iter().map(|person| person.user.id.clone()).collect();
    if let Err(error) = chat.create_room(&host.user.id, RoomKind::Group, None, members).await {
        world.record.complain(format!("a room could not be made when all was well: {error}"));
    }
}

/// Which device is to follow what.
async fn following(world: &World) -> Vec<(String, Channel)> {
    let mut following = vec![];
    for person in &world.people {
        let arrival = world.remote.data.arrival_of(&person.user.id).await.ok().flatten();
        let rooms = arrival.map(|arrival| arrival.rooms).unwrap_or_default();
        let own = Channel::User(person.user.id.clone());
        for channel in rooms.into_iter().map(Channel::Room).chain([own]) {
            // Whoever subscribes by themselves need not follow the room that they were in and out of.
            let is_moving = channel == Channel::Room(world.moving);
            let devices =
                person.devices.iter().filter(|device| !is_moving || device.profile.subscribes.is_none());
            following.extend(devices.map(|device| (device.profile.name.clone(), channel.clone())));
        }
    }
    following
}

/// How things stand.
async fn look(world: &World, following: &[(String, Channel)]) -> End {
    let following = following.iter().map(|(device, channel)| (device.clone(), channel.to_string()));
    let mut end = End { following: following.collect(), ..End::default() };
    for channel in world.remote.witness.channels() {
        end.log.insert(channel.to_string(), log(world, &channel).await);
    }
    end
}

async fn log(world: &World, channel: &Channel) -> Vec<Row> {
    let epoch = world.remote.data.epoch().as_str().to_owned();
    let name = channel.to_string();
    let mut rows: Vec<Row> = vec![];
    loop {
        let after = Rev(rows.len() as u64);
        let Ok(page) = world.remote.data.changes_after(channel, after, usize::MAX).await else { return rows };
        if page.changes.is_empty() {
            return rows;
        }
        for change in page.changes {
            let offset = change.rev().0;
            let data = serde_json::to_vec(&change).unwrap_or_default();
            let position = Position { epoch: epoch.clone(), offset };
            rows.push(Row { position, id: change_id(&name, offset, &data) });
        }
    }
}

async fn is_settled(world: &World, following: &[(String, Channel)]) -> bool {
    let mut devices = world.people.iter().flat_map(|person| &person.devices);
    if !devices.all(|device| device.outbox.lock().is_empty()) {
        return false;
    }
    let channels: Vec<Channel> = following.iter().map(|(_, channel)| channel.clone()).collect();
    let heads = world.remote.data.heads(&channels).await.unwrap_or_default();
    following
        .iter()
        .zip(heads)
        .all(|((client, channel), head)| world.record.shown(client, &channel.to_string()) == Some(head.rev.0))
}

/// The verdict.
pub(crate) fn judge(record: &Record, scenario: &Scenario, end: &End, caught_up_in: Duration) -> Report {
    let recorded = record.finish();
    let mut violations = recorded.complaints;
    violations.extend(check(&recorded.history, end).iter().map(ToString::to_string));
    Report {
        scenario: *scenario,
        violations,
        trace: recorded.lines,
        trace_hash: recorded.trace_hash,
        steps: recorded.steps,
        acknowledged: recorded.acknowledged,
        received: recorded.received,
        caught_up_in,
    }
}
