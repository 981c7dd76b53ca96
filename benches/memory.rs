//! How long a search in 100,000 memories takes, for the game master and for a seat: `cargo bench --bench memory`.
//! `MEMORIES=2000` tries it with fewer. It prints the middle and the 99th percentile; the aim is 50 ms for the latter.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails where it cannot go on")]

use std::time::{Duration, Instant};

use talekeeper::domain::{
    ActionId, Actor, Audience, BranchId, Event, EventKind, EventSeq, PathStep, ProviderName, Reply, Said, SceneNo,
    SeatId, Span, Spent, Spoken, TableId, Timestamp, TurnNo, TurnOutcome, Viewer,
};
use talekeeper::memory::Query;
use talekeeper::store::{Store, Wanted};

const SEATS: u32 = 5;
const SEARCHES: usize = 400;
const BATCH: u64 = 2_000;
/// As many words as a turn looks for, and as many finds as are weighed.
const WORDS: usize = 12;
const FOUND: usize = 60;

const WHO: [&str; 16] = [
    "the guard",
    "Odo",
    "Tessaly",
    "Baron Hesk",
    "the cook Marl",
    "Agrane",
    "the captain",
    "Pim",
    "a merchant",
    "Corvane",
    "the abbot",
    "Nettle",
    "the smith",
    "Ilvane",
    "the raven",
    "왕비",
];
const DOES: [&str; 12] = [
    "nods at",
    "lies about",
    "counts the coins of",
    "asks for the key of",
    "swears an oath to",
    "sings of",
    "betrays",
    "hides the ring from",
    "fears",
    "opens the door for",
    "speaks of the king to",
    "剣を渡す",
];
const WHERE: [&str; 10] = [
    "at the chapel",
    "by the river",
    "under the hill",
    "at the docks",
    "near the well",
    "in the crypt",
    "on the wall",
    "at Gallow Weir",
    "北の塔で",
    "우물가에서",
];

/// Numbers that are always the same and look like none.
fn mixed(n: u64) -> usize {
    let mut x = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    usize::try_from(x >> 33).unwrap()
}

fn words(n: u64) -> String {
    let pick = |from: &[&'static str], salt: u64| from[mixed(n * 7 + salt) % from.len()];
    let (who, does, whom, place) = (pick(&WHO, 1), pick(&DOES, 2), pick(&WHO, 3), pick(&WHERE, 4));
    // One word in each that few others have.
    format!("Then {who} {does} {whom} {place}, and everybody remembers the word rune{}.", mixed(n) % 9_000)
}

/// The two events of a turn; every fifth is said in secret.
fn turn(n: u64) -> [Event; 2] {
    let turn = TurnNo::new(n);
    let seat = SeatId::new(1 + u32::try_from(n % u64::from(SEATS)).unwrap());
    let audience = if n.is_multiple_of(5) { Audience::Seats(vec![seat]) } else { Audience::Table };
    let said = Said {
        character: None,
        action: ActionId::new(n),
        seat,
        name: format!("Player{seat}"),
        text: words(n + 1_000_000),
        files: Vec::new(),
        audience,
    };
    let opened =
        EventKind::TurnOpened { turn, said: vec![said], provider: ProviderName::oracle(), model: None, retry_of: None };
    let reply = Reply { spans: vec![Span { speaker: None, text: words(n) }] };
    let ended = EventKind::TurnEnded {
        turn,
        outcome: TurnOutcome::Answered { reply },
        spent: Spent::default(),
        session: None,
        duration_ms: 0,
        first_text_ms: None,
        spoken: Spoken::default(),
    };
    [(2 * n - 1, opened), (2 * n, ended)].map(|(seq, kind)| Event {
        seq: EventSeq::new(seq),
        branch: BranchId::new(0),
        scene: SceneNo::new(1 + u32::try_from(n / 40).unwrap()),
        turn: Some(turn),
        at: Timestamp::from_millis(1_700_000_000_000 + i64::try_from(n).unwrap() * 60_000),
        actor: Actor::Program,
        audience: Audience::Table,
        cause: None,
        kind,
    })
}

async fn fill(store: &Store, table: TableId, turns: u64) {
    let mut events = Vec::new();
    for n in 1..=turns {
        events.extend(turn(n));
        if n.is_multiple_of(BATCH) || n == turns {
            store.append(table, std::mem::take(&mut events)).await.unwrap();
        }
    }
}

/// What a turn looks up: the rarest words of what is said, and what they find.
async fn search(store: &Store, table: TableId, viewer: Viewer, n: u64) -> Duration {
    let path = vec![PathStep { branch: BranchId::new(0), upto: None }];
    let said = talekeeper::memory::terms(&words(n * 131));
    let begun = Instant::now();
    let rare = store.rare_words(said, WORDS).await.unwrap();
    let query = Query::of(rare.iter().map(String::as_str));
    let found = store.memories_found(Wanted { table, path, viewer }, &query, FOUND).await.unwrap();
    let took = begun.elapsed();
    assert!(!found.is_empty());
    took
}

#[expect(clippy::disallowed_methods, reason = "a measurement has no configuration")]
fn wanted() -> u64 {
    std::env::var("MEMORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

fn main() {
    let wanted = wanted();
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = Store::open(folder.path()).unwrap();
        let table = store.ensure_table(&"crown".parse().unwrap(), Timestamp::from_millis(1)).await.unwrap().id;
        // A turn in five leaves two.
        let turns = wanted * 5 / 6;
        let begun = Instant::now();
        fill(&store, table, turns).await;
        println!("about {wanted} memories of {turns} turns written in {:.1} s", begun.elapsed().as_secs_f64());
        for (name, viewer) in
            [("game master", Viewer::Gm), ("a seat", Viewer::Seat(SeatId::new(2))), ("everyone", Viewer::Public)]
        {
            let mut took = Vec::new();
            for n in 0..SEARCHES as u64 {
                took.push(search(&store, table, viewer, n + 1).await);
            }
            took.sort_unstable();
            let ms = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
            println!("{name}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", ms(50), ms(99), ms(100));
        }
        store.close().await;
    });
}
