//! Which of the two encodings a connection speaks, and how it says so.

/// The WebSocket subprotocol that asks for JSON.
pub const SUBPROTOCOL_JSON: &str = "centrifuge-json";
/// The WebSocket subprotocol that asks for Protobuf.
pub const SUBPROTOCOL_PROTOBUF: &str = "centrifuge-protobuf";

/// The encoding of a connection, chosen once by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// One JSON object a line, in text frames.
    #[default]
    Json,
    /// Length-delimited messages, in binary frames.
    Protobuf,
}

impl Encoding {
    /// The encoding that a WebSocket subprotocol names, if it names one.
    pub fn from_subprotocol(subprotocol: &str) -> Option<Self> {
        match subprotocol {
            SUBPROTOCOL_JSON => Some(Self::Json),
            SUBPROTOCOL_PROTOBUF => Some(Self::Protobuf),
            _ => None,
        }
    }

    /// The encoding that the query parameter `cf_protocol` (or the older `format`) names, if it names one.
    pub fn from_query(value: &str) -> Option<Self> {
        match value {
            "json" => Some(Self::Json),
            "protobuf" => Some(Self::Protobuf),
            _ => None,
        }
    }

    /// The encoding of an HTTP request's body: Protobuf is announced as plain bytes, everything else is JSON.
    pub fn from_content_type(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/octet-stream") { Self::Protobuf } else { Self::Json }
    }

    /// Whether frames are binary rather than text.
    pub fn is_binary(self) -> bool {
        self == Self::Protobuf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_by_subprotocol_query_or_content_type() {
        assert_eq!(Encoding::from_subprotocol("centrifuge-protobuf"), Some(Encoding::Protobuf));
        assert_eq!(Encoding::from_subprotocol(""), None);
        assert_eq!(Encoding::from_query("json"), Some(Encoding::Json));
        assert_eq!(Encoding::from_query("xml"), None);
        assert_eq!(Encoding::from_content_type("Application/Octet-Stream; a=b"), Encoding::Protobuf);
        assert_eq!(Encoding::from_content_type("text/plain"), Encoding::Json);
    }
}
