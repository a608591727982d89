//! What a receiver's answer means.

use std::time::Duration;

use chinwag_chat::Timestamp;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use crate::Verdict;

/// How much is read of what a receiver says to an error.
const MAX_BODY_BYTES: usize = 512;

/// What to do after this answer, at that time.
pub(super) async fn verdict(response: Response, now: Timestamp) -> Verdict {
    let status = response.status();
    if status.is_success() {
        return Verdict::Done;
    }
    let not_before = asked_for(&response, now);
    let reason = format!("the receiver answered {status}: {}", beginning(response).await);
    // The receiver says that it will never want this again.
    if status == StatusCode::GONE {
        return Verdict::Hopeless { reason };
    }
    Verdict::Failed { reason, not_before }
}

/// The wait that an answer asks for.
pub(crate) fn asked_for(response: &Response, now: Timestamp) -> Option<Duration> {
    wait(response.headers().get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// The wait that `Retry-After` asks for, in seconds or until a date.
fn wait(asked: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = asked.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(asked.trim()).ok()?;
    Some(Timestamp::from_unix_ms(until.timestamp().as_millisecond()).since(now))
}

/// The beginning of a body, whatever it is. The rest is not read.
pub(crate) async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BODY_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(chunk.get(..MAX_BODY_BYTES).unwrap_or(&chunk));
    }
    bytes.truncate(MAX_BODY_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date() {
        let now = Timestamp::from_unix_ms(1_763_700_000_000);
        assert_eq!(wait("120", now), Some(Duration::from_secs(120)));
        assert_eq!(wait("Fri, 21 Nov 2025 04:41:00 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(wait("Fri, 21 Nov 2025 04:39:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("soon", now), None);
        assert_eq!(wait("-5", now), None);
    }
}
