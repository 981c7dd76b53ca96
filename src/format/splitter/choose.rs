//! Chooses among the places where a message could end.
//!
//! It never looks at text: a place is known by what kind of break it is and how full it leaves the message.

/// What kind of break a place is, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Before a title, around a rule.
    Section,
    /// Between blocks.
    Block,
    /// Between items of an outer list, or blocks in one of them.
    Item,
    /// Between items of an inner list.
    Inner,
    /// After a line that ends a sentence, at a blank line in code.
    Line,
    Sentence,
    /// Between lines of code.
    CodeLine,
    Clause,
    Word,
    /// Between words in one line of code or in inline code.
    CodeWord,
    /// After a title: better before it.
    AfterTitle,
    /// Between graphemes.
    Grapheme,
    /// In the middle of what should stay whole, because it is longer than a message.
    Inside,
}

/// A place where a message can end.
#[derive(Debug, Clone)]
pub(super) struct Break {
    pub(super) level: Level,
    /// Length of the message's text up to here, in bytes, without what closes it.
    pub(super) kept: usize,
    /// Units of the message if it ends here, with what closes it.
    pub(super) units: usize,
    /// Where what is kept ends in the text that is cut.
    pub(super) end: usize,
    pub(super) next: Next,
}

/// Where the next message goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// With this leaf.
    Leaf(usize),
    /// At this byte of this leaf.
    Within(usize, usize),
}

/// Fill, in percent of the limit, that each kind of break asks for. A better break may leave a message emptier.
///
/// The last in each row that is fuller than asked is taken; rows are tried from the top. Together they promise that a
/// message that goes on is half full at least, unless something that cannot be cut follows.
const ASKED: [(&[Level], usize); 9] = [
    (&[Level::Section], 50),
    (&[Level::Block], 60),
    (&[Level::Item], 60),
    (&[Level::Inner], 65),
    (&[Level::Line], 70),
    (&[Level::Sentence, Level::CodeLine], 75),
    (&[Level::Clause, Level::CodeLine], 85),
    (
        &[
            Level::Section,
            Level::Block,
            Level::Item,
            Level::Inner,
            Level::Line,
            Level::Sentence,
            Level::CodeLine,
            Level::Clause,
            Level::Word,
        ],
        50,
    ),
    (&[Level::CodeLine], 25),
];

/// The fill below which no break is asked for, so that it need not be looked for.
pub(super) const LOWEST: usize = 25;

/// The best break that needs no word cut, if a good one is there. `breaks` are in order of the text.
pub(super) fn good(breaks: &[Break], limit: usize) -> Option<&Break> {
    ASKED.iter().find_map(|(levels, percent)| {
        let full = |found: &&Break| found.units * 100 >= limit * percent && levels.contains(&found.level);
        breaks.iter().rev().find(full)
    })
}

/// The last break of `level`.
pub(super) fn last(breaks: &[Break], level: Level) -> Option<&Break> {
    breaks.iter().rev().find(|found| found.level == level)
}

/// The last break that cuts no word, however empty the message stays.
pub(super) fn any(breaks: &[Break]) -> Option<&Break> {
    breaks.iter().rev().find(|found| found.level < Level::CodeWord).or_else(|| last(breaks, Level::AfterTitle))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(level: Level, units: usize) -> Break {
        Break { level, kept: units, units, end: units, next: Next::Leaf(0) }
    }

    #[test]
    fn a_paragraph_is_kept_whole_when_the_message_is_full_enough() {
        let breaks = [at(Level::Block, 700), at(Level::Sentence, 900), at(Level::Word, 990)];
        assert_eq!(good(&breaks, 1000).map(|found| found.units), Some(700));
    }

    #[test]
    fn a_sentence_is_cut_from_the_next_when_paragraphs_would_leave_half_a_message() {
        let breaks = [at(Level::Block, 400), at(Level::Sentence, 900), at(Level::Word, 990)];
        assert_eq!(good(&breaks, 1000).map(|found| found.units), Some(900));
    }

    #[test]
    fn code_is_cut_between_lines_even_if_that_leaves_room() {
        let breaks = [at(Level::CodeLine, 300), at(Level::CodeWord, 990)];
        assert_eq!(good(&breaks, 1000).map(|found| found.units), Some(300));
    }

    #[test]
    fn a_nearly_empty_message_is_no_good_break() {
        assert!(good(&[at(Level::Word, 100)], 1000).is_none());
        assert!(any(&[at(Level::Word, 100)]).is_some());
    }
}
