//! The only source of randomness: `SplitMix64`, so that a seed replays a whole history.

/// `SplitMix64`. Its state is one number, which is stored with the rest of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of seconds from 0 to 59.
    pub(crate) fn seconds_of_a_minute(&mut self) -> i64 {
        i64::try_from(self.next().checked_rem(60).unwrap_or(0)).unwrap_or(0)
    }

    /// `length` characters out of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let characters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .filter_map(|_| {
                let choices = u64::try_from(characters.len()).ok()?;
                let choice = usize::try_from(self.next().checked_rem(choices)?).ok()?;
                characters.get(choice).copied()
            })
            .collect()
    }

    /// `length` decimal digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.text("0123456789", length)
    }
}
