//! The card of a fight, or of a way to take turns: one message that is edited in place, and found again after a restart.
//! What it says is worded for every door; who is hidden is not in what the channel is told.

use tracing::debug;

use super::{Channel, Done, Work};
use crate::domain::{EventSeq, GameEvent};
use crate::door::discord::outgoing::{Hope, Outgoing, SendError, Standing, is_too_late};
use crate::door::discord::rest::Draft;
use crate::door::discord::splitting;
use crate::door::discord::telling::Shown;
use crate::door::discord::wording as own;
use crate::door::fights::{self, Board};
use crate::store::{ParcelState, StoreError};

/// What the subject of a card begins with; the event it dates from follows.
const FIGHT: &str = "fight:";
const TURNS: &str = "turns:";

/// One card.
pub(super) struct TurnCard {
    /// What the outbox calls it.
    subject: String,
    /// Which of the messages of that name.
    part: u32,
    /// What it is to say.
    wanted: String,
    /// What it says.
    shown: Shown,
    /// Whether it is over: then it is left alone once it says so.
    over: bool,
    /// Whether the channel did not take it: it waits until the channel takes something, or the card says something else.
    waits: bool,
}

/// How a request about a card ended.
pub(super) struct CardDone {
    subject: String,
    draft: Draft,
    end: Result<Standing, SendError>,
}

impl TurnCard {
    fn is_settled(&self) -> bool {
        match &self.shown {
            _ if self.waits => true,
            Shown::Gone => true,
            Shown::There { draft: Some(draft), .. } => draft.content == self.wanted,
            Shown::There { draft: None, .. } | Shown::Planned | Shown::Unsent => false,
        }
    }

    /// Says that what it tells of is over.
    fn close(&mut self) {
        self.over = true;
        let words = if self.subject.starts_with(FIGHT) {
            fights::FIGHT_OVER.to_owned()
        } else {
            own::aside(fights::TURNS_OVER)
        };
        (self.wanted, self.waits) = (words, false);
        if self.shown == Shown::Planned {
            // What was never shown needs no end.
            self.shown = Shown::Gone;
        }
    }
}

impl Channel {
    /// Brings the card up to what the table says now.
    pub(super) async fn refresh_card(&mut self) {
        let table = &self.stage.table;
        let (Ok(view), Ok(game)) = (table.view().await, table.game(None).await) else { return };
        let board = Board { game: &game, seats: &view.seats, floor: &view.floor, declared: &view.declared };
        let card = fights::card(board).map(|(since, text)| {
            // A crowded fight has more to show than a message holds.
            let first = splitting::cut(&text).messages.into_iter().next();
            (subject(game.fight.is_some(), since), first.unwrap_or(text))
        });
        let current = card.as_ref().map(|(subject, _)| subject.clone());
        for old in self.cards.iter_mut().filter(|old| !old.over && Some(&old.subject) != current.as_ref()) {
            old.close();
        }
        let Some((subject, text)) = card else { return };
        if let Some(known) = self.cards.iter_mut().find(|known| known.subject == subject && !known.over) {
            known.waits &= known.wanted == text;
            known.wanted = text;
            return;
        }
        match found(&self.stage.out, &subject).await {
            Ok((part, shown)) => {
                let (wanted, over, waits) = (text, false, false);
                self.cards.push_back(TurnCard { subject, part, wanted, shown, over, waits });
            }
            Err(failure) => drop(self.fail(&failure.into(), "the card of the turns").await),
        }
    }

    /// After a start: the cards that stand as if they went on, and those of what goes on.
    pub(super) async fn recover_cards(&mut self) {
        self.refresh_card().await;
        for prefix in [FIGHT, TURNS] {
            let out = &self.stage.out;
            let rows = match out.store.standing_messages(&out.place, prefix).await {
                Ok(rows) => rows,
                Err(failure) => return drop(self.fail(&failure.into(), "the card of the turns").await),
            };
            for row in rows {
                let ParcelState::Sent(message) = row.state else { continue };
                if self.cards.iter().all(|known| known.subject != row.subject) {
                    let (part, shown) = (row.part, Shown::There { message, draft: None });
                    let wanted = String::new();
                    let (over, waits) = (false, false);
                    let mut card = TurnCard { subject: row.subject, part, wanted, shown, over, waits };
                    card.close();
                    self.cards.push_back(card);
                }
            }
        }
    }

