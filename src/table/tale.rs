//! How the story grows: folding the events of one line of play into a [`Tale`]. PURE.
//! Knows nothing of the queue, of seats or of money.

use crate::domain::{
    Beat, BeatLine, Event, EventKind, EventSeq, GameEvent, KeptRoll, OpenTurn, PastScene, Reply, Said, SceneState,
    Tale, TurnOutcome, Viewer,
};
use crate::game;

/// How many beats are kept word for word.
const RECENT_BEATS: usize = 24;
/// How many are kept word for word whatever their size.
const RECENT_FLOOR: usize = 6;
/// How much text the beats kept word for word may have, in bytes.
const RECENT_BYTES: usize = 96 * 1024;
/// How many older beats of the scene are kept as lines.
const EARLIER_LINES: usize = 120;
/// How many past scenes are kept.
const PAST_SCENES: usize = 100;
/// The length of a beat's line and of each half of a recap, in characters.
const LINE_CHARS: usize = 180;

/// Takes in the next story event of the tale's line of play.
pub(super) fn apply(tale: &mut Tale, event: &Event) {
    match &event.kind {
        EventKind::SceneOpened { scene, title } => {
            close_scene(tale);
            tale.last_scene = scene.get();
            tale.scene = Some(SceneState { number: *scene, title: title.clone(), opened: event.seq, beats: 0 });
        }
        EventKind::SceneTitled { scene, title } => {
            if let Some(open) = tale.scene.as_mut().filter(|open| open.number == *scene) {
                open.title = Some(title.clone());
            }
        }
        EventKind::SceneEnded { .. } => close_scene(tale),
        EventKind::TurnOpened { turn, said, .. } => {
            // What was opened together with the turn (its scene) is taken back together with it.
            let first = event.cause.unwrap_or(event.seq);
            let before = EventSeq::new(first.get().saturating_sub(1));
            let before_rolls = before_rolls(tale, said).map_or(before, |rolls| rolls.min(before));
            game::turns::taken(&mut tale.game);
            let game_without = Box::new(tale.game.clone());
            tale.open_turn = Some(OpenTurn { turn: *turn, before, before_rolls, said: said.clone(), game_without });
        }
        EventKind::TurnEnded { outcome, .. } => {
            let Some(open) = tale.open_turn.take() else { return };
            if let TurnOutcome::Answered { reply } = outcome {
                come_on(tale, &open, event, reply);
                tale.last_turn = Some(open.turn);
                tale.last_before = Some(open.before);
                tale.last_before_rolls = Some(open.before_rolls);
                tale.beats += 1;
                if let Some(scene) = tale.scene.as_mut() {
                    scene.beats += 1;
                }
                let beat = Beat { turn: open.turn, event: event.seq, said: open.said, reply: reply.clone() };
                tale.recent.push_back(beat);
                shrink(tale);
            } else {
                tale.game = *open.game_without;
            }
        }
        EventKind::Game(GameEvent::TakenBack) => {
            if let Some(open) = tale.open_turn.as_ref().filter(|open| event.turn == Some(open.turn)) {
                tale.game.clone_from(&open.game_without);
            }
        }
        EventKind::Game(happened) => {
            game::apply(&mut tale.game, event.seq, happened);
            if let Some(open) = tale.open_turn.as_mut().filter(|open| event.turn != Some(open.turn)) {
                game::apply(&mut open.game_without, event.seq, happened);
            }
        }
        _ => {}
    }
}

/// Whoever speaks is there from then on, unless they left in this turn.
fn come_on(tale: &mut Tale, open: &OpenTurn, event: &Event, reply: &Reply) {
    for name in reply.spans.iter().filter_map(|span| span.speaker.as_deref()) {
        let world = &mut tale.game.world;
        let left = open
            .game_without
            .world
            .here_called(name)
            .any(|before| !world.here.iter().any(|here| here.name == before.name));
        if !left {
            game::arrive(world, event.seq, name);
        }
    }
}

/// The event before the first roll in these actions, if it lies after the last beat: an action that waited while another
/// turn was told has its rolls before that turn's end, which an undo leaves alone.
fn before_rolls(tale: &Tale, said: &[Said]) -> Option<EventSeq> {
    let within = |kept: &&KeptRoll| said.iter().any(|said| Some(said.action) == kept.action);
    let first = tale.game.dice.rolls.iter().filter(within).map(|kept| kept.event).min()?;
    let told = tale.recent.back().map_or(0, |beat| beat.event.get());
    (first.get() > told).then(|| EventSeq::new(first.get() - 1))
}

/// Moves the oldest beats from word for word to lines until the limits hold.
fn shrink(tale: &mut Tale) {
    let mut bytes: usize = tale.recent.iter().map(size).sum();
    while tale.recent.len() > RECENT_BEATS || (tale.recent.len() > RECENT_FLOOR && bytes > RECENT_BYTES) {
        let Some(beat) = tale.recent.pop_front() else { return };
        bytes -= size(&beat);
        tale.earlier.push_back(BeatLine { turn: beat.turn, line: line(&beat) });
    }
    while tale.earlier.len() > EARLIER_LINES {
        tale.earlier.pop_front();
    }
}

fn close_scene(tale: &mut Tale) {
    tale.game.world.here.clear();
    if let Some(open) = tale.open_turn.as_mut() {
        open.game_without.world.here.clear();
    }
    let Some(scene) = tale.scene.take() else { return };
    let first = tale.earlier.front().map(|beat| beat.line.clone()).or_else(|| tale.recent.front().map(line));
    let last = (scene.beats > 1).then(|| tale.recent.back().map(line)).flatten();
    let recap = [first, last].into_iter().flatten().collect::<Vec<_>>().join("\n");
    tale.earlier.clear();
    tale.recent.clear();
    if scene.beats > 0 {
        tale.past.push_back(PastScene { number: scene.number, title: scene.title, recap });
        while tale.past.len() > PAST_SCENES {
            tale.past.pop_front();
        }
    }
}

fn size(beat: &Beat) -> usize {
    let said: usize = beat.said.iter().map(|said| said.text.len()).sum();
    let told: usize = beat.reply.spans.iter().map(|span| span.text.len()).sum();
    said + told
}

/// Who did what, with what result. Without whispers: the line outlives the moment and is shown to all.
fn line(beat: &Beat) -> String {
    let said = beat
        .said
        .iter()
        .filter(|said| said.audience.admits(Viewer::Public))
        .map(|said| format!("{}: {}", said.who(), said.text))
        .collect::<Vec<_>>()
        .join("; ");
    let told = beat.reply.spans.iter().rev().find(|span| span.speaker.is_none()).or(beat.reply.spans.last());
    let told = told.map_or("", |span| span.text.as_str());
    format!("{} → {}", shorten(&said, LINE_CHARS), shorten(told, LINE_CHARS))
}

/// One line of at most `limit` characters.
fn shorten(text: &str, limit: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= limit {
        return flat;
    }
    let mut cut: String = flat.chars().take(limit - 1).collect();
    if let Some(space) = cut.rfind(' ').filter(|space| *space > limit / 2) {
        cut.truncate(space);
    }
    cut.push('…');
    cut
}
