//! The stop card as a channel shows it: replies become one neutral line each, what characters said is taken away, dice and
//! letters are covered. Each has a row in the outbox first, so that a start finishes what a crash left uncovered.
//! It does not know who stopped play; the table does not tell.

use std::collections::VecDeque;

use super::{Channel, Done, LETTERS, Notice, Work, spoken, subject};
use crate::domain::{Covered, EventSeq, TurnNo};
use crate::door::discord::outgoing::{self, Hope, Outgoing, SendError};
use crate::door::discord::rest::Draft;
use crate::door::discord::speaking::VOICE;
use crate::door::discord::telling::{Over, Phase, Telling};
use crate::door::discord::wording as own;
use crate::door::wording::CURTAIN;
use crate::store::{Parcel, ParcelState, Planned, StoreError};

/// The notices that tell what happened in the game; the event's number follows.
const NOTICES: [&str; 4] = ["roll:", super::ASKS, LETTERS, "sheet:"];

/// Something that is being covered.
pub(super) struct Cover {
    event: EventSeq,
    covered: Covered,
    /// What is left to be done; none before it was looked up.
    left: Option<VecDeque<Target>>,
}

/// One message that is not to be read any more.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Its row that says whether it was done.
    row: i64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// A notice of ours becomes the neutral line.
    Hide(u64),
    /// What a character said is taken away.
    Unspeak(u64),
    /// What we said and what can no longer be changed is too.
    Remove(u64),
    /// Perhaps said since then and never heard of again.
    Lost(Box<Parcel>),
    /// Perhaps sent by us and never heard of again: what it is about, and which part.
    Unsend(String, u32),
}

/// How a step of a cover ended.
pub(super) struct CoverDone {
    event: EventSeq,
    end: Result<Covering, SendError>,
}

enum Covering {
    LookedUp(VecDeque<Target>),
    OneLess,
    Finished,
}

impl Channel {
    /// Covers turns, whether they are on show or were before, and what happened in the game meanwhile.
    pub(super) async fn curtain(&mut self, event: EventSeq, covered: &Covered) {
        self.soon = None;
        self.checks.clear();
        self.notices.retain(|notice| !happened_within(&notice.subject, event, covered));
        for turn in &covered.turns {
            if self.telling(*turn).is_none() {
                self.take_up(*turn).await;
            }
            if let Some(telling) = self.telling(*turn) {
                telling.phase = Phase::Over(Over::Curtained);
            }
        }
        if self.covers.iter().all(|cover| cover.event != event) {
            self.covers.push_back(Cover { event, covered: covered.clone(), left: None });
        }
        self.not_before = tokio::time::Instant::now();
    }

    /// Takes the messages of a turn that was shown before into hand again.
    async fn take_up(&mut self, turn: TurnNo) {
        let links = self.stage.knobs.borrow().links;
        self.tellings.push_front(Telling::new(self.stage.id, turn, links));
        for anew in [true, false] {
            let out = &self.stage.out;
            match out.store.messages_about(&out.place, subject(turn, anew)).await {
                Ok(rows) if !rows.is_empty() => return self.adopt(turn, anew, &rows, &[]),
                Ok(_) => {}
                Err(failure) => drop(self.fail(&failure.into(), "what is to be covered").await),
            }
        }
    }

    /// What was covered and perhaps not to its end: after a start, and after frames were missed.
    pub(super) async fn recover_covers(&mut self) -> Result<(), StoreError> {
        let Ok(view) = self.stage.table.view().await else { return Ok(()) };
        for (event, covered) in view.covered {
            let out = &self.stage.out;
            let rows = out.store.messages_about(&out.place, about(event)).await?;
            if !rows.iter().any(|row| matches!(row.state, ParcelState::Sent(_))) {
                self.curtain(event, &covered).await;
            }
        }
        Ok(())
    }

    /// The next request that covers something, if there is one. Replies on show are covered before.
    pub(super) fn next_cover(&self) -> Option<Work> {
        let cover = self.covers.front()?;
        let (event, out) = (cover.event, self.stage.out.clone());
        let Some(left) = &cover.left else {
            let covered = cover.covered.clone();
            return Some(Box::pin(async move {
                let end = look_up(&out, event, &covered).await.map(Covering::LookedUp).map_err(SendError::from);
                Done::Cover(CoverDone { event, end })
            }));
        };
        if let Some(target) = left.front().cloned() {
            return Some(Box::pin(async move {
                let end = hide(&out, &target).await.map(|()| Covering::OneLess);
                Done::Cover(CoverDone { event, end })
            }));
        }
        if self.tellings.iter().any(|telling| cover.covered.turns.contains(&telling.turn)) {
            return None;
        }
        Some(Box::pin(async move {
            let end = finish(&out, event).await.map(|()| Covering::Finished).map_err(SendError::from);
            Done::Cover(CoverDone { event, end })
        }))
    }

