//! The ladder: which of a table's providers answers, and who goes on with a turn when one cannot. PURE.
//! It looks at the state and the time only; that a rung was left is an event, so a restart changes nothing.

use serde::{Deserialize, Serialize};

use super::turns::Live;
use super::{Effect, Machine, Opening, Scribe, Setup};
use crate::domain::{Actor, ErrorId, EventKind, Fault, FaultKind, ModelName, ProviderName, Rest, Timestamp};
use crate::format::spans::Reading;
use crate::table::frame::FrameBody;
use crate::table::rests::Rests;

const MINUTE_MS: i64 = 60_000;
/// How long a provider rests whose limit resets nobody knows when, after its first failure.
const FIRST_REST_MS: i64 = MINUTE_MS;
/// How long it rests at most, however often it failed in a row.
const LONGEST_REST_MS: i64 = 30 * MINUTE_MS;
/// The furthest reset that is believed: limits of providers last a month at most.
const FURTHEST_RESET_MS: i64 = 31 * 24 * 60 * MINUTE_MS;

/// One of a table's providers, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Who.
    pub provider: ProviderName,
    /// With which model; none leaves it to the provider.
    pub model: Option<ModelName>,
}

impl Machine {
    /// The table's providers in order, from the one that a person chose or the owner named first.
    pub fn ladder(&self) -> Vec<Rung> {
        rungs(&self.setup, self.state.ledger.chosen.as_ref())
    }

    /// Who answers: the turn that runs, else a turn that is opened at `now`.
    pub fn rung(&self, now: Timestamp) -> Rung {
        match &self.live {
            Some(live) => live.rung.clone(),
            None => standing(&self.ladder(), &self.state.ledger.rests, now),
        }
    }
}

/// The ladder from its top. A person's choice is the top; what the owner named below it follows.
fn rungs(setup: &Setup, chosen: Option<&(ProviderName, Option<ModelName>)>) -> Vec<Rung> {
    let first = Rung { provider: setup.provider.clone(), model: setup.model.clone() };
    let others = setup.fallbacks.iter().map(|name| Rung { provider: name.clone(), model: None });
    let mut named: Vec<_> = std::iter::once(first).chain(others).collect();
    let Some((provider, model)) = chosen else { return named };
    let chosen = Rung { provider: provider.clone(), model: model.clone() };
    match named.iter().position(|rung| rung.provider == *provider) {
        Some(at) => drop(named.drain(..=at)),
        // Without a ladder of the owner's there is nobody to go on in a stranger's place.
        None if setup.fallbacks.is_empty() => named.clear(),
        None => {}
    }
    named.insert(0, chosen);
    named
}

/// The first rung that does not rest; where all do, the one whose rest ends first.
fn standing(ladder: &[Rung], rests: &Rests, now: Timestamp) -> Rung {
    let awake = ladder.iter().find(|rung| rests.at(&rung.provider, now).is_none());
    let soonest = || ladder.iter().min_by_key(|rung| rests.of(&rung.provider).map(|rest| rest.again));
    awake.or_else(soonest).unwrap_or(&ladder[0]).clone()
}

/// Who goes on when `left` cannot.
fn below(ladder: &[Rung], rests: &Rests, left: &ProviderName, now: Timestamp) -> Option<Rung> {
    // A person may have chosen others while it ran: then the turn goes on with them from the top.
    let from = ladder.iter().position(|rung| rung.provider == *left).map_or(0, |at| at + 1);
    ladder[from..].iter().find(|rung| rests.at(&rung.provider, now).is_none()).cloned()
}

/// Whether another provider could do better: a limit, an outage, a sign-in that ended, a CLI that is not what it was.
/// What was asked, a reply and a person's wish are the same whoever is asked.
fn another_may_help(fault: FaultKind) -> bool {
    match fault {
        FaultKind::NotInstalled
        | FaultKind::NotStarted
        | FaultKind::NotSignedIn
        | FaultKind::NoCredit
        | FaultKind::LimitReached
        | FaultKind::Overloaded
        | FaultKind::BrokenStream
        | FaultKind::Silent
        | FaultKind::Killed
        | FaultKind::Interrupted
        | FaultKind::Garbled => true,
        FaultKind::TooLong
        | FaultKind::UnknownModel
        | FaultKind::Refused
        | FaultKind::Empty
        | FaultKind::SessionLost
        | FaultKind::TurnBudget
        | FaultKind::Flood
        | FaultKind::Other => false,
    }
}

