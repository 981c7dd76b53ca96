//! The test's hand on the wires: cuts, closes, holes and lies. Never what the gateway does by itself.

use std::sync::Arc;

use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::World;

use super::loss::{Loss, Resumable, forget_sessions};
use super::protocol;

/// The test's hand on the gateway.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) shared: Arc<Shared>,
}

impl Gateway {
    /// Cuts every socket with a reset; sessions stay.
    pub fn drop_tcp(&self) {
        self.befalls(Loss::Cut);
    }

    /// Every present connection is read and written no more, but stays open: the bot must notice by itself.
    pub fn black_hole(&self) {
        self.befalls(Loss::BlackHole);
    }

    /// Asks every client to reconnect (op 7).
    pub fn reconnect(&self) {
        self.befalls(Loss::Reconnect);
    }

    /// Closes every connection with a code.
    pub fn close(&self, code: u16) {
        self.befalls(Loss::Close(code));
    }

    /// Declares every session invalid (op 9).
    pub fn invalidate(&self, resumable: Resumable) {
        self.befalls(Loss::Invalid(resumable));
    }

    /// Forgets every session: events are lost from now on, and a resume gets op 9 with `false`.
    pub fn forget_sessions(&self) {
        self.shared.write(forget_sessions);
    }

    /// Lets a loss happen as soon as some session is connected. To look first and to act then is not the same: a
    /// client that was killed or cut off a moment ago may go in between.
    pub async fn befalls_whoever_is_there(&self, loss: Loss) {
        let strike = |world: &mut World| (is_connected(world) && loss.befall(world) > 0).then_some(());
        // Waiters wake at every write, so who only looks must not write.
        let probe = || if self.shared.read(is_connected) { self.shared.write(strike) } else { None };
        self.shared.wait("a connected session to lose", probe).await;
    }

    /// Sends the next event of that name twice, under two numbers.
    pub fn duplicate_next(&self, event: &str) {
        self.shared.write(|world| world.line.duplicate_next.push(event.to_owned()));
    }

    /// Sends the next event of that name to nobody, as if it had never happened; a resume does not bring it either.
    pub fn lose_next(&self, event: &str) {
        self.shared.write(|world| world.line.lose_next.push(event.to_owned()));
    }

    /// Sends the last event of that name again; panics if there was none.
    pub fn duplicate_last(&self, event: &str) {
        let repeated = self.shared.write(|world| {
            world.note(Plane::Gateway, &format!("-> {event} again (planned)"));
            world.sessions.iter_mut().fold(0, |count, session| count + usize::from(session.repeat_last(event)))
        });
        assert!(repeated > 0, "no {event} was sent yet");
    }

    /// Refuses new connections until [`Gateway::accept_connections`].
    pub fn refuse_connections(&self) {
        self.shared.write(|world| world.line.refusing = true);
    }

    /// Accepts connections again.
    pub fn accept_connections(&self) {
        self.shared.write(|world| world.line.refusing = false);
    }

    /// Heartbeats are not acknowledged until [`Gateway::unmute_acks`].
    pub fn mute_acks(&self) {
        self.shared.write(|world| world.line.mute_acks = true);
    }

    /// Heartbeats are acknowledged again.
    pub fn unmute_acks(&self) {
        self.shared.write(|world| world.line.mute_acks = false);
    }

    /// Holds GUILD_CREATE back after READY until [`Gateway::release_guild`].
    pub fn hold_guild(&self) {
        self.shared.write(|world| world.line.hold_guild_create = true);
    }

    /// Sends GUILD_CREATE to every session and holds it back no more.
    pub fn release_guild(&self) {
        self.shared.write(|world| {
            world.line.hold_guild_create = false;
            let mut sessions = std::mem::take(&mut world.sessions);
            for session in &mut sessions {
                session.push("GUILD_CREATE", world.guild_create_json(session.intents));
            }
            world.sessions = sessions;
        });
    }

    /// Leaves every RESUME without an answer until [`Gateway::release_resumes`].
    pub fn hold_resumes(&self) {
        self.shared.write(|world| world.line.hold_resumes = true);
    }

    /// Answers every RESUME that waits, and those to come.
    pub fn release_resumes(&self) {
        self.shared.write(protocol::release_resumes);
    }

    /// How often a client identified.
    pub fn identifies(&self) -> usize {
        self.shared.read(|world| world.line.identifies)
    }

    /// How often a client asked to resume.
    pub fn resumes(&self) -> usize {
        self.shared.read(|world| world.line.resumes)
    }

    /// How many heartbeats came.
    pub fn heartbeats(&self) -> usize {
        self.shared.read(|world| world.line.heartbeats)
    }

    /// How many sockets are open.
    pub fn connections(&self) -> usize {
        self.shared.read(|world| world.line.connections.len())
    }

    /// Waits until clients identified that often since the start.
    pub async fn expect_identifies(&self, count: usize) {
        self.expect(&format!("{count} identifies"), |world| world.line.identifies >= count).await;
    }

    /// Waits until clients asked to resume that often since the start.
    pub async fn expect_resumes(&self, count: usize) {
        self.expect(&format!("{count} resumes"), |world| world.line.resumes >= count).await;
    }

    /// Waits until that many heartbeats came since the start.
    pub async fn expect_heartbeats(&self, count: usize) {
        self.expect(&format!("{count} heartbeats"), |world| world.line.heartbeats >= count).await;
    }

    /// Waits until some session is connected.
    pub async fn expect_connected(&self) {
        self.expect("a connected session", is_connected).await;
    }

    /// Waits until no socket is open.
    pub async fn expect_disconnected(&self) {
        self.expect("every socket closed", |world| world.line.connections.is_empty()).await;
    }

    async fn expect(&self, what: &str, holds: impl Fn(&World) -> bool) {
        self.shared.wait(what, || self.shared.read(|world| holds(world).then_some(()))).await;
    }

    fn befalls(&self, loss: Loss) {
        let count = self.shared.write(|world| loss.befall(world));
        assert!(count > 0, "no gateway connection is open");
    }
}

/// A client that was killed a moment ago leaves a session that still counts as linked.
fn is_connected(world: &World) -> bool {
    !world.line.connections.is_empty() && world.sessions.iter().any(|session| session.is_linked())
}
