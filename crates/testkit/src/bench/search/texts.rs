//! What people say to each other, the same each time: a few words often, most seldom.

/// In every second message.
pub(super) const COMMON: &str = "harbour";
/// In every hundredth, after the common one.
pub(super) const UNCOMMON: &str = "quay";

const WORDS: usize = 12;
const VOCABULARY: u64 = 50_000;
/// How many messages hold the same rare word.
const RARE: usize = 10;
/// How many messages lie between two that hold rare words.
const RARE_EVERY: usize = 997;

/// The rare word of that number.
pub(super) fn rare(number: usize) -> String {
    format!("anchorage{number}")
}

/// The text of the message of that number.
pub(super) fn text(n: usize) -> String {
    let mut words: Vec<String> = (0..WORDS).map(|at| word(mixed((n * WORDS + at) as u64))).collect();
    if n.is_multiple_of(2) {
        COMMON.clone_into(&mut words[3]);
    }
    if n.is_multiple_of(100) {
        UNCOMMON.clone_into(&mut words[4]);
    }
    if n.is_multiple_of(RARE_EVERY) {
        words[6] = rare(n / RARE_EVERY / RARE);
    }
    words.join(" ")
}

/// In which room it is said. The first room has the first ten of the rare words.
pub(super) fn room(n: usize, rooms: usize) -> usize {
    if n < RARE * RARE_EVERY && n.is_multiple_of(RARE_EVERY) {
        0
    } else {
        usize::try_from(mixed(n as u64)).unwrap_or(0) % rooms
    }
}

/// The smaller half of the words makes up most of what is said.
fn word(random: u64) -> String {
    let share = (random % 1_000_000) as f64 / 1e6;
    format!("word{}", (share.powi(4) * VOCABULARY as f64) as u64)
}

/// A number that looks like any other (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
