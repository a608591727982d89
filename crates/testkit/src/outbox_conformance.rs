//! What every outbox must do, written once.
//!
//! An adapter's test is a function that makes a fresh store with its outbox and one line:
//!
//! ```ignore
//! chinwag_testkit::outbox_conformance!(fresh_outbox);
//! ```
//!
//! The function is `async fn(Arc<dyn Bus>) -> FreshOutbox`. Time passes as it does: leases are short where a case waits
//! for their end, and long where they must not end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing case is a panic")]

pub mod backlog;
pub mod leases;
pub mod letters;
pub mod lines;
pub mod owing;
pub mod placing;

mod desk;

pub use desk::{Desk, FreshOutbox};

/// Makes a test of every case of the suite, over outboxes from `$factory`.
#[macro_export]
macro_rules! outbox_conformance {
    // The function answers with nothing where this machine has not what the outbox needs, and says so itself. The letters are
    // more than it puts back in one step.
    (if there is $factory:expr, $letters:literal letters) => {
        $crate::outbox_conformance_cases! { $factory, $letters;
            owing: work_is_noted_with_its_change,
            owing: what_is_refused_or_repeated_owes_nothing,
            owing: only_wanted_events_are_followed,
            owing: many_changes_at_once_leave_each_its_work,
            lines: a_line_is_done_in_order_one_at_a_time,
            lines: lines_do_not_wait_for_each_other,
            lines: the_line_that_has_waited_longest_comes_first,
            lines: no_more_is_leased_than_asked_for,
            lines: only_the_kinds_that_a_worker_does_are_leased,
            lines: two_workers_at_once_never_get_the_same_job,
            lines: work_that_is_added_while_others_end_is_never_left_behind,
            leases: a_lease_that_ran_out_is_leased_again,
            leases: a_lease_that_ran_out_can_no_longer_be_settled_once_another_has_it,
            leases: a_settled_job_is_never_seen_again,
            leases: a_failed_job_holds_up_its_line_until_it_is_due,
            leases: what_is_given_back_was_not_begun,
            letters: a_dead_letter_lets_the_next_in_its_line_come,
            letters: a_replayed_letter_comes_before_what_was_noted_later,
            letters: a_replayed_letter_begins_anew_and_old_leases_of_it_are_void,
            letters: all_letters_of_a_kind_are_replayed,
            letters: a_replay_ends_although_its_letters_die_again,
            letters: what_is_discarded_is_gone,
            letters: a_letter_replayed_into_a_busy_line_waits_for_its_turn,
            placing: work_that_may_not_begin_yet_waits_for_its_time,
            placing: one_that_waits_is_enough,
            placing: what_waits_is_replaced_and_what_is_held_is_not,
            placing: what_is_split_is_done_and_owed_in_one_step,
            placing: notifications_wait_once_however_much_is_said,
            backlog: the_backlog_counts_what_there_is,
            backlog: jobs_are_listed_in_pages,
        }
    };
    ($factory:path) => {
        $crate::outbox_conformance! { if there is |bus| async move { Some($factory(bus).await) }, 600 letters }
    };
}

/// One test for each case. Not to be used by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! outbox_conformance_cases {
    ($factory:expr, $letters:literal; $($module:ident: $case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let Some(desk) = $crate::outbox_conformance::Desk::over_any($factory).await else { return };
                let desk = desk.with_letters($letters);
                $crate::outbox_conformance::$module::$case(&desk).await;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A case that nobody runs proves nothing.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("outbox_conformance.rs");
        let modules = [
            ("backlog", include_str!("outbox_conformance/backlog.rs")),
            ("leases", include_str!("outbox_conformance/leases.rs")),
            ("letters", include_str!("outbox_conformance/letters.rs")),
            ("lines", include_str!("outbox_conformance/lines.rs")),
            ("owing", include_str!("outbox_conformance/owing.rs")),
            ("placing", include_str!("outbox_conformance/placing.rs")),
        ];
        for (module, source) in modules {
            for case in source.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
                assert!(list.contains(&format!("{module}: {case},")), "{module}: {case}");
            }
        }
    }
}
