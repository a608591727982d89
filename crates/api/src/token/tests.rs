//! Tokens that must not be believed, one attack at a time.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::*;
use crate::test_clock::TestClock;

const SECRET: &[u8] = b"a secret of thirty-two bytes....";
/// The test clock's time in seconds.
const NOW: i64 = 1_000_000_000;

const RSA_PRIVATE: &str = include_str!("tests/rsa.key");
const RSA_PUBLIC: &str = include_str!("tests/rsa.pub");
const EC_PRIVATE: &str = include_str!("tests/ec.key");
const EC_PUBLIC: &str = include_str!("tests/ec.pub");
const ED_PRIVATE: &str = include_str!("tests/ed.key");
const ED_PUBLIC: &str = include_str!("tests/ed.pub");

fn verifier(keys: KeySource) -> TokenVerifier {
    strict(TokenSettings::new(keys))
}

fn strict(settings: TokenSettings) -> TokenVerifier {
    TokenVerifier::new(settings, Arc::new(TestClock::default())).unwrap()
}

fn by_secret() -> TokenVerifier {
    verifier(KeySource::Secret(SECRET.to_vec()))
}

fn claims() -> Value {
    json!({"sub": "ada", "exp": NOW + 60, "name": "Ada", "preferred_username": "Ada.L@example.org"})
}

fn sign(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

fn hs256(claims: &Value) -> String {
    sign(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET))
}

fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims();
    change(&mut claims);
    hs256(&claims)
}

