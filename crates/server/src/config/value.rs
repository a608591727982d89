//! The types that a setting can have, and how their text is read and written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{ByteSize, Secret};

/// How TOML writes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In quotes.
    Text,
    /// As it is: a number or a boolean.
    Bare,
    /// `true` or `false`: as a flag it needs no value.
    Switch,
    /// An array of texts; elsewhere separated by commas.
    List,
}

/// A type of settings.
pub(crate) trait Value: Sized {
    /// How TOML writes it.
    const FORM: Form = Form::Text;
    /// What the help text calls a value.
    const NAME: &'static str;

    /// Reads a value. The error is the end of a sentence that begins with the setting's name.
    fn parse(text: &str) -> Result<Self, String>;

    /// Writes a value so that [`parse`](Value::parse) reads it back, unless it is secret.
    fn show(&self) -> String;
}

impl Value for String {
    const NAME: &'static str = "TEXT";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    const NAME: &'static str = "PATH";

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must name a path".to_owned()) } else { Ok(text.into()) }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for SocketAddr {
    const NAME: &'static str = "ADDRESS:PORT";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            format!("must be an IP address and a port such as 127.0.0.1:8000 or [::]:8000, not \"{text}\"")
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Duration {
    const NAME: &'static str = "DURATION";

    fn parse(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text)
            .map_err(|_| format!("must be a duration such as \"30s\", \"5m\" or \"500ms\", not \"{text}\""))
    }

    fn show(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

impl Value for bool {
    const FORM: Form = Form::Switch;
    const NAME: &'static str = "BOOL";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("must be true or false, not \"{text}\""))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl Value for $type {
            const FORM: Form = Form::Bare;
            const NAME: &'static str = "NUMBER";

            fn parse(text: &str) -> Result<Self, String> {
                // TOML allows 100_000 for readability; so does everything else then.
                text.replace('_', "").parse().map_err(|_| {
                    format!("must be a whole number from {} to {}, not \"{text}\"", <$type>::MIN, <$type>::MAX)
                })
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
number!(u32, u64, usize);

impl Value for ByteSize {
    const NAME: &'static str = "SIZE";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{error}"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Secret<String> {
    const NAME: &'static str = "SECRET";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text.to_owned()))
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// Empty text is "not set", so that a variable can unset what a file has set.
impl<T: Value> Value for Option<T> {
    const FORM: Form = T::FORM;
    const NAME: &'static str = T::NAME;

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

impl<T: Value> Value for Vec<T> {
    const FORM: Form = Form::List;
    const NAME: &'static str = T::NAME;

    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }

    fn show(&self) -> String {
        self.iter().map(T::show).collect::<Vec<_>>().join(",")
    }
}

impl Value for ipnet::IpNet {
    const NAME: &'static str = "NETWORK";

    fn parse(text: &str) -> Result<Self, String> {
        let one_address = || text.parse::<std::net::IpAddr>().map(Self::from);
        text.parse().or_else(|_| one_address()).map_err(|_| {
            format!("must hold IP addresses or networks such as 10.0.0.0/8 or ::1, not \"{text}\"")
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
