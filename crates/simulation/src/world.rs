//! Puts a cluster together, lets things go wrong, lets them heal, and looks at what is left.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::store::{Sessions as _, Users as _};
use chinwag_chat::{
    AddMember, Bus, Channel, CreateRoom, FollowUps, Hint, NewUser, RoomAction, RoomCommand, RoomId, RoomKind,
    Session, SessionId, Timestamp, TokenHash, User, UserId,
};
use chinwag_protocol::Encoding;
use chinwag_store_memory::MemoryStore;
use sha2::{Digest, Sha256};

use crate::bus::SimulatedBus;
use crate::chance::Chance;
use crate::client::{self, Device, Habits, Profile};
use crate::node::{Common, Node};
use crate::record::Record;
use crate::setting::Setting;
use crate::store::{Remote, Witness};
use crate::{Report, Scenario, ending, faults};

/// Long before anything happens.
const BEFORE: Timestamp = Timestamp::from_unix_ms(1_759_999_990_000);
/// How long sessions last: longer than any clock is wrong.
const SESSION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// A cluster and its people.
pub(crate) struct World {
    pub(crate) setting: Setting,
    pub(crate) chance: Chance,
    pub(crate) record: Arc<Record>,
    pub(crate) bus: Arc<SimulatedBus>,
    pub(crate) remote: Arc<Remote>,
    pub(crate) nodes: Arc<[Arc<Node>]>,
    pub(crate) people: Vec<Person>,
    /// The room whose members come and go.
    pub(crate) moving: RoomId,
}

/// Somebody and what they have in their pockets.
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) devices: Vec<Arc<Device>>,
}

/// Plays a scenario from its beginning to its verdict.
pub(crate) async fn play(scenario: &Scenario) -> Report {
    let chance = Chance::new(scenario.seed);
    let setting = Setting::draw(&chance);
    let record = Arc::new(Record::new(scenario.trace_lines));
    record.note(format_args!("{setting:?}"));
    match World::build(scenario, setting, chance, record.clone()).await {
        Ok(world) => {
            for device in world.people.iter().flat_map(|person| &person.devices) {
                let (nodes, record) = (world.nodes.clone(), record.clone());
                tokio::spawn(client::run(device.clone(), nodes, record, world.chance.fork(), scenario.lie));
            }
            faults::rage(&world).await;
            ending::settle(&world, scenario).await
        }
        Err(what) => {
            record.complain(what);
            ending::judge(&record, scenario, &ending::nothing(), Duration::ZERO)
        }
    }
}

/// What is committed before there are any nodes needs no hint.
struct Nobody;

impl Bus for Nobody {
    fn publish(&self, _: Hint) {}
}

impl World {
    async fn build(
        scenario: &Scenario,
        setting: Setting,
        chance: Chance,
        record: Arc<Record>,
    ) -> Result<Self, String> {
        let users: Vec<User> = (0..setting.users).map(user).collect::<Result<_, _>>()?;
        let names = |index: usize| {
            let count = if index < setting.second_devices { 2 } else { 1 };
            (0..count).map(move |device| format!("u{index}{}", if device == 0 { 'a' } else { 'b' }))
        };
        let devices: BTreeMap<UserId, Vec<String>> =
            users.iter().enumerate().map(|(index, user)| (user.id.clone(), names(index).collect())).collect();
        let remote = Arc::new(Remote {
            data: MemoryStore::new(Arc::new(Nobody), &chance),
            witness: Witness::new(record.clone(), devices.clone()),
            chance: chance.fork(),
            lie: scenario.lie,
        });
        for (index, user) in users.iter().enumerate() {
            enrol(&remote.data, user, index).await?;
        }
        let [open, closed, moving, secret] = [1, 2, 3, 4].map(|n| RoomId::from_parts(1, n));
        let everybody = || users.iter().skip(1);
        create(&remote, open, RoomKind::Public, &users, everybody()).await?;
        create(&remote, closed, RoomKind::Group, &users, everybody()).await?;
        create(&remote, moving, RoomKind::Private, &users, everybody().take(1)).await?;
        create(&remote, secret, RoomKind::Private, &users, std::iter::empty()).await?;

        let bus = SimulatedBus::new(setting.nodes, chance.fork(), setting.bus, scenario.lie);
        let common = Arc::new(Common {
            setting: setting.clone(),
            bus: bus.clone(),
            remote: remote.clone(),
            record: record.clone(),
        });
        let nodes: Arc<[Arc<Node>]> =
            (0..setting.nodes).map(|index| Node::new(index, common.clone(), chance.fork())).collect();
        nodes.iter().for_each(|node| node.start());

        let rooms = Rooms { open, closed, moving, secret };
        let mut people = vec![];
        for (index, user) in users.iter().enumerate() {
            let names = devices.get(&user.id).cloned().unwrap_or_default();
            let devices = names
                .into_iter()
                .map(|name| Device::new(rooms.profile(name, index, &users, &setting, &chance)));
            people.push(Person { user: user.clone(), devices: devices.collect() });
        }
        Ok(Self { setting, chance, record, bus, remote, nodes, people, moving })
    }
}

