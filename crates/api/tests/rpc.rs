//! The RPC twins over a real store.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

use std::sync::Arc;

use chinwag_api::{Api, ApiError, ApiSettings, CallContext, ErrorCode, NobodyOnline, Rate, rpc};
use chinwag_chat::{Bus, Chat, Clock, Entropy, Hint, IdSource, Limits, Timestamp};
use chinwag_store_sqlite::{Options, SqliteStore};
use serde_json::{Value, json};

const PROTOCOL: &str = include_str!("../../../docs/PROTOCOL.md");
const PASSWORD: &str = "correct horse battery";

struct Outside;

impl Bus for Outside {
    fn publish(&self, _hint: Hint) {}
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_700_000_000_000)
    }
}

impl Entropy for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

struct Server {
    api: Api,
    _directory: tempfile::TempDir,
}

impl Server {
    fn new(settings: ApiSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (bus, clock, entropy) = (Arc::new(Outside), Arc::new(Outside), Arc::new(Outside));
        let path = directory.path().join("chinwag.db");
        let store = SqliteStore::open(&path, bus.clone(), &Outside, Options::default()).unwrap();
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat = Chat::new(Arc::new(store), bus, clock, ids, Limits::default());
        let api = Api::new(chat, entropy, Arc::new(NobodyOnline), None, settings);
        Self { api, _directory: directory }
    }

    async fn call(&self, context: &CallContext, method: &str, data: &Value) -> Result<Value, ApiError> {
        let answer = rpc::dispatch(&self.api, context, method, data.to_string().as_bytes()).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    async fn user(&self, name: &str) -> CallContext {
        let nobody = CallContext::default();
        let account = json!({"name": name, "password": PASSWORD});
        self.call(&nobody, "user.create", &account).await.unwrap();
        let session = self.call(&nobody, "session.create", &account).await.unwrap();
        let token = session["token"].as_str().unwrap();
        CallContext::of(self.api.authenticator().authenticate(token).await.unwrap())
    }
}

/// `noun.verb` of every method that the protocol names.
fn methods() -> Vec<&'static str> {
    let paragraph = PROTOCOL.split("Every HTTP call has an RPC twin").nth(1).unwrap();
    let paragraph = paragraph.split("###").next().unwrap();
    let quoted = paragraph.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.contains('.') && !word.contains('{')).collect()
}

#[tokio::test]
async fn every_method_of_the_protocol_is_there() {
    let server = Server::new(ApiSettings::default());
    let ada = server.user("ada").await;
    assert_eq!(methods().len(), 74, "{:?}", methods());
    for method in methods() {
        let answer = server.call(&ada, method, &json!({})).await;
        // What this server has not, such as a cluster, is not found in other words.
        let detail = answer.err().map(|error| error.detail);
        assert_ne!(detail.as_deref(), Some("there is no such method"), "{method}");
    }
    for method in ["", "user", "user.", "USER.ME", "room.delete", "message.send "] {
        let error = server.call(&ada, method, &json!({})).await.unwrap_err();
        assert_eq!((error.code, error.code.real_time()), (ErrorCode::NotFound, 104), "{method:?}");
    }
}

#[tokio::test]
async fn only_signing_up_and_in_is_for_everybody() {
    let server = Server::new(ApiSettings::default());
    let nobody = CallContext::default();
    for method in methods() {
        let code = server.call(&nobody, method, &json!({})).await.err().map(|error| error.code);
        let is_open = ["config.get", "user.create", "session.create"].contains(&method);
        assert_eq!(code == Some(ErrorCode::Unauthorized), !is_open, "{method}");
    }
}

#[tokio::test]
async fn a_message_is_sent_once_however_often_it_is_asked_for() {
    let server = Server::new(ApiSettings::default());
    let ada = server.user("ada").await;
    let room = json!({"kind": "public", "name": "Harbour"});
    let room = server.call(&ada, "room.create", &room).await.unwrap();
    let message = json!({"room": room["id"], "client_id": "c1", "text": "Shall we?", "mood": "good"});
    let sent = server.call(&ada, "message.send", &message).await.unwrap();
    assert_eq!(server.call(&ada, "message.send", &message).await.unwrap(), sent);
    assert_eq!(sent["seq"], json!(1));
    let page = server.call(&ada, "message.list", &json!({"room": room["id"], "limit": 1})).await.unwrap();
    assert_eq!(page["messages"][0]["id"], sent["id"]);
    let both = json!({"room": room["id"], "before_seq": 5, "after_seq": 1});
    assert_eq!(server.call(&ada, "message.list", &both).await.unwrap_err().code, ErrorCode::Invalid);
    let far = json!({"room": room["id"], "seq": u64::MAX});
    assert_eq!(server.call(&ada, "cursor.read", &far).await.unwrap_err().code, ErrorCode::Invalid);
}

