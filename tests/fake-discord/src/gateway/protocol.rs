//! What the gateway answers to each thing a client sends (documentation: events/gateway, topics/opcodes).
//! Plain decisions on the world; never a socket.

use serde_json::{Value, json};

use crate::clock::iso;
use crate::intents::Intent;
use crate::judges::ledger::Judge;
use crate::transcript::Plane;
use crate::world::World;
use crate::world::session::{Outgoing, Session};

/// Largest payload a client may send, in bytes.
const LARGEST_SEND: usize = 4096;
/// Sends allowed in a minute.
const SENDS_A_MINUTE: usize = 120;

/// Starts a connection: HELLO.
pub(crate) fn hello(world: &mut World, number: u64) {
    let interval = u64::try_from(world.options.heartbeat_interval.as_millis()).unwrap_or(u64::MAX);
    world.note(Plane::Gateway, &format!("connection {number} open"));
    world.line.send(
        number,
        Outgoing::Frame(json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": interval } })),
    );
}

/// Ends a connection: its session stays for a resume unless the client said goodbye with 1000 or 1001.
pub(crate) fn gone(world: &mut World, number: u64, code: Option<u16>) {
    world.note(Plane::Gateway, &format!("connection {number} gone, close code {code:?}"));
    world.line.connections.remove(&number);
    let ended = matches!(code, Some(1000 | 1001));
    for session in &mut world.sessions {
        if session.link.as_ref().is_some_and(|link| link.connection == number) {
            session.link = None;
            if ended {
                session.id = String::new();
            }
        }
    }
    world.sessions.retain(|session| !session.id.is_empty());
}

/// Handles one text a client sent.
pub(crate) fn receive(world: &mut World, number: u64, text: &str) {
    let now = world.clock.now_ms();
    let shown = text.replace(&world.options.token, "<token>");
    world.note(Plane::Gateway, &format!("<- {shown}"));
    if text.len() > LARGEST_SEND {
        return refuse(world, number, 4002, "a payload over 4096 bytes");
    }
    if let Some(connection) = world.line.connections.get_mut(&number) {
        connection.sends_ms.retain(|at| now < at + 60_000);
        connection.sends_ms.push(now);
        if connection.sends_ms.len() > SENDS_A_MINUTE {
            return refuse(world, number, 4008, "more than 120 sends in 60 s");
        }
    }
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return refuse(world, number, 4002, "not JSON");
    };
    let identified = world.line.connections.get(&number).is_some_and(|c| c.session.is_some());
    match frame["op"].as_u64() {
        Some(1) => heartbeat(world, number, &frame["d"]),
        Some(2) if identified => refuse(world, number, 4005, "a second IDENTIFY"),
        Some(2) => identify(world, number, &frame["d"]),
        Some(6) if identified => refuse(world, number, 4005, "RESUME after IDENTIFY"),
        Some(6) => resume(world, number, &frame["d"]),
        Some(3 | 4 | 8) if !identified => refuse(world, number, 4003, "a send before IDENTIFY"),
        Some(3 | 4) => {}
        Some(8) => members_chunk(world, number, &frame["d"]),
        _ => refuse(world, number, 4001, "an unknown opcode"),
    }
}

/// Closes over something a correct client never does.
fn refuse(world: &mut World, number: u64, code: u16, what: &str) {
    world.accuse(Judge::Gateway, format!("closed {code}: {what}"));
    world.line.send(number, Outgoing::Close(code));
}

fn heartbeat(world: &mut World, number: u64, d: &Value) {
    world.line.heartbeats += 1;
    let mute = world.line.mute_acks;
    let Some(connection) = world.line.connections.get_mut(&number) else { return };
    let session = world.sessions.iter().find(|s| Some(&s.id) == connection.session.as_ref());
    let (sent, surely_seen) = match session {
        Some(session) => (session.seq, connection.sent_at_beats[0]),
        None => (connection.lost_seq, 0),
    };
    let fault = judge_beat(connection.last_beat_seq, surely_seen, sent, d);
    connection.last_beat_seq = d.as_u64().or(connection.last_beat_seq);
    connection.sent_at_beats = [connection.sent_at_beats[1], sent];
    let wire = connection.wire.clone();
    if let Some(fault) = fault {
        world.accuse(Judge::Heartbeat, fault);
    }
    if !mute {
        let _ = wire.send(Outgoing::Frame(json!({ "op": 11, "s": null, "t": null, "d": null })));
    }
}

/// A heartbeat carries the last sequence received: not one never sent, not an older one than before, and nothing that was
/// already old two heartbeats ago (one may be on its way).
fn judge_beat(before: Option<u64>, surely_seen: u64, sent: u64, d: &Value) -> Option<String> {
    match d {
        Value::Null if surely_seen > 0 => Some(format!("heartbeat without sequence though {surely_seen} was sent")),
        Value::Null => None,
        _ => match d.as_u64() {
            None => Some(format!("heartbeat carries {d}")),
            Some(seq) if seq > sent => Some(format!("heartbeat carries {seq}, only {sent} was sent")),
            Some(seq) if before.is_some_and(|before| seq < before) => {
                Some(format!("heartbeat went back from {before:?} to {seq}"))
            }
            Some(seq) if seq < surely_seen => Some(format!("heartbeat carries {seq}, long after {surely_seen}")),
            Some(_) => None,
        },
    }
}

fn token_is_right(world: &World, d: &Value) -> bool {
    d["token"].as_str().is_some_and(|token| token.strip_prefix("Bot ").unwrap_or(token) == world.options.token)
}

