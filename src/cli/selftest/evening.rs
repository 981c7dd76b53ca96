//! The evening of a selftest: three people at a table with the Oracle, from the first line to the book.
//! It goes through the tables themselves, as doors do; no door is open.

use std::path::Path;
use std::sync::Arc;

use super::{Steps, settings};
use crate::app::App;
use crate::domain::{
    Command, Deed, Envelope, Person, PersonId, Role, RollFor, SceneNo, SeatId, SourceId, TableName, Timestamp, Viewer,
};
use crate::store::Store;
use crate::story::export::{self, Format, Meta};
use crate::story::scene_text::SceneText;
use crate::story::shelf::Shelf;
use crate::table::machine::Answer;
use crate::table::{FrameBody, TableHandle, TurnEnd, Watched};

/// The table's name.
const TABLE: &str = "selftest";
/// What is whispered; nobody else may find it.
const WORD: &str = "opal";
/// How many turns are kept in the end.
const TURNS: u64 = 3;

/// What a step finds: something for the next ones, and a sentence.
type Found<T> = Result<(T, String), String>;

/// Plays the evening; a step that failed ends it.
pub(super) async fn play(steps: &mut Steps, folder: &Path) {
    let Some(app) = steps.tries("data folder and database", open(folder)).await else { return };
    let all = evening(steps, &app).await;
    let closed = steps.tries("ending", async {
        app.drain(std::future::pending()).await;
        Ok(((), "the store was closed".to_owned()))
    });
    if closed.await.is_none() || all.is_none() {
        return;
    }
    steps.tries("restart", restart(folder)).await;
    steps.tries("story files", story(folder)).await;
    steps.tries("the log", integrity(folder)).await;
    steps.tries("export", books(folder)).await;
}

async fn evening(steps: &mut Steps, app: &App) -> Option<()> {
    let table = steps.tries("a table", table(app)).await?;
    steps.tries("turns", turns(&table)).await?;
    steps.tries("dice", dice(&table)).await?;
    steps.tries("a whisper", whisper(&table)).await?;
    steps.tries("undo and retry", undo(&table)).await?;
    steps.tries("a new scene", scene(&table)).await
}

async fn open(folder: &Path) -> Found<App> {
    let config = settings(folder, &[])?;
    let app = App::start(Arc::new(config), &[], None, None).await.map_err(chain)?;
    Ok((app, "made and opened".to_owned()))
}

fn name() -> Result<TableName, String> {
    TABLE.parse().map_err(chain)
}

async fn table(app: &App) -> Found<TableHandle> {
    let table = app.hall.table(&name()?).await.map_err(chain)?;
    for person in [ANA, BEN, CORA] {
        table.sit(sits(person)).await.map_err(chain)?;
    }
    let view = table.view().await.map_err(chain)?;
    expect(view.seats.len() == 3, "three people sat down and the table has other seats")?;
    expect(view.provider.as_str() == "oracle", "somebody else than the Oracle answers")?;
    Ok((table, "three seats, the Oracle answers".to_owned()))
}

const ANA: &str = "Ana";
const BEN: &str = "Ben";
const CORA: &str = "Cora";

fn sits(name: &str) -> Person {
    let role = if name == ANA { Role::Host } else { Role::Player };
    Person { id: id_of(name), name: name.to_owned(), role }
}

fn id_of(name: &str) -> PersonId {
    PersonId::new(format!("selftest:{}", name.to_lowercase()))
}

/// Says something and waits for the whole reply.
async fn say(table: &TableHandle, who: &str, nonce: &str, text: &str) -> Result<String, String> {
    let mut watch = table.watch(Viewer::Public);
    let source = SourceId::new(format!("selftest:{nonce}"));
    table.say(sits(who), source, text.to_owned()).await.map_err(chain)?;
    told(&mut watch).await
}

/// Waits for the end of a turn; gives its reply.
async fn told(watch: &mut crate::table::Watch) -> Result<String, String> {
    loop {
        match watch.next().await {
            Watched::Closed => return Err("the table closed in the middle of a turn".to_owned()),
            Watched::Missed(_) => {}
            Watched::Frame(frame) => match &frame.body {
                FrameBody::TurnEnded { end: TurnEnd::Answered { reply, .. }, .. } => return Ok(reply.to_markdown()),
                FrameBody::TurnEnded { end, .. } => return Err(format!("a turn ended without a reply: {end:?}")),
                _ => {}
            },
        }
    }
}

async fn turns(table: &TableHandle) -> Found<()> {
    let mut words = 0;
    for (who, nonce, text) in
        [(ANA, "1", "I knock at the green door."), (BEN, "2", "I hold the lantern higher and look around.")]
    {
        let reply = say(table, who, nonce, text).await?;
        expect(!reply.trim().is_empty(), "a reply was empty")?;
        words += reply.split_whitespace().count();
    }
    // What is heard twice is played once.
    table.say(sits(ANA), SourceId::new("selftest:1"), "I knock at the green door.".to_owned()).await.map_err(chain)?;
    let view = table.view().await.map_err(chain)?;
    expect(view.turns == 2 && view.running.is_none() && view.waiting == 0, "what was heard twice was played twice")?;
    Ok(((), format!("2 answered with {words} words; a line that was heard twice was played once")))
}

