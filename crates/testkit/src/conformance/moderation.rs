//! Keeping order.

use std::time::Duration;

use chinwag_chat::{
    AccountChange, BanMember, Change, DeleteMessage, NewReport, Refusal, ReportAction, ReportReason,
    ReportState, RoomAction, RoomChange, RoomEvent, RoomId, RoomKind, Seq, Timestamp, User,
};

use super::World;
use super::world::{add, ban, configure, create, edit, mute, react, remove, set_role, unban};

/// The types of a room's last changes.
async fn last_types(world: &World, room: RoomId, count: usize) -> Vec<&'static str> {
    let changes = world.changes(room).await;
    let types = changes.iter().filter_map(|change| match change {
        Change::Room(change) => Some(change.event.type_name()),
        Change::User(_) => None,
    });
    let types: Vec<_> = types.collect();
    types[types.len() - count..].to_vec()
}

/// What was done, the first first.
async fn deeds(world: &World) -> Vec<String> {
    let page = world.store.audit(None, 100).await.unwrap();
    page.items.into_iter().rev().map(|entry| entry.action).collect()
}

fn soon(world: &World) -> Timestamp {
    world.now().plus(Duration::from_millis(4))
}

/// The change says so, and so does the list.
pub async fn who_is_banned_is_removed_and_kept_out_until_it_is_over(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let room = world.room(RoomKind::Public, &ada, &[&bob, &eve]).await;
    let until = soon(world);
    let outcome = world.ask(room, &ada, ban(&bob, Some(until))).await.unwrap();
    let [RoomChange { event: RoomEvent::MemberLeft { user, banned: true, .. }, .. }] = &outcome.changes[..]
    else {
        panic!("{outcome:?}")
    };
    assert_eq!((user, outcome.user_changes.len()), (&bob, 1));
    assert_eq!(world.refusal(room, &bob, add(&bob)).await, Refusal::Banned { until: Some(until) });
    let found = world.store.bans(room, world.now(), None, 10).await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].user, &found[0].by, found[0].until), (&bob, &ada, Some(until)));
    assert_eq!(found[0].reason.as_deref(), Some("noise"));
    while world.now() <= until {}
    assert!(world.store.bans(room, world.now(), None, 10).await.unwrap().items.is_empty());
    world.ask(room, &bob, add(&bob)).await.unwrap();
    // For good, and then not.
    world.ask(room, &ada, ban(&bob, None)).await.unwrap();
    world.ask(room, &ada, ban(&eve, None)).await.unwrap();
    assert_eq!(world.refusal(room, &ada, add(&bob)).await, Refusal::Banned { until: None });
    let page = world.store.bans(room, world.now(), None, 1).await.unwrap();
    assert_eq!((page.items[0].user.id.clone(), page.has_more), (bob.id.clone(), true));
    let rest = world.store.bans(room, world.now(), Some(&bob.id), 1).await.unwrap();
    assert_eq!((rest.items[0].user.id.clone(), rest.has_more), (eve.id.clone(), false));
    world.ask(room, &ada, unban(&bob)).await.unwrap();
    world.ask(room, &ada, unban(&bob)).await.unwrap();
    world.ask(room, &bob, add(&bob)).await.unwrap();
    let (banned, unbanned) = ("room.user_banned", "room.user_unbanned");
    assert_eq!(deeds(world).await, [banned, banned, banned, unbanned]);
}

/// So nobody comes to be thrown out.
pub async fn who_is_not_in_the_room_is_kept_out_too(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let head = world.view(room, &ada).await.head_rev;
    assert!(world.ask(room, &ada, ban(&bob, None)).await.unwrap().changes.is_empty());
    assert_eq!(world.view(room, &ada).await.head_rev, head);
    assert_eq!(world.refusal(room, &bob, add(&bob)).await, Refusal::Banned { until: None });
}