    pub(super) async fn cover_done(&mut self, done: CoverDone) {
        let end = match done.end {
            Ok(end) => end,
            Err(failure) => {
                if self.fail(&failure, "what is to be covered").await.0 == Hope::Later {
                    return;
                }
                // Nothing more can be done about this one; its row says so already.
                Covering::OneLess
            }
        };
        let Some(cover) = self.covers.iter_mut().find(|cover| cover.event == done.event) else { return };
        match end {
            Covering::LookedUp(left) => cover.left = Some(left),
            Covering::OneLess => drop(cover.left.as_mut().and_then(VecDeque::pop_front)),
            Covering::Finished => self.covers.retain(|cover| cover.event != done.event),
        }
    }

    /// Whether a notice tells of something that is being covered, so that it is not to be shown any more.
    pub(super) fn is_covered(&self, subject: &str) -> bool {
        self.covers.iter().any(|cover| happened_within(subject, cover.event, &cover.covered))
    }

    pub(super) fn safety_notice(&mut self, event: EventSeq, text: &str) {
        self.notices.push_back(Notice::new(format!("safety:{event}"), own::aside(text)));
    }
}

/// What the outbox calls a cover as a whole.
fn about(event: EventSeq) -> String {
    format!("curtain:{event}")
}

/// Whether a notice tells of something that is covered.
pub(super) fn happened_within(subject: &str, upto: EventSeq, covered: &Covered) -> bool {
    let number = NOTICES.iter().find_map(|kind| subject.strip_prefix(kind)?.parse().ok()).map(EventSeq::new);
    number.is_some_and(|event| event >= covered.since && event <= upto)
}

/// All that stands in the channel of what is covered, each with a row of its own.
async fn look_up(out: &Outgoing, event: EventSeq, covered: &Covered) -> Result<VecDeque<Target>, StoreError> {
    let mut found = Vec::new();
    for turn in &covered.turns {
        for row in out.store.messages_about(&out.place, spoken(*turn)).await? {
            match row.state {
                ParcelState::Sent(message) if row.body.as_deref() == Some(VOICE) => {
                    found.push((row.id, What::Unspeak(message)));
                }
                ParcelState::Sent(message) => found.push((row.id, What::Remove(message))),
                ParcelState::Planned if row.body.as_deref() == Some(VOICE) => {
                    found.push((row.id, What::Lost(Box::new(row))));
                }
                ParcelState::Planned => found.push((row.id, What::Unsend(row.subject, row.part))),
                ParcelState::Dropped => {}
            }
        }
        // Where a reply was told anew, its first messages stand as they were.
        if !out.store.messages_about(&out.place, subject(*turn, true)).await?.is_empty() {
            let first = out.store.messages_about(&out.place, subject(*turn, false)).await?;
            found.extend(first.into_iter().filter_map(|row| match row.state {
                ParcelState::Sent(message) => Some((row.id, What::Remove(message))),
                _ => None,
            }));
        }
    }
    for kind in NOTICES {
        for row in out.store.messages_of_kind(&out.place, kind).await? {
            let is_notice = row.body.as_deref().is_some_and(Notice::is_body);
            if row.part != 0 || !is_notice || !happened_within(&row.subject, event, covered) {
                continue;
            }
            match row.state {
                ParcelState::Sent(message) => found.push((row.id, What::Hide(message))),
                ParcelState::Planned => found.push((row.id, What::Unsend(row.subject, row.part))),
                ParcelState::Dropped => {}
            }
        }
    }
    plan(out, event, None).await?;
    let mut targets = VecDeque::new();
    for (of, what) in found {
        let row = plan(out, event, Some(of)).await?;
        if row.state == ParcelState::Planned {
            targets.push_back(Target { row: row.id, what });
        }
    }
    Ok(targets)
}

/// The row of a cover as a whole, or of one message that is covered by it.
async fn plan(out: &Outgoing, event: EventSeq, of: Option<i64>) -> Result<Parcel, StoreError> {
    let subject = of.map_or_else(|| about(event), |row| format!("{}:{row}", about(event)));
    let planned = Planned { place: out.place.clone(), subject, part: 0, nonce: outgoing::nonce(), body: None };
    out.store.plan_message(planned, (out.now)()).await
}

async fn finish(out: &Outgoing, event: EventSeq) -> Result<(), StoreError> {
    let row = plan(out, event, None).await?;
    out.store.message_sent(row.id, 0).await
}

/// Covers one message, and writes down that it is.
async fn hide(out: &Outgoing, target: &Target) -> Result<(), SendError> {
    let (message, done) = match &target.what {
        What::Hide(message) => {
            let draft = Draft::text(own::aside(CURTAIN));
            let edited = out.edit(*message, &draft).await;
            (
                *message,
                if edited.as_ref().is_err_and(outgoing::is_too_late) { out.remove(*message).await } else { edited },
            )
        }
        What::Unspeak(message) => (*message, out.unspeak(*message).await),
        What::Remove(message) => (*message, out.remove(*message).await),
        What::Lost(parcel) => (0, out.unspeak_lost(parcel).await),
        What::Unsend(subject, part) => (0, out.unsend(subject, *part).await),
    };
    match done {
        Err(failure) if failure.hope() == Hope::Later => Err(failure),
        Err(failure) => {
            out.store.message_dropped(target.row).await?;
            Err(failure)
        }
        Ok(()) => Ok(out.store.message_sent(target.row, message).await?),
    }
}
