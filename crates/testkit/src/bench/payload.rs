//! What measured messages say: who sent them, as which, and when.

/// How long a measured message is, in bytes, on every server.
pub(super) const PAYLOAD_BYTES: usize = 128;

const TIME_DIGITS: usize = 16;
const NUMBER_DIGITS: usize = 8;

/// The beginning of a measured message; behind it come dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// In nanoseconds of the measurement's clock.
    pub(super) sent_at_ns: u64,
    /// The connection that sent it.
    pub(super) sender: u32,
    /// 1, 2, 3, … of that sender.
    pub(super) number: u32,
}

impl Stamp {
    /// The whole message, of so many bytes or as many as the stamp needs.
    pub(super) fn message(self, bytes: usize) -> Vec<u8> {
        let Self { sent_at_ns, sender, number } = self;
        let mut message =
            format!("{sent_at_ns:0TIME_DIGITS$x}{sender:0NUMBER_DIGITS$x}{number:0NUMBER_DIGITS$x}")
                .into_bytes();
        message.resize(message.len().max(bytes), b'.');
        message
    }

    /// The stamp of a message; none where it has none.
    pub(super) fn of(message: &[u8]) -> Option<Self> {
        let (time, rest) = message.split_at_checked(TIME_DIGITS)?;
        let (sender, rest) = rest.split_at_checked(NUMBER_DIGITS)?;
        let number = rest.get(..NUMBER_DIGITS)?;
        Some(Self {
            sent_at_ns: hexadecimal(time)?,
            sender: u32::try_from(hexadecimal(sender)?).ok()?,
            number: u32::try_from(hexadecimal(number)?).ok()?,
        })
    }
}

/// What each byte is worth as a digit. Millions of stamps are read in a second.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = 0xff;

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    let (mut number, mut broken) = (0, 0);
    for digit in digits {
        let value = DIGITS[usize::from(*digit)];
        number = number << 4 | u64::from(value & 0xf);
        broken |= value & 0xf0;
    }
    (broken == 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_back_as_it_was() {
        let stamp = Stamp { sent_at_ns: u64::MAX, sender: 9_999, number: 17 };
        assert_eq!(stamp.message(PAYLOAD_BYTES).len(), PAYLOAD_BYTES);
        assert_eq!(stamp.message(0).len(), 32);
        assert_eq!(Stamp::of(&stamp.message(PAYLOAD_BYTES)), Some(stamp));
    }

    #[test]
    fn what_has_no_stamp_has_none() {
        assert_eq!(Stamp::of(b"0123456789abcdef"), None);
        assert_eq!(Stamp::of(&[b'x'; 128]), None);
    }
}
