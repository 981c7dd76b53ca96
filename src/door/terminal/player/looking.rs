//! What is only looked at: the cast, how things stand, who can answer, sheets, tallies, proofs, the open scene.
//! Nothing here changes the table.

use std::io;

use super::{Player, Sitting, plain};
use crate::domain::{ProviderName, SceneNo, Seat};
use crate::door::terminal::wording as own;
use crate::door::{rolls, sheets, wording};
use crate::story::scene_text::SceneText;
use crate::story::shelf::{Shelf, ShelfError};
use crate::table::TableError;
use crate::telemetry::new_error_id;

impl Player {
    pub(super) async fn show_cast(&self) -> Result<String, TableError> {
        let (cast, view) = (self.table.cast().await?, self.table.view().await?);
        Ok(plain(&wording::cast(&cast, &view.parts, &view.seats)))
    }

    pub(super) async fn show_status(&self) -> Result<String, TableError> {
        Ok(own::status(&self.table.view().await?))
    }

    pub(super) async fn show_providers(&self) -> String {
        let present = self.present_provider().await;
        own::providers(&self.providers.names(), &present)
    }

    pub(super) async fn show_models(&self) -> String {
        let present = self.present_provider().await;
        let model = self.table.view().await.ok().and_then(|view| view.model);
        let provider = self.providers.get(&present);
        own::models(provider.as_ref().map_or(&[], |provider| provider.models()), model.as_ref())
    }

    pub(super) async fn show_tallies(&self) -> Result<String, TableError> {
        let (view, game) = (self.table.view().await?, self.table.game(None).await?);
        Ok(plain(&rolls::tallies(&game.dice.tallies, &view.people())))
    }

    pub(super) async fn show_style(&self) -> Result<String, TableError> {
        Ok(wording::style(&self.table.view().await?.style))
    }

    /// The sheet of somebody by name, or that of whoever sits here.
    pub(super) async fn show_sheet(&self, name: Option<&str>) -> Result<String, TableError> {
        let view = self.table.view().await?;
        let game = self.table.game(Some(self.person.id.clone())).await?;
        let own = |seat: &&Seat| seat.person == self.person.id;
        let seat = match name {
            Some(name) => view.called(name),
            None => view.seats.iter().find(own).map(|seat| seat.id),
        };
        Ok(plain(&sheets::show(&game, seat, &view.people())))
    }

    /// Draws a scene's dice again, and says what that gave.
    pub(super) async fn show_proof(&self, scene: Option<SceneNo>) -> io::Result<Sitting> {
        match self.table.proof(scene).await {
            Ok(record) => self.verify(&record)?,
            Err(error) => return self.refused(&error),
        }
        Ok(Sitting::GoesOn)
    }

    /// The open scene as it stands in its file.
    pub(super) fn show_story(&self) -> io::Result<()> {
        match newest_scene(&Shelf::new(&self.data_dir, self.table.name())) {
            Ok(Some(scene)) => self.say(&format!("# {}\n\n{}", scene.title, scene.body)),
            Ok(None) => self.say("No story has been written yet. Play a turn first."),
            Err(failure) => {
                let error = new_error_id();
                tracing::error!(error_id = %error, error = &failure as &dyn std::error::Error, "story not read");
                self.note(&format!("The story could not be read. ({error})"))
            }
        }
    }

    pub(super) async fn present_provider(&self) -> ProviderName {
        self.table.view().await.map_or_else(|_| ProviderName::oracle(), |view| view.provider)
    }
}

fn newest_scene(shelf: &Shelf) -> Result<Option<SceneText>, ShelfError> {
    let Some(newest) = shelf.list()?.pop() else { return Ok(None) };
    Ok(shelf.read(newest.number)?.as_deref().and_then(SceneText::parse))
}
