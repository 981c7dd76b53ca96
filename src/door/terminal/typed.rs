//! What a line typed at the terminal means: an action, or a command with its words. PURE.
//! It carries nothing out.

use crate::domain::{CardChoice, Command, EventSeq, ModelName, ProviderName, RollFor, SceneNo, SheetDeed};
use crate::table::{GreetingWish, PartWish};

/// A line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Something the player says or does.
    Action(String),
    /// A change to the table.
    Command(Command),
    /// What can be typed.
    Help,
    /// How the table stands.
    Status,
    /// Which models there are.
    Models,
    /// Which providers there are.
    Providers,
    /// The open scene's story.
    Story,
    /// Dice to throw; without a notation what the game master asked for.
    Roll { notation: Option<String>, shown: RollFor },
    /// Words for the game master, or for the person of that name, alone.
    Whisper { to: Option<String>, text: String },
    /// What everybody rolled.
    Rolls,
    /// The proof of a scene's rolls.
    Verify(Option<SceneNo>),
    /// How the story is told.
    Style,
    /// The stop card.
    StopCard,
    /// Play is to go on.
    Resume,
    /// What the story is to keep out of, for whoever types it alone.
    Lines(Lines),
    /// The sheet of a seat by its name; none is one's own.
    Sheet(Option<String>),
    /// A change of a sheet.
    SheetDeed(SheetDeed),
    /// What the table remembers, looked up or put right.
    Memory(MemoryWish),
    /// Which lore the last turn was told, and why.
    Lore,
    /// What happened so far.
    Recap,
    /// Who plays whom.
    Cast,
    /// A change of who plays whom, or of as whom lines are said.
    Part(PartWish),
    /// A scene that a character opens.
    Greet { wish: GreetingWish, title: Option<String> },
    /// With which words characters can.
    Greetings,
    /// Something said as a character.
    SayAs { character: String, text: String },
    /// Something about a fight: a verb and what follows it.
    Fight(String, String),
    /// Something about how turns are taken: a verb and what follows it.
    Turns(String, String),
    /// What is kept about whoever types it.
    Privacy(PrivacyWish),
    /// Leave.
    Quit,
    /// A command that does not exist, and the nearest that does.
    Unknown { name: String, nearest: Option<&'static str> },
}

/// What somebody wants to be done with what is kept about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrivacyWish {
    /// See it in numbers.
    About,
    /// Have all of it.
    Export,
    /// Know what erasing means.
    Explain,
    /// Have it erased.
    Erase,
}

/// What is wanted of the table's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MemoryWish {
    /// What is remembered of these words.
    Search(String),
    /// Why the last turn was told what it was.
    Why,
    /// A number to keep in view, or words to remember.
    Pin(String),
    /// A number to be found no more.
    Forget(String),
    /// A number, and what is right.
    Fix(String, String),
}

/// What is done about one's lines and veils.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// Look at them.
    Show,
    /// One more that the story never goes to.
    Never(String),
    /// One more that stays behind a veil.
    Veil(String),
    /// Take one of them back, by its words.
    Drop(String),
}

