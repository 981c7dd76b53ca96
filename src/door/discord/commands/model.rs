//! `/model`: uses another model of the same provider.
//! The story goes on; nothing of it is lost.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, carry_out, choices, say};
use crate::domain::{Command, ModelName, ProviderName};
use crate::door::discord::wording as own;

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
    if let Some(wanted) = &model
        && let Some((provider, known)) = models(ctx).await
        && !known.is_empty()
        && !known.contains(wanted)
    {
        return say(ctx, own::unknown_model(wanted, &provider, &known)).await;
    }
    carry_out(ctx, Command::Model(model)).await
}

async fn known(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let mut names = vec![DEFAULT.to_owned()];
    let known = models(ctx).await.map_or_else(Vec::new, |(_, known)| known);
    names.extend(known.iter().map(ToString::to_string));
    choices(names, typed)
}

/// Who answers here, and the models the host lets people choose from; empty where any is taken.
async fn models(ctx: Context<'_>) -> Option<(ProviderName, Vec<ModelName>)> {
    let view = ctx.data().at(ctx.channel_id().get())?.table.view().await.ok()?;
    let provider = ctx.data().parts.providers.get(&view.provider)?;
    Some((view.provider, provider.models().to_vec()))
}
