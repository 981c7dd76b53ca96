//! Discord's own API description as judge of request bodies, with four adjustments that make it useful, and of this
//! crate's own answers. Never the only judge: `rest::limits` knows what the description leaves out.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

static SPEC: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../spec/openapi.json")).expect("the embedded description is JSON")
});
/// The components with every object closed and numbers as lenient as Discord.
static STRICT: LazyLock<Value> = LazyLock::new(|| adjusted(&SPEC["components"], Objects::Closed));
/// The same with objects left open.
static LENIENT: LazyLock<Value> = LazyLock::new(|| adjusted(&SPEC["components"], Objects::Open));
/// Compiling costs tens of milliseconds, so each schema is compiled once a process.
static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Checks the body of a request; the error says where and what.
pub(crate) fn check_request(method: &str, template: &str, body: &Value) -> Result<(), String> {
    let Some(whole) = schema_of_request(method, template) else {
        return if body.is_null() { Ok(()) } else { Err("this route takes no body".to_owned()) };
    };
    // Adjustment 3: serenity sends `nsfw` (documented, not described) and foreign empty lists when it registers commands.
    let (body, components) = if template.ends_with("/commands") {
        (without_nothings(body, Nothing::NullOrEmpty), &*LENIENT)
    } else {
        (with_plain_embeds(body), &*STRICT)
    };
    let verdict = validate(&format!("{method} {template}"), whole, components, &body);
    // Errors of a whole `anyOf` are vague: the one component that was meant says more.
    match (verdict, meant(template, &body)) {
        (Err(_), Some(name)) => {
            let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            validate(name, &schema, components, &body).and_then(|()| Err(format!("only {name} by itself allows it")))
        }
        (verdict, _) => verdict,
    }
}

/// Checks an answer of this crate; used by its own tests.
pub fn check_answer(method: &str, template: &str, status: u16, body: &Value) -> Result<(), String> {
    let answers = &SPEC["paths"][template][method.to_lowercase()]["responses"];
    let answer = answers.get(status.to_string()).ok_or_else(|| format!("{status} is no described answer"))?;
    match answer.pointer("/content/application~1json/schema") {
        Some(schema) => validate(&format!("answer {method} {template}"), schema, &LENIENT, body),
        None if body.is_null() => Ok(()),
        None => Err("this answer has no body".to_owned()),
    }
}

fn schema_of_request(method: &str, template: &str) -> Option<&'static Value> {
    SPEC["paths"][template][method.to_lowercase()].pointer("/requestBody/content/application~1json/schema")
}

fn meant(template: &str, body: &Value) -> Option<&'static str> {
    if template.starts_with("/webhooks/") {
        return Some("IncomingWebhookRequestPartial").filter(|_| !template.contains("/messages/"));
    }
    match body["type"].as_u64().filter(|_| template.ends_with("/callback"))? {
        4 | 5 => Some("CreateMessageInteractionCallbackRequest"),
        6 | 7 => Some("UpdateMessageInteractionCallbackRequest"),
        8 => Some("ApplicationCommandAutocompleteCallbackRequest"),
        9 => Some("ModalInteractionCallbackRequest"),
        _ => None,
    }
}

fn validate(key: &str, schema: &Value, components: &Value, body: &Value) -> Result<(), String> {
    let validator = compiled(key, schema, components)?;
    let told: Vec<String> =
        validator.iter_errors(body).take(3).map(|error| format!("at `{}`: {error}", error.instance_path())).collect();
    if told.is_empty() { Ok(()) } else { Err(told.join("; ").chars().take(600).collect()) }
}

