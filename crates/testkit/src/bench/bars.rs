//! What Chinwag has to reach, and whether it has.

use super::Bench;
use super::comparison::Comparison;
use super::report::Table;
use super::samples::number;
use super::subject::{Store, Subject};
use crate::limit::Mode;

const DURABLE: Subject = Subject::Chinwag(Store::Sqlite);
const IN_MEMORY: Subject = Subject::Chinwag(Store::Memory);

/// One thing to reach.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub(super) what: String,
    pub(super) wanted: String,
    /// What was measured, in the bar's own unit.
    pub(super) measured: String,
    /// Unknown where something that it takes was not measured.
    pub(super) reached: Option<bool>,
}

impl Bar {
    /// At least so much.
    pub(super) fn at_least(what: impl Into<String>, bar: f64, value: f64, unit: &str) -> Self {
        Self::new(what.into(), format!("at least {}{unit}", plain(bar)), value, value >= bar, unit)
    }

    /// At most so much.
    pub(super) fn at_most(what: impl Into<String>, bar: f64, value: f64, unit: &str) -> Self {
        Self::new(what.into(), format!("at most {}{unit}", plain(bar)), value, value <= bar, unit)
    }

    fn new(what: String, wanted: String, value: f64, reached: bool, unit: &str) -> Self {
        let measured = if value.is_finite() { format!("{}{unit}", plain(value)) } else { "–".to_owned() };
        Self { what, wanted, measured, reached: value.is_finite().then_some(reached) }
    }
}

/// Large numbers without a fraction, small ones with two digits.
fn plain(value: f64) -> String {
    let digits = if value.fract() == 0.0 || value >= 100.0 { 0 } else { 2 };
    number(value, digits)
}

/// All bars, as a table.
pub(super) fn table(bars: &[Bar]) -> Table {
    let answer = |reached| match reached {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not measured",
    };
    Table {
        title: "The bars".to_owned(),
        about: "What Chinwag wants to reach on one core of the server, from the medians below.".to_owned(),
        columns: vec!["load", "bar", "measured", "reached"],
        rows: bars
            .iter()
            .map(|bar| {
                vec![
                    bar.what.clone(),
                    bar.wanted.clone(),
                    bar.measured.clone(),
                    answer(bar.reached).to_owned(),
                ]
            })
            .collect(),
    }
}

impl Bench {
    /// What the fan-out to one room says; the bars are of a thousand members.
    pub(super) fn judge_fan_out(&self, members: usize, comparison: &Comparison) {
        if members != 1_000 {
            return;
        }
        let (one, many) = (comparison.group("1"), comparison.group("64"));
        for (subject, label) in [(DURABLE, "durable"), (IN_MEMORY, "`memory://`")] {
            let room = format!("one room, 1,000 members, {label}");
            let rate = many.rate(subject);
            let limit = 100.0 * rate / many.rate(Subject::Limit(Mode::Coalesced));
            let cpu = one.cpu_us(subject) / one.cpu_us(Subject::Limit(Mode::Direct));
            self.judge([
                Bar::at_least(
                    format!("{room}, 64 in flight: rate, times the best peer"),
                    2.0,
                    rate / many.best_peer(),
                    "x",
                ),
                Bar::at_least(
                    format!("{room}, 64 in flight: rate, share of the coalescing limit"),
                    70.0,
                    limit,
                    " %",
                ),
                Bar::at_most(
                    format!("{room}, 1 in flight: CPU per delivery, times the direct limit"),
                    1.3,
                    cpu,
                    "x",
                ),
            ]);
        }
    }

    /// What a thousand rooms say.
    pub(super) fn judge_rooms(&self, comparison: &Comparison) {
        let group = comparison.group(super::rooms::LOAD);
        let ratio = |subject| group.rate(subject) / group.best_peer();
        self.judge([
            Bar::at_least(
                "1,000 rooms of 10, `memory://`: rate, times the best peer",
                1.5,
                ratio(IN_MEMORY),
                "x",
            ),
            Bar::at_least("1,000 rooms of 10, durable: rate, times the best peer", 1.0, ratio(DURABLE), "x"),
        ]);
    }

    pub(super) fn judge(&self, bars: impl IntoIterator<Item = Bar>) {
        self.bars.borrow_mut().extend(bars);
    }
}
