use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::config::Secret;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, the time of AWS's own examples.
const NOW_MS: i64 = 1_440_938_160_000;

fn keys() -> KeyRing {
    KeyRing::of("AKIDEXAMPLE", Secret::from(SECRET.to_owned()))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| ((*name).try_into().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn verify(request: &Request<'_>, service: &str, now_ms: i64) -> Result<String, Refusal> {
    let keys = keys();
    let clock_skew = Duration::from_secs(300);
    let verifier = Verifier { keys: &keys, region: "us-east-1", service, clock_skew, now_ms };
    verifier.verify(request).map(|caller| caller.access_key_id)
}

/// `get-vanilla` of AWS's test suite for the signature.
fn vanilla() -> HeaderMap {
    headers(&[
        ("host", "example.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
    ])
}

fn get<'a>(path: &'a str, query: &'a str, headers: &'a HeaderMap) -> Request<'a> {
    Request { method: &Method::GET, path, query, headers, body: b"" }
}

#[test]
fn the_example_of_the_service_is_let_in() {
    let headers = vanilla();
    assert_eq!(verify(&get("/", "", &headers), "service", NOW_MS), Ok("AKIDEXAMPLE".to_owned()));
}

#[test]
fn the_example_with_a_query_in_disorder_is_let_in() {
    // `get-vanilla-query-order-key-case` of the same suite.
    let mut headers = vanilla();
    let authorization = headers["authorization"].to_str().unwrap().replace(
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    );
    headers.insert("authorization", authorization.parse().unwrap());
    let request = get("/", "Param2=value2&Param1=value1", &headers);
    assert_eq!(verify(&request, "service", NOW_MS), Ok("AKIDEXAMPLE".to_owned()));
}

#[test]
fn what_was_changed_on_the_way_is_refused() {
    let good = vanilla();
    assert_eq!(verify(&get("/x", "", &good), "service", NOW_MS), Err(Refusal::Mismatch));
    assert_eq!(verify(&get("/", "a=b", &good), "service", NOW_MS), Err(Refusal::Mismatch));
    let body = Request { body: b"x", ..get("/", "", &good) };
    assert_eq!(verify(&body, "service", NOW_MS), Err(Refusal::Mismatch));
    let mut other_host = good.clone();
    other_host.insert("host", HeaderValue::from_static("other.example"));
    assert_eq!(verify(&get("/", "", &other_host), "service", NOW_MS), Err(Refusal::Mismatch));
    assert_eq!(verify(&get("/", "", &good), "execute-api", NOW_MS), Err(Refusal::WrongScope));
}

#[test]
fn clocks_may_differ_a_little() {
    let headers = vanilla();
    for (off_s, outcome) in [(299, true), (-299, true), (301, false), (-301, false)] {
        let let_in = verify(&get("/", "", &headers), "service", NOW_MS + off_s * 1000);
        assert_eq!(let_in.is_ok(), outcome, "{off_s} s off: {let_in:?}");
    }
}

#[test]
fn half_a_signature_is_none() {
    let with = |authorization: &str| {
        let mut headers = vanilla();
        headers.insert("authorization", authorization.parse().unwrap());
        verify(&get("/", "", &headers), "service", NOW_MS)
    };
    let whole = vanilla()["authorization"].to_str().unwrap().to_owned();
    assert_eq!(with("Bearer abc"), Err(Refusal::Missing));
    assert_eq!(with("AWS4-HMAC-SHA256"), Err(Refusal::Incomplete));
    assert_eq!(with(&whole.replace("/us-east-1/service/aws4_request", "")), Err(Refusal::Incomplete));
    assert_eq!(with(&whole.replace("host;x-amz-date", "x-amz-date")), Err(Refusal::Incomplete));
    assert_eq!(with(&whole.replace("host;x-amz-date", "host")), Err(Refusal::Incomplete));
    assert_eq!(with(&whole.replace("host;x-amz-date", "host;not-there;x-amz-date")), Err(Refusal::Mismatch));
    assert_eq!(with(&whole.replace("AKIDEXAMPLE", "AKIDOTHER")), Err(Refusal::UnknownKey));
    assert_eq!(verify(&get("/", "", &HeaderMap::new()), "service", NOW_MS), Err(Refusal::Missing));
}

#[test]
fn what_is_signed_here_is_let_in_there() {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret: Secret::from(SECRET.to_owned()),
        session_token: None,
        region: "us-east-1".to_owned(),
        service: "lambda",
    };
    let url =
        reqwest::Url::parse("http://127.0.0.1:9001/2015-03-31/functions/arn%3Aaws/invocations?Qualifier=a b")
            .unwrap();
    let given = headers(&[("x-amz-invocation-type", "Event")]);
    let signed = sign(&signer, &Method::POST, &url, given, b"{}", NOW_MS);
    let request = Request {
        method: &Method::POST,
        path: url.path(),
        query: url.query().unwrap(),
        headers: &signed,
        body: b"{}",
    };
    assert_eq!(verify(&request, "lambda", NOW_MS), Ok("AKIDEXAMPLE".to_owned()));
}
