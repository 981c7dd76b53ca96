//! A small story for the tests of this folder.
//! It is compiled for tests only.

use crate::domain::{
    ActionId, Actor, Audience, BranchId, Event, EventKind, EventSeq, ProviderName, Reply, Said, SceneNo, SeatId, Span,
    Spent, Spoken, TableName, Timestamp, TurnNo, TurnOutcome,
};
use crate::story::scene_file::{SceneFile, SceneHeader, render};

/// 2026-01-02T20:15:00Z.
const START: i64 = 1_767_384_900_000;

/// A log of one scene while it is written.
pub(crate) struct Log {
    pub(crate) events: Vec<Event>,
    scene: SceneNo,
    turn: u64,
}

impl Log {
    pub(crate) fn new(scene: u32, first: u64, title: Option<&str>) -> Self {
        let scene = SceneNo::new(scene);
        let mut log = Self { events: Vec::new(), scene, turn: first };
        log.push_at(first, EventKind::SceneOpened { scene, title: title.map(str::to_owned) });
        log
    }

    fn push_at(&mut self, seq: u64, kind: EventKind) -> &mut Event {
        self.events.push(Event {
            seq: EventSeq::new(seq),
            branch: BranchId::new(2),
            scene: self.scene,
            turn: None,
            at: Timestamp::from_millis(START + i64::try_from(seq).unwrap() * 1000),
            actor: Actor::Program,
            audience: Audience::Table,
            cause: None,
            kind,
        });
        self.events.last_mut().unwrap()
    }

    pub(crate) fn push(&mut self, kind: EventKind) -> &mut Event {
        let seq = self.events.last().unwrap().seq.get() + 2;
        self.push_at(seq, kind)
    }

    pub(crate) fn title(&mut self, title: &str) -> &mut Event {
        let scene = self.scene;
        self.push(EventKind::SceneTitled { scene, title: title.to_owned() })
    }

    pub(crate) fn end(&mut self) {
        let scene = self.scene;
        self.push(EventKind::SceneEnded { scene });
    }

    /// A turn: who said what, and how it ended. Gives back the event of its end.
    pub(crate) fn turn(&mut self, said: &[(&str, &str)], outcome: TurnOutcome) -> &mut Event {
        self.turn += 1;
        let turn = TurnNo::new(self.turn);
        let seat = |name: &str| SeatId::new(u32::from(name.as_bytes().first().copied().unwrap_or(0)));
        let said = said.iter().map(|(name, text)| Said {
            action: ActionId::new(1),
            seat: seat(name),
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            files: Vec::new(),
            audience: Audience::Table,
            character: None,
        });
        let (said, provider) = (said.collect(), ProviderName::new("claude"));
        self.push(EventKind::TurnOpened { turn, said, provider, model: None, retry_of: None });
        let spent = Spent::default();
        self.push(EventKind::TurnEnded {
            turn,
            outcome,
            spent,
            session: None,
            duration_ms: 1,
            first_text_ms: None,
            spoken: Spoken::default(),
        })
    }
}

/// A reply: who says what, nobody being the narrator.
pub(crate) fn answered(spans: &[(&str, &str)]) -> TurnOutcome {
    let spans = spans.iter().map(|(speaker, text)| Span {
        speaker: (!speaker.is_empty()).then(|| (*speaker).to_owned()),
        text: (*text).to_owned(),
    });
    TurnOutcome::Answered { reply: Reply { spans: spans.collect() } }
}

pub(crate) fn table() -> TableName {
    "sunken-crown".parse().unwrap()
}

pub(crate) fn file_of(log: &Log) -> SceneFile {
    let table = table();
    render(&log.events, &SceneHeader { table: &table, branch: BranchId::new(2), seats: &[] }).unwrap()
}

/// Two players, a character, a roll.
pub(crate) fn the_drowned_stair() -> Log {
    let mut log = Log::new(7, 1030, None);
    log.turn(
        &[
            ("Ana", "I lift the lantern and go down first."),
            ("Ben", "I keep a hand on the rope. “If it goes slack, I run.”"),
        ],
        answered(&[
            (
                "",
                "The steps are slick with weed. Thirty of them, then forty, and the air turns cold enough to taste: salt, \
                 iron, something older. Far below, *something* is counting under its breath.\n\n\
                 Then the counting stops.",
            ),
            ("Mira", "“You came back.” She does not sound glad. “I told you the tide keeps what it is given.”"),
            ("", "Her hand rests on the chain that holds the gate."),
        ]),
    );
    log.title("The Drowned Stair");
    log.turn(
        &[("Ben", "I talk her into letting us pass.\nSlowly. No sudden moves.")],
        answered(&[
            ("", "> 2d6: 4 + 3 = 7, a success that costs something"),
            ("Mira", "“Leave the lantern, then. It has drowned more people than the sea.”"),
            ("", "She steps aside. The gate opens onto water so still that it holds every star, and:\n\n- one boat,\n- two oars,\n- no shore."),
        ]),
    );
    log.end();
    log
}
