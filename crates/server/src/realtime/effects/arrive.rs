//! Following what is a user's own: their channel and their rooms.

use std::collections::{BTreeMap, BTreeSet};

use chinwag_chat::store::Arrival;
use chinwag_chat::{Channel, StoreError};
use chinwag_connection::{Position, Subscribed};
use chinwag_realtime::{Follow, Start};

use crate::realtime::context::{Context, Identity};
use crate::realtime::recovery;

/// How often the rooms are read anew where the user comes and goes meanwhile. What is joined after that is told by the
/// user's own channel.
const ROUNDS: usize = 3;

/// Follows the user's own channel and rooms, and tells which the server subscribes.
///
/// The rooms were read before the hub had the connection down, so a membership may have ended in between unseen: leaving
/// is told in the room. But it is written in the user's own log too. Where that is where it was when the rooms were read,
/// by a read that began after the connection was down for all of them, nothing has happened; else the rooms are read
/// again. A membership that ends from then on is seen to end.
pub(super) async fn follow_own(
    context: &Context,
    identity: &Identity,
    arrival: Arrival,
    resume: &BTreeMap<Channel, Position>,
    except: &[Channel],
) -> Result<BTreeMap<Channel, Subscribed>, StoreError> {
    let (node, mailbox) = (&context.node, &identity.mailbox);
    let store = node.api.chat().store();
    let epoch = store.epoch();
    let own = Channel::User(arrival.user.id.clone());
    let mut subscriptions = BTreeMap::new();
    let mut followed_all: BTreeSet<Channel> = BTreeSet::new();
    let Arrival { user, mut head, mut rooms, .. } = arrival;
    for _ in 0..ROUNDS {
        let follow = std::iter::once(own.clone())
            .chain(rooms.iter().copied().map(Channel::Room).filter(|room| !except.contains(room)))
            .enumerate()
            .filter(|(_, channel)| !followed_all.contains(channel))
            .map(|(index, channel)| {
                let resumes = resume.contains_key(&channel) && index < node.connection_config.max_channels;
                let start = if index <= identity.max_rooms || resumes {
                    recovery::start(resume.get(&channel), &epoch)
                } else {
                    Start::HeadOnly
                };
                Follow { channel, start, by_server: true, join_leave: false, in_reply: true }
            });
        let follow: Vec<Follow> = follow.collect();
        let in_full: Vec<bool> = follow.iter().map(|follow| follow.start != Start::HeadOnly).collect();
        let (followed, known) = node.hub.follow_witnessed(mailbox, follow, &own).await?;
        for (followed, in_full) in followed.iter().zip(in_full) {
            let channel = followed.channel.clone();
            if in_full {
                let subscribed = recovery::subscribed(followed, resume.get(&channel), &epoch);
                subscriptions.insert(channel.clone(), subscribed);
            }
            followed_all.insert(channel);
        }
        if known <= head {
            break;
        }
        (head, rooms) = match store.arrival_of(&user.id).await? {
            Some(arrival) => (arrival.head, arrival.rooms),
            None => (head, vec![]),
        };
        let is_left = |channel: &Channel| matches!(channel, Channel::Room(room) if !rooms.contains(room));
        for channel in followed_all.extract_if(.., is_left) {
            node.hub.unfollow(mailbox.id(), &channel);
            subscriptions.remove(&channel);
        }
    }
    Ok(subscriptions)
}
