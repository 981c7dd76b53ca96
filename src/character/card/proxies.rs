//! The exports of Tupperbox and PluralKit: each of their people becomes a card. PURE.
//! What is about the life of the person behind them is left out, and the importer says so.

use serde_json::{Map, Value, json};

use super::Card;
use super::parcel::{CardFault, Carrier, Parcel};

/// The most people that are taken from one export.
const PEOPLE: usize = 500;

/// The people of an export; none if it is no export of either.
pub(super) fn read(value: &Value) -> Option<Result<Vec<Parcel>, CardFault>> {
    if let Some(tuppers) = value["tuppers"].as_array() {
        let note = "Counters, birthdays and groups of the export were left out.";
        return Some(people(tuppers, Carrier::Tupperbox, note, tupper));
    }
    let members = value["members"].as_array()?;
    let is_export = value["switches"].is_array() || value["version"].is_number();
    let note = "Switches, groups, birthdays and privacy settings were left out: they are somebody's private life.";
    is_export.then(|| people(members, Carrier::PluralKit, note, member))
}

fn people(
    list: &[Value],
    carrier: Carrier,
    note: &str,
    read: impl Fn(&Value) -> Option<Value>,
) -> Result<Vec<Parcel>, CardFault> {
    if list.len() > PEOPLE {
        return Err(CardFault::NotACard("the export has more than 500 people"));
    }
    let mut parcels = Vec::new();
    for card in list.iter().filter_map(read) {
        let mut parcel = Parcel::plain(Card::read(&card.to_string())?, carrier);
        parcel.notes.push(note.to_owned());
        parcels.push(parcel);
    }
    if parcels.is_empty() { Err(CardFault::NotACard("the export has nobody with a name")) } else { Ok(parcels) }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn tupper(from: &Value) -> Option<Value> {
    let name = named(&from["name"])?;
    // Prefix and suffix stand flat, one pair behind the other.
    let brackets: Vec<_> = from["brackets"].as_array().map_or(&[][..], Vec::as_slice).iter().map(text).collect();
    let tags = brackets.chunks(2).map(|pair| (pair[0], pair.get(1).copied().unwrap_or_default()));
    Some(card(name, text(&from["nick"]), text(&from["description"]), text(&from["avatar_url"]), tags))
}

fn member(from: &Value) -> Option<Value> {
    let name = named(&from["name"])?;
    let tags = from["proxy_tags"].as_array().map_or(&[][..], Vec::as_slice);
    let tags = tags.iter().map(|tag| (text(&tag["prefix"]), text(&tag["suffix"])));
    Some(card(name, text(&from["display_name"]), text(&from["description"]), text(&from["avatar_url"]), tags))
}

fn named(name: &Value) -> Option<&str> {
    name.as_str().filter(|name| !name.trim().is_empty())
}

fn card<'a>(
    name: &str,
    nickname: &str,
    description: &str,
    avatar: &str,
    tags: impl Iterator<Item = (&'a str, &'a str)>,
) -> Value {
    let tags: Vec<_> = tags.filter(|tag| *tag != ("", "")).map(|(prefix, suffix)| json!([prefix, suffix])).collect();
    let mut data = Map::new();
    for key in ["personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt"] {
        data.insert(key.to_owned(), Value::from(""));
    }
    for key in ["post_history_instructions", "creator", "character_version"] {
        data.insert(key.to_owned(), Value::from(""));
    }
    for key in ["alternate_greetings", "group_only_greetings", "tags"] {
        data.insert(key.to_owned(), json!([]));
    }
    data.insert("name".to_owned(), Value::from(name));
    data.insert("nickname".to_owned(), Value::from(nickname));
    data.insert("description".to_owned(), Value::from(description));
    data.insert("extensions".to_owned(), json!({ "gm": { "proxy_tags": tags } }));
    if avatar.starts_with("https://") {
        data.insert("assets".to_owned(), json!([{ "type": "icon", "name": "main", "uri": avatar, "ext": "unknown" }]));
    }
    json!({ "spec": "chara_card_v3", "spec_version": "3.0", "data": data })
}
