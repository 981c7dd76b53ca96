//! When a session is over, and what is remembered of it without a model: the session in short, and the story so far. PURE.

use super::make::{NewMemory, flat, shorten, weight};
use crate::domain::{Audience, SceneNo, Tier, Timestamp};

/// After how long without an answered turn a session is over, in milliseconds: six hours.
const PAUSE: i64 = 6 * 60 * 60 * 1_000;
/// The length of a session's summary, in characters: about 250 words.
const SESSION: usize = 1_600;
/// The length of the story so far, in characters: about 150 words.
const ARC: usize = 1_000;
/// How much of it one session may have, in characters.
const OF_ARC: usize = 300;
/// The most lines a session's summary is made from.
const LINES: usize = 10;

/// Something of a session that everyone knows: a scene in short, or a beat of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which of the two.
    pub tier: Tier,
    /// The scene.
    pub scene: SceneNo,
    /// What happened.
    pub text: String,
    /// How much it matters.
    pub importance: u8,
}

/// Whether what was answered last belongs to a session that is over.
pub fn session_is_over(last: Timestamp, now: Timestamp) -> bool {
    now.millis().saturating_sub(last.millis()) >= PAUSE
}

/// What is told of a session: its scenes in short where they ended, else their beats.
pub fn session_lines(lines: Vec<Line>) -> Vec<Line> {
    let ended: Vec<SceneNo> = lines.iter().filter(|line| line.tier == Tier::Scene).map(|line| line.scene).collect();
    lines.into_iter().filter(|line| line.tier == Tier::Scene || !ended.contains(&line.scene)).collect()
}

/// A session in short, from its lines.
pub fn session_summary(lines: &[Line]) -> Option<NewMemory> {
    let kept = weighty(lines, LINES);
    let each = SESSION.checked_div(kept.len())?;
    let texts: Vec<_> = kept.iter().map(|line| shorten(&line.text, each)).collect();
    Some(made(Tier::Session, texts.join(" / ")))
}

/// The story so far, from what it was before this session and the session's lines.
pub fn arc_summary(before: Option<&str>, lines: &[Line]) -> Option<NewMemory> {
    let kept = weighty(lines, 3);
    let each = OF_ARC.checked_div(kept.len())?;
    let session: Vec<_> = kept.iter().map(|line| shorten(&line.text, each)).collect();
    let all = before.map(flat).into_iter().chain([session.join(" / ")]).collect::<Vec<_>>().join(" // ");
    // The newest of it: what is long ago is found by searching.
    let cut = all.chars().count().saturating_sub(ARC);
    let text = if cut == 0 { all } else { std::iter::once('…').chain(all.chars().skip(cut + 1)).collect() };
    Some(made(Tier::Arc, text))
}

/// The first, the last and what matters most, in order.
fn weighty(lines: &[Line], most: usize) -> Vec<&Line> {
    let Some(last) = lines.len().checked_sub(1) else { return Vec::new() };
    let mut kept: Vec<usize> = (0..=last).collect();
    kept.sort_by_key(|&at| (at != 0 && at != last, std::cmp::Reverse((lines[at].importance, at))));
    kept.truncate(most);
    kept.sort_unstable();
    kept.into_iter().map(|at| &lines[at]).collect()
}

fn made(tier: Tier, text: String) -> NewMemory {
    let (audience, importance) = (Audience::Table, weight(tier));
    NewMemory { tier, text, names: Vec::new(), audience, importance, by_people: false, knowers: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tier: Tier, scene: u32, text: &str, importance: u8) -> Line {
        Line { tier, scene: SceneNo::new(scene), text: text.to_owned(), importance }
    }

    #[test]
    fn a_night_ends_a_session_and_a_meal_does_not() {
        let at = Timestamp::from_millis;
        assert!(session_is_over(at(0), at(PAUSE)) && !session_is_over(at(0), at(PAUSE - 1)));
        assert!(!session_is_over(at(5), at(0)), "a clock that was put back ends nothing");
    }

    #[test]
    fn a_session_is_told_by_its_scenes_and_by_the_beats_of_the_open_one() {
        let lines = vec![
            line(Tier::Beat, 1, "a", 3),
            line(Tier::Scene, 1, "The Gate: a", 6),
            line(Tier::Beat, 2, "b", 3),
            line(Tier::Beat, 2, "c", 3),
        ];
        let lines = session_lines(lines);
        assert_eq!(session_summary(&lines).unwrap().text, "The Gate: a / b / c");
        assert_eq!(arc_summary(Some("Before."), &lines).unwrap().text, "Before. // The Gate: a / b / c");
        assert_eq!(session_summary(&[]), None);
        let long = "x".repeat(3_000);
        let arc = arc_summary(Some(&long), &lines).unwrap().text;
        assert!(arc.chars().count() == ARC && arc.starts_with('…') && arc.ends_with("b / c"), "{arc}");
    }
}
