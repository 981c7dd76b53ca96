//! What Discord refuses although its API description allows it, and the limits of a message
//! (documentation: resources/message; components/reference). Never changes what it reads.

use serde_json::Value;

use crate::world::message::COMPONENTS_V2;

use super::refusal::Refusal;

/// Code points of a message's text, on every route an app may use.
const LONGEST_TEXT: usize = 2000;
/// Code points of all embeds of a message together.
const EMBEDS_TOGETHER: usize = 6000;
/// Code points of all text parts of a Components V2 message together.
const V2_TEXT_TOGETHER: usize = 4000;
/// Components of a V2 message, nested ones counted.
const V2_COMPONENTS: usize = 40;
/// Bytes of one file for an ordinary guild.
pub(crate) const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// Files of a message.
pub(crate) const MOST_FILES: usize = 10;

/// Checks what a message says, before it exists. `flags` are those it will have.
pub(crate) fn check_message(payload: &Value, flags: u64) -> Result<(), Refusal> {
    check_content(&payload["content"])?;
    check_embeds(&payload["embeds"])?;
    check_allowed_mentions(&payload["allowed_mentions"])?;
    check_components(&payload["components"])?;
    if flags & COMPONENTS_V2 != 0 { check_v2(payload) } else { Ok(()) }
}

fn check_content(content: &Value) -> Result<(), Refusal> {
    let length = content.as_str().map_or(0, |text| text.chars().count());
    if length > LONGEST_TEXT {
        return Err(Refusal::form("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length."));
    }
    Ok(())
}

fn check_embeds(embeds: &Value) -> Result<(), Refusal> {
    let Some(embeds) = embeds.as_array() else { return Ok(()) };
    if embeds.len() > 10 {
        return Err(Refusal::form("embeds", "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length."));
    }
    if embeds.iter().map(embed_length).sum::<usize>() > EMBEDS_TOGETHER {
        let said = "Embed size exceeds maximum size of 6000";
        return Err(Refusal::form("embeds.0", "MAX_EMBED_SIZE_EXCEEDED", said));
    }
    Ok(())
}

/// Title, description, field names and values, footer and author, trimmed (resources/message, "Embed Limits").
fn embed_length(embed: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.trim().chars().count());
    let fields = embed["fields"]
        .as_array()
        .map_or(0, |fields| fields.iter().map(|field| length(&field["name"]) + length(&field["value"])).sum::<usize>());
    length(&embed["title"])
        + length(&embed["description"])
        + length(&embed["footer"]["text"])
        + length(&embed["author"]["name"])
        + fields
}

fn check_allowed_mentions(allowed: &Value) -> Result<(), Refusal> {
    for kind in ["users", "roles"] {
        let parses = allowed["parse"].as_array().is_some_and(|list| list.iter().any(|item| item == kind));
        let lists = allowed[kind].as_array().is_some_and(|list| !list.is_empty());
        if parses && lists {
            let said = format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            return Err(Refusal::form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &said));
        }
    }
    Ok(())
}

fn check_components(components: &Value) -> Result<(), Refusal> {
    let mut ids: Vec<String> = Vec::new();
    let mut doubled = false;
    walk(components, &mut |component| {
        if let Some(id) = component["custom_id"].as_str() {
            doubled |= ids.iter().any(|known| known == id);
            ids.push(id.to_owned());
        }
    });
    if doubled {
        let said = "Component custom id cannot be duplicated";
        return Err(Refusal::form("components.0", "COMPONENT_CUSTOM_ID_DUPLICATED", said));
    }
    Ok(())
}

fn check_v2(payload: &Value) -> Result<(), Refusal> {
    for field in ["content", "embeds", "poll", "sticker_ids", "stickers"] {
        let filled = match &payload[field] {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        if filled {
            let code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
            let said = format!("The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
            return Err(Refusal::form(field, code, &said));
        }
    }
    let (mut count, mut text) = (0, 0);
    walk(&payload["components"], &mut |component| {
        count += 1;
        text += component["content"].as_str().map_or(0, |content| content.chars().count());
    });
    if count > V2_COMPONENTS {
        return Err(Refusal::form(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "Total of components over 40",
        ));
    }
    if text > V2_TEXT_TOGETHER {
        return Err(Refusal::form("components", "BASE_TYPE_MAX_LENGTH", "Text of all parts over 4000 characters"));
    }
    Ok(())
}

/// Visits each component, nested ones too.
pub(crate) fn walk<'a>(components: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    for component in components.as_array().into_iter().flatten() {
        visit(component);
        walk(&component["components"], visit);
        for single in ["accessory", "component"] {
            if component[single].is_object() {
                visit(&component[single]);
            }
        }
    }
}

/// Checks a webhook's name (documentation: resources/webhook, "Create Webhook").
pub(crate) fn check_webhook_name(field: &str, name: &str) -> Result<(), Refusal> {
    let low = name.trim().to_lowercase();
    if low.is_empty() || low.chars().count() > 80 {
        return Err(Refusal::form(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length."));
    }
    for word in ["clyde", "discord"] {
        if low.contains(word) {
            let said = format!("Username cannot contain \"{word}\"");
            return Err(Refusal::form(field, "USERNAME_INVALID_CONTAINS", &said));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(payload: &Value, flags: u64) -> Option<u64> {
        check_message(payload, flags).err().map(|refusal| refusal.code)
    }

    #[test]
    fn text_is_counted_in_code_points() {
        assert_eq!(code(&json!({ "content": "🜚".repeat(2000) }), 0), None);
        assert_eq!(code(&json!({ "content": "a".repeat(2001) }), 0), Some(50035));
    }

    #[test]
    fn embeds_are_limited_together() {
        let half = json!({ "description": "d".repeat(3000) });
        assert_eq!(code(&json!({ "embeds": [half, half] }), 0), None);
        assert_eq!(code(&json!({ "embeds": [half, half, { "title": "t" }] }), 0), Some(50035));
    }

    #[test]
    fn parse_and_list_exclude_each_other() {
        assert_eq!(code(&json!({ "allowed_mentions": { "parse": ["users"], "users": ["1"] } }), 0), Some(50035));
        assert_eq!(code(&json!({ "allowed_mentions": { "parse": ["roles"], "users": ["1"] } }), 0), None);
    }

    #[test]
    fn components_v2_stand_alone() {
        let text = json!([{ "type": 10, "content": "x" }]);
        assert_eq!(code(&json!({ "components": text }), COMPONENTS_V2), None);
        assert_eq!(code(&json!({ "components": text, "content": "y" }), COMPONENTS_V2), Some(50035));
        let long = json!([{ "type": 10, "content": "x".repeat(2500) }, { "type": 10, "content": "x".repeat(2500) }]);
        assert_eq!(code(&json!({ "components": long }), COMPONENTS_V2), Some(50035));
    }

    #[test]
    fn two_buttons_with_one_id_are_refused() {
        let row =
            json!([{ "type": 1, "components": [{ "type": 2, "custom_id": "a" }, { "type": 2, "custom_id": "a" }] }]);
        assert_eq!(code(&json!({ "components": row }), 0), Some(50035));
    }

    #[test]
    fn webhooks_cannot_pose_as_discord() {
        assert!(check_webhook_name("name", "Mira the Sly").is_ok());
        assert!(check_webhook_name("name", "Clyde").is_err());
        assert!(check_webhook_name("name", "my DISCORD friend").is_err());
        assert!(check_webhook_name("name", " ").is_err());
    }
}
