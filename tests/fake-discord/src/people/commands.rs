//! Builds the interactions people cause: commands, their options, buttons, menus and forms. What Discord's own client
//! would not let a person do panics here; it never reaches the bot.

use serde_json::{Map, Value, json};

use crate::id::Id;
use crate::permissions::Permission;
use crate::rest::limits::walk;
use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::World;
use crate::world::change::Change;
use crate::world::interaction::{Interaction, Kind};
use crate::world::message::{Content, Message};

use super::handle::Modal;

/// One offered value of an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the person reads.
    pub name: String,
    /// What the bot gets.
    pub value: Value,
}

impl Choice {
    pub(crate) fn read(value: &Value) -> Self {
        Self { name: value["name"].as_str().unwrap_or_default().to_owned(), value: value["value"].clone() }
    }
}

/// Waits until a command of that first word, or that whole name, is registered.
pub(crate) async fn registered(shared: &Shared, command: &str) {
    shared.wait(&format!("command {command:?}"), || shared.read(|world| find(world, command).map(|_| ()))).await;
}

fn find(world: &World, command: &str) -> Option<Value> {
    let first = command.split(' ').next().unwrap_or_default();
    let all = || world.guild_commands.iter().chain(&world.global_commands);
    let whole = all().find(|known| known["name"] == command);
    whole.or_else(|| all().find(|known| known["name"] == first && known["type"] == 1)).cloned()
}

/// Uses a chat command; with `typing` it asks for choices of that option instead.
pub(crate) fn invoke(
    world: &mut World,
    user: Id,
    channel: Id,
    path: &str,
    options: &Value,
    typing: Option<(&str, &str)>,
) -> Id {
    let command = find(world, path).unwrap_or_else(|| panic!("no command {path:?}"));
    check_allowed(world, user, channel, &command);
    let mut given = options.as_object().cloned().unwrap_or_default();
    let mut resolved = json!({});
    let words: Vec<&str> = path.split(' ').skip(1).collect();
    let built = build_options(world, &command, &words, &mut given, typing, &mut resolved);
    assert!(given.is_empty(), "command {path:?} has no options {:?}", given.keys().collect::<Vec<_>>());
    let mut data = json!({ "id": command["id"], "name": command["name"], "type": 1, "options": built });
    if command.get("guild_id").is_some() {
        data["guild_id"] = command["guild_id"].clone();
    }
    if resolved != json!({}) {
        data["resolved"] = resolved;
    }
    let kind = if typing.is_some() { Kind::Autocomplete } else { Kind::Command };
    let label = format!("/{path} of {}", world.users[&user].name);
    begin(world, Start { user, channel, kind, source: None, data, label })
}

/// Uses a context menu command on a message.
pub(crate) fn invoke_on(world: &mut World, user: Id, message: Id, name: &str) -> Id {
    let command = find(world, name).filter(|c| c["type"] == 3).unwrap_or_else(|| panic!("no message command {name:?}"));
    let target = world.messages[&message].clone();
    check_allowed(world, user, target.channel, &command);
    // The target of a message command is readable whatever the intents.
    let shown = world.message_json(&target, Content::Granted);
    let data = json!({
        "id": command["id"], "name": name, "type": 3, "target_id": message.json(),
        "resolved": { "messages": { message.to_string(): shown } },
    });
    let label = format!("{name:?} by {}", world.users[&user].name);
    begin(world, Start { user, channel: target.channel, kind: Kind::ContextMenu, source: None, data, label })
}

