//! What is played.

use crate::Lie;

/// What is played: everything else follows from the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// Decides whatever chance decides.
    pub seed: u64,
    /// The promise that is broken, if any.
    pub lie: Option<Lie>,
    /// How many of the trace's last lines are kept.
    pub trace_lines: usize,
}

/// Enough to see how it ended.
const TRACE_LINES: usize = 40;

impl Scenario {
    /// The scenario of a seed, in which all parts keep their promises.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self { seed, lie: None, trace_lines: TRACE_LINES }
    }

    /// The same with a part that lies.
    #[must_use]
    pub const fn with(self, lie: Lie) -> Self {
        Self { lie: Some(lie), ..self }
    }

    /// The same with the whole trace kept.
    #[must_use]
    pub const fn traced(self) -> Self {
        Self { trace_lines: usize::MAX, ..self }
    }
}
