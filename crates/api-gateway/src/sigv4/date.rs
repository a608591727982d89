//! Times as signatures write them: `20261121T201708Z`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Milliseconds since 1970 as a signature's time.
pub(super) fn write(ms: i64) -> String {
    let timestamp = Timestamp::from_millisecond(ms).unwrap_or_default();
    timestamp.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A signature's time in milliseconds since 1970.
pub(super) fn read(text: &str) -> Option<i64> {
    let is_of_the_form = text.len() == 16 && text.is_ascii();
    let time = is_of_the_form.then(|| DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()).flatten()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(write(1_440_938_160_000), "20150830T123600Z");
        assert_eq!(read("20150830T123600Z"), Some(1_440_938_160_000));
        for text in ["", "20150830", "20150830T123600", "20151330T123600Z", "2015-08-30T12:36Z"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
