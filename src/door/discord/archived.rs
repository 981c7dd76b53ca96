//! Threads that were archived before this connection began: Discord tells of them only when it is asked, channel by
//! channel. It finds those that somebody wrote in lately; whose they are is decided in `threads.rs`.

use serde_json::Value;
use serenity::all::{Cache, ChannelId, ChannelType};
use tracing::info;

use super::convert;
use super::rest::{self, Rest, RestError};
use super::threads::Thread;

/// How many archived threads of each kind are looked at in one channel, those that were archived last first.
const MOST: usize = 50;

/// The lists in which Discord keeps a channel's archived threads, as far as the bot may see them (resources/channel).
fn lists(kind: ChannelType) -> &'static [&'static str] {
    match kind {
        ChannelType::Text => &["threads/archived/public", "users/@me/threads/archived/private"],
        ChannelType::News | ChannelType::Forum => &["threads/archived/public"],
        _ => &[],
    }
}

/// The archived threads of a channel in which something was written after message `since`.
pub(super) async fn threads_of(rest: &Rest, cache: &Cache, channel: u64, since: u64) -> Vec<Thread> {
    let mut found = Vec::new();
    // A thread has no threads, and is in no server's list of channels.
    let Some(kind) = convert::kind_of(cache, ChannelId::new(channel)) else { return found };
    for list in lists(kind) {
        match page(rest, channel, list).await {
            Ok(threads) => found.extend(threads.into_iter().filter(|thread| thread.newest > since)),
            // Without Read Message History nothing could be read in them either.
            Err(failure) => info!(channel, list, error = %failure, "archived threads were not listed"),
        }
    }
    found
}

async fn page(rest: &Rest, channel: u64, list: &str) -> Result<Vec<Thread>, RestError> {
    let answer = rest.get(&format!("/channels/{channel}/{list}?limit={MOST}")).await?;
    Ok(answer["threads"].as_array().into_iter().flatten().filter_map(|thread| read(channel, thread)).collect())
}

fn read(parent: u64, thread: &Value) -> Option<Thread> {
    let id = rest::id(thread)?;
    let newest = thread["last_message_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(id);
    Some(Thread { id, parent, called: thread["name"].as_str().unwrap_or_default().to_owned(), newest: newest.max(id) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thread_without_messages_is_as_new_as_itself() {
        let read = |last: Value| read(1, &json!({ "id": "7", "name": "The Cellar", "last_message_id": last }));
        let thread = |newest| Thread { id: 7, parent: 1, called: "The Cellar".to_owned(), newest };
        assert_eq!(read(json!("9")), Some(thread(9)));
        assert_eq!(read(Value::Null), Some(thread(7)));
    }
}