/// Every command, as `/help` lists them: how it is typed, and what it does.
pub(super) const COMMANDS: [(&str, &str); 34] = [
    ("/help", "what can be typed"),
    ("/status", "who answers, which scene, what today cost"),
    ("/undo", "take back the last turn"),
    ("/retry", "have the last turn told anew"),
    ("/stop", "stop the reply that is on its way (Ctrl-C does the same)"),
    ("/x", "pause play at once; the last part is covered, nobody is named (/stop-card does the same)"),
    ("/resume", "go on after a pause"),
    ("/lines", "what you keep out of the story, for you alone to see"),
    ("/lines never|veil|drop WORDS", "never in the story, only behind a veil, or neither any more"),
    ("/roll [gm|blind|self] DICE", "throw dice, such as 1d20+5; without any: what the game master asked for"),
    ("/rolls", "what everybody rolled"),
    ("/whisper [@NAME] TEXT", "what only the game master, or that person too, learns"),
    ("/verify [SCENE]", "draw a scene's rolls again from its seed"),
    ("/sheet [NAME]", "your sheet or another's; /sheet set FIELD VALUE writes on yours"),
    ("/sheet ask FIELD VALUE", "ask a host for a change; hosts answer /sheet allow N or /sheet refuse N"),
    ("/character [take|drop NAME]", "play a character of the cast, or no more; without words: who plays whom"),
    ("/as NAME [TEXT]", "say TEXT as a character you play; without TEXT everything from now on, until /as off"),
    ("/fight", "the order and whose move it is; /fight start [FOES], such as Goblins, Wolf +2; /fight end"),
    ("/fight next", "pass the move on; /fight join [FOES] and /fight leave [NAME], without words yourself"),
    (
        "/turns",
        "how turns are taken; /turns open, spotlight [NAME], round [MINUTES], initiative, post HOURS, go, away, back",
    ),
    ("/scene new [TITLE]", "end the scene and open the next; also /scene end, /scene title TITLE"),
    (
        "/scene new greeting:NAME [TITLE]",
        "the same, and a character opens it; NAME#2 for another of the /scene greetings",
    ),
    ("/recap", "what happened so far, and since you last acted"),
    ("/memory WORDS", "what is remembered of them; /memory why: what the last turn was told of earlier"),
    ("/memory pin WHAT", "remember something; also /memory forget NUMBER, /memory fix NUMBER TEXT"),
    ("/lore why", "which lore the last turn was told, and why"),
    ("/story", "read the open scene as it stands in its file"),
    ("/provider [NAME [MODEL]]", "who answers from now on; without a name: who there is"),
    ("/model [NAME]", "another model of the same provider; without a name: which there are"),
    ("/model default", "leave the model to the provider"),
    ("/style [WHAT VALUE]", "how the story is told, such as /style length short; without words: how it is"),
    ("/privacy [export|erase]", "what is kept about you: see it, have it as a file, erase it"),
    ("/reset", "begin a new tale; the old one is kept, /undo brings it back"),
    ("/quit", "leave; the table waits for you"),
];

const NAMES: [&str; 28] = [
    "privacy",
    "fight",
    "turns",
    "character",
    "as",
    "lines",
    "memory",
    "lore",
    "recap",
    "sheet",
    "style",
    "whisper",
    "stop-card",
    "resume",
    "roll",
    "rolls",
    "verify",
    "help",
    "status",
    "undo",
    "retry",
    "stop",
    "scene",
    "story",
    "provider",
    "model",
    "reset",
    "quit",
];

/// Understands one line. A line that begins with `/` is a command; `//` lets an action begin with a slash.
pub(super) fn read(line: &str) -> Typed {
    let trimmed = line.trim();
    let Some(rest) = trimmed.strip_prefix('/') else { return Typed::Action(line.to_owned()) };
    if rest.starts_with('/') {
        return Typed::Action(rest.to_owned());
    }
    let (name, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let words = words.trim();
    match name.to_ascii_lowercase().as_str() {
        "help" | "?" => Typed::Help,
        "status" => Typed::Status,
        "undo" => Typed::Command(Command::Undo),
        "retry" => Typed::Command(Command::Retry),
        "stop" => Typed::Command(Command::Stop),
        "reset" => Typed::Command(Command::Reset),
        "story" => Typed::Story,
        "quit" | "exit" => Typed::Quit,
        "x" | "stop-card" => Typed::StopCard,
        "resume" => Typed::Resume,
        "lines" => lines(words),
        "style" => style(words),
        "roll" => roll(words),
        "rolls" => Typed::Rolls,
        "whisper" | "w" => whisper(words),
        "memory" => memory(words),
        "lore" => Typed::Lore,
        "recap" => Typed::Recap,
        "verify" => Typed::Verify(words.parse().ok().map(SceneNo::new)),
        "sheet" => sheet(words),
        "character" => character(words),
        "as" => say_as(words),
        "fight" => verb(words, Typed::Fight),
        "turns" => verb(words, Typed::Turns),
        "scene" => scene(words),
        "privacy" => privacy(words),
        "provider" => provider(words),
        "model" => model(words),
        other => Typed::Unknown { name: other.to_owned(), nearest: nearest(other) },
    }
}

/// `gm 1d20+5`: the audience may stand before the dice.
fn roll(words: &str) -> Typed {
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let named = RollFor::NAMED.into_iter().find(|(word, _)| first.eq_ignore_ascii_case(word));
    let (shown, notation) = named.map_or((RollFor::Public, words), |(_, shown)| (shown, rest.trim()));
    Typed::Roll { notation: (!notation.is_empty()).then(|| notation.to_owned()), shown }
}

/// `never spiders`: what is done stands before the words.
fn privacy(words: &str) -> Typed {
    let words = words.to_ascii_lowercase();
    Typed::Privacy(match words.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["export"] => PrivacyWish::Export,
        ["erase"] => PrivacyWish::Explain,
        ["erase", "yes"] => PrivacyWish::Erase,
        _ => PrivacyWish::About,
    })
}

