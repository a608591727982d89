//! What keeps a node from starting, in words.

use super::node::BusServer;
use crate::fault_proxy::{FaultProxy, Way};
use crate::ports::free_address;

async fn refusal<S: BusServer>(server: &S, address: std::net::SocketAddr) -> String {
    server.connect(address).await.err().expect("there is no server")
}

/// Most often, the address is wrong, or the server not started yet.
pub async fn a_server_that_is_not_there_is_said_in_a_sentence<S: BusServer>() {
    let server = S::start().await;
    let address = free_address().unwrap();
    let sentence = refusal(&server, address).await;
    assert!(sentence.starts_with("--bus names ") && sentence.contains(&address.to_string()), "{sentence}");
    assert!(sentence.contains("answers there") && !sentence.contains("not-a-secret"), "{sentence}");
}

/// Or there is a firewall that drops what it does not like.
pub async fn a_server_that_does_not_answer_is_said_in_a_sentence<S: BusServer>() {
    let server = S::start().await;
    let network = FaultProxy::start(server.address()).await.unwrap();
    network.black_hole(Way::Both);
    let sentence = refusal(&server, network.address()).await;
    assert!(sentence.starts_with("--bus names ") && sentence.contains("answers there"), "{sentence}");
    assert!(!sentence.contains("not-a-secret"), "{sentence}");
}

/// Nobody's password comes into a log.
pub async fn a_wrong_password_is_said_in_a_sentence_without_it<S: BusServer>() {
    if !S::HAS_PASSWORD {
        return;
    }
    let server = S::start().await;
    let refused = server.connect_with_wrong_password(server.address()).await;
    let sentence = refused.err().expect("the password is wrong");
    assert!(sentence.starts_with("--bus names ") && sentence.contains("refuses the user"), "{sentence}");
    assert!(!sentence.contains("wrong-password") && sentence.contains("the password"), "{sentence}");
}
