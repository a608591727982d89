//! Files over HTTP: who may read them, what they may be, and that none of them ever runs as a page of ours.

use std::io::Cursor;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use chinwag_api::files::FileSettings;
use futures_util::stream;
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, request, text, with_body};

/// Small enough to be reached by a test.
const MAX_FILE_BYTES: u64 = 100_000;
const MAX_BYTES_PER_USER: u64 = 250_000;

pub(super) fn settings() -> FileSettings {
    let types = ["image/*", "text/plain", "application/pdf", "application/octet-stream"];
    FileSettings {
        max_file_bytes: MAX_FILE_BYTES,
        max_bytes_per_user: MAX_BYTES_PER_USER,
        types: types.map(|pattern| pattern.parse().unwrap()).to_vec(),
        max_uploads: 8,
        max_previews: 1,
        keep_unattached: Duration::from_secs(3600),
        link_lifetime: Duration::from_secs(60),
    }
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture =
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 7]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn upload(query: &str, bytes: impl Into<Body>) -> Request<Body> {
    Request::builder().method("POST").uri(format!("/api/v1/files?{query}")).body(bytes.into()).unwrap()
}

impl TestServer {
    async fn uploaded(&self, token: &str, query: &str, bytes: impl Into<Body>) -> Value {
        let (status, file) = self.ask(upload(query, bytes).by(token)).await;
        assert_eq!(status, StatusCode::CREATED, "{file}");
        file
    }

    async fn refused(&self, token: &str, query: &str, bytes: impl Into<Body>) -> (u16, String) {
        let (status, problem) = self.ask(upload(query, bytes).by(token)).await;
        (status.as_u16(), text(&problem["code"]))
    }