/// Not by posting, not by editing, not by emoji.
pub async fn who_is_muted_says_nothing_until_it_is_over(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    world.post(room, &bob, "before").await;
    let until = soon(world).plus(Duration::from_millis(10));
    world.ask(room, &ada, mute(&bob, Some(until))).await.unwrap();
    assert!(world.ask(room, &ada, mute(&bob, Some(until))).await.unwrap().changes.is_empty());
    for action in [world.message("c", "text"), edit(1, "other"), react(1, "👍", true)] {
        assert_eq!(world.refusal(room, &bob, action).await, Refusal::Muted { until });
    }
    assert_eq!(world.muted(room).await, [(bob.id.clone(), until)]);
    while world.now() <= until {}
    world.post(room, &bob, "it is over").await;
    world.ask(room, &ada, mute(&bob, Some(Timestamp::FOR_GOOD))).await.unwrap();
    let refusal = world.refusal(room, &bob, world.message("d", "text")).await;
    assert_eq!(refusal, Refusal::Muted { until: Timestamp::FOR_GOOD });
    world.ask(room, &ada, mute(&bob, None)).await.unwrap();
    world.post(room, &bob, "after").await;
    assert_eq!(last_types(world, room, 3).await, ["member.muted", "member.unmuted", "message.created"]);
    assert!(world.muted(room).await.is_empty());
    assert_eq!(deeds(world).await, ["room.member_muted", "room.member_muted", "room.member_unmuted"]);
}

/// Going out and coming in again ends nothing.
pub async fn who_leaves_while_muted_stays_out_until_it_is_over(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    let until = soon(world).plus(Duration::from_millis(20));
    world.ask(room, &ada, mute(&bob, Some(until))).await.unwrap();
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    assert_eq!(world.refusal(room, &bob, add(&bob)).await, Refusal::Banned { until: Some(until) });
    while world.now() <= until {}
    world.ask(room, &bob, add(&bob)).await.unwrap();
    world.post(room, &bob, "it is over").await;
    world.ask(room, &ada, mute(&bob, Some(Timestamp::FOR_GOOD))).await.unwrap();
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    assert_eq!(world.refusal(room, &bob, add(&bob)).await, Refusal::Banned { until: None });
    world.ask(room, &ada, unban(&bob)).await.unwrap();
    world.ask(room, &bob, add(&bob)).await.unwrap();
}

