//! Dependencies point downward only: a crate exists because something must not depend on something else.
#![allow(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of the others in its code; tests may use more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("chinwag-protocol", &[]),
    ("chinwag-websocket", &[]),
    ("chinwag-api-gateway", &["chinwag-websocket"]),
    ("chinwag-chat", &[]),
    ("chinwag-connection", &["chinwag-chat", "chinwag-protocol"]),
    ("chinwag-api", &["chinwag-chat"]),
    ("chinwag-realtime", &["chinwag-chat", "chinwag-protocol", "chinwag-websocket"]),
    ("chinwag-store-memory", &["chinwag-chat"]),
    ("chinwag-store-sqlite", &["chinwag-chat"]),
    ("chinwag-store-postgres", &["chinwag-chat"]),
    ("chinwag-store-dynamodb", &["chinwag-chat"]),
    ("chinwag-bus-local", &["chinwag-chat"]),
    ("chinwag-worker", &["chinwag-chat"]),
    ("chinwag-ingest", &["chinwag-chat"]),
    ("chinwag-blobs", &["chinwag-chat"]),
    ("chinwag-bus-remote", &["chinwag-chat", "chinwag-bus-local"]),
    ("chinwag-bus-nats", &["chinwag-chat", "chinwag-bus-remote"]),
    (
        "chinwag-lambda",
        &[
            "chinwag-api",
            "chinwag-chat",
            "chinwag-connection",
            "chinwag-protocol",
            "chinwag-realtime",
            "chinwag-server",
            "chinwag-store-dynamodb",
        ],
    ),
    ("chinwag-bus-postgres", &["chinwag-bus-remote", "chinwag-store-postgres"]),
];

/// What would bring sockets, clocks, threads or databases into the pure crates.
const IMPURE: &[&str] = &["tokio", "mio", "hyper", "axum", "rusqlite", "rand", "getrandom", "socket2"];

/// Each package's dependencies other than those of its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let named = packages.map(|package| {
        let used = package["dependencies"].as_array().unwrap().iter();
        let used = used.filter(|dependency| dependency["kind"] != "dev");
        let used = used.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), used.collect())
    });
    named.collect()
}

#[test]
fn every_layer_uses_only_those_below_it() {
    let dependencies = dependencies();
    for (name, allowed) in ALLOWED {
        let ours = dependencies[*name].iter().filter(|other| other.starts_with("chinwag"));
        let more: Vec<_> = ours.filter(|other| !allowed.contains(&other.as_str())).collect();
        assert!(more.is_empty(), "{name} must not use {more:?}");
    }
}

#[test]
fn the_protocol_the_connection_and_the_domain_know_no_socket_no_clock_and_no_randomness() {
    let dependencies = dependencies();
    for name in ["chinwag-protocol", "chinwag-websocket", "chinwag-connection", "chinwag-chat"] {
        let impure: Vec<_> =
            dependencies[name].iter().filter(|other| IMPURE.contains(&other.as_str())).collect();
        assert!(impure.is_empty(), "{name} must not use {impure:?}");
    }
}