/// `default_member_permissions` hides a command from those who lack them.
fn check_allowed(world: &World, user: Id, channel: Id, command: &Value) {
    let channel = &world.channels[&channel];
    let needed = command["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
    let rights = world.permissions_in(user, channel);
    let name = &world.users[&user].name;
    let shown = needed.is_none_or(|needed| rights & needed == needed && (needed != 0 || rights == Permission::ALL));
    assert!(channel.is_direct() || shown, "Discord does not show {} to {name}", command["name"]);
    assert!(rights & Permission::USE_APPLICATION_COMMANDS != 0, "{name} may not use commands here");
}

/// The options as they are sent: down to the subcommand, then by the types the command says.
fn build_options(
    world: &World,
    level: &Value,
    words: &[&str],
    given: &mut Map<String, Value>,
    typing: Option<(&str, &str)>,
    resolved: &mut Value,
) -> Vec<Value> {
    let known = level["options"].as_array().cloned().unwrap_or_default();
    if let Some((word, rest)) = words.split_first() {
        let sub = known.iter().find(|option| option["name"] == *word && matches!(option["type"].as_u64(), Some(1 | 2)));
        let sub = sub.unwrap_or_else(|| panic!("{} has no subcommand {word:?}", level["name"]));
        let inner = build_options(world, sub, rest, given, typing, resolved);
        return vec![json!({ "name": word, "type": sub["type"], "options": inner })];
    }
    let needs_sub = known.iter().any(|option| matches!(option["type"].as_u64(), Some(1 | 2)));
    assert!(!needs_sub, "{} needs a subcommand", level["name"]);
    let mut built = Vec::new();
    for option in &known {
        let name = option["name"].as_str().unwrap_or_default();
        if let Some((_, partial)) = typing.filter(|(focused, _)| *focused == name) {
            assert!(option["autocomplete"] == true, "option {name} offers no choices while typing");
            built.push(json!({ "name": name, "type": option["type"], "value": partial, "focused": true }));
        } else if let Some(value) = given.remove(name) {
            let value = option_value(world, option, value, resolved);
            built.push(json!({ "name": name, "type": option["type"], "value": value }));
        } else {
            assert!(typing.is_some() || option["required"] != true, "option {name} is required");
        }
    }
    built
}

fn option_value(world: &World, option: &Value, value: Value, resolved: &mut Value) -> Value {
    let name = &option["name"];
    let choices = option["choices"].as_array().filter(|list| !list.is_empty());
    let offered = choices.is_none_or(|list| list.iter().any(|choice| choice["value"] == value));
    assert!(offered, "{value} is not among the choices of {name}");
    match option["type"].as_u64() {
        Some(3) => assert!(value.is_string(), "option {name} takes text"),
        Some(4) => assert!(value.is_i64() || value.is_u64(), "option {name} takes a whole number"),
        Some(5) => assert!(value.is_boolean(), "option {name} takes true or false"),
        Some(10) => assert!(value.is_number(), "option {name} takes a number"),
        Some(6) => return resolve_user(world, &value, resolved),
        Some(7) => return resolve_channel(world, &value, resolved),
        Some(11) => {
            let id: Id = Id::from_json(&value).unwrap_or_else(|| panic!("option {name} takes a stored file"));
            resolved["attachments"][id.to_string()] = world.files[&id].attachment.json();
        }
        _ => {}
    }
    value
}

fn resolve_user(world: &World, value: &Value, resolved: &mut Value) -> Value {
    let by_name = value.as_str().and_then(|name| world.user_named(name));
    let id = by_name.or_else(|| Id::from_json(value)).unwrap_or_else(|| panic!("no user {value}"));
    resolved["users"][id.to_string()] = world.users[&id].json();
    if let Some(mut member) = world.partial_member_json(id) {
        member["permissions"] = json!(world.guild.base_permissions(id).to_string());
        resolved["members"][id.to_string()] = member;
    }
    id.json()
}

fn resolve_channel(world: &World, value: &Value, resolved: &mut Value) -> Value {
    let by_name = value.as_str().and_then(|name| world.channel_named(name));
    let id = by_name.or_else(|| Id::from_json(value)).unwrap_or_else(|| panic!("no channel {value}"));
    let mut channel = world.channel_json(&world.channels[&id]);
    channel["permissions"] = json!(world.permissions_in(world.bot, &world.channels[&id]).to_string());
    resolved["channels"][id.to_string()] = channel;
    id.json()
}

/// Clicks a button, or picks `values` in a menu.
pub(crate) fn click(world: &mut World, user: Id, message: Id, named: &str, values: Option<&[&str]>) -> Id {
    let source = world.messages[&message].clone();
    assert!(!source.deleted, "the message is gone");
    assert!(source.ephemeral_for.is_none_or(|viewer| viewer == user), "they do not see that message");
    let part = find_part(&source, named);
    assert!(part["disabled"] != true, "{named:?} is disabled");
    let custom_id =
        part["custom_id"].as_str().unwrap_or_else(|| panic!("{named:?} is a link and tells the bot nothing"));
    let mut data = json!({ "custom_id": custom_id, "component_type": part["type"], "id": 1 });
    if let Some(values) = values {
        data["values"] = json!(values);
    }
    let label = format!("{named:?} clicked by {}", world.users[&user].name);
    begin(world, Start { user, channel: source.channel, kind: Kind::Component, source: Some(message), data, label })
}

fn find_part(message: &Message, named: &str) -> Value {
    let all = Value::Array(message.components.clone());
    let mut found = None;
    let mut names = Vec::new();
    walk(&all, &mut |part| {
        names.extend(["custom_id", "label", "placeholder"].iter().filter_map(|key| part[*key].as_str()));
        if ["custom_id", "label", "placeholder"].iter().any(|key| part[*key] == named) {
            found = Some(part.clone());
        }
    });
    found.unwrap_or_else(|| panic!("nothing is called {named:?}, only {names:?}"))
}

/// Sends a filled form.
pub(crate) fn submit(world: &mut World, user: Id, modal: &Modal, fields: &Value) -> Id {
    let opened = world.interactions[&modal.opened_by].clone();
    let mut given = fields.as_object().cloned().unwrap_or_default();
    let components: Vec<Value> = modal.components.iter().map(|part| filled(part, &mut given)).collect();
    assert!(given.is_empty(), "the form has no fields {:?}", given.keys().collect::<Vec<_>>());
    let data = json!({ "custom_id": modal.custom_id, "components": components });
    let label = format!("form {:?} of {}", modal.title, world.users[&user].name);
    let start = Start { user, channel: opened.channel, kind: Kind::ModalSubmit, source: opened.source, data, label };
    begin(world, start)
}

/// A part of a form with what was entered; rows and labels hold the fields.
fn filled(part: &Value, given: &mut Map<String, Value>) -> Value {
    if let Some(inner) = part["components"].as_array() {
        let inner: Vec<Value> = inner.iter().map(|part| filled(part, given)).collect();
        return json!({ "type": part["type"], "id": 1, "components": inner });
    }
    if part["component"].is_object() {
        return json!({ "type": part["type"], "id": 1, "component": filled(&part["component"], given) });
    }
    let Some(custom_id) = part["custom_id"].as_str() else { return json!({ "type": part["type"], "id": 1 }) };
    let preset = part["value"].as_str().unwrap_or_default();
    let value = given.remove(custom_id).unwrap_or_else(|| json!(preset));
    if value.is_array() {
        return json!({ "type": part["type"], "id": 2, "custom_id": custom_id, "values": value });
    }
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let most = part["max_length"].as_u64().map_or(4000, |most| usize::try_from(most).unwrap_or(4000));
    let least = part["min_length"].as_u64().map_or(0, |least| usize::try_from(least).unwrap_or(0));
    assert!(part["required"] == false || length > 0, "field {custom_id} is required");
    assert!(length <= most && (length == 0 || length >= least), "field {custom_id} takes {least} to {most} characters");
    json!({ "type": part["type"], "id": 2, "custom_id": custom_id, "value": value })
}

struct Start {
    user: Id,
    channel: Id,
    kind: Kind,
    source: Option<Id>,
    data: Value,
    label: String,
}

/// Sends the interaction on its way.
fn begin(world: &mut World, start: Start) -> Id {
    let id = world.next_id();
    let token = world.fresh_token("interaction-token");
    let channel = &world.channels[&start.channel];
    // In the bot's direct messages a guild installation has the owner "0".
    let owner = if channel.is_direct() { json!("0") } else { world.guild.id.json() };
    let mut payload = json!({
        "id": id.json(), "application_id": world.application.json(), "type": start.kind.number(), "data": start.data,
        "channel_id": start.channel.json(), "channel": world.channel_json(channel), "token": token, "version": 1,
        "locale": "en-US", "entitlements": [], "attachment_size_limit": 10 * 1024 * 1024,
        "app_permissions": world.permissions_in(world.bot, channel).to_string(),
        "authorizing_integration_owners": { "0": owner }, "context": u8::from(channel.is_direct()),
    });
    if channel.is_direct() {
        payload["user"] = world.users[&start.user].json();
    } else {
        let mut member = world.member_json(start.user).unwrap_or_default();
        member["permissions"] = json!(world.permissions_in(start.user, channel).to_string());
        payload["member"] = member;
        payload["guild_id"] = world.guild.id.json();
        payload["guild_locale"] = json!("en-US");
        payload["guild"] = json!({ "id": world.guild.id.json(), "locale": "en-US", "features": [] });
        payload["channel"]["permissions"] = json!(world.permissions_in(start.user, channel).to_string());
    }
    if let Some(source) = start.source.and_then(|id| world.messages.get(&id)) {
        payload["message"] = world.message_json(source, Content::Granted);
    }
    world.note(Plane::People, &start.label);
    let interaction = Interaction {
        id,
        token,
        kind: start.kind,
        user: start.user,
        channel: start.channel,
        source: start.source,
        created_ms: world.clock.now_ms(),
        payload,
        answer: None,
        original: None,
        follow_ups: Vec::new(),
        delivered: false,
        label: start.label,
    };
    world.apply(Change::InteractionCreated(Box::new(interaction)));
    id
}
