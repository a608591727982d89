//! What came of a scenario.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::Scenario;

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was played.
    pub scenario: Scenario,
    /// The promises that were broken, in words; none if all is well.
    pub violations: Vec<String>,
    /// The last lines of the trace.
    pub trace: Vec<String>,
    /// The hash of the whole trace: the same whenever the same scenario is played.
    pub trace_hash: u64,
    /// How many lines the trace has.
    pub steps: u64,
    /// How many sends were acknowledged.
    pub acknowledged: u64,
    /// How many changes clients were shown.
    pub received: u64,
    /// How long everybody took to catch up after the last fault.
    pub caught_up_in: Duration,
}

impl Report {
    pub(crate) fn impossible(scenario: &Scenario, error: &io::Error) -> Self {
        Self {
            scenario: *scenario,
            violations: vec![format!("the simulation could not begin: {error}")],
            trace: vec![],
            trace_hash: 0,
            steps: 0,
            acknowledged: 0,
            received: 0,
            caught_up_in: Duration::ZERO,
        }
    }

    /// Whether every promise was kept.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, violations, trace, .. } = self;
        writeln!(f, "seed {}", scenario.seed)?;
        if let Some(lie) = scenario.lie {
            writeln!(f, "with a lie: {lie:?}")?;
        }
        writeln!(f, "the last of {} lines of the trace:", self.steps)?;
        for line in trace {
            writeln!(f, "  {line}")?;
        }
        for violation in violations.iter().take(10) {
            writeln!(f, "broken: {violation}")?;
        }
        if violations.len() > 10 {
            writeln!(f, "… and {} more", violations.len() - 10)?;
        }
        write!(
            f,
            "to see it again: SEED={} cargo test -p chinwag-simulation replay -- --nocapture",
            scenario.seed
        )
    }
}
