//! What serenity's builders send passes every judge: the schema judge must not cry wolf.

use fake_discord::{FakeDiscord, Judge, Options, RateLimits};
use serde_json::json;
use serenity::all::{
    AutocompleteChoice, ButtonStyle, ChannelId, Command, CommandInteraction, CommandOptionType, ComponentInteraction,
    CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateAutocompleteResponse, CreateButton, CreateCommand,
    CreateCommandOption, CreateEmbed, CreateEmbedFooter, CreateInputText, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage, CreateModal, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption, CreateThread, CreateWebhook, EditInteractionResponse, EditMessage,
    EditThread, ExecuteWebhook, GetMessages, Http, HttpBuilder, InputTextStyle, Nonce, Permissions, ReactionType,
};

use crate::client::{INTENTS, Socket};

struct Scene {
    d: FakeDiscord,
    http: Http,
    general: ChannelId,
}

async fn start() -> Scene {
    let d = FakeDiscord::start(Options { rate_limits: RateLimits::Off, ..Options::default() }).await;
    let http = HttpBuilder::new(d.token()).proxy(d.api_url()).ratelimiter_disabled(true).build();
    http.set_application_id(d.bot_id().get().into());
    let general = ChannelId::new(d.channel("general").id().get());
    Scene { d, http, general }
}

fn parts() -> Vec<CreateActionRow> {
    let button =
        CreateButton::new("go").label("Go").style(ButtonStyle::Primary).emoji(ReactionType::Unicode("🎲".into()));
    let kind = CreateSelectMenuKind::String { options: vec![CreateSelectMenuOption::new("Mira", "mira")] };
    let menu = CreateSelectMenu::new("who", kind).placeholder("Who?").min_values(1).max_values(1);
    vec![CreateActionRow::Buttons(vec![button]), CreateActionRow::SelectMenu(menu)]
}

#[tokio::test]
async fn messages_pass() {
    let s = start().await;
    let (http, general) = (&s.http, s.general);
    let footer = CreateEmbedFooter::new("scene 1");
    let embed = CreateEmbed::new().title("The Inn").description("Rain.").color(0x00ff_8800).footer(footer);
    let embed = embed.field("Door", "locked", true).thumbnail("https://example.org/a.png");
    let message = CreateMessage::new().content("hi").embed(embed.clone()).components(parts()).enforce_nonce(true);
    let message = message.nonce(Nonce::String("row-1".to_owned())).allowed_mentions(CreateAllowedMentions::new());
    let mut sent = general.send_message(http, message).await.unwrap();
    sent.edit(http, EditMessage::new().content("ho").embeds(vec![embed]).components(Vec::new())).await.unwrap();
    let file = CreateAttachment::bytes(b"a".to_vec(), "a.txt");
    general.send_files(http, vec![file], CreateMessage::new().content("file").reference_message(&sent)).await.unwrap();
    s.d.pardon(Judge::Ping);
    sent.react(http, '👀').await.unwrap();
    general.delete_reaction(http, sent.id, None, ReactionType::from('👀')).await.unwrap();
    assert_eq!(general.messages(http, GetMessages::new().limit(10)).await.unwrap().len(), 2);
    let thread = general.create_thread_from_message(http, sent.id, CreateThread::new("aside")).await.unwrap();
    thread.id.say(http, "in the thread").await.unwrap();
    thread.id.edit_thread(http, EditThread::new().archived(true)).await.unwrap();
    sent.delete(http).await.unwrap();
    s.d.finish().await;
}

#[tokio::test]
async fn webhooks_pass() {
    let s = start().await;
    let hook = s.general.create_webhook(&s.http, CreateWebhook::new("voices")).await.unwrap();
    assert_eq!(s.general.webhooks(&s.http).await.unwrap().len(), 1);
    let line = ExecuteWebhook::new().content("Hm.").username("Mira").avatar_url("https://example.org/mira.png");
    let said = hook.execute(&s.http, true, line).await.unwrap().unwrap();
    let edit = serenity::all::EditWebhookMessage::new().content("Hm!");
    hook.edit_message(&s.http, said.id, edit).await.unwrap();
    hook.delete_message(&s.http, None, said.id).await.unwrap();
    s.d.finish().await;
}

#[tokio::test]
async fn commands_and_answers_pass() {
    let s = start().await;
    let http = &s.http;
    let mut socket = Socket::ready(&s.d, INTENTS).await;
    let who = CreateCommandOption::new(CommandOptionType::String, "who", "Who").required(true).set_autocomplete(true);
    let dice = CreateCommandOption::new(CommandOptionType::Integer, "dice", "How many").min_int_value(1);
    let add = CreateCommandOption::new(CommandOptionType::SubCommand, "add", "Adds").add_sub_option(who);
    let cast = CreateCommand::new("cast").description("People").add_option(add).nsfw(false);
    let roll = CreateCommand::new("roll").description("Rolls").add_option(dice).dm_permission(false);
    let roll = roll.default_member_permissions(Permissions::SEND_MESSAGES);
    Command::set_global_commands(http, vec![cast, roll]).await.unwrap();
    let (ana, general) = (s.d.user("ana"), s.d.channel("general"));

    ana.slash(&general, "roll", json!({ "dice": 2 })).await;
    let payload = socket.event("INTERACTION_CREATE").await;
    let command: CommandInteraction = serde_json::from_value(payload).unwrap();
    command.defer_ephemeral(http).await.unwrap();
    command.edit_response(http, EditInteractionResponse::new().content("7").components(parts())).await.unwrap();
    let more = CreateInteractionResponseFollowup::new().content("and more").ephemeral(true);
    command.create_followup(http, more).await.unwrap();
    command.delete_response(http).await.unwrap();

    let typing = ana.types_in(&general, "cast add", json!({}), ("who", "Mi"));
    let answering = async {
        let payload = socket.event("INTERACTION_CREATE").await;
        let asked: CommandInteraction = match serde_json::from_value(payload).unwrap() {
            serenity::all::Interaction::Autocomplete(asked) => asked,
            other => panic!("{other:?}"),
        };
        let offered = CreateAutocompleteResponse::new().set_choices(vec![AutocompleteChoice::new("Mira", "mira")]);
        asked.create_response(http, CreateInteractionResponse::Autocomplete(offered)).await.unwrap();
    };
    assert_eq!(tokio::join!(typing, answering).0[0].name, "Mira");

    s.general.send_message(http, CreateMessage::new().content("x").components(parts())).await.unwrap();
    socket.event("MESSAGE_CREATE").await;
    let message = general.expect_message(|m| m.content == "x").await;
    ana.clicks(&message, "Go").await;
    let click: ComponentInteraction = serde_json::from_value(socket.event("INTERACTION_CREATE").await).unwrap();
    let name = CreateInputText::new(InputTextStyle::Short, "Name", "name").required(true);
    let form = CreateModal::new("f", "Rename").components(vec![CreateActionRow::InputText(name)]);
    click.create_response(http, CreateInteractionResponse::Modal(form)).await.unwrap();
    ana.selects(&message, "Who?", &["mira"]).await;
    let pick: ComponentInteraction = serde_json::from_value(socket.event("INTERACTION_CREATE").await).unwrap();
    let update = CreateInteractionResponseMessage::new().content("Mira it is").components(Vec::new());
    pick.create_response(http, CreateInteractionResponse::UpdateMessage(update)).await.unwrap();
    s.d.finish().await;
}
