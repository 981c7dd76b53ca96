//! `/provider`: lets another provider answer from now on.
//! The story goes on; nothing of it is lost.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, carry_out, choices, say};
use crate::domain::{Command, ModelName, ProviderName};
use crate::door::wording;

/// Let another provider answer from now on; the story goes on
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_MESSAGES",
    name_localized("ko", "제공자"),
    description_localized("ko", "앞으로 답할 제공자를 바꿉니다. 이야기는 이어집니다"),
    name_localized("de", "anbieter"),
    description_localized("de", "Ab jetzt antwortet ein anderer Anbieter; die Geschichte geht weiter")
)]
pub(super) async fn provider(
    ctx: Context<'_>,
    #[description = "Who answers"]
    #[description_localized("ko", "답할 제공자")]
    #[description_localized("de", "Wer antwortet")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "known"]
    name: String,
    #[description = "With which model; without it the provider chooses"]
    #[description_localized("ko", "모델. 비우면 제공자가 고릅니다")]
    #[description_localized("de", "Mit welchem Modell; ohne Angabe wählt der Anbieter")]
    #[name_localized("ko", "모델")]
    #[name_localized("de", "modell")]
    model: Option<String>,
) -> Result<(), Failure> {
    let provider = ProviderName::new(name.trim());
    if let Err(refusal) = ctx.data().parts.hall.check_provider(&provider) {
        return say(ctx, wording::refusal(&refusal)).await;
    }
    let model = model.map(|model| model.trim().to_owned()).filter(|model| !model.is_empty()).map(ModelName::new);
    carry_out(ctx, Command::Provider { provider, model }).await
}

#[expect(clippy::unused_async, reason = "the library asks for a future")]
async fn known(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    choices(ctx.data().parts.providers.offered().into_iter().map(|name| name.to_string()), typed)
}
