//! The first answer to an interaction (documentation: interactions/receiving-and-responding). Never what follows it.

use serde_json::{Value, json};

use crate::id::Id;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::interaction::{Answer, Interaction, Kind};
use crate::world::mention::Unstated;
use crate::world::message::{By, Content, EPHEMERAL, LOADING};

use super::compose::{Draft, blank, compose, revise};
use super::refusal::{ALREADY_ANSWERED, Refusal, UNKNOWN_INTERACTION};
use super::route::{Call, Reply};

pub(crate) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id = call.id("interaction_id")?;
    let found = world.interactions.get(&id).filter(|i| i.token == call.text("interaction_token"));
    let interaction = found.cloned().ok_or(UNKNOWN_INTERACTION)?;
    if interaction.answer.is_some() {
        return Err(ALREADY_ANSWERED);
    }
    let within = u64::try_from(world.options.first_answer_within.as_millis()).unwrap_or(u64::MAX);
    if interaction.is_late(world.clock.now_ms(), within) {
        return Err(UNKNOWN_INTERACTION);
    }
    let kind = call.body["type"].as_u64().unwrap_or(0);
    check_fits(kind, &interaction)?;
    let (answer, message) = perform(world, call, kind, &interaction)?;
    if let Some(entry) = world.interactions.get_mut(&id) {
        entry.answer = Some(answer);
        entry.original = message.or(entry.original);
    }
    if !call.asks("with_response") {
        return Ok(Reply::Nothing);
    }
    let shown = message.and_then(|id| world.messages.get(&id)).cloned();
    let mut answer = json!({ "interaction": { "id": id.json(), "type": interaction.kind.number() } });
    if let Some(message) = shown {
        answer["interaction"]["response_message_id"] = message.id.json();
        answer["interaction"]["response_message_loading"] = json!(message.is_loading());
        answer["interaction"]["response_message_ephemeral"] = json!(message.is_ephemeral());
        // The documentation names the message for these two only; a deferral gives just its id.
        if matches!(kind, 4 | 7) {
            answer["resource"] = json!({ "type": kind, "message": world.message_json(&message, Content::Granted) });
        }
    }
    Reply::ok(answer)
}

/// Which answers fit which interaction.
fn check_fits(kind: u64, interaction: &Interaction) -> Result<(), Refusal> {
    let fits = match kind {
        4 | 5 => interaction.kind != Kind::Autocomplete,
        6 | 7 => interaction.source.is_some(),
        8 => interaction.kind == Kind::Autocomplete,
        9 => !matches!(interaction.kind, Kind::Autocomplete | Kind::ModalSubmit),
        _ => false,
    };
    let said = "This callback type does not fit the interaction.";
    if fits {
        Ok(())
    } else {
        Err(Refusal::form("type", "INTERACTION_APPLICATION_COMMAND_INVALID_CALLBACK_TYPE", said))
    }
}

fn perform(
    world: &mut World,
    call: &Call,
    kind: u64,
    interaction: &Interaction,
) -> Result<(Answer, Option<Id>), Refusal> {
    let data = &call.body["data"];
    match kind {
        4 => {
            let draft = draft(world, interaction, data);
            let mut message = compose(world, data, &call.uploads, draft)?;
            message.reply_to = None;
            let id = message.id;
            // Known as the original before it is told, so that its type is right in the event.
            set_original(world, interaction.id, id);
            world.apply(Change::MessageCreated(Box::new(message)));
            Ok((Answer::Message, Some(id)))
        }
        5 => {
            let draft = draft(world, interaction, data);
            let mut message = blank(world, draft);
            message.flags |= LOADING;
            let id = message.id;
            set_original(world, interaction.id, id);
            world.apply(Change::MessageCreated(Box::new(message)));
            Ok((Answer::Deferred, Some(id)))
        }
        6 => Ok((Answer::Update, interaction.source)),
        7 => {
            let source =
                interaction.source.and_then(|id| world.messages.get(&id)).cloned().ok_or(UNKNOWN_INTERACTION)?;
            let message = revise(world, data, &call.uploads, &source, Unstated::UsersOnly)?;
            world.apply(Change::MessageEdited(Box::new(message), Edited::Visibly));
            Ok((Answer::Update, Some(source.id)))
        }
        8 => {
            let choices = data["choices"].as_array().cloned().unwrap_or_default();
            if choices.len() > 25 {
                return Err(Refusal::form("data.choices", "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."));
            }
            Ok((Answer::Choices(choices), None))
        }
        _ => Ok((Answer::Modal(Value::clone(data)), None)),
    }
}

fn set_original(world: &mut World, interaction: Id, message: Id) {
    if let Some(entry) = world.interactions.get_mut(&interaction) {
        entry.original = Some(message);
    }
}

/// The draft of a message that answers an interaction.
pub(crate) fn draft(world: &World, interaction: &Interaction, data: &Value) -> Draft {
    let ephemeral = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    Draft {
        channel: interaction.channel,
        by: By::User(world.bot),
        author_name: world.options.bot_name.clone(),
        interaction: Some(interaction.id),
        ephemeral_for: ephemeral.then_some(interaction.user),
        // For interactions the documented default is users only.
        unstated: Unstated::UsersOnly,
    }
}
