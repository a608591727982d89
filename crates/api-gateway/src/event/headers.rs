//! Headers of an opening request, under the names that functions look for.

use http::HeaderMap;

use super::pairs::Pairs;

/// Headers in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers(Pairs);

impl Headers {
    /// Those of a request. HTTP does not care for upper and lower case in their names, but functions do. Where it is not
    /// known how a name was written, it is `Like-This`, as browsers write it.
    pub(crate) fn new(headers: &HeaderMap, written: impl Fn(&str) -> Option<String>) -> Self {
        let named = headers.iter().map(|(name, value)| {
            let name = written(name.as_str()).unwrap_or_else(|| display_name(name.as_str()));
            (name, String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Self(Pairs(named.collect()))
    }

    pub(crate) fn push(&mut self, name: &str, value: String) {
        self.0.0.push((name.to_owned(), value));
    }

    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.last(|known| known.eq_ignore_ascii_case(name))
    }

    pub(super) fn pairs(&self) -> &Pairs {
        &self.0
    }
}

/// `sec-websocket-key` as `Sec-WebSocket-Key`.
fn display_name(name: &str) -> String {
    let parts = name.split('-').map(|part| match part {
        "websocket" => "WebSocket".to_owned(),
        "dnt" | "te" => part.to_ascii_uppercase(),
        part => {
            let mut characters = part.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters).collect()
        }
    });
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_browsers_write_them() {
        for (name, shown) in [
            ("host", "Host"),
            ("sec-websocket-key", "Sec-WebSocket-Key"),
            ("x-forwarded-for", "X-Forwarded-For"),
            ("a--b", "A--B"),
        ] {
            assert_eq!(display_name(name), shown);
        }
    }
}
