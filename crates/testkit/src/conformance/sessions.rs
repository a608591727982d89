//! Sessions, from sign-in to their end.

use std::time::Duration;

use chinwag_chat::{Session, SessionId, Timestamp, TokenHash, User, UserId};

use super::World;

const HOUR: Duration = Duration::from_secs(3600);

/// A session of that user, last seen in that hour of a hundred.
async fn session(world: &World, user: &User, last_seen_hour: u32) -> (Session, TokenHash) {
    let created_at = Timestamp::from_unix_ms(0);
    let session = Session {
        id: world.new_session_id(),
        user: user.clone(),
        device: "Firefox on Linux 🦊".to_owned(),
        created_at,
        last_seen_at: created_at.plus(HOUR * last_seen_hour),
        expires_at: created_at.plus(HOUR * 100),
    };
    let mut token = [0xA5; 32];
    token[..26].copy_from_slice(session.id.to_string().as_bytes());
    let token = TokenHash(token);
    world.store.create_session(&session, token).await.unwrap();
    (session, token)
}

async fn listed(world: &World, user: Option<&UserId>, limit: usize) -> Vec<SessionId> {
    let sessions = world.store.sessions(user, limit).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

/// Expired or not: that is for the caller to judge.
pub async fn a_session_is_found_by_its_token_and_by_its_id(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (first, token) = session(world, &ada, 1).await;
    session(world, &bob, 1).await;
    assert_eq!(world.store.session_by_token(token).await.unwrap(), Some(first.clone()));
    assert_eq!(world.store.session(first.id).await.unwrap(), Some(first));
    assert_eq!(world.store.session_by_token(TokenHash([0; 32])).await.unwrap(), None);
    assert_eq!(world.store.session(world.new_session_id()).await.unwrap(), None);
}

/// One's own, or everybody's for the operator.
pub async fn sessions_are_listed_by_their_last_use(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (oldest, _) = session(world, &ada, 1).await;
    let (newest, _) = session(world, &ada, 3).await;
    let (other, _) = session(world, &bob, 2).await;
    assert_eq!(listed(world, Some(&ada.id), 10).await, [newest.id, oldest.id]);
    assert_eq!(listed(world, Some(&ada.id), 1).await, [newest.id]);
    assert_eq!(listed(world, None, 10).await, [newest.id, other.id, oldest.id]);
    assert!(listed(world, Some(&"nobody".parse().unwrap()), 10).await.is_empty());
}

/// Nodes do not agree about the time to the millisecond.
pub async fn using_a_session_moves_its_last_use_forward(world: &World) {
    let ada = world.user("ada").await;
    let (used, _) = session(world, &ada, 5).await;
    let last_seen = async || world.store.session(used.id).await.unwrap().unwrap().last_seen_at;
    let later = used.last_seen_at.plus(HOUR);
    world.store.touch_sessions(&[used.id], later).await.unwrap();
    assert_eq!(last_seen().await, later);
    world.store.touch_sessions(&[used.id], used.last_seen_at).await.unwrap();
    assert_eq!(last_seen().await, later);
    // One that is gone stays gone.
    world.store.touch_sessions(&[world.new_session_id()], later).await.unwrap();
    assert_eq!(listed(world, None, 10).await, [used.id]);
}

/// What a node asks about the sessions of all its connections.
pub async fn many_sessions_are_found_and_used_at_once(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (first, _) = session(world, &ada, 1).await;
    let (second, _) = session(world, &bob, 2).await;
    session(world, &ada, 3).await;
    let ids = [second.id, world.new_session_id(), first.id];
    world.store.touch_sessions(&ids, first.created_at.plus(HOUR * 9)).await.unwrap();
    let mut found = world.store.sessions_by_id(&ids).await.unwrap();
    found.sort_by_key(|session| session.id);
    assert_eq!(found.iter().map(|session| session.id).collect::<Vec<_>>(), [first.id, second.id]);
    assert!(found.iter().all(|session| session.last_seen_at == first.created_at.plus(HOUR * 9)));
    assert!(world.store.sessions_by_id(&[]).await.unwrap().is_empty());
}

/// Signing out.
pub async fn a_deleted_session_is_gone(world: &World) {
    let ada = world.user("ada").await;
    let (gone, token) = session(world, &ada, 1).await;
    let (stays, _) = session(world, &ada, 1).await;
    assert!(world.store.delete_session(gone.id).await.unwrap());
    assert!(!world.store.delete_session(gone.id).await.unwrap());
    assert_eq!(world.store.session_by_token(token).await.unwrap(), None);
    assert_eq!(world.store.session(gone.id).await.unwrap(), None);
    assert_eq!(listed(world, Some(&ada.id), 10).await, [stays.id]);
}

/// Unused for too long, or at the end of their time.
pub async fn sessions_that_ended_by_themselves_are_forgotten(world: &World) {
    let ada = world.user("ada").await;
    let (unused, _) = session(world, &ada, 1).await;
    let (used, _) = session(world, &ada, 20).await;
    let at = |hour: u32| Timestamp::from_unix_ms(0).plus(HOUR * hour);
    assert_eq!(world.store.delete_expired_sessions(at(21), at(0)).await.unwrap(), 0);
    assert_eq!(world.store.delete_expired_sessions(at(21), at(10)).await.unwrap(), 1);
    assert_eq!(world.store.session(unused.id).await.unwrap(), None);
    assert_eq!(listed(world, None, 10).await, [used.id]);
    // Its time is up at the hundredth hour, however much it is used.
    assert_eq!(world.store.delete_expired_sessions(at(99), at(10)).await.unwrap(), 0);
    assert_eq!(world.store.delete_expired_sessions(at(100), at(10)).await.unwrap(), 1);
    assert!(listed(world, None, 10).await.is_empty());
}
