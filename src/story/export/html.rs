//! One HTML page of all scenes that needs nothing else: no script, no font, no request.
//! It is read as it stands, printed, and listened to.

use minijinja::{Value, context};

use crate::story::export::prose::{self, Place};
use crate::story::export::templates::{self, Templates};
use crate::story::export::{ExportError, Meta, scene_title};
use crate::story::scene_text::SceneText;

/// The page.
pub(crate) fn page(scenes: &[&SceneText], meta: &Meta) -> Result<String, ExportError> {
    let chapters = scenes.iter().map(|scene| {
        context! {
            title => scene_title(scene),
            date => scene.started.as_deref().and_then(|started| started.get(..10)),
            prose => Value::from_safe_string(prose::html(&scene.body, Place::Page)),
        }
    });
    let language = templates::language(&meta.language);
    let templates = Templates::new()?;
    Ok(templates.fill(
        "page.html",
        context! {
            language => language,
            direction => templates::direction(language),
            title => meta.shown_title(),
            creators => meta.shown_creators(),
            scenes => chapters.collect::<Vec<_>>(),
            css => Value::from_safe_string(templates.fill("page.css", context! {})?),
        },
    )?)
}
