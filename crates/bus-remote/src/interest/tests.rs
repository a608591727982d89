use super::*;

fn channel(n: u32) -> Channel {
    format!("user:{n}").parse().unwrap()
}

fn interest() -> (Interest, Instant) {
    (Interest::new(Duration::from_secs(5)), Instant::now())
}

/// Follows and has it confirmed.
fn subscribe(interest: &mut Interest, n: u32, now: Instant) {
    interest.follow(&channel(n));
    let asked = interest.ask(10);
    interest.confirmed(asked, now);
}

#[test]
fn a_follow_is_asked_once_and_its_confirmation_is_a_gap() {
    let (mut interest, now) = interest();
    assert!(interest.follow(&channel(1)));
    let asked = interest.ask(10);
    assert_eq!(asked, [channel(1)]);
    assert!(interest.ask(10).is_empty());
    assert_eq!(interest.confirmed(asked, now), [channel(1)]);
}

#[test]
fn who_leaves_before_the_server_was_asked_costs_nothing() {
    let (mut interest, now) = interest();
    for n in 0..1_000 {
        interest.follow(&channel(n));
        interest.unfollow(&channel(n), now);
    }
    assert!(interest.ask(10).is_empty());
    assert_eq!((interest.len(), interest.next_expiry()), (0, None));
}

#[test]
fn batches_have_a_bound() {
    let (mut interest, _) = interest();
    for n in 0..25 {
        interest.follow(&channel(n));
    }
    let sizes: Vec<_> = (0..4).map(|_| interest.ask(10).len()).collect();
    assert_eq!(sizes, [10, 10, 5, 0]);
}

#[test]
fn who_comes_back_soon_is_still_subscribed() {
    let (mut interest, now) = interest();
    subscribe(&mut interest, 1, now);
    interest.unfollow(&channel(1), now);
    assert!(!interest.follow(&channel(1)));
    assert!(interest.expired(10, now + Duration::from_secs(60)).is_empty());
    assert!(interest.ask(10).is_empty());
}

#[test]
fn what_nobody_comes_back_to_expires_and_is_asked_anew_after_that() {
    let (mut interest, now) = interest();
    subscribe(&mut interest, 1, now);
    interest.unfollow(&channel(1), now);
    let end = now + Duration::from_secs(5);
    assert_eq!(interest.next_expiry(), Some(end));
    assert!(interest.expired(10, end - Duration::from_millis(1)).is_empty());
    assert_eq!(interest.expired(10, end), [channel(1)]);
    assert_eq!((interest.len(), interest.next_expiry()), (0, None));
    assert!(interest.follow(&channel(1)));
}

#[test]
fn who_came_back_and_left_again_lingers_from_then_on() {
    let (mut interest, now) = interest();
    subscribe(&mut interest, 1, now);
    interest.unfollow(&channel(1), now);
    interest.follow(&channel(1));
    let later = now + Duration::from_secs(3);
    interest.unfollow(&channel(1), later);
    assert!(interest.expired(10, now + Duration::from_secs(5)).is_empty());
    assert_eq!(interest.expired(10, later + Duration::from_secs(5)), [channel(1)]);
}

#[test]
fn who_leaves_while_the_server_is_asked_is_no_gap_and_lingers() {
    let (mut interest, now) = interest();
    interest.follow(&channel(1));
    let asked = interest.ask(10);
    interest.unfollow(&channel(1), now);
    assert!(interest.confirmed(asked, now).is_empty());
    assert_eq!(interest.expired(10, now + Duration::from_secs(5)), [channel(1)]);
}

#[test]
fn a_new_link_asks_for_all_that_is_wanted_and_nothing_else() {
    let (mut interest, now) = interest();
    for n in 1..=4 {
        subscribe(&mut interest, n, now);
    }
    interest.unfollow(&channel(2), now);
    interest.follow(&channel(5));
    interest.ask(10);
    interest.unfollow(&channel(5), now);
    interest.follow(&channel(6));
    interest.start_over();
    let mut asked = interest.ask(10);
    asked.sort();
    assert_eq!(asked, [1, 3, 4, 6].map(channel));
    assert_eq!((interest.len(), interest.next_expiry()), (4, None));
}

#[test]
fn what_the_server_has_ended_is_asked_again_where_it_is_wanted() {
    let (mut interest, now) = interest();
    subscribe(&mut interest, 1, now);
    subscribe(&mut interest, 2, now);
    interest.unfollow(&channel(2), now);
    assert!(interest.ended(&channel(1)));
    assert!(!interest.ended(&channel(2)));
    assert!(!interest.ended(&channel(3)));
    assert_eq!(interest.ask(10), [channel(1)]);
}

#[test]
fn a_subscription_that_ends_before_its_confirmation_is_seen_is_asked_again() {
    let (mut interest, now) = interest();
    interest.follow(&channel(1));
    let asked = interest.ask(10);
    assert!(interest.ended(&channel(1)));
    assert!(interest.confirmed(asked, now).is_empty());
    assert_eq!(interest.ask(10), [channel(1)]);
}
