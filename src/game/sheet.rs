//! Sheets: who may change what of whose, and how a sheet stands after a change. PURE.
//! The kit says what a sheet holds; nothing here knows a system.

use super::{Happenings, LINE_CHARS, Standing, line, reason};
use crate::domain::{
    Audience, Condition, Doer, EventSeq, FieldRight, FieldValue, GameEvent, Item, KeptSheetAsk, Kit, Role, SeatId,
    Sheet, SheetAsk, SheetChange, SheetDeed, SheetDenied, SheetEvent, SheetOf, SheetWhat, Sheets, Vital, is_free, same,
};

/// How many sheets are kept, and how many fields, vitals, items and conditions each.
const KEPT: usize = 64;
/// How many requests may be open.
const ASKED: usize = 16;
/// The greatest number on a sheet.
const MOST: i64 = 1_000_000;

/// What is judged: whose sheet, as it stands.
struct Desk<'a> {
    standing: Standing<'a>,
    kit: &'a Kit,
    by: Doer,
}

pub(super) fn decide(standing: Standing<'_>, by: Doer, deed: SheetDeed) -> Result<Happenings, SheetDenied> {
    let kit = standing.kit.map_err(|why| SheetDenied::NoKit(why.to_owned()))?;
    let desk = Desk { standing, kit, by };
    match deed {
        SheetDeed::Set { of, key, value, ask } => desk.set(of, &key, &value, ask),
        SheetDeed::Vital { of, vital, by, max, why } => {
            desk.commands()?;
            desk.vital(of, &vital, by, max, &why)
        }
        SheetDeed::Setback { seat, why } => {
            desk.commands()?;
            let cost = kit.setback.as_ref().ok_or(SheetDenied::NoSetback)?;
            desk.vital(SheetOf::Seat(seat), &cost.vital, -cost.by, None, &why)
        }
        SheetDeed::Item { of, item, by, why } => desk.item(of, &item, by, &why),
        SheetDeed::Condition { of, condition, on, rounds, why } => {
            desk.commands()?;
            desk.condition(of, &condition, on, rounds, &why)
        }
        SheetDeed::Settle { ask, allow } => desk.settle(ask, allow),
    }
}

