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

pub mod administration;
pub mod announcing;
pub mod changes;
pub mod changing;
pub mod concurrency;
pub mod cursors;
pub mod direct;
pub mod erasing;
pub mod exports;
pub mod files;
pub mod going;
pub mod history;
pub mod imports;
pub mod keys;
pub mod membership;
pub mod mentions;
pub mod moderation;
pub mod notifications;
pub mod posting;
pub mod profiles;
pub mod push;
pub mod reactions;
pub mod reading;
pub mod replay;
pub mod rooms;
pub mod search;
pub mod sessions;
pub mod statuses;
pub mod threads;
pub mod users;

mod snapshot;
mod world;

pub use snapshot::RoomSnapshot;
pub use world::{Announced, Fresh, World};

/// Makes a test of every case of the suite, over stores from `$factory`.
#[macro_export]
macro_rules! store_conformance {
    // The function answers with nothing where this machine has not what the store needs, and says so itself. Where that is
    // slow, fewer histories are lived through.
    (if there is $factory:expr, $histories:literal histories) => {
        $crate::store_conformance_cases! { $factory, $histories;
            administration: the_first_account_is_claimed_and_no_other,
            administration: what_admins_do_with_accounts_is_noted,
            administration: only_admins_change_accounts_and_nobody_locks_themselves_out,
            administration: who_is_disabled_has_no_session_that_counts,
            administration: accounts_come_in_pages_and_are_found_by_name,
            administration: all_rooms_are_listed_whatever_they_are,
            administration: what_was_done_comes_in_pages_newest_first,
            announcing: what_is_committed_is_announced_in_order,
            announcing: what_is_refused_or_repeated_is_not_announced,
            changes: changes_come_in_pages_without_holes_and_with_the_head,
            changes: changes_read_back_as_they_were_answered,
            changes: nothing_comes_after_the_head,
            changes: an_unknown_channel_is_empty_and_its_head_is_zero,
            changes: heads_come_in_the_order_asked,
            changes: a_users_own_log_counts_by_itself,
            changes: the_epoch_stays,
            changing: an_edit_replaces_the_text_and_keeps_the_old_one_apart,
            changing: only_the_newest_edits_are_kept,
            changing: an_edit_to_the_same_text_is_no_change,
            changing: what_was_deleted_is_found_nowhere,
            changing: a_deleted_message_keeps_its_number_and_takes_no_more,
            changing: a_repeated_message_is_known_whatever_became_of_it,
            changing: others_edit_nothing_and_admins_delete,
            changing: pins_come_newest_first_and_go_again,
            changing: changes_tell_of_messages_as_they_are_now,
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
            erasing: what_has_outlived_its_time_is_gone_and_the_rest_is_right,
            erasing: the_oldest_message_of_each_room_is_known,
            erasing: a_duty_is_one_nodes_at_a_time,
            erasing: whoever_was_erased_is_found_nowhere,
            erasing: what_keeps_others_out_or_apart_goes_with_whoever_was_erased,
            erasing: files_go_with_what_showed_them,
            erasing: whoever_was_erased_does_not_come_back,
            going: what_is_left_of_a_log_makes_the_present,
            exports: a_room_is_exported_with_all_that_belongs_to_it,
            exports: an_export_goes_on_after_any_message_to_where_it_was_going,
            exports: a_person_is_exported_with_what_is_theirs_wherever_it_is,
            files: a_file_reads_back_as_it_was_finished,
            files: nobody_has_more_than_their_share,
            files: files_come_with_a_message_wherever_it_is_read,
            files: nobody_attaches_what_is_not_theirs_to_show,
            files: a_file_comes_with_one_message,
            files: a_message_without_files_says_something,
            files: files_go_with_their_message,
            files: what_nothing_shows_is_collected_when_it_is_due,
            history: without_bounds_comes_the_newest_page,
            history: pages_go_back_to_the_beginning,
            history: pages_go_forward_to_the_end,
            history: both_bounds_cut_out_what_is_between,
            history: a_bound_beyond_every_number_is_no_error,
            imports: what_was_exported_and_imported_is_exported_again_the_same,
            imports: what_is_imported_again_is_there_once,
            imports: what_is_imported_into_a_room_that_has_messages_keeps_its_threads,
            imports: a_direct_room_that_is_here_already_takes_what_was_said_elsewhere,
            keys: a_bot_is_a_user_whom_its_key_speaks_for,
            keys: a_name_that_is_taken_makes_no_bot,
            keys: a_bot_has_two_keys_at_most,
            keys: keys_made_at_once_are_not_too_many,
            keys: only_admins_and_the_operator_look_after_keys,
            keys: bots_are_listed_by_id,
            keys: a_rooms_admins_look_after_its_hooks,
            keys: a_room_has_so_many_hooks_at_most,
            keys: a_key_of_who_is_disabled_opens_nothing,
            keys: using_a_key_moves_its_last_use_forward,
            keys: who_is_erased_has_no_key,
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
            mentions: members_are_mentioned_and_nobody_else,
            mentions: an_edit_mentions_anew,
            mentions: everybody_is_called_by_those_who_may,
            notifications: what_notifies_depends_on_the_room_until_its_member_says,
            notifications: wishes_are_each_members_own_and_change_one_by_one,
            notifications: wishes_end_with_the_membership,
            moderation: who_is_banned_is_removed_and_kept_out_until_it_is_over,
            moderation: who_is_not_in_the_room_is_kept_out_too,
            moderation: who_is_muted_says_nothing_until_it_is_over,
            moderation: who_leaves_while_muted_stays_out_until_it_is_over,
            moderation: slow_mode_makes_members_wait_and_nobody_else,
            moderation: posts_handed_in_together_wait_for_each_other,
            moderation: who_is_blocked_cannot_write_directly,
            moderation: a_block_comes_before_the_direct_room_too,
            moderation: who_blocks_somebody_is_not_mentioned_by_them,
            moderation: a_message_is_reported_once_by_each,
            moderation: reports_are_closed_once_and_that_is_noted,
            moderation: admins_of_the_server_deal_with_what_was_reported,
            moderation: who_is_disabled_changes_nothing,
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
            push: nobody_is_notified_of_those_whom_they_block,
            push: the_push_key_is_made_once,
            push: an_endpoint_is_one_device_and_belongs_to_who_came_last,
            push: of_many_devices_the_newest_are_kept,
            push: a_device_goes_with_its_session,
            push: a_message_notifies_those_who_do_not_have_it,
            push: wishes_decide_who_is_notified,
            push: in_a_large_room_only_mentions_notify,
            push: threads_notify_those_who_take_part,
            push: those_to_be_notified_come_in_pages,
            push: a_notice_tells_what_else_waits,
            profiles: a_profile_changes_in_what_is_named,
            profiles: a_picture_is_an_upload_of_ones_own_and_replaces_the_one_before,
            profiles: a_secret_is_made_once,
            reactions: reactions_are_counted_once_a_person,
            reactions: many_reactions_name_the_first_and_the_viewer,
            reactions: there_is_an_end_to_different_reactions,
            reading: what_was_read_was_delivered,
            reading: deleted_messages_are_not_unread,
            reading: unread_is_counted_up_to_a_limit,
            reading: unread_is_what_came_after_the_cursor,
            reading: ones_own_message_is_never_unread,
            reading: a_cursor_moves_only_forward,
            reading: a_cursor_never_passes_the_head,
            reading: without_membership_there_is_no_cursor,
            reading: in_a_public_room_not_joined_nothing_is_unread,
            cursors: what_is_left_to_read_is_what_a_recount_says,
            replay: a_snapshot_and_the_changes_after_it_make_the_present,
            rooms: rooms_are_listed_by_activity,
            rooms: rooms_come_in_pages,
            rooms: a_room_carries_its_newest_message,
            rooms: only_public_rooms_are_seen_from_outside,
            rooms: a_room_that_is_not_there_cannot_be_read,
            rooms: a_rename_is_seen_by_everybody,
            rooms: a_room_is_set_up_key_by_key,
            rooms: settings_decide_who_may_do_what,
            rooms: public_rooms_are_found_by_words_whatever_their_case,
            rooms: a_public_room_shows_whether_one_has_joined_it,
            rooms: who_arrives_is_told_all_rooms_and_where_their_own_channel_is,
            rooms: many_who_ask_at_once_are_told_apart,
            rooms: the_small_rooms_of_many_users_come_with_those_who_are_in_them,
            rooms: whoever_is_in_one_room_with_another_shares_it,
            search: messages_are_found_by_their_words,
            search: whatever_is_asked_for_is_answered,
            search: only_what_is_said_now_is_found,
            search: only_members_find_what_was_said,
            search: a_public_room_is_searched_by_who_names_it,
            search: a_search_is_narrowed,
            search: a_search_goes_on_where_it_stopped,
            search: whoever_is_in_many_rooms_finds_what_was_said_in_them_only,
            search: a_page_of_long_messages_is_cut,
            sessions: a_session_is_found_by_its_token_and_by_its_id,
            sessions: sessions_are_listed_by_their_last_use,
            sessions: using_a_session_moves_its_last_use_forward,
            sessions: many_sessions_are_found_and_used_at_once,
            sessions: a_deleted_session_is_gone,
            sessions: sessions_that_ended_by_themselves_are_forgotten,
            statuses: a_status_is_kept_until_it_is_another,
            statuses: people_were_last_seen_when_they_last_used_a_session,
            threads: a_thread_is_read_apart_from_the_room,
            threads: a_thread_has_its_own_unread,
            threads: a_threads_cursor_moves_only_forward,
            threads: threads_come_with_the_newest_first,
            threads: a_thread_outlives_the_message_that_it_began_with,
            threads: what_is_not_there_is_not_answered,
            users: a_user_is_found_by_id_and_by_name,
            users: a_picture_and_being_a_program_are_told_with_the_user,
            users: a_user_without_password_has_none,
            users: a_name_or_an_id_belongs_to_one_user,
            users: people_are_found_by_how_their_names_begin,
            users: a_wildcard_in_a_search_is_a_letter,
            users: a_search_gives_each_once_by_name_and_stops_at_the_limit,
        }
    };
    ($factory:path) => {
        $crate::store_conformance! { if there is |bus| async move { Some($factory(bus).await) }, 24 histories }
    };
}

