//! What every bus that connects nodes must do, written once.
//!
//! An adapter's test implements [`BusServer`] for the server that it needs, and has a line for each suite:
//!
//! ```ignore
//! chinwag_testkit::bus_conformance!(Server);
//! chinwag_testkit::bus_fault_conformance!(Server);
//! ```
//!
//! Each case gets a server of its own and becomes a test of its own. The second suite cuts, holds and refuses the
//! connections of single nodes by a [`FaultProxy`](crate::fault_proxy::FaultProxy), and so is for servers that a node
//! reaches at one address.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing case is a panic")]

pub mod carrying;
pub mod faults;
pub mod following;
pub mod start;

mod hints;
mod node;

pub use node::{BusServer, Ends, Node, Told};

/// Makes a test of each case that needs no faults.
#[macro_export]
macro_rules! bus_conformance {
    ($server:ty) => {
        $crate::bus_conformance_cases! {
            $server;
            carrying: every_kind_of_change_arrives_as_it_was,
            carrying: ones_own_hints_come_once,
            carrying: hints_of_one_publisher_keep_their_order,
            carrying: a_big_change_arrives_whole_or_as_the_news_of_it,
            carrying: state_reaches_those_who_follow,
            carrying: a_direct_event_of_the_greatest_length_arrives,
            carrying: hints_without_a_channel_reach_everybody,
            carrying: what_a_stranger_says_is_dropped,
            following: a_change_reaches_who_follows_and_nobody_else,
            following: a_confirmed_subscription_is_a_gap,
            following: a_channel_that_nobody_follows_any_more_brings_nothing,
            following: who_comes_back_at_once_misses_nothing,
            following: thousands_of_channels_are_followed_in_one_go,
        }
    };
}

/// Makes a test of each case that needs faults.
#[macro_export]
macro_rules! bus_fault_conformance {
    ($server:ty) => {
        $crate::bus_conformance_cases! {
            $server;
            faults: a_cut_connection_is_made_again,
            faults: without_the_server_nothing_waits_and_ones_own_hints_come,
            faults: what_was_published_while_a_node_was_cut_off_arrives_later,
            faults: what_was_followed_while_a_node_was_cut_off_comes_later,
            faults: a_server_that_was_restarted_is_found_again,
            faults: a_connection_that_only_seems_to_be_there_is_noticed,
            faults: a_wire_that_is_stuck_takes_bounded_memory,
            start: a_server_that_is_not_there_is_said_in_a_sentence,
            start: a_server_that_does_not_answer_is_said_in_a_sentence,
            start: a_wrong_password_is_said_in_a_sentence_without_it,
        }
    };
}

/// One test for each case. Not to be used by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! bus_conformance_cases {
    ($server:ty; $($module:ident: $case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::bus_conformance::$module::$case::<$server>().await;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A case that nobody runs proves nothing.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("bus_conformance.rs");
        let modules = [
            ("carrying", include_str!("bus_conformance/carrying.rs")),
            ("faults", include_str!("bus_conformance/faults.rs")),
            ("following", include_str!("bus_conformance/following.rs")),
            ("start", include_str!("bus_conformance/start.rs")),
        ];
        for (module, source) in modules {
            for case in source.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('<').next()) {
                assert!(list.contains(&format!("{module}: {case},")), "{module}: {case}");
            }
        }
    }
}
