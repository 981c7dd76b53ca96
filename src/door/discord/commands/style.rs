//! `/style`: shows and changes how the story is told at a table.
//! What can be set is the table's matter; here it is only offered.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, carry_out, choices, here, say};
use crate::domain::{Command, FACETS};
use crate::door::wording;

/// Show and change how the story is told
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "스타일"),
    description_localized("ko", "이야기를 들려주는 방식을 보고 바꿉니다"),
    name_localized("de", "stil"),
    description_localized("de", "Zeigt und ändert, wie die Geschichte erzählt wird")
)]
pub(super) async fn style(
    ctx: Context<'_>,
    #[description = "What to set, such as \"length short\"; without it: how it is"]
    #[description_localized("ko", "바꿀 것. 예: \"length short\". 비우면 지금 설정을 봅니다")]
    #[description_localized("de", "Was gesetzt wird, etwa \"length short\"; ohne Angabe: wie es ist")]
    #[name_localized("ko", "설정")]
    #[name_localized("de", "setze")]
    #[autocomplete = "known"]
    #[max_length = 60]
    set: Option<String>,
) -> Result<(), Failure> {
    let Some(set) = set else {
        let Some(reached) = here(ctx).await? else { return Ok(()) };
        let answer = match reached.table.view().await {
            Ok(view) => wording::style(&view.style),
            Err(failure) => wording::table_error(&failure),
        };
        return say(ctx, answer).await;
    };
    let (facet, value) = set.trim().split_once(char::is_whitespace).unwrap_or((set.trim(), ""));
    let (facet, value) = (facet.trim_end_matches(':').to_owned(), value.trim().to_owned());
    carry_out(ctx, Command::Style { facet, value }).await
}

#[expect(clippy::unused_async, reason = "the library asks for a future")]
async fn known(_: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let languages = ["en", "ko", "de"].map(|code| format!("language {code}"));
    let set = FACETS.iter().flat_map(|facet| facet.values.iter().map(|(word, _)| format!("{} {word}", facet.name)));
    choices(set.chain(languages), typed)
}
