//! Names for single requests: for logs, answers and functions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use crate::surroundings::Surroundings;

/// The kind that API Gateway gives to requests: 15 characters and an equals sign.
pub(crate) fn short(surroundings: &Surroundings) -> String {
    URL_SAFE.encode(surroundings.random::<11>())
}

/// The kind that Lambda gives to invocations: a version 4 UUID.
pub(crate) fn uuid(surroundings: &Surroundings) -> String {
    let mut bytes = surroundings.random::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The name of a trace in X-Ray's form; nothing samples it here.
pub(crate) fn trace(surroundings: &Surroundings) -> String {
    let seconds = u32::try_from(surroundings.now_ms() / 1000).unwrap_or_default();
    let root = hex(&surroundings.random::<12>());
    let parent = hex(&surroundings.random::<8>());
    format!("Root=1-{seconds:08x}-{root};Parent={parent};Sampled=0")
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            now_ms: || 1_700_000_000_000,
            fill_random: |bytes| bytes.fill(0xff),
            figures: Arc::new(String::new),
        }
    }

    #[test]
    fn ids_have_the_form_that_functions_expect() {
        let surroundings = surroundings();
        assert_eq!(short(&surroundings), "______________8=");
        assert_eq!(uuid(&surroundings), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            trace(&surroundings),
            "Root=1-6553f100-ffffffffffffffffffffffff;Parent=ffffffffffffffff;Sampled=0"
        );
    }
}
