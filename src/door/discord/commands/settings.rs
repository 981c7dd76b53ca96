//! `/table settings`: shows what is set at this table and changes it, for as long as the table is.
//! What is set here counts over the configuration; who may is checked again.

use super::{Context, Failure, here, number, say};
use crate::config::{Links, Listen, NextUp, Threads, Voices};
use crate::domain::{Refusal, Role};
use crate::door::discord::knobs::Knob;
use crate::door::discord::snowflakes::written_at;
use crate::door::discord::wording as own;
use crate::door::wording;

/// Which messages are actions.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Hears {
    /// Mentions and answers.
    #[name = "mentions and answers to the bot"]
    Mention,
    /// Everything.
    #[name = "every line"]
    All,
}

/// Whose the threads are.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Belongs {
    /// Side tables.
    #[name = "each is a side table of its own"]
    Own,
    /// The channel's.
    #[name = "they belong to this table"]
    Parent,
}

/// Which links work.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Works {
    /// Masked ones and invitations do not.
    #[name = "masked links and invitations are off"]
    Inert,
    /// All do.
    #[name = "all links work"]
    Allow,
}

/// How characters speak.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Speaks {
    /// As themselves.
    #[name = "under their own names and pictures"]
    Webhook,
    /// By us.
    #[name = "in the bot's messages, names in bold"]
    Bold,
}

/// Whether whoever is on move is called.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Calls {
    /// Nobody is.
    #[name = "nobody is mentioned"]
    Quiet,
    /// They are.
    #[name = "whoever is on move is mentioned"]
    Mention,
}

/// Show and change how this table listens and answers
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "설정"),
    description_localized("ko", "이 테이블의 설정을 보고 바꿉니다"),
    name_localized("de", "einstellungen"),
    description_localized("de", "Zeigt und ändert, wie dieser Tisch zuhört und antwortet")
)]
pub(super) async fn settings(
    ctx: Context<'_>,
    #[description = "Which messages are actions"]
    #[description_localized("ko", "어떤 메시지를 행동으로 볼지")]
    #[description_localized("de", "Welche Nachrichten Handlungen sind")]
    listen: Option<Hears>,
    #[description = "Whose the threads of this channel are"]
    #[description_localized("ko", "이 채널의 스레드를 누구의 것으로 볼지")]
    #[description_localized("de", "Wem die Threads dieses Kanals gehören")]
    threads: Option<Belongs>,
    #[description = "Whether masked links and invitations in replies work"]
    #[description_localized("ko", "답변 속 가려진 링크와 초대가 작동할지")]
    #[description_localized("de", "Ob verdeckte Links und Einladungen in Antworten funktionieren")]
    links: Option<Works>,
    #[description = "How the characters speak"]
    #[description_localized("ko", "인물들이 어떻게 말할지")]
    #[description_localized("de", "Wie die Figuren sprechen")]
    voices: Option<Speaks>,
    #[description = "Whether whoever is on move in a fight is mentioned"]
    #[description_localized("ko", "전투에서 차례가 된 사람을 멘션할지")]
    #[description_localized("de", "Ob im Kampf erwähnt wird, wer am Zug ist")]
    next_up: Option<Calls>,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    if super::person(ctx).role != Role::Host {
        return say(ctx, wording::refusal(&Refusal::NotHost)).await;
    }
    let listen = listen.map(|listen| match listen {
        Hears::Mention => Knob::Listen(Listen::Mention),
        Hears::All => Knob::Listen(Listen::All),
    });
    let threads = threads.map(|threads| match threads {
        Belongs::Own => Knob::Threads(Threads::Own),
        Belongs::Parent => Knob::Threads(Threads::Parent),
    });
    let links = links.map(|links| match links {
        Works::Inert => Knob::Links(Links::Inert),
        Works::Allow => Knob::Links(Links::Allow),
    });
    let voices = voices.map(|voices| match voices {
        Speaks::Webhook => Knob::Voices(Voices::Webhook),
        Speaks::Bold => Knob::Voices(Voices::Bold),
    });
    let next_up = next_up.map(|next_up| match next_up {
        Calls::Quiet => Knob::NextUp(NextUp::Quiet),
        Calls::Mention => Knob::NextUp(NextUp::Mention),
    });
    let parts = &ctx.data().parts;
    for knob in [listen, threads, links, voices, next_up].into_iter().flatten() {
        let (name, value) = knob.words();
        // By Discord's clock, as the ids of what is said.
        parts.store.set_at_table(reached.id, name, value, written_at(number(ctx))).await?;
        reached.knobs.send_modify(|knobs| knobs.set(knob, number(ctx)));
    }
    let knobs = *reached.knobs.borrow();
    say(ctx, own::settings(reached.table.name(), knobs)).await
}
