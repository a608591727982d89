//! What processes print goes to the log, line by line.

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The longest line; a longer one is cut into several.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// Logs until the process has closed its end.
pub(super) async fn log(mut from: impl AsyncRead + Unpin, function: String, process: u32) {
    let mut line = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read) = from.read(&mut part).await {
        if read == 0 {
            break;
        }
        for byte in part.get(..read).unwrap_or_default() {
            if *byte == b'\n' || line.len() >= MAX_LINE_BYTES {
                say(&mut line, &function, process);
            }
            if *byte != b'\n' {
                line.push(*byte);
            }
        }
    }
    say(&mut line, &function, process);
}

fn say(line: &mut Vec<u8>, function: &str, process: u32) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    if !text.is_empty() {
        tracing::info!(target: "chinwag_api_gateway::function", function, process, "{text}");
    }
    line.clear();
}
