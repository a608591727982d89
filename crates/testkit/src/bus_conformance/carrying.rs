//! What is published arrives.

use std::sync::Arc;

use chinwag_chat::{
    Change, Channel, EventData, Hint, Rev, Role, RoomChange, RoomEvent, RoomKind, Seq, StateEvent, Timestamp,
    UserChange, UserEvent,
};

use super::hints::{revoked, revs, room, room_id, said, somebody, was_revoked};
use super::node::{BusServer, Node, Told};

fn changes(told: &[Told]) -> Vec<Change> {
    let change = |told: &Told| match told {
        Told::Hint(Hint::Changed(change)) => Some((**change).clone()),
        _ => None,
    };
    told.iter().filter_map(change).collect()
}

/// Nothing is lost or altered between one node's change and another's, whatever its kind.
pub async fn every_kind_of_change_arrives_as_it_was<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    let (by, at) = (somebody(), Timestamp::from_unix_ms(1_700_000_000_007));
    let in_room = [
        RoomEvent::RoomCreated { kind: RoomKind::Direct, name: None, by: by.clone() },
        RoomEvent::RoomRenamed { name: "tea \\ \"é\"".parse().unwrap(), by: by.clone() },
        RoomEvent::MemberJoined { user: by.clone(), role: Role::Owner, by: by.clone() },
        RoomEvent::MemberLeft { user: by.clone(), by: by.clone(), banned: false },
        RoomEvent::MemberRoleChanged { user: by.clone(), role: Role::Admin, by: by.clone() },
    ];
    let in_room = (1..)
        .zip(in_room)
        .map(|(rev, event)| Change::Room(RoomChange { room: room_id(1), rev: Rev(rev), at, event }));
    let of_user = [
        UserEvent::RoomJoined {
            room: room_id(1),
            room_rev: Rev(7),
            kind: RoomKind::Public,
            name: Some("tea".parse().unwrap()),
            peer: None,
        },
        UserEvent::RoomJoined {
            room: room_id(2),
            room_rev: Rev(u64::MAX),
            kind: RoomKind::Direct,
            name: None,
            peer: Some(by.clone()),
        },
        UserEvent::RoomLeft { room: room_id(1) },
    ];
    let of_user = (1..)
        .zip(of_user)
        .map(|(rev, event)| Change::User(UserChange { user: somebody().id, rev: Rev(rev), at, event }));
    let mut sent: Vec<_> = in_room.chain(of_user).collect();
    let Hint::Changed(message) =
        said(1, 6, "a \"quoted\" \\ line\nbreak, \u{1f469}\u{200d}\u{1f680}, \u{7f}\u{1}")
    else {
        panic!("a message is a change");
    };
    sent.push((*message).clone());

    b.follow::<S>(&room(1)).await;
    b.follow::<S>(&Channel::User(by.id)).await;
    for change in &sent {
        a.publish(Hint::Changed(Arc::new(change.clone())));
    }
    b.until(|told| changes(told).len() >= sent.len()).await;
    // Only within a channel is there an order.
    let of = |changes: &[Change], channel: &Channel| {
        changes.iter().filter(|change| change.channel() == *channel).cloned().collect::<Vec<_>>()
    };
    for channel in [room(1), Channel::User(somebody().id)] {
        assert_eq!(of(&changes(&b.told()), &channel), of(&sent, &channel));
    }
}

/// A node tells itself at once, and what comes back over the wire is not told again.
pub async fn ones_own_hints_come_once<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    a.follow::<S>(&room(1)).await;
    b.follow::<S>(&room(1)).await;
    for rev in 1..=100 {
        a.publish(said(1, rev, "hello"));
    }
    b.until(|told| revs(told, 1).len() == 100).await;
    // By the time that this comes from the other node, all of one's own has come back.
    b.publish(said(1, 101, "hello yourself"));
    a.until(|told| revs(told, 1).contains(&101)).await;
    assert_eq!(revs(&a.told(), 1), (1..=101).collect::<Vec<_>>());
}

/// As a rule, hints need no repair.
pub async fn hints_of_one_publisher_keep_their_order<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    for rev in 1..=3_000 {
        a.publish(said(1, rev, "one after the other"));
    }
    b.until(|told| revs(told, 1).len() == 3_000).await;
    assert_eq!(revs(&b.told(), 1), (1..=3_000).collect::<Vec<_>>());
}

