//! Error ids: the short word that leads from what a person was told to the line in the log.
//! An id says nothing about the failure; it is chance and nothing else.

use crate::domain::ErrorId;

/// The letters of Crockford's base 32: none that is mistaken for another when it is read aloud.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many letters follow `E-`. 40 bits: among ten thousand failures two alike are not to be expected.
const LENGTH: usize = 8;

/// Makes the id of one failure: `E-` and eight letters.
pub fn new_error_id() -> ErrorId {
    let mut chance = rand::random::<u64>();
    let mut id = String::from("E-");
    for _ in 0..LENGTH {
        id.push(char::from(LETTERS[(chance % 32) as usize]));
        chance /= 32;
    }
    ErrorId::new(id)
}

/// Why a text is no error id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an error id looks like E-7K3M9QZX")]
pub struct BadErrorId;

/// Reads an id as a person types it: in any case, with or without `E-`, with the letter O for the digit 0 and
/// the letters I or L for the digit 1.
///
/// # Errors
/// When what is left is not eight letters of an id.
pub fn parse_error_id(typed: &str) -> Result<ErrorId, BadErrorId> {
    let upper = typed.trim().to_ascii_uppercase();
    let letters: String = upper
        .strip_prefix("E-")
        .unwrap_or(&upper)
        .chars()
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = letters.bytes().all(|letter| LETTERS.contains(&letter));
    if !known || letters.len() != LENGTH {
        return Err(BadErrorId);
    }
    Ok(ErrorId::new(format!("E-{letters}")))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_differ_and_read_back_as_themselves() {
        let ids: HashSet<String> = (0..1000).map(|_| new_error_id().as_str().to_owned()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(parse_error_id(&id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn an_id_is_found_as_people_type_it() {
        for typed in ["E-0K1M9QZX", "e-ok1m9qzx", " OKLM9QZX "] {
            assert_eq!(parse_error_id(typed).unwrap().as_str(), "E-0K1M9QZX", "{typed:?}");
        }
        for bad in ["", "E-", "E-123", "E-U2345678", "E-1234567890", "E-äääää", "12345678\n9"] {
            assert_eq!(parse_error_id(bad), Err(BadErrorId), "{bad:?}");
        }
    }
}