async fn dice(table: &TableHandle) -> Found<()> {
    let roll =
        |nonce: &str| Deed::Roll { notation: "2d6+3".to_owned(), shown: RollFor::Public, nonce: nonce.to_owned() };
    for nonce in ["a", "b"] {
        let answer = table.deed(sits(ANA), roll(nonce)).await.map_err(chain)?;
        expect(matches!(answer, Answer::Happened(events) if !events.is_empty()), "a roll came to nothing")?;
    }
    let bad = Deed::Roll { notation: "2dx".to_owned(), shown: RollFor::Public, nonce: "c".to_owned() };
    expect(table.deed(sits(ANA), bad).await.is_err(), "a roll that means nothing was thrown")?;
    let proof = table.proof(None).await.map_err(chain)?;
    let seals = proof.sealed.len();
    expect(seals > 0, "the rolls have no seal")?;
    Ok(((), "2 rolls under a seal, and one refused that means nothing".to_owned()))
}

async fn whisper(table: &TableHandle) -> Found<()> {
    let view = table.view().await.map_err(chain)?;
    let ben: SeatId = view.called(BEN).ok_or("a seat is gone")?;
    let deed = Deed::Whisper { to: ben, text: format!("The word is {WORD}.") };
    table.deed(sits(ANA), deed).await.map_err(chain)?;
    let view = table.view().await.map_err(chain)?;
    let letter = view.letters.first().ok_or("there is no envelope")?.0;
    let opened = table.letter(id_of(BEN), letter).await.map_err(chain)?;
    expect(matches!(&opened, Envelope::Yours(whisper) if whisper.text.contains(WORD)), "it did not reach its reader")?;
    let other = table.letter(id_of(CORA), letter).await.map_err(chain)?;
    expect(matches!(other, Envelope::Anothers), "somebody else could read it")?;
    Ok(((), "read by whom it was for, and by nobody else".to_owned()))
}

async fn undo(table: &TableHandle) -> Found<()> {
    say(table, CORA, "3", "I sit down and sing.").await?;
    table.command(sits(ANA), Command::Undo).await.map_err(chain)?;
    expect(table.view().await.map_err(chain)?.turns == 2, "an undone turn still counts")?;
    let reply = say(table, CORA, "4", "I open the door with my shoulder.").await?;
    let mut watch = table.watch(Viewer::Public);
    table.command(sits(ANA), Command::Retry).await.map_err(chain)?;
    let again = told(&mut watch).await?;
    expect(table.view().await.map_err(chain)?.turns == TURNS, "a turn that was told anew counts twice")?;
    let how = if again == reply { "the same" } else { "otherwise" };
    Ok(((), format!("a turn was taken back, another told anew ({how})")))
}

async fn scene(table: &TableHandle) -> Found<()> {
    let title = Some("The Cellar".to_owned());
    table.command(sits(ANA), Command::SceneNew { title, greeting: None }).await.map_err(chain)?;
    let view = table.view().await.map_err(chain)?;
    expect(view.scene == Some((SceneNo::new(2), Some("The Cellar".to_owned()))), "it is not open")?;
    Ok(((), "opened and named".to_owned()))
}

async fn story(folder: &Path) -> Found<()> {
    let text = scenes(folder)?.iter().map(|scene| scene.body.clone()).collect::<String>();
    expect(text.contains("green door"), "what was said is not in the story")?;
    expect(!text.contains(WORD), "a whisper stands in the story")?;
    expect(!text.contains("I sit down and sing"), "what was taken back stands in the story")?;
    Ok(((), "what happened is in them; what was whispered or taken back is not".to_owned()))
}

fn scenes(folder: &Path) -> Result<Vec<SceneText>, String> {
    let shelf = Shelf::new(folder, &name()?);
    let mut scenes = Vec::new();
    for scene in shelf.list().map_err(chain)? {
        scenes.extend(shelf.read(scene.number).map_err(chain)?.as_deref().and_then(SceneText::parse));
    }
    if scenes.is_empty() { Err("no story was written".to_owned()) } else { Ok(scenes) }
}

/// The program begins anew on what it left.
async fn restart(folder: &Path) -> Found<()> {
    let (app, _) = open(folder).await?;
    let same = async {
        let table = app.hall.table(&name()?).await.map_err(chain)?;
        let view = table.view().await.map_err(chain)?;
        expect(view.turns == TURNS && view.seats.len() == 3, "turns or seats are missing")?;
        expect(view.scene.is_some_and(|(number, _)| number == SceneNo::new(2)), "another scene is open")?;
        let reply = say(&table, BEN, "5", "I go down the stairs.").await?;
        expect(!reply.trim().is_empty(), "a reply was empty")
    };
    let same = same.await;
    app.drain(std::future::pending()).await;
    same.map(|()| ((), "the same turns, seats and scene, and play went on".to_owned()))
}

async fn integrity(folder: &Path) -> Found<()> {
    let seen = Store::inspect(folder).map_err(chain)?.ok_or("the database is gone")?;
    expect(seen.problems.is_empty(), &seen.problems.join("; "))?;
    Ok(((), format!("sound, schema {}", seen.version)))
}

async fn books(folder: &Path) -> Found<()> {
    let scenes = scenes(folder)?;
    let meta = Meta {
        table: name()?,
        title: "Selftest".to_owned(),
        language: "en".to_owned(),
        creators: Vec::new(),
        modified: Timestamp::from_millis(0),
    };
    let mut sizes = Vec::new();
    for format in [Format::Markdown, Format::Html, Format::Epub] {
        let book = export::export(&scenes, &meta, format).map_err(chain)?;
        expect(!book.is_empty(), "a book is empty")?;
        sizes.push(format!("{} {} bytes", format.extension(), book.len()));
    }
    Ok(((), sizes.join(", ")))
}

fn expect(so: bool, otherwise: &str) -> Result<(), String> {
    if so { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A failure with everything that led to it.
pub(super) fn chain(failure: impl std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(deeper) = cause {
        text += &format!(": {deeper}");
        cause = deeper.source();
    }
    text
}
