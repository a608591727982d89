//! Data that goes: what has outlived its time, and what people wrote who were erased.

use std::time::Duration;

use chinwag_chat::export::RoomPosition;
use chinwag_chat::store::{CommitError, LogPlace, MessagePage};
use chinwag_chat::{
    About, AccountChange, Forget, NewReport, PresenceWish, ProfileChange, Refusal, ReportReason, Rev,
    RoomAction, RoomEvent, RoomId, RoomKind, Seq, Status, StoreError, Timestamp, User,
};

use super::World;
use super::exports::{eventful_room, room_lines};
use super::files::{attachment, avatar, send};
use super::imports::{bring, chat, elsewhere};
use super::world::{add, ban, create, edit, pin, react};

/// After all there is.
async fn later(world: &World) -> Timestamp {
    world.now().plus(Duration::from_secs(1))
}

/// The time at which a message was written.
async fn written_at(world: &World, room: RoomId, viewer: &chinwag_chat::User, seq: u64) -> Timestamp {
    world.store.message(room, &viewer.id, Seq(seq)).await.unwrap().unwrap().message.created_at
}

/// Pages, pins, threads and counts are right; the log begins later and says so.
pub async fn what_has_outlived_its_time_is_gone_and_the_rest_is_right(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for n in 1..=6 {
        world.post(room, &ada, &format!("message {n}")).await;
    }
    world.answer(room, &bob, "in the thread", None, Some(2)).await;
    world.ask(room, &ada, pin(1, true)).await.unwrap();
    world.ask(room, &ada, pin(5, true)).await.unwrap();
    world.ask(room, &bob, react(2, "👍", true)).await.unwrap();
    world.ask(room, &ada, edit(3, "late edit of what goes")).await.unwrap();
    let before = written_at(world, room, &ada, 4).await;
    let at = later(world).await;
    // In steps, however small.
    assert_eq!(world.store.trim(room, before, 2, at).await.unwrap(), 2);
    assert_eq!(world.store.trim(room, before, 2, at).await.unwrap(), 1);
    assert_eq!(world.store.trim(room, before, 2, at).await.unwrap(), 0);
    let page = MessagePage { limit: 50, ..MessagePage::default() };
    let left = world.store.messages(room, &ada.id, page).await.unwrap();
    assert!(left.items.iter().map(|view| view.message.seq.0).eq([4, 5, 6]) && !left.has_more);
    assert_eq!(world.store.message(room, &ada.id, Seq(3)).await.unwrap(), None);
    assert!(world.store.edits(room, Seq(3)).await.unwrap().is_empty());
    let pins = world.store.pins(room, &ada.id).await.unwrap();
    assert!(pins.iter().map(|view| view.message.seq.0).eq([5]));
    assert!(world.store.threads_of(&bob.id, 10).await.unwrap().is_empty(), "its beginning is gone");
    assert_eq!(world.view(room, &bob).await.unread, 3);
    assert!(world.store.reactions_of(&bob.id, None, 10).await.unwrap().is_empty());
    // The log: what is behind its beginning is told so, what is not has no holes.
    let head = world.store.heads(&[room.into()]).await.unwrap()[0].rev;
    let gone = world.store.changes_after(&room.into(), Rev(1), 100).await;
    let Err(StoreError::Gone(begins_after)) = gone else { panic!("{gone:?}") };
    for after in begins_after.0..=head.0 {
        let page = world.store.changes_after(&room.into(), Rev(after), 1_000).await.unwrap();
        let revs: Vec<u64> = page.changes.iter().map(|change| change.rev().0).collect();
        assert_eq!(revs, (after + 1..=head.0).collect::<Vec<_>>());
        for change in &page.changes {
            let chinwag_chat::Change::Room(change) = change else { panic!("not of a room") };
            assert!(change.event.message().is_none_or(|message| message.seq > Seq(3)), "{change:?}");
        }
    }
    let page = world.store.changes_after(&room.into(), begins_after, 1_000).await.unwrap();
    let told = page.changes.iter().filter(|change| {
        matches!(change, chinwag_chat::Change::Room(change)
            if matches!(change.event, RoomEvent::MessagesRemoved { up_to } if up_to == Seq(3)))
    });
    assert!(told.count() >= 2, "the removal, and the edit of what is gone");
    // And the room goes on.
    let next = world.post(room, &bob, "on").await;
    assert_eq!(next.seq, Seq(8));
}

/// Which rooms are looked at, and which of them say when.
pub async fn the_oldest_message_of_each_room_is_known(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let empty = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let full = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let first = world.post(full, &ada, "first").await;
    world.post(full, &ada, "second").await;
    let ages = world.store.room_ages(None, 10).await.unwrap();
    assert!(ages.iter().all(|age| age.room != empty));
    let [age] = ages[..] else { panic!("{ages:?}") };
    assert_eq!((age.room, age.oldest_at, age.retention_days), (full, first.created_at, None));
    assert!(world.store.room_ages(Some(full), 10).await.unwrap().is_empty());
}