fn compiled(key: &str, schema: &Value, components: &Value) -> Result<Arc<Validator>, String> {
    let cache = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache().get(key) {
        return Ok(Arc::clone(known));
    }
    let closing = if std::ptr::eq(components, &*STRICT) { Objects::Closed } else { Objects::Open };
    let root = json!({ "components": components, "allOf": [adjusted(schema, closing)] });
    let built = jsonschema::draft202012::new(&root).map_err(|error| format!("the description is broken: {error}"))?;
    let built = Arc::new(built);
    cache().insert(key.to_owned(), Arc::clone(&built));
    Ok(built)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Objects {
    /// Adjustment 1: unknown keys are refused, as no schema does by itself.
    Closed,
    Open,
}

fn adjusted(schema: &Value, objects: Objects) -> Value {
    match schema {
        Value::Array(list) => list.iter().map(|item| adjusted(item, objects)).collect(),
        Value::Object(map) => {
            let mut out: Map<String, Value> = map.iter().map(|(k, v)| (k.clone(), adjusted(v, objects))).collect();
            // `properties` with a map inside is the keyword; a property of that name would have a schema instead.
            let is_object = out.get("properties").is_some_and(Value::is_object) && out.contains_key("type");
            if objects == Objects::Closed && is_object {
                out.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            loosen_numbers(&mut out);
            Value::Object(out)
        }
        other => other.clone(),
    }
}

/// Adjustment 2: integer-like strings for integers, integers for snowflakes.
fn loosen_numbers(schema: &mut Map<String, Value>) {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default().to_owned();
    let has = |kind: &str| match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(many)) => many.iter().any(|item| item == kind),
        _ => false,
    };
    let fixed = ["enum", "oneOf", "const"].iter().any(|key| schema.contains_key(*key));
    // `nonce` is the one int64: there a string is another branch.
    let extra = if has("integer") && !fixed && format != "int64" {
        schema.insert("pattern".to_owned(), json!("^-?[0-9]+$"));
        "string"
    } else if has("string") && format == "snowflake" {
        "integer"
    } else {
        return;
    };
    let mut kinds = match schema.remove("type") {
        Some(Value::Array(many)) => many,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    kinds.push(json!(extra));
    schema.insert("type".to_owned(), Value::Array(kinds));
}

/// What counts as saying nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nothing {
    Null,
    NullOrEmpty,
}

/// Drops members that say nothing.
fn without_nothings(value: &Value, nothing: Nothing) -> Value {
    let says = |v: &Value| {
        let empty = nothing == Nothing::NullOrEmpty && v.as_array().is_some_and(Vec::is_empty);
        !v.is_null() && !empty
    };
    match value {
        Value::Array(list) => list.iter().map(|item| without_nothings(item, nothing)).collect(),
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, v)| says(v));
            Value::Object(kept.map(|(k, v)| (k.clone(), without_nothings(v, nothing))).collect())
        }
        other => other.clone(),
    }
}

/// Adjustment 4: serenity repeats fields of answers inside embeds (`proxy_url`, `height`), as nulls that Discord ignores.
fn with_plain_embeds(value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let plain = |(key, value): (&String, &Value)| {
        let value = if key == "embeds" { without_nothings(value, Nothing::Null) } else { with_plain_embeds(value) };
        (key.clone(), value)
    };
    Value::Object(map.iter().map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = "/channels/{channel_id}/messages";

    fn create(body: Value) -> Result<(), String> {
        check_request("POST", CREATE, &body)
    }

    #[test]
    fn misspelt_fields_are_found() {
        create(json!({ "content": "hi", "nonce": "123", "enforce_nonce": true })).unwrap();
        assert!(create(json!({ "contnet": "hi" })).unwrap_err().contains("contnet"));
        let hook = "/webhooks/{webhook_id}/{webhook_token}";
        check_request("POST", hook, &json!({ "content": "hi", "username": "Mira" })).unwrap();
        assert!(check_request("POST", hook, &json!({ "content": "hi", "username": "" })).is_err());
    }

    #[test]
    fn numbers_may_be_strings_where_discord_takes_them() {
        create(json!({ "content": "x", "attachments": [{ "id": 0, "filename": "a.txt" }] })).unwrap();
        let commands = "/applications/{application_id}/commands";
        let roll = json!([{
            "name": "roll", "description": "Rolls", "default_member_permissions": "32", "nsfw": false,
            "options": [{ "type": 3, "name": "dice", "description": "d", "choices": [], "min_value": null }],
        }]);
        check_request("PUT", commands, &roll).unwrap();
        let long = json!([{ "name": "roll", "description": "d".repeat(101) }]);
        assert!(check_request("PUT", commands, &long).is_err());
    }

    #[test]
    fn limits_of_the_description_hold() {
        for bad in [
            json!({ "content": "x".repeat(4001) }),
            json!({ "embeds": [{ "title": "t".repeat(257) }] }),
            json!({ "embeds": [{ "color": 0x0100_0000 }] }),
            json!({ "embeds": [{ "title": "x", "tittle": "y" }] }),
            json!({ "content": "x", "nonce": "n".repeat(26) }),
            json!({ "content": "x", "allowed_mentions": { "parse": ["people"] } }),
        ] {
            assert!(create(bad.clone()).is_err(), "{bad}");
        }
        let callback = "/interactions/{interaction_id}/{interaction_token}/callback";
        let told = check_request("POST", callback, &json!({ "type": 4, "data": { "content": "x".repeat(2001) } }));
        assert!(told.unwrap_err().contains("/data"), "the meant component says where");
        check_request("POST", callback, &json!({ "type": 5, "data": { "flags": 64 } })).unwrap();
    }
}
