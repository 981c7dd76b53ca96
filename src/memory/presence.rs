//! Who of those whom the game master plays was there when something happened, and so knows of it. PURE.
//! Seats are none of its business: what they may know is an audience.

use crate::domain::{Knower, also_called, goes_by};

/// Who is there at the end of a turn, and who left while it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct There {
    /// Who is there.
    pub here: Vec<String>,
    /// Who left in this turn: they know only what they had still a word in.
    pub left: Vec<String>,
}

impl There {
    /// Those who know what happened while they were there.
    pub fn knowers(&self) -> Vec<Knower> {
        self.here.iter().map(|name| Knower { name: key(name), heard: false }).collect()
    }

    /// Who comes on by speaking: neither there already nor gone.
    pub fn come<'a>(&self, speakers: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut come: Vec<String> = Vec::new();
        for name in speakers {
            let known = self.here.iter().chain(&self.left).chain(&come);
            if !known.into_iter().any(|known| goes_by(known, name)) {
                come.push(name.to_owned());
            }
        }
        come
    }

    /// Who knows each piece of what was told, by who speaks in each: whoever is there, whoever has spoken, and whoever
    /// left until they had their last word.
    pub fn of_pieces(&self, speakers: &[Vec<String>]) -> Vec<Vec<Knower>> {
        let spoken = |pieces: &[Vec<String>], who: &str| pieces.iter().flatten().any(|name| goes_by(who, name));
        (0..speakers.len())
            .map(|at| {
                let (until, after) = (&speakers[..=at], &speakers[at..]);
                let came = self.come(until.iter().flatten().map(String::as_str));
                let still = self.left.iter().filter(|name| spoken(after, name)).cloned();
                let all = came.into_iter().chain(still).map(|name| Knower { name: key(&name), heard: false });
                let mut knowers = self.knowers();
                knowers.extend(all);
                knowers
            })
            .collect()
    }
}

/// A name as what is known is filed under it.
pub fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Every name under which what somebody knows is filed: theirs, and those by which they go alone. `known` are all the
/// people there are, so that nobody is given what another of the same first name knows.
pub fn filed_under(name: &str, known: &[&str]) -> Vec<String> {
    let meant: Vec<&str> = known.iter().copied().filter(|known| goes_by(known, name)).collect();
    let one = meant.iter().all(|a| meant.iter().all(|b| goes_by(a, b)));
    let mut names = vec![name.to_owned()];
    names.extend(meant.iter().filter(|_| one).map(|name| (*name).to_owned()));
    let also: Vec<_> = names.iter().flat_map(|name| also_called(name, None)).collect();
    let theirs =
        |also: &String| known.iter().all(|known| !goes_by(known, also) || names.iter().any(|n| goes_by(n, known)));
    let also: Vec<_> = also.iter().filter(|also| theirs(also)).cloned().collect();
    let mut filed: Vec<_> = names.iter().chain(&also).map(|name| key(name)).collect();
    filed.sort();
    filed.dedup();
    filed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn who(knowers: &[Knower]) -> String {
        knowers.iter().map(|knower| knower.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_knows_from_when_they_came_until_they_left() {
        let there = There { here: names(&["Mira"]), left: names(&["Tomas Reed", "Odo"]) };
        let speakers = [names(&[]), names(&["Tomas"]), names(&["Ash"]), names(&["Mira"])];
        let known: Vec<_> = there.of_pieces(&speakers).iter().map(|knowers| who(knowers)).collect();
        // Tomas has the last word in the second piece, Odo has none, Ash comes with the third.
        assert_eq!(known, ["mira, tomas reed", "mira, tomas reed", "mira, ash", "mira, ash"]);
        assert_eq!(there.come(["Tomas", "Ash", "MIRA", "Ash"]), ["Ash"]);
    }

    #[test]
    fn a_first_name_is_only_theirs_who_alone_have_it() {
        let known = ["Tomas Reed", "Mira"];
        assert_eq!(filed_under("tomas", &known), ["tomas", "tomas reed"]);
        assert_eq!(filed_under("Tomas Reed", &known), ["tomas", "tomas reed"]);
        let two = ["Tomas Reed", "Tomas Vale"];
        assert_eq!(filed_under("Tomas", &two), ["tomas"], "nobody knows which");
        assert_eq!(filed_under("Tomas Vale", &two), ["tomas vale"]);
        assert_eq!(filed_under("Nobody", &known), ["nobody"]);
    }
}
