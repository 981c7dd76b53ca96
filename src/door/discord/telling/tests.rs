//! How a turn looks, request by request.
//! Nothing here is sent.

use super::*;

fn telling(text: &str) -> Telling {
    let mut telling = Telling::new(TableId::new(1), TurnNo::new(3), Links::Inert);
    telling.hear(text);
    telling
}

/// Does everything until nothing is left to do; gives the kinds of the requests.
fn settle(telling: &mut Telling) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(step) = telling.next() {
        assert!(done.len() < 50, "it never settles");
        match step {
            Step::Send { part, draft } => {
                done.push(format!("send {part}"));
                telling.note(part, Shown::There { message: 100 + part as u64, draft: Some(draft) });
            }
            Step::Edit { part, message, draft } => {
                done.push(format!("edit {part}"));
                telling.note(part, Shown::There { message, draft: Some(draft) });
            }
            Step::Speak { part, piece } => {
                let who = piece.voice.map_or("us".to_owned(), |voice| voice.name);
                done.push(format!("speak {part} {who}"));
                telling.note_spoken(part, Shown::There { message: 200 + part as u64, draft: None });
            }
            Step::Delete { part, .. } => {
                done.push(format!("delete {part}"));
                telling.note(part, Shown::Gone);
            }
            Step::Unsend { part } => {
                done.push(format!("unsend {part}"));
                telling.note(part, Shown::Unsent);
            }
        }
    }
    done
}

#[test]
fn a_reply_grows_in_its_message_and_ends_with_other_buttons() {
    let mut telling = telling("The gate");
    assert_eq!(settle(&mut telling), ["send 0"]);
    telling.hear(" opens.");
    assert_eq!(settle(&mut telling), ["edit 0"]);
    telling.phase = Phase::Over(Over::Answered);
    assert_eq!(settle(&mut telling), ["edit 0"]);
    let last = telling.wanted().remove(0);
    assert_eq!(last.content, "The gate opens.");
    let labels: Vec<_> =
        last.components[0]["components"].as_array().unwrap().iter().map(|b| b["label"].clone()).collect();
    assert_eq!(labels, ["Retry", "Undo", "Continue", "Safety"]);
}

#[test]
fn a_turn_that_says_nothing_shows_nothing_until_it_ends() {
    let mut telling = telling("");
    assert_eq!(telling.next(), None);
    assert!(telling.is_silent());
    let (sentence, again) = ("It failed. (E-1)".to_owned(), true);
    telling.phase = Phase::Over(Over::Unanswered { sentence, again });
    assert_eq!(telling.wanted()[0].content, "-# It failed. (E-1)");
    assert_eq!(settle(&mut telling), ["send 0"]);
}

#[test]
fn what_keeps_it_waiting_stands_in_the_message_that_the_text_takes() {
    let mut telling = telling("");
    telling.wait_for("Other tables are being answered first.".to_owned());
    assert_eq!(telling.wanted()[0].content, "-# Other tables are being answered first.");
    assert_eq!(settle(&mut telling), ["send 0"]);
    assert!(telling.is_silent(), "it still shows as typing");
    telling.hear("The gate");
    assert_eq!(settle(&mut telling), ["edit 0"]);
    assert_eq!(telling.wanted()[0].content, "The gate");
    telling.wait_for("Nothing was heard for a while.".to_owned());
    assert_eq!(telling.wanted()[0].content, "The gate\n-# Nothing was heard for a while.");
    telling.hear(" opens.");
    telling.phase = Phase::Over(Over::Answered);
    assert_eq!(settle(&mut telling), ["edit 0"]);
    assert_eq!(telling.wanted()[0].content, "The gate opens.");
}

#[test]
fn what_a_crash_left_is_completed_and_what_is_too_much_removed() {
    let mut telling = telling("The whole reply.");
    telling.phase = Phase::Over(Over::Answered);
    telling.shown =
        vec![Shown::There { message: 9, draft: None }, Shown::There { message: 10, draft: None }, Shown::Planned];
    assert_eq!(settle(&mut telling), ["edit 0", "delete 1", "unsend 2"]);
}

#[test]
fn a_message_that_somebody_removed_is_not_sent_again() {
    let mut telling = telling("The gate opens.");
    telling.shown = vec![Shown::Gone];
    assert_eq!(telling.next(), None);
}