/// When a provider is tried again: when its limit resets, or after a pause that doubles with each failure in a row.
fn again(now: Timestamp, until: Option<Timestamp>, failures: u32) -> Timestamp {
    let later = |millis: i64| Timestamp::from_millis(now.millis().saturating_add(millis));
    match until.filter(|until| *until > now) {
        Some(until) => until.min(later(FURTHEST_RESET_MS)),
        None => later(FIRST_REST_MS.saturating_mul(1 << failures.min(20)).min(LONGEST_REST_MS)),
    }
}

/// Who above `provider` on the ladder rests at `now`.
fn resting_above(ladder: &[Rung], rests: &Rests, provider: &ProviderName, now: Timestamp) -> Vec<Rest> {
    let above = ladder.iter().take_while(|rung| rung.provider != *provider);
    above.filter_map(|rung| rests.at(&rung.provider, now).cloned()).collect()
}

impl Scribe<'_> {
    /// Lets the next rung go on with the turn: the same actions, told everything, with nothing of what was shown. Gives
    /// the turn back where the failure is none that another would help with, or nobody is left.
    pub(super) fn step_down(&mut self, mut live: Live, fault: &Fault, error: &ErrorId) -> Option<Live> {
        let (turn, now) = (live.turn, self.now);
        let rests = &self.machine.state.ledger.rests;
        let next = below(&self.machine.ladder(), rests, &live.rung.provider, now);
        let Some(next) = next.filter(|_| another_may_help(fault.kind)) else { return Some(live) };
        let until = fault.until.or(live.limit_until.take()).filter(|_| fault.kind == FaultKind::LimitReached);
        let failures = rests.of(&live.rung.provider).map_or(0, |rest| rest.failures);
        let kind = EventKind::RungLeft {
            turn,
            provider: live.rung.provider.clone(),
            why: fault.kind,
            error: error.clone(),
            until,
            again: again(now, until, failures),
            next: next.provider.clone(),
            next_model: next.model.clone(),
            spent: fault.spent,
        };
        self.record(Actor::Program, Some(turn), Some(live.opened), kind);
        let (was_shown, acted) = (!live.streamed.is_blank(), live.acted);
        live.begin_anew(next);
        self.machine.live = Some(live);
        if was_shown {
            self.show(FrameBody::Replaced { turn, text: String::new() });
        }
        self.take_back_deeds(turn, acted);
        self.then(Effect::Run { turn, opening: Opening::Full });
        None
    }

    /// Says who speaks, before the first word, where the ladder and not a person brought another voice than the last.
    pub(super) fn announce(&mut self, live: &mut Live) {
        if std::mem::replace(&mut live.announced, true) {
            return;
        }
        let (ladder, rests) = (self.machine.ladder(), &self.machine.state.ledger.rests);
        let provider = &live.rung.provider;
        // What the opening of the turn went by counts, so that a rest which ends meanwhile is still the reason.
        let resting = resting_above(&ladder, rests, provider, live.opened_at);
        let stands_above = |voice: &ProviderName| {
            ladder.iter().skip_while(|rung| rung.provider != *provider).skip(1).any(|rung| rung.provider == *voice)
        };
        let returns = rests.voice().is_some_and(stands_above);
        let purse = live.spared;
        if rests.voice() == Some(provider) || (resting.is_empty() && purse.is_none() && !returns) {
            return;
        }
        let (turn, provider) = (live.turn, provider.clone());
        let in_fiction = self.machine.setup.reading == Reading::Narrative;
        self.show(FrameBody::OtherVoice { turn, provider, resting, purse, in_fiction });
    }
}
