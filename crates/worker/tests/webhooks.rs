//! Webhooks over real HTTP.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;
mod receiver;

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::outbox::Part;
use chinwag_worker::webhook::{Secret, WebhookSettings, Webhooks};
use chinwag_worker::{Handler as _, RetryPolicy, Verdict};
use fixture::{MachineClock, Office, eventually};
use receiver::Receiver;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhooks(office: &Office, receiver: &Receiver) -> Arc<Webhooks> {
    let settings = WebhookSettings {
        url: receiver.url().parse().unwrap(),
        secret: Secret::parse(SECRET).unwrap(),
        timeout: Duration::from_millis(500),
        retries: RetryPolicy {
            max_attempts: 4,
            first_wait: Duration::from_millis(20),
            longest_wait: Duration::from_millis(40),
        },
        user_agent: "Chinwag/test".to_owned(),
    };
    let store = office.desk.world.store.clone();
    Arc::new(Webhooks::new(settings, store, Arc::new(MachineClock)).unwrap())
}

#[tokio::test]
async fn a_change_is_told_as_it_is_in_the_log() {
    let office = Office::new().await;
    let receiver = Receiver::start(|_| "200 OK\r\n").await;
    let room = office.desk.room().await;
    let rev = office.desk.owe(room).await;
    let worker = office.employ(&webhooks(&office, &receiver));
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    let id = format!("{room}-{rev}");
    assert_eq!((body["id"].as_str(), body["type"].as_str()), (Some(id.as_str()), Some("message.created")));
    assert_eq!(body["data"]["message"]["text"], "hello");
    assert_eq!(requests[0].header("webhook-id"), id);
    assert!(requests[0].header("webhook-signature").starts_with("v1,"));
    assert_eq!(requests[0].header("content-type"), "application/json");
    assert_eq!(requests[0].header("user-agent"), "Chinwag/test");
}

#[tokio::test]
async fn a_receiver_that_is_out_of_order_is_asked_again_with_the_same_id() {
    let office = Office::new().await;
    let receiver = Receiver::start(|n| if n < 2 { "500 Oops\r\n" } else { "204 Done\r\n" }).await;
    let room = office.desk.room().await;
    office.desk.owe(room).await;
    office.desk.owe(room).await;
    let worker = office.employ(&webhooks(&office, &receiver));
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    let ids: Vec<_> =
        receiver.requests().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 4);
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] < ids[3], "{ids:?}");
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_is_asked_once() {
    let office = Office::new().await;
    let receiver = Receiver::start(|_| "410 Gone\r\n").await;
    office.desk.owe(office.desk.room().await).await;
    let worker = office.employ(&webhooks(&office, &receiver));
    eventually(async || office.backlog().await.dead == 1).await;
    worker.stop().await;
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_and_their_letters_die_in_the_end() {
    let office = Office::new().await;
    let receiver = Receiver::start(|_| "307 Elsewhere\r\nLocation: /elsewhere\r\n").await;
    office.desk.owe(office.desk.room().await).await;
    let worker = office.employ(&webhooks(&office, &receiver));
    eventually(async || office.backlog().await.dead == 1).await;
    worker.stop().await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.path == "/hook"));
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up_in_time() {
    let office = Office::new().await;
    let receiver = Receiver::start(|n| if n == 0 { "" } else { "200 OK\r\n" }).await;
    office.desk.owe(office.desk.room().await).await;
    let worker = office.employ(&webhooks(&office, &receiver));
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    assert_eq!((receiver.requests().len(), office.backlog().await.dead), (2, 0));
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_is_given_it() {
    let office = Office::new().await;
    let receiver = Receiver::start(|_| "503 Busy\r\nRetry-After: 7\r\n").await;
    office.desk.owe(office.desk.room().await).await;
    let leased = office.desk.take().await;
    let Verdict::Failed { reason, not_before } = webhooks(&office, &receiver).attempt(&leased.job).await
    else {
        panic!("it failed");
    };
    assert_eq!(not_before, Some(Duration::from_secs(7)));
    assert!(reason.contains("503"), "{reason}");
}

#[tokio::test]
async fn nobody_at_the_address_is_a_reason_that_names_no_url() {
    let office = Office::new().await;
    let receiver = Receiver::start(|_| "200 OK\r\n").await;
    let webhooks = webhooks(&office, &receiver);
    let url = receiver.url();
    drop(receiver);
    office.desk.owe(office.desk.room().await).await;
    let leased = office.desk.take().await;
    let Verdict::Failed { reason, .. } = webhooks.attempt(&leased.job).await else { panic!("it failed") };
    assert!(reason.contains("refused") && !reason.contains(&url), "{reason}");
    assert!(office.desk.outbox.jobs(Part::Dead, None, 1).await.unwrap().is_empty());
}
