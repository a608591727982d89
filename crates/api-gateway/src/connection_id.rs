//! A connection's name. It looks like API Gateway's, and its first bytes tell which node holds the connection.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use sha2::{Digest as _, Sha256};

use crate::surroundings::Surroundings;

/// How many bytes name the node.
const NODE_BYTES: usize = 3;
/// How many bytes nobody can guess.
const RANDOM_BYTES: usize = 8;
const BYTES: usize = NODE_BYTES + RANDOM_BYTES;

/// What a connection's id says of its node: the beginning of a hash of the node's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeTag([u8; NODE_BYTES]);

impl NodeTag {
    pub(crate) fn of(node_name: &str) -> Self {
        let [a, b, c, ..] = <[u8; 32]>::from(Sha256::digest(node_name.as_bytes()));
        Self([a, b, c])
    }
}

/// The id of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId([u8; BYTES]);

impl ConnectionId {
    /// A new one of this node.
    pub(crate) fn new(NodeTag([a, b, c]): NodeTag, surroundings: &Surroundings) -> Self {
        let [d, e, f, g, h, i, j, k] = surroundings.random::<RANDOM_BYTES>();
        Self([a, b, c, d, e, f, g, h, i, j, k])
    }

    /// Understands an id; none where no gateway ever gave out such a one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The form is fixed, so that an id is one text only.
        let bytes = URL_SAFE.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn node(self) -> NodeTag {
        let Self([a, b, c, ..]) = self;
        NodeTag([a, b, c])
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_id_looks_like_the_services_and_names_its_node() {
        let surroundings =
            Surroundings { now_ms: || 0, fill_random: |bytes| bytes.fill(7), figures: Arc::new(String::new) };
        let id = ConnectionId::new(NodeTag::of("a"), &surroundings);
        let text = id.to_string();
        assert_eq!((text.len(), text.ends_with('=')), (16, true));
        assert_eq!(ConnectionId::parse(&text), Some(id));
        assert_eq!(id.node(), NodeTag::of("a"));
        assert_ne!(id.node(), NodeTag::of("b"));
    }

    #[test]
    fn what_no_gateway_gave_out_is_no_id() {
        for text in
            ["", "no", "AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA*", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAB=", "é"]
        {
            assert_eq!(ConnectionId::parse(text), None, "{text}");
        }
    }
}
