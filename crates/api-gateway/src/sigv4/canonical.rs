//! The text that is signed in place of a request.

use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use crate::request_id::hex;

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const RESERVED_IN_PATHS: &AsciiSet = &RESERVED.remove(b'/');

/// What of a request can be signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    /// As it is on the wire.
    pub(crate) path: &'a str,
    /// As it is on the wire.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Request<'_> {
    /// The canonical request with these headers, which are in lower case and in order; none if one of them is not there.
    /// A parameter of the query that is the signature itself is left out.
    pub(super) fn canonical(&self, signed_headers: &[&str]) -> Option<String> {
        let mut headers = String::new();
        for name in signed_headers {
            let mut values = self.headers.get_all(*name).iter().peekable();
            values.peek()?;
            let values = values.map(|value| {
                let value = String::from_utf8_lossy(value.as_bytes());
                value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
            });
            headers += &format!("{name}:{}\n", values.collect::<Vec<_>>().join(","));
        }
        Some(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            self.method,
            canonical_path(self.path),
            canonical_query(self.query),
            signed_headers.join(";"),
            hex(&Sha256::digest(self.body)),
        ))
    }
}

/// Encoded once more than on the wire, and without parts that lead nowhere.
fn canonical_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let ends_open = path.ends_with('/') && !parts.is_empty();
    let path = format!("/{}{}", parts.join("/"), if ends_open { "/" } else { "" });
    utf8_percent_encode(&path, RESERVED_IN_PATHS).to_string()
}

fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let decoded = percent_decode_str(text).collect::<Vec<u8>>();
        percent_encoding::percent_encode(&decoded, RESERVED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_once_more_than_on_the_wire() {
        for (path, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("/prod/@connections/a%3D", "/prod/%40connections/a%253D"),
            ("/prod/%40connections/a%3D", "/prod/%2540connections/a%253D"),
            ("//a/./b/../c/", "/a/c/"),
        ] {
            assert_eq!(canonical_path(path), canonical);
        }
    }

    #[test]
    fn parameters_are_sorted_and_encoded_the_same_way() {
        assert_eq!(canonical_query("b=2&a=%7e&a=%20&c&X-Amz-Signature=1"), "a=%20&a=~&b=2&c=");
    }
}
