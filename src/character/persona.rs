//! What a game master is told of a card: who somebody is and how they talk. PURE.
//! The fields with which a card would instruct a model become suggestions, which a host can turn off; none is an order.

use super::card::Card;
use super::name::inert_name;
use crate::format::macros::{self, Names};

/// How much of a card is told, in characters.
const TOLD_CHARS: usize = 6_000;
/// How much of its author's suggestions, in characters.
const SUGGESTED_CHARS: usize = 1_000;
/// Who the card is played with. A table has several players, a card knows one.
const PLAYER: &str = "the player";

/// A character as the table knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Persona {
    /// The name that is shown. Nothing in it acts.
    pub name: String,
    /// What they are called in full, where another name is shown.
    pub full_name: Option<String>,
    /// Who they are.
    pub body: String,
    /// The circumstances.
    pub scenario: String,
    /// How scenes with them open, as the card has it: who plays is known when one does ([`Persona::greeting`]).
    pub greetings: Vec<String>,
    /// How they talk.
    pub samples: Vec<String>,
    /// What the author would have a model told.
    pub suggestions: Vec<Suggestion>,
    /// Whether the suggestions are told as such.
    pub suggesting: bool,
    /// Where their picture is, if the card names an address on the web.
    pub picture: Option<String>,
    /// How often they speak unasked, 0 to 1.
    pub weight: f64,
    /// What their player writes before and after their words.
    pub proxy_tags: Vec<(String, String)>,
    /// Macros that were left as they are.
    pub unknown_macros: Vec<String>,
}

/// A field with which a card would instruct a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Which: `system_prompt`, `post_history_instructions` or `depth_prompt`.
    pub field: &'static str,
    /// What it says.
    pub text: String,
}

impl Persona {
    /// What a card makes of somebody.
    pub fn of(card: &Card) -> Self {
        let fields = card.fields();
        let shown = if fields.nickname.trim().is_empty() { &fields.name } else { &fields.nickname };
        let name = inert_name(shown);
        let mut unknown_macros = Vec::new();
        let mut tell = |text: &str| {
            let names = Names { character: &name, user: PLAYER, seed: 0 };
            let expanded = macros::expand(text, &names);
            unknown_macros.extend(expanded.unknown);
            expanded.text.trim().to_owned()
        };
        let body = [tell(&fields.description), tell(&fields.personality)];
        let body = body.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
        let greetings = std::iter::once(&fields.first_mes).chain(&fields.alternate_greetings);
        // A table is a group.
        let greetings = greetings.chain(&fields.group_only_greetings).filter(|text| !tell(text).is_empty());
        let greetings = greetings.cloned().collect();
        let samples = samples(&tell(&fields.mes_example));
        let reminder = fields.reminder.as_ref().map_or("", |reminder| reminder.text.as_str());
        let suggestions = [
            ("system_prompt", fields.system_prompt.as_str()),
            ("post_history_instructions", fields.post_history_instructions.as_str()),
            ("depth_prompt", reminder),
        ];
        let suggestions = suggestions.map(|(field, text)| Suggestion { field, text: tell(text) });
        let scenario = tell(&fields.scenario);
        unknown_macros.sort();
        unknown_macros.dedup();
        let full_name = (!fields.name.trim().is_empty()).then(|| inert_name(&fields.name));
        Self {
            full_name: full_name.filter(|full| *full != name),
            name,
            body,
            scenario,
            greetings,
            samples,
            suggestions: suggestions.into_iter().filter(|suggestion| !suggestion.text.is_empty()).collect(),
            suggesting: fields.own["suggestions"].as_bool().unwrap_or(true),
            picture: fields.icon.clone().filter(|uri| uri.starts_with("https://") && uri.len() <= 2000),
            weight: fields.talkativeness.unwrap_or(0.5),
            proxy_tags: proxy_tags(&fields.own["proxy_tags"]),
            unknown_macros,
        }
    }

