//! One game: a pure machine, the actor that does what it says, and the hall of open tables.
//! Knows no front door; a door reaches a table through its [`TableHandle`] only.

mod actor;
pub mod asks;
mod erasing;
mod erasing_at_rest;
mod feed;
mod files;
mod folder;
mod frame;
mod greeting;
mod hall;
mod handle;
mod house;
pub mod keeping;
mod library;
mod live;
pub mod machine;
mod marks;
pub mod money;
mod onlooker;
mod order;
mod persons;
mod recall;
mod rests;
mod settings;
mod slots;
pub mod state;
mod tale;

pub use actor::Parts;
pub use erasing::{bounds_secret, tell_anew};
pub use erasing_at_rest::{AtRest, AtRestError};
pub use files::{Bearer, Bearers, Missing};
pub use frame::{Frame, FrameBody, TurnEnd};
pub use greeting::{CardGreeting, GreetingWish};
pub use hall::{Hall, HallError, SettingsOf};
pub use handle::{AdultsHere, MemoryChange, PartWish, RungView, TableError, TableHandle, TableView, Watch, Watched};
pub use house::HousePurse;
pub use marks::bound_mark;
pub use onlooker::{Glimpse, Onlooker};
pub use persons::{Known, PersonError, about, everybody};
pub use settings::TableSettings;
pub use slots::RunSlots;
