use super::*;
use crate::domain::{ActionId, Actor, Audience, EventKind, Scope, SeatId, SourceId};
use crate::store::StoreFault;
use crate::store::testing::{Fresh, Scribe, answered, fresh, heard_at, seqs};

#[tokio::test]
async fn an_event_comes_back_as_it_was_written() {
    let f = fresh().await;
    let mut scribe = Scribe::new();
    let said = scribe.say("NUL \0, quotes ' \" `, \\, 🐉, \u{202e}, \r\n'; DROP TABLE events; --");
    let said = heard_at(said, "odd \0 '\" 🐉");
    let mut whisper = scribe.end_turn(7, answered());
    whisper.turn = Some(TurnNo::new(7));
    whisper.actor = Actor::Gm;
    whisper.audience = Audience::Seats(vec![SeatId::new(2), SeatId::new(9)]);
    whisper.cause = Some(EventSeq::new(1));
    let events = vec![said, whisper];
    f.store.append(f.table, events.clone()).await.unwrap();
    assert_eq!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap(), events);
    let heard = f.store.action_by_source(f.table, &SourceId::new("odd \0 '\" 🐉")).await.unwrap().unwrap();
    assert_eq!(heard.action, ActionId::new(1));
}

#[tokio::test]
async fn a_long_action_is_kept_whole() {
    let f = fresh().await;
    let text = "dragon 🐉 ".repeat(40_000);
    let said = Scribe::new().say(&text);
    f.store.append(f.table, vec![said.clone()]).await.unwrap();
    assert_eq!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap(), vec![said]);
}

#[tokio::test]
async fn events_that_do_not_follow_on_are_refused() {
    let f = fresh().await;
    let mut scribe = Scribe::new();
    let (one, two, three) = (scribe.say("1"), scribe.say("2"), scribe.say("3"));
    let fault = |result: Result<(), StoreError>| result.unwrap_err().fault();
    assert_eq!(fault(f.store.append(f.table, vec![two.clone()]).await), StoreFault::OutOfStep);
    f.store.append(f.table, vec![one.clone()]).await.unwrap();
    assert_eq!(fault(f.store.append(f.table, vec![one]).await), StoreFault::OutOfStep);
    assert_eq!(fault(f.store.append(f.table, vec![three.clone()]).await), StoreFault::OutOfStep);
    assert_eq!(fault(f.store.append(TableId::new(99), vec![two.clone()]).await), StoreFault::Other);
    f.store.append(f.table, vec![two, three]).await.unwrap();
}

#[tokio::test]
async fn an_append_is_all_or_nothing() {
    let f = fresh().await;
    let mut scribe = Scribe::new();
    let (one, two) = (scribe.say("1"), heard_at(scribe.say("2"), "test:1"));
    let error = f.store.append(f.table, vec![one.clone(), two]).await.unwrap_err();
    assert_eq!(error.fault(), StoreFault::Repeated);
    assert!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap().is_empty());
    assert!(f.derived().await.is_empty());
    f.store.append(f.table, vec![one]).await.unwrap();
}

#[tokio::test]
async fn the_same_source_is_heard_once_a_table() {
    let f = fresh().await;
    let other = f.store.ensure_table(&"sea".parse().unwrap(), Timestamp::from_millis(5)).await.unwrap().id;
    let mut scribe = Scribe::new();
    let (one, again) = (scribe.say("1"), heard_at(scribe.say("1"), "test:1"));
    f.store.append(f.table, vec![one.clone()]).await.unwrap();
    f.store.append(other, vec![one]).await.unwrap();
    assert!(matches!(f.store.append(f.table, vec![again]).await, Err(StoreError::AlreadyHeard { .. })));
}

/// 1 scene · 2 said · 3+4 turn one · 5 said · 6+7 turn two · branch at 4: 8 · 9 said · 10+11 turn three ·
/// branch at 10 of the new one: 12 · 13+14 turn four
async fn tree(f: &Fresh) -> [Vec<PathStep>; 3] {
    let mut s = Scribe::new();
    let mut events = vec![s.open_scene(1), s.say("a"), s.open_turn(1, &[2]), s.end_turn(1, answered())];
    events.extend([s.say("b"), s.open_turn(2, &[5]), s.end_turn(2, answered())]);
    events.extend([s.branch(4), s.say("c"), s.open_turn(3, &[9]), s.end_turn(3, answered())]);
    events.extend([s.branch(10), s.open_turn(4, &[9]), s.end_turn(4, answered())]);
    f.store.append(f.table, events).await.unwrap();
    let step = |branch, upto: Option<u64>| PathStep { branch: BranchId::new(branch), upto: upto.map(EventSeq::new) };
    [
        vec![step(0, None)],
        vec![step(0, Some(4)), step(1, None)],
        vec![step(0, Some(4)), step(1, Some(10)), step(2, None)],
    ]
}