fn identify(world: &mut World, number: u64, d: &Value) {
    world.line.identifies += 1;
    if !token_is_right(world, d) {
        return world.line.send(number, Outgoing::Close(4004));
    }
    let intents = d["intents"].as_u64().unwrap_or(u64::MAX);
    if intents & !Intent::KNOWN != 0 {
        return world.line.send(number, Outgoing::Close(4013));
    }
    if intents & Intent::PRIVILEGED & !world.options.privileged_intents != 0 {
        return world.line.send(number, Outgoing::Close(4014));
    }
    let id = world.fresh_token("session");
    if let Some(connection) = world.line.connections.get_mut(&number) {
        connection.session = Some(id.clone());
        connection.compress = d["compress"] == true;
        // A new session counts from the beginning.
        (connection.last_beat_seq, connection.sent_at_beats, connection.lost_seq) = (None, [0, 0], 0);
    }
    let Some(link) = world.line.link(number) else { return };
    let mut session = Session::new(id.clone(), intents, link);
    session.push("READY", ready(world, &id, &d["shard"]));
    if world.is_joined() && !world.line.hold_guild_create && intents & Intent::GUILDS != 0 {
        session.push("GUILD_CREATE", world.guild_create_json(intents));
    }
    world.sessions.push(session);
    world.line.readies += 1;
    world.note(Plane::Gateway, &format!("-> READY and GUILD_CREATE, {id}, intents {intents:#b}"));
}

fn ready(world: &World, session: &str, shard: &Value) -> Value {
    let guild = world.is_joined().then(|| json!({ "id": world.guild.id.json(), "unavailable": true }));
    let guilds: Vec<Value> = guild.into_iter().collect();
    let mut ready = json!({
        "v": 10, "user": world.users[&world.bot].json(), "guilds": guilds,
        "session_id": session, "resume_gateway_url": world.gateway_url, "private_channels": [], "relationships": [],
        "application": { "id": world.application.json(), "flags": 0 },
    });
    ready["user"]["verified"] = json!(true);
    ready["user"]["mfa_enabled"] = json!(true);
    ready["user"]["email"] = Value::Null;
    if shard.is_array() {
        ready["shard"] = shard.clone();
    }
    ready
}

fn resume(world: &mut World, number: u64, d: &Value) {
    world.line.resumes += 1;
    if !token_is_right(world, d) {
        return world.line.send(number, Outgoing::Close(4004));
    }
    // Until the answer has reached it, its heartbeats carry what it last heard, also if it may not resume.
    let wanted = d["session_id"].as_str().unwrap_or_default();
    let known = world.sessions.iter().find(|session| session.id == wanted).map(|session| session.seq);
    let sent = known.or_else(|| world.line.forgotten.get(wanted).copied()).unwrap_or(0);
    let hold = world.line.hold_resumes;
    let Some(connection) = world.line.connections.get_mut(&number) else { return };
    connection.lost_seq = sent;
    if hold {
        connection.held_resume = Some(d.clone());
    } else {
        answer_resume(world, number, d);
    }
}

/// Answers the resumes that were held back.
pub(crate) fn release_resumes(world: &mut World) {
    world.line.hold_resumes = false;
    let held = world.line.connections.iter_mut().filter_map(|(number, c)| Some((*number, c.held_resume.take()?)));
    for (number, d) in held.collect::<Vec<_>>() {
        answer_resume(world, number, &d);
    }
}

fn answer_resume(world: &mut World, number: u64, d: &Value) {
    let Some(link) = world.line.link(number) else { return };
    let wanted = d["session_id"].as_str().unwrap_or_default().to_owned();
    let seq = d["seq"].as_u64().unwrap_or(0);
    let Some(session) = world.sessions.iter_mut().find(|session| session.id == wanted) else {
        world.note(Plane::Gateway, "-> op 9, session unknown");
        return world.line.send(number, Outgoing::Frame(invalid_session(false)));
    };
    if seq > session.seq {
        return refuse(world, number, 4007, "RESUME with a sequence never sent");
    }
    session.link = Some(link);
    let replayed = session.replay(seq);
    session.push("RESUMED", json!({ "_trace": [] }));
    if let Some(connection) = world.line.connections.get_mut(&number) {
        connection.session = Some(wanted);
    }
    world.note(Plane::Gateway, &format!("-> replayed {replayed} events after s={seq}, RESUMED"));
}

/// Op 9.
pub(crate) fn invalid_session(resumable: bool) -> Value {
    json!({ "op": 9, "s": null, "t": null, "d": resumable })
}

/// Op 7.
pub(crate) fn reconnect() -> Value {
    json!({ "op": 7, "s": null, "t": null, "d": null })
}

fn members_chunk(world: &mut World, number: u64, d: &Value) {
    let members: Vec<Value> = world.guild.members.keys().filter_map(|id| world.member_json(*id)).collect();
    let payload = json!({
        "guild_id": world.guild.id.json(), "members": members, "chunk_index": 0, "chunk_count": 1,
        "nonce": d["nonce"], "requested_at": iso(world.clock.now_ms()),
    });
    let session = world.line.connections.get(&number).and_then(|c| c.session.clone());
    if let Some(session) = world.sessions.iter_mut().find(|s| Some(&s.id) == session.as_ref()) {
        session.push("GUILD_MEMBERS_CHUNK", payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_are_judged_by_what_was_sent() {
        assert_eq!(judge_beat(None, 0, 0, &Value::Null), None);
        assert_eq!(judge_beat(None, 0, 2, &Value::Null), None, "READY may be on its way");
        assert_eq!(judge_beat(Some(2), 2, 4, &json!(3)), None);
        assert!(judge_beat(None, 2, 2, &Value::Null).is_some());
        assert!(judge_beat(Some(2), 2, 4, &json!(5)).is_some());
        assert!(judge_beat(Some(3), 0, 4, &json!(2)).is_some());
        assert!(judge_beat(Some(1), 3, 4, &json!(1)).is_some());
    }
}
