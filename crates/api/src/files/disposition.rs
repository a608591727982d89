//! How a browser is to treat a file.

use std::fmt::Write as _;

use chinwag_chat::{FileName, MediaType};

/// What a browser shows or plays without running anything of it.
const SHOWN: [&str; 15] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/m4a",
    "audio/ogg",
    "audio/x-wav",
    "audio/aac",
    "audio/x-flac",
];

/// The header `Content-Disposition`: shown in its place only where that is safe, saved under its name in any case.
#[must_use]
pub fn disposition(name: &FileName, media_type: &MediaType) -> String {
    let sort = if SHOWN.contains(&media_type.as_str()) { "inline" } else { "attachment" };
    let plain = |c: char| c.is_ascii_alphanumeric() || " .-_()+,@".contains(c);
    let ascii: String = name.as_str().chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut header = format!("{sort}; filename=\"{ascii}\"");
    if ascii != name.as_str() {
        header.push_str("; filename*=UTF-8''");
        for byte in name.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                header.push(char::from(byte));
            } else {
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_run_is_shown_and_no_name_breaks_out() {
        let of =
            |name: &str, media_type: &str| disposition(&FileName::cleaned(name), &MediaType::new(media_type));
        assert_eq!(of("a.png", "image/png"), "inline; filename=\"a.png\"");
        assert_eq!(of("a.png", "text/html"), "attachment; filename=\"a.png\"");
        assert!(of("a.svg", "image/svg+xml").starts_with("attachment"));
        assert!(of("a.pdf", "application/pdf").starts_with("attachment"));
        assert_eq!(
            of("Ü\"; filename=\"evil.exe", "text/plain"),
            "attachment; filename=\"___ filename__evil.exe\"; filename*=UTF-8''%C3%9C%22%3B%20filename%3D%22evil.exe"
        );
    }
}
