use super::super::{Critical, DiceFault, Outcome, Trouble, plain, roll, written};
use super::{Highest, Row};

fn names(name: &str) -> Option<i64> {
    match name {
        "str" => Some(3),
        "힘" => Some(-1),
        _ => None,
    }
}

fn rolled(text: &str, faces: &[u32]) -> Result<Outcome, DiceFault> {
    roll(text, &mut Row(faces.to_vec()), &names)
}

fn total(text: &str, faces: &[u32]) -> i64 {
    rolled(text, faces).unwrap_or_else(|fault| panic!("{text}: {fault}")).rows[0].total
}

fn trouble(text: &str) -> Trouble {
    rolled(text, &[]).expect_err(text).trouble
}

#[test]
fn sums_as_the_d20_grammar_has_them() {
    for (text, value) in [
        ("1 + 3 * 6", 19),
        ("1 + (3 * 6)", 19),
        ("(1 + 3) * 6", 24),
        ("1 + 2 + 3", 6),
        ("1 + 2 == 2", 0),
        ("1 + (2 == 2)", 2),
        ("10000", 10000),
        ("1.5", 1),
        ("-1.5", -1),
        ("0.5", 0),
        (".5", 0),
        (".5*4", 2),
        ("(1)", 1),
        ("(1,)", 1),
        ("(1, 1)", 2),
        ("((1, 1), 1)", 3),
        ("()", 0),
        ("+1", 1),
        ("-1", -1),
        ("--1", 1),
        ("-+-++---+1", -1),
        ("2 - 2", 0),
        ("2 * 5", 10),
        ("15 / 2", 7),
        ("15 // 2", 7),
        ("13 % 2", 1),
        ("-13 // 2", -7),
        ("-13 % 4", 3),
        ("1 == 1", 1),
        ("1 != 2", 1),
        ("1 > 1", 0),
        ("2 > 1", 1),
        ("1 < 2", 1),
        ("1 >= 2", 0),
        ("2 <= 1", 0),
        ("3 > 2 > 0", 1),
        ("10 - 2 - 3", 5),
        ("2×3÷2−1", 2),
    ] {
        assert_eq!(total(text, &[]), value, "{text}");
    }
}

#[test]
fn brackets_select_as_the_d20_grammar_has_it() {
    for (text, value) in [
        ("avrae: (1, 2, 3, 4, 5)k3", 3),
        ("(1, 2, 3, 4, 5)k<3", 3),
        ("(1, 2, 3, 4, 5)k>3", 9),
        ("(1, 2, 3, 4, 5)k>=3", 12),
        ("(1, 2, 3, 4, 5)k<=3", 6),
        ("(1, 2, 3, 4, 5)kl2", 3),
        ("{1, 2, 3, 4, 5}kh2", 9),
        ("avrae: (1)k1", 1),
        ("(1)k=2", 0),
        ("(1, 2, 3)k=1k=2", 3),
        ("(1, 2, 3, 4, 5)kh1kl1", 6),
        ("(1, 2, 3, 4, 5)p3", 12),
        ("(1, 2, 3, 4, 5)p1p2", 12),
        ("(1, 2, 3, 4, 5)ph1pl1", 9),
        ("(1, 2, 3, 4, 5)kh3kl1", 13),
        ("(1, 5, 6)cs>=5", 2),
        ("(1, 5, 6)cs>=5cf<=1", 1),
        ("(2, 5)ms4", 3),
    ] {
        assert_eq!(total(text, &[]), value, "{text}");
    }
}

