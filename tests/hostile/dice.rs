//! Chance that can be repeated: the same seed throws the same dice.

/// A generator of numbers (SplitMix64), seeded by a number.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.next() % end).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Another one, whose throws are its own.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// Spoils some bytes: turns over, takes out, puts in, doubles, cuts off.
    pub(crate) fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len());
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[place] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => drop(bytes.remove(place)),
                2 => bytes.insert(place, u8::try_from(self.below(256)).unwrap()),
                3 => {
                    let end = (place + self.below(20)).min(bytes.len());
                    let doubled = bytes[place..end].to_vec();
                    bytes.splice(place..place, doubled);
                }
                _ if self.once_in(4) => bytes.truncate(place),
                _ => {}
            }
        }
    }
}
