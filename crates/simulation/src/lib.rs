//! A whole cluster in one thread, with virtual time and seeded chance: what takes a minute there takes milliseconds here,
//! and whatever goes wrong goes wrong again with the same seed.
//!
//! Real are the hub, the connection machine and its driver, the calls, the domain and its rules. Simulated is what lies
//! between them: the network to the clients ([`link`]), the bus between the nodes ([`bus`]), the way to the store
//! ([`store`]), the clocks, and the machines themselves, which are killed, stopped and drained at any moment
//! ([`faults`]). The clients ([`client`]) behave as the SDKs do. What they saw is judged by
//! [`chinwag_testkit::history`].
#![forbid(unsafe_code)]

mod bus;
mod chance;
mod client;
mod clock;
mod ending;
mod faults;
mod gate;
mod lie;
mod link;
mod node;
mod pump;
mod record;
mod report;
mod scenario;
mod setting;
mod store;
mod world;

use std::time::Duration;

pub use lie::Lie;
pub use report::Report;
pub use scenario::Scenario;

/// Plays a scenario from its beginning to its verdict.
#[must_use]
pub fn run(scenario: &Scenario) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => {
            let report = runtime.block_on(world::play(scenario));
            // What is still under way is dropped where it stands.
            runtime.shutdown_timeout(Duration::ZERO);
            report
        }
        Err(error) => Report::impossible(scenario, &error),
    }
}
