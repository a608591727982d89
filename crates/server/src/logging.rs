//! The log: lines for people or JSON for machines, on standard error.
//!
//! What is never logged: messages, passwords, tokens, cookies, headers. What is logged once, where it is handled: a
//! failure, with the fields that find it again (`node`, `session`, `connection`, `room`).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::section::{Log, LogFormat};

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter makes no sense. The configuration checks it, so this is for callers without one.
    #[error("the log level is malformed: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Another log is in place.
    #[error("the log cannot be set up twice: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sets up the process's log.
pub fn init(log: &Log) -> Result<(), LoggingError> {
    subscriber(log, std::io::stderr, std::io::stderr().is_terminal())?.try_init()?;
    Ok(())
}

/// The log as a subscriber that writes to `writer`.
fn subscriber<W>(
    log: &Log,
    writer: W,
    is_terminal: bool,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Whatever the NATS client says of its links, the bus says once, in the words of this log.
    let filter = EnvFilter::builder().parse(format!("async_nats=off,{}", log.level.as_str()))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match log.format {
        LogFormat::Text => Box::new(builder.with_ansi(is_terminal).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_current_span(false).finish()),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;
    use crate::config::{self, Inputs};

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(variables: &[(&str, &str)]) -> String {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let config = config::load(Inputs { environment, ..Inputs::default() }).unwrap().config;
        let paper = Paper::default();
        let writer = paper.clone();
        let subscriber = subscriber(&config.log, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(node = "n1", "node started");
            tracing::debug!("details");
        });
        String::from_utf8(paper.0.lock().clone()).unwrap()
    }

    #[test]
    fn a_json_line_holds_the_message_and_the_fields() {
        let line = logged(&[("CHINWAG_LOG_FORMAT", "json")]);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["message"], &line["node"]), (&"node started".into(), &"n1".into()));
    }

    #[test]
    fn the_level_is_kept_and_text_has_no_colours_off_a_terminal() {
        let text = logged(&[]);
        assert!(
            text.contains("node started") && !text.contains("details") && !text.contains('\u{1b}'),
            "{text}"
        );
        assert!(logged(&[("CHINWAG_LOG_LEVEL", "debug")]).contains("details"));
        assert_eq!(logged(&[("CHINWAG_LOG_LEVEL", "warn")]), "");
    }
}
