//! What goes wrong in a run, and when: all of it follows from the seed.

use std::time::Duration;

use super::dice::Dice;
use super::fault::{Fault, Kind, Scope};
use crate::cluster_launcher::BusKind;

/// In so many rounds, one has two faults at once.
const TWO_ONCE_IN: usize = 4;

/// One or two faults, until all clients have recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Round {
    /// How long nothing goes wrong before.
    pub(super) quiet: Duration,
    /// What goes wrong first.
    pub(super) first: Fault,
    /// What goes wrong while that lasts, and how much later.
    pub(super) second: Option<(Duration, Fault)>,
}

impl Round {
    /// All faults of the round.
    pub(super) fn faults(&self) -> impl Iterator<Item = &Fault> {
        std::iter::once(&self.first).chain(self.second.as_ref().map(|(_, fault)| fault))
    }
}

/// The rounds of a run.
pub(super) fn rounds(seed: u64, bus: BusKind, nodes: usize, kinds: &[Kind], count: usize) -> Vec<Round> {
    let mut dice = Dice::new(seed);
    let mut applicable: Vec<Kind> = kinds.iter().copied().filter(|kind| kind.applies_to(bus)).collect();
    // Dealt like cards, so that no kind comes again before all have come.
    let mut cards = Vec::new();
    let mut rounds = Vec::new();
    for _ in 0..count {
        let Some(kind) = deal(&mut cards, &applicable, &mut dice) else { break };
        let first = fault(kind, nodes, &mut dice);
        let quiet = dice.between(Duration::from_millis(500), Duration::from_millis(1_500));
        let second = (applicable.len() > 2 && dice.once_in(TWO_ONCE_IN))
            .then(|| second(&first, &applicable, nodes, &mut dice))
            .flatten();
        let round = Round { quiet, first, second };
        if round.faults().any(|fault| fault.kind == Kind::DatabaseFailedOver) {
            // There is one standby.
            applicable.retain(|kind| *kind != Kind::DatabaseFailedOver);
            cards.retain(|kind| *kind != Kind::DatabaseFailedOver);
        }
        rounds.push(round);
    }
    rounds
}

fn deal(cards: &mut Vec<Kind>, kinds: &[Kind], dice: &mut Dice) -> Option<Kind> {
    if cards.is_empty() {
        cards.extend(kinds);
        dice.shuffle(cards);
    }
    cards.pop()
}

fn fault(kind: Kind, nodes: usize, dice: &mut Dice) -> Fault {
    let (least, most) = kind.lasts();
    Fault { kind, node: dice.below(nodes), lasts: dice.between(least, most), heads: dice.once_in(2) }
}

/// Something else, that can happen while the first does: on another node, or to something else.
fn second(first: &Fault, kinds: &[Kind], nodes: usize, dice: &mut Dice) -> Option<(Duration, Fault)> {
    let goes_with = |kind: &Kind| match (first.kind.scope(), kind.scope()) {
        (Scope::Everybody, Scope::Everybody) | (Scope::Clients, Scope::Clients) => false,
        (Scope::Node, Scope::Node) => nodes > 1,
        _ => true,
    };
    let kinds: Vec<Kind> = kinds.iter().copied().filter(goes_with).collect();
    let mut second = fault(*kinds.get(dice.below(kinds.len()))?, nodes, dice);
    if second.node == first.node {
        second.node = (first.node + 1) % nodes.max(1);
    }
    Some((dice.between(Duration::ZERO, first.lasts.min(Duration::from_secs(2))), second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let rounds = |seed| rounds(seed, BusKind::Redis, 3, &Kind::ALL, 20);
        assert_eq!(rounds(1), rounds(1));
        assert_ne!(rounds(1), rounds(2));
    }

    #[test]
    fn every_kind_that_applies_comes_before_any_comes_again() {
        let count = Kind::ALL.iter().filter(|kind| kind.applies_to(BusKind::Nats)).count();
        let mut first: Vec<Kind> =
            rounds(5, BusKind::Nats, 3, &Kind::ALL, count).iter().map(|round| round.first.kind).collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), count);
        assert!(!first.contains(&Kind::BusFlushed) && !first.contains(&Kind::BusFailedOver));
    }

    #[test]
    fn a_database_fails_over_once_in_a_run() {
        for seed in 0..50 {
            let rounds = rounds(seed, BusKind::None, 3, &Kind::ALL, 30);
            let faults = rounds.iter().flat_map(Round::faults);
            assert_eq!(faults.filter(|fault| fault.kind == Kind::DatabaseFailedOver).count(), 1);
        }
    }

    #[test]
    fn two_at_once_are_never_about_the_same_thing() {
        for seed in 0..200 {
            for round in rounds(seed, BusKind::Redis, 3, &Kind::ALL, 10) {
                let Some((_, second)) = &round.second else { continue };
                let scopes = (round.first.kind.scope(), second.kind.scope());
                assert_ne!(scopes, (Scope::Everybody, Scope::Everybody));
                assert_ne!(scopes, (Scope::Clients, Scope::Clients));
                assert!(scopes != (Scope::Node, Scope::Node) || round.first.node != second.node);
            }
        }
    }
}