#[test]
fn dice_do_what_their_operators_say() {
    for (text, faces, value) in [
        ("0d6", &[][..], 0),
        ("d6", &[4], 4),
        ("2D6", &[4, 5], 9),
        ("1d%", &[1], 0),
        ("1d%", &[10], 90),
        ("4dF", &[1, 2, 3, 3], 1),
        ("4d6kh3", &[1, 5, 6, 3], 14),
        ("4d6 kh3 + 1", &[1, 5, 6, 3], 15),
        ("4d6pl1", &[1, 5, 6, 3], 14),
        ("2d20kl1", &[7, 18], 7),
        ("avrae: 4d6k1k3", &[1, 5, 1, 3], 5),
        ("avrae: 10d6k1ph1", &[1, 1, 5], 8),
        ("1d20rr<20", &[1, 19, 3, 20], 20),
        ("2d6rr1", &[1, 4, 1, 6], 10),
        ("2d6ro1", &[1, 4, 1], 5),
        ("2d6rol1", &[5, 2, 6], 11),
        ("1d6ra1", &[1, 6], 7),
        ("3d6ra6", &[6, 6, 1, 5], 18),
        ("2d6e6", &[6, 3, 6, 2], 17),
        ("2d6eo6", &[6, 3, 6], 15),
        ("10d6mi6", &[1, 2, 3, 4, 5, 6, 1, 2, 3, 4], 60),
        ("2d6mi10", &[1, 2], 20),
        ("2d6ma0", &[1, 2], 0),
        ("3d6mi2ma4", &[1, 3, 6], 9),
        ("5d10cs>=7", &[7, 10, 1, 6, 8], 3),
        ("5d10cs>=7cf<=1", &[7, 10, 1, 6, 8], 2),
        ("5d10cf1", &[1, 1, 5, 6, 7], 2),
        ("5d10cs10cs9", &[10, 9, 1, 1, 1], 2),
        ("1d20ms>=12", &[15], 3),
        ("1d100ms<=40", &[15], 25),
        ("1d20+@str+@힘", &[10], 12),
        ("2d6+3 # climbing", &[2, 3], 8),
        ("(1d4, 2+2, 3d6kl1)kh1", &[1, 6, 6, 5], 5),
        ("((10d6kh5)kl2)kh1", &[6], 10),
        ("4*(3d8kh2+9[fire]+(9d2e2+3[cold])/2)", &[8, 7, 6], 120),
        ("1d20 > 10", &[11], 1),
        ("4d6k>3", &[4, 3, 2, 6], 10),
        ("1d20+5 adv", &[7, 18], 23),
        ("adv 1d20+5", &[7, 18], 23),
        ("d20 dis # sneaking", &[7, 18], 7),
    ] {
        assert_eq!(total(text, faces), value, "{text}");
    }
}

#[test]
fn other_notations_are_read_when_they_are_named() {
    for (text, faces, value) in [
        ("foundry: 4d6k3", &[1, 5, 6, 3][..], 14),
        ("foundry: 4d6dl1", &[1, 5, 6, 3], 14),
        ("Foundry: 4d6d1", &[1, 5, 6, 3], 14),
        ("foundry: 2d20kh", &[3, 5], 5),
        ("foundry: 2d6x", &[6, 3, 2], 11),
        ("foundry: 2d6x>=5", &[5, 3, 2], 10),
        ("foundry: 2d6xo6", &[6, 3, 6], 15),
        ("foundry: 2d6r1", &[1, 3, 1], 4),
        ("foundry: {1d6,1d8}kh", &[2, 5], 5),
        ("foundry: 5d10cs>=7", &[7, 8, 9, 1, 1], 3),
        ("maiden: 4d6k3", &[1, 5, 6, 3], 14),
        ("maiden: 4d6 d1", &[1, 5, 6, 3], 14),
        ("maiden: 2d6e6", &[6, 3, 6], 15),
        ("maiden: 2d6ie6", &[6, 3, 6, 1], 16),
        ("maiden: 3d6r2", &[1, 2, 3, 1, 5], 9),
        ("maiden: 2d6ir2", &[1, 5, 2, 3], 8),
        ("maiden: 6d10t7", &[7, 8, 1, 1, 1, 10], 3),
        ("dicemaiden: 6d10t7f1", &[7, 8, 1, 5, 5, 10], 2),
        ("avrae: 4d6k3", &[3, 3, 1, 1], 6),
    ] {
        assert_eq!(total(text, faces), value, "{text}");
    }
}

