//! What clients are sent, by the gateway's `@connections`.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::{DisplayErrorContext, SdkError};
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use bytes::{Bytes, BytesMut};

/// The gateway takes 128 KiB at once.
const MAX_POST_BYTES: usize = 120 * 1024;
/// How often a post that the gateway has no time for is tried.
const TRIES: u32 = 4;
/// The wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Why a client did not get something.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotSent {
    /// It is not there any more.
    #[error("the client is gone")]
    Gone,
    /// The gateway has no time for it: it did not get it.
    #[error("the gateway has no time")]
    Throttled,
    /// The gateway carries nothing so large: it did not get it.
    #[error("it is too large for the gateway")]
    TooLarge,
    /// It may have got it or not.
    #[error("nobody knows whether the client got it: {0}")]
    Unknown(String),
}

/// Sends to clients.
#[derive(Debug, Clone)]
pub(crate) struct Pusher {
    client: Client,
}

impl Pusher {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Sends messages in order, together where they fit. With the error comes how many of them are certain to have been sent.
    pub(crate) async fn send(&self, connection: &str, messages: &[Bytes]) -> Result<(), (usize, NotSent)> {
        let mut sent = 0;
        while let Some(rest) = messages.get(sent..).filter(|rest| !rest.is_empty()) {
            let (frame, count) = frame(rest);
            self.post(connection, frame).await.map_err(|error| (sent, error))?;
            sent += count;
        }
        Ok(())
    }

    async fn post(&self, connection: &str, frame: Bytes) -> Result<(), NotSent> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let post = self.client.post_to_connection().connection_id(connection);
            let Err(error) = post.data(Blob::new(frame.clone())).send().await else { break };
            match told(&error) {
                NotSent::Throttled if attempt < TRIES => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                error => return Err(error),
            }
        }
        Ok(())
    }

    /// Closes a connection. Whether it was still there does not matter.
    pub(crate) async fn close(&self, connection: &str) -> Result<(), NotSent> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let close = self.client.delete_connection().connection_id(connection);
            let Err(error) = close.send().await else { break };
            match error.as_service_error() {
                Some(DeleteConnectionError::GoneException(_)) => break,
                Some(DeleteConnectionError::LimitExceededException(_)) if attempt < TRIES => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                Some(DeleteConnectionError::LimitExceededException(_)) => return Err(NotSent::Throttled),
                _ => return Err(NotSent::Unknown(DisplayErrorContext(error).to_string())),
            }
        }
        Ok(())
    }
}

fn told(error: &SdkError<PostToConnectionError>) -> NotSent {
    match error.as_service_error() {
        Some(PostToConnectionError::GoneException(_)) => NotSent::Gone,
        Some(PostToConnectionError::LimitExceededException(_)) => NotSent::Throttled,
        Some(PostToConnectionError::PayloadTooLargeException(_)) => NotSent::TooLarge,
        _ => NotSent::Unknown(DisplayErrorContext(error).to_string()),
    }
}

/// As many of the messages as fit into one frame, in any case one; and how many those are.
fn frame(messages: &[Bytes]) -> (Bytes, usize) {
    let mut frame = BytesMut::new();
    let mut count = 0;
    for message in messages {
        if count > 0 {
            if frame.len() + 1 + message.len() > MAX_POST_BYTES {
                break;
            }
            frame.extend_from_slice(b"\n");
        }
        frame.extend_from_slice(message);
        count += 1;
    }
    (frame.freeze(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_share_a_frame_as_long_as_they_fit() {
        let sizes = |messages: &[Bytes]| {
            let (frame, count) = frame(messages);
            (frame.len(), count)
        };
        let (short, long) = (Bytes::from_static(b"{}"), Bytes::from(vec![b'a'; MAX_POST_BYTES - 3]));
        assert_eq!(sizes(&[short.clone(), long.clone(), short.clone()]), (MAX_POST_BYTES, 2));
        assert_eq!(sizes(&[short.clone(), short.clone(), long.clone()]), (5, 2));
        let too_long = Bytes::from(vec![b'a'; MAX_POST_BYTES + 1]);
        assert_eq!(sizes(&[too_long, short]), (MAX_POST_BYTES + 1, 1));
    }
}
