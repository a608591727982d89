//! How people want to be seen.

use chinwag_chat::{KeptStatus, PresenceWish, Session, Status, Timestamp, TokenHash, User};

use super::World;

async fn kept(world: &World, user: &User) -> Option<KeptStatus> {
    world.store.statuses(std::slice::from_ref(&user.id)).await.unwrap().pop()
}

/// Each time all of it.
pub async fn a_status_is_kept_until_it_is_another(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    assert_eq!(kept(world, &ada).await.unwrap().status, Status::default());
    let busy = Status {
        presence: PresenceWish::Dnd,
        text: Some("in the lab".parse().unwrap()),
        until: Some(Timestamp::from_unix_ms(1_900_000_000_000)),
    };
    let away = Status { presence: PresenceWish::Away, ..Status::default() };
    for status in [busy.clone(), away, Status::default(), busy] {
        world.store.set_status(&ada.id, &status).await.unwrap();
        assert_eq!(kept(world, &ada).await.unwrap().status, status);
    }
    assert_eq!(kept(world, &bob).await.unwrap().status, Status::default());
}

/// Whoever has used several sessions was last seen when they used the latest.
pub async fn people_were_last_seen_when_they_last_used_a_session(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    for (n, last_seen_at) in [(1, 50), (2, 70), (3, 60)] {
        let session = Session {
            id: world.new_session_id(),
            user: ada.clone(),
            device: "phone".to_owned(),
            created_at: Timestamp::from_unix_ms(1),
            last_seen_at: Timestamp::from_unix_ms(last_seen_at),
            expires_at: Timestamp::from_unix_ms(1_000),
        };
        world.store.create_session(&session, TokenHash([n; 32])).await.unwrap();
    }
    let ids = [ada.id.clone(), bob.id.clone(), "nobody".parse().unwrap()];
    let mut all = world.store.statuses(&ids).await.unwrap();
    all.sort_by(|one, other| one.user.cmp(&other.user));
    let seen = all.into_iter().map(|kept| (kept.user, kept.last_seen_at)).collect::<Vec<_>>();
    assert_eq!(seen, [(ada.id, Some(Timestamp::from_unix_ms(70))), (bob.id, None)]);
}
