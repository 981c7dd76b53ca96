//! The oracle as a provider: sends its answer as any other does.
//! Decides nothing; what is said is made in `answer`.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::domain::{
    BlockKey, Deed, Enters, Fault, FaultKind, FightDeed, Finished, ProviderEvent, ProviderName, Said, SheetDeed, Spent,
    Viewer, WHISPER_CHARS, WorldDeed,
};
use crate::game::dice;
use crate::provider::{BoxFuture, Provider, TurnOrder};

use super::answer::{Ask, Clash, answer};
use super::grammar::sentences;
use super::recalled::{self, Recalled};
use super::tables::{Label, Tables};
use super::{intent, quote};

/// Why a vital goes down, on the sheet.
const SETBACK: &str = "a setback";

/// How much of a promise is noted, in characters.
const PROMISE: usize = 110;

/// The built-in game master that needs no model, no network and no money.
#[derive(Debug)]
pub struct Oracle {
    name: ProviderName,
}

impl Oracle {
    /// The oracle.
    pub fn new() -> Self {
        Self { name: ProviderName::oracle() }
    }
}

impl Default for Oracle {
    fn default() -> Self {
        Self::new()
    }
}

impl Provider for Oracle {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn is_process(&self) -> bool {
        false
    }

    fn run(
        &self,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let last = match cancel.run_until_cancelled(tell(&order, &events)).await {
                Some(()) => {
                    let spent = Spent { tokens_in: None, tokens_out: None, cost_micros: Some(0) };
                    ProviderEvent::Finished(Finished { text: None, spent })
                }
                None => ProviderEvent::Failed(Fault::new(FaultKind::Other, "cancelled")),
            };
            // Who no longer listens needs no end.
            drop(events.send(last).await);
        })
    }
}

