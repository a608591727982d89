use chinwag_chat::blobs::BlobError;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::*;
use crate::files::test_pictures::{exif, file_of, from_a_camera, jpeg, segment};

fn picture() -> RgbImage {
    RgbImage::from_fn(40, 20, |x, y| Rgb([(x * 6) as u8, (y * 12) as u8, 99]))
}

/// What is kept of a file that comes in pieces of so many bytes.
async fn kept(file: &[u8], media_type: &str, piece_bytes: usize) -> Vec<u8> {
    let pieces: Vec<Result<Bytes, BlobError>> =
        file.chunks(piece_bytes).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let kept = removed(stream::iter(pieces).boxed(), &MediaType::new(media_type));
    kept.try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

fn says(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|some| some == text)
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    // Nobody looks at the checksum of what is dropped.
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], name, content, &[1, 2, 3, 4]].concat()
}

#[tokio::test]
async fn a_photograph_says_which_side_is_up_and_nothing_else_whatever_pieces_it_comes_in() {
    let plain = jpeg(&picture());
    for orientation in 1..=8 {
        let photograph = from_a_camera(&picture(), orientation);
        let beside = [
            segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<GPS/>"),
            segment(0xed, b"Photoshop 3.0\0by Ada"),
            segment(0xfe, b"with love"),
        ];
        let photograph = [&photograph[..2], &beside.concat(), &photograph[2..]].concat();
        let whole = kept(&photograph, "image/jpeg", photograph.len()).await;
        for text in [&b"GPS"[..], b"Ada", b"love"] {
            assert!(says(&photograph, text) && !says(&whole, text));
        }
        let turned = Orientation::from_exif(orientation).unwrap();
        let upright = turned == Orientation::NoTransforms;
        assert_eq!(whole.len(), plain.len() + if upright { 0 } else { 36 });
        let mut decoder = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(&whole)).unwrap();
        assert_eq!(image::ImageDecoder::orientation(&mut decoder).unwrap(), turned);
        assert_eq!(DynamicImage::from_decoder(decoder).unwrap(), image::load_from_memory(&plain).unwrap());
        for piece_bytes in [1, 2, 3, 7, 1000] {
            assert_eq!(kept(&photograph, "image/jpeg", piece_bytes).await, whole);
        }
    }
}

#[tokio::test]
async fn a_png_keeps_what_is_picture() {
    let plain = file_of(&DynamicImage::ImageRgb8(picture()), ImageFormat::Png);
    // Behind the header, which is 25 bytes, and before the end.
    let (header, rest) = plain.split_at(8 + 25);
    let (data, end) = rest.split_at(rest.len() - 12);
    let texts = [chunk(b"tEXt", b"Author\0Ada"), chunk(b"iTXt", b"XML:com.adobe.xmp\0<GPS/>")].concat();
    let told = [header, &texts, data, &chunk(b"eXIf", &exif(6)), end].concat();
    for piece_bytes in [1, 5, told.len()] {
        assert_eq!(kept(&told, "image/png", piece_bytes).await, plain);
    }
}

#[tokio::test]
async fn a_webp_stays_as_long_as_it_says_that_it_is() {
    let plain = file_of(&DynamicImage::ImageRgb8(picture()), ImageFormat::WebP);
    let exif = exif(6);
    let length = u32::try_from(exif.len()).unwrap().to_le_bytes();
    let mut told = [&plain[..], b"EXIF", &length, &exif].concat();
    let length = u32::try_from(told.len() - 8).unwrap().to_le_bytes();
    told[4..8].copy_from_slice(&length);
    let whole = kept(&told, "image/webp", told.len()).await;
    assert!(says(&told, b"GPS") && !says(&whole, b"GPS"));
    assert_eq!(whole.len(), told.len());
    assert_eq!(image::load_from_memory(&whole).unwrap(), image::load_from_memory(&plain).unwrap());
    assert_eq!(kept(&told, "image/webp", 3).await, whole);
}

#[tokio::test]
async fn what_is_no_such_picture_goes_through_as_it_is() {
    let text = "APP1: \u{ff}\u{e1} Exif".as_bytes();
    assert_eq!(kept(text, "text/plain", 4).await, text);
    let broken = [&b"\xff\xd8\0\0 no block begins so"[..], b"Exif"].concat();
    assert_eq!(kept(&broken, "image/jpeg", 3).await, broken);
    for (cut_off, media_type) in [
        (&b"\xff\xd8\xff"[..], "image/jpeg"),
        (b"\x89PNG\r\n", "image/png"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
    ] {
        assert_eq!(kept(cut_off, media_type, 2).await, cut_off);
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_and_no_pieces_of_them_bring_it_down(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
        format in 0_usize..3,
        piece_bytes in 1_usize..50,
    ) {
        let (start, media_type) = [
            (&b"\xff\xd8\xff\xe1"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x05eXIf", "image/png"),
            (b"RIFF\0\x01\0\0WEBPEXIF", "image/webp"),
        ][format];
        let file = [start, &bytes].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let whole = runtime.block_on(kept(&file, media_type, file.len()));
        proptest::prop_assert!(whole.len() <= file.len());
        proptest::prop_assert_eq!(runtime.block_on(kept(&file, media_type, piece_bytes)), whole);
    }
}
