//! GOST 34.10-2015 with keys of 256 bit, on the one curve Kazakhstan names for them (see adr 15). Plain arithmetic, a few
//! milliseconds each: the NCA issues 512-bit keys, so speed is no concern here. Bytes are ordered as with those.
//!
//! Time varies with the numbers: fit for public ones only. Read next: `mod.rs` for the keys everybody has.

use std::sync::LazyLock;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, U256};
use streebog::{Digest, Streebog256};

pub(crate) type Number = FixedMontyForm<{ U256::LIMBS }>;
type Params = FixedMontyParams<{ U256::LIMBS }>;

/// x and y; `None` is the point at infinity.
pub(crate) type Point = Option<(Number, Number)>;

/// Bytes of a number.
const BYTES: usize = 32;

/// Streebog-256 of data.
#[must_use]
pub fn streebog(data: &[u8]) -> [u8; 32] {
    Streebog256::digest(data).into()
}

/// y² = x³ + ax + b over a field, and a point whose multiples are the keys.
pub(crate) struct Curve {
    field: Params,
    order: Params,
    order_value: NonZero<U256>,
    a: Number,
    b: Number,
    base: (Number, Number),
}

/// Numbers that make a curve, in this order: modulus and order; a, b, x and y of the base.
type Definition = ([Odd<U256>; 2], [U256; 4]);

/// id-tc26-gost-3410-2012-256-paramSetA (RFC 7836).
const DEFINITION: Definition = (
    [
        Odd::<U256>::from_be_hex(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd97",
        ),
        Odd::<U256>::from_be_hex(
            "400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67",
        ),
    ],
    [
        U256::from_be_hex("c2173f1513981673af4892c23035a27ce25e2013bf95aa33b22c656f277e7335"),
        U256::from_be_hex("295f9bae7428ed9ccc20e7c359a9d41a22fccd9108e17bf7ba9337a6f8ae9513"),
        U256::from_be_hex("91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28"),
        U256::from_be_hex("32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c"),
    ],
);

pub(crate) static CURVE: LazyLock<Curve> = LazyLock::new(|| Curve::new(DEFINITION));

impl Curve {
    fn new(([modulus, order], [a, b, x, y]): Definition) -> Self {
        let field = Params::new(modulus);
        let number = |value| Number::new(&value, &field);
        Self {
            a: number(a),
            b: number(b),
            base: (number(x), number(y)),
            order: Params::new(order),
            order_value: order.into_nz(),
            field,
        }
    }

    /// A point of little-endian x‖y, where it lies on the curve.
    fn point(&self, bytes: &[u8]) -> Option<(Number, Number)> {
        let (x, y) = bytes.split_at_checked(BYTES)?;
        let (x, y) = (self.coordinate(x)?, self.coordinate(y)?);
        let right = x.square() * x + self.a * x + self.b;
        (y.square() == right).then_some((x, y))
    }

    fn coordinate(&self, bytes: &[u8]) -> Option<Number> {
        let value = value(bytes).filter(|value| value < self.field.modulus().as_ref())?;
        Some(Number::new(&value, &self.field))
    }

    /// A number modulo the order.
    pub(crate) fn scalar(&self, value: &U256) -> Number {
        Number::new(&value.rem_vartime(&self.order_value), &self.order)
    }

    /// What a digest stands for (GOST 34.10, 6.1: zero becomes one).
    pub(crate) fn digest(&self, digest: &[u8; 32]) -> Number {
        let e = self.scalar(&U256::from_le_slice(digest));
        if is_zero(&e) { Number::one(&self.order) } else { e }
    }

    /// x of a point, modulo the order.
    pub(crate) fn x_of(&self, point: Point) -> Option<Number> {
        point.map(|(x, _)| self.scalar(&x.retrieve()))
    }

    fn sum(&self, one: Point, other: Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (one, other) else { return one.or(other) };
        let slope = if x1 != x2 {
            (y2 - y1) * inverse(&(x2 - x1))?
        } else if y1 == y2 {
            (x1.square().double() + x1.square() + self.a) * inverse(&y1.double())?
        } else {
            return None;
        };
        let x = slope.square() - x1 - x2;
        Some((x, slope * (x1 - x) - y1))
    }

    fn times(&self, scalar: &Number, point: Point) -> Point {
        let scalar = scalar.retrieve();
        (0..U256::BITS).rev().fold(None, |result, bit| {
            let doubled = self.sum(result, result);
            if scalar.bit_vartime(bit) { self.sum(doubled, point) } else { doubled }
        })
    }

    pub(crate) fn times_base(&self, scalar: &Number) -> Point {
        self.times(scalar, Some(self.base))
    }

    /// GOST 34.10, 6.2.
    fn verifies(&self, key: (Number, Number), digest: &[u8; 32], signature: &[u8]) -> bool {
        let Some((r, s)) = signature.split_at_checked(BYTES) else { return false };
        let (Some(r), Some(s)) = (self.below_order(r), self.below_order(s)) else { return false };
        let Some(v) = inverse(&self.digest(digest)) else { return false };
        let point = self.sum(self.times_base(&(s * v)), self.times(&(-(r * v)), Some(key)));
        self.x_of(point) == Some(r)
    }

