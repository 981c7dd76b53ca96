//! The pages of the exports: template files in `templates/`, compiled in, everything escaped unless marked as HTML.
//! It reads no file while the program runs.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Value};

/// Every template by name.
const FILES: [(&str, &str); 8] = [
    ("page.html", include_str!("templates/page.html")),
    ("page.css", include_str!("templates/page.css")),
    ("book.opf", include_str!("templates/book.opf")),
    ("nav.xhtml", include_str!("templates/nav.xhtml")),
    ("title.xhtml", include_str!("templates/title.xhtml")),
    ("chapter.xhtml", include_str!("templates/chapter.xhtml")),
    ("colophon.xhtml", include_str!("templates/colophon.xhtml")),
    ("cover.svg", include_str!("templates/cover.svg")),
];

/// The templates, ready to be filled.
pub(crate) struct Templates(Environment<'static>);

impl Templates {
    pub(crate) fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        environment.set_syntax(syntax.build()?);
        for (name, source) in FILES {
            environment.add_template(name, source)?;
        }
        Ok(Self(environment))
    }

    /// Fills a template.
    pub(crate) fn fill(&self, name: &str, context: Value) -> Result<String, minijinja::Error> {
        self.0.get_template(name)?.render(context)
    }
}

/// A language tag as XML and HTML take it; `und` (undetermined) for anything else.
pub(crate) fn language(tag: &str) -> &str {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let first = tag.split('-').next().unwrap_or_default();
    let fits = (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphabetic());
    if fits && tag.len() <= 35 && tag.split('-').all(part) { tag } else { "und" }
}

/// The direction a language is written in.
pub(crate) fn direction(tag: &str) -> &'static str {
    match tag.split('-').next().unwrap_or_default() {
        "ar" | "fa" | "he" | "ur" | "yi" => "rtl",
        _ => "ltr",
    }
}
