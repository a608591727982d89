//! The two places where the process speaks to the person who started it. All else goes to the log.

use std::io::Write;

/// Says something on standard output. A reader that went away is no reason to fail.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

/// Says something on standard error.
pub fn say_error(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
}
