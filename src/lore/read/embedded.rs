//! The book of a V2 or V3 card. SillyTavern's knobs travel in each entry's `extensions`. PURE.

use serde_json::Value;

use super::{Raw, number, text, texts, truth, word, world};
use crate::lore::Logic;

pub(super) fn entry(from: &Value) -> Raw {
    let mut raw = Raw::new();
    let extensions = &from["extensions"];
    raw.keys = texts(&from["keys"]);
    raw.second = texts(&from["secondary_keys"]);
    let entry = &mut raw.entry;
    entry.id = word(&from["id"]);
    entry.label =
        [text(&from["name"]), text(&from["comment"])].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    entry.content = text(&from["content"]);
    entry.enabled = from["enabled"].as_bool().unwrap_or(true);
    entry.constant = truth(&from["constant"]);
    entry.order = number(&from["insertion_order"]).unwrap_or(100);
    entry.priority = number(&from["priority"]).unwrap_or(entry.order);
    world::knobs(entry, extensions);
    if truth(&from["selective"]) {
        let said = number(&extensions["selectiveLogic"]);
        entry.logic = said.map_or(Logic::Any, world::logic);
    }
    raw.manner.case = from["case_sensitive"].as_bool().or(extensions["case_sensitive"].as_bool()).unwrap_or(false);
    raw.manner.whole = extensions["match_whole_words"].as_bool().unwrap_or(true);
    // SillyTavern marks every entry `use_regex`, though its keys are text unless they are delimited. Its entries are
    // known by their knobs.
    let is_tavern =
        ["useProbability", "selectiveLogic", "display_index"].iter().any(|knob| extensions.get(knob).is_some());
    if truth(&from["use_regex"]) && !is_tavern {
        raw.manner.patterns = true;
        // With patterns V3 has neither constants nor second keys.
        raw.entry.constant = false;
        raw.entry.logic = Logic::Ignored;
    }
    raw
}
