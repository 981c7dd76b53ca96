//! stub
use crate::domain::{Reply, Span};
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading { Story, Plain }
pub struct ReadReply { pub title: Option<String>, pub reply: Reply }
pub fn read(text: &str, _r: Reading) -> ReadReply {
    let (title, rest) = match text.strip_prefix("# ").and_then(|t| t.split_once('\n')) { Some((t, r)) => (Some(t.to_owned()), r.trim()), None => (None, text.trim()) };
    ReadReply { title, reply: Reply { spans: vec![Span { speaker: None, text: rest.to_owned() }] } }
}
