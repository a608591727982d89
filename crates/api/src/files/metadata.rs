//! Pictures without what is written beside the picture: where it was taken, with what, by whom.
//!
//! Only the blocks that a picture's file is made of are looked at, one after the other as they come; the picture itself goes
//! through as it is. Formats: JPEG (ITU-T T.81, annex B), PNG (11.3 of its specification), WebP (RFC 9649, section 2.7).

use bytes::Bytes;
use chinwag_chat::MediaType;
use chinwag_chat::blobs::ByteStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image::metadata::Orientation;

/// The bytes of a file without what is written beside its picture, if it is one.
pub(super) fn removed(bytes: ByteStream<'static>, media_type: &MediaType) -> ByteStream<'static> {
    let container = match media_type.as_str() {
        "image/jpeg" => Container::Jpeg,
        "image/png" => Container::Png,
        "image/webp" => Container::WebP,
        _ => return bytes,
    };
    let mut remover = Remover::new(container);
    let pieces = bytes.map_ok(Some).chain(stream::iter([Ok(None)]));
    let kept = pieces.map_ok(move |piece| {
        let mut kept = vec![];
        match piece {
            Some(piece) => remover.take(piece, &mut kept),
            None => remover.end(&mut kept),
        }
        stream::iter(kept.into_iter().map(Ok))
    });
    kept.try_flatten().boxed()
}

/// How a file is divided into blocks.
#[derive(Debug, Clone, Copy)]
enum Container {
    Jpeg,
    Png,
    WebP,
}

impl Container {
    /// What comes before the first block.
    const fn signature_bytes(self) -> usize {
        match self {
            Self::Jpeg => 2,
            Self::Png => 8,
            Self::WebP => 12,
        }
    }

    const fn header_bytes(self) -> usize {
        match self {
            Self::Jpeg => 4,
            Self::Png | Self::WebP => 8,
        }
    }

    /// What becomes of the block that begins so, and how long the rest of it is; nothing where no blocks come any more.
    fn block(self, header: &[u8]) -> Option<(Fate, u64)> {
        match (self, header) {
            (Self::Jpeg, [0xff, marker, high, low]) => {
                let fate = match marker {
                    // The first scan: from here on it is the picture.
                    0xda => return None,
                    // EXIF and XMP.
                    0xe1 => Fate::Turned,
                    // What agencies write of a picture, and what anybody does.
                    0xed | 0xfe => Fate::Dropped,
                    _ => Fate::Kept,
                };
                Some((fate, u64::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?))
            }
            (Self::Png, [l0, l1, l2, l3, name @ ..]) => {
                let fate = match name {
                    b"IEND" => return None,
                    b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" => Fate::Dropped,
                    _ => Fate::Kept,
                };
                // With a checksum behind it.
                Some((fate, u64::from(u32::from_be_bytes([*l0, *l1, *l2, *l3])) + 4))
            }
            (Self::WebP, [n0, n1, n2, n3, l0, l1, l2, l3]) => {
                // The file says at its beginning how long it is.
                let fate = if matches!(&[*n0, *n1, *n2, *n3], b"EXIF" | b"XMP ") {
                    Fate::Blanked
                } else {
                    Fate::Kept
                };
                Some((fate, u64::from(u32::from_le_bytes([*l0, *l1, *l2, *l3])).next_multiple_of(2)))
            }
            _ => None,
        }
    }
}

/// What becomes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Dropped,
    /// Kept with nothing in it.
    Blanked,
    /// Kept with nothing in it but which side of the picture is up.
    Turned,
}

#[derive(Debug)]
enum Place {
    Signature,
    Header,
    Block(Fate, u64),
    /// Behind the last block that is looked at.
    Rest,
}

#[derive(Debug)]
struct Remover {
    container: Container,
    place: Place,
    /// What is looked at as a whole, as far as it has come.
    held: Vec<u8>,
}

impl Remover {
    fn new(container: Container) -> Self {
        Self { container, place: Place::Signature, held: vec![] }
    }

    /// Takes the next piece; what is to be kept goes to `kept`.
    fn take(&mut self, mut piece: Bytes, kept: &mut Vec<Bytes>) {
        while !piece.is_empty() {
            match self.place {
                Place::Rest => kept.push(std::mem::take(&mut piece)),
                Place::Signature => {
                    if self.hold(&mut piece, self.container.signature_bytes()) {
                        kept.push(std::mem::take(&mut self.held).into());
                        self.place = Place::Header;
                    }
                }
                Place::Header => {
                    if self.hold(&mut piece, self.container.header_bytes()) {
                        self.enter(kept);
                    }
                }
                Place::Block(fate, left) => {
                    let part = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
                    let part = piece.split_to(part);
                    self.place = Place::Block(fate, left - part.len() as u64);
                    match fate {
                        Fate::Kept => kept.push(part),
                        Fate::Dropped => {}
                        Fate::Blanked => kept.push(vec![0; part.len()].into()),
                        Fate::Turned => self.held.extend_from_slice(&part),
                    }
                    self.leave(kept);
                }
            }
        }
    }

    /// Nothing comes any more.
    fn end(&mut self, kept: &mut Vec<Bytes>) {
        // Half a block of what is not kept is not kept either.
        if !matches!(self.place, Place::Block(..)) && !self.held.is_empty() {
            kept.push(std::mem::take(&mut self.held).into());
        }
    }

    /// Whether so many bytes are held now.
    fn hold(&mut self, piece: &mut Bytes, wanted: usize) -> bool {
        let part = piece.split_to(piece.len().min(wanted.saturating_sub(self.held.len())));
        self.held.extend_from_slice(&part);
        self.held.len() >= wanted
    }

    /// A block's header is held.
    fn enter(&mut self, kept: &mut Vec<Bytes>) {
        let header = std::mem::take(&mut self.held);
        let block = self.container.block(&header);
        if matches!(block, None | Some((Fate::Kept | Fate::Blanked, _))) {
            kept.push(header.into());
        }
        self.place = block.map_or(Place::Rest, |(fate, length)| Place::Block(fate, length));
        self.leave(kept);
    }

    /// Goes on to the next block where this one is over.
    fn leave(&mut self, kept: &mut Vec<Bytes>) {
        let Place::Block(fate, 0) = self.place else { return };
        self.place = Place::Header;
        if fate == Fate::Turned {
            let segment = std::mem::take(&mut self.held);
            let orientation = segment.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk);
            kept.extend(orientation.filter(|is| *is != Orientation::NoTransforms).map(turned));
        }
    }
}

/// The EXIF segment of a JPEG that says nothing but which side is up.
fn turned(orientation: Orientation) -> Bytes {
    let mut segment = vec![0xff, 0xe1, 0, 34];
    segment.extend(b"Exif\0\0MM\0\x2a\0\0\0\x08");
    // One entry, and none after it: the orientation, one number of two bytes.
    segment.extend([0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    segment.into()
}

#[cfg(test)]
mod tests;
