//! Groups: of the entries that share one, a single one is told. PURE.
//! One that wins by priority does; else chance decides by weight, from a seed.

use std::collections::BTreeMap;

use super::Book;
use super::activate::{Found, name_of};
use crate::format::macros::number;

/// Which of those found have to go, each with the name of the group that it lost.
pub(super) fn losers(books: &[&Book], found: &[Found], seed: u64) -> Vec<(usize, String)> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, found) in found.iter().enumerate() {
        for group in &found.entry(books).groups {
            groups.entry(group).or_default().push(at);
        }
    }
    let mut out: Vec<(usize, String)> = Vec::new();
    for (group, members) in groups {
        let left: Vec<usize> = members.into_iter().filter(|at| !out.iter().any(|(gone, _)| gone == at)).collect();
        let Some(winner) = winner(books, found, &left, seed, group) else { continue };
        out.extend(left.into_iter().filter(|at| *at != winner).map(|at| (at, group.to_owned())));
    }
    out
}

fn winner(books: &[&Book], found: &[Found], members: &[usize], seed: u64, group: &str) -> Option<usize> {
    let entry = |at: &usize| found[*at].entry(books);
    // One that already stays keeps its place; then one that wins by priority.
    if let Some(stays) = members.iter().find(|at| found[**at].stays) {
        return Some(*stays);
    }
    if let Some(first) = members.iter().filter(|at| entry(at).group_wins).max_by_key(|at| entry(at).order) {
        return Some(*first);
    }
    let total: u64 = members.iter().map(|at| entry(at).group_weight.min(1_000_000)).sum();
    let names: u64 =
        members.iter().map(|at| hash(&name_of(books, &found[*at]))).fold(hash(group), |all, one| all ^ one);
    let mut drawn = number(&[seed, names]) % total.max(1);
    for at in members {
        let weight = entry(at).group_weight.min(1_000_000);
        if drawn < weight {
            return Some(*at);
        }
        drawn -= weight;
    }
    members.first().copied()
}

/// A number for a name: FNV-1a.
pub(super) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