    fn below_order(&self, bytes: &[u8]) -> Option<Number> {
        let value = value(bytes).filter(|value| value < self.order_value.as_ref())?;
        let number = Number::new(&value, &self.order);
        (!is_zero(&number)).then_some(number)
    }
}

fn value(bytes: &[u8]) -> Option<U256> {
    (bytes.len() == BYTES).then(|| U256::from_le_slice(bytes))
}

fn is_zero(number: &Number) -> bool {
    number.retrieve() == U256::ZERO
}

/// `None` for zero.
fn inverse(number: &Number) -> Option<Number> {
    number.invert_vartime().into_option()
}

/// A public key that lies on the curve.
#[derive(Clone)]
pub struct PublicKey(Number, Number);

impl PublicKey {
    /// From x‖y, each 32 bytes little-endian; `None` where the point is not on the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        CURVE.point(bytes).map(|(x, y)| Self(x, y))
    }

    /// Whether `signature` (r‖s, each little-endian) is genuine over a Streebog-256 digest.
    #[must_use]
    pub fn verifies(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        CURVE.verifies((self.0, self.1), digest, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The curve of the standard's own example (RFC 7091, 7.1).
    const EXAMPLE: Definition = (
        [
            Odd::<U256>::from_be_hex(
                "8000000000000000000000000000000000000000000000000000000000000431",
            ),
            Odd::<U256>::from_be_hex(
                "8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3",
            ),
        ],
        [
            U256::from_u8(7),
            U256::from_be_hex("5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e"),
            U256::from_u8(2),
            U256::from_be_hex("08e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8"),
        ],
    );
    const KEY: [&str; 2] = [
        "7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b",
        "26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da",
    ];
    const DIGEST: &str = "2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5";
    const SIGNATURE: [&str; 2] = [
        "41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493",
        "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40",
    ];

    /// Big-endian numbers, as the standard prints them, little-endian after each other.
    fn bytes(numbers: &[&str]) -> Vec<u8> {
        let reversed = |hex: &&str| {
            let mut bytes = hex::decode(hex).unwrap();
            bytes.reverse();
            bytes
        };
        numbers.iter().flat_map(reversed).collect()
    }

    #[test]
    fn the_example_of_the_standard_verifies_and_its_neighbours_do_not() {
        let curve = Curve::new(EXAMPLE);
        let key = curve.point(&bytes(&KEY)).unwrap();
        let digest: [u8; 32] = bytes(&[DIGEST]).try_into().unwrap();
        let signature = bytes(&SIGNATURE);
        assert!(curve.verifies(key, &digest, &signature));
        for place in [0, 31, 32, 63] {
            let mut bad = signature.clone();
            bad[place] ^= 1;
            assert!(!curve.verifies(key, &digest, &bad), "byte {place}");
        }
        let mut other = digest;
        other[0] ^= 1;
        assert!(!curve.verifies(key, &other, &signature));
        assert!(!curve.verifies(key, &digest, &signature[..63]));
        assert!(!curve.verifies(key, &digest, &[signature.as_slice(), &[0]].concat()));
    }

    #[test]
    fn numbers_outside_their_range_are_no_signature() {
        let curve = Curve::new(EXAMPLE);
        let key = curve.point(&bytes(&KEY)).unwrap();
        let digest: [u8; 32] = bytes(&[DIGEST]).try_into().unwrap();
        let order = "8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3";
        let zero = "0".repeat(64);
        for (r, s) in [(order, SIGNATURE[1]), (SIGNATURE[0], order), (&zero, order), (order, &zero)]
        {
            assert!(!curve.verifies(key, &digest, &bytes(&[r, s])));
        }
    }

    #[test]
    fn the_base_of_each_curve_lies_on_it_and_has_its_order() {
        for definition in [DEFINITION, EXAMPLE] {
            let curve = Curve::new(definition);
            let (x, y) = curve.base;
            assert!(y.square() == x.square() * x + curve.a * x + curve.b);
            let minus_one = -Number::one(&curve.order);
            let last = curve.times_base(&minus_one);
            assert!(last == Some((x, -y)) && curve.sum(last, Some((x, y))).is_none());
        }
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        let base = bytes(&[
            "91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28",
            "32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c",
        ]);
        assert!(PublicKey::from_bytes(&base).is_some());
        for place in [0, 31, 32, 63] {
            let mut bad = base.clone();
            bad[place] ^= 1;
            assert!(PublicKey::from_bytes(&bad).is_none(), "byte {place}");
        }
        assert!(PublicKey::from_bytes(&base[..63]).is_none());
        assert!(PublicKey::from_bytes(&[0xff; 64]).is_none());
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // GOST 34.11-2012, example 1, as the hash gives its bytes.
        let message = b"012345678901234567890123456789012345678901234567890123456789012";
        let expected = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500";
        assert_eq!(hex::encode(streebog(message)), expected);
    }
}
