//! A file that brings a card: which kind it is, what it holds, and the same card in another kind of file. PURE.
//! It goes by what the bytes say, never by a file's name alone.

use serde_json::Value;

use super::{ARCHIVE_BYTES, Card, PNG_BYTES, TEXT_BYTES, charx, png, proxies};

/// The kind of file a card comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A picture.
    Png,
    /// The JSON itself.
    Json,
    /// An archive.
    Charx,
    /// The JSON written as YAML.
    Yaml,
    /// An export of Tupperbox.
    Tupperbox,
    /// An export of PluralKit.
    PluralKit,
}

impl Carrier {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Json => "JSON",
            Self::Charx => "CHARX",
            Self::Yaml => "YAML",
            Self::Tupperbox => "Tupperbox export",
            Self::PluralKit => "PluralKit export",
        }
    }
}

/// Why a file is no card that can be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CardFault {
    /// More than is allowed.
    #[error("{what} has {bytes} bytes and {limit} are allowed")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many there are.
        bytes: usize,
        /// How many may be.
        limit: usize,
    },
    /// No text that JSON could be.
    #[error("its text is not UTF-8")]
    NotUtf8,
    /// No JSON.
    #[error("its text is not JSON: {0}")]
    NotJson(String),
    /// No YAML.
    #[error("its text is not YAML: {0}")]
    NotYaml(String),
    /// JSON of something else.
    #[error("it is not a character card: {0}")]
    NotACard(&'static str),
    /// A lorebook.
    #[error("it is a lorebook, not a character: put it into the table's folder `lore`")]
    Lorebook,
    /// Nobody is named.
    #[error("it names nobody: {0} should be a name")]
    Nameless(&'static str),
    /// A picture that is damaged or holds nothing.
    #[error("the picture cannot be used: {0}")]
    Png(&'static str),
    /// An archive that is damaged or dangerous.
    #[error("the archive is refused: {0}")]
    Archive(String),
    /// A kind of file that has no defined place for a card.
    #[error("{0} files have no place for a card that everybody agrees on; save it as PNG, JSON or CHARX and try again")]
    Unsupported(&'static str),
}

/// A card and what came with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The card.
    pub card: Card,
    /// In what it came.
    pub carrier: Carrier,
    /// The picture it came in.
    pub picture: Option<Vec<u8>>,
    /// Other files that came with it: path and bytes.
    pub members: Vec<(String, Vec<u8>)>,
    /// What the importer has to say.
    pub notes: Vec<String>,
}

/// Reads a file that brings one card, or several.
pub fn open(bytes: &[u8]) -> Result<Vec<Parcel>, CardFault> {
    if let Some(kind) = unsupported(bytes) {
        return Err(CardFault::Unsupported(kind));
    }
    if bytes.starts_with(png::SIGNATURE) {
        limit("the picture", bytes, PNG_BYTES)?;
        return Ok(vec![picture(bytes)?]);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        limit("the archive", bytes, ARCHIVE_BYTES)?;
        let (text, members) = charx::read(bytes)?;
        let mut parcel = Parcel::plain(Card::read(&text)?, Carrier::Charx);
        parcel.picture = parcel.icon(&members);
        parcel.members = members;
        return Ok(vec![parcel]);
    }
    limit("the card's text", bytes, TEXT_BYTES)?;
    let text = std::str::from_utf8(bytes).map_err(|_| CardFault::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with(['{', '[']) {
        let failed = |failure: serde_saphyr::Error| {
            CardFault::NotYaml(failure.to_string().lines().next().unwrap_or_default().to_owned())
        };
        let value: Value = serde_saphyr::from_str(text).map_err(failed)?;
        return Ok(vec![Parcel::plain(Card::read(&value.to_string())?, Carrier::Yaml)]);
    }
    let value: Value = serde_json::from_str(text).map_err(|failure| CardFault::NotJson(failure.to_string()))?;
    if let Some(parcels) = proxies::read(&value) {
        return parcels;
    }
    Ok(vec![Parcel::plain(Card::read(text)?, Carrier::Json)])
}

fn limit(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), CardFault> {
    if bytes.len() > limit {
        return Err(CardFault::TooLarge { what, bytes: bytes.len(), limit });
    }
    Ok(())
}

/// Kinds of files in which cards are found that nobody has defined.
fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    let at = |from: usize, what: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(what));
    match () {
        () if at(0, b"RIFF") && at(8, b"WEBP") => Some("WebP"),
        () if at(0, b"\xff\xd8\xff") => Some("JPEG"),
        () if at(0, b"GIF8") => Some("GIF"),
        () if at(4, b"ftypavif") || at(4, b"ftypheic") => Some("AVIF and HEIC"),
        () => None,
    }
}

fn picture(bytes: &[u8]) -> Result<Parcel, CardFault> {
    let held = png::read(bytes)?;
    let mut notes = Vec::new();
    for (keyword, texts) in [("ccv3", &held.ccv3), ("chara", &held.chara)] {
        if texts.iter().any(|text| *text != texts[0]) {
            notes.push(format!(
                "The picture holds {} different cards under `{keyword}`; the first is used.",
                texts.len()
            ));
        }
    }
    let card = match (held.ccv3.first(), held.chara.first()) {
        (Some(newer), Some(older)) => chosen(newer, older)?,
        (Some(text), None) | (None, Some(text)) => Card::read(text)?,
        (None, None) => return Err(CardFault::Png("it holds no card (no `chara` or `ccv3`)")),
    };
    let parcel = Parcel::plain(card, Carrier::Png);
    Ok(Parcel { picture: Some(bytes.to_vec()), members: held.assets, notes, ..parcel })
}

/// The newer card; but where it is only the older one under a new label, as [`Parcel::png`] writes it, the older one,
/// so that a card leaves as it came.
fn chosen(newer: &str, older: &str) -> Result<Card, CardFault> {
    match Card::read(older) {
        Ok(card) if card.as_v3() == newer => Ok(card),
        _ => Card::read(newer),
    }
}

impl Parcel {
    /// A card that comes with nothing.
    pub fn plain(card: Card, carrier: Carrier) -> Self {
        Self { card, carrier, picture: None, members: Vec::new(), notes: Vec::new() }
    }

    /// The card's JSON, letter by letter.
    pub fn json(&self) -> Vec<u8> {
        self.card.text().as_bytes().to_vec()
    }

    /// The card's picture with the card in it, as V2 and as V3; a plain picture where there is none.
    pub fn png(&self) -> Result<Vec<u8>, CardFault> {
        let (v2, v3) = (self.card.as_v2(), self.card.as_v3());
        match &self.picture {
            Some(picture) => png::write(picture, &v2, &v3),
            None => png::write(&png::plain(), &v2, &v3),
        }
    }

    /// The card as V3 in an archive, with everything that came with it.
    pub fn charx(&self) -> Result<Vec<u8>, CardFault> {
        let mut members = self.members.clone();
        if self.carrier != Carrier::Charx
            && let Some(picture) = &self.picture
        {
            members.push(("assets/icon/image/main.png".to_owned(), picture.clone()));
        }
        charx::write(&self.card.as_v3(), &members)
    }

    /// The main picture among the members, if it is a PNG.
    fn icon(&self, members: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
        let path = self.card.fields().icon.as_deref()?.strip_prefix("embeded://")?;
        let (_, data) = members.iter().find(|(name, _)| name == path)?;
        // A picture that is damaged is carried along but not used as one.
        (data.starts_with(png::SIGNATURE) && png::read(data).is_ok()).then(|| data.clone())
    }
}
