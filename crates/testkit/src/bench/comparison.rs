//! The same load on several subjects, side by side.

use super::figures::Figures;
use super::report::Table;
use super::samples::number;
use super::subject::Subject;
use crate::limit::Mode;

/// What the columns mean.
pub(super) const ABOUT: &str = "The bare limit is a program of a few lines on epoll that writes a ready frame as long as \
    Chinwag's to as many sockets: once per message (direct), or once for all messages that came together (coalesced). It \
    stores nothing and checks nothing. Processor time is that of all of a server's processes and threads, user and system.";

/// One subject's figures.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) subject: Subject,
    pub(super) figures: Figures,
}

/// All that was measured of one load.
#[derive(Debug)]
pub(super) struct Comparison {
    /// What varies, such as the number of messages in flight.
    varies: &'static str,
    groups: Vec<(String, Vec<Row>)>,
}

impl Comparison {
    pub(super) fn new(varies: &'static str) -> Self {
        Self { varies, groups: Vec::new() }
    }

    pub(super) fn add(&mut self, value: String, rows: Vec<Row>) {
        self.groups.push((value, rows));
    }

    /// The rows of one value of what varies.
    pub(super) fn group(&self, value: &str) -> Group<'_> {
        let rows = self.groups.iter().find(|(own, _)| own == value);
        Group(rows.map_or(&[], |(_, rows)| rows))
    }

    pub(super) fn table(&self, title: String, about: String) -> Table {
        let rows = self.groups.iter().flat_map(|(value, rows)| {
            let group = Group(rows);
            rows.iter().map(move |row| {
                let rate = row.figures.deliveries_per_second.median();
                let cpu = row.figures.cpu_us.median();
                vec![
                    value.clone(),
                    row.subject.name().to_owned(),
                    row.figures.deliveries_per_second.show(0),
                    row.figures.cpu_us.show(2),
                    row.figures.p50_ms.show(2),
                    row.figures.p99_ms.show(2),
                    format!("{}x", number(rate / group.best_peer(), 2)),
                    format!("{}x", number(cpu / group.cpu_us(Subject::Limit(Mode::Direct)), 2)),
                    format!("{} %", number(100.0 * rate / group.rate(Subject::Limit(Mode::Coalesced)), 0)),
                ]
            })
        });
        Table {
            title,
            about,
            columns: vec![
                self.varies,
                "who",
                "deliveries/s",
                "server CPU µs/delivery",
                "p50 ms",
                "p99 ms",
                "rate, times the best peer",
                "CPU, times direct",
                "rate, share of coalesced",
            ],
            rows: rows.collect(),
        }
    }
}

/// The subjects under one and the same load. What was not measured is not a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a>(&'a [Row]);

impl Group<'_> {
    fn of(self, subject: Subject) -> Option<Figures> {
        self.0.iter().find(|row| row.subject == subject).map(|row| row.figures.clone())
    }

    pub(super) fn rate(self, subject: Subject) -> f64 {
        self.of(subject).map_or(f64::NAN, |figures| figures.deliveries_per_second.median())
    }

    pub(super) fn cpu_us(self, subject: Subject) -> f64 {
        self.of(subject).map_or(f64::NAN, |figures| figures.cpu_us.median())
    }

    /// The most deliveries per second of those that are neither Chinwag nor a limit.
    pub(super) fn best_peer(self) -> f64 {
        let peers = self.0.iter().filter(|row| row.subject.is_peer());
        peers.map(|row| row.figures.deliveries_per_second.median()).fold(f64::NAN, f64::max)
    }
}
