//! Registration of application commands (documentation: interactions/application-commands). Never their use.

use serde_json::{Value, json};

use crate::id::Id;
use crate::world::World;

use super::guilds;
use super::refusal::{MISSING_ACCESS, Refusal, UNKNOWN_COMMAND};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// Characters of all names, descriptions and choice values of a command together.
const LONGEST_COMMAND: usize = 8000;

/// Which book of commands a route writes.
#[derive(Clone, Copy)]
enum Book {
    Global,
    Guild,
}

fn book<'a>(world: &'a mut World, call: &Call, book: Book) -> Result<&'a mut Vec<Value>, Refusal> {
    if call.id("application_id")? != world.application {
        return Err(MISSING_ACCESS);
    }
    match book {
        Book::Global => Ok(&mut world.global_commands),
        Book::Guild => {
            guilds::known(world, call)?;
            Ok(&mut world.guild_commands)
        }
    }
}

fn list(world: &mut World, call: &Call, which: Book) -> Done {
    Reply::ok(Value::Array(book(world, call, which)?.clone()))
}

fn overwrite(world: &mut World, call: &Call, which: Book) -> Done {
    let old = book(world, call, which)?.clone();
    let wanted = call.body.as_array().cloned().unwrap_or_default();
    let mut new: Vec<Value> = Vec::new();
    for (at, command) in wanted.iter().enumerate() {
        check(command, &at.to_string())?;
        let full = register(world, command, &old, which);
        if new.iter().any(|other| same(other, &full)) {
            let said = "Application command names must be unique";
            return Err(Refusal::form(&at.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", said));
        }
        new.push(full);
    }
    *book(world, call, which)? = new.clone();
    Reply::ok(Value::Array(new))
}

fn create(world: &mut World, call: &Call, which: Book) -> Done {
    let old = book(world, call, which)?.clone();
    check(&call.body, "name")?;
    let full = register(world, &call.body, &old, which);
    let book = book(world, call, which)?;
    let existed = book.iter().any(|other| same(other, &full));
    book.retain(|other| !same(other, &full));
    book.push(full.clone());
    Ok(Reply::Json(if existed { 200 } else { 201 }, full))
}

fn delete(world: &mut World, call: &Call, which: Book) -> Done {
    let id = call.id("command_id")?.json();
    let book = book(world, call, which)?;
    let before = book.len();
    book.retain(|command| command["id"] != id);
    if book.len() == before { Err(UNKNOWN_COMMAND) } else { Ok(Reply::Nothing) }
}

fn same(a: &Value, b: &Value) -> bool {
    a["name"] == b["name"] && a["type"] == b["type"]
}

/// The command as it is answered from now on; one of the same name keeps its id.
fn register(world: &mut World, command: &Value, old: &[Value], which: Book) -> Value {
    let mut full = json!({
        "application_id": world.application.json(), "type": 1, "description": "", "default_member_permissions": null,
        "dm_permission": true, "contexts": null, "integration_types": [0], "nsfw": false, "options": [],
        "version": world.next_id().json(),
    });
    for (key, value) in command.as_object().into_iter().flatten() {
        if !value.is_null() {
            full[key] = value.clone();
        }
    }
    if let Value::Number(bits) = &full["default_member_permissions"] {
        full["default_member_permissions"] = json!(bits.to_string());
    }
    let known = old.iter().find(|other| same(other, &full)).and_then(|other| Id::from_json(&other["id"]));
    full["id"] = known.unwrap_or_else(|| world.next_id()).json();
    if matches!(which, Book::Guild) {
        full["guild_id"] = world.guild.id.json();
    }
    full
}

fn check(command: &Value, path: &str) -> Result<(), Refusal> {
    let name = command["name"].as_str().unwrap_or_default();
    let chat = command["type"].as_u64().unwrap_or(1) == 1;
    if chat {
        check_name(name, &format!("{path}.name"))?;
    }
    if text_of(command) > LONGEST_COMMAND {
        return Err(Refusal::form(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)"));
    }
    check_options(&command["options"], path)
}

fn check_options(options: &Value, path: &str) -> Result<(), Refusal> {
    let mut seen_optional = false;
    let mut names: Vec<&str> = Vec::new();
    for (at, option) in options.as_array().into_iter().flatten().enumerate() {
        let here = format!("{path}.options.{at}");
        let name = option["name"].as_str().unwrap_or_default();
        check_name(name, &format!("{here}.name"))?;
        if names.contains(&name) {
            return Err(Refusal::form(&here, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name already in use"));
        }
        names.push(name);
        let required = option["required"] == true;
        if required && seen_optional {
            let said = "Required options must be placed before non-required options";
            return Err(Refusal::form(&here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said));
        }
        let value = !matches!(option["type"].as_u64(), Some(1 | 2));
        seen_optional |= value && !required;
        check_options(&option["options"], &here)?;
    }
    Ok(())
}

/// `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, in lower case where there is one.
fn check_name(name: &str, path: &str) -> Result<(), Refusal> {
    let known = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\''));
    let length = name.chars().count();
    if known && name.to_lowercase() == name && (1..=32).contains(&length) {
        return Ok(());
    }
    Err(Refusal::form(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"))
}

fn text_of(value: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let below: usize =
        ["options", "choices"].iter().flat_map(|list| value[*list].as_array().into_iter().flatten()).map(text_of).sum();
    length(&value["name"]) + length(&value["description"]) + length(&value["value"]) + below
}

pub(crate) fn list_global(world: &mut World, call: &Call) -> Done {
    list(world, call, Book::Global)
}

pub(crate) fn overwrite_global(world: &mut World, call: &Call) -> Done {
    overwrite(world, call, Book::Global)
}

pub(crate) fn create_global(world: &mut World, call: &Call) -> Done {
    create(world, call, Book::Global)
}

pub(crate) fn delete_global(world: &mut World, call: &Call) -> Done {
    delete(world, call, Book::Global)
}

pub(crate) fn list_guild(world: &mut World, call: &Call) -> Done {
    list(world, call, Book::Guild)
}

pub(crate) fn overwrite_guild(world: &mut World, call: &Call) -> Done {
    overwrite(world, call, Book::Guild)
}

pub(crate) fn create_guild(world: &mut World, call: &Call) -> Done {
    create(world, call, Book::Guild)
}

pub(crate) fn delete_guild(world: &mut World, call: &Call) -> Done {
    delete(world, call, Book::Guild)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_names_are_lower_case_words() {
        assert!(check_name("würfel-wurf", "x").is_ok());
        for bad in ["Roll", "two words", "", "a/b"] {
            assert!(check_name(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn required_options_come_first() {
        let late = json!({ "name": "a", "options": [{ "name": "b", "type": 3 }, { "name": "c", "type": 3, "required": true }] });
        assert!(check(&late, "0").is_err());
        let subcommands = json!({ "name": "a", "options": [
            { "name": "b", "type": 1, "options": [{ "name": "x", "type": 3 }] },
            { "name": "c", "type": 1, "options": [{ "name": "x", "type": 3, "required": true }] },
        ] });
        assert!(check(&subcommands, "0").is_ok());
    }
}
