//! What the importer tells of a card: who came, what is wrong with it, what was not taken as its author meant it. PURE.
//! It tells the host and changes nothing.

use super::card::{Parcel, Spec, Weight};
use super::persona::Persona;

/// How much of a suggestion is shown, in characters.
const SHOWN_CHARS: usize = 600;
/// How many findings are shown.
const FINDINGS: usize = 12;

/// The report, a line each.
pub fn report(parcel: &Parcel) -> Vec<String> {
    let card = &parcel.card;
    let persona = Persona::of(card);
    let label = if card.spec() == Spec::V1 { "a V1 card" } else { card.spec().name() };
    let mut out = vec![format!("{} came as {label} in {}.", persona.name, article(parcel.carrier.name()))];
    if let Some(notes) = first_paragraph(&card.fields().creator_notes) {
        out.push(format!("The author's note: {notes}"));
    }
    findings(&mut out, parcel);
    out.extend(parcel.notes.iter().cloned());
    if persona.name != card.fields().name.trim() && card.fields().nickname.trim().is_empty() {
        out.push(format!(
            "The name is shown as \"{}\"; the rest of it would act as markup or a mention.",
            persona.name
        ));
    }
    suggestions(&mut out, &persona);
    if card.fields().book.is_some() {
        out.push("It brings a lorebook of its own, which counts at this table.".to_owned());
    }
    if !persona.unknown_macros.is_empty() {
        let macros = persona.unknown_macros.iter().take(FINDINGS).map(|name| format!("{{{{{name}}}}}"));
        out.push(format!("Macros left as they are: {}.", macros.collect::<Vec<_>>().join(", ")));
    }
    out
}

fn findings(out: &mut Vec<String>, parcel: &Parcel) {
    let findings = parcel.card.findings();
    for finding in findings.iter().take(FINDINGS) {
        let mark = if finding.weight == Weight::Wrong { "Wrong" } else { "Note" };
        out.push(format!("{mark}: {finding}."));
    }
    if findings.len() > FINDINGS {
        out.push(format!("And {} more; `talekeeper character validate` shows all.", findings.len() - FINDINGS));
    }
}

/// The deviation from the format, with what it is about.
fn suggestions(out: &mut Vec<String>, persona: &Persona) {
    if persona.suggestions.is_empty() {
        return;
    }
    let state = if persona.suggesting { "told as suggestions for this voice" } else { "left out" };
    out.push(format!(
        "The card has instructions for a model. The format would let them replace the table's rules; here they are {state} and never stand above the rules:"
    ));
    for suggestion in &persona.suggestions {
        let sign = if persona.suggesting { '+' } else { '-' };
        let shown: String = suggestion.text.chars().take(SHOWN_CHARS).collect();
        out.extend(shown.lines().map(|line| format!("  {sign} {}: {line}", suggestion.field)));
    }
}

fn first_paragraph(notes: &str) -> Option<String> {
    let paragraph = notes.trim().split("\n\n").next()?;
    let flat = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    (!flat.is_empty()).then(|| flat.chars().take(SHOWN_CHARS).collect())
}

fn article(carrier: &str) -> String {
    format!("a {carrier}")
}
