//! What is read from a card: the fields that this program uses, whatever their generation. PURE.
//! A field of a wrong kind counts as absent here; `check` says that it is wrong.

use serde_json::Value;

/// The fields of a card. Texts are as the card has them: macros not replaced, nothing made harmless.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// The character's name.
    pub name: String,
    /// What the character is called; wins over `name`.
    pub nickname: String,
    /// Who they are.
    pub description: String,
    /// The same in short.
    pub personality: String,
    /// The circumstances.
    pub scenario: String,
    /// How a scene with them opens.
    pub first_mes: String,
    /// Samples of how they talk; each begins with a line `<START>`.
    pub mes_example: String,
    /// A note of the author to people.
    pub creator_notes: String,
    /// What the author would have a model told first.
    pub system_prompt: String,
    /// What the author would have a model told last.
    pub post_history_instructions: String,
    /// Other openings.
    pub alternate_greetings: Vec<String>,
    /// Openings for groups.
    pub group_only_greetings: Vec<String>,
    /// For sorting.
    pub tags: Vec<String>,
    /// Who wrote the card.
    pub creator: String,
    /// The author's version of it.
    pub character_version: String,
    /// How often they speak unasked, 0 to 1.
    pub talkativeness: Option<f64>,
    /// A late reminder.
    pub reminder: Option<Reminder>,
    /// The character's own lorebook.
    pub book: Option<Value>,
    /// What this program keeps in a card (`extensions.gm`).
    pub own: Value,
    /// The main picture's address, by the V3 list of assets.
    pub icon: Option<String>,
}

/// A text that is told late (`extensions.depth_prompt`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// What.
    pub text: String,
    /// Before how many of the last messages.
    pub depth: u64,
}

impl Fields {
    /// Reads the object that holds the fields.
    pub(super) fn read(data: &Value) -> Self {
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        let texts = |key: &str| {
            let list = data[key].as_array().map_or(&[][..], Vec::as_slice);
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let extensions = &data["extensions"];
        Self {
            name: text("name"),
            nickname: text("nickname"),
            description: text("description"),
            personality: text("personality"),
            scenario: text("scenario"),
            first_mes: text("first_mes"),
            mes_example: text("mes_example"),
            creator_notes: text("creator_notes"),
            system_prompt: text("system_prompt"),
            post_history_instructions: text("post_history_instructions"),
            alternate_greetings: texts("alternate_greetings"),
            group_only_greetings: texts("group_only_greetings"),
            tags: texts("tags"),
            creator: text("creator"),
            character_version: text("character_version"),
            talkativeness: talkativeness(&extensions["talkativeness"]),
            reminder: reminder(&extensions["depth_prompt"]),
            book: Some(&data["character_book"]).filter(|book| book.is_object()).cloned(),
            own: extensions["gm"].clone(),
            icon: icon(&data["assets"]),
        }
    }
}

/// Cards have it as a number and as a text.
fn talkativeness(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then(|| number.clamp(0.0, 1.0))
}

fn reminder(value: &Value) -> Option<Reminder> {
    let text = value["prompt"].as_str().filter(|text| !text.trim().is_empty())?.to_owned();
    Some(Reminder { text, depth: value["depth"].as_u64().unwrap_or(4) })
}

fn icon(assets: &Value) -> Option<String> {
    let icons: Vec<_> = assets.as_array()?.iter().filter(|asset| asset["type"] == "icon").collect();
    let main = icons.iter().find(|asset| asset["name"] == "main").or(icons.first())?;
    main["uri"].as_str().map(str::to_owned)
}
