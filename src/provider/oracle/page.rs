//! The reply as it grows: paragraphs of narration, characters' lines, lines set apart.
//! Chooses no words.

/// A reply in the making.
#[derive(Debug, Default)]
pub(crate) struct Page {
    title: Option<String>,
    paragraphs: Vec<String>,
}

impl Page {
    /// Heads the reply with a title.
    pub(crate) fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// Adds a paragraph of what was found to say; nothing adds nothing.
    pub(crate) fn narrate(&mut self, sentences: impl IntoIterator<Item = Option<String>>) {
        let text = sentences.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.paragraphs.push(text);
        }
    }

    /// Adds a character's line.
    pub(crate) fn speak(&mut self, name: &str, words: impl IntoIterator<Item = Option<String>>) {
        let text = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.paragraphs.push(format!("**{name}:** {text}"));
        }
    }

    /// Adds a line set apart: a roll, a clock.
    pub(crate) fn aside(&mut self, text: &str) {
        self.paragraphs.push(format!("> {text}"));
    }

    /// Whether nothing was said yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.paragraphs.is_empty()
    }

    /// The whole.
    pub(crate) fn finish(self) -> String {
        let title = self.title.map(|title| format!("# {title}"));
        title.into_iter().chain(self.paragraphs).collect::<Vec<_>>().join("\n\n")
    }
}