    async fn bytes(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let response = self.answer(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    /// The status of a download.
    async fn status(&self, path: &str, token: &str) -> u16 {
        self.answer(request("GET", path).by(token)).await.status().as_u16()
    }

    async fn private_room(&self, token: &str, with: &str) -> String {
        let room = json!({"kind": "private", "name": "Den", "members": [with]});
        text(&self.ask(post("/api/v1/rooms", &room).by(token)).await.1["id"])
    }
}

#[tokio::test]
async fn a_picture_comes_in_is_measured_sent_read_in_part_and_goes_with_its_message() {
    let server = TestServer::new();
    let ((_, ada), (bob_id, bob), (_, eve)) =
        (server.user("ada").await, server.user("bob").await, server.user("eve").await);
    let picture = png(1_000, 40);
    let file = server.uploaded(&ada, "name=..%2FStrand%20%C3%9C.png", picture.clone()).await;
    let id = text(&file["id"]);
    let size = picture.len() as u64;
    assert_eq!(
        (&file["name"], &file["type"], &file["size"]),
        (&json!("Strand Ü.png"), &json!("image/png"), &json!(size))
    );
    assert_eq!((&file["width"], &file["height"]), (&json!(1_000), &json!(40)));
    assert_eq!((&file["preview"]["width"], &file["preview"]["height"]), (&json!(800), &json!(32)));

    let path = format!("/api/v1/files/{id}");
    let preview = format!("{path}/preview");
    for who in [&bob, &eve] {
        assert_eq!((server.status(&path, who).await, server.status(&preview, who).await), (404, 404));
    }
    assert_eq!(server.answer(request("GET", &path)).await.status(), StatusCode::UNAUTHORIZED);

    let room = server.private_room(&ada, &bob_id).await;
    let message = json!({"client_id": "c1", "attachments": [id]});
    let messages = format!("/api/v1/rooms/{room}/messages");
    let (status, sent) = server.ask(post(&messages, &message).by(&ada)).await;
    assert_eq!(status, StatusCode::CREATED, "{sent}");
    assert_eq!(server.ask(post(&messages, &message).by(&ada)).await.0, StatusCode::OK);
    let (_, page) = server.ask(request("GET", &messages).by(&bob)).await;
    assert_eq!(page["messages"][0]["attachments"], json!([file]));
    assert_eq!(page["messages"][0]["text"], "");
    assert_eq!(server.status(&path, &eve).await, 404);

    let (status, headers, bytes) = server.bytes(request("GET", &path).by(&bob)).await;
    assert_eq!((status, bytes.as_ref()), (StatusCode::OK, picture.as_slice()));
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(
        headers["content-disposition"],
        "inline; filename=\"Strand _.png\"; filename*=UTF-8''Strand%20%C3%9C.png"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "private, max-age=86400, immutable");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    let part = request("GET", &path).by(&bob).with_header("range", "bytes=1-3");
    let (status, headers, bytes) = server.bytes(part).await;
    assert_eq!((status, bytes.as_ref()), (StatusCode::PARTIAL_CONTENT, &b"PNG"[..]));
    assert_eq!(headers["content-range"], format!("bytes 1-3/{size}"));
    let beyond = request("GET", &path).by(&bob).with_header("range", "bytes=999999-");
    assert_eq!(server.bytes(beyond).await.0, StatusCode::RANGE_NOT_SATISFIABLE);
    let tag = headers["etag"].to_str().unwrap();
    let known = request("GET", &path).by(&bob).with_header("if-none-match", tag);
    assert_eq!(server.bytes(known).await.0, StatusCode::NOT_MODIFIED);
    let (_, headers, bytes) = server.bytes(request("GET", &preview).by(&bob)).await;
    assert_eq!(
        (&headers["content-type"], bytes.len()),
        (&"image/jpeg".parse().unwrap(), usize::try_from(file["preview"]["size"].as_u64().unwrap()).unwrap())
    );
    assert!(image::load_from_memory(&bytes).is_ok());

    let removed = request("DELETE", &format!("{messages}/1")).by(&ada);
    assert_eq!(server.ask(removed).await.1.get("attachments"), None);
    assert_eq!((server.status(&path, &ada).await, server.status(&preview, &bob).await), (404, 404));
    assert_eq!(server.api.files().unwrap().collect().await.unwrap(), 1);
    assert_eq!(server.files_on_disk(), 0);
}

impl TestServer {
    fn files_on_disk(&self) -> usize {
        fn count(directory: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
            entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
        }
        count(&self.directory.path().join("files"))
    }
}

#[tokio::test]
async fn what_could_run_in_a_browser_is_refused_whatever_it_is_called() {
    let server = TestServer::new();
    let (_, ada) = server.user("ada").await;
    for (name, bytes) in [
        ("photo.jpg", &b"<!DOCTYPE html><script>alert(document.cookie)</script>"[..]),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        (
            "notes.txt",
            b"  <?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
        ),
        ("photo.jpg", b"MZ\x90\0\x03\0\0\0"),
    ] {
        let refused = server.refused(&ada, &format!("name={name}"), bytes).await;
        assert_eq!(refused, (415, "file_type_not_allowed".to_owned()), "{name}");
    }
    // A picture and a page at once is kept as a picture, and says nothing else of itself.
    let polyglot = [b"GIF89a/*", &png(2, 2)[..], b"*/=1;<script>alert(1)</script>"].concat();
    let file = server.uploaded(&ada, "name=both.html", polyglot).await;
    assert_eq!((&file["type"], file.get("width")), (&json!("image/gif"), None));
    let (_, headers, _) =
        server.bytes(request("GET", &format!("/api/v1/files/{}", text(&file["id"]))).by(&ada)).await;
    assert_eq!(
        (&headers["content-type"], &headers["x-content-type-options"]),
        (&"image/gif".parse().unwrap(), &"nosniff".parse().unwrap())
    );
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    let page = server.uploaded(&ada, "name=a.html", "just words").await;
    let (_, headers, _) =
        server.bytes(request("GET", &format!("/api/v1/files/{}", text(&page["id"]))).by(&ada)).await;
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
}

#[tokio::test]
async fn what_is_too_large_too_much_empty_or_cut_off_leaves_nothing() {
    let server = TestServer::new();
    let (ada_id, ada) = server.user("ada").await;
    let too_large = (413, "too_large".to_owned());
    let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
    let long = vec![b'x'; limit + 1];
    let declared = upload("name=a.txt", long.clone()).by(&ada).with_header("content-length", "100001");
    assert_eq!(server.ask(declared).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // One that does not say how long it is, and one that never ends.
    assert_eq!(server.refused(&ada, "name=a.txt", long).await, too_large);
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 10_000])));
    assert_eq!(server.refused(&ada, "name=a.txt", Body::from_stream(endless)).await, too_large);
    let cut = stream::iter([Ok(Bytes::from_static(b"half of")), Err(std::io::Error::other("gone"))]);
    assert_eq!(
        server.refused(&ada, "name=a.txt", Body::from_stream(cut)).await,
        (400, "bad_request".to_owned())
    );
    let cut_later = stream::iter([Ok(Bytes::from(vec![b'x'; 20_000])), Err(std::io::Error::other("gone"))]);
    assert_eq!(server.refused(&ada, "name=a", Body::from_stream(cut_later)).await.0, 400);
    assert_eq!(server.refused(&ada, "name=a.txt", Body::empty()).await, (422, "invalid".to_owned()));
    assert_eq!(server.refused(&ada, "purpose=backup", "x").await, (422, "invalid".to_owned()));
    let used = || async { server.api.chat().store().bytes_of(&ada_id.parse().unwrap()).await.unwrap() };
    assert_eq!(used().await, 0);

    for _ in 0..2 {
        let fits = upload("name=a.txt", vec![b'x'; limit]).by(&ada).with_header("content-length", "100000");
        assert_eq!(server.ask(fits).await.0, StatusCode::CREATED);
    }
    let full = (422, "storage_full".to_owned());
    assert_eq!(server.refused(&ada, "name=a.txt", vec![b'x'; limit]).await, full);
    assert_eq!(used().await, 200_000);
    server.api.files().unwrap().collect().await.unwrap();
    assert_eq!(server.files_on_disk(), 2);
    let (_, bob) = server.user("bob").await;
    server.uploaded(&bob, "name=a.txt", vec![b'x'; limit]).await;
}

