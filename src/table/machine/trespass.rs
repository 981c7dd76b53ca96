//! What becomes of a reply that speaks, decides or feels for a character whom somebody plays: told anew once, or marked. PURE.
//! What counts as that is decided in `format::trespass`; a reply is never asked for a third time.

use serde::{Deserialize, Serialize};

use super::turns::Live;
use super::{Effect, Machine, Opening, Scribe};
use crate::domain::{Actor, EventKind, Fault, Finished, ProviderName, Session, Spent};
use crate::format::spans::{ReadReply, Reading};
use crate::format::trespass::{self, Guarded, Trespass};
use crate::table::frame::FrameBody;
use crate::table::live::Streamed;

/// The reply that a turn has while it is told anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct First {
    read: ReadReply,
    streamed: Streamed,
}

impl Machine {
    /// What of the turn's limit is left, while it is told anew; none where a turn has no limit.
    pub fn left_of_turn(&self) -> Option<u64> {
        let spent = self.live.as_ref().and_then(|live| live.spent.cost_micros).unwrap_or(0);
        self.setup.budget.turn.map(|limit| limit.saturating_sub(spent))
    }

    /// Where a reply takes something from the table's players; nowhere where the table does not mind.
    fn trespasses(&self, reply: &crate::domain::Reply, provider: &ProviderName) -> Vec<Trespass> {
        let minds = self.setup.reading == Reading::Narrative && self.style().get("trespass") != Some("off");
        // The oracle tells what is written, and that says nothing for players.
        if !minds || *provider == ProviderName::oracle() {
            return Vec::new();
        }
        trespass::find(reply, &self.guarded())
    }

    /// The characters whom people play, each with what their player said in the turn.
    fn guarded(&self) -> Vec<Guarded> {
        let ledger = &self.state.ledger;
        let said = ledger.running.as_ref().map_or(&[][..], |running| &running.said);
        let guarded = |played: &crate::domain::Played| {
            let own = said.iter().filter(|said| said.seat == played.seat).map(|said| said.text.as_str());
            let names = played.part.names().map(str::to_owned).collect();
            Guarded { names, said: own.collect::<Vec<_>>().join("\n") }
        };
        ledger.parts.all().iter().map(guarded).collect()
    }
}

impl Scribe<'_> {
    /// Takes a reply, unless it is to be told anew first.
    pub(super) fn replied(&mut self, live: Live, read: ReadReply, spent: Spent) {
        let found = self.machine.trespasses(&read.reply, &live.rung.provider);
        if found.is_empty() {
            return self.end_answered(&live, read, spent);
        }
        match self.session_to_mend(&live, spent) {
            Some(session) => self.mend(live, read, found, session, spent),
            None => {
                self.mark(&live, &found, false);
                self.end_answered(&live, read, spent);
            }
        }
    }

    /// The conversation in which the reply can be told anew, if it may be and can be paid.
    fn session_to_mend(&self, live: &Live, spent: Spent) -> Option<Session> {
        let machine = &self.machine;
        let wanted = machine.style().get("trespass") == Some("rewrite") && !machine.closing && !live.watched.anew;
        let paid = machine.costs_nothing(&live.rung.provider) || self.is_left_after(spent);
        let id = live.session.clone().filter(|_| wanted && paid)?;
        Some(Session { provider: live.rung.provider.clone(), id })
    }

    /// Whether every limit leaves something once `spent` is paid.
    pub(super) fn is_left_after(&self, spent: Spent) -> bool {
        let (budget, money, day) = (&self.machine.setup.budget, &self.machine.state.ledger.money, self.now.utc_day());
        let cost = spent.cost_micros.unwrap_or(0);
        let left = |limit: Option<u64>, before: u64| limit.is_none_or(|limit| before.saturating_add(cost) < limit);
        let today = money.day.on(day).counted().saturating_add(money.aside());
        let house = self.machine.house;
        left(budget.turn, 0)
            && left(budget.day, today)
            && left(budget.table, money.all.counted().saturating_add(money.aside()))
            && house.is_none_or(|house| left(Some(house.limit), house.others.saturating_add(today)))
    }

    fn mend(&mut self, mut live: Live, read: ReadReply, found: Vec<Trespass>, session: Session, spent: Spent) {
        let turn = live.turn;
        live.spent = spent;
        live.first = Some(Box::new(First { read, streamed: std::mem::take(&mut live.streamed) }));
        live.watched.replaced(0);
        self.machine.live = Some(live);
        self.show(FrameBody::Replaced { turn, text: String::new() });
        self.then(Effect::Run { turn, opening: Opening::Mend { session, found } });
    }

    /// The reply was told anew, or could not be: then the first one stands. Either way it is the end.
    pub(super) fn mended(&mut self, mut live: Live, first: First, end: Result<Finished, Fault>, spent: Spent) {
        let crossed = self.crosses(&live, end.as_ref().ok());
        let anew = end.ok().filter(|_| !crossed).and_then(|finished| self.take_reply(&live, &finished));
        if anew.is_none() && self.machine.bounds().crossed_by(&first.read.reply.to_markdown()) {
            // A line was drawn meanwhile.
            return self.turn_away(live, spent);
        }
        let title = first.read.title.clone();
        let (read, told_anew) = match anew {
            Some(read) => (ReadReply { title: read.title.or(title), ..read }, true),
            None => {
                // What the provider remembers now is not what the story has.
                live.session = None;
                let (turn, text) = (live.turn, first.streamed.text());
                live.streamed = first.streamed;
                live.watched.replaced(text.len());
                self.show(FrameBody::Replaced { turn, text });
                (first.read, false)
            }
        };
        let found = self.machine.trespasses(&read.reply, &live.rung.provider);
        if !found.is_empty() {
            self.mark(&live, &found, told_anew);
        }
        self.end_answered(&live, read, spent);
    }

    /// Notes whose words the reply takes, and says so.
    fn mark(&mut self, live: &Live, found: &[Trespass], told_anew: bool) {
        let mut characters: Vec<String> = Vec::new();
        for trespass in found {
            if !characters.contains(&trespass.character) {
                characters.push(trespass.character.clone());
            }
        }
        let turn = live.turn;
        let kind = EventKind::Trespassed { turn, characters: characters.clone(), told_anew };
        self.record(Actor::Program, Some(turn), Some(live.opened), kind);
        self.show(FrameBody::Trespassed { turn, characters });
    }
}
