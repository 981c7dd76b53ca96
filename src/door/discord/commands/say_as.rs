//! `/as`: what is said once, or from now on, in the name of a character that one plays.
//! The line is in the log before it stands in the channel.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, choices, here, number, person, playing, say};
use crate::domain::SourceId;
use crate::door::discord::aloud::Aloud;
use crate::door::discord::wording as own;
use crate::door::wording;
use crate::table::PartWish;
use crate::table::machine::Answer;

/// What ends speaking as somebody.
const OFF: &str = "off";

/// Speak as a character you play: one line, or all of them until /as off
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    rename = "as",
    name_localized("ko", "역할"),
    description_localized("ko", "맡은 인물로 말합니다. 한 번, 또는 /as off까지 계속"),
    name_localized("de", "als"),
    description_localized("de", "Als deine Figur sprechen: einmal, oder immer bis /as off")
)]
pub(super) async fn say_as(
    ctx: Context<'_>,
    #[description = "Who speaks; off for yourself again"]
    #[description_localized("ko", "말할 인물. 그만두려면 off")]
    #[description_localized("de", "Wer spricht; off für dich selbst")]
    #[name_localized("ko", "인물")]
    #[name_localized("de", "figur")]
    #[autocomplete = "own_parts"]
    #[max_length = 80]
    character: String,
    #[description = "What they say or do; without it everything you write from now on"]
    #[description_localized("ko", "말이나 행동. 비우면 앞으로 쓰는 모든 것")]
    #[description_localized("de", "Was sie sagt oder tut; ohne Angabe alles, was du von jetzt an schreibst")]
    #[name_localized("ko", "내용")]
    #[name_localized("de", "text")]
    #[max_length = 1500]
    text: Option<String>,
) -> Result<(), Failure> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        let wish = if character.trim().eq_ignore_ascii_case(OFF) { PartWish::Off } else { PartWish::Aloud(character) };
        return playing::change(ctx, wish).await;
    };
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let source = SourceId::new(format!("discord-as:{}", number(ctx)));
    let heard = reached.table.say_as(person(ctx), source.clone(), character, text.clone()).await;
    let told = match heard {
        Ok(Answer::Heard { aloud: Some(part), .. }) => {
            let picture = reached.cast.picture(&part.slug).await;
            let channel = ctx.channel_id().get();
            let aloud = Aloud { character: part.name, picture, source, channel };
            // Without a show the program is ending; the action is in the log all the same.
            std::mem::drop(reached.show.send(Box::new(aloud.notice(text, true))).await);
            own::SAID_ALOUD.to_owned()
        }
        Ok(_) => own::SAID_ALOUD.to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, told).await
}

async fn own_parts(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let us = person(ctx).id;
    let view = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) => reached.table.view().await.ok(),
        None => None,
    };
    let Some(view) = view else { return choices([], typed) };
    let seat = view.seats.iter().find(|seat| seat.person == us).map(|seat| seat.id);
    let own = seat.into_iter().flat_map(|seat| view.parts.of(seat)).map(|played| played.part.name.clone());
    choices(own.chain([OFF.to_owned()]), typed)
}
