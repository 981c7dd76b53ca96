//! Code fences (CommonMark 4.5): which lines open and close them.
//! It sees fences at the left margin only; one inside a list or a quote ends with these.

/// An open code fence.
pub(crate) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that a line opens.
    pub(crate) fn opened_by(line: &str) -> Option<Self> {
        let (mark, length, rest) = fence_run(line)?;
        (mark == '~' || !rest.contains('`')).then_some(Self { mark, length })
    }

    /// Whether a line closes this fence.
    pub(crate) fn closed_by(&self, line: &str) -> bool {
        fence_run(line)
            .is_some_and(|(mark, length, rest)| mark == self.mark && length >= self.length && rest.trim().is_empty())
    }

    /// The line that closes this fence.
    pub(crate) fn closing(&self) -> String {
        self.mark.to_string().repeat(self.length)
    }
}

/// The run of three or more fence marks a line begins with, and what follows it.
fn fence_run(line: &str) -> Option<(char, usize, &str)> {
    let text = line.trim_start_matches(' ');
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let length = text.len() - rest.len();
    (line.len() - text.len() <= 3 && length >= 3).then_some((mark, length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_closed_by_its_own_mark_and_length() {
        for none in ["", "``", "`` `", "    ```", "```a`b", "x```"] {
            assert!(Fence::opened_by(none).is_none(), "{none:?}");
        }
        let fence = Fence::opened_by("  ````rust").unwrap();
        for open in ["```", "~~~~", "```` x", "    ````"] {
            assert!(!fence.closed_by(open), "{open:?}");
        }
        assert!(fence.closed_by("`````  "));
        assert_eq!(fence.closing(), "````");
        assert_eq!(Fence::opened_by("~~~ a`b").unwrap().closing(), "~~~");
    }
}
