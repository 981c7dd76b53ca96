//! Seeded dice: the same parts give the same throws on every machine and in every version.
//! Never asks the system for chance, and is no source of secrets.
//!
//! Written out instead of taken from a crate because a tale replayed in five years must read the same: `rand` keeps
//! the right to change what its generators and its ranges give, these twenty lines do not. The generator is
//! splitmix64 (Steele, Lea and Flood, 2014; public domain), the seed an FNV-1a hash.

/// A row of throws that depends on nothing but its seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    /// Begins the row that belongs to these texts.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut state: u64 = 0xcbf2_9ce4_8422_2325;
        for part in parts {
            // 0xff never occurs in UTF-8, so ["ab", "c"] and ["a", "bc"] are different rows.
            for byte in part.bytes().chain([0xff]) {
                state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `count`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }

    /// One die with faces from 1 to `sides`.
    pub(crate) fn die(&mut self, sides: u32) -> u32 {
        self.below(sides as usize) as u32 + 1
    }

    /// One of these, if there is any.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }

    /// The numbers below `count` in a shuffled order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_throws_never_change() {
        let mut chance = Chance::of(&["sunken-crown", "1"]);
        let throws: Vec<u32> = (0..12).map(|_| chance.die(6)).collect();
        assert_eq!(throws, [4, 5, 1, 4, 3, 6, 6, 2, 2, 5, 6, 3]);
        assert_ne!(Chance::of(&["ab", "c"]).next(), Chance::of(&["a", "bc"]).next());
    }

    #[test]
    fn every_face_comes_up_about_as_often() {
        let mut chance = Chance::of(&["fair"]);
        let mut faces = [0_u32; 6];
        for _ in 0..6000 {
            faces[chance.die(6) as usize - 1] += 1;
        }
        assert!(faces.iter().all(|&count| (880..1120).contains(&count)), "{faces:?}");
    }

    #[test]
    fn an_order_holds_every_number_once() {
        let mut order = Chance::of(&["deck"]).order(40);
        order.sort_unstable();
        assert_eq!(order, (0..40).collect::<Vec<_>>());
        assert_eq!(Chance::of(&["none"]).pick::<u8>(&[]), None);
    }
}
