//! Attachments: kept in memory, served under `/attachments/<id>/<name>` on loopback. Never touches a disk.

use crate::id::Id;
use crate::world::message::Attachment;
use crate::world::{StoredFile, World};

use super::answer::Answer;

/// Serves `<id>/<name>`; what does not exist is 404, as a deleted file would be.
pub(crate) fn serve(world: &World, rest: &str) -> Answer {
    let id = rest.split('/').next().and_then(|id| id.parse::<Id>().ok());
    match id.and_then(|id| world.files.get(&id)) {
        Some(file) => Answer {
            status: 200,
            headers: vec![("content-type", file.attachment.mime.clone())],
            bytes: file.bytes.clone(),
        },
        None => Answer { status: 404, ..Answer::default() },
    }
}

impl World {
    /// Keeps a file and gives what a message says about it.
    pub(crate) fn store_file(&mut self, name: &str, mime: &str, bytes: Vec<u8>) -> Attachment {
        let id = self.next_id();
        let safe: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
        let attachment = Attachment {
            id,
            name: name.to_owned(),
            mime: mime.to_owned(),
            size: bytes.len(),
            url: format!("{}/attachments/{id}/{safe}", self.origin),
            description: None,
        };
        self.files.insert(id, StoredFile { attachment: attachment.clone(), bytes });
        attachment
    }
}
