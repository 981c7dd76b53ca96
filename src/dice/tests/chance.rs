use std::num::NonZeroU32;

use super::super::Faces;
use super::super::proof::{Seed, Throw, holds, throw};

const THROW: Throw<'static> =
    Throw { table: "crown", scene: 2, branch: 1, n: 7, notation: "4d6kh3", nonce: "1180000000000000000" };

fn seed() -> Seed {
    Seed::from_hex(&"0123456789abcdef".repeat(4)).unwrap()
}

/// How far the faces are from even, as chi-square with `sides - 1` degrees of freedom.
fn chi_square(sides: u32, throws: u32) -> f64 {
    let (seed, sides) = (seed(), NonZeroU32::new(sides).unwrap());
    let mut stream = seed.faces(&THROW);
    let mut counts = vec![0_u32; sides.get() as usize];
    for _ in 0..throws {
        counts[stream.face(sides) as usize - 1] += 1;
    }
    let expected = f64::from(throws) / f64::from(sides.get());
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

#[test]
fn faces_come_up_evenly() {
    // The 99.9 % points of chi-square; with a fixed seed this either holds always or never.
    for (sides, limit) in [(2, 10.8), (3, 13.8), (6, 20.5), (10, 27.9), (20, 43.8), (100, 148.2)] {
        let found = chi_square(sides, 10_000 * sides.clamp(20, 40));
        assert!(found < limit, "d{sides}: {found}");
    }
}

#[test]
fn words_that_would_favour_low_faces_are_passed_over() {
    // With three billion sides three words in ten are too large.
    let (seed, sides) = (seed(), NonZeroU32::new(3_000_000_000).unwrap());
    let mut stream = seed.faces(&THROW);
    let low = (0..4_000).filter(|_| stream.face(sides) <= 1_500_000_000).count();
    assert!((1_870..2_130).contains(&low), "{low}");
}

#[test]
fn the_stream_is_the_one_that_is_documented() {
    let (outcome, drawn) = throw(&seed(), &THROW, &|_| None).unwrap();
    assert_eq!(seed().seal().to_string(), "4884fdaafea47c29fea7159d0daddd9c085d6200e1359e85bb81736af6b7c837");
    assert_eq!(drawn, [(6, 3), (6, 6), (6, 3), (6, 3)]);
    assert_eq!(outcome.totals(), [12]);
}

#[test]
fn a_changed_record_does_not_hold() {
    let (outcome, drawn) = throw(&seed(), &THROW, &|_| None).unwrap();
    let totals = outcome.totals();
    assert!(holds(&seed(), &THROW, &[], &drawn, &totals));
    assert!(!holds(&Seed::new([0; 32]), &THROW, &[], &drawn, &totals));
    for other in [
        Throw { table: "crowm", ..THROW },
        Throw { scene: 3, ..THROW },
        Throw { branch: 2, ..THROW },
        Throw { n: 8, ..THROW },
        Throw { notation: "4d6kh2", ..THROW },
        Throw { nonce: "1180000000000000001", ..THROW },
    ] {
        assert!(!holds(&seed(), &other, &[], &drawn, &totals), "{other:?}");
    }
    assert!(!holds(&seed(), &THROW, &[], &drawn, &[totals[0] + 1]));
    assert!(!holds(&seed(), &THROW, &[], &drawn[1..], &totals));
}

#[test]
fn names_are_part_of_the_record() {
    let record = Throw { notation: "1d20+@str", ..THROW };
    let (outcome, drawn) = throw(&seed(), &record, &|_| Some(4)).unwrap();
    assert_eq!(outcome.names, [("str".to_owned(), 4)]);
    assert!(holds(&seed(), &record, &outcome.names, &drawn, &outcome.totals()));
    assert!(!holds(&seed(), &record, &[("str".to_owned(), 5)], &drawn, &outcome.totals()));
}

#[test]
fn a_seed_does_not_print() {
    let shown = format!("{:?}", seed());
    assert!(!shown.contains("0123"), "{shown}");
    assert_eq!(Seed::from_hex(&seed().reveal()), Some(seed()));
    for bad in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
        assert_eq!(Seed::from_hex(bad), None);
    }
}
