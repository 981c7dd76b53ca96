//! Lore: written background that words call up. Books of several applications, one model, one way to choose. PURE.
//! Nothing here reads a file or rolls a die: books come as text, chance comes as a seed.

mod decorators;

pub use self::decorators::Decorators;

/// An entry's text without the decorators at its head.
pub fn without_decorators(content: &str) -> &str {
    decorators::split(content).1
}
