//! Splits whatever comes, whole and in pieces, and panics if a promise of the splitter does not hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talekeeper::format::splitter::{Limits, Streaming, split};

fuzz_target!(|data: &[u8]| {
    let Some((&[units, size], text)) = data.split_first_chunk::<2>() else { return };
    let text = String::from_utf8_lossy(text);
    let limits = Limits { units: 200 + usize::from(units), messages: usize::MAX, reserve: 0 };
    let whole = split(&text, &limits);
    for message in &whole.messages {
        assert!(message.encode_utf16().count() <= limits.units, "too long: {message:?}");
        assert!(!message.trim().is_empty(), "blank");
    }
    let mut stream = Streaming::new(limits);
    let mut finished = Vec::new();
    let mut left = &*text;
    while !left.is_empty() {
        let (piece, rest) = left.split_at(left.ceil_char_boundary(usize::from(size).max(1)));
        stream.push(piece);
        assert!(stream.finished().starts_with(&finished), "a finished message changed");
        finished = stream.finished().to_vec();
        left = rest;
    }
    assert_eq!(stream.finish(), whole, "pieces are split in another way");
});
