//! Two nodes over one store: commands reach a connection by way of the other node.

use async_trait::async_trait;
use axum::Router;
use chinwag_bus_local::LocalCluster;
use chinwag_chat::NodeId;
use chinwag_chat::cluster::{NodeReport, Standing, Wish};
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::realtime::router;
use crate::realtime::tests::{ADA, HttpStream, Shared, post};
use crate::test_nodes;

const LEASE: Duration = Duration::from_secs(60);
const SECRET: ClusterSecret = ClusterSecret([7; 32]);

/// Two nodes, of which the second listens.
struct TwoNodes {
    a: Router,
    b: Router,
    cluster: Arc<LocalCluster>,
    shared: Shared,
    address: String,
}

impl TwoNodes {
    async fn start() -> Self {
        let (shared, cluster) = (Shared::new(), Arc::new(LocalCluster::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let a = node(&shared, &cluster, "a", Incarnation(1));
        let b = node(&shared, &cluster, "b", Incarnation(2));
        tokio::spawn(axum::serve(listener, b.clone()).into_future());
        let nodes = Self { a, b, cluster, shared, address };
        nodes.announce("b", Incarnation(2), &nodes.address).await;
        nodes
    }

    async fn announce(&self, name: &str, incarnation: Incarnation, address: &str) {
        let report = test_nodes::node(name, incarnation.0).report;
        let report = NodeReport { address: address.to_owned(), ..report };
        self.cluster.renew(&report, LEASE).await.unwrap();
    }
}

fn node(shared: &Shared, cluster: &Arc<LocalCluster>, name: &str, own: Incarnation) -> Router {
    let relay = Relay::new(cluster.clone(), name.to_owned(), own, &SECRET).unwrap();
    router(Arc::new(shared.node(name).in_cluster(relay)))
}

/// Calls a method for a session by way of some node.
async fn call(by_way_of: &Router, node: &str, session: &str, id: u32) -> StatusCode {
    let call = json!({ "id": id, "rpc": { "method": "room.list", "data": {} } }).to_string();
    let body = json!({ "session": session, "node": node, "data": call }).to_string().into_bytes();
    post(by_way_of, "/emulation", &[], body).await.status()
}

#[tokio::test]
async fn a_command_finds_its_connection_whatever_node_it_comes_to() {
    let nodes = TwoNodes::start().await;
    let mut stream = HttpStream::open(&nodes.b, ADA).await;
    let connected = stream.reply().await;
    let session = connected["connect"]["session"].as_str().unwrap();
    let node = connected["connect"]["node"].as_str().unwrap();
    for (id, by_way_of) in [(2, &nodes.a), (3, &nodes.b), (4, &nodes.a)] {
        assert_eq!(call(by_way_of, node, session, id).await, StatusCode::NO_CONTENT);
        assert_eq!(stream.reply().await["id"], id);
    }
    assert_eq!(call(&nodes.a, node, "nobody's", 5).await, StatusCode::NOT_FOUND);
    assert_eq!(call(&nodes.a, "c", session, 6).await, StatusCode::NOT_FOUND);
    assert_eq!(call(&nodes.a, "", session, 7).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_node_that_is_out_of_reach_is_said_to_be_so_and_found_again_when_it_is_back() {
    let nodes = TwoNodes::start().await;
    let mut stream = HttpStream::open(&nodes.b, ADA).await;
    let session = stream.reply().await["connect"]["session"].as_str().unwrap().to_owned();
    // Nobody listens on port 1.
    nodes.announce("b", Incarnation(2), "127.0.0.1:1").await;
    assert_eq!(call(&nodes.a, "b", &session, 2).await, StatusCode::SERVICE_UNAVAILABLE);
    nodes.announce("b", Incarnation(2), &nodes.address).await;
    assert_eq!(call(&nodes.a, "b", &session, 3).await, StatusCode::NO_CONTENT);
    assert_eq!(stream.reply().await["id"], 3);
}

#[tokio::test]
async fn a_node_that_was_started_again_has_none_of_its_former_connections() {
    let nodes = TwoNodes::start().await;
    nodes.cluster.leave(Incarnation(2)).await.unwrap();
    nodes.announce("b", Incarnation(9), &nodes.address).await;
    assert_eq!(call(&nodes.a, "b", "any", 2).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_but_a_node_gets_in_by_the_nodes_own_door_and_nobody_twice() {
    let nodes = TwoNodes::start().await;
    let mut stream = HttpStream::open(&nodes.b, ADA).await;
    let session = stream.reply().await["connect"]["session"].as_str().unwrap().to_owned();
    let data = r#"{"id":2,"rpc":{"method":"room.list","data":{}}}"#;
    let request = EmulationRequest { node: "b".to_owned(), session, data: data.into() };
    let body = request.encode_body(Encoding::Protobuf).to_vec();
    let of_a_stranger =
        Seals::new(Incarnation(1), &ClusterSecret([8; 32])).seal(Incarnation(2), 0, PATH, &body);
    let good = Seals::new(Incarnation(5), &SECRET).seal(Incarnation(2), 0, PATH, &body);
    for (seal, status) in [
        ("", StatusCode::NOT_FOUND),
        (&of_a_stranger, StatusCode::NOT_FOUND),
        (&good, StatusCode::NO_CONTENT),
        (&good, StatusCode::NOT_FOUND),
    ] {
        let answer = post(&nodes.b, PATH, &[("chinwag-seal", seal)], body.clone()).await;
        assert_eq!(answer.status(), status, "{seal}");
    }
    assert_eq!(stream.reply().await["id"], 2);
    // A node that is alone has no such door.
    let alone = router(Arc::new(nodes.shared.node("alone")));
    let answer = post(&alone, PATH, &[("chinwag-seal", &good)], body).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_node_that_was_forgotten_is_heard_again_and_what_it_said_before_is_not() {
    let nodes = TwoNodes::start().await;
    let mut stream = HttpStream::open(&nodes.b, ADA).await;
    let session = stream.reply().await["connect"]["session"].as_str().unwrap().to_owned();
    assert_eq!(call(&nodes.a, "b", &session, 2).await, StatusCode::NO_CONTENT);
    assert_eq!(stream.reply().await["id"], 2);
    let old = Seals::new(Incarnation(9), &SECRET).seal(Incarnation(2), 0, PATH, NONSENSE);
    assert_eq!(under_seal(&nodes.b, &old).await.status(), GOOD);
    assert_eq!(under_seal(&nodes.b, &old).await.status(), StatusCode::NOT_FOUND);
    for run in 100..200 {
        let (seals, mut era) = (Seals::new(Incarnation(run), &SECRET), 0);
        loop {
            let answer = under_seal(&nodes.b, &seals.seal(Incarnation(2), era, PATH, NONSENSE)).await;
            match answer.headers().get("chinwag-era") {
                Some(told) => era = told.to_str().unwrap().parse().unwrap(),
                None => break assert_eq!(answer.status(), GOOD),
            }
        }
    }
    assert_eq!(under_seal(&nodes.b, &old).await.status(), StatusCode::CONFLICT, "too old for good");
    assert_eq!(call(&nodes.a, "b", &session, 3).await, StatusCode::NO_CONTENT);
    assert_eq!(stream.reply().await["id"], 3);
}

/// A call that means nothing, and what a node answers to it where its seal is good.
const NONSENSE: &[u8] = b"\xff";
const GOOD: StatusCode = StatusCode::BAD_REQUEST;

async fn under_seal(node: &Router, seal: &str) -> Response {
    post(node, PATH, &[("chinwag-seal", seal)], NONSENSE.to_vec()).await
}

/// A store that takes questions and never answers.
struct Silent;

#[async_trait]
impl Nodes for Silent {
    async fn renew(&self, _: &NodeReport, _: Duration) -> Result<Standing, StoreError> {
        std::future::pending().await
    }

    async fn leave(&self, _: Incarnation) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn nodes(&self) -> Result<Vec<NodeStatus>, StoreError> {
        std::future::pending().await
    }

    async fn ask(&self, _: &NodeId, _: Wish) -> Result<bool, StoreError> {
        std::future::pending().await
    }

    async fn secret(&self, _: ClusterSecret) -> Result<ClusterSecret, StoreError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_store_says_nothing_those_who_look_for_a_node_do_not_wait_one_after_the_other() {
    let relay = Relay::new(Arc::new(Silent), "a".to_owned(), Incarnation(1), &SECRET).unwrap();
    let began = Instant::now();
    let found = join_all((0..20).map(|_| relay.find("b"))).await;
    assert!(found.iter().all(Result::is_err), "nobody knows whether there is such a node");
    assert!(began.elapsed() <= NODES_TIMEOUT * 2, "{:?}", began.elapsed());
}