#[tokio::test]
async fn the_story_is_read_along_one_line_of_play() {
    let f = fresh().await;
    let paths = tree(&f).await;
    let mut stories = Vec::new();
    for path in &paths {
        stories.push(seqs(&f.store.story_events_on_path(f.table, path, EventSeq::new(0)).await.unwrap()));
    }
    assert_eq!(stories, [vec![1, 3, 4, 6, 7], vec![1, 3, 4, 10, 11], vec![1, 3, 4, 10, 13, 14]]);
    let late = f.store.story_events_on_path(f.table, &paths[2], EventSeq::new(4)).await.unwrap();
    assert_eq!(seqs(&late), [10, 13, 14]);
    assert_eq!(seqs(&f.store.branches(f.table).await.unwrap()), [8, 12]);
}

#[tokio::test]
async fn a_scene_is_its_turns_and_whatever_names_it() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let titled = |scene| EventKind::SceneTitled { scene: SceneNo::new(scene), title: "The Gate".into() };
    let ended = |scene| EventKind::SceneEnded { scene: SceneNo::new(scene) };
    let mut events = vec![s.open_scene(1), s.say("a"), s.open_turn(1, &[2]), s.end_turn(1, answered())];
    events.extend([s.write(ended(1)), s.open_scene(2), s.write(titled(1)), s.open_turn(2, &[2])]);
    events.extend([s.branch(4), s.write(ended(1))]);
    f.store.append(f.table, events).await.unwrap();
    let whole = [PathStep { branch: BranchId::new(0), upto: None }];
    let scene = f.store.scene_events(f.table, &whole, SceneNo::new(1)).await.unwrap();
    assert_eq!(seqs(&scene), [1, 3, 4, 5, 7]);
    let scene = f.store.scene_events(f.table, &whole, SceneNo::new(2)).await.unwrap();
    assert_eq!(seqs(&scene), [6, 8]);
    let undone = [
        PathStep { branch: BranchId::new(0), upto: Some(EventSeq::new(4)) },
        PathStep { branch: BranchId::new(1), upto: None },
    ];
    let scene = f.store.scene_events(f.table, &undone, SceneNo::new(1)).await.unwrap();
    assert_eq!(seqs(&scene), [1, 3, 4, 10]);
}

#[test]
fn the_lists_of_kinds_are_those_that_count_for_the_story() {
    let mut s = Scribe::new();
    let n = SceneNo::new(1);
    let all = [
        s.say("a").kind,
        s.edit(1).kind,
        s.withdraw(1).kind,
        s.skip(1).kind,
        s.open_turn(1, &[]).kind,
        s.end_turn(1, answered()).kind,
        s.open_scene(1).kind,
        EventKind::SceneTitled { scene: n, title: String::new() },
        EventKind::SceneEnded { scene: n },
        s.branch(0).kind,
        s.whisper().kind,
    ];
    for kind in all {
        let quoted = format!("'{}'", kind.name());
        assert_eq!(STORY.contains(&quoted), kind.scope() == Scope::Story, "{quoted}");
        assert_eq!(SCENE.contains(&quoted), kind.scope() == Scope::Story, "{quoted}");
    }
}

#[tokio::test]
async fn no_reading_of_the_log_looks_through_all_of_it() {
    let f = fresh().await;
    for sql in [END, AFTER, STORY, SCENE, BRANCHINGS] {
        let plan = f.plan(sql).await;
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP"), "{sql}\n{plan}");
    }
    insta::assert_snapshot!(f.plan(STORY).await, @"SEARCH events USING INDEX events_of_story (table_id=? AND branch=? AND seq>? AND seq<?)");
    insta::assert_snapshot!(f.plan(SCENE).await, @r"
        MERGE (UNION ALL)
        LEFT
        SEARCH events USING INDEX events_in_scene (table_id=? AND scene=? AND branch=? AND seq<?)
        RIGHT
        SEARCH events USING INDEX events_about_scene (table_id=? AND <expr>=? AND branch=? AND seq<?)
        ");
    insta::assert_snapshot!(f.plan(BRANCHINGS).await, @"SEARCH events USING INDEX events_of_branching (table_id=?)");
}