/// One node at a time, until it lets go.
pub async fn a_duty_is_one_nodes_at_a_time(world: &World) {
    let (north, south) = ("north".parse().unwrap(), "south".parse().unwrap());
    let (at, hold) = (world.now(), Duration::from_secs(60));
    assert!(world.store.claim_duty("retention", &north, at, hold).await.unwrap());
    assert!(world.store.claim_duty("retention", &north, at, hold).await.unwrap(), "whoever has it keeps it");
    assert!(!world.store.claim_duty("retention", &south, at, hold).await.unwrap());
    assert!(world.store.claim_duty("another", &south, at, hold).await.unwrap());
    world.store.forget_duties(at).await.unwrap();
    assert!(!world.store.claim_duty("retention", &south, at, hold).await.unwrap(), "it is still held");
    assert!(world.store.claim_duty("retention", &north, at, Duration::ZERO).await.unwrap());
    world.store.forget_duties(at).await.unwrap();
    assert!(world.store.claim_duty("retention", &south, at, hold).await.unwrap());
}

/// Nothing of them is found: no name, no text, no reaction; and the logs stay whole.
pub async fn whoever_was_erased_is_found_nowhere(world: &World) {
    let (ada, bob) = (world.user_shown_as("ada", "Ada Lovelace").await, world.user("bob").await);
    let room = eventful_room(world, &ada, &bob).await;
    let left = world.room(RoomKind::Group, &bob, &[&ada]).await;
    world.post(left, &ada, "said before leaving, with a worm").await;
    world.ask(left, &ada, super::world::remove(&ada)).await.unwrap();
    let direct = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    world.post(direct, &ada, "between us, with a worm").await;
    world.post(direct, &bob, "mine to keep").await;
    let chat = chat(world);
    chat.begin_erasure(&ada.id, None).await.unwrap();
    assert_eq!(world.store.user_by_name(&ada.name).await.unwrap(), None, "the name is free at once");
    assert!(world.store.find_users("ada", 10).await.unwrap().is_empty());
    assert!(world.store.find_users("del", 10).await.unwrap().is_empty());
    // The node dies half-way, another goes on; both at once do no harm.
    let to_erase = world.store.messages_to_erase(&ada.id, direct, None, 1).await.unwrap();
    let [(client_id, Seq(1))] = &to_erase[..] else { panic!("{to_erase:?}") };
    let rest = world.store.messages_to_erase(&ada.id, direct, Some(client_id), 1).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    assert_eq!(chat.continue_erasures().await.unwrap(), 1);
    assert_eq!(chat.continue_erasures().await.unwrap(), 0);
    chat.begin_erasure(&ada.id, None).await.unwrap();
    assert!(world.store.erasures(10).await.unwrap().is_empty(), "a second time there is nothing to do");
    for room in [room, left, direct] {
        let lines = room_lines(world, room, &RoomPosition::default()).await.join("\n");
        let changes = format!("{:?}", world.changes(room).await);
        for trace in ["Ada Lovelace", "worm", "\"ada\""] {
            assert!(!lines.contains(trace) && !changes.contains(trace), "{trace} in {lines}\n{changes}");
        }
    }
    let changes = format!("{:?}", world.changes(bob.id.clone()).await);
    assert!(!changes.contains("Ada Lovelace"), "{changes}");
    let own = world.store.changes_after(&ada.id.clone().into(), Rev::ZERO, 100).await;
    assert!(matches!(own, Err(StoreError::Gone(_))), "what they were told is gone too: {own:?}");
    assert!(world.store.arrival_of(&ada.id).await.unwrap().is_none_or(|arrival| arrival.rooms == [direct]));
    assert!(world.store.reactions_of(&ada.id, None, 10).await.unwrap().is_empty());
    let kept = world.store.message(direct, &bob.id, Seq(2)).await.unwrap().unwrap().message;
    assert_eq!(kept.text.as_str(), "mine to keep");
    assert_eq!(world.view(direct, &bob).await.peer.unwrap().display_name.as_str(), "Deleted user");
    assert_eq!(world.store.scrub_logs(&bob.id, &LogPlace(b"user:~".to_vec(), 0)).await.unwrap(), None);
    let named = world.user("ada").await;
    assert_ne!(named.id, ada.id);
}