impl Desk<'_> {
    /// Whether the doer may change anything of anybody's.
    fn is_master(&self) -> bool {
        matches!(self.by, Doer::Gm | Doer::Seat(_, Role::Host))
    }

    fn commands(&self) -> Result<(), SheetDenied> {
        if self.is_master() { Ok(()) } else { Err(SheetDenied::OnlyHosts) }
    }

    /// Whose sheet is meant, if the doer may touch it: one's own, unless one is the game master or a host.
    fn whose(&self, of: Option<SheetOf>) -> Result<SheetOf, SheetDenied> {
        let own = match self.by {
            Doer::Gm => None,
            Doer::Seat(seat, _) => Some(SheetOf::Seat(seat)),
        };
        let of = of.or_else(|| own.clone()).ok_or(SheetDenied::Whose)?;
        if Some(&of) != own.as_ref() && !self.is_master() {
            return Err(SheetDenied::NotYours);
        }
        Ok(of)
    }

    /// The sheet, if there is such a person.
    fn sheet(&self, of: SheetOf) -> Result<Sheet, SheetDenied> {
        let of = match of {
            SheetOf::Seat(seat) if self.standing.seats.iter().any(|known| known.id == seat) => SheetOf::Seat(seat),
            SheetOf::Seat(seat) => return Err(SheetDenied::NobodyCalled(format!("seat {seat}"))),
            SheetOf::Other(name) => {
                let people = &self.standing.game.world.people;
                let known = people.iter().find(|person| same(&person.name, &name));
                SheetOf::Other(known.ok_or(SheetDenied::NobodyCalled(name))?.name.clone())
            }
        };
        let sheets = &self.standing.game.sheets;
        if sheets.sheets.len() >= KEPT && !sheets.sheets.iter().any(|sheet| sheet.of == of) {
            return Err(SheetDenied::TooMany(KEPT));
        }
        Ok(sheets.of(&of, self.kit))
    }

    fn set(&self, of: Option<SheetOf>, key: &str, value: &str, ask: bool) -> Result<Happenings, SheetDenied> {
        let sheet = self.sheet(self.whose(of)?)?;
        let (key, right, value) = self.written(&sheet, key, value)?;
        if !self.is_master() && (ask || !is_free(right)) {
            if right == FieldRight::Gm && !ask {
                return Err(SheetDenied::NotByYou(key));
            }
            let Doer::Seat(seat, _) = self.by else { return Err(SheetDenied::Whose) };
            let asked = SheetEvent::Asked(SheetAsk { seat, key, value });
            return Ok(vec![(Audience::Table, GameEvent::Sheet(asked))]);
        }
        self.write(sheet, key, value)
    }

    /// What is to be written under which name, and who may.
    fn written(&self, sheet: &Sheet, key: &str, value: &str) -> Result<(String, FieldRight, FieldValue), SheetDenied> {
        let words = line(value).ok_or(SheetDenied::BadWords(LINE_CHARS))?;
        let number = |key: &str, least: i64, most: i64| {
            let fits = words.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
            fits.map(FieldValue::Number).ok_or(SheetDenied::NotANumber { key: key.to_owned(), least, most })
        };
        if let Some(vital) = sheet.vital(key) {
            let right = self.kit.vital(key).map_or(FieldRight::Free, |spec| spec.right);
            return Ok((vital.name.clone(), right, number(&vital.name, 0, vital.max)?));
        }
        if let Some(field) = self.kit.field(key) {
            let value = match field.start {
                FieldValue::Number(_) => number(&field.key, field.least, field.most)?,
                FieldValue::Text(_) => FieldValue::Text(words),
            };
            return Ok((field.key.clone(), field.right, value));
        }
        let known = sheet.fields.keys().find(|known| same(known, key)).cloned();
        let key = known.clone().or_else(|| line(key)).ok_or(SheetDenied::BadWords(LINE_CHARS))?;
        if !self.kit.open {
            return Err(self.no_such(key));
        }
        if known.is_none() && sheet.fields.len() >= KEPT {
            return Err(SheetDenied::TooMany(KEPT));
        }
        let value = words.parse().ok().filter(|number: &i64| number.abs() <= MOST);
        Ok((key, FieldRight::Free, value.map_or(FieldValue::Text(words), FieldValue::Number)))
    }

    fn no_such(&self, key: String) -> SheetDenied {
        let names = self.kit.fields.iter().map(|field| field.key.as_str());
        let names = names.chain(self.kit.vitals.iter().map(|vital| vital.key.as_str()));
        let known = names.collect::<Vec<_>>().join(", ");
        SheetDenied::NoSuch { key, known: if known.is_empty() { "nothing yet".to_owned() } else { known } }
    }

    fn write(&self, sheet: Sheet, key: String, value: FieldValue) -> Result<Happenings, SheetDenied> {
        let what = match (sheet.vital(&key), value) {
            (Some(vital), FieldValue::Number(now)) => {
                SheetWhat::Vital { vital: key.clone(), was: vital.now, now, max: vital.max }
            }
            (_, now) => SheetWhat::Field { was: sheet.fields.get(&key).cloned(), key: key.clone(), now },
        };
        let same = match &what {
            SheetWhat::Vital { was, now, .. } => was == now,
            SheetWhat::Field { was, now, .. } => was.as_ref() == Some(now),
            SheetWhat::Item { .. } | SheetWhat::Condition { .. } => false,
        };
        if same { Err(SheetDenied::NoChange(key)) } else { Ok(changed(sheet.of, what, "")) }
    }

    fn vital(&self, of: SheetOf, name: &str, by: i64, max: Option<i64>, why: &str) -> Result<Happenings, SheetDenied> {
        let sheet = self.sheet(of)?;
        if let Some(bad) = max.filter(|max| !(1..=MOST).contains(max)) {
            let key = format!("the maximum ({bad})");
            return Err(SheetDenied::NotANumber { key, least: 1, most: MOST });
        }
        let (name, was, old) = match (sheet.vital(name), max) {
            (Some(vital), _) => (vital.name.clone(), vital.now, vital.max),
            (None, Some(max)) if self.kit.open && sheet.vitals.len() < KEPT => {
                (line(name).ok_or(SheetDenied::BadWords(LINE_CHARS))?, max, max)
            }
            (None, _) => return Err(self.no_vital(name)),
        };
        let most = max.unwrap_or(old);
        let now = was.saturating_add(by).clamp(0, most);
        if sheet.vital(&name).is_some() && (now, most) == (was, old) {
            return Err(SheetDenied::NoChange(name));
        }
        Ok(changed(sheet.of, SheetWhat::Vital { vital: name, was, now, max: most }, why))
    }

    fn no_vital(&self, name: &str) -> SheetDenied {
        let names: Vec<_> = self.kit.vitals.iter().map(|vital| vital.key.as_str()).collect();
        let known = match (names.is_empty(), self.kit.open) {
            (false, _) => names.join(", "),
            (true, true) => "any that is given with its max".to_owned(),
            (true, false) => "nothing".to_owned(),
        };
        SheetDenied::NoSuch { key: name.chars().take(40).collect(), known }
    }

    fn item(&self, of: Option<SheetOf>, item: &str, by: i64, why: &str) -> Result<Happenings, SheetDenied> {
        let sheet = self.sheet(self.whose(of)?)?;
        let known = sheet.items.iter().find(|known| same(&known.name, item.trim()));
        let (item, was) = match known {
            Some(known) => (known.name.clone(), known.count),
            None => (line(item).ok_or(SheetDenied::BadWords(LINE_CHARS))?, 0),
        };
        if by == 0 {
            return Err(SheetDenied::NoChange(item));
        }
        let now = was.saturating_add(by);
        if now < 0 {
            return Err(SheetDenied::NotSoMany { item, has: was });
        }
        if now > MOST || was == 0 && sheet.items.len() >= KEPT {
            return Err(SheetDenied::TooMany(KEPT));
        }
        Ok(changed(sheet.of, SheetWhat::Item { item, was, now }, why))
    }

    fn condition(
        &self,
        of: SheetOf,
        name: &str,
        on: bool,
        rounds: Option<u32>,
        why: &str,
    ) -> Result<Happenings, SheetDenied> {
        let sheet = self.sheet(of)?;
        let has = sheet.conditions.iter().find(|known| same(&known.name, name.trim()));
        let named = self.kit.conditions.iter().find(|known| same(known, name.trim()));
        let name = match (has, named) {
            (Some(has), _) => has.name.clone(),
            (None, Some(named)) => named.clone(),
            (None, None) if self.kit.open => line(name).ok_or(SheetDenied::BadWords(LINE_CHARS))?,
            (None, None) => {
                let key = name.chars().take(40).collect();
                return Err(SheetDenied::NoSuch { key, known: self.kit.conditions.join(", ") });
            }
        };
        if has.map(|has| has.rounds) == on.then_some(rounds) {
            return Err(SheetDenied::NoChange(name));
        }
        if has.is_none() && sheet.conditions.len() >= KEPT {
            return Err(SheetDenied::TooMany(KEPT));
        }
        Ok(changed(sheet.of, SheetWhat::Condition { condition: name, on, rounds }, why))
    }

    fn settle(&self, ask: EventSeq, allow: bool) -> Result<Happenings, SheetDenied> {
        self.commands()?;
        let kept = self.standing.game.sheets.asked.iter().find(|kept| kept.event == ask);
        let kept = kept.ok_or(SheetDenied::NothingAsked)?;
        let settled = SheetEvent::Settled { ask, allowed: allow };
        let mut happened = vec![(Audience::Table, GameEvent::Sheet(settled))];
        if allow {
            let SheetAsk { seat, key, value } = kept.ask.clone();
            // What has come about by itself since then needs no change.
            happened.extend(self.write(self.sheet(SheetOf::Seat(seat))?, key, value).unwrap_or_default());
        }
        Ok(happened)
    }
}

