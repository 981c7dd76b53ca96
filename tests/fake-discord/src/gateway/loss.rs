//! The ways in which clients lose the gateway, and what each does to the wires. Never when it happens.

use crate::transcript::Plane;
use crate::world::World;
use crate::world::session::Outgoing;

use super::protocol;

/// Whether an invalidated session may be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumable {
    /// Op 9 with `true`.
    Yes,
    /// Op 9 with `false`; the session is forgotten.
    No,
}

/// A way in which clients lose the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Every socket is cut with a reset; sessions stay.
    Cut,
    /// Every present connection is read and written no more, but stays open: the bot must notice by itself.
    BlackHole,
    /// Every client is asked to reconnect (op 7).
    Reconnect,
    /// Every connection is closed with a code.
    Close(u16),
    /// Every session is declared invalid (op 9).
    Invalid(Resumable),
    /// Every session is forgotten and every socket cut: the resume will be refused.
    Forgotten,
}

impl Loss {
    /// Lets it happen; gives how many connections it befell.
    pub(crate) fn befall(self, world: &mut World) -> usize {
        if matches!(self, Self::Invalid(Resumable::No) | Self::Forgotten) {
            forget_sessions(world);
        }
        world.note(Plane::Gateway, &format!("{self:?} (planned)"));
        world.line.send_all(|| self.order())
    }

    fn order(self) -> Outgoing {
        match self {
            Self::Cut | Self::Forgotten => Outgoing::Reset,
            Self::BlackHole => Outgoing::BlackHole,
            Self::Reconnect => Outgoing::Frame(protocol::reconnect()),
            Self::Close(code) => Outgoing::Close(code),
            Self::Invalid(resumable) => Outgoing::Frame(protocol::invalid_session(resumable == Resumable::Yes)),
        }
    }
}

pub(crate) fn forget_sessions(world: &mut World) {
    world.note(Plane::Gateway, "every session is forgotten");
    for session in std::mem::take(&mut world.sessions) {
        world.line.forget(&session);
    }
}