#[tokio::test]
async fn sends_have_a_rate_of_their_own() {
    let mut settings = ApiSettings::default();
    settings.rate_limits.sends_per_user = Rate::new(1, std::time::Duration::from_secs(10));
    let server = Server::new(settings);
    let ada = server.user("ada").await;
    let room = json!({"kind": "public", "name": "Harbour"});
    let room = server.call(&ada, "room.create", &room).await.unwrap();
    let message = |id: &str| json!({"room": room["id"], "client_id": id, "text": "hi"});
    server.call(&ada, "message.send", &message("c1")).await.unwrap();
    let error = server.call(&ada, "message.send", &message("c2")).await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (ErrorCode::TooManyRequests, Some(10)));
    server.call(&ada, "room.list", &Value::Null).await.unwrap();
}

#[tokio::test]
async fn whatever_alters_a_message_has_the_rate_of_sends_and_nothing_else_has() {
    let mut settings = ApiSettings::default();
    settings.rate_limits.sends_per_user = Rate::new(2, std::time::Duration::from_secs(10));
    let server = Server::new(settings);
    let room = json!({"kind": "group", "name": "Harbour"});
    for (name, method, more) in [
        ("bea", "message.edit", json!({"text": "Shall we not?"})),
        ("cleo", "message.delete", json!({})),
        ("dora", "reaction.add", json!({"emoji": "👍"})),
        ("eve", "reaction.remove", json!({"emoji": "👍"})),
    ] {
        let caller = server.user(name).await;
        let room = server.call(&caller, "room.create", &room).await.unwrap();
        let message = json!({"room": room["id"], "client_id": "c1", "text": "Shall we?"});
        server.call(&caller, "message.send", &message).await.unwrap();
        let about = |mut more: Value| {
            more["room"] = room["id"].clone();
            more["seq"] = json!(1);
            more
        };
        server.call(&caller, method, &about(more.clone())).await.unwrap();
        let error = server.call(&caller, method, &about(more)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TooManyRequests, "{method}");
        for other in ["message.get", "message.edits", "cursor.read", "cursor.delivered"] {
            server.call(&caller, other, &about(json!({}))).await.unwrap();
        }
        server.call(&caller, "pin.list", &about(json!({}))).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_is_one_that_there_is_not() {
    let server = Server::new(ApiSettings::default());
    let ada = server.user("ada").await;
    let room = server.call(&ada, "room.create", &json!({"kind": "group", "name": "Harbour"})).await.unwrap();
    for method in [
        "message.get",
        "message.edit",
        "message.delete",
        "message.edits",
        "reaction.add",
        "reaction.remove",
        "pin.add",
        "pin.remove",
    ] {
        for seq in [json!(0), json!(1), json!(1_u64 << 53), json!(u64::MAX)] {
            let asked = json!({"room": room["id"], "seq": seq, "text": "hi", "emoji": "👍"});
            let error = server.call(&ada, method, &asked).await.unwrap_err();
            assert_eq!(
                (error.code, error.code.real_time()),
                (ErrorCode::UnknownMessage, 1007),
                "{method} {seq}"
            );
        }
        for seq in [json!(-1), json!(1.5), json!("1"), json!(null)] {
            let asked = json!({"room": room["id"], "seq": seq, "text": "hi", "emoji": "👍"});
            let error = server.call(&ada, method, &asked).await.unwrap_err();
            assert_eq!((error.code, error.errors[0].field.as_ref()), (ErrorCode::Invalid, "seq"), "{method}");
        }
    }
    for (field, code) in [("reply_to", ErrorCode::UnknownMessage), ("thread", ErrorCode::UnknownMessage)] {
        let mut message = json!({"room": room["id"], "client_id": "c1", "text": "hi"});
        message[field] = json!(7);
        assert_eq!(server.call(&ada, "message.send", &message).await.unwrap_err().code, code, "{field}");
        message[field] = json!(u64::MAX);
        let error = server.call(&ada, "message.send", &message).await.unwrap_err();
        assert_eq!((error.code, error.errors[0].field.as_ref()), (ErrorCode::Invalid, field));
    }
}

#[tokio::test]
async fn sign_up_can_be_closed() {
    let mut settings = ApiSettings::default();
    settings.accounts.sign_up = false;
    let server = Server::new(settings);
    let account = json!({"name": "ada", "password": PASSWORD});
    let error = server.call(&CallContext::default(), "user.create", &account).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignUpClosed);
    let config = server.call(&CallContext::default(), "config.get", &Value::Null).await.unwrap();
    assert_eq!(config["sign_up"], json!(false));
}
