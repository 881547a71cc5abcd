//! Chance that depends on nothing but a seed and a name, so that what happens to one request does not
//! change when another is left out.

/// A source of chance (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Chance about something, such as the third request of a certain run.
    pub(crate) fn of(seed: u64, about: &str) -> Self {
        let about = about.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ about);
        chance.next();
        chance
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or_default()
    }

    /// An index into a list of this length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        let end = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(end)).unwrap_or_default()
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let numbers = high.saturating_sub(low).saturating_add(1).unsigned_abs();
        low.saturating_add(i64::try_from(self.below(numbers)).unwrap_or_default())
    }

    /// An offset before a moment: a number from `-high` to `-low`.
    pub(crate) fn before(&mut self, low: i64, high: i64) -> i64 {
        self.between(low, high).saturating_neg()
    }

    /// True this many times in a thousand.
    pub(crate) fn hits(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of these, of which there is at least one.
    #[expect(clippy::indexing_slicing, reason = "the index is within the list")]
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.place(of.len())]
    }

    /// One of these, by weight; there is at least one.
    #[expect(clippy::indexing_slicing, reason = "whoever asks gives something to choose from")]
    pub(crate) fn weighed<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut point = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, thing) in of {
            match point.checked_sub(*weight) {
                None => return *thing,
                Some(rest) => point = rest,
            }
        }
        of[0].1
    }
}
