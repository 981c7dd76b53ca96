//! A minimal serenity client: the library that the bot uses goes to READY, hears and answers.

use fake_discord::{FakeDiscord, Options};
use serenity::all::{
    CommandInteraction, Context, CreateCommand, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, EditMessage, EventHandler, GatewayIntents, HttpBuilder, Interaction, Message,
    Ready,
};
use serenity::async_trait;

struct Echo;

#[async_trait]
impl EventHandler for Echo {
    async fn ready(&self, ctx: Context, _: Ready) {
        let reset = CreateCommand::new("reset").description("Starts anew");
        serenity::all::Command::set_global_commands(&ctx.http, vec![reset]).await.unwrap();
    }

    async fn message(&self, ctx: Context, message: Message) {
        if message.author.bot {
            return;
        }
        message.channel_id.broadcast_typing(&ctx.http).await.unwrap();
        message.react(&ctx.http, '👀').await.unwrap();
        let mut reply = message.channel_id.say(&ctx.http, "…").await.unwrap();
        let text = format!("you said {}", message.content);
        reply.edit(&ctx.http, EditMessage::new().content(text)).await.unwrap();
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        if let Interaction::Command(command) = interaction {
            answer(&ctx, &command).await;
        }
    }
}

async fn answer(ctx: &Context, command: &CommandInteraction) {
    let quiet = CreateInteractionResponseMessage::new().ephemeral(true);
    command.create_response(&ctx.http, CreateInteractionResponse::Defer(quiet)).await.unwrap();
    let text = CreateInteractionResponseFollowup::new().content("done");
    command.create_followup(&ctx.http, text).await.unwrap();
}

async fn start(d: &FakeDiscord) -> tokio::task::AbortHandle {
    // The proxy is ignored while the limiter is on.
    let http = HttpBuilder::new(d.token()).proxy(d.api_url()).ratelimiter_disabled(true).build();
    let intents = GatewayIntents::non_privileged() | GatewayIntents::MESSAGE_CONTENT;
    let mut client = serenity::client::ClientBuilder::new_with_http(http, intents).event_handler(Echo).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    let running = tasks.spawn(async move { client.start().await.unwrap() });
    tasks.detach_all();
    d.wait_ready().await;
    running
}

#[tokio::test]
async fn a_serenity_client_reaches_ready_and_answers() {
    let d = FakeDiscord::start(Options::default()).await;
    let running = start(&d).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));

    let said = ana.says(&general, "<@bot> hi").await;
    general.expect_typing().await;
    general.expect_reaction(&said, "👀").await;
    let reply = general.expect_message(|m| m.content.starts_with("you said")).await;
    assert_eq!(reply.versions(), ["…", &format!("you said <@{}> hi", d.bot_id())]);

    let handle = ana.slash(&general, "reset", serde_json::json!({})).await;
    let answer = handle.response().await;
    assert_eq!(answer.content, "done");
    assert!(answer.is_ephemeral());
    assert_eq!(ana.sees_ephemeral(&general, |_| true).await.id, answer.id);
    assert_eq!(d.user("ben").sees(&general).len(), 2, "ben sees no ephemeral message");

    d.gateway().drop_tcp();
    d.gateway().expect_resumes(1).await;
    ana.says(&general, "still there?").await;
    general.expect_message(|m| m.content == "you said still there?").await;

    d.gateway().reconnect();
    d.gateway().expect_resumes(2).await;
    d.gateway().close(4000);
    ana.says(&general, "and now?").await;
    general.expect_message(|m| m.content == "you said and now?").await;
    assert_eq!(d.gateway().identifies(), 1, "every return was a resume");
    d.gateway().expect_heartbeats(1).await;
    running.abort();
    d.finish().await;
}

#[tokio::test]
async fn a_serenity_client_beats_on_with_its_old_sequence_until_its_resume_is_refused() {
    let d = FakeDiscord::start(Options::default()).await;
    let running = start(&d).await;
    d.gateway().hold_resumes();
    d.gateway().forget_sessions();
    d.gateway().drop_tcp();
    d.gateway().expect_resumes(1).await;
    d.gateway().expect_heartbeats(d.gateway().heartbeats() + 1).await;
    d.gateway().release_resumes();
    d.gateway().expect_identifies(2).await;
    running.abort();
    d.finish().await;
}
