//! Makes a scene's markdown file from its events: front matter for programs, then prose for people.
//! It writes no file and shows nothing that not everyone may see.

use std::collections::BTreeMap;

use pulldown_cmark::{Event as Markdown, Options, Parser};

use crate::domain::{
    ActionId, BranchId, Event, EventKind, EventSeq, GameEvent, Reply, Said, SceneNo, Seat, SeatId, TableName,
    Timestamp, TurnNo, TurnOutcome, Viewer,
};
use crate::format::escape;
use crate::format::fence::Fence;
use crate::game::dice;
use crate::story::front_matter::FrontMatter;
use crate::story::rolls;
use crate::story::slug;

/// What the events of a scene do not say themselves.
#[derive(Clone, Copy, Debug)]
pub struct SceneHeader<'a> {
    /// The table.
    pub table: &'a TableName,
    /// The current line of play.
    pub branch: BranchId,
    /// The table's seats: the names people go by now. A seat that is missing keeps the name it had when it spoke.
    pub seats: &'a [Seat],
}

/// A scene's file before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneFile {
    /// The scene's number.
    pub number: SceneNo,
    /// The file's name, without a folder.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// The title of a scene that has none.
pub fn untitled(number: SceneNo) -> String {
    format!("Scene {number}")
}

/// Renders the scene that `events` tell: the events of one scene on the current line of play, oldest first.
///
/// None when none of them opens a scene.
pub fn render(events: &[Event], header: &SceneHeader<'_>) -> Option<SceneFile> {
    let mut scene = Scene::default();
    for event in events.iter().filter(|event| event.audience.admits(Viewer::Public)) {
        scene.fold(event, header.seats);
    }
    let number = scene.number?;
    let title = scene.title.take().unwrap_or_else(|| untitled(number));
    let text =
        format!("{}\n# {}\n{}", scene.front_matter(number, &title, header), escape::markdown(&title), scene.prose);
    Some(SceneFile { number, name: slug::file_name(number, &title), text })
}

/// A scene as far as its events were read.
#[derive(Default)]
struct Scene {
    number: Option<SceneNo>,
    title: Option<String>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    first: Option<EventSeq>,
    last: Option<EventSeq>,
    cast: Vec<String>,
    providers: Vec<String>,
    /// Turns that were opened and have not ended.
    open: BTreeMap<TurnNo, (Vec<Said>, String)>,
    /// Rolls written in actions that were not told yet.
    rolls: Vec<(ActionId, String)>,
    /// What happened in turns that have not ended: it is told only if they are answered.
    deeds: Vec<(TurnNo, String)>,
    prose: String,
}

impl Scene {
    fn fold(&mut self, event: &Event, seats: &[Seat]) {
        match &event.kind {
            EventKind::SceneOpened { scene, title } => {
                self.number = Some(*scene);
                self.title = title.as_deref().and_then(plain_line);
                self.started = Some(event.at);
            }
            EventKind::SceneTitled { title, .. } => self.title = plain_line(title),
            EventKind::SceneEnded { .. } => self.ended = Some(event.at),
            EventKind::TurnOpened { turn, said, provider, .. } => {
                self.open.insert(*turn, (said.clone(), provider.to_string()));
            }
            EventKind::TurnEnded { turn, outcome, session, .. } => {
                let (said, asked) = self.open.remove(turn).unwrap_or_default();
                if let TurnOutcome::Answered { reply } = outcome {
                    // Another than the one that was asked first may have gone on with the turn.
                    let answered = session.as_ref().map(|session| session.provider.to_string());
                    push_new(&mut self.providers, answered.unwrap_or(asked));
                    let done = self.deeds.extract_if(.., |(of, _)| of == turn);
                    self.prose.extend(done.map(|(_, told)| told));
                    self.tell(event.seq, &said, reply, seats);
                } else {
                    self.deeds.retain(|(of, _)| of != turn);
                }
            }
            EventKind::Game(happened) => return self.happened(event, happened, seats),
            _ => return,
        }
        self.first = self.first.or(Some(event.seq));
        self.last = Some(event.seq);
    }

    /// Adds what happened in the game, as far as it is told.
    fn happened(&mut self, event: &Event, happened: &GameEvent, seats: &[Seat]) {
        let told = match happened {
            GameEvent::Rolled(roll) => {
                let name = roll.seat.and_then(|seat| name_of(seat, seats)).unwrap_or("The game master");
                let callout = rolls::callout(&plain_line(name).unwrap_or_default(), roll);
                match roll.action {
                    Some(action) => return self.rolls.push((action, callout)),
                    None => callout,
                }
            }
            GameEvent::SeedShown(shown) => rolls::seed(shown),
            GameEvent::TakenBack => return self.deeds.retain(|(of, _)| Some(*of) != event.turn),
            _ => return,
        };
        let told = format!("\n{}", with_block_id(told.trim_end(), event.seq));
        match event.turn.filter(|turn| self.open.contains_key(turn)) {
            Some(turn) => self.deeds.push((turn, told)),
            None => self.prose += &told,
        }
        self.last = Some(event.seq);
    }

    /// Adds a beat to the prose: what people did, then what came of it.
    fn tell(&mut self, event: EventSeq, said: &[Said], reply: &Reply, seats: &[Seat]) {
        let mut beat = String::new();
        let public = |said: &&Said| said.audience.admits(Viewer::Public) && !is_table_talk(&said.text);
        for said in said.iter().filter(public) {
            let name = said.character.as_deref().or_else(|| name_of(said.seat, seats)).unwrap_or(&said.name);
            if let Some(action) = action(name, &said.text) {
                push_new(&mut self.cast, plain_line(name).unwrap_or_default());
                beat += "\n";
                beat += &action;
            }
            for (_, callout) in self.rolls.extract_if(.., |(action, _)| *action == said.action) {
                beat += "\n";
                beat += &callout;
            }
        }
        for speaker in reply.spans.iter().filter_map(|span| span.speaker.as_deref()) {
            push_new(&mut self.cast, plain_line(speaker).unwrap_or_default());
        }
        let told = told(reply);
        if !told.is_empty() {
            beat += "\n";
            beat += &told;
        }
        if !beat.is_empty() {
            self.prose += &with_block_id(beat.trim_end(), event);
        }
    }

