//! Cards in PNG pictures: `tEXt` chunks `ccv3` and `chara` that hold Base64 of JSON. PURE.
//! No picture is ever decoded; chunks are walked and their checksums compared (<https://www.w3.org/TR/png-3/>).

use std::io::Write;
use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::parcel::CardFault;
use super::{PNG_BYTES, TEXT_BYTES};

/// How every PNG begins.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The longest side of a picture, in pixels: whoever shows a larger one may run out of memory.
const SIDE: u32 = 8_192;
/// How the chunks of older pictures that hold assets are named.
const ASSET: &str = "chara-ext-asset_";
/// Base64 as it is found: with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a picture holds beside the picture.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The texts under `ccv3` and `chara`, in the order in which they are wanted.
    pub(super) ccv3: Vec<String>,
    pub(super) chara: Vec<String>,
    /// Assets in the old place: path and bytes.
    pub(super) assets: Vec<(String, Vec<u8>)>,
}

/// A chunk of a picture.
struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    whole: Range<usize>,
}

/// What a picture holds.
pub(super) fn read(png: &[u8]) -> Result<Held, CardFault> {
    let mut held = Held::default();
    let mut unpacked = 0;
    for chunk in chunks(png) {
        let chunk = chunk?;
        let Some(keyword) = keyword(&chunk) else { continue };
        let text = chunk.data.get(keyword.len() + 1..).unwrap_or_default();
        let lower = keyword.to_ascii_lowercase();
        let is_card = matches!(lower.as_str(), "ccv3" | "chara");
        if is_card && chunk.kind != b"tEXt" {
            return Err(CardFault::Png(
                "the card stands in a packed or international text chunk, which no known format uses",
            ));
        }
        if chunk.kind != b"tEXt" || !(is_card || lower.starts_with(ASSET)) {
            continue;
        }
        let bytes = decode(text)?;
        unpacked += bytes.len();
        if unpacked > PNG_BYTES {
            return Err(CardFault::TooLarge { what: "what the picture holds", bytes: unpacked, limit: PNG_BYTES });
        }
        if !is_card {
            let path = keyword[ASSET.len()..].trim_start_matches(':').to_owned();
            held.assets.push((path, bytes));
            continue;
        }
        if bytes.len() > TEXT_BYTES {
            return Err(CardFault::TooLarge { what: "the card's text", bytes: bytes.len(), limit: TEXT_BYTES });
        }
        let text = String::from_utf8(bytes).map_err(|_| CardFault::NotUtf8)?;
        let texts = if lower == "ccv3" { &mut held.ccv3 } else { &mut held.chara };
        texts.push(text);
    }
    Ok(held)
}

/// The picture with both cards just before its end, and without any that it had.
pub(super) fn write(png: &[u8], v2: &str, v3: &str) -> Result<Vec<u8>, CardFault> {
    let mut out = SIGNATURE.to_vec();
    for chunk in chunks(png) {
        let chunk = chunk?;
        if keyword(&chunk).is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "ccv3" | "chara")) {
            continue;
        }
        if chunk.kind == b"IEND" {
            for (keyword, text) in [("chara", v2), ("ccv3", v3)] {
                let data = [keyword.as_bytes(), b"\0", BASE64.encode(text).as_bytes()].concat();
                append(&mut out, b"tEXt", &data);
            }
        }
        out.extend_from_slice(&png[chunk.whole]);
    }
    Ok(out)
}

/// A picture for a card that has none: upright and dark, lighter towards the top.
pub(super) fn plain() -> Vec<u8> {
    let (width, height) = (256u32, 384u32);
    let mut rows = Vec::new();
    for row in 0..height {
        let shade = u8::try_from(96 - row * 64 / height).unwrap_or(32);
        rows.push(0);
        rows.extend(std::iter::repeat_n(shade, width as usize));
    }
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory cannot fail.
    let _ = packed.write_all(&rows);
    let packed = packed.finish().unwrap_or_default();
    let mut out = SIGNATURE.to_vec();
    // Eight bits of grey, packed, not interlaced.
    append(&mut out, b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat());
    append(&mut out, b"IDAT", &packed);
    append(&mut out, b"IEND", b"");
    out
}

fn append(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&checksum(kind, data).to_be_bytes());
}

fn checksum(kind: &[u8], data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    crc.sum()
}

/// The keyword of a text chunk of any of the three kinds.
fn keyword(chunk: &Chunk<'_>) -> Option<String> {
    if !matches!(chunk.kind, b"tEXt" | b"zTXt" | b"iTXt") {
        return None;
    }
    let end = chunk.data.iter().position(|&b| b == 0)?;
    // Keywords are Latin-1.
    Some(chunk.data[..end].iter().map(|&b| char::from(b)).collect())
}

fn decode(text: &[u8]) -> Result<Vec<u8>, CardFault> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace() && *b != 0).collect();
    BASE64.decode(text).map_err(|_| CardFault::Png("what should be Base64 is not"))
}

/// The chunks in order, up to and including the end. After a fault there is nothing more.
fn chunks(png: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, CardFault>> {
    let mut at = Some(SIGNATURE.len());
    std::iter::from_fn(move || {
        let here = at?;
        let found = chunk(png, here);
        at = match &found {
            Ok(chunk) if chunk.kind != b"IEND" => Some(chunk.whole.end),
            _ => None,
        };
        Some(found)
    })
}

fn chunk(png: &[u8], at: usize) -> Result<Chunk<'_>, CardFault> {
    let cut = CardFault::Png("it is cut off");
    let length = four(png, at).ok_or(CardFault::Png("it is cut off"))?;
    let kind = png.get(at + 4..at + 8).ok_or(CardFault::Png("it is cut off"))?;
    let data_end = usize::try_from(length).ok().and_then(|length| (at + 8).checked_add(length));
    let Some((data, data_end)) = data_end.and_then(|end| Some((png.get(at + 8..end)?, end))) else { return Err(cut) };
    let Some(sum) = four(png, data_end) else { return Err(cut) };
    if sum != checksum(kind, data) {
        return Err(CardFault::Png("a checksum does not fit: the file is damaged"));
    }
    let chunk = Chunk { kind, data, whole: at..data_end + 4 };
    if (at == SIGNATURE.len()) != (kind == b"IHDR") {
        return Err(CardFault::Png("its header is missing or not the first"));
    }
    if kind == b"IHDR" {
        let sides = [four(data, 0), four(data, 4)];
        if data.len() != 13 || sides.iter().any(|side| side.is_none_or(|side| side == 0 || side > SIDE)) {
            return Err(CardFault::Png("its sides are not 1 to 8192 pixels"));
        }
    }
    Ok(chunk)
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|four| u32::from_be_bytes(*four))
}
