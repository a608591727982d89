//! Smaller pictures made of large ones, the right way up and with nothing in them but the picture.
//!
//! A picture is measured before it is decoded: a few bytes can claim to be as large as a city.

use std::io::{BufReader, Cursor, Seek, SeekFrom};

use chinwag_chat::blobs::ByteStream;
use chinwag_chat::{MediaType, Picture, Preview};
use futures_util::TryStreamExt as _;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};
use tokio::io::AsyncWriteExt as _;

use crate::ApiError;

/// The longest side of a preview.
const FITTING_SIDE: u32 = 800;
/// The side of a picture beside a name.
const SQUARE_SIDE: u32 = 256;
/// What a picture is first brought down to, quickly.
const ROUGH_SIDE: u32 = FITTING_SIDE * 2;
/// The most that is decoded: what telephones take, and no more than 160 MB of memory.
const MAX_PIXELS: u64 = 40_000_000;
const MAX_SIDE: u32 = 20_000;
const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;
const JPEG_QUALITY: u8 = 82;

/// How a picture becomes smaller.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shrink {
    /// As a whole.
    ToFit,
    /// Its middle, as a square.
    ToSquare,
}

/// A preview, and the measures of what it was made of.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) picture: Picture,
    pub(super) bytes: Vec<u8>,
}

/// Makes a preview. The inner error is the picture's fault.
///
/// The file lies on the disk meanwhile, not in memory.
pub(super) async fn make(
    mut bytes: ByteStream<'static>,
    shrink: Shrink,
) -> Result<Result<Made, ImageError>, ApiError> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(ApiError::internal)?;
    let mut file = tokio::fs::File::from_std(file.map_err(ApiError::unavailable)?);
    while let Some(piece) = bytes.try_next().await? {
        file.write_all(&piece).await.map_err(ApiError::unavailable)?;
    }
    file.flush().await.map_err(ApiError::unavailable)?;
    let mut file = file.into_std().await;
    let made = tokio::task::spawn_blocking(move || {
        file.seek(SeekFrom::Start(0))?;
        of(BufReader::new(file), shrink)
    });
    made.await.map_err(ApiError::internal)
}

fn of(picture: impl Seek + std::io::BufRead, shrink: Shrink) -> Result<Made, ImageError> {
    let mut reader = ImageReader::new(picture).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder)?;
    let small = smaller(image, shrink, orientation);
    let (bytes, media_type) = written(&small)?;
    let (width, height) = if is_on_its_side(orientation) { (height, width) } else { (width, height) };
    let preview =
        Preview { width: small.width(), height: small.height(), media_type, size: bytes.len() as u64 };
    Ok(Made { picture: Picture { width, height, preview }, bytes })
}

/// Small first and turned then: turning makes a copy.
fn smaller(image: DynamicImage, shrink: Shrink, orientation: Orientation) -> DynamicImage {
    let is_larger_than = |image: &DynamicImage, side| image.width() > side || image.height() > side;
    let rough =
        if is_larger_than(&image, ROUGH_SIDE) { image.thumbnail(ROUGH_SIDE, ROUGH_SIDE) } else { image };
    let mut small = match shrink {
        // Cut out first: of a picture that is long and thin, as much as covers a square would be enormous.
        Shrink::ToSquare => middle(&rough).resize_exact(SQUARE_SIDE, SQUARE_SIDE, FilterType::CatmullRom),
        Shrink::ToFit if is_larger_than(&rough, FITTING_SIDE) => {
            rough.resize(FITTING_SIDE, FITTING_SIDE, FilterType::CatmullRom)
        }
        Shrink::ToFit => rough,
    };
    small.apply_orientation(orientation);
    small
}

/// The largest square in the middle.
fn middle(image: &DynamicImage) -> DynamicImage {
    let side = image.width().min(image.height());
    image.crop_imm((image.width() - side) / 2, (image.height() - side) / 2, side, side)
}

/// JPEG, unless one can see through the picture.
fn written(small: &DynamicImage) -> Result<(Vec<u8>, MediaType), ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    if small.color().has_alpha() {
        let pixels = small.to_rgba8();
        if pixels.pixels().any(|pixel| pixel.0.last() != Some(&u8::MAX)) {
            pixels.write_to(&mut bytes, ImageFormat::Png)?;
            return Ok((bytes.into_inner(), MediaType::new("image/png")));
        }
    }
    small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    Ok((bytes.into_inner(), MediaType::new("image/jpeg")))
}

const fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

#[cfg(test)]
mod tests;