/// By their own last message, whatever others write.
pub async fn slow_mode_makes_members_wait_and_nobody_else(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let room = world.room(RoomKind::Public, &ada, &[&bob, &eve]).await;
    world.ask(room, &ada, configure(r#"{"slow_mode_s": 60}"#)).await.unwrap();
    let (first, _) = world.post_as(room, &bob, "b1", "one").await.unwrap();
    world.post(room, &eve, "one").await;
    for n in 0..3 {
        world.post(room, &ada, &format!("the owner, {n}")).await;
    }
    let Refusal::SlowMode { wait } = world.refusal(room, &bob, world.message("b2", "two")).await else {
        panic!("bob does not wait")
    };
    assert!(wait > Duration::from_secs(59) && wait < Duration::from_secs(60), "{wait:?}");
    // The same again is answered as before, and an edit is no message.
    assert_eq!(world.post_as(room, &bob, "b1", "one").await.unwrap(), (first, false));
    world.ask(room, &bob, edit(1, "other")).await.unwrap();
    world.ask(room, &ada, set_role(&bob, chinwag_chat::Role::Admin)).await.unwrap();
    world.post(room, &bob, "as an admin").await;
    world.ask(room, &ada, configure(r#"{"slow_mode_s": null}"#)).await.unwrap();
    world.post(room, &eve, "two").await;
}

/// Also where a store decides them in one go.
pub async fn posts_handed_in_together_wait_for_each_other(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    world.ask(room, &ada, configure(r#"{"slow_mode_s": 60}"#)).await.unwrap();
    let posts = (0..10).map(|n| world.ask(room, &bob, world.message(&format!("c{n}"), "text")));
    let answers = futures_util::future::join_all(posts).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.messages(room).await.len(), 1);
}

/// In the room that the two have already; elsewhere as before.
pub async fn who_is_blocked_cannot_write_directly(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let direct = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    let group = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(direct, &bob, "hello").await;
    assert!(world.store.set_block(&ada.id, &bob.id, true, world.now()).await.unwrap());
    assert!(!world.store.set_block(&ada.id, &bob.id, true, world.now()).await.unwrap());
    for action in [world.message("c", "text"), edit(1, "other"), react(1, "👍", true)] {
        assert_eq!(world.refusal(direct, &bob, action).await, Refusal::Blocked);
    }
    world.post(direct, &ada, "who blocks may write").await;
    world.post(group, &bob, "elsewhere").await;
    assert_eq!(world.store.blocked_by(&ada.id, 10).await.unwrap(), std::slice::from_ref(&bob));
    assert!(world.store.blocked_by(&bob.id, 10).await.unwrap().is_empty());
    let asked = [ada.id.clone(), bob.id.clone()];
    assert_eq!(world.store.blockers_of(&bob.id, &asked).await.unwrap(), std::slice::from_ref(&ada.id));
    assert!(world.store.blockers_of(&ada.id, &asked).await.unwrap().is_empty());
    assert!(world.store.set_block(&ada.id, &bob.id, false, world.now()).await.unwrap());
    assert!(!world.store.set_block(&ada.id, &bob.id, false, world.now()).await.unwrap());
    world.post(direct, &bob, "again").await;
}

/// They do not even make one; and who blocks may, but hears nothing in it.
pub async fn a_block_comes_before_the_direct_room_too(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    world.store.set_block(&ada.id, &bob.id, true, world.now()).await.unwrap();
    let directly = create(RoomKind::Direct, None, &[&ada]);
    assert_eq!(world.refusal(world.new_room_id(), &bob, directly).await, Refusal::Blocked);
    let direct = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    assert_eq!(world.refusal(direct, &bob, world.message("c", "text")).await, Refusal::Blocked);
    world.post(direct, &ada, "text").await;
    world.store.set_block(&ada.id, &bob.id, false, world.now()).await.unwrap();
    world.post(direct, &bob, "text").await;
}

/// Whoever else is called in the same breath.
pub async fn who_blocks_somebody_is_not_mentioned_by_them(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let room = world.room(RoomKind::Group, &ada, &[&bob, &eve]).await;
    world.store.set_block(&ada.id, &bob.id, true, world.now()).await.unwrap();
    let called = world.post(room, &bob, "@ada @eve hello").await;
    assert_eq!(called.details.mentions.users, std::slice::from_ref(&eve.id));
    let called = world.post(room, &eve, "@ada hello").await;
    assert_eq!(called.details.mentions.users, std::slice::from_ref(&ada.id));
    assert_eq!(world.view(room, &ada).await.mentions, 1);
}

fn about(room: RoomId, by: &User, reason: ReportReason, at: Timestamp) -> NewReport {
    let comment = (reason == ReportReason::Other).then(|| "look".to_owned());
    NewReport { room, seq: Seq(1), by: by.id.clone(), reason, comment, created_at: at }
}

/// With the message as it is now.
pub async fn a_message_is_reported_once_by_each(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.post(room, &ada, "text").await;
    let report = async |by, reason| world.store.report(about(room, by, reason, world.now())).await.unwrap();
    assert!(report(&bob, ReportReason::Spam).await);
    assert!(!report(&bob, ReportReason::Abuse).await);
    assert!(report(&ada, ReportReason::Other).await);
    let message = world.change(room, &ada, edit(1, "edited")).await;
    let page = world.store.reports(Some(ReportState::Open), None, 1).await.unwrap();
    assert!(page.has_more);
    let newest = &page.items[0];
    assert_eq!(
        (&newest.by, newest.reason, newest.comment.as_deref()),
        (&ada, ReportReason::Other, Some("look"))
    );
    assert_eq!((&newest.message, newest.room.id, newest.room.kind), (&message, room, RoomKind::Private));
    let rest = world.store.reports(None, Some(newest.id), 10).await.unwrap();
    assert_eq!((rest.items.len(), rest.has_more), (1, false));
    assert_eq!((&rest.items[0].by, rest.items[0].reason), (&bob, ReportReason::Spam));
    assert_eq!(world.store.report_of(newest.id).await.unwrap().as_ref(), Some(newest));
    assert_eq!(world.store.report_of(newest.id + 1).await.unwrap(), None);
    assert_eq!(world.store.report_of(0).await.unwrap(), None);
}

/// Whoever comes second finds it closed.
pub async fn reports_are_closed_once_and_that_is_noted(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "text").await;
    world.store.report(about(room, &bob, ReportReason::Spam, world.now())).await.unwrap();
    let id = world.store.reports(None, None, 1).await.unwrap().items[0].id;
    let at = world.now();
    let close = async |action| {
        world.store.close_report(id, &ada.id, action, Some("seen".to_owned()), at).await.unwrap()
    };
    assert!(close(ReportAction::Dismiss).await);
    assert!(!close(ReportAction::DeleteMessage).await);
    let report = world.store.report_of(id).await.unwrap().unwrap();
    assert_eq!(
        (report.state, report.closed_at, &report.closed_by),
        (ReportState::Closed, Some(at), &Some(ada))
    );
    assert_eq!((report.action, report.note.as_deref()), (Some(ReportAction::Dismiss), Some("seen")));
    assert!(world.store.reports(Some(ReportState::Open), None, 9).await.unwrap().items.is_empty());
    assert_eq!(world.store.reports(Some(ReportState::Closed), None, 9).await.unwrap().items, [report]);
    let noted = world.store.audit(None, 9).await.unwrap().items;
    assert_eq!((noted.len(), noted[0].action.as_str(), noted[0].room), (1, "report.closed", Some(room)));
    let details = noted[0].details.clone().unwrap();
    assert_eq!(details, serde_json::json!({ "report": id.to_string(), "seq": 1, "action": "dismiss" }));
}

/// Though they are not in the room; and nobody else does so.
pub async fn admins_of_the_server_deal_with_what_was_reported(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let admin = world.user("admin").await;
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.post(room, &bob, "text").await;
    let (delete, user) = (DeleteMessage { seq: Seq(1), as_server_admin: true }, bob.id.clone());
    let removal = BanMember { user, reason: None, until: None, as_server_admin: true };
    let both = || [RoomAction::Delete(delete), RoomAction::Ban(removal.clone())];
    for action in both() {
        let refusal = world.refusal(room, &admin, action.clone()).await;
        assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
        let refusal = world.refusal(room, &ada, action).await;
        assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    }
    let change = AccountChange { is_admin: Some(true), is_disabled: None };
    world.store.change_account(&admin.id, change, None, world.now()).await.unwrap();
    for action in both() {
        world.ask(room, &admin, action).await.unwrap();
    }
    assert_eq!(last_types(world, room, 2).await, ["message.deleted", "member.left"]);
    assert!(!world.store.may_read(room, &admin.id).await.unwrap(), "they read nothing for all that");
    let of_the_owner = BanMember { user: ada.id.clone(), ..removal };
    let refusal = world.refusal(room, &admin, RoomAction::Ban(of_the_owner)).await;
    assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    assert_eq!(deeds(world).await, ["user.admin_granted", "message.deleted", "room.user_banned"]);
}

/// Should a connection of theirs still be open.
pub async fn who_is_disabled_changes_nothing(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let change = AccountChange { is_admin: None, is_disabled: Some(true) };
    world.store.change_account(&bob.id, change, None, world.now()).await.unwrap();
    for action in [world.message("c", "text"), add(&ada), create(RoomKind::Group, None, &[])] {
        assert_eq!(world.refusal(room, &bob, action).await, Refusal::AccountDisabled);
    }
    // What is said to them waits for them.
    world.post(room, &ada, "text").await;
    assert_eq!(world.view(room, &bob).await.unread, 1);
}