#[test]
fn what_means_something_else_elsewhere_is_refused_with_a_hint() {
    let mut hints = Vec::new();
    for text in [
        "4d6k3",
        "(1,2)k1",
        "4d6x6",
        "4d6 x6",
        "4d6xo6",
        "4d6dl1",
        "4d6d1",
        "4d6r1",
        "4d6ir1",
        "4d6ie6",
        "4d6t5",
        "4d6!",
        "4d6; 2d8",
        "(4d6; 2d8)",
        "4d6kh",
        "10d6mil1",
        "(1d6)rr1",
        "1d20foo",
        "+5 adv 3",
        "2d20 adv",
    ] {
        hints.push(format!("{text} -> {}", rolled(text, &[]).expect_err(text)));
    }
    insta::assert_snapshot!(hints.join("\n"), @r"
    4d6k3 -> `k3` means different things in different dice notations; write `kh3` to keep the 3 highest, or `k=3` to keep what shows 3 (at character 4)
    (1,2)k1 -> `k1` means different things in different dice notations; write `kh1` to keep the 1 highest, or `k=1` to keep what shows 1 (at character 6)
    4d6x6 -> `x6` is written differently here; write `e6` to explode, or `6x(…)` to repeat (at character 4)
    4d6 x6 -> `x6` is written differently here; write `e6` to explode, or `6x(…)` to repeat (at character 5)
    4d6xo6 -> `xo6` is written differently here; write `eo6` to explode once (at character 4)
    4d6dl1 -> `dl1` is written differently here; write `pl1` to drop the lowest 1 (at character 4)
    4d6d1 -> `d1` is written differently here; write `pl1` to drop the lowest 1, or a `+` between two kinds of dice (at character 4)
    4d6r1 -> `r1` is written differently here; write `ro1` to reroll once, `rr1` until none is left (at character 4)
    4d6ir1 -> `ir1` is written differently here; write `rr1` to reroll until none is left (at character 4)
    4d6ie6 -> `ie6` is written differently here; write `e6` to explode again and again (at character 4)
    4d6t5 -> `t5` is written differently here; write `cs>=5` to count successes (at character 4)
    4d6! -> `!` is written differently here; write `e6` to explode sixes (at character 4)
    4d6; 2d8 -> `;` is written differently here; write `(4d6, 2d8)` for several at once (at character 4)
    (4d6; 2d8) -> `;` is written differently here; put commas between the parts of a pool (at character 5)
    4d6kh -> the number of the operator, as in `kh1`, is missing here (at character 4)
    10d6mil1 -> `mi` and `ma` take a bare number, as in `10d6mi2` (at character 5)
    (1d6)rr1 -> `rr` works on dice, not on brackets (at character 6)
    1d20foo -> `foo` means nothing here; a note goes behind `#`, as in `2d6+3 # climbing` (at character 5)
    +5 adv 3 -> `adv` and `dis` need a single d20 at the beginning, as in `1d20+5 adv` (at character 1)
    2d20 adv -> `adv` and `dis` need a single d20 at the beginning, as in `1d20+5 adv` (at character 1)
    ");
}

#[test]
fn what_cannot_be_thrown_is_refused() {
    let deep = format!("{}1{}", "(".repeat(40), ")".repeat(40));
    let long = "1+".repeat(300);
    for (text, expected) in [
        ("", Trouble::Empty),
        ("   ", Trouble::Empty),
        ("1001d6", Trouble::TooManyDice),
        ("600d6+600d6", Trouble::TooManyDice),
        ("100x(11d6)", Trouble::TooManyDice),
        ("1000000000d6", Trouble::NumberTooLarge),
        ("1d1000000000", Trouble::NumberTooLarge),
        ("1d99999999999999999999", Trouble::NumberTooLarge),
        ("1d1000001", Trouble::TooManySides),
        ("6d0", Trouble::NoSides),
        ("1d1rr1", Trouble::TooManyDice),
        ("1d20rr<21", Trouble::TooManyDice),
        ("1d1e1", Trouble::TooManyDice),
        ("1d20e<21", Trouble::TooManyDice),
        ("10 / 0", Trouble::DividesByZero),
        ("10 // 0", Trouble::DividesByZero),
        ("10 % 0", Trouble::DividesByZero),
        ("999999999*999999999*999999999", Trouble::ResultTooLarge),
        (&deep, Trouble::TooDeep),
        (&"-".repeat(40), Trouble::TooDeep),
        (&long, Trouble::TooLong),
        ("0x(1d6)", Trouble::Repeats),
        ("101x(1d6)", Trouble::Repeats),
        ("1d20+@dex", Trouble::UnknownName("dex".into())),
        ("(1d6", Trouble::Missing("a closing bracket")),
        ("1d6[fire", Trouble::Missing("a closing `]`")),
        ("1d6)", Trouble::Missing("an opening bracket")),
        ("1+", Trouble::Missing("a number or dice")),
        ("climbing", Trouble::Missing("a number or dice")),
        ("1d", Trouble::Unexpected("d".into())),
    ] {
        assert_eq!(trouble(text), expected, "{text}");
    }
}

#[test]
fn results_read_well() {
    let mut shown = Vec::new();
    for (text, faces) in [
        ("2d20kh1+5", &[7, 18][..]),
        ("1d20+5 for stealth", &[20]),
        ("1d20 # @everyone *boo* || <@1>", &[1]),
        ("8d6[fire]/2", &[1, 2, 3, 4, 5, 6, 6, 6]),
        ("4d6kh3", &[1, 5, 6, 3]),
        ("2d6e6+1d8ro1mi4", &[6, 2, 3, 1, 2]),
        ("1d20+5 >= 15", &[11]),
        ("5d10cs>=7cf<=1", &[7, 10, 1, 6, 8]),
        ("(1d6, 2d8kh1)kl1", &[5, 3, 6]),
        ("1d20+@str-(2*3)", &[4]),
        ("3x(2d6) # stats", &[1, 2, 3, 4, 5, 6]),
        ("4dF", &[1, 2, 3, 3]),
        ("60d6", &[]),
        ("1d20ms>=12", &[15]),
        ("5/2", &[]),
    ] {
        let outcome = rolled(text, faces).expect(text);
        shown.push(written(&outcome).replace('\u{200b}', "·"));
        shown.push(format!("    {}", plain(&outcome)));
    }
    insta::assert_snapshot!(shown.join("\n"), @r"
    2d20kh1+5: (~~7~~, **18**) + 5 = **23**
        2d20kh1+5: ([7], 18) + 5 = 23
    for stealth · 1d20+5: (20) + 5 = **25** · natural 20
        for stealth · 1d20+5: (20) + 5 = 25 · natural 20
    @·everyone \*boo\* \|\| \<·@1\> · 1d20: (1) = **1** · natural 1
        @everyone *boo* || <@1> · 1d20: (1) = 1 · natural 1
    8d6\[fire\]/2: (1, 2, 3, 4, 5, 6, 6, 6) \[fire\] ÷ 2 = 16.5, so **16**
        8d6[fire]/2: (1, 2, 3, 4, 5, 6, 6, 6) [fire] ÷ 2 = 16.5, so 16
    4d6kh3: (~~1~~, **5**, **6**, **3**) = **14**
        4d6kh3: ([1], 5, 6, 3) = 14
    2d6e6+1d8ro1mi4: (6!, 2, 3) + (~~1~~ 2→4) = **15**
        2d6e6+1d8ro1mi4: (6!, 2, 3) + ([1] 2→4) = 15
    1d20+5 \>= 15: (11) + 5 \>= 15 = **1** (yes)
        1d20+5 >= 15: (11) + 5 >= 15 = 1 (yes)
    5d10cs\>=7cf\<=1: (7✓, 10✓, 1✗, 6, 8✓) → 2 = **2**
        5d10cs>=7cf<=1: (7✓, 10✓, 1✗, 6, 8✓) → 2 = 2
    (1d6, 2d8kh1)kl1: ((5), ~~(3, 6)~~) → 5 = **5**
        (1d6, 2d8kh1)kl1: ((5), [([3], 6)]) → 5 = 5
    1d20+@str-(2\*3): (4) + 3 (@str) - (2 × 3) = **1**
        1d20+@str-(2*3): (4) + 3 (@str) - (2 × 3) = 1
    stats · 3x(2d6):
    1. (1, 2) = **3**
    2. (3, 4) = **7**
    3. (5, 6) = **11**
        stats · 3x(2d6):
    1. (1, 2) = 3
    2. (3, 4) = 7
    3. (5, 6) = 11
    4dF: (-1, 0, 1, 1) = **1**
        4dF: (-1, 0, 1, 1) = 1
    60d6: (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, and 30 more) = **60**
        60d6: (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, and 30 more) = 60
    1d20ms\>=12: (15) → 3 = **3**
        1d20ms>=12: (15) → 3 = 3
    5/2: 5 ÷ 2 = 2.5, so **2**
        5/2: 5 ÷ 2 = 2.5, so 2
    ");
}

#[test]
fn a_natural_20_or_1_is_told_of_the_leading_d20_only() {
    for (text, faces, critical) in [
        ("1d20+5", &[20][..], Some(Critical::Hit)),
        ("2d20kh1", &[20, 1], Some(Critical::Hit)),
        ("2d20kl1", &[20, 1], Some(Critical::Miss)),
        ("2d20", &[20, 20], None),
        ("5+1d20", &[20], None),
        ("(1d20)+1", &[1], Some(Critical::Miss)),
        ("1d6+1d20", &[1, 20], None),
        ("2x(1d20)", &[20, 20], None),
        ("1d20+1d4", &[19, 1], None),
    ] {
        assert_eq!(rolled(text, faces).unwrap().critical(), critical, "{text}");
    }
}

#[test]
fn the_largest_roll_still_fits() {
    let outcome = roll("100x(10d1000000)", &mut Highest, &names).unwrap();
    assert_eq!(outcome.totals(), vec![10_000_000; 100]);
    assert!(written(&outcome).chars().count() <= 2 * super::super::WRITTEN_CHARS, "{}", written(&outcome));
}
