//! What people attach to an action: images and text files. Here is what is known of one before it is there.
//! What it holds lies in the table's folder and never in the log.

use serde::{Deserialize, Serialize};

/// A file that belongs to an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where it lies in the table's folder: `attachments/` and a name of letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// What it was said to be.
    pub kind: FileKind,
    /// How large it was said to be, in bytes.
    pub bytes: u64,
    /// Where its door finds it, beginning with the door's name and a colon.
    pub from: String,
}

/// The kinds of files that a table takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Image,
    /// Text that people read.
    Text,
}

impl FileKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
        }
    }

    /// Whether these bytes are what this kind holds: a picture that providers know, or UTF-8 text.
    pub fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Image => image_type(bytes).is_some(),
            Self::Text => !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok(),
        }
    }
}

/// The media type of a picture by its first bytes; none if it is none that providers know. A name says little: people
/// rename files.
pub fn image_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_are() {
        assert_eq!(image_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(image_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(image_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(image_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert!(!FileKind::Image.fits(b"<svg onload=alert(1)>"));
        assert!(FileKind::Text.fits("Räuber".as_bytes()));
        assert!(!FileKind::Text.fits(b"PK\x03\x04\0\0") && !FileKind::Text.fits(&[0xff, 0xfe]));
    }
}
