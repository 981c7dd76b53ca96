//! The proof: a scene's seed is sealed before the first throw and shown after the last, and every throw in between
//! follows from it. Anybody can draw them again (`tests/verify_rolls.py` does). It draws no seed itself.
//!
//! A scene's seed is 32 bytes; its seal is their SHA-256. Throw `n` of a line of play has the message
//! `table|scene|branch|n|notation|nonce` in UTF-8, and its stream is HMAC-SHA-256(seed, message `|` i) for i = 0, 1, 2 …,
//! each 32 bytes being eight 32-bit words, most significant byte first. A die with s sides takes the next word below the
//! largest multiple of s that 32 bits hold, lets larger ones go by, and shows word mod s + 1. The nonce is what came
//! with the request and was not known when the seal was made: on Discord the interaction's snowflake.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DiceFault, Faces, Outcome, roll};

/// What all throws of a scene follow from. Secret until it is shown; it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Chance([u8; 32]),
    Recalled(Recalled),
}

/// What is known of a seed by what was thrown from it: enough to throw that once more, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recalled {
    /// Its seal.
    pub seal: String,
    /// The seed itself in hexadecimal, if it was shown.
    pub shown: Option<String>,
    /// The sides and faces of each throw, by line of play and number.
    pub throws: BTreeMap<(u32, u64), Vec<(u32, u32)>>,
}

/// The SHA-256 of a seed, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal(String);

impl Seed {
    /// A seed from 32 bytes of chance.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Source::Chance(bytes))
    }

    /// A seed of which only that is known. Whatever else is thrown from it shows ones.
    pub fn recalled(recalled: Recalled) -> Self {
        Self(Source::Recalled(recalled))
    }

    /// A seed as it was shown: 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self::new)
    }

    /// The seed to be shown. After this every throw of the scene can be foretold.
    pub fn reveal(&self) -> String {
        match &self.0 {
            Source::Chance(bytes) => hex(bytes),
            Source::Recalled(recalled) => recalled.shown.clone().unwrap_or_default(),
        }
    }

    /// The seal, to be shown before the first throw.
    pub fn seal(&self) -> Seal {
        match &self.0 {
            Source::Chance(bytes) => Seal(hex(&Sha256::digest(bytes))),
            Source::Recalled(recalled) => Seal(recalled.seal.clone()),
        }
    }

    /// The faces of one throw.
    pub fn faces(&self, throw: &Throw<'_>) -> Stream<'_> {
        Stream {
            seed: self,
            place: (throw.branch, throw.n),
            message: throw.message(),
            block: 0,
            words: Vec::new(),
            drawn: Vec::new(),
        }
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(sealed)")
    }
}

/// What an installation makes the seeds of its scenes from. Never shown; without it nobody can foretell a seed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A secret from 32 bytes of chance.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A secret as it is kept: 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// The seed of a scene: HMAC-SHA-256(secret, `table|scene|opened|shown`). `opened` is the event that opened the scene,
    /// `shown` how many seeds of the table were shown before, so that one that was shown is never used again.
    pub fn seed(&self, table: &str, scene: u32, opened: u64, shown: u64) -> Seed {
        let message = format!("{table}|{scene}|{opened}|{shown}");
        Seed::new(block(&self.0, message.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(kept)")
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What makes a throw different from every other throw.
#[derive(Clone, Copy, Debug)]
pub struct Throw<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The scene's number.
    pub scene: u32,
    /// The line of play.
    pub branch: u32,
    /// Its number on that line of play.
    pub n: u64,
    /// The notation as it was written.
    pub notation: &'a str,
    /// What came with the request; holds no `|`.
    pub nonce: &'a str,
}

impl Throw<'_> {
    fn message(&self) -> String {
        let Self { table, scene, branch, n, notation, nonce } = self;
        format!("{table}|{scene}|{branch}|{n}|{notation}|{nonce}")
    }
}

/// The faces that follow from a seed and a throw.
#[derive(Debug)]
pub struct Stream<'a> {
    seed: &'a Seed,
    /// The line of play and the number of the throw.
    place: (u32, u64),
    message: String,
    block: u32,
    /// The words of the block that are left, last one first.
    words: Vec<u32>,
    drawn: Vec<(u32, u32)>,
}

impl Stream<'_> {
    /// What was drawn so far: the sides of every die and the face it showed.
    pub fn drawn(&self) -> &[(u32, u32)] {
        &self.drawn
    }

    fn word(&mut self, bytes: &[u8; 32]) -> u32 {
        loop {
            if let Some(word) = self.words.pop() {
                return word;
            }
            let message = format!("{}|{}", self.message, self.block);
            self.words = words(bytes, message.as_bytes());
            self.block += 1;
        }
    }
}

impl Faces for Stream<'_> {
    fn face(&mut self, sides: NonZeroU32) -> u32 {
        let bytes = match &self.seed.0 {
            Source::Chance(bytes) => bytes,
            Source::Recalled(recalled) => {
                let known = recalled.throws.get(&self.place).and_then(|dice| dice.get(self.drawn.len()));
                let face = known.filter(|(of, _)| *of == sides.get()).map_or(1, |(_, face)| *face);
                self.drawn.push((sides.get(), face));
                return face;
            }
        };
        let whole = 1_u64 << 32;
        let fair = whole - whole % u64::from(sides.get());
        loop {
            let word = self.word(bytes);
            if u64::from(word) < fair {
                let face = word % sides + 1;
                self.drawn.push((sides.get(), face));
                return face;
            }
        }
    }
}

/// HMAC-SHA-256.
fn block(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The eight words of one block, last one first.
fn words(seed: &[u8; 32], message: &[u8]) -> Vec<u32> {
    let block = block(seed, message);
    let (words, _) = block.as_chunks::<4>();
    words.iter().rev().map(|word| u32::from_be_bytes(*word)).collect()
}

/// Throws a notation as the seed has it. Also gives the sides and faces that were drawn.
///
/// # Errors
///
/// When the notation cannot be thrown.
pub fn throw(
    seed: &Seed,
    throw: &Throw<'_>,
    names: &dyn Fn(&str) -> Option<i64>,
) -> Result<(Outcome, Vec<(u32, u32)>), DiceFault> {
    let mut stream = seed.faces(throw);
    let outcome = roll(throw.notation, &mut stream, names)?;
    Ok((outcome, stream.drawn))
}

/// Whether a recorded throw is what the seed gives: the same dice and the same totals.
pub fn holds(seed: &Seed, record: &Throw<'_>, names: &[(String, i64)], drawn: &[(u32, u32)], totals: &[i64]) -> bool {
    let known = |name: &str| names.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    throw(seed, record, &known).is_ok_and(|(outcome, again)| again == drawn && outcome.totals() == totals)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