/// What is too large for the wire becomes the news that there is something to read.
pub async fn a_big_change_arrives_whole_or_as_the_news_of_it<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    let mut rev = 0;
    // Each character takes from one to six bytes in JSON; each length is near a bound of some wire.
    for text in ["x", "é", "\u{1}"] {
        for bytes in [6_000, 7_600, 7_800, 7_950, 16_000, 65_536] {
            rev += 1;
            let hint = said(1, rev, &text.repeat(bytes / text.len()));
            let Hint::Changed(sent) = hint.clone() else { panic!("a message is a change") };
            a.publish(hint);
            let arrived = |told: &Told| match told {
                Told::Hint(Hint::Changed(change)) => *change == sent,
                Told::Hint(Hint::Moved(channel, head)) => {
                    *channel == room(1) && (head.rev, head.seq) == (Rev(rev), Seq(rev))
                }
                _ => false,
            };
            b.until(|told| told.iter().any(arrived)).await;
        }
    }
}

/// State is carried like anything else while there is room.
pub async fn state_reaches_those_who_follow<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    let typing = StateEvent::Typing { room: room_id(1), user: somebody(), expires_in_ms: 5_000 };
    a.publish(Hint::State(room(1), Arc::new(typing.clone())));
    let is_it = |told: &Told| matches!(told, Told::Hint(Hint::State(channel, event)) if *channel == room(1) && **event == typing);
    b.until(|told| told.iter().any(is_it)).await;
}

/// Nobody reads it from the store afterwards.
pub async fn a_direct_event_of_the_greatest_length_arrives<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    let channel = Channel::User("u".repeat(64).parse().unwrap());
    b.follow::<S>(&channel).await;
    let direct = |text: &str| StateEvent::Direct {
        from: Some(somebody()),
        id: None,
        event: "call.offer".parse().unwrap(),
        data: EventData::new(&text.into(), usize::MAX).unwrap(),
    };
    let around = serde_json::to_string(&direct("")).unwrap().len();
    let longest = direct(&"x".repeat(a.max_state_bytes().min(100_000) - around));
    a.publish(Hint::State(channel.clone(), Arc::new(longest.clone())));
    let is_it = |told: &Told| matches!(told, Told::Hint(Hint::State(to, event)) if *to == channel && **event == longest);
    b.until(|told| told.iter().any(is_it)).await;
}

/// A session that ended must go on whatever node its connections are.
pub async fn hints_without_a_channel_reach_everybody<S: BusServer>() {
    let server = S::start().await;
    let nodes = [Node::join(&server).await, Node::join(&server).await, Node::join(&server).await];
    for (n, node) in (0..).zip(&nodes) {
        // A node that has only just joined may not be heard yet.
        let everybody = async {
            for other in &nodes {
                other.until(|told| was_revoked(told, n)).await;
            }
        };
        tokio::pin!(everybody);
        loop {
            node.publish(revoked(n));
            let again = tokio::time::sleep(std::time::Duration::from_millis(100));
            tokio::select! {
                () = &mut everybody => break,
                () = again => {}
            }
        }
    }
}

/// Whoever else may reach the server can at most cost time.
pub async fn what_a_stranger_says_is_dropped<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    b.forget();
    let unknown = br#"c1 00000000000000ff [{"telepathy":{"thought":"tea"}},{"moved":{"channel":"nonsense","seq":1,"rev":2}}]"#;
    let deep = format!("c1 00000000000000ff {}", "[".repeat(5_000));
    let strange: [&[u8]; 12] = [
        b"x",
        b"hello world",
        b"c1",
        b"c1 ",
        b"c1 00000000000000ff",
        b"c1 00000000000000ff !",
        b"c1 00000000000000ff !99999999999999999999999",
        b"c1 not-a-tag [{}]",
        b"c2 00000000000000ff whatever comes next",
        b"c1 00000000000000ff {\"room\":",
        unknown,
        deep.as_bytes(),
    ];
    for payload in strange {
        server.say_as_a_stranger(&room(1), payload).await;
    }
    let known = br#"c1 00000000000000ff [{"telepathy":{}},{"moved":{"channel":"room:7ZZZZZZZZZZZZZZZZZZZZZZZZZ","seq":1,"rev":2}}]"#;
    server.say_as_a_stranger(&room(1), known).await;
    a.publish(said(1, 1, "still here"));
    b.until(|told| revs(told, 1) == [1]).await;
    // A hint of a kind that is not known yet takes the others of its message not along.
    let others = |told: &&Told| !matches!(told, Told::Hint(Hint::Changed(_)));
    b.until(|told| told.iter().filter(others).count() == 1).await;
    let told = b.told();
    assert!(matches!(told.iter().find(others), Some(Told::Hint(Hint::Moved(..)))), "{told:?}");
}