/// One test for each case. Not to be used by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! store_conformance_cases {
    ($factory:expr, $histories:literal; $($module:ident: $case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let Some(world) = $crate::conformance::World::over_any($factory).await else { return };
                let world = world.living_through($histories);
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
            ("changing", include_str!("conformance/changing.rs")),
            ("concurrency", include_str!("conformance/concurrency.rs")),
            ("direct", include_str!("conformance/direct.rs")),
            ("erasing", include_str!("conformance/erasing.rs")),
            ("exports", include_str!("conformance/exports.rs")),
            ("going", include_str!("conformance/going.rs")),
            ("history", include_str!("conformance/history.rs")),
            ("imports", include_str!("conformance/imports.rs")),
            ("keys", include_str!("conformance/keys.rs")),
            ("membership", include_str!("conformance/membership.rs")),
            ("mentions", include_str!("conformance/mentions.rs")),
            ("notifications", include_str!("conformance/notifications.rs")),
            ("posting", include_str!("conformance/posting.rs")),
            ("push", include_str!("conformance/push.rs")),
            ("reactions", include_str!("conformance/reactions.rs")),
            ("reading", include_str!("conformance/reading.rs")),
            ("cursors", include_str!("conformance/cursors.rs")),
            ("replay", include_str!("conformance/replay.rs")),
            ("rooms", include_str!("conformance/rooms.rs")),
            ("search", include_str!("conformance/search.rs")),
            ("sessions", include_str!("conformance/sessions.rs")),
            ("statuses", include_str!("conformance/statuses.rs")),
            ("threads", include_str!("conformance/threads.rs")),
            ("users", include_str!("conformance/users.rs")),
        ];
        for (module, source) in modules {
            for case in source.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
                assert!(list.contains(&format!("{module}: {case},")), "{module}: {case}");
            }
        }
    }
}
