use std::sync::Arc;

use chinwag_chat::{Channel, Head, Rev, SessionId, StateEvent};

use super::*;

fn numbered(n: u64) -> Hint {
    Hint::Moved(channel(), Head { rev: Rev(n), ..Head::default() })
}

fn channel() -> Channel {
    "user:ada".parse().unwrap()
}

fn state() -> Hint {
    let event = StateEvent::RoomHead {
        room: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        head_seq: chinwag_chat::Seq(1),
        head_rev: Rev(1),
    };
    Hint::State(channel(), Arc::new(event))
}

fn linked(max_hints: usize) -> Outgoing {
    let outgoing = Outgoing::new(max_hints, usize::MAX);
    outgoing.set_linked(true);
    outgoing
}

/// The numbers of the hints that wait, and 0 for state.
async fn numbers(outgoing: &Outgoing) -> Vec<u64> {
    outgoing.beat(1);
    let hints = outgoing.next(usize::MAX).await.hints;
    hints.iter().map(|hint| if let Hint::Moved(_, head) = hint { head.rev.0 } else { 0 }).collect()
}

#[tokio::test]
async fn hints_go_in_the_order_in_which_they_came() {
    let outgoing = linked(10);
    for n in 1..=5 {
        outgoing.push(numbered(n));
    }
    assert_eq!(outgoing.next(2).await.hints.len(), 2);
    assert_eq!(numbers(&outgoing).await, [3, 4, 5]);
}

#[tokio::test]
async fn of_too_many_the_oldest_are_dropped() {
    let outgoing = linked(4);
    for n in 1..=9 {
        outgoing.push(numbered(n));
    }
    assert_eq!(numbers(&outgoing).await, [6, 7, 8, 9]);
}

#[tokio::test]
async fn state_gives_way_before_any_change_does() {
    let outgoing = linked(4);
    outgoing.push(numbered(1));
    outgoing.push(state());
    for n in 2..=4 {
        outgoing.push(numbered(n));
    }
    assert_eq!(numbers(&outgoing).await, [1, 2, 3, 4]);
    // And none is taken in where the queue is half full.
    outgoing.push(numbered(5));
    outgoing.push(state());
    outgoing.push(state());
    assert_eq!(numbers(&outgoing).await, [5, 0]);
}

#[tokio::test]
async fn without_a_link_changes_wait_and_state_does_not() {
    let outgoing = linked(10);
    outgoing.push(state());
    outgoing.push(numbered(1));
    outgoing.set_linked(false);
    outgoing.push(state());
    outgoing.push(numbered(2));
    outgoing.set_linked(true);
    assert_eq!(numbers(&outgoing).await, [1, 2]);
}

#[tokio::test]
async fn a_beat_goes_with_the_next_hints_and_not_to_another_link() {
    let outgoing = linked(10);
    outgoing.beat(7);
    outgoing.set_linked(true);
    outgoing.push(Hint::SessionRevoked(SessionId::from_parts(0, 1)));
    assert_eq!(outgoing.next(10).await.beat, None);
    outgoing.beat(8);
    assert_eq!(outgoing.next(10).await.beat, Some(8));
}

#[tokio::test]
async fn the_bytes_that_wait_are_bounded() {
    let outgoing = Outgoing::new(usize::MAX, 10 * HINT_BYTES);
    for n in 1..=1_000 {
        outgoing.push(numbered(n));
    }
    assert_eq!(numbers(&outgoing).await, (991..=1_000).collect::<Vec<_>>());
    assert_eq!(outgoing.waiting.lock().bytes, 0);
}
