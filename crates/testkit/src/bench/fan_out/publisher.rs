//! The one who sends.

use anyhow::{Result, bail};
use serde_json::json;

use super::TEXT_BYTES;
use crate::client::Connection;
use crate::client::delivery::{STAMP_DIGITS, stamped_text};
use crate::client::lines::rpc;

/// Sends messages without waiting for their acknowledgements.
pub(super) struct Publisher {
    connection: Connection,
    to: To,
    /// The offset that the newest message sent has or will have: nobody else changes the room.
    sent: u64,
}

enum To {
    Chinwag { room: String },
    Limit,
}

impl Publisher {
    pub(super) fn to_chinwag(connection: Connection, room: String, offset: u64) -> Self {
        Self { connection, to: To::Chinwag { room }, sent: offset }
    }

    pub(super) fn to_limit(connection: Connection) -> Self {
        Self { connection, to: To::Limit, sent: 0 }
    }

    /// The offset of the newest message sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Sends one message; to the limit program, a line of that many bytes.
    pub(super) async fn send(&mut self, now_ns: u64, line_bytes: usize) -> Result<()> {
        self.sent += 1;
        match &self.to {
            To::Chinwag { room } => {
                let text = stamped_text(now_ns, TEXT_BYTES);
                let argument = json!({"room": room, "client_id": self.sent.to_string(), "text": text});
                self.connection.send(vec![rpc("message.send", &argument)]).await?;
            }
            To::Limit => self.connection.send_line(&line(self.sent, now_ns, line_bytes)).await?,
        }
        Ok(())
    }

    /// Reads what comes back: acknowledgements, and nothing else.
    pub(super) async fn read(&mut self) -> Result<()> {
        self.connection
            .read(&mut |line| {
                if memchr::memmem::find(line, br#""error":{"#).is_some() {
                    bail!("a message was refused: {}", String::from_utf8_lossy(line));
                }
                Ok(())
            })
            .await
    }
}

/// The line that every member of the limit program gets.
fn line(offset: u64, now_ns: u64, bytes: usize) -> Vec<u8> {
    let around = |text: &str| {
        format!(
            r#"{{"push":{{"channel":"room:limit","pub":{{"data":{{"text":"{text}"}},"offset":{offset}}}}}}}"#
        )
    };
    let text_bytes = bytes.saturating_sub(around("").len()).max(STAMP_DIGITS);
    around(&stamped_text(now_ns, text_bytes)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::delivery::{Delivery, Scanner};

    #[test]
    fn the_limits_lines_look_like_deliveries_of_the_length_asked_for() {
        let line = line(1_234, 99, 417);
        assert_eq!(line.len(), 417);
        assert_eq!(Scanner::default().scan(&line), Some(Delivery { offset: 1_234, sent_at_ns: Some(99) }));
    }
}
