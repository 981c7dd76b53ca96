//! Keeping a table's story files current: read from the log, rendered, put on the shelf.
//! A file that cannot be written never disturbs play; it is made again with the next turn.

use std::path::Path;

use tracing::{error, warn};

use super::Actor;
use crate::brief::Mode;
use crate::domain::{SceneNo, TableId, TableName};
use crate::store::{Store, StoreError};
use crate::story::scene_file::{self, SceneFile, SceneHeader};
use crate::story::shelf::{Shelf, ShelfError};
use crate::table::state::TableState;
use crate::telemetry::new_error_id;

/// Why the story files are not current.
#[derive(Debug, thiserror::Error)]
pub(in crate::table) enum StoryError {
    #[error("the log could not be read")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error("the task that writes was ended")]
    Ended,
}

impl Actor {
    /// Clears away what an earlier end of the program left half-written.
    pub(super) async fn tidy_stories(&self) {
        let shelf = Shelf::new(&self.parts.data_dir, &self.name);
        let tidied =
            tokio::task::spawn_blocking(move || if shelf.folder().exists() { shelf.prepare() } else { Ok(()) });
        if let Ok(Err(failure)) = tidied.await {
            warn!(table = %self.name, error = &failure as &dyn std::error::Error, "story folder not tidied");
        }
    }

    /// Whether the open scene's file tells its last beat. Where that cannot be said at a glance it does not.
    pub(super) async fn story_is_current(&self) -> bool {
        let tale = &self.machine.state().tale;
        let (Some(scene), Some(last)) = (&tale.scene, tale.recent.back()) else { return false };
        let (number, title, last) = (scene.number, scene.title.clone(), last.event);
        let shelf = Shelf::new(&self.parts.data_dir, &self.name);
        let seen = tokio::task::spawn_blocking(move || shelf.is_current(number, title.as_deref(), last));
        matches!(seen.await, Ok(Ok(true)))
    }

    /// Writes the files of the present line of play's scenes from `from` on, and removes those that left it.
    pub(super) async fn write_story(&self, from: SceneNo) {
        if self.settings.mode == Mode::Coding {
            return;
        }
        if let Err(failure) = self.bring_up_to_date(from).await {
            let error_id = new_error_id();
            error!(table = %self.name, %error_id, error = &failure as &dyn std::error::Error, "story files not current");
        }
    }

    async fn bring_up_to_date(&self, from: SceneNo) -> Result<(), StoryError> {
        let state = self.machine.state();
        let past = state.tale.past.iter().map(|scene| scene.number);
        let open = state.tale.scene.as_ref().filter(|scene| scene.beats > 0).map(|scene| scene.number);
        let scenes: Vec<_> = past.chain(open).filter(|scene| *scene >= from).collect();
        let told = Told { store: &self.parts.store, id: self.id, name: &self.name, state };
        write(told, &self.parts.data_dir, from, &scenes).await
    }
}

/// Whose story is written, and how the table stands.
pub(in crate::table) struct Told<'a> {
    pub(in crate::table) store: &'a Store,
    pub(in crate::table) id: TableId,
    pub(in crate::table) name: &'a TableName,
    pub(in crate::table) state: &'a TableState,
}

/// Writes the files of these scenes, and removes those from `from` on that are not among them.
pub(in crate::table) async fn write(
    told: Told<'_>,
    data_dir: &Path,
    from: SceneNo,
    scenes: &[SceneNo],
) -> Result<(), StoryError> {
    let Told { store, id, name, state } = told;
    let path = state.ledger.path();
    let header = SceneHeader { table: name, branch: state.ledger.branch, seats: &state.ledger.seats };
    let mut files = Vec::new();
    for scene in scenes {
        let events = store.scene_events(id, &path, *scene).await?;
        files.extend(scene_file::render(&events, &header));
    }
    let shelf = Shelf::new(data_dir, name);
    let written = tokio::task::spawn_blocking(move || put_on(&shelf, from, &files));
    Ok(written.await.map_err(|_| StoryError::Ended)??)
}

fn put_on(shelf: &Shelf, from: SceneNo, files: &[SceneFile]) -> Result<(), ShelfError> {
    for file in files {
        shelf.write(file)?;
    }
    let earlier = shelf.list()?.into_iter().map(|scene| scene.number).filter(|number| *number < from);
    let kept: Vec<_> = earlier.chain(files.iter().map(|file| file.number)).collect();
    shelf.keep_only(&kept)?;
    Ok(())
}
