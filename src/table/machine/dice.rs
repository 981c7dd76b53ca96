//! Dice in the machine: the open scene's seed, rolls written in actions, answers to what the game master asked for, and
//! showing a seed that no roll will follow from any more. PURE. What a roll comes to is decided in `crate::game`.

use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Machine, Scribe};
use crate::dice::proof::{Recalled, Seal, Secret, Seed};
use crate::domain::{
    ActionId, Actor, Audience, BranchId, Denied, EventKind, EventSeq, GameEvent, Person, ProviderName, Refusal, Reply,
    Roll, RollFor, RollRequest, SceneNo, SeatId, SeedShown, SourceId, TableName, TurnNo,
};
use crate::format::spans::Reading;
use crate::game::dice::{self, Cup, Wanted};

/// What the seeds of a table's scenes are made from. The secret is never written down with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Keeper {
    table: String,
    #[serde(skip)]
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Secret(Secret),
    /// What is known of the seeds of a turn that is played again.
    Recalled(Vec<RecalledSeed>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Recalled(Vec::new())
    }
}

/// What a scene's seed gave, as far as the log tells.
#[derive(Clone, Debug)]
pub struct RecalledSeed {
    /// The scene.
    pub scene: SceneNo,
    /// The event that opened it.
    pub opened: Option<EventSeq>,
    /// The seal, and what was thrown.
    pub recalled: Recalled,
}

impl Keeper {
    /// The seed of a scene. `shown` is how many seeds were shown before: one that was shown is never used again, also
    /// when an undo leads back into its scene.
    fn seed(&self, scene: SceneNo, opened: EventSeq, shown: u64) -> Seed {
        match &self.source {
            Source::Secret(secret) => secret.seed(&self.table, scene.get(), opened.get(), shown),
            Source::Recalled(seeds) => {
                let this =
                    |seed: &&RecalledSeed| seed.scene == scene && seed.opened.is_none_or(|event| event == opened);
                Seed::recalled(seeds.iter().find(this).map(|seed| seed.recalled.clone()).unwrap_or_default())
            }
        }
    }
}

/// The open scene's dice.
pub(super) struct OpenDice {
    table: String,
    scene: SceneNo,
    opened: EventSeq,
    branch: BranchId,
    next: u64,
    seed: Seed,
}

impl OpenDice {
    /// What the next throw is drawn from.
    pub(super) fn cup(&self) -> Cup<'_> {
        let Self { table, scene, opened, branch, next, seed } = self;
        Cup { table, scene: *scene, opened: *opened, branch: *branch, n: *next, seed }
    }
}

impl Machine {
    /// Gives the table dice, whose seeds are made from this secret.
    #[must_use]
    pub fn with_dice(mut self, table: &TableName, secret: Secret) -> Self {
        self.keeper = Some(Keeper { table: table.to_string(), source: Source::Secret(secret) });
        self
    }

    /// Gives a table that had dice those that were thrown.
    #[must_use]
    pub fn with_recalled_dice(mut self, seeds: Vec<RecalledSeed>) -> Self {
        if let Some(keeper) = &mut self.keeper {
            keeper.source = Source::Recalled(seeds);
        }
        self
    }

    /// The seal of the open scene's dice.
    pub fn seal(&self) -> Option<Seal> {
        self.dice().map(|dice| dice.seed.seal())
    }

    pub(super) fn dice(&self) -> Option<OpenDice> {
        let keeper = self.keeper.as_ref()?;
        let (ledger, scene) = (&self.state.ledger, self.state.tale.scene.as_ref()?);
        Some(OpenDice {
            table: keeper.table.clone(),
            scene: scene.number,
            opened: scene.opened,
            branch: ledger.branch,
            next: ledger.dice.next,
            seed: keeper.seed(scene.number, scene.opened, ledger.dice.shown),
        })
    }
}

