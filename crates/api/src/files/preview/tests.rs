//! Previews of pictures as cameras, drawing programs and attackers make them.

use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::files::test_pictures::{file_of, from_a_camera, jpeg};

fn png(image: &DynamicImage) -> Vec<u8> {
    file_of(image, ImageFormat::Png)
}

fn made(bytes: &[u8], shrink: Shrink) -> Result<Made, ImageError> {
    of(Cursor::new(bytes.to_vec()), shrink)
}

#[test]
fn a_large_picture_becomes_small_and_a_small_one_stays() {
    let large = DynamicImage::ImageRgb8(RgbImage::from_pixel(2_000, 1_000, Rgb([9, 99, 199])));
    let Made { picture, bytes } = made(&png(&large), Shrink::ToFit).unwrap();
    assert_eq!((picture.width, picture.height), (2_000, 1_000));
    assert_eq!((picture.preview.width, picture.preview.height), (800, 400));
    assert_eq!(picture.preview.media_type.as_str(), "image/jpeg");
    let preview = image::load_from_memory(&bytes).unwrap();
    assert_eq!((preview.width(), preview.height()), (800, 400));
    assert_eq!(picture.preview.size, bytes.len() as u64);
    let small = DynamicImage::ImageRgb8(RgbImage::from_pixel(30, 20, Rgb([9, 99, 199])));
    let preview = made(&png(&small), Shrink::ToFit).unwrap().picture.preview;
    assert_eq!((preview.width, preview.height), (30, 20));
    let preview = made(&png(&small), Shrink::ToSquare).unwrap().picture.preview;
    assert_eq!((preview.width, preview.height), (256, 256));
}

#[test]
fn a_picture_that_is_long_and_thin_has_a_middle_too() {
    // Scaled before it is cut, it would be 400,000 pixels wide.
    let thin = DynamicImage::ImageRgb8(RgbImage::from_fn(1_600, 1, |x, _| Rgb([(x / 800) as u8; 3])));
    let Made { picture, bytes } = made(&png(&thin), Shrink::ToSquare).unwrap();
    assert_eq!((picture.preview.width, picture.preview.height), (256, 256));
    let shown = image::load_from_memory(&bytes).unwrap().to_luma8();
    assert!(shown.pixels().all(|pixel| pixel == shown.get_pixel(0, 0)));
}

#[test]
fn what_can_be_seen_through_stays_so() {
    let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(10, 10, Rgba([9, 99, 199, 100])));
    let preview = made(&png(&glass), Shrink::ToFit).unwrap().picture.preview;
    assert_eq!(preview.media_type.as_str(), "image/png");
    let wall = DynamicImage::ImageRgba8(RgbaImage::from_pixel(10, 10, Rgba([9, 99, 199, 255])));
    let preview = made(&png(&wall), Shrink::ToFit).unwrap().picture.preview;
    assert_eq!(preview.media_type.as_str(), "image/jpeg");
}

#[test]
fn a_photograph_is_turned_up_and_says_nothing_of_where_it_was_taken() {
    // Bright where the top will be: the left side, for it lies on its side.
    let lying = RgbImage::from_fn(400, 200, |x, _| if x < 200 { Rgb([250; 3]) } else { Rgb([5; 3]) });
    let photograph = from_a_camera(&lying, 6);
    assert!(photograph.windows(3).any(|bytes| bytes == b"GPS"));
    let Made { picture, bytes } = made(&photograph, Shrink::ToFit).unwrap();
    assert_eq!((picture.width, picture.height), (200, 400));
    assert_eq!((picture.preview.width, picture.preview.height), (200, 400));
    let upright = image::load_from_memory(&bytes).unwrap().to_luma8();
    assert!(upright.get_pixel(100, 20).0 > [200] && upright.get_pixel(100, 380).0 < [50]);
    assert!(!bytes.windows(4).any(|found| found == b"Exif" || found == b"GPS "));
}

#[test]
fn a_picture_that_claims_to_be_enormous_is_not_decoded() {
    let mut bomb = png(&DynamicImage::ImageRgb8(RgbImage::new(1, 1)));
    for (width, height) in [(60_000_u32, 60_000_u32), (19_000, 19_000), (u32::MAX, 1)] {
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        // The checksum of the header, which is right: whoever builds a bomb can count.
        let sum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        let refused = made(&bomb, Shrink::ToFit).unwrap_err();
        assert!(matches!(refused, ImageError::Limits(_)), "{refused}");
    }
}

#[test]
fn what_is_cut_off_or_no_picture_at_all_is_refused() {
    let whole = jpeg(&RgbImage::from_pixel(64, 64, Rgb([1, 2, 3])));
    for bytes in [
        &b"\x89PNG\r\n\x1a\n"[..],
        b"GIF89a",
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
        &whole[..40],
    ] {
        assert!(made(bytes, Shrink::ToFit).is_err());
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}
