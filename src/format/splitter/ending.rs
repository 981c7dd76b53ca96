//! What closes a message that ends in the middle of something.
//!
//! It never says what opens the next one.

use super::draft::{Draft, SHARE};
use super::inline::{Cut, Mark, Span};
use super::outline::{Kind, Leaf, Outline};

/// What closes a message at a cut inside a leaf.
pub(super) struct Closing {
    pub(super) text: String,
    pub(super) in_code: bool,
}

impl Draft<'_> {
    /// Closes a spoiler that goes on in the leaf `at`.
    pub(super) fn block_end(&self, at: usize) -> String {
        let (before, after) = (&self.outline.leaves[at - 1], &self.outline.leaves[at]);
        if !hidden(self.spoilers, before.end(), after.rows[0].body.start) {
            return String::new();
        }
        if before.is_inline() { "||".to_owned() } else { format!("\n{}||", self.quotes(&before.chain)) }
    }

    /// Closes a fence, and a spoiler around it.
    pub(super) fn fence_end(&self, leaf: &Leaf) -> String {
        let Kind::Fenced(fence) = &leaf.kind else { return String::new() };
        let mut end = format!("\n{}{}", self.indent(&leaf.chain), fence.closer);
        if hidden(self.spoilers, leaf.rows[0].body.start, leaf.end()) {
            end.push_str(&format!("\n{}||", self.quotes(&leaf.chain)));
        }
        end
    }

    /// What closes the emphasis, code and spoilers a cut goes through; nothing if it may not go there.
    pub(super) fn closing(&self, leaf: &Leaf, end: usize, next: usize) -> Option<Closing> {
        // At the end of a title, `#` would be taken for its decoration.
        if matches!(leaf.kind, Kind::Title(_)) && self.text[..end].ends_with('#') {
            return None;
        }
        let through = through(self.outline, self.spoilers, leaf, end, next)?;
        let mut closing = Closing { text: String::new(), in_code: false };
        for span in through.iter().rev() {
            if span.kind == Mark::Code {
                closing.in_code = true;
                closing.text.push_str(if self.text[..end].ends_with('`') { " " } else { "" });
            }
            closing.text.push_str(span.mark(self.text));
        }
        (closing.text.len() <= self.limit / SHARE).then_some(closing)
    }
}

/// How many containers two leaves share.
pub(super) fn shared(before: &Leaf, after: &Leaf) -> usize {
    before.chain.iter().zip(&after.chain).take_while(|(before, after)| before == after).count()
}

/// True if a spoiler goes from before `end` to behind `next`.
pub(super) fn hidden(spoilers: &[Span], end: usize, next: usize) -> bool {
    spoilers.iter().any(|span| span.cut(end, next) == Cut::Through)
}

/// The spans a cut goes through, outermost first; nothing if it would leave an empty one.
pub(super) fn through<'a>(
    outline: &'a Outline,
    spoilers: &'a [Span],
    leaf: &Leaf,
    end: usize,
    next: usize,
) -> Option<Vec<&'a Span>> {
    let mut found = Vec::new();
    for span in spoilers.iter().chain(outline.spans(leaf)) {
        match span.cut(end, next) {
            Cut::Beside => {}
            Cut::Through => found.push(span),
            Cut::Mark => return None,
        }
    }
    found.sort_by_key(|span| span.range.start);
    Some(found)
}
