//! Pictures for tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

pub(super) fn file_of(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) fn jpeg(image: &RgbImage) -> Vec<u8> {
    file_of(&DynamicImage::ImageRgb8(image.clone()), ImageFormat::Jpeg)
}

/// What a camera that was held so writes beside a picture, with the place where it was taken: the TIFF structure of EXIF.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(2u16.to_le_bytes());
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // The name of its maker, where the bytes of a place would be as well.
    tiff.extend([0x0f, 0x01, 2, 0, 12, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(b"GPS 52N 13E\0");
    tiff
}

/// A segment of a JPEG.
pub(super) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// A JPEG as a camera held on its side writes it.
pub(super) fn from_a_camera(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = jpeg(image);
    let (start, rest) = jpeg.split_at(2);
    let exif = [b"Exif\0\0", &exif(orientation)[..]].concat();
    [start, &segment(0xe1, &exif), rest].concat()
}