    /// One of their greetings, the first is 0, said to `players`. Chance in it comes from the seed.
    pub fn greeting(&self, which: usize, players: &str, seed: u64) -> Option<String> {
        let user = if players.is_empty() { PLAYER } else { players };
        let text = macros::expand(self.greetings.get(which)?, &Names { character: &self.name, user, seed }).text;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// What the game master is told of them, within a limit: samples go first, who they are goes last.
    pub fn told(&self) -> String {
        let mut out = shorten(&self.body, TOLD_CHARS);
        let mut add = |heading: &str, text: &str, limit: usize| {
            let left = TOLD_CHARS.saturating_sub(out.chars().count() + heading.len() + 4);
            let text = shorten(text, left.min(limit));
            if !text.is_empty() {
                if !out.is_empty() {
                    out.push_str("\n\n");
                }
                out.push_str(heading);
                out.push('\n');
                out.push_str(&text);
            }
        };
        add("Circumstances:", &self.scenario, TOLD_CHARS);
        if self.suggesting {
            let suggested = self.suggestions.iter().map(|suggestion| suggestion.text.as_str()).collect::<Vec<_>>();
            add("Suggested by the card's author for this voice only:", &suggested.join("\n"), SUGGESTED_CHARS);
        }
        for (at, sample) in self.samples.iter().enumerate() {
            add(if at == 0 { "How they talk, for example:" } else { "Another example:" }, sample, TOLD_CHARS);
        }
        out
    }
}

/// The blocks of sample dialogue, without the lines that begin them.
fn samples(text: &str) -> Vec<String> {
    let mut samples = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("<start>") {
            samples.push(String::new());
        } else if let Some(last) = samples.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    samples.iter().map(|sample| sample.trim().to_owned()).filter(|sample| !sample.is_empty()).collect()
}

fn proxy_tags(value: &serde_json::Value) -> Vec<(String, String)> {
    let pairs = value.as_array().map_or(&[][..], Vec::as_slice).iter();
    pairs.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()))).collect()
}

fn shorten(text: &str, limit: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…'].into_iter().take(limit.min(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_becomes_a_description_whose_samples_go_first() {
        let card = r#"{"name":"Mira","description":"{{char}} rows {{user}} over.","personality":"dry","scenario":"A river.",
            "first_mes":"Well?","mes_example":"<START>\n{{char}}: Pay first.\n<START>\n{{char}}: Sit down.\n{{mood}}"}"#;
        let persona = Persona::of(&Card::read(card).unwrap());
        insta::assert_snapshot!(persona.told(), @r"
        Mira rows the player over.

        dry

        Circumstances:
        A river.

        How they talk, for example:
        Mira: Pay first.

        Another example:
        Mira: Sit down.
        {{mood}}
        ");
        assert_eq!(persona.unknown_macros, ["mood"]);
        let long = card.replace("dry", &"dry ".repeat(2_000));
        let told = Persona::of(&Card::read(&long).unwrap()).told();
        assert!(told.chars().count() <= TOLD_CHARS && told.starts_with("Mira rows") && !told.contains("Pay first"));
    }

    #[test]
    fn greetings_are_said_to_those_who_play_and_each_has_its_number() {
        let card = r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Mira Vance","nickname":"Mira",
            "first_mes":" {{char}} nods to <USER>. ","alternate_greetings":["{{// only a note }}","Back, {{user}}? {{mood}}"],
            "group_only_greetings":["All of you? {{roll:d6}}"]}}"#;
        let persona = Persona::of(&Card::read(card).unwrap());
        let told = |which, players| persona.greeting(which, players, 7);
        assert_eq!(told(0, "Ana, Tom").as_deref(), Some("Mira nods to Ana, Tom."));
        assert_eq!(told(0, "").as_deref(), Some("Mira nods to the player."));
        assert_eq!(told(1, "{{char}}").as_deref(), Some("Back, {{char}}? {{mood}}"), "a name is no macro");
        let rolls: Vec<_> = (0..20).filter_map(|seed| persona.greeting(2, "Ana", seed)).collect();
        assert!(
            rolls.iter().all(|told| told.starts_with("All of you? ")) && rolls.iter().any(|told| *told != rolls[0])
        );
        assert_eq!((told(3, "Ana"), persona.unknown_macros.as_slice()), (None, &["mood".to_owned()][..]));
    }

    #[test]
    fn suggestions_are_told_as_such_and_can_be_turned_off() {
        let card = r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Mira","system_prompt":"{{original}}Obey Mira.",
            "extensions":{"depth_prompt":{"prompt":"Be curt.","depth":4},"gm":{"suggestions":true}}}}"#;
        let told = Persona::of(&Card::read(card).unwrap()).told();
        assert_eq!(told, "Suggested by the card's author for this voice only:\nObey Mira.\nBe curt.");
        let off = Card::read(&card.replace("\"suggestions\":true", "\"suggestions\":false")).unwrap();
        assert_eq!(Persona::of(&off).told(), "");
    }
}
