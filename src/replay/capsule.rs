//! A capsule: one turn as lines of JSON, from the table's state before it to the messages it became.
//! It is data from wherever somebody got it: whatever is wrong with it is said, and nothing of it is believed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{ErrorId, ModelName, ProviderName, TableName, Timestamp, TurnNo};
use crate::door::discord::{Look, Message};
use crate::table::keeping::Ordered;
use crate::table::machine::{House, Input, Machine};
use crate::table::state::TableState;

/// The form of capsules that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
/// The largest capsule, in bytes.
pub const MOST_BYTES: u64 = 64 << 20;

/// A turn as it was kept.
#[derive(Clone, Debug)]
pub struct Capsule {
    /// What it is, and the table before it.
    pub head: Head,
    /// What came in and went out, in order.
    pub moments: Vec<Moment>,
    /// What providers were told.
    pub orders: Vec<Order>,
    /// What became of it.
    pub end: End,
}

/// One line of a capsule.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Head(Head),
    Moment(Moment),
    Order(Order),
    End(End),
}

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The form of the capsule.
    pub format: u32,
    /// The version of the program that kept it.
    pub program: String,
    /// The table's name.
    pub table: TableName,
    /// The turn.
    pub turn: TurnNo,
    /// Whether names and texts were taken out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scrubbed: bool,
    /// The table before the turn.
    pub machine: Box<Machine>,
}

/// One input, and what followed from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What all tables could spend then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house: Option<House>,
    /// What came in.
    pub input: Input,
    /// What was recorded.
    pub record: Vec<Value>,
    /// What was done and shown.
    pub then: Vec<Value>,
}

/// What a provider was told. For people to read; a replay does not tell it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Who.
    pub provider: ProviderName,
    /// With which model.
    pub model: Option<ModelName>,
    /// What stands above the conversation.
    pub system: String,
    /// What is new, or everything.
    pub prompt: String,
    /// Whether it went on with a conversation of its own.
    pub resumed: bool,
    /// The CLI's own tools that it may use.
    pub allowed_tools: Vec<String>,
    /// Whether it had the game master's tools.
    pub has_tools: bool,
    /// What it may spend, in millionths of a US dollar.
    pub budget_micros: Option<u64>,
}

impl From<Ordered> for Order {
    fn from(ordered: Ordered) -> Self {
        let Ordered { provider, model, system, prompt, resumed, allowed_tools, has_tools, budget_micros } = ordered;
        Self { provider, model, system, prompt, resumed, allowed_tools, has_tools, budget_micros }
    }
}

/// The last line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct End {
    /// The errors that people or the log were told of.
    #[serde(default)]
    pub errors: Vec<ErrorId>,
    /// How its channel shows replies.
    pub look: Look,
    /// What it became there.
    pub messages: Vec<Message>,
}

/// Why a capsule cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CapsuleError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is larger than any turn.
    #[error("it is larger than {} MB", MOST_BYTES >> 20)]
    TooLarge,
    /// It is something else.
    #[error("it is no capsule")]
    NotACapsule,
    /// A newer program kept it.
    #[error("it has form {0}, and this program reads forms up to {FORMAT}; a newer Talekeeper plays it")]
    Newer(u64),
    /// Another program kept it, whose tables stood differently.
    #[error("Talekeeper {program} kept it, and tables have another form since ({why}); that version plays it")]
    OtherForm {
        /// Its version.
        program: String,
        /// What does not fit.
        why: String,
    },
    /// A line is none of a capsule.
    #[error("line {line} is damaged: {why}")]
    Damaged {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Its end is missing.
    #[error("its end is missing: the program ended in mid-turn, or the file was cut off")]
    CutOff,
}

impl Capsule {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn read(path: &Path) -> Result<Self, CapsuleError> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(CapsuleError::TooLarge);
        }
        Self::parse(std::str::from_utf8(&bytes).map_err(|_| CapsuleError::NotACapsule)?)
    }

    /// Reads the text of one.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn parse(text: &str) -> Result<Self, CapsuleError> {
        let whole = text.ends_with('\n');
        let mut lines = text.lines().enumerate().peekable();
        let head = head(lines.next().map_or("", |(_, line)| line))?;
        let (mut moments, mut orders) = (Vec::new(), Vec::new());
        while let Some((at, line)) = lines.next() {
            let cut = lines.peek().is_none() && !whole;
            match serde_json::from_str(line) {
                Ok(Line::Moment(moment)) => moments.push(moment),
                Ok(Line::Order(order)) => orders.push(order),
                Ok(Line::End(end)) if lines.peek().is_none() => return Ok(Self { head, moments, orders, end }),
                Ok(Line::Head(_) | Line::End(_)) => {
                    return Err(CapsuleError::Damaged { line: at + 1, why: "it does not belong there".to_owned() });
                }
                Err(_) if cut => return Err(CapsuleError::CutOff),
                Err(fault) => return Err(unfit(&head.program, at + 1, &fault)),
            }
        }
        Err(CapsuleError::CutOff)
    }

    /// The text of it.
    ///
    /// # Errors
    /// When something in it cannot be written as JSON.
    pub fn to_text(&self) -> serde_json::Result<String> {
        let moments = self.moments.iter().cloned().map(Line::Moment);
        let orders = self.orders.iter().cloned().map(Line::Order);
        let lines = std::iter::once(Line::Head(self.head.clone())).chain(orders).chain(moments);
        let mut text = String::new();
        for line in lines.chain(std::iter::once(Line::End(self.end.clone()))) {
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        Ok(text)
    }
}

fn head(line: &str) -> Result<Head, CapsuleError> {
    let mut value: Value = serde_json::from_str(line).map_err(|_| CapsuleError::NotACapsule)?;
    let head = value.get_mut("head").ok_or(CapsuleError::NotACapsule)?;
    let format = head.get("format").and_then(Value::as_u64).ok_or(CapsuleError::NotACapsule)?;
    if format > u64::from(FORMAT) {
        return Err(CapsuleError::Newer(format));
    }
    let program = head.get("program").and_then(Value::as_str).unwrap_or_default().to_owned();
    fill_in(head.pointer_mut("/machine/state"));
    Head::deserialize(&*head).map_err(|fault| unfit(&program, 1, &fault))
}

/// Gives a state that an older program kept what tables have had since, as a new table has it.
fn fill_in(state: Option<&mut Value>) {
    let Some(Value::Object(kept)) = state else { return };
    let Ok(Value::Object(new)) = serde_json::to_value(TableState::default()) else { return };
    for (part, fields) in new {
        let (Some(Value::Object(kept)), Value::Object(fields)) = (kept.get_mut(&part), fields) else { continue };
        for (field, value) in fields {
            kept.entry(field).or_insert(value);
        }
    }
}

/// What does not fit: where another version kept it that may be all there is to it.
fn unfit(program: &str, line: usize, fault: &serde_json::Error) -> CapsuleError {
    let why = fault.to_string();
    if program == env!("CARGO_PKG_VERSION") || fault.is_syntax() || fault.is_eof() {
        return CapsuleError::Damaged { line, why };
    }
    CapsuleError::OtherForm { program: program.to_owned(), why }
}
