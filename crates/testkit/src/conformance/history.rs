//! A room's messages, page by page.

use chinwag_chat::store::{MessagePage, Page};
use chinwag_chat::{Message, RoomId, RoomKind, Seq};

use super::World;

/// A room with ten messages among other changes.
async fn ten_messages(world: &World) -> RoomId {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    for n in 1..=10 {
        world.post(room, &ada, &format!("message {n}")).await;
    }
    room
}

async fn page(
    world: &World,
    room: RoomId,
    before: Option<u64>,
    after: Option<u64>,
    limit: usize,
) -> Page<Message> {
    let (before_seq, after_seq) = (before.map(Seq), after.map(Seq));
    let page = MessagePage { before_seq, after_seq, thread: None, limit };
    let page = world.store.messages(room, &"nobody".parse().unwrap(), page).await.unwrap();
    Page { items: page.items.into_iter().map(|view| view.message).collect(), has_more: page.has_more }
}

fn seqs(page: &Page<Message>) -> Vec<u64> {
    page.items.iter().map(|message| message.seq.0).collect()
}

/// What one sees on opening a room, in the order in which it is read.
pub async fn without_bounds_comes_the_newest_page(world: &World) {
    let room = ten_messages(world).await;
    let newest = page(world, room, None, None, 3).await;
    assert_eq!((seqs(&newest), newest.has_more), (vec![8, 9, 10], true));
    assert_eq!(newest.items[2].text.as_str(), "message 10");
    assert_eq!(newest.items[2].room, room);
    let all = page(world, room, None, None, 10).await;
    assert_eq!((all.items.len(), all.has_more), (10, false));
    let none = page(world, world.new_room_id(), None, None, 10).await;
    assert_eq!((none.items.len(), none.has_more), (0, false));
}

/// Scrolling up.
pub async fn pages_go_back_to_the_beginning(world: &World) {
    let room = ten_messages(world).await;
    let middle = page(world, room, Some(8), None, 4).await;
    assert_eq!((seqs(&middle), middle.has_more), (vec![4, 5, 6, 7], true));
    let oldest = page(world, room, Some(4), None, 3).await;
    assert_eq!((seqs(&oldest), oldest.has_more), (vec![1, 2, 3], false));
    let nothing = page(world, room, Some(1), None, 3).await;
    assert_eq!((seqs(&nothing), nothing.has_more), (vec![], false));
}

/// Catching up.
pub async fn pages_go_forward_to_the_end(world: &World) {
    let room = ten_messages(world).await;
    let first = page(world, room, None, Some(0), 4).await;
    assert_eq!((seqs(&first), first.has_more), (vec![1, 2, 3, 4], true));
    let last = page(world, room, None, Some(7), 3).await;
    assert_eq!((seqs(&last), last.has_more), (vec![8, 9, 10], false));
    let nothing = page(world, room, None, Some(10), 3).await;
    assert_eq!((seqs(&nothing), nothing.has_more), (vec![], false));
}

/// Filling a gap, from its beginning.
pub async fn both_bounds_cut_out_what_is_between(world: &World) {
    let room = ten_messages(world).await;
    let between = page(world, room, Some(7), Some(2), 10).await;
    assert_eq!((seqs(&between), between.has_more), (vec![3, 4, 5, 6], false));
    let part = page(world, room, Some(7), Some(2), 2).await;
    assert_eq!((seqs(&part), part.has_more), (vec![3, 4], true));
    let nothing = page(world, room, Some(2), Some(7), 10).await;
    assert_eq!((seqs(&nothing), nothing.has_more), (vec![], false));
}

/// The numbers come from outside.
pub async fn a_bound_beyond_every_number_is_no_error(world: &World) {
    let room = ten_messages(world).await;
    assert_eq!(seqs(&page(world, room, Some(u64::MAX), None, 2).await), [9, 10]);
    assert_eq!(seqs(&page(world, room, Some(0), None, 2).await), [0; 0]);
    assert_eq!(seqs(&page(world, room, None, Some(u64::MAX), 2).await), [0; 0]);
    assert_eq!(page(world, room, None, None, usize::MAX).await.items.len(), 10);
    let none = page(world, room, None, None, 0).await;
    assert_eq!((none.items.len(), none.has_more), (0, true));
}