fn lines(words: &str) -> Typed {
    let (verb, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim().to_owned();
    match verb.to_ascii_lowercase().as_str() {
        "" => Typed::Lines(Lines::Show),
        "never" if !rest.is_empty() => Typed::Lines(Lines::Never(rest)),
        "veil" if !rest.is_empty() => Typed::Lines(Lines::Veil(rest)),
        "drop" if !rest.is_empty() => Typed::Lines(Lines::Drop(rest)),
        _ => Typed::Unknown { name: "lines".to_owned(), nearest: Some("lines never WORDS") },
    }
}

/// `start Goblins`: a verb and what follows it; without any it is shown.
fn verb(words: &str, typed: impl Fn(String, String) -> Typed) -> Typed {
    let (verb, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let verb = if verb.is_empty() { "show".to_owned() } else { verb.to_ascii_lowercase() };
    typed(verb, rest.trim().to_owned())
}

fn sheet(words: &str) -> Typed {
    let (verb, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    let verb = verb.to_ascii_lowercase();
    match verb.as_str() {
        "set" | "ask" => match rest.split_once(char::is_whitespace) {
            Some((key, value)) => {
                let (key, value, ask) = (key.to_owned(), value.trim().to_owned(), verb == "ask");
                Typed::SheetDeed(SheetDeed::Set { of: None, key, value, ask })
            }
            None => Typed::Unknown { name: format!("sheet {verb}"), nearest: Some("sheet set FIELD VALUE") },
        },
        "allow" | "refuse" => match rest.parse() {
            Ok(ask) => Typed::SheetDeed(SheetDeed::Settle { ask: EventSeq::new(ask), allow: verb == "allow" }),
            Err(_) => Typed::Unknown { name: format!("sheet {verb}"), nearest: Some("sheet allow NUMBER") },
        },
        "show" => Typed::Sheet((!rest.is_empty()).then(|| rest.to_owned())),
        _ => Typed::Sheet((!words.is_empty()).then(|| words.to_owned())),
    }
}

/// `@Ben the key is fake`: a name may stand before the words.
fn whisper(words: &str) -> Typed {
    let named = words.strip_prefix('@').map(|rest| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
    match named {
        Some((name, text)) => Typed::Whisper { to: Some(name.to_owned()), text: text.trim().to_owned() },
        None => Typed::Whisper { to: None, text: words.to_owned() },
    }
}

/// `fix 482 It was Berta`: what is no verb is looked for.
fn memory(words: &str) -> Typed {
    let (verb, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    let needs = |example| Typed::Unknown { name: format!("memory {verb}"), nearest: Some(example) };
    let wish = match verb.to_ascii_lowercase().as_str() {
        "why" if rest.is_empty() => MemoryWish::Why,
        "search" if !rest.is_empty() => MemoryWish::Search(rest.to_owned()),
        "pin" if !rest.is_empty() => MemoryWish::Pin(rest.to_owned()),
        "forget" if !rest.is_empty() => MemoryWish::Forget(rest.to_owned()),
        "fix" => match rest.split_once(char::is_whitespace) {
            Some((number, text)) => MemoryWish::Fix(number.to_owned(), text.trim().to_owned()),
            None => return needs("memory fix NUMBER TEXT"),
        },
        "search" | "pin" | "forget" | "" => return needs("memory search WORDS"),
        _ => MemoryWish::Search(words.to_owned()),
    };
    Typed::Memory(wish)
}

fn character(words: &str) -> Typed {
    let (verb, name) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let name = name.trim().trim_matches('"').to_owned();
    match (verb.to_ascii_lowercase().as_str(), name.is_empty()) {
        ("" | "list", _) => Typed::Cast,
        ("take", false) => Typed::Part(PartWish::Take(name, None)),
        ("drop", false) => Typed::Part(PartWish::Drop(name)),
        _ => Typed::Unknown { name: "character".to_owned(), nearest: Some("character take NAME") },
    }
}

/// `Mira I wave`, `"Old Tom" I wave`: a name of several words stands between quotation marks.
fn say_as(words: &str) -> Typed {
    let quoted = words.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let (name, text) = quoted.or_else(|| words.split_once(char::is_whitespace)).unwrap_or((words, ""));
    let (name, text) = (name.trim().to_owned(), text.trim().to_owned());
    match (name.as_str(), text.is_empty()) {
        ("", _) => Typed::Cast,
        ("off", true) => Typed::Part(PartWish::Off),
        (_, true) => Typed::Part(PartWish::Aloud(name)),
        (_, false) => Typed::SayAs { character: name, text },
    }
}

fn scene(words: &str) -> Typed {
    let (verb, title) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let title = title.trim().to_owned();
    match verb {
        "new" => scene_new(&title),
        "greetings" => Typed::Greetings,
        "end" => Typed::Command(Command::SceneEnd),
        "title" => Typed::Command(Command::SceneTitle(title)),
        _ => Typed::Unknown { name: "scene".to_owned(), nearest: Some("scene new") },
    }
}

/// `greeting:Mira The Ferry`, `greeting:"Old Tom#2" The Ferry`: who opens it, with which of their greetings; then its title.
fn scene_new(words: &str) -> Typed {
    let Some(rest) = words.strip_prefix("greeting:") else {
        let title = (!words.is_empty()).then(|| words.to_owned());
        return Typed::Command(Command::SceneNew { title, greeting: None });
    };
    let (quoted, rest) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).unwrap_or(("", rest));
    // A number may stand behind the quotation mark too.
    let (last, title) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let title = Some(title.trim().to_owned()).filter(|title| !title.is_empty());
    Typed::Greet { wish: GreetingWish::read(&format!("{quoted}{last}")), title }
}

fn provider(words: &str) -> Typed {
    let mut words = words.split_whitespace();
    let Some(name) = words.next() else { return Typed::Providers };
    let model = words.next().map(ModelName::new);
    Typed::Command(Command::Provider { provider: ProviderName::new(name), model })
}

fn model(words: &str) -> Typed {
    match words {
        "" => Typed::Models,
        "default" => Typed::Command(Command::Model(None)),
        name => Typed::Command(Command::Model(Some(ModelName::new(name)))),
    }
}

fn style(words: &str) -> Typed {
    let Some((facet, value)) = words.split_once(char::is_whitespace) else {
        return if words.is_empty() {
            Typed::Style
        } else {
            Typed::Command(Command::Style { facet: words.to_owned(), value: String::new() })
        };
    };
    Typed::Command(Command::Style { facet: facet.to_owned(), value: value.trim().to_owned() })
}

/// What a line typed after the stop card chooses; anything that is no choice leaves the story as it is.
pub(super) fn card(line: &str) -> CardChoice {
    CardChoice::named(line.split_whitespace().next().unwrap_or("")).unwrap_or(CardChoice::Pause)
}

fn nearest(name: &str) -> Option<&'static str> {
    let scored = NAMES.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known));
    scored.filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_actions_and_slashes_are_commands() {
        let check = |line: &str, expected: Typed| assert_eq!(read(line), expected, "{line:?}");
        check("I open the door", Typed::Action("I open the door".to_owned()));
        check("//shrug", Typed::Action("/shrug".to_owned()));
        check("/undo", Typed::Command(Command::Undo));
        check("  /SCENE title  The Gate ", Typed::Command(Command::SceneTitle("The Gate".to_owned())));
        let yard = Some("The Yard".to_owned());
        check("/scene new The Yard", Typed::Command(Command::SceneNew { title: yard.clone(), greeting: None }));
        check("/scene new", Typed::Command(Command::SceneNew { title: None, greeting: None }));
        check("/scene greetings", Typed::Greetings);
        for (typed, character, which, title) in [
            ("/scene new greeting:Mira", "Mira", 1, None),
            ("/scene new greeting:Mira#3  The Yard", "Mira", 3, yard.clone()),
            ("/scene new greeting:\"Old Tom\"#2 The Yard", "Old Tom", 2, yard.clone()),
            ("/scene new greeting:\"Old Tom#2\" The Yard", "Old Tom", 2, yard),
            ("/scene new greeting:\"Old Tom\"", "Old Tom", 1, None),
        ] {
            check(typed, Typed::Greet { wish: GreetingWish { character: character.to_owned(), which }, title });
        }
        check("/model", Typed::Models);
        check("/model default", Typed::Command(Command::Model(None)));
        let oracle = Command::Provider { provider: ProviderName::oracle(), model: None };
        check("/provider oracle", Typed::Command(oracle));
        check("/roll 1d20 + 5", Typed::Roll { notation: Some("1d20 + 5".to_owned()), shown: RollFor::Public });
        check("/roll SELF d6", Typed::Roll { notation: Some("d6".to_owned()), shown: RollFor::Own });
        check("/roll", Typed::Roll { notation: None, shown: RollFor::Public });
        check("/whisper I palm it", Typed::Whisper { to: None, text: "I palm it".to_owned() });
        check("/w @Ben  trust me", Typed::Whisper { to: Some("Ben".to_owned()), text: "trust me".to_owned() });
        check("/verify 3", Typed::Verify(Some(SceneNo::new(3))));
        check("/fight", Typed::Fight("show".to_owned(), String::new()));
        check("/turns ROUND  5 ", Typed::Turns("round".to_owned(), "5".to_owned()));
        check("/sheet", Typed::Sheet(None));
        check("/sheet show Bo", Typed::Sheet(Some("Bo".to_owned())));
        let set = |key: &str, value: &str, ask| {
            let (key, value) = (key.to_owned(), value.to_owned());
            Typed::SheetDeed(SheetDeed::Set { of: None, key, value, ask })
        };
        check("/sheet set look A long scar", set("look", "A long scar", false));
        check("/sheet ask might 3", set("might", "3", true));
        let settle = SheetDeed::Settle { ask: EventSeq::new(12), allow: false };
        check("/sheet refuse 12", Typed::SheetDeed(settle));
        let memory = |line: &str, wish: MemoryWish| check(line, Typed::Memory(wish));
        memory("/memory brass key", MemoryWish::Search("brass key".to_owned()));
        memory("/memory search why", MemoryWish::Search("why".to_owned()));
        memory("/memory WHY", MemoryWish::Why);
        memory("/memory why him", MemoryWish::Search("why him".to_owned()));
        memory("/memory fix 7.1  It was Bo", MemoryWish::Fix("7.1".to_owned(), "It was Bo".to_owned()));
        memory("/memory pin 7", MemoryWish::Pin("7".to_owned()));
        check("/memory", Typed::Unknown { name: "memory ".to_owned(), nearest: Some("memory search WORDS") });
        check("/lore why", Typed::Lore);
        check("/recap", Typed::Recap);
        check("/character", Typed::Cast);
        check("/character take Old Tom", Typed::Part(PartWish::Take("Old Tom".to_owned(), None)));
        check("/character drop", Typed::Unknown { name: "character".to_owned(), nearest: Some("character take NAME") });
        check("/as mira", Typed::Part(PartWish::Aloud("mira".to_owned())));
        check("/as off", Typed::Part(PartWish::Off));
        let tom = Typed::SayAs { character: "Old Tom".to_owned(), text: "I wave".to_owned() };
        check("/as \"Old Tom\" I wave", tom);
        check("/udno", Typed::Unknown { name: "udno".to_owned(), nearest: Some("undo") });
        check("/dance", Typed::Unknown { name: "dance".to_owned(), nearest: None });
    }
}
