//! What travels in channels: publications, positions and who is there.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::message::message;

message! {
    /// One item of a channel: a change where it has an offset, a state that may be lost where it has none.
    pub struct Publication {
        /// The item itself.
        pub data: Bytes => [bytes = "bytes", tag = "4"],
        /// Who published it, where a client did so directly.
        pub info: Option<ClientInfo> => [message, optional, tag = "5"],
        /// Its place in the channel: the channel's `rev`. 0 where it has none.
        pub offset: u64 => [uint64, tag = "6"],
        /// Labels for filters.
        pub tags: BTreeMap<String, String> => [btree_map = "string, string", tag = "7"],
        /// Whether `data` is a delta of the previous publication.
        pub delta: bool => [bool, tag = "8"],
        /// When it was published, in milliseconds since 1970 UTC.
        pub time: i64 => [int64, tag = "9"],
    }
}

message! {
    /// Who a connection belongs to.
    pub struct ClientInfo {
        /// The user's id.
        pub user: String => [string, tag = "1"],
        /// The connection's id.
        pub client: String => [string, tag = "2"],
        /// What the application says about the connection.
        pub conn_info: Bytes => [bytes = "bytes", tag = "3"],
        /// What the application says about the subscription.
        pub chan_info: Bytes => [bytes = "bytes", tag = "4"],
    }
}

message! {
    /// A place in a channel's log.
    pub struct StreamPosition {
        /// The offset of the last publication that one has.
        pub offset: u64 => [uint64, tag = "1"],
        /// The log's incarnation.
        pub epoch: String => [string, tag = "2"],
    }
}
