//! What a file holds, by its first bytes.

use chinwag_chat::MediaType;

/// How many bytes tell.
pub(super) const HEAD_BYTES: usize = 8 * 1024;

/// What text begins with that a browser could take for a page or a drawing.
const MARKUP: [(&str, &str); 8] = [
    ("<svg", "image/svg+xml"),
    ("<!doctype html", "text/html"),
    ("<html", "text/html"),
    ("<script", "text/html"),
    ("<body", "text/html"),
    ("<head", "text/html"),
    ("<iframe", "text/html"),
    ("<?xml", "text/xml"),
];

/// The type of a file that begins with these bytes.
pub(super) fn sniff(head: &[u8]) -> MediaType {
    let known = infer::get(head).map(|known| known.mime_type());
    MediaType::new(match known {
        // Some take a drawing for any XML.
        Some("text/html" | "text/xml") => markup(head).unwrap_or("text/html"),
        Some(known) => known,
        None if is_text(head) => markup(head).unwrap_or("text/plain"),
        None => "application/octet-stream",
    })
}

/// The pictures that browsers show and that previews are made of.
pub(super) fn is_picture(media_type: &MediaType) -> bool {
    matches!(media_type.as_str(), "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}

/// Whether it is text in UTF-8; the last letter may be cut off.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let (whole, _) = head.split_at(error.valid_up_to());
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C' | '\x1B'))
}

/// What sort of markup the text holds near its beginning, if any.
fn markup(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let begins_with_markup = text.trim_start_matches('\u{FEFF}').trim_start().starts_with('<');
    let (_, found) = MARKUP.into_iter().find(|(mark, _)| begins_with_markup && text.contains(mark))?;
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let program = [&b"\x7fELF\x02\x01\x01\0"[..], &[0; 64]].concat();
        for (head, found) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0", "image/gif"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"PK\x03\x04rest", "application/zip"),
            ("Grüße".as_bytes(), "text/plain"),
            (b"Gr\xc3", "text/plain"),
            (b"a,b\n1,2\n", "text/plain"),
            (b"fn main() { assert!(1 < 2); }", "text/plain"),
            (b" \n<!DOCTYPE html><p>hello", "text/html"),
            (b"<html><script>alert(1)</script>", "text/html"),
            (b"\xef\xbb\xbf<SCRIPT>alert(1)</SCRIPT>", "text/html"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
            (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
            (b"<?xml version='1.0'?><feed/>", "text/xml"),
            (b"\0\x01\x02\x03", "application/octet-stream"),
            (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
            (&program, "application/x-executable"),
        ] {
            assert_eq!(sniff(head).as_str(), found, "{}", String::from_utf8_lossy(head));
        }
    }
}