    /// What changes about the card with what happened.
    pub(super) async fn card_happened(&mut self, what: &GameEvent) {
        if matches!(what, GameEvent::Fight(_) | GameEvent::Turns(_)) || (!self.cards.is_empty() && is_shown(what)) {
            self.refresh_card().await;
        }
    }

    /// Something that was said is being told, or dropped.
    pub(super) async fn card_moved(&mut self) {
        if !self.cards.is_empty() {
            self.refresh_card().await;
        }
    }

    /// The channel takes something: perhaps also the cards that it did not take.
    pub(super) fn revive_cards(&mut self) {
        self.cards.iter_mut().for_each(|card| card.waits = false);
    }

    /// The next request about a card.
    pub(super) fn next_card(&self) -> Option<Work> {
        let card = self.cards.iter().find(|card| !card.is_settled())?;
        let (out, subject, part) = (self.stage.out.clone(), card.subject.clone(), card.part);
        let draft = Draft::text(card.wanted.clone());
        let there = match card.shown {
            Shown::There { message, .. } => Some(message),
            Shown::Planned | Shown::Unsent | Shown::Gone => None,
        };
        Some(Box::pin(async move {
            let end = match there {
                Some(message) => out.edit(message, &draft).await.map(|()| Standing { message, as_asked: true }),
                None => out.send(&subject, part, &draft, None).await,
            };
            Done::Card(CardDone { subject, draft, end })
        }))
    }

    pub(super) async fn card_done(&mut self, CardDone { subject, draft, end }: CardDone) {
        let Some(at) = self.cards.iter().position(|card| card.subject == subject) else { return };
        match end {
            Ok(Standing { message, as_asked }) => {
                self.cards[at].shown = Shown::There { message, draft: as_asked.then_some(draft) };
                self.works();
            }
            Err(failure) if self.cards[at].shown != Shown::Planned && is_too_late(&failure) => {
                // It cannot be changed any more: the next one says it.
                let card = &mut self.cards[at];
                (card.part, card.shown) = (card.part + 1, if card.over { Shown::Gone } else { Shown::Planned });
            }
            Err(failure) => {
                let (hope, _) = self.fail(&failure, "the card of the turns").await;
                match hope {
                    Hope::Later => {}
                    Hope::NotHere => self.cards[at].waits = true,
                    Hope::NotThisOne => self.cards[at].shown = Shown::Gone,
                }
            }
        }
        if self.cards[at].over && !self.cards[at].waits && self.cards[at].is_settled() {
            self.forget_card(at).await;
        }
    }

    /// A card that is over and says so is not looked at again.
    async fn forget_card(&mut self, at: usize) {
        let Some(card) = self.cards.remove(at) else { return };
        let out = &self.stage.out;
        let settled = async {
            for row in out.store.messages_about(&out.place, card.subject).await? {
                out.store.message_dropped(row.id).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(failure) = settled.await {
            // The next start says once more that it is over.
            debug!(error = %failure, "a card is not settled");
        }
    }
}

fn subject(fight: bool, since: EventSeq) -> String {
    format!("{}{since}", if fight { FIGHT } else { TURNS })
}

/// Whether the card shows something of this.
fn is_shown(what: &GameEvent) -> bool {
    matches!(what, GameEvent::Sheet(_) | GameEvent::TakenBack)
}

/// The newest message of that name, if one stands; else the part that the next one is.
async fn found(out: &Outgoing, subject: &str) -> Result<(u32, Shown), StoreError> {
    let rows = out.store.messages_about(&out.place, subject.to_owned()).await?;
    Ok(match rows.last() {
        None => (0, Shown::Planned),
        Some(row) => match row.state {
            ParcelState::Planned => (row.part, Shown::Planned),
            ParcelState::Sent(message) => (row.part, Shown::There { message, draft: None }),
            ParcelState::Dropped => (row.part + 1, Shown::Planned),
        },
    })
}