/// Sends the answer in a few pieces that end with a sentence.
async fn tell(order: &TurnOrder, events: &mpsc::Sender<ProviderEvent>) {
    let started = ProviderEvent::Started {
        session: ProviderName::ORACLE.to_owned(),
        model: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    };
    let tables = Tables::of(&order.language);
    let answer_to = |said: &[Said], recalled: &[Recalled]| {
        let (table, language, tale) = (&order.table, &order.language, &order.tale);
        answer(tables, &Ask { table, language, turn: order.turn, tale, said, recalled })
    };
    let (open, secret): (Vec<_>, Vec<_>) = order.said.iter().map(spoken).partition(|said| said.audience.is_table());
    let only_secret = open.is_empty() && !secret.is_empty();
    for said in secret {
        let recalled = recall(order, tables, std::slice::from_ref(&said), Viewer::Seat(said.seat)).await;
        let text = shorten(&answer_to(std::slice::from_ref(&said), &recalled).text);
        // What is not let through leaves the one who whispered with what everyone reads.
        if let Err(denied) = order.hand.deed(Deed::Whisper { to: said.seat, text }).await {
            debug!(%denied, "no whisper back");
        }
    }
    let text = if only_secret {
        tables.label(Label::Aside).to_owned()
    } else {
        note_promises(order, tables, &open).await;
        let recalled = recall(order, tables, &open, Viewer::Public).await;
        let told = answer_to(&open, &recalled);
        for seat in told.setbacks {
            // Most tables have no kit that makes it cost anything.
            if let Err(denied) =
                order.hand.deed(Deed::Sheet(SheetDeed::Setback { seat, why: SETBACK.to_owned() })).await
            {
                debug!(%denied, "the setback costs nothing");
            }
        }
        if let Some(deed) = told.clash.and_then(|clash| fights(clash, order)) {
            // A table without dice has no fights.
            if let Err(denied) = order.hand.deed(Deed::Fight(deed)).await {
                debug!(%denied, "no fight");
            }
        }
        told.text
    };
    let block = BlockKey { message: format!("oracle-{}", order.turn), index: 0 };
    let pieces = pieces(&text).into_iter().map(|text| ProviderEvent::Text { block: block.clone(), text });
    for event in std::iter::once(started).chain(pieces) {
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// What comes back of earlier scenes and what the lorebooks say, as far as `viewer` may know it: one of each at most.
async fn recall(order: &TurnOrder, tables: &Tables, said: &[Said], viewer: Viewer) -> Vec<Recalled> {
    let asked = said.iter().map(|said| said.text.as_str()).collect::<Vec<_>>().join("\n");
    let asked: String = asked.chars().take(quote::READ_CHARS).collect();
    let now = order.tale.scene.as_ref().map(|scene| scene.number);
    let Some(now) = now.filter(|_| !asked.trim().is_empty()) else { return Vec::new() };
    let found = order.hand.recall(asked.clone(), viewer, None).await.unwrap_or_else(|failed| {
        debug!(%failed, "nothing is recalled");
        Vec::new()
    });
    let found = recalled::of_memories(tables, &asked, now, &found);
    let books = order.hand.look_up_lore(asked.clone()).await.unwrap_or_else(|failed| {
        debug!(%failed, "no lore is looked up");
        Vec::new()
    });
    let lore = books.iter().filter(|entry| entry.audience.admits(viewer));
    let lore = lore.into_iter().find_map(|entry| recalled::of_lore(tables, &asked, &entry.text));
    found.into_iter().chain(lore).collect()
}

/// Has what players give their word on remembered.
async fn note_promises(order: &TurnOrder, tables: &Tables, said: &[Said]) {
    for said in said.iter().filter(|said| intent::promises(tables, &said.text)) {
        let (who, what) = (quote::plain(&said.name, PROMISE), quote::plain(&said.text, PROMISE));
        if let Err(denied) = order.hand.deed(Deed::World(WorldDeed::Promise { who, what })).await {
            debug!(%denied, "the promise is not noted");
        }
    }
}

/// What the table is asked for: nothing where it stands so already.
fn fights(clash: Clash, order: &TurnOrder) -> Option<FightDeed> {
    match (clash, &order.tale.game.fight) {
        (Clash::Begins(foe), None) => {
            let foe = Enters { name: Some(foe), ..Enters::default() };
            Some(FightDeed::Start { places: vec![foe], nonce: ProviderName::ORACLE.to_owned() })
        }
        (Clash::Ends, Some(_)) => Some(FightDeed::End),
        _ => None,
    }
}

/// What was said, without the dice in it: they are thrown and told beside it.
fn spoken(said: &Said) -> Said {
    Said { text: dice::without_inline(&said.text), ..said.clone() }
}

/// As much as a whisper holds, in whole sentences.
fn shorten(text: &str) -> String {
    let mut kept = String::new();
    for piece in pieces(text) {
        if kept.chars().count() + piece.chars().count() > WHISPER_CHARS {
            break;
        }
        kept += &piece;
    }
    kept
}

/// Cuts after sentences and paragraphs; put together the pieces are the text.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for sentence in sentences(text) {
        let at = text[from..].find(sentence).map_or(from, |at| from + at);
        let end = at + sentence.len();
        pieces.push(text[from..end].to_owned());
        from = end;
    }
    if from < text.len() {
        pieces.push(text[from..].to_owned());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ActionId, Audience, EventSeq, Fight, Memory, MemoryId, SceneNo, SceneState, SeatId, Tale, Tier, Timestamp,
        TurnNo,
    };
    use crate::lore::{LookedUp, LoreAudience};
    use crate::provider::{Hand, Reach};

    fn order() -> TurnOrder {
        TurnOrder {
            table: "kitchen".to_owned(),
            turn: TurnNo::new(1),
            system: String::new(),
            prompt: String::new(),
            resume: None,
            model: None,
            allowed_tools: Vec::new(),
            asking: None,
            folder: std::path::PathBuf::new(),
            budget_micros: None,
            language: "en".to_owned(),
            tale: Tale::default(),
            said: Vec::new(),
            pictures: Vec::new(),
            hand: Hand::new().0,
            tools: None,
        }
    }

    async fn run(cancel: CancellationToken) -> Vec<ProviderEvent> {
        run_order(order(), cancel).await
    }

    async fn run_order(order: TurnOrder, cancel: CancellationToken) -> Vec<ProviderEvent> {
        let (tx, mut rx) = mpsc::channel(1);
        let oracle = Oracle::new();
        let collect = async {
            let mut events = Vec::new();
            while let Some(event) = rx.recv().await {
                events.push(event);
            }
            events
        };
        tokio::join!(oracle.run(order, tx, cancel), collect).1
    }

    fn text_of(events: &[ProviderEvent]) -> String {
        let text = |event: &ProviderEvent| match event {
            ProviderEvent::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    fn remembered(text: &str) -> Memory {
        Memory {
            id: MemoryId { event: EventSeq::new(1), part: 0 },
            tier: Tier::Secret,
            text: text.to_owned(),
            names: vec!["Bo".to_owned()],
            audience: Audience::Seats(vec![SeatId::new(2)]),
            importance: 6,
            scene: SceneNo::new(1),
            turn: None,
            at: Timestamp::from_millis(1),
            pinned: false,
            by_people: false,
            knowers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_is_said_in_secret_is_answered_by_a_whisper_and_nowhere_else() {
        let (hand, mut reaches) = Hand::new();
        let audience = Audience::Seats(vec![SeatId::new(2)]);
        let text = "I pocket the silver key.".to_owned();
        let said = vec![Said {
            action: ActionId::new(1),
            seat: SeatId::new(2),
            name: "Bo".to_owned(),
            text,
            files: Vec::new(),
            audience,
            character: None,
        }];
        let reach = async {
            loop {
                match reaches.recv().await {
                    // A secret comes back to whose it is, and what only the game master knows of the books to nobody.
                    Some(Reach::Recall { viewer, reply, .. }) => {
                        assert_eq!(viewer, Viewer::Seat(SeatId::new(2)));
                        reply
                            .send(Ok(vec![remembered("Bo: I bury the silver key below the sundial. (in secret)")]))
                            .unwrap();
                    }
                    Some(Reach::Lore { reply, .. }) => {
                        let entry = |audience, text: &str| LookedUp {
                            label: "Key".to_owned(),
                            audience,
                            text: text.to_owned(),
                        };
                        let gm = entry(LoreAudience::Gm, "The silver key is a forgery.");
                        let own = entry(LoreAudience::Seats(vec![2]), "The silver key sings at noon.");
                        reply.send(vec![gm, own]).unwrap();
                    }
                    Some(Reach::Deed { deed, reply }) => {
                        reply.send(Ok(Vec::new())).unwrap();
                        return deed;
                    }
                    _ => panic!("no deed"),
                }
            }
        };
        let scene = SceneState { number: SceneNo::new(2), title: None, opened: EventSeq::new(9), beats: 0 };
        let tale = Tale { scene: Some(scene), ..Tale::default() };
        let order = TurnOrder { said, hand, tale, ..order() };
        let (events, deed) = tokio::join!(run_order(order, CancellationToken::new()), reach);
        let Deed::Whisper { to, text } = deed else { panic!("{deed:?}") };
        assert_eq!(to, SeatId::new(2));
        assert!(!text.is_empty() && text.chars().count() <= WHISPER_CHARS);
        assert!(text.contains("below the sundial") && text.contains("sings at noon"), "{text}");
        assert!(!text.contains("forgery"), "{text}");
        assert_eq!(text_of(&events), Tables::of("en").label(Label::Aside));
    }

    #[tokio::test]
    async fn what_is_said_openly_brings_back_what_everyone_may_know_and_no_more() {
        let (hand, mut reaches) = Hand::new();
        let (text, audience) = ("Where is the silver key?".to_owned(), Audience::Table);
        let (action, seat, name) = (ActionId::new(1), SeatId::new(2), "Bo".to_owned());
        let said = vec![Said { action, seat, name, character: None, text, files: Vec::new(), audience }];
        let number = SceneNo::new(2);
        let scene = SceneState { number, title: Some("The Gate".to_owned()), opened: EventSeq::new(9), beats: 4 };
        let tale = Tale { scene: Some(scene), ..Tale::default() };
        let order = TurnOrder { said, hand, tale, ..order() };
        let reach = async {
            let mut asked = 0;
            while let Some(reach) = reaches.recv().await {
                match reach {
                    Reach::Recall { viewer, reply, .. } => {
                        assert_eq!(viewer, Viewer::Public, "all read the answer, whoever asked");
                        asked += 1;
                        reply.send(Ok(Vec::new())).unwrap();
                    }
                    Reach::Lore { reply, .. } => {
                        let entry = |audience, text: &str| LookedUp {
                            label: "Key".to_owned(),
                            audience,
                            text: text.to_owned(),
                        };
                        let own = entry(LoreAudience::Seats(vec![2]), "The silver key sings at noon.");
                        let all = entry(LoreAudience::Table, "The silver key is cold.");
                        reply.send(vec![own, all]).unwrap();
                    }
                    Reach::Deed { reply, .. } => drop(reply.send(Ok(Vec::new()))),
                    _ => {}
                }
            }
            asked
        };
        let (events, asked) = tokio::join!(run_order(order, CancellationToken::new()), reach);
        let text = text_of(&events);
        assert!(asked == 1 && text.contains("silver key is cold") && !text.contains("sings"), "{text}");
    }

    /// What the oracle asks of the table for one blow at a wolf in this turn.
    async fn blow(turn: u64, tale: &Tale) -> Vec<Deed> {
        let (hand, mut reaches) = Hand::new();
        let (text, audience) = ("I attack the wolf.".to_owned(), Audience::Table);
        let (action, seat, name) = (ActionId::new(1), SeatId::new(1), "Ana".to_owned());
        let said = vec![Said { action, seat, name, character: None, text, files: Vec::new(), audience }];
        let order = TurnOrder { said, hand, turn: TurnNo::new(turn), tale: tale.clone(), ..order() };
        let reach = async {
            let mut deeds = Vec::new();
            while let Some(reach) = reaches.recv().await {
                let Reach::Deed { deed, reply } = reach else { continue };
                drop(reply.send(Ok(Vec::new())));
                deeds.push(deed);
            }
            deeds
        };
        tokio::join!(run_order(order, CancellationToken::new()), reach).1
    }

    #[tokio::test]
    async fn a_blow_that_misses_begins_a_fight_and_one_that_hits_ends_it() {
        let (number, opened) = (SceneNo::new(1), EventSeq::new(1));
        let scene = SceneState { number, title: Some("The Gate".to_owned()), opened, beats: 3 };
        let calm = Tale { scene: Some(scene), ..Tale::default() };
        let mut fight = calm.clone();
        fight.game.fight = Some(Fight::new(EventSeq::new(1)));
        let (mut begun, mut ended) = (0, 0);
        for turn in 1..40 {
            for deed in blow(turn, &calm).await {
                if let Deed::Fight(deed) = deed {
                    let FightDeed::Start { places, .. } = deed else { panic!("{deed:?}") };
                    assert!(places[0].name.as_ref().is_some_and(|name| name.contains("wolf")), "{places:?}");
                    begun += 1;
                }
            }
            for deed in blow(turn, &fight).await {
                if let Deed::Fight(deed) = deed {
                    assert_eq!(deed, FightDeed::End);
                    ended += 1;
                }
            }
        }
        assert!(begun > 3 && ended > 3, "{begun} begun, {ended} ended");
    }

    #[tokio::test]
    async fn the_streamed_pieces_are_the_answer_and_cost_nothing() {
        let events = run(CancellationToken::new()).await;
        assert!(matches!(&events[0], ProviderEvent::Started { session, .. } if session == "oracle"));
        let text = text_of(&events);
        let tale = Tale::default();
        let ask = Ask { table: "kitchen", language: "en", turn: TurnNo::new(1), tale: &tale, said: &[], recalled: &[] };
        assert_eq!(text, answer(Tables::of("en"), &ask).text);
        assert!(events.len() > 5);
        let Some(ProviderEvent::Finished(finished)) = events.last() else { panic!("{events:?}") };
        assert_eq!(finished.spent.cost_micros, Some(0));
    }

    #[tokio::test]
    async fn a_cancelled_turn_still_ends_once() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let events = run(cancel).await;
        assert!(matches!(events.as_slice(), [ProviderEvent::Failed(_)]), "{events:?}");
    }
}
