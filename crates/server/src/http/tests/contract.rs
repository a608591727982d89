//! The OpenAPI document says what `docs/PROTOCOL.md` says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{TestServer, request};

const PROTOCOL: &str = include_str!("../../../../../docs/PROTOCOL.md");

/// `GET /api/v1/users` and so on, as the protocol's table has them.
fn promised() -> BTreeSet<String> {
    let calls = PROTOCOL.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let calls = calls.filter(|call| call.contains(" /api/v1/"));
    calls.map(|call| call.split('?').next().unwrap_or(call).to_owned()).collect()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    operations.collect()
}

#[tokio::test]
async fn the_document_holds_every_call_and_no_other() {
    let server = TestServer::new();
    let (_, document) = server.ask(request("GET", "/api/v1/openapi.json")).await;
    let described: BTreeSet<String> = operations(&document).into_iter().map(|(call, _)| call).collect();
    assert_eq!(described, promised());
}

#[tokio::test]
async fn every_operation_is_complete() {
    let server = TestServer::new();
    let (_, document) = server.ask(request("GET", "/api/v1/openapi.json")).await;
    for (call, operation) in operations(&document) {
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{call}");
        let problem =
            &operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{call}");
        if call == "POST /api/v1/files" {
            assert!(operation["requestBody"]["content"]["application/octet-stream"].is_object());
        } else if call == "POST /api/v1/bots/{id}/keys" {
            assert!(operation["requestBody"].is_null());
        } else if call.starts_with("POST") || call.starts_with("PATCH") {
            assert!(
                operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].is_string(),
                "{call}"
            );
        }
        for name in call.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(
                parameters.iter().any(|one| one["name"] == name && one["in"] == "path"),
                "{call}: {name}"
            );
        }
    }
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["cookie", "token"]);
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let server = TestServer::new();
    let (_, document) = server.ask(request("GET", "/api/v1/openapi.json")).await;
    let text = document.to_string();
    for reference in text.split("\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