impl Scribe<'_> {
    /// Throws what an action holds in double brackets. The action has not been recorded; it will be `action`.
    pub(super) fn inline_rolls(
        &mut self,
        seat: SeatId,
        source: &SourceId,
        notations: &[String],
        shown: RollFor,
    ) -> Result<Vec<Roll>, Denied> {
        if notations.is_empty() {
            return Ok(Vec::new());
        }
        self.ensure_scene();
        let open = self.machine.dice().ok_or(Denied::NoDice)?;
        let action = Some(ActionId::new(self.machine.state.ledger.seq.next().get()));
        let mut rolls = Vec::new();
        for (n, notation) in (open.next..).zip(notations) {
            let wanted = Wanted { seat: Some(seat), notation, shown, nonce: source.as_str(), action, answers: None };
            rolls.push(dice::throw(
                Cup { n, ..open.cup() },
                &wanted,
                &dice::names_of(self.machine.standing(None), Some(seat)),
            )?);
        }
        Ok(rolls)
    }

    /// A scene, opened if none is.
    pub(super) fn ensure_scene(&mut self) {
        if self.machine.state.tale.scene.is_none() {
            self.open_scene(Actor::Program, None);
        }
    }

    /// Rolls what the game master asked for: that is an action, so a turn tells what comes of it.
    pub(super) fn answer_roll(&mut self, person: &Person, named: Option<EventSeq>, nonce: &str, ask: Ask) {
        // What was asked for waits for nobody's move, so it takes no place among what does.
        if let Err(refusal) = self.may_act(person) {
            return self.refuse(ask, refusal);
        }
        let seat = self.seat(person);
        let kept = match dice::asked_of(&self.machine.state.tale.game.dice, seat, named) {
            Ok(kept) => kept,
            Err(denied) => return self.refuse(ask, denied.into()),
        };
        self.ensure_scene();
        let Some(open) = self.machine.dice() else { return self.refuse(ask, Denied::NoDice.into()) };
        let why = if kept.request.why.is_empty() { &kept.request.notation } else { &kept.request.why };
        let text = format!("🎲 {why}");
        let action = ActionId::new(self.machine.state.ledger.seq.next().get());
        let wanted = Wanted {
            seat: Some(seat),
            notation: &kept.request.notation,
            shown: RollFor::Public,
            nonce,
            action: Some(action),
            answers: Some(kept.event),
        };
        let thrown = dice::throw(open.cup(), &wanted, &dice::names_of(self.machine.standing(None), Some(seat)));
        let roll = match thrown {
            Ok(roll) => roll,
            Err(denied) => return self.refuse(ask, Refusal::Denied(denied)),
        };
        let source = SourceId::new(format!("roll:{nonce}"));
        let character = self.machine.state.ledger.parts.meant(seat).map(|part| part.name.clone());
        let first = self.step.record.len();
        self.record(
            Actor::Seat(seat),
            None,
            Some(kept.event),
            EventKind::ActionSaid { source, seat, text, files: Vec::new(), character },
        );
        self.happen(Audience::Table, Actor::Seat(seat), None, GameEvent::Rolled(Box::new(roll)));
        let seen = self.step.record[first..].to_vec();
        self.answer(ask, Answer::Happened(seen));
        self.take_waiting();
    }

    /// Takes out of a reply what it asks to be rolled, and marks what it claims to have rolled.
    pub(super) fn take_rolls(&mut self, reply: &mut Reply, provider: &ProviderName) -> Vec<RollRequest> {
        // The oracle throws dice of its own, by rules that everyone can read; a model only says that it does.
        let plays = self.machine.keeper.is_some() && self.machine.setup.reading == Reading::Narrative;
        if !plays || *provider == ProviderName::oracle() {
            return Vec::new();
        }
        dice::mark_claims(reply);
        dice::requests(reply, &self.machine.called())
    }

    /// Records what a reply asks to be rolled.
    pub(super) fn ask_for_rolls(&mut self, turn: TurnNo, requests: Vec<RollRequest>) {
        for request in requests {
            self.happen(Audience::Table, Actor::Gm, Some(turn), GameEvent::RollAsked(request));
        }
    }

    /// Shows the seed that rolls followed from, once play has left its scene.
    pub(super) fn settle_dice(&mut self) {
        let state = &self.machine.state;
        let (Some(used), Some(keeper)) = (state.ledger.dice.used, &self.machine.keeper) else { return };
        if state.tale.scene.as_ref().is_some_and(|open| open.number == used.scene && open.opened == used.opened) {
            return;
        }
        let seed = keeper.seed(used.scene, used.opened, state.ledger.dice.shown);
        let shown =
            SeedShown { scene: used.scene, seal: seed.seal().to_string(), seed: seed.reveal(), rolls: used.rolls };
        self.show_seed(shown);
    }

    fn show_seed(&mut self, shown: SeedShown) {
        self.happen(Audience::Table, Actor::Program, None, GameEvent::SeedShown(shown));
    }
}
