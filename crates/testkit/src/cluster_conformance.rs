//! What every adapter of the port `Cluster` must do, written once.
//!
//! An adapter's test is a function that makes a fresh cluster and one line:
//!
//! ```ignore
//! chinwag_testkit::cluster_conformance!(fresh_cluster);
//! ```
//!
//! The function is `async fn() -> Arc<dyn Cluster>`. Each case gets a cluster of its own and becomes a test of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing case is a panic")]

pub mod admission;
pub mod nodes;
pub mod presence;
pub mod registry;

mod world;

pub use world::ClusterWorld;

/// Makes a test of every case of the suite, over clusters from `$factory`.
#[macro_export]
macro_rules! cluster_conformance {
    ($factory:path) => {
        $crate::cluster_conformance_cases! { $factory;
            nodes: a_node_joins_once_and_then_keeps_its_lease,
            nodes: a_name_belongs_to_one_live_node,
            nodes: a_node_that_left_gives_its_name_back_at_once,
            nodes: nodes_are_listed_by_name_with_what_they_said_last,
            nodes: a_wish_is_told_until_it_is_heard,
            nodes: a_later_wish_replaces_one_that_was_not_heard,
            nodes: the_secret_is_the_one_that_was_proposed_first,
            presence: coming_is_news_once,
            presence: going_is_news_once_and_after_the_grace_time,
            presence: a_user_on_two_nodes_is_online_until_both_are_left,
            presence: a_user_who_moves_to_another_node_in_time_is_no_news,
            presence: the_users_of_a_dead_node_go_offline_once,
            presence: the_users_of_a_node_that_left_are_online_for_the_grace_time,
            presence: a_dead_node_that_comes_back_says_everything_again,
            presence: a_user_is_idle_while_all_of_their_connections_are,
            registry: connections_are_found_by_user_and_by_session_the_oldest_first,
            registry: what_is_said_twice_counts_once,
            registry: saying_everything_afresh_forgets_the_rest,
            registry: ten_thousand_connections_are_taken_down_in_one_go,
            registry: a_node_that_is_not_there_is_told_so,
            admission: no_more_get_in_than_may_wherever_they_knock,
            admission: the_oldest_makes_room,
            admission: a_session_counts_once_and_goes_as_a_whole,
            admission: the_connections_of_a_dead_node_do_not_count,
            admission: asking_again_for_the_same_connection_needs_no_more_room,
        }
    };
}

/// One test for each case. Not to be used by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! cluster_conformance_cases {
    ($factory:path; $($module:ident: $case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let world = $crate::cluster_conformance::ClusterWorld::new($factory().await);
                $crate::cluster_conformance::$module::$case(&world).await;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A case that nobody runs proves nothing.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("cluster_conformance.rs");
        let modules = [
            ("admission", include_str!("cluster_conformance/admission.rs")),
            ("nodes", include_str!("cluster_conformance/nodes.rs")),
            ("presence", include_str!("cluster_conformance/presence.rs")),
            ("registry", include_str!("cluster_conformance/registry.rs")),
        ];
        for (module, source) in modules {
            for case in source.split("\npub async fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
                assert!(list.contains(&format!("{module}: {case},")), "{module}: {case}");
            }
        }
    }
}
