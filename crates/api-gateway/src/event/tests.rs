use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use super::*;

fn context(event_type: EventType) -> RequestContext {
    RequestContext {
        route_key: "$connect".to_owned(),
        authorizer: None,
        message_id: None,
        event_type,
        extended_request_id: "ext=".to_owned(),
        request_time: request_time(1_607_854_667_000),
        message_direction: "IN",
        disconnect: None,
        stage: "prod".to_owned(),
        connected_at: 1_607_854_666_999,
        request_time_epoch: 1_607_854_667_000,
        identity: Identity { source_ip: "192.0.2.1".to_owned(), user_agent: None },
        request_id: "req=".to_owned(),
        domain_name: "abc.execute-api.us-east-1.amazonaws.com".to_owned(),
        connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
        api_id: "abc".to_owned(),
    }
}

fn json(event: &ProxyEvent<'_>) -> Value {
    serde_json::from_slice(&event.to_json()).unwrap()
}

#[test]
fn a_connect_event_has_all_that_the_services_has() {
    let mut headers = HeaderMap::new();
    headers.append("host", HeaderValue::from_static("abc.execute-api.us-east-1.amazonaws.com"));
    headers.append("x-two", HeaderValue::from_static("1"));
    headers.append("x-two", HeaderValue::from_static("2"));
    let handshake = Handshake {
        headers: Headers::new(&headers, |_| None),
        query: Query::parse("a=1&a=%32&b+c="),
        source_ip: String::new(),
    };
    let (context, none) = (context(EventType::Connect), BTreeMap::new());
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::connect(&handshake),
        request_context: &context,
        stage_variables: &none,
        body: None,
        is_base64_encoded: Some(false),
    };
    assert_eq!(
        json(&event),
        json!({
            "headers": {"Host": "abc.execute-api.us-east-1.amazonaws.com", "X-Two": "2"},
            "multiValueHeaders": {"Host": ["abc.execute-api.us-east-1.amazonaws.com"], "X-Two": ["1", "2"]},
            "queryStringParameters": {"a": "2", "b c": ""},
            "multiValueQueryStringParameters": {"a": ["1", "2"], "b c": [""]},
            "requestContext": {
                "routeKey": "$connect", "eventType": "CONNECT", "extendedRequestId": "ext=",
                "requestTime": "13/Dec/2020:10:17:47 +0000", "messageDirection": "IN", "stage": "prod",
                "connectedAt": 1_607_854_666_999_i64, "requestTimeEpoch": 1_607_854_667_000_i64,
                "identity": {"sourceIp": "192.0.2.1"}, "requestId": "req=",
                "domainName": "abc.execute-api.us-east-1.amazonaws.com", "connectionId": "L0SM9cOFvHcCIhw=", "apiId": "abc"
            },
            "isBase64Encoded": false
        })
    );
}

#[test]
fn a_message_comes_without_headers_and_with_what_the_authorizer_said() {
    let mut context = context(EventType::Message);
    context.authorizer = Some(Map::from_iter([("principalId".to_owned(), json!("ada"))]));
    context.message_id = Some("m=".to_owned());
    let none = BTreeMap::new();
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::Message {},
        request_context: &context,
        stage_variables: &none,
        body: Some("hello"),
        is_base64_encoded: Some(false),
    };
    let event = json(&event);
    let keys: Vec<_> = event.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["body", "isBase64Encoded", "requestContext"]);
    assert_eq!((&event["body"], &event["requestContext"]["messageId"]), (&json!("hello"), &json!("m=")));
    assert_eq!(event["requestContext"]["authorizer"], json!({"principalId": "ada"}));
    assert_eq!(context.named("authorizer.principalId").as_deref(), Some("ada"));
    assert_eq!(context.named("connectedAt").as_deref(), Some("1607854666999"));
}

#[test]
fn a_disconnect_says_how_it_ended() {
    let mut context = context(EventType::Disconnect);
    context.disconnect =
        Some(Disconnect { disconnect_status_code: 1001, disconnect_reason: "Going away".to_owned() });
    let none = BTreeMap::new();
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::disconnect("example.com"),
        request_context: &context,
        stage_variables: &none,
        body: None,
        is_base64_encoded: Some(false),
    };
    let event = json(&event);
    assert_eq!(event["headers"], json!({"Host": "example.com", "x-api-key": "", "x-restapi": ""}));
    assert_eq!(event["requestContext"]["disconnectStatusCode"], json!(1001));
    assert_eq!(event["requestContext"]["disconnectReason"], json!("Going away"));
}