fn changed(of: SheetOf, what: SheetWhat, why: &str) -> Happenings {
    let audience = of.audience();
    let change = SheetChange { of, what, why: reason(why) };
    vec![(audience, GameEvent::Sheet(SheetEvent::Changed(change)))]
}

pub(super) fn apply(sheets: &mut Sheets, event: EventSeq, happened: &SheetEvent) {
    match happened {
        SheetEvent::Changed(change) => apply_change(sheet_mut(sheets, &change.of), &change.what),
        SheetEvent::Asked(ask) => {
            let again = |kept: &KeptSheetAsk| kept.ask.seat == ask.seat && kept.ask.key == ask.key;
            sheets.asked.retain(|kept| !again(kept));
            sheets.asked.push_back(KeptSheetAsk { event, ask: ask.clone() });
            while sheets.asked.len() > ASKED {
                sheets.asked.pop_front();
            }
        }
        SheetEvent::Settled { ask, .. } => sheets.asked.retain(|kept| kept.event != *ask),
    }
}

fn sheet_mut<'a>(sheets: &'a mut Sheets, of: &SheetOf) -> &'a mut Sheet {
    let place = sheets.sheets.iter().position(|sheet| sheet.of == *of).unwrap_or_else(|| {
        sheets.sheets.push(Sheet::new(of.clone()));
        sheets.sheets.len() - 1
    });
    &mut sheets.sheets[place]
}

fn apply_change(sheet: &mut Sheet, what: &SheetWhat) {
    match what {
        SheetWhat::Field { key, now, .. } => drop(sheet.fields.insert(key.clone(), now.clone())),
        SheetWhat::Vital { vital, now, max, .. } => {
            sheet.vitals.retain(|known| known.name != *vital);
            sheet.vitals.push(Vital { name: vital.clone(), now: *now, max: *max });
        }
        SheetWhat::Item { item, now, .. } => {
            sheet.items.retain(|known| known.name != *item);
            if *now > 0 {
                sheet.items.push(Item { name: item.clone(), count: *now });
            }
        }
        SheetWhat::Condition { condition, on, rounds } => {
            sheet.conditions.retain(|known| known.name != *condition);
            if *on {
                sheet.conditions.push(Condition { name: condition.clone(), rounds: *rounds, fresh: false });
            }
        }
    }
}

/// What a roller's notation may name: numbers of their sheet.
pub(super) fn number(standing: Standing<'_>, seat: Option<SeatId>, name: &str) -> Option<i64> {
    let kit = standing.kit.ok()?;
    standing.game.sheets.of(&SheetOf::Seat(seat?), kit).number(name)
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
