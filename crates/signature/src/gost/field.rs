//! Numbers modulo p = 2⁵¹² − 569, the field of the curve.
//!
//! Such a modulus reduces with one small multiplication, which makes the whole verification three times as fast as
//! with the library's general arithmetic; the tests hold every operation against that. Time varies with the numbers.
//! Read next: `curve.rs`.

use std::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::U512;

const WORDS: usize = 8;
/// 2⁵¹² modulo p.
const EXCESS: u64 = 569;

/// p.
pub(crate) const MODULUS: U512 = U512::MAX.wrapping_sub(&U512::from_u64(EXCESS - 1));

/// A number modulo p as eight words, lowest first. It may be p or a little above, so only [`Self::canonical`] compares.
#[derive(Clone, Copy)]
pub(crate) struct Field([u64; WORDS]);

impl Field {
    pub(crate) const ZERO: Self = Self([0; WORDS]);
    pub(crate) const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0]);

    pub(crate) fn new(value: &U512) -> Self {
        let bytes = value.to_le_bytes();
        let (chunks, _) = bytes.as_ref().as_chunks();
        let mut words = [0; WORDS];
        words.iter_mut().zip(chunks).for_each(|(word, chunk)| *word = u64::from_le_bytes(*chunk));
        Self(words)
    }

    /// The number itself, below p.
    #[cfg(any(test, feature = "signing"))]
    pub(crate) fn retrieve(&self) -> U512 {
        let mut bytes = [0; 64];
        let (chunks, _) = bytes.as_chunks_mut();
        chunks.iter_mut().zip(self.canonical()).for_each(|(to, word)| *to = word.to_le_bytes());
        U512::from_le_slice(&bytes)
    }

    fn canonical(&self) -> [u64; WORDS] {
        let mut less = self.0;
        if add_small(&mut less, EXCESS) { less } else { self.0 }
    }

    pub(crate) fn double(&self) -> Self {
        *self + *self
    }

    pub(crate) fn square(&self) -> Self {
        // Products of different words first; each stands twice in the square.
        let [a, b, c, d, e, f, g, h] = self.0;
        let mut wide = [[0; WORDS]; 2];
        let slots = wide.as_flattened_mut();
        add_row(slots, 1, a, &[b, c, d, e, f, g, h]);
        add_row(slots, 3, b, &[c, d, e, f, g, h]);
        add_row(slots, 5, c, &[d, e, f, g, h]);
        add_row(slots, 7, d, &[e, f, g, h]);
        add_row(slots, 9, e, &[f, g, h]);
        add_row(slots, 11, f, &[g, h]);
        add_row(slots, 13, g, &[h]);
        let mut top = 0;
        for word in wide.as_flattened_mut() {
            (*word, top) = ((*word << 1) | top, *word >> 63);
        }
        let mut carry = false;
        let (pairs, _) = wide.as_flattened_mut().as_chunks_mut();
        for ([low, high], word) in pairs.iter_mut().zip(&self.0) {
            let (square, above) = word.carrying_mul(*word, 0);
            (*low, carry) = low.carrying_add(square, carry);
            (*high, carry) = high.carrying_add(above, carry);
        }
        reduced(wide)
    }

    /// The inverse, by Fermat's little theorem; zero for zero.
    pub(crate) fn invert(&self) -> Self {
        let exponent = MODULUS.wrapping_sub(&U512::from_u8(2));
        (0..U512::BITS).rev().fold(Self::ONE, |power, place| {
            let square = power.square();
            if exponent.bit_vartime(place) { square * *self } else { square }
        })
    }
}

/// Adds word × others at a place; what is carried beyond goes to the next slot, which nobody has written yet.
#[inline(always)]
fn add_row<const N: usize>(slots: &mut [u64], place: usize, word: u64, others: &[u64; N]) {
    let from = slots.get_mut(place..).and_then(<[u64]>::split_first_chunk_mut::<N>);
    let Some((row, beyond)) = from else { return };
    let mut carry = 0;
    for (slot, other) in row.iter_mut().zip(others) {
        (*slot, carry) = word.carrying_mul_add(*other, *slot, carry);
    }
    if let Some(slot) = beyond.first_mut() {
        *slot = carry;
    }
}

fn reduced(wide: [[u64; WORDS]; 2]) -> Field {
    let [mut low, high] = wide;
    let mut carry = 0;
    for (word, above) in low.iter_mut().zip(&high) {
        (*word, carry) = above.carrying_mul_add(EXCESS, *word, carry);
    }
    // The carry is at most 569, so its product fits a word.
    if add_small(&mut low, carry * EXCESS) {
        add_small(&mut low, EXCESS);
    }
    Field(low)
}

