//! `/model`: uses another model of the same provider.
//! The story goes on; nothing of it is lost.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, carry_out, choices};
use crate::domain::{Command, ModelName};

/// What leaves the choice to the provider.
const DEFAULT: &str = "default";

/// Use another model of the same provider
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_MESSAGES",
    name_localized("ko", "모델"),
    description_localized("ko", "같은 제공자의 다른 모델을 씁니다"),
    name_localized("de", "modell"),
    description_localized("de", "Ein anderes Modell desselben Anbieters verwenden")
)]
pub(super) async fn model(
    ctx: Context<'_>,
    #[description = "The model; \"default\" leaves it to the provider"]
    #[description_localized("ko", "모델 이름. \"default\"는 제공자에게 맡깁니다")]
    #[description_localized("de", "Das Modell; \"default\" überlässt es dem Anbieter")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "known"]
    name: String,
) -> Result<(), Failure> {
    let name = name.trim();
    let model = (!name.is_empty() && name != DEFAULT).then(|| ModelName::new(name));
    carry_out(ctx, Command::Model(model)).await
}

async fn known(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let mut names = vec![DEFAULT.to_owned()];
    if let Some(reached) = ctx.data().at(ctx.channel_id().get())
        && let Ok(view) = reached.table.view().await
        && let Some(provider) = ctx.data().parts.providers.get(&view.provider)
    {
        names.extend(provider.models().iter().map(ToString::to_string));
    }
    choices(names, typed)
}