    fn front_matter(&self, number: SceneNo, title: &str, header: &SceneHeader<'_>) -> String {
        let table = header.table.as_str();
        let mut front = FrontMatter::new();
        front.plain("type", "scene");
        front.text("id", &format!("{table}-{:03}", number.get()));
        front.text("campaign", table);
        front.plain("scene", number);
        front.text("title", title);
        if let Some(at) = self.started {
            front.time("started", at);
        }
        if let Some(at) = self.ended {
            front.time("ended", at);
        }
        let links: Vec<String> = self.cast.iter().map(|name| format!("[[{}]]", linkable(name))).collect();
        front.list("cast", links.iter().map(String::as_str));
        front.list("tags", ["story", &format!("table/{table}")].into_iter());
        front.plain("audience", "public");
        front.plain("branch", header.branch);
        if let (Some(first), Some(last)) = (self.first, self.last) {
            front.plain("first_event", first);
            front.plain("last_event", last);
        }
        match self.providers.as_slice() {
            [] => {}
            [only] => front.text("provider", only),
            several => front.list("provider", several.iter().map(String::as_str)),
        }
        front.list("aliases", [title].into_iter());
        front.finish()
    }
}

fn push_new(list: &mut Vec<String>, item: String) {
    if !item.is_empty() && !list.contains(&item) {
        list.push(item);
    }
}

fn name_of(seat: SeatId, seats: &[Seat]) -> Option<&str> {
    seats.iter().find(|known| known.id == seat).map(|known| known.name.as_str())
}

/// A name or title on one line without what a terminal or YAML would act upon; none when nothing is left.
fn plain_line(text: &str) -> Option<String> {
    let line = escape::terminal(text).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// A name without the characters that mean something inside a wikilink.
fn linkable(name: &str) -> String {
    name.chars().filter(|c| !"[]|#^\\".contains(*c)).collect()
}

/// Talk among players, `((like this))`, belongs to the log and not to the story.
fn is_table_talk(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("((") && text.ends_with("))")
}

/// What a player did: `**Ana** — *I open the door.*`, each of their lines slanted for itself.
fn action(name: &str, text: &str) -> Option<String> {
    let lines = escape::markdown(&dice::without_inline(text));
    let lines = lines.lines().filter(|line| !line.is_empty()).map(|line| format!("*{line}*\n"));
    let told = lines.collect::<String>();
    let name = escape::markdown(&plain_line(name).unwrap_or_else(|| "Someone".to_owned()));
    (!told.is_empty()).then(|| format!("**{name}** — {told}"))
}

/// The reply as markdown that is safe to keep.
fn told(reply: &Reply) -> String {
    let mut reply = reply.clone();
    for speaker in reply.spans.iter_mut().filter_map(|span| span.speaker.as_mut()) {
        *speaker = escape::markdown(&plain_line(speaker).unwrap_or_default());
    }
    // The whole at once: a name before a text can change what its first line means.
    rolls_to_callouts(&escape::defang(&reply.to_markdown()))
}

/// Turns quoted rolls, `> 2d6: 3 + 4 = 7`, into callouts that fold.
fn rolls_to_callouts(text: &str) -> String {
    let mut lines = Vec::new();
    let mut fence: Option<Fence> = None;
    let mut quoted = false;
    for line in text.lines() {
        match &fence {
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opened_by(line),
        }
        match roll(line).filter(|_| fence.is_none() && !quoted) {
            Some((dice, "")) => lines.push(format!("> [!dice]- {dice}")),
            Some((dice, result)) => lines.extend([format!("> [!dice]- {dice}"), format!("> {result}")]),
            None => lines.push(line.to_owned()),
        }
        quoted = line.starts_with('>');
    }
    lines.join("\n")
}

/// Splits a quoted roll into its dice and what came of them.
fn roll(line: &str) -> Option<(&str, &str)> {
    let (dice, result) = line.strip_prefix('>')?.trim().split_once(':')?;
    let count = dice.trim_start_matches(|c: char| c.is_ascii_digit());
    let sides = count.strip_prefix(['d', 'D'])?;
    let notation = |c: char| c.is_ascii_digit() || "dDkKhHlLfF+-*!% ".contains(c);
    let is_dice =
        sides.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '%' | 'F')) && dice.chars().all(notation);
    (is_dice && dice.len() <= 40).then_some((dice, result.trim()))
}

/// Ends a beat with its event's number, so that other notes can link to it.
fn with_block_id(beat: &str, event: EventSeq) -> String {
    let gap = if ends_in_paragraph(beat) { " " } else { "\n\n" };
    format!("{beat}{gap}^e{event}\n")
}

/// Whether the last thing in a text is a plain paragraph; anything else needs its block id on a line of its own.
fn ends_in_paragraph(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut last = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Markdown::Start(_) => depth += 1,
            Markdown::End(tag) => {
                depth -= 1;
                if depth == 0 {
                    last = Some((tag, range.end));
                }
            }
            Markdown::Rule if depth == 0 => last = None,
            _ => {}
        }
    }
    last.is_some_and(|(tag, end)| tag == pulldown_cmark::TagEnd::Paragraph && text[end..].trim().is_empty())
}

#[cfg(test)]
mod tests;
