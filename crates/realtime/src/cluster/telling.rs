//! Telling the rooms of people who came, went, or are seen as something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinwag_chat::{Channel, Hint, PresenceEntry, RoomId, StateEvent, StoreError, UserId};
use hashbrown::{HashMap, HashSet};

use super::ClusterNode;

/// For how many users the rooms are read at once.
const USERS_PER_READ: usize = 200;
/// How many people an event names.
const NAMES_PER_EVENT: usize = 199;

/// Who moved, and where to.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Who came.
    pub(super) online: Vec<UserId>,
    /// Who went.
    pub(super) offline: Vec<UserId>,
    /// Who is seen as something else.
    pub(super) changed: Vec<UserId>,
}

/// What a room is to be told.
#[derive(Default)]
struct News {
    online: Vec<UserId>,
    offline: Vec<UserId>,
    changed: Vec<PresenceEntry>,
}

impl News {
    fn len(&self) -> usize {
        self.online.len() + self.offline.len() + self.changed.len()
    }
}

impl ClusterNode {
    /// Tells the rooms of users who moved, with a few reads of the stores for many of them. A room gets all of its news
    /// at once, wherever its members stand among those who moved.
    pub(super) async fn tell_presence(&self, moves: &Moves) -> Result<(), StoreError> {
        let Moves { online, offline, changed } = moves;
        let went: HashSet<&UserId> = offline.iter().collect();
        let came: HashSet<&UserId> = online.iter().collect();
        let moved: Vec<UserId> = online.iter().chain(offline).chain(changed).cloned().collect();
        let most = self.hub.config.presence.max_members;
        let mut news: BTreeMap<RoomId, News> = BTreeMap::new();
        for moved in moved.chunks(USERS_PER_READ) {
            let rooms = self.hub.store.small_rooms_of(moved, most).await?;
            if rooms.is_empty() {
                continue;
            }
            let there: Vec<UserId> = moved.iter().filter(|user| !went.contains(user)).cloned().collect();
            let seen = if there.is_empty() { HashMap::new() } else { self.seen_by_id(&there).await? };
            for (room, users) in rooms {
                let news = news.entry(room).or_default();
                for user in users {
                    if news.len() >= NAMES_PER_EVENT {
                        self.tell(room, std::mem::take(news));
                    }
                    let entry = seen.get(&user).cloned();
                    match (went.contains(&user), came.contains(&user)) {
                        (true, _) => news.offline.push(user),
                        // Of those who came, most are seen as what everybody is.
                        (_, true) => {
                            let plain = PresenceEntry::plain(user.clone(), true);
                            news.changed.extend(entry.filter(|entry| *entry != plain));
                            news.online.push(user);
                        }
                        _ => news.changed.extend(entry),
                    }
                }
            }
        }
        for (room, news) in news {
            self.tell(room, news);
        }
        Ok(())
    }

    fn tell(&self, room: RoomId, News { online, offline, changed }: News) {
        let event = StateEvent::PresenceChanged { online, offline, changed };
        self.hub.bus.publish(Hint::State(Channel::Room(room), Arc::new(event)));
    }
}
