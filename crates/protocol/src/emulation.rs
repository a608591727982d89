//! The way up for transports that only lead down: `POST /emulation` carries a command frame to a session.

use bytes::Bytes;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::decode::DecodeError;
use crate::encoding::Encoding;

/// A command frame for a session that another request holds open.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct EmulationRequest {
    /// The node that owns the session, as the connect reply named it.
    #[prost(string, tag = "1")]
    pub node: String,
    /// The session, as the connect reply named it.
    #[prost(string, tag = "2")]
    pub session: String,
    /// The command frame, in the session's own encoding.
    #[prost(bytes = "bytes", tag = "3")]
    pub data: Bytes,
}

/// In JSON the frame is a string, unlike other `bytes` fields, because a frame may be several lines of JSON.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Json {
    node: String,
    session: String,
    data: String,
}

impl EmulationRequest {
    /// Reads a request's body, which holds exactly one message without a delimiter.
    ///
    /// # Errors
    /// The body is malformed; answer 400.
    pub fn decode_body(encoding: Encoding, body: &[u8]) -> Result<Self, DecodeError> {
        match encoding {
            Encoding::Json => {
                let Json { node, session, data } = serde_json::from_slice(body)?;
                Ok(Self { node, session, data: data.into() })
            }
            Encoding::Protobuf => Self::decode(body).map_err(DecodeError::Protobuf),
        }
    }

    /// Writes a request's body, for clients.
    pub fn encode_body(&self, encoding: Encoding) -> Bytes {
        match encoding {
            Encoding::Json => {
                let data = String::from_utf8_lossy(&self.data).into_owned();
                let json = Json { node: self.node.clone(), session: self.session.clone(), data };
                serde_json::to_vec(&json).unwrap_or_default().into()
            }
            Encoding::Protobuf => self.encode_to_vec().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_a_string_in_json_and_bytes_in_protobuf() {
        let request = EmulationRequest {
            node: "n1".into(),
            session: "s1".into(),
            data: Bytes::from_static(b"{\"id\":1}\n{}"),
        };
        let json = request.encode_body(Encoding::Json);
        assert_eq!(json, r#"{"node":"n1","session":"s1","data":"{\"id\":1}\n{}"}"#);
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let body = request.encode_body(encoding);
            assert_eq!(EmulationRequest::decode_body(encoding, &body), Ok(request.clone()));
        }
    }

    #[test]
    fn a_malformed_body_is_an_error() {
        for body in [&b""[..], b"{", b"[]x", b"{\"data\":{}}", b"{\"node\":\"\xff\"}"] {
            assert!(EmulationRequest::decode_body(Encoding::Json, body).is_err(), "{body:?}");
        }
        assert!(EmulationRequest::decode_body(Encoding::Protobuf, b"\x0a\x7f").is_err());
    }
}