/// A token with a header that no library would write.
fn forged(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

async fn code(verifier: &TokenVerifier, token: &str) -> ErrorCode {
    verifier.verify(token).await.unwrap_err().code
}

#[tokio::test]
async fn a_good_token_says_who_and_until_when() {
    let verified = by_secret().verify(&hs256(&claims())).await.unwrap();
    assert_eq!(verified.user.as_str(), "ada");
    assert_eq!(verified.name_hint, "Ada.L@example.org");
    assert_eq!(verified.display_name.unwrap().as_str(), "Ada");
    assert_eq!(verified.expires_at.unix_seconds(), NOW + 60 + 30);
}

#[tokio::test]
async fn every_kind_of_key_works_for_its_own_algorithm_only() {
    let signers = [
        (Algorithm::RS256, EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap(), RSA_PUBLIC),
        (Algorithm::ES256, EncodingKey::from_ec_pem(EC_PRIVATE.as_bytes()).unwrap(), EC_PUBLIC),
        (Algorithm::EdDSA, EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap(), ED_PUBLIC),
    ];
    for (algorithm, key, _) in &signers {
        let token = sign(&Header::new(*algorithm), &claims(), key);
        for (other, _, public) in &signers {
            let result = verifier(KeySource::Pem(public.as_bytes().to_vec())).verify(&token).await;
            assert_eq!(result.is_ok(), algorithm == other, "{algorithm:?} by the key for {other:?}");
        }
    }
    let stronger = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    let token = sign(&Header::new(Algorithm::RS512), &claims(), &stronger);
    assert_eq!(
        code(&verifier(KeySource::Pem(RSA_PUBLIC.into())), &token).await,
        ErrorCode::Unauthorized,
        "one algorithm per key"
    );
}

#[tokio::test]
async fn no_algorithm_is_no_signature() {
    for name in ["none", "None", "NONE", "nOnE", ""] {
        for signature in [&b""[..], b"x"] {
            let token = forged(&json!({"alg": name, "typ": "JWT"}), &claims(), signature);
            assert_eq!(code(&by_secret(), &token).await, ErrorCode::Unauthorized, "{name:?}");
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    // The classic confusion: HS256 with the text of the public key as the secret.
    let token =
        sign(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(RSA_PUBLIC.as_bytes()));
    assert_eq!(code(&verifier(KeySource::Pem(RSA_PUBLIC.into())), &token).await, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn a_signature_must_be_there_and_right() {
    let good = hs256(&claims());
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    let (header, _) = unsigned.split_once('.').unwrap();
    let other_claims = URL_SAFE_NO_PAD.encode(json!({"sub": "eve", "exp": NOW + 60}).to_string());
    let signature = good.rsplit('.').next().unwrap();
    let wrong_secret = sign(
        &Header::new(Algorithm::HS256),
        &claims(),
        &EncodingKey::from_secret(b"another secret of thirty-two byt"),
    );
    for token in [
        format!("{unsigned}."),
        format!("{unsigned}.AAAA"),
        format!("{header}.{other_claims}.{signature}"),
        format!("{unsigned}.{}", &signature[..signature.len() - 4]),
        wrong_secret,
        "..".to_owned(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(code(&by_secret(), &token).await, ErrorCode::Unauthorized, "{token}");
    }
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let mut header = Header::new(Algorithm::HS256);
    header.jku = Some("https://evil.example/keys".to_owned());
    let token = sign(&header, &claims(), &EncodingKey::from_secret(b"the secret at evil.example......"));
    assert_eq!(code(&by_secret(), &token).await, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_not() {
    let header = json!({"alg": "HS256", "crit": ["exp"], "typ": "JWT"});
    let token = forged(&header, &claims(), b"x");
    assert_eq!(code(&by_secret(), &token).await, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn time_is_checked_by_our_clock_with_some_leeway() {
    let check = |exp: Value| async move { by_secret().verify(&with(|c| c["exp"] = exp)).await.err() };
    assert_eq!(check(json!(NOW - 29)).await, None);
    assert_eq!(check(json!(NOW - 30)).await.unwrap().code, ErrorCode::TokenExpired);
    assert_eq!(check(json!(-1)).await.unwrap().code, ErrorCode::TokenExpired);
    assert_eq!(check(json!(1e300)).await, None);
    assert_eq!(check(json!("tomorrow")).await.unwrap().code, ErrorCode::Unauthorized);
    assert_eq!(check(Value::Null).await.unwrap().code, ErrorCode::Unauthorized);
    assert!(by_secret().verify(&with(|c| c["nbf"] = json!(NOW + 30))).await.is_ok());
    assert_eq!(code(&by_secret(), &with(|c| c["nbf"] = json!(NOW + 31))).await, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn audience_and_issuer_must_be_named_where_they_are_asked_for() {
    let picky = strict(TokenSettings {
        audience: Some("chat".to_owned()),
        issuer: Some("https://id.example".to_owned()),
        ..TokenSettings::new(KeySource::Secret(SECRET.to_vec()))
    });
    let token = |aud: Value, iss: Value| {
        with(|c| {
            c["aud"] = aud;
            c["iss"] = iss;
        })
    };
    let issuer = json!("https://id.example");
    assert!(picky.verify(&token(json!("chat"), issuer.clone())).await.is_ok());
    assert!(picky.verify(&token(json!(["shop", "chat"]), issuer.clone())).await.is_ok());
    for bad in [
        token(json!("shop"), issuer.clone()),
        token(json!([]), issuer.clone()),
        token(Value::Null, issuer),
        token(json!("chat"), json!("https://id.example.evil")),
        token(json!("chat"), Value::Null),
        hs256(&claims()),
    ] {
        assert_eq!(code(&picky, &bad).await, ErrorCode::Unauthorized);
    }
    assert!(by_secret().verify(&token(json!("anybody"), json!("anybody"))).await.is_ok());
}

#[tokio::test]
async fn a_sub_that_could_break_out_of_a_channel_is_refused() {
    for sub in [json!("a:b"), json!(""), json!("a b"), json!(7), Value::Null] {
        assert_eq!(code(&by_secret(), &with(|c| c["sub"] = sub)).await, ErrorCode::Unauthorized);
    }
}

/// Ed25519's public key in hand, as a key set holds it.
fn ed_jwk(kid: &str) -> Value {
    let der: Vec<u8> = base64::engine::general_purpose::STANDARD
        .decode(ED_PUBLIC.lines().filter(|line| !line.starts_with('-')).collect::<String>())
        .unwrap();
    json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": URL_SAFE_NO_PAD.encode(&der[der.len() - 32..])})
}

fn by_ed(kid: Option<&str>) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = kid.map(str::to_owned);
    sign(&header, &claims(), &EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap())
}

#[tokio::test]
async fn a_key_set_is_asked_by_key_id() {
    let shared = json!({"kty": "oct", "kid": "shared", "k": URL_SAFE_NO_PAD.encode(SECRET)});
    let foreign = json!({"kty": "quantum", "kid": "q"});
    let set = json!({"keys": [shared, foreign, ed_jwk("ed-1")]});
    let verifier = verifier(KeySource::Jwks(set.to_string().into_bytes()));
    assert!(verifier.verify(&by_ed(Some("ed-1"))).await.is_ok());
    assert!(verifier.verify(&by_ed(None)).await.is_ok(), "the only key of its kind");
    assert_eq!(code(&verifier, &by_ed(Some("ed-2"))).await, ErrorCode::Unauthorized);
    assert_eq!(code(&verifier, &by_ed(Some("../../etc/passwd"))).await, ErrorCode::Unauthorized);
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("shared".to_owned());
    let by_shared = sign(&header, &claims(), &EncodingKey::from_secret(SECRET));
    assert_eq!(code(&verifier, &by_shared).await, ErrorCode::Unauthorized, "no secrets in key sets");
}

#[tokio::test]
async fn without_a_key_id_two_keys_are_no_key() {
    let set = json!({"keys": [ed_jwk("a"), ed_jwk("b")]});
    let verifier = verifier(KeySource::Jwks(set.to_string().into_bytes()));
    assert_eq!(code(&verifier, &by_ed(None)).await, ErrorCode::Unauthorized);
    assert!(verifier.verify(&by_ed(Some("b"))).await.is_ok());
}

#[test]
fn settings_that_can_verify_nothing_stop_the_start() {
    let build =
        |keys| TokenVerifier::new(TokenSettings::new(keys), Arc::new(TestClock::default())).unwrap_err();
    assert!(matches!(build(KeySource::Secret(b"short".to_vec())), TokenSetupError::ShortSecret));
    assert!(matches!(build(KeySource::Pem(b"nonsense".to_vec())), TokenSetupError::UnusablePem));
    assert!(matches!(build(KeySource::Jwks(b"{\"keys\":[]}".to_vec())), TokenSetupError::UnusableKeySet(_)));
    for url in ["http://id.example/keys", "file:///etc/passwd", "keys"] {
        assert!(matches!(build(KeySource::JwksUrl(url.to_owned())), TokenSetupError::InsecureUrl), "{url}");
    }
    assert!(!format!("{:?}", KeySource::Secret(SECRET.to_vec())).contains("secret of"));
}

/// Serves a key set to whoever connects, and counts them.
async fn key_server(set: Value) -> (String, Arc<std::sync::atomic::AtomicUsize>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let fetches = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = fetches.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let _ = socket.read(&mut [0; 4096]).await;
            let body = set.to_string();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    (url, fetches)
}

#[tokio::test]
async fn invented_key_ids_are_no_flood_of_fetches() {
    let (url, fetches) = key_server(json!({"keys": [ed_jwk("ed-1")]})).await;
    let clock = Arc::new(TestClock::default());
    let verifier = TokenVerifier::new(TokenSettings::new(KeySource::JwksUrl(url)), clock.clone()).unwrap();
    let count = || fetches.load(std::sync::atomic::Ordering::SeqCst);
    let attempts: Vec<_> = (0..20)
        .map(|n| {
            let (verifier, token) = (verifier.clone(), by_ed(Some(&format!("invented-{n}"))));
            tokio::spawn(async move { verifier.verify(&token).await.unwrap_err().code })
        })
        .collect();
    for attempt in attempts {
        assert_eq!(attempt.await.unwrap(), ErrorCode::Unauthorized);
    }
    assert_eq!(count(), 1, "one fetch for all of them");
    assert!(verifier.verify(&by_ed(Some("ed-1"))).await.is_ok());
    assert_eq!(count(), 1, "a known key needs none");
    clock.advance(Duration::from_secs(30));
    assert_eq!(code(&verifier, &by_ed(Some("invented"))).await, ErrorCode::Unauthorized);
    assert_eq!(count(), 2, "after a pause the set may have changed");
}

#[tokio::test]
async fn while_the_keys_were_never_fetched_nobody_is_called_an_impostor() {
    let unreachable = KeySource::JwksUrl("http://127.0.0.1:1/keys".to_owned());
    let error = verifier(unreachable).verify(&by_ed(Some("ed-1"))).await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (ErrorCode::Unavailable, Some(1)));
}
