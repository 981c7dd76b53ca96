//! Cards in archives (CHARX): a ZIP with `card.json` at its root and assets beside it. PURE.
//! Nothing is written to a disk, and no member is larger than it may be, whatever the archive says of itself.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::parcel::CardFault;
use super::{ARCHIVE_BYTES, ARCHIVE_MEMBERS, PNG_BYTES, TEXT_BYTES};

/// Where the card stands.
const CARD: &str = "card.json";
/// How a member's record in the directory begins.
const RECORD: &[u8] = b"PK\x01\x02";

/// A member: its path and its bytes.
pub(super) type Member = (String, Vec<u8>);

/// The card's text and the other members in order.
pub(super) fn read(bytes: &[u8]) -> Result<(String, Vec<Member>), CardFault> {
    // Counted before the directory is read, because reading it takes memory for each member.
    let mut records = bytes.windows(RECORD.len()).filter(|window| *window == RECORD);
    if records.nth(ARCHIVE_MEMBERS).is_some() {
        return Err(CardFault::Archive(format!("it has more than {ARCHIVE_MEMBERS} members")));
    }
    let broken = |failure: zip::result::ZipError| CardFault::Archive(format!("it cannot be read: {failure}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = ARCHIVE_BYTES as u64;
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(broken)?;
        judge(member.name_raw(), member.encrypted(), member.is_symlink())?;
        left = left.checked_sub(member.size()).ok_or_else(bomb)?;
    }
    let mut card = None;
    let mut others = Vec::new();
    let mut left = ARCHIVE_BYTES;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(broken)?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().map_err(broken)?.into_owned();
        let limit = left.min(if name == CARD { TEXT_BYTES } else { PNG_BYTES });
        let mut data = Vec::new();
        // One byte more than allowed tells what lies about its size.
        let took = member.take(limit as u64 + 1).read_to_end(&mut data);
        took.map_err(|failure| CardFault::Archive(format!("`{name}` cannot be unpacked: {failure}")))?;
        if data.len() > limit {
            return Err(CardFault::Archive(format!("`{name}` is larger than {limit} bytes")));
        }
        left -= data.len();
        if name == CARD {
            card = Some(String::from_utf8(data).map_err(|_| CardFault::NotUtf8)?);
        } else {
            others.push((name, data));
        }
    }
    let card = card.ok_or_else(|| CardFault::Archive("it has no `card.json` at its root".to_owned()))?;
    Ok((card, others))
}

/// The archive: the card first, then the members in order. The same card gives the same bytes.
pub(super) fn write(card: &str, members: &[Member]) -> Result<Vec<u8>, CardFault> {
    let failed = |failure: zip::result::ZipError| CardFault::Archive(format!("it cannot be written: {failure}"));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::DEFAULT);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let all =
        std::iter::once((CARD, card.as_bytes())).chain(members.iter().map(|(name, data)| (name.as_str(), &data[..])));
    for (name, data) in all {
        let packed = name.ends_with(".json") || name.ends_with(".md") || name.ends_with(".txt");
        let method = if packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        zip.start_file(name, options.compression_method(method)).map_err(failed)?;
        zip.write_all(data).map_err(|failure| failed(failure.into()))?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

fn bomb() -> CardFault {
    CardFault::Archive(format!("unpacked it is larger than {ARCHIVE_BYTES} bytes"))
}

/// Refuses what has no place in a card's archive.
fn judge(name: &[u8], encrypted: bool, is_link: bool) -> Result<(), CardFault> {
    let refuse = |why: &str| Err(CardFault::Archive(format!("`{}` {why}", name.escape_ascii())));
    if encrypted {
        return refuse("is encrypted");
    }
    if is_link {
        return refuse("is a link");
    }
    if !name.iter().all(|b| (b' '..=b'~').contains(b)) {
        return refuse("has a name with other than plain ASCII characters");
    }
    let absolute = name.first().is_none_or(|&b| b == b'/') || name.contains(&b'\\') || name.get(1) == Some(&b':');
    if absolute || name.split(|&b| b == b'/').any(|part| part == b".." || part == b".") {
        return refuse("is not a path below the archive");
    }
    Ok(())
}