fn with_voices(telling: &mut Telling, spans: &[(&str, &str)]) {
    let span = |(speaker, text): &(&str, &str)| crate::domain::Span {
        speaker: Some((*speaker).to_owned()).filter(|name| !name.is_empty()),
        text: (*text).to_owned(),
    };
    let reply = Reply { spans: spans.iter().map(span).collect() };
    telling.tell(&reply.to_markdown());
    telling.give_voices("", &reply);
    telling.phase = Phase::Over(Over::Answered);
}

#[test]
fn what_was_told_in_bold_is_said_by_its_voices_when_it_is_over() {
    let mut telling = telling("The gate opens.\n\n**Mira:** Come.\n\nShe waves.");
    assert_eq!(settle(&mut telling), ["send 0"]);
    with_voices(&mut telling, &[("", "The gate opens."), ("Mira", "Come."), ("", "She waves.")]);
    assert_eq!(telling.asks_for_voices(), Some(vec!["Mira".to_owned()]));
    telling.voices_are(true, &HashMap::new());
    assert_eq!(settle(&mut telling), ["edit 0", "speak 0 Mira", "speak 1 us"]);
    assert_eq!(telling.wanted()[0].content, "The gate opens.");
}

#[test]
fn a_reply_that_begins_with_a_voice_leaves_nothing_of_ours_above_it() {
    let mut telling = telling("**Mira:** Come.");
    assert_eq!(settle(&mut telling), ["send 0"]);
    with_voices(&mut telling, &[("Mira", "Come.")]);
    telling.voices_are(true, &HashMap::new());
    assert_eq!(settle(&mut telling), ["speak 0 Mira", "delete 0"]);
}

#[test]
fn what_perhaps_stands_goes_before_a_voice_says_the_same() {
    let mut left = telling("**Mira:** Come.");
    left.shown = vec![Shown::Planned];
    with_voices(&mut left, &[("Mira", "Come.")]);
    left.voices_are(true, &HashMap::new());
    assert_eq!(settle(&mut left), ["unsend 0", "speak 0 Mira"]);
    // The program died between the two, and now the channel has no voices.
    let mut bold = telling("**Mira:** Come.");
    bold.shown = vec![Shown::Unsent];
    with_voices(&mut bold, &[("Mira", "Come.")]);
    bold.voices_are(false, &HashMap::new());
    assert_eq!(settle(&mut bold), ["send 0"]);
}

#[test]
fn without_voices_it_stands_as_it_was_told_and_what_was_begun_is_finished() {
    let spans = [("Mira", "Come."), ("", "She waves.")];
    let mut bold = telling("");
    with_voices(&mut bold, &spans);
    bold.voices_are(false, &HashMap::new());
    assert_eq!(settle(&mut bold), ["send 0"]);
    let mut begun = telling("");
    begun.note_spoken(0, Shown::There { message: 200, draft: None });
    with_voices(&mut begun, &spans);
    begun.voices_are(false, &HashMap::new());
    assert_eq!(settle(&mut begun), ["speak 1 us"]);
}

#[test]
fn a_flood_ends_in_a_file() {
    let mut telling = telling(&"A line of the flood.\n\n".repeat(2000));
    telling.phase = Phase::Over(Over::Answered);
    let wanted = telling.wanted();
    assert!(wanted.len() <= MESSAGES + 1, "{}", wanted.len());
    assert!(wanted.iter().all(|draft| splitting::units(&draft.content) <= MESSAGE_UNITS));
    assert!(wanted.last().unwrap().attached.is_some());
}

#[test]
fn what_is_covered_becomes_one_neutral_line_whatever_is_known_of_it() {
    let curtained = |mut covered: Telling| {
        covered.phase = Phase::Over(Over::Curtained);
        settle(&mut covered)
    };
    let mut told = telling("The gate opens.");
    told.phase = Phase::Over(Over::Answered);
    assert_eq!(settle(&mut told), ["send 0"]);
    assert_eq!(told.next(), None);
    // The curtain falls while it is being written down that all of it stands: then there is something to do again.
    assert_eq!(curtained(told), ["edit 0"]);
    let mut lost = telling("The gate opens.");
    lost.shown = vec![Shown::Planned, Shown::Planned];
    assert_eq!(curtained(lost), ["send 0", "unsend 1"], "nobody heard what became of these");
    assert_eq!(curtained(telling("The gate opens.")), [""; 0], "nothing of it was ever sent");
}
