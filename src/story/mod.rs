//! What a game leaves behind: one markdown file a scene, and books made of them.
//! Everything here is made from the log and can be made again; nothing here is the record.

#[cfg(test)]
mod example;
pub mod export;
mod front_matter;
pub mod recap;
pub mod rolls;
pub mod scene_file;
pub mod scene_text;
pub mod shelf;
mod slug;
