//! The one thread that writes capsules: takes the tables' notes and makes a file of each turn.
//! Nobody waits for it; what cannot be written is said in the log once and left out.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::warn;

use super::capsule::{End, FORMAT, Head, Line, MOST_BYTES, Moment};
use super::folder::{self, PART, WHOLE};
use crate::domain::{ErrorId, TableName, TurnNo};
use crate::door::discord::{Look, Retelling};
use crate::table::keeping::{self, Keeper, Note, Noted, Told, folder_of};
use crate::table::machine::{Input, Machine};
use crate::telemetry::Redactor;

/// How a table's channel shows replies.
pub type LookOf = Arc<dyn Fn(&TableName) -> Look + Send + Sync>;

/// Writes capsules.
pub struct Writer {
    all: PathBuf,
    redactor: Redactor,
    look_of: LookOf,
    open: HashMap<TableName, Open>,
}

/// A capsule that is being written.
struct Open {
    file: BufWriter<File>,
    path: PathBuf,
    keep: usize,
    notes: u64,
    bytes: u64,
    turn: TurnNo,
    errors: Vec<ErrorId>,
    retelling: Retelling,
    look: Look,
}

/// Why a capsule is not written on.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("it cannot be written")]
    File(#[from] io::Error),
    #[error("it cannot be put into JSON")]
    Json(#[from] serde_json::Error),
    #[error("it is larger than {} MB", MOST_BYTES >> 20)]
    TooLarge,
    #[error("more came at once than could be written")]
    Lost,
}

impl Writer {
    /// Starts the thread; it ends with [`Keeper::close`] or when the last table is gone. `secrets` are never written.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(data_dir: &Path, secrets: &[SecretString], look_of: LookOf) -> io::Result<Keeper> {
        let (keeper, inbox) = Keeper::new();
        let (all, redactor) = (folder_of(data_dir), Redactor::new(secrets));
        let writer = Self { all, redactor, look_of, open: HashMap::new() };
        thread::Builder::new().name("capsules".into()).spawn(move || writer.serve(inbox))?;
        Ok(keeper)
    }

    fn serve(mut self, mut inbox: mpsc::Receiver<Told>) {
        while let Some(told) = inbox.blocking_recv() {
            match told {
                Told::Note(note) => {
                    self.take(note);
                    if inbox.is_empty() {
                        // So that a turn which brings the program down leaves what came before.
                        self.open.values_mut().for_each(|open| drop(open.file.flush()));
                    }
                }
                Told::Forget(table, done) => {
                    self.drop(&table);
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                }
                Told::Close(done) => {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                    return;
                }
            }
        }
    }

    fn take(&mut self, note: Note) {
        let table = note.table.clone();
        if let Err(failure) = self.write(note) {
            warn!(table = %table, error = &failure as &dyn std::error::Error, "the turn is not kept for a replay");
            self.drop(&table);
        }
    }

    /// Lets go of what was written of a table's turn.
    fn drop(&mut self, table: &TableName) {
        if let Some(open) = self.open.remove(table) {
            // Nothing more can be done about it; the next turns push it out.
            let _ = fs::remove_file(open.path);
        }
    }

    fn write(&mut self, note: Note) -> Result<(), WriteError> {
        let Note { table, number, what } = note;
        if let Noted::Begun { turn, keep, machine } = what {
            return self.begin(table, turn, keep, machine);
        }
        let Some(open) = self.open.get_mut(&table) else { return Ok(()) };
        if open.notes != number {
            return Err(WriteError::Lost);
        }
        open.notes += 1;
        match what {
            Noted::Begun { .. } => Ok(()), // taken above
            Noted::Ordered(ordered) => open.line(&Line::Order((*ordered).into()), &self.redactor),
            Noted::Moment(moment) => open.moment(*moment, &self.redactor),
            Noted::Dropped => {
                self.drop(&table);
                Ok(())
            }
            Noted::Ended(name) => match self.open.remove(&table) {
                Some(open) => open.end(&name, &self.redactor),
                None => Ok(()),
            },
        }
    }

    fn begin(&mut self, table: TableName, turn: TurnNo, keep: usize, machine: Box<Machine>) -> Result<(), WriteError> {
        self.drop(&table);
        let folder = folder::make(&self.all, &table)?;
        let path = folder.join(format!("{:06}{PART}", turn.get()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        let (look, program) = ((self.look_of)(&table), env!("CARGO_PKG_VERSION").to_owned());
        let mut open = Open {
            file: BufWriter::new(file),
            path,
            keep,
            notes: 1,
            bytes: 0,
            turn,
            errors: Vec::new(),
            retelling: Retelling::new(turn, look),
            look,
        };
        let head = Head { format: FORMAT, program, table: table.clone(), turn, scrubbed: false, machine };
        let written = open.line(&Line::Head(head), &self.redactor);
        self.open.insert(table, open);
        written
    }
}

impl Open {
    fn moment(&mut self, moment: keeping::Moment, redactor: &Redactor) -> Result<(), WriteError> {
        let keeping::Moment { at, house, input, step } = moment;
        if let Input::Ended { turn, end: Err(_), error } = &input
            && *turn == self.turn
        {
            self.errors.push(error.clone());
        }
        self.retelling.take(&step);
        let record = step.record.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        let then = step.then.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        self.line(&Line::Moment(Moment { at, house, input, record, then }), redactor)
    }

    fn line(&mut self, line: &Line, redactor: &Redactor) -> Result<(), WriteError> {
        let mut value = serde_json::to_value(line)?;
        clean(&mut value, redactor);
        let mut text = value.to_string();
        text.push('\n');
        self.bytes += text.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(WriteError::TooLarge);
        }
        self.file.write_all(text.as_bytes())?;
        Ok(())
    }

    fn end(mut self, name: &str, redactor: &Redactor) -> Result<(), WriteError> {
        let (errors, messages) = (std::mem::take(&mut self.errors), self.retelling.messages());
        let written = self.line(&Line::End(End { errors, look: self.look, messages }), redactor);
        if let Err(failure) = written.and_then(|()| Ok(self.file.flush()?)) {
            let _ = fs::remove_file(&self.path);
            return Err(failure);
        }
        fs::rename(&self.path, self.path.with_file_name(format!("{name}{WHOLE}")))?;
        if let Some(folder) = self.path.parent() {
            folder::prune(folder, self.keep)?;
        }
        Ok(())
    }
}

/// Takes what must not be written out of every text.
fn clean(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(cleaned) = redactor.clean(text) {
                *text = cleaned;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, redactor)),
        Value::Object(fields) => fields.values_mut().for_each(|field| clean(field, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_to_be_forgotten_is_gone_when_it_is_said() {
        let home = tempfile::tempdir().unwrap();
        let look = Look::new(crate::config::Links::Allow, crate::config::Voices::Bold);
        let (keeper, inbox) = Keeper::new();
        let mut writer = Writer {
            all: home.path().to_owned(),
            redactor: Redactor::new(&[]),
            look_of: Arc::new(move |_| look),
            open: HashMap::new(),
        };
        let path = home.path().join("000001.part");
        let (turn, file) = (TurnNo::new(1), BufWriter::new(File::create(&path).unwrap()));
        let retelling = Retelling::new(turn, look);
        let open =
            Open { file, path: path.clone(), keep: 1, notes: 0, bytes: 0, turn, errors: Vec::new(), retelling, look };
        let table: TableName = "home".parse().unwrap();
        writer.open.insert(table.clone(), open);
        let writing = thread::spawn(move || writer.serve(inbox));
        keeper.forget(&table).await;
        assert!(!path.exists());
        keeper.close().await;
        writing.join().unwrap();
    }
}