/// Bans, blocks, the texts of reports, threads that are followed, devices, wishes and what they say of themselves.
pub async fn what_keeps_others_out_or_apart_goes_with_whoever_was_erased(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &bob, &[&ada]).await;
    world.post(room, &bob, "text").await;
    world.answer(room, &ada, "in a thread", None, Some(1)).await;
    let direct = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    assert!(world.store.set_block(&ada.id, &bob.id, true, world.now()).await.unwrap());
    let (comment, reason) = (Some("what ada says".to_owned()), ReportReason::Other);
    let report =
        NewReport { room, seq: Seq(1), by: ada.id.clone(), reason, comment, created_at: world.now() };
    assert!(world.store.report(report).await.unwrap());
    world.ask(room, &bob, ban(&ada, None)).await.unwrap();
    let status = Status { presence: PresenceWish::Dnd, text: Some("at sea".parse().unwrap()), until: None };
    world.store.set_status(&ada.id, &status).await.unwrap();
    let about = ProfileChange { about: Some(About::new("engines").unwrap()), ..ProfileChange::default() };
    world.store.change_profile(&ada.id, about).await.unwrap();
    erase(world, &ada).await;
    assert!(world.store.bans(room, world.now(), None, 10).await.unwrap().items.is_empty());
    assert!(world.store.blockers_of(&bob.id, std::slice::from_ref(&ada.id)).await.unwrap().is_empty());
    assert_eq!(world.post(direct, &bob, "anybody?").await.seq, Seq(1));
    let reports = world.store.reports(None, None, 10).await.unwrap().items;
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((&report.comment, report.by.display_name.as_str()), (&None, "Deleted user"));
    assert!(world.store.threads_of(&ada.id, 10).await.unwrap().is_empty());
    let profile = world.store.profile(&ada.id).await.unwrap().unwrap();
    assert_eq!((profile.about, profile.user.avatar), (None, None));
    // And what was reported goes when its time is over.
    let later = later(world).await;
    assert!(world.store.trim(room, later, 10, later).await.unwrap() > 0);
    assert!(world.store.reports(None, None, 10).await.unwrap().items.is_empty());
}

/// Their bytes are charged to nobody, nobody reads them, and the collector takes them.
pub async fn files_go_with_what_showed_them(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let (of_ada, of_bob) = (attachment(world, &ada, 10).await, attachment(world, &bob, 20).await);
    let (picture, kept) = (avatar(world, &ada).await, attachment(world, &bob, 30).await);
    send(world, room, &ada, "c1", &[of_ada]).await;
    let outlived = send(world, room, &bob, "c2", &[of_bob]).await;
    let rest = send(world, room, &bob, "c3", &[kept]).await;
    world.store.trim(room, rest.created_at, 10, world.now()).await.unwrap();
    assert!(outlived.created_at < rest.created_at);
    assert_eq!(world.store.bytes_of(&bob.id).await.unwrap(), 30);
    erase(world, &ada).await;
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), 0);
    let mut collected = world.store.take_due_files(world.now(), 10).await.unwrap();
    collected.sort_unstable();
    let mut gone = [of_ada, of_bob, picture];
    gone.sort_unstable();
    assert_eq!(collected, gone);
    for id in gone {
        assert_eq!(world.store.file(id).await.unwrap(), None);
    }
    assert!(world.store.file(kept).await.unwrap().unwrap().is_shown);
}

/// Not by an admin's word, not by an invitation, not by an import of what was exported before; nor does anybody find them.
pub async fn whoever_was_erased_does_not_come_back(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = eventful_room(world, &ada, &bob).await;
    let lines = room_lines(world, room, &RoomPosition::default()).await;
    let public = world.room(RoomKind::Public, &bob, &[]).await;
    erase(world, &ada).await;
    let enabled = AccountChange { is_disabled: Some(false), is_admin: None };
    let enabled = world.store.change_account(&ada.id, enabled, None, world.now()).await;
    assert!(matches!(enabled, Err(CommitError::Refused(Refusal::UnknownUser))), "{enabled:?}");
    // What they were about to say of themselves when it began.
    let name = ProfileChange { display_name: Some("Ada again".parse().unwrap()), ..ProfileChange::default() };
    let named = world.store.change_profile(&ada.id, name).await;
    assert!(matches!(named, Err(CommitError::Refused(Refusal::UnknownUser))), "{named:?}");
    let status = Status { text: Some("gone fishing".parse().unwrap()), ..Status::default() };
    world.store.set_status(&ada.id, &status).await.unwrap();
    assert_eq!(
        world.store.statuses(std::slice::from_ref(&ada.id)).await.unwrap()[0].status,
        Status::default()
    );
    assert!(world.store.accounts("", None, 10).await.unwrap().items.iter().all(|of| of.user.id != ada.id));
    assert_eq!(world.refusal(public, &bob, add(&ada)).await, Refusal::UnknownUser);
    assert_eq!(world.refusal(public, &ada, add(&ada)).await, Refusal::AccountDisabled);
    let new = create(RoomKind::Direct, None, &[&ada]);
    assert_eq!(world.refusal(world.new_room_id(), &bob, new).await, Refusal::UnknownUser);
    let forget = RoomAction::Forget(Forget::Membership);
    assert!(matches!(world.refusal(room, &bob, forget).await, Refusal::PermissionDenied(_)), "bob is there");
    let to = world.new_room_id();
    bring(world, &elsewhere(&lines, room, to)).await;
    let members: Vec<_> = world.roles(to).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(members, std::slice::from_ref(&bob.id));
    let again = room_lines(world, to, &RoomPosition::default()).await.join("\n");
    assert!(!again.contains("worm") && !again.contains("mended"), "{again}");
    assert!(again.contains("second"), "what others said is there: {again}");
}

/// From the beginning to the end.
async fn erase(world: &World, user: &User) {
    let chat = chat(world);
    chat.begin_erasure(&user.id, None).await.unwrap();
    assert_eq!(chat.continue_erasures().await.unwrap(), 1);
}