fn excess_if(went_over: bool) -> u64 {
    u64::from(went_over) * EXCESS
}

/// Whether it went beyond 2⁵¹². Without branches: carries are as good as random, and guessing them wrong costs more.
fn add_small(words: &mut [u64; WORDS], small: u64) -> bool {
    let (mut addend, mut beyond) = (small, false);
    for word in words {
        (*word, beyond) = word.carrying_add(addend, beyond);
        addend = 0;
    }
    beyond
}

/// Whether it went below zero.
fn subtract_small(words: &mut [u64; WORDS], small: u64) -> bool {
    let (mut subtrahend, mut below) = (small, false);
    for word in words {
        (*word, below) = word.borrowing_sub(subtrahend, below);
        subtrahend = 0;
    }
    below
}

impl Add for Field {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        let mut beyond = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            (*word, beyond) = word.carrying_add(*other, beyond);
        }
        if add_small(&mut self.0, excess_if(beyond)) {
            add_small(&mut self.0, EXCESS);
        }
        self
    }
}

impl Sub for Field {
    type Output = Self;

    fn sub(mut self, other: Self) -> Self {
        let mut below = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            (*word, below) = word.borrowing_sub(*other, below);
        }
        if subtract_small(&mut self.0, excess_if(below)) {
            subtract_small(&mut self.0, EXCESS);
        }
        self
    }
}

impl Mul for Field {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut wide = [[0; WORDS]; 2];
        for (place, word) in self.0.iter().enumerate() {
            add_row(wide.as_flattened_mut(), place, *word, &other.0);
        }
        reduced(wide)
    }
}

impl Neg for Field {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

#[cfg(test)]
mod tests {
    use crypto_bigint::const_monty_params;
    use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
    use proptest::prelude::*;

    use super::*;

    const_monty_params!(
        Modulus,
        U512,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc7",
        "p, as RFC 7836 writes it."
    );
    type Library = ConstMontyForm<Modulus, { U512::LIMBS }>;

    /// Any number, with those at both ends and around the modulus often.
    fn number() -> impl Strategy<Value = U512> {
        let any = any::<[[u8; 32]; 2]>().prop_map(|halves| U512::from_le_slice(&halves.concat()));
        let small = (0u64..2_000).prop_map(U512::from_u64);
        let large = (0u64..2_000).prop_map(|less| U512::MAX.wrapping_sub(&U512::from_u64(less)));
        let sparse = prop::collection::vec(prop::bool::ANY, 8).prop_map(|words| {
            let bytes = words.iter().flat_map(|full| [if *full { 0xff } else { 0 }; 8]);
            U512::from_le_slice(&bytes.collect::<Vec<u8>>())
        });
        prop_oneof![any, small, large, sparse]
    }

    #[test]
    fn the_modulus_is_the_curves() {
        assert_eq!(MODULUS, Modulus::PARAMS.modulus().get());
    }

    #[test]
    fn zero_has_several_faces_and_they_are_one() {
        let p = Field::new(&MODULUS);
        assert!(p == Field::ZERO && p.retrieve() == U512::ZERO);
        assert!(Field::new(&U512::MAX) == Field::new(&U512::from_u64(EXCESS - 1)));
        assert!(Field::ZERO.invert() == Field::ZERO);
        assert!(Field::ONE.invert() == Field::ONE);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn every_operation_gives_what_the_library_gives(a in number(), b in number()) {
            let (x, y) = (Field::new(&a), Field::new(&b));
            let (u, v) = (Library::new(&a), Library::new(&b));
            prop_assert_eq!((x + y).retrieve(), (u + v).retrieve());
            prop_assert_eq!((x - y).retrieve(), (u - v).retrieve());
            prop_assert_eq!((x * y).retrieve(), (u * v).retrieve());
            prop_assert_eq!(x.square().retrieve(), u.square().retrieve());
            prop_assert_eq!(x.double().retrieve(), u.double().retrieve());
            prop_assert_eq!((-x).retrieve(), (-u).retrieve());
            prop_assert_eq!(x == y, u == v);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn a_number_times_its_inverse_is_one(a in number()) {
            let x = Field::new(&a);
            prop_assert!(x == Field::ZERO || x * x.invert() == Field::ONE);
        }
    }
}
