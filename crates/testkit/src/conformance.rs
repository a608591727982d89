//! What every store must do, written once.
//!
//! An adapter's `tests/conformance.rs` is a function that makes a fresh store and one line:
//!
//! ```ignore
//! chinwag_testkit::store_conformance!(fresh_store);
//! ```
//!
//! The function is `async fn(Arc<dyn Bus>) -> Fresh`. Each case gets a store of its own and becomes a test of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing case is a panic")]

pub mod announcing;
pub mod changes;
pub mod concurrency;
pub mod direct;
pub mod history;
pub mod membership;
pub mod posting;
pub mod reading;
pub mod replay;
pub mod rooms;
pub mod sessions;
pub mod users;

mod snapshot;
mod world;

pub use snapshot::RoomSnapshot;
pub use world::{Announced, Fresh, World};

/// Makes a test of every case of the suite, over stores from `$factory`.
#[macro_export]
macro_rules! store_conformance {
    ($factory:path) => {
        $crate::store_conformance_cases! { $factory;
            announcing: what_is_committed_is_announced_in_order,
            announcing: what_is_refused_or_repeated_is_not_announced,
            changes: changes_come_in_pages_without_holes_and_with_the_head,
            changes: changes_read_back_as_they_were_answered,
            changes: nothing_comes_after_the_head,
            changes: an_unknown_channel_is_empty_and_its_head_is_zero,
            changes: heads_come_in_the_order_asked,
            changes: a_users_own_log_counts_by_itself,
            changes: the_epoch_stays,
            concurrency: the_same_client_id_at_once_gives_one_message,
            concurrency: many_writers_over_several_rooms_leave_no_holes,
            concurrency: commands_handed_in_in_order_are_decided_in_order,
            concurrency: the_same_direct_room_at_once_is_one_room,
            concurrency: the_same_name_at_once_is_one_account,
            concurrency: no_message_follows_its_senders_removal,
            concurrency: a_caller_who_goes_away_leaves_no_hole,
            direct: a_direct_room_is_the_same_whichever_way_round,
            direct: a_direct_room_shows_each_the_other,
            direct: a_direct_room_keeps_its_two_people_and_has_no_name,
            direct: a_direct_room_needs_exactly_one_other_person,
            history: without_bounds_comes_the_newest_page,
            history: pages_go_back_to_the_beginning,
            history: pages_go_forward_to_the_end,
            history: both_bounds_cut_out_what_is_between,
            history: a_bound_beyond_every_number_is_no_error,
            membership: joining_twice_changes_nothing,
            membership: members_are_counted,
            membership: an_owner_who_leaves_makes_the_longest_serving_admin_the_owner,
            membership: without_an_admin_the_longest_serving_member_becomes_the_owner,
            membership: handing_a_room_over_makes_the_old_owner_an_admin,
            membership: whoever_comes_into_an_empty_public_room_owns_it,
            membership: members_come_in_pages_by_id,
            membership: whoever_comes_back_need_not_read_what_was_said_before,
            membership: nobody_adds_a_user_who_does_not_exist,
            membership: somebody_removed_is_told_and_sees_the_room_no_more,
            posting: changes_and_messages_count_from_one,
            posting: the_same_client_id_again_gets_the_first_answer,
            posting: the_same_client_id_with_another_text_is_a_conflict,
            posting: a_client_id_counts_for_one_sender_in_one_room,
            posting: a_public_room_must_be_joined_before_posting,
            posting: an_outsider_learns_nothing_of_a_private_room,
            posting: a_removed_member_posts_no_more,
            posting: somebody_unknown_does_nothing,
            posting: a_refused_command_leaves_no_trace,
            posting: any_text_comes_back_byte_for_byte,
            reading: unread_is_what_came_after_the_cursor,
            reading: ones_own_message_is_never_unread,
            reading: a_cursor_moves_only_forward,
            reading: a_cursor_never_passes_the_head,
            reading: without_membership_there_is_no_cursor,
            reading: in_a_public_room_not_joined_nothing_is_unread,
            replay: a_snapshot_and_the_changes_after_it_make_the_present,
            rooms: rooms_are_listed_by_activity,
            rooms: a_room_carries_its_newest_message,
            rooms: only_public_rooms_are_seen_from_outside,
            rooms: a_room_that_is_not_there_cannot_be_read,
            rooms: a_rename_is_seen_by_everybody,
            rooms: public_rooms_are_found_by_words_whatever_their_case,
            rooms: a_public_room_shows_whether_one_has_joined_it,
            rooms: who_arrives_is_told_all_rooms_and_where_their_own_channel_is,
            rooms: many_who_ask_at_once_are_told_apart,
            rooms: the_small_rooms_of_many_users_come_with_those_who_are_in_them,
            rooms: whoever_is_in_one_room_with_another_shares_it,
            sessions: a_session_is_found_by_its_token_and_by_its_id,
            sessions: sessions_are_listed_by_their_last_use,
            sessions: using_a_session_moves_its_last_use_forward,
            sessions: many_sessions_are_found_and_used_at_once,
            sessions: a_deleted_session_is_gone,
            sessions: sessions_that_ended_by_themselves_are_forgotten,
            users: a_user_is_found_by_id_and_by_name,
            users: a_user_without_password_has_none,
            users: a_name_or_an_id_belongs_to_one_user,
            users: people_are_found_by_how_their_names_begin,
            users: a_wildcard_in_a_search_is_a_letter,
            users: a_search_gives_each_once_by_name_and_stops_at_the_limit,
        }
    };
}

/// One test for each case. Not to be used by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! store_conformance_cases {
    ($factory:path; $($module:ident: $case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let world = $crate::conformance::World::over($factory).await;
                $crate::conformance::$module::$case(&world).await;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A case that nobody runs proves nothing.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("conformance.rs");
        let modules = [
            ("announcing", include_str!("conformance/announcing.rs")),
            ("changes", include_str!("conformance/changes.rs")),
            ("concurrency", include_str!("conformance/concurrency.rs")),
            ("direct", include_str!("conformance/direct.rs")),
            ("history", include_str!("conformance/history.rs")),
            ("membership", include_str!("conformance/membership.rs")),
            ("posting", include_str!("conformance/posting.rs")),
            ("reading", include_str!("conformance/reading.rs")),
            ("replay", include_str!("conformance/replay.rs")),
            ("rooms", include_str!("conformance/rooms.rs")),
            ("sessions", include_str!("conformance/sessions.rs")),
            ("users", include_str!("conformance/users.rs")),
        ];
        for (module, source) in modules {
            for case in source.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
                assert!(list.contains(&format!("{module}: {case},")), "{module}: {case}");
            }
        }
    }
}