struct Rooms {
    open: RoomId,
    closed: RoomId,
    moving: RoomId,
    secret: RoomId,
}

impl Rooms {
    fn profile(
        &self,
        name: String,
        index: usize,
        users: &[User],
        setting: &Setting,
        chance: &Chance,
    ) -> Profile {
        let by_itself = chance.happens(300);
        let channels = |rooms: &[RoomId]| -> Vec<String> {
            rooms.iter().map(|room| Channel::Room(*room).to_string()).collect()
        };
        let others = users.iter().skip(1).map(|user| user.id.to_string()).collect();
        let is_owner = index == 0;
        let (all, most) = (vec![self.open, self.closed, self.secret], vec![self.open, self.closed]);
        let slow = chance.happens(setting.slow_readers_per_mille);
        Profile {
            name,
            token: token(index),
            encoding: chance.pick(Encoding::Json, &[Encoding::Protobuf]),
            subscribes: by_itself.then(|| channels(if is_owner { &all } else { &most })),
            habits: Habits {
                send_every: setting.send_every,
                text_bytes: setting.text_bytes,
                moves: is_owner.then(|| (self.moving.to_string(), others)),
                peeks: if is_owner { vec![] } else { channels(&[self.secret]) },
                bytes_a_second: slow.then(|| 500 + setting.text_bytes / 2),
            },
        }
    }
}

fn user(index: usize) -> Result<User, String> {
    let id = format!("u{index}").parse().map_err(|error| format!("{error}"))?;
    let name = format!("user{index}").parse().map_err(|error| format!("{error}"))?;
    let display_name = format!("User {index}").parse().map_err(|error| format!("{error}"))?;
    Ok(User::new(id, name, display_name))
}

fn token(index: usize) -> String {
    format!("cws_{index}")
}

/// Gives somebody an account and a session.
async fn enrol(data: &MemoryStore, user: &User, index: usize) -> Result<(), String> {
    let new = NewUser { user: user.clone(), password: None, created_at: BEFORE };
    data.create_user(new).await.map_err(|error| error.to_string())?;
    let session = Session {
        id: SessionId::from_parts(1, index as u128),
        user: user.clone(),
        device: "simulated".to_owned(),
        created_at: BEFORE,
        last_seen_at: BEFORE,
        expires_at: BEFORE.plus(SESSION),
    };
    let hash = TokenHash(Sha256::digest(token(index).as_bytes()).into());
    data.create_session(&session, hash).await.map_err(|error| error.to_string())
}

async fn create(
    remote: &Remote,
    room: RoomId,
    kind: RoomKind,
    users: &[User],
    others: impl Iterator<Item = &User>,
) -> Result<(), String> {
    let owner = users.first().ok_or("nobody is there")?;
    let name = Some(format!("{room}").parse().map_err(|error| format!("{error}"))?);
    let members = others.map(|user| user.id.clone()).collect();
    let action = RoomAction::Create(CreateRoom { kind, name, members });
    let command = RoomCommand { room, actor: owner.id.clone(), action, follow_ups: FollowUps::default() };
    remote.commit(command, BEFORE).await.map(drop).map_err(|error| error.to_string())
}

impl World {
    /// Brings everybody back who was taken out of the room whose members come and go.
    pub(crate) async fn gather(&self) -> Result<(), String> {
        let Some(owner) = self.people.first() else { return Ok(()) };
        for person in &self.people {
            let action = RoomAction::AddMember(AddMember { user: person.user.id.clone() });
            let actor = owner.user.id.clone();
            let command = RoomCommand { room: self.moving, actor, action, follow_ups: FollowUps::default() };
            self.remote.commit(command, BEFORE).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
