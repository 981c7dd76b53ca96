//! SillyTavern's world file: entries in an object by uid. PURE.

use serde_json::Value;

use super::{Raw, chance, count, number, text, texts, times, truth, word};
use crate::lore::{Entry, Logic};

pub(super) fn entry(from: &Value) -> Raw {
    let mut raw = Raw::new();
    raw.keys = texts(&from["key"]);
    raw.second = texts(&from["keysecondary"]);
    let entry = &mut raw.entry;
    entry.id = word(&from["uid"]);
    entry.label = text(&from["comment"]);
    entry.content = text(&from["content"]);
    entry.enabled = !truth(&from["disable"]);
    entry.constant = truth(&from["constant"]);
    entry.order = number(&from["order"]).unwrap_or(100);
    // Here the stronger is also the later.
    entry.priority = entry.order;
    knobs(entry, from);
    if from["selective"].as_bool().unwrap_or(true) && !raw.second.is_empty() {
        entry.logic = logic(number(&from["selectiveLogic"]).unwrap_or(0));
    }
    raw.manner.case = from["caseSensitive"].as_bool().unwrap_or(false);
    raw.manner.whole = from["matchWholeWords"].as_bool().unwrap_or(true);
    raw
}

pub(super) fn logic(number: i64) -> Logic {
    match number {
        1 => Logic::NotAll,
        2 => Logic::NotAny,
        3 => Logic::All,
        _ => Logic::Any,
    }
}

/// The knobs, which have one spelling in a world file and another in a card's `extensions`.
pub(super) fn knobs(entry: &mut Entry, from: &Value) {
    let either =
        |plain: &str, other: &str| from.get(other).filter(|value| !value.is_null()).unwrap_or(&from[plain]).clone();
    entry.scan_depth = count(&either("scan_depth", "scanDepth"));
    entry.exclude_recursion = truth(&either("exclude_recursion", "excludeRecursion"));
    entry.prevent_recursion = truth(&either("prevent_recursion", "preventRecursion"));
    let only = either("delay_until_recursion", "delayUntilRecursion");
    entry.only_recursion = truth(&only) || number(&only).is_some_and(|level| level > 0);
    if from["useProbability"].as_bool().unwrap_or(true) {
        entry.chance = chance(&from["probability"]).unwrap_or(100);
    }
    entry.groups =
        text(&from["group"]).split(',').map(|group| group.trim().to_lowercase()).filter(|g| !g.is_empty()).collect();
    entry.group_wins = truth(&either("group_override", "groupOverride"));
    entry.group_weight =
        number(&either("group_weight", "groupWeight")).and_then(|weight| u64::try_from(weight).ok()).unwrap_or(100);
    entry.sticky = times(&from["sticky"]);
    entry.cooldown = times(&from["cooldown"]);
    entry.delay = times(&from["delay"]);
    entry.ignores_budget = truth(&either("ignore_budget", "ignoreBudget"));
}