#[tokio::test]
async fn a_face_is_seen_by_everybody_and_only_as_a_small_square() {
    let server = TestServer::new();
    let ((ada_id, ada), (_, bob)) = (server.user("ada").await, server.user("bob").await);
    let not_a_picture = server.refused(&ada, "purpose=avatar", "words").await;
    assert_eq!(not_a_picture, (415, "file_type_not_allowed".to_owned()));
    let damaged = server.refused(&ada, "purpose=avatar", &b"\x89PNG\r\n\x1a\nand no more"[..]).await;
    assert_eq!(damaged, (415, "file_type_not_allowed".to_owned()));
    let file = server.uploaded(&ada, "purpose=avatar&name=me.png", png(300, 500)).await;
    assert_eq!((&file["preview"]["width"], &file["preview"]["height"]), (&json!(256), &json!(256)));
    let path = format!("/api/v1/files/{}", text(&file["id"]));
    let preview = format!("{path}/preview");
    assert_eq!(server.status(&preview, &bob).await, 404, "nothing shows it yet");
    let change = |who, change: Value| with_body("PATCH", "/api/v1/users/me", change.to_string()).by(who);
    let taken = server.ask(change(&bob, json!({"avatar": file["id"]}))).await;
    assert_eq!((taken.0, &taken.1["code"]), (StatusCode::NOT_FOUND, &json!("unknown_file")));
    let (status, profile) = server.ask(change(&ada, json!({"avatar": file["id"], "about": "Sails."}))).await;
    assert_eq!(
        (status, &profile["avatar"], &profile["about"]),
        (StatusCode::OK, &file["id"], &json!("Sails."))
    );
    assert_eq!(server.status(&preview, &bob).await, 200);
    assert_eq!((server.status(&path, &bob).await, server.status(&path, &ada).await), (404, 200));
    let (_, seen) = server.ask(request("GET", &format!("/api/v1/users/{ada_id}")).by(&bob)).await;
    assert_eq!(seen, profile);
    let wrong = server.ask(change(&ada, json!({"display_name": "", "about": "x".repeat(501)}))).await;
    assert_eq!((wrong.0, wrong.1["errors"].as_array().unwrap().len()), (StatusCode::UNPROCESSABLE_ENTITY, 2));
    let (_, profile) = server.ask(change(&ada, json!({"avatar": null, "display_name": "Ada L."}))).await;
    assert_eq!(
        (profile.get("avatar"), &profile["display_name"], &profile["about"]),
        (None, &json!("Ada L."), &json!("Sails."))
    );
    assert_eq!(server.status(&preview, &bob).await, 404);
}

#[tokio::test]
async fn a_link_works_for_whoever_has_it_until_it_ends_and_no_other_is_taken() {
    let server = TestServer::new();
    let ((_, ada), (_, bob)) = (server.user("ada").await, server.user("bob").await);
    let file = server.uploaded(&ada, "name=a.png", png(20, 20)).await;
    let path = format!("/api/v1/files/{}", text(&file["id"]));
    let link_path = format!("{path}/link");
    assert_eq!(server.status(&link_path, &bob).await, 404);
    let (status, link) = server.ask(request("GET", &link_path).by(&ada)).await;
    assert_eq!(status, StatusCode::OK, "{link}");
    let (url, preview) = (text(&link["url"]), text(&link["preview_url"]));
    let (status, headers, bytes) = server.bytes(request("GET", &url)).await;
    assert_eq!((status, bytes.as_ref()), (StatusCode::OK, png(20, 20).as_slice()));
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(server.bytes(request("GET", &preview)).await.0, StatusCode::OK);
    let other = server.uploaded(&ada, "name=b.txt", "other").await;
    let expires =
        link["expires_at"].as_str().map(|_| url.split("expires=").nth(1).unwrap().split('&').next().unwrap());
    let expires = expires.unwrap();
    for forged in [
        url.replace(expires, "9999999999999"),
        url.replace(text(&file["id"]).as_str(), &text(&other["id"])),
        url.replace("?", "?preview=true&"),
        preview.replace("preview=true&", ""),
        url.split("&signature").next().unwrap().to_owned() + "&signature=",
        url.clone() + "AAAA",
        url.replace(expires, "1"),
        format!("{path}/content"),
    ] {
        let (status, _, _) = server.bytes(request("GET", &forged)).await;
        assert!(status == StatusCode::NOT_FOUND || status == StatusCode::BAD_REQUEST, "{forged}: {status}");
    }
}
