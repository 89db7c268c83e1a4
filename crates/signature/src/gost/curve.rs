//! The curve id-tc26-gost-3410-12-512-paramSetA (RFC 7836): points, and aG + bQ in one pass over windowed digits.
//!
//! Time varies with the numbers: fit for public ones only.

use std::sync::LazyLock;

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U512, const_monty_params};

use super::field::Field;

const_monty_params!(
    GroupOrder,
    U512,
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275",
    "Order of the group."
);

pub(crate) type Scalar = ConstMontyForm<GroupOrder, { U512::LIMBS }>;

const BASE_Y: U512 = U512::from_be_hex(
    "7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4",
);
pub(crate) const CURVE_B: U512 = U512::from_be_hex(
    "e8c2505dedfc86ddc1bd0b2b6667f1da34b82574761cb0e879bd081cfd0b6265ee3cb090f30d27614cb4574010da90dd862ef9d4ebee4761503190785a71c760",
);

/// A point in Jacobian coordinates: x = X/Z², y = Y/Z³; Z = 0 is the point at infinity.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: Field,
    y: Field,
    pub(crate) z: Field,
}

impl Point {
    pub(crate) const INFINITY: Self = Self { x: Field::ONE, y: Field::ONE, z: Field::ZERO };

    pub(crate) fn affine(x: Field, y: Field) -> Self {
        Self { x, y, z: Field::ONE }
    }

    pub(crate) fn is_infinity(&self) -> bool {
        self.z == Field::ZERO
    }

    fn negated(&self) -> Self {
        Self { y: -self.y, ..*self }
    }

    /// The point all keys are multiples of.
    pub(crate) fn base() -> Self {
        Self::affine(Field::new(&U512::from_u8(3)), Field::new(&BASE_Y))
    }

    /// x and y; zeros for the point at infinity.
    pub(crate) fn to_affine(self) -> (Field, Field) {
        let inverse = self.z.invert();
        let square = inverse.square();
        (self.x * square, self.y * square * inverse)
    }

    /// For a = −3.
    fn doubled(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x * gamma;
        let one = (self.x - delta) * (self.x + delta);
        let alpha = one.double() + one;
        let beta4 = beta.double().double();
        let x = alpha.square() - beta4.double();
        let z = (self.y + self.z).square() - gamma - delta;
        let y = alpha * (beta4 - x) - gamma.square().double().double().double();
        Self { x, y, z }
    }

    fn plus(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (z1z1, z2z2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x * z2z2, other.x * z1z1);
        let (s1, s2) = (self.y * other.z * z2z2, other.y * self.z * z1z1);
        if u1 == u2 {
            return if s1 == s2 { self.doubled() } else { Self::INFINITY };
        }
        let h = u2 - u1;
        let i = h.double().square();
        let j = h * i;
        let r = (s2 - s1).double();
        let v = u1 * i;
        let x = r.square() - j - v.double();
        let y = r * (v - x) - (s1 * j).double();
        let z = ((self.z + other.z).square() - z1z1 - z2z2) * h;
        Self { x, y, z }
    }

    /// The sum with a point whose Z is one: a third cheaper.
    fn plus_affine(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        let z1z1 = self.z.square();
        let u2 = other.x * z1z1;
        let s2 = other.y * self.z * z1z1;
        if self.x == u2 {
            return if self.y == s2 { self.doubled() } else { Self::INFINITY };
        }
        let h = u2 - self.x;
        let hh = h.square();
        let i = hh.double().double();
        let j = h * i;
        let r = (s2 - self.y).double();
        let v = self.x * i;
        let x = r.square() - j - v.double();
        let y = r * (v - x) - (self.y * j).double();
        let z = (self.z + h).square() - z1z1 - hh;
        Self { x, y, z }
    }
}

/// Odd multiples 1P, 3P, 5P, …
fn odd_multiples(point: &Point, count: usize) -> Vec<Point> {
    let twice = point.doubled();
    std::iter::successors(Some(*point), |last| Some(last.plus(&twice))).take(count).collect()
}

const BASE_WIDTH: u32 = 8;
const KEY_WIDTH: u32 = 5;

/// Computed once, with Z made one.
static BASE_MULTIPLES: LazyLock<Vec<Point>> = LazyLock::new(|| {
    let multiples = odd_multiples(&Point::base(), 1 << (BASE_WIDTH - 2));
    let affine = multiples.into_iter().map(Point::to_affine);
    affine.map(|(x, y)| Point::affine(x, y)).collect()
});

/// Width-w non-adjacent form, lowest digit first.
fn wnaf(scalar: &U512, width: u32) -> Vec<i16> {
    let bit = |place: u32| u16::from(place < U512::BITS && scalar.bit_vartime(place));
    let mut digits = vec![0i16; 514];
    let (mut place, mut carry) = (0u32, 0u16);
    while place < 514 {
        if bit(place) == carry {
            place += 1;
            continue;
        }
        let window: u16 =
            (0..width).map(|offset| bit(place + offset) << offset).sum::<u16>() + carry;
        let high = window >> (width - 1) & 1;
        let digit = i16::try_from(window).unwrap_or_default()
            - i16::try_from(high << width).unwrap_or_default();
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| digits.get_mut(place)) {
            *slot = digit;
        }
        carry = high;
        place += width;
    }
    digits
}

/// The multiple a digit stands for; `None` for zero.
fn multiple(digit: i16, multiples: &[Point]) -> Option<Point> {
    let multiple = multiples.get(usize::from(digit.unsigned_abs() / 2))?;
    match digit {
        0 => None,
        1.. => Some(*multiple),
        _ => Some(multiple.negated()),
    }
}

/// aG + bQ in one pass.
pub(crate) fn combination(a: &Scalar, b: &Scalar, key: &Point) -> Point {
    let key_multiples = odd_multiples(key, 1 << (KEY_WIDTH - 2));
    let (a, b) = (wnaf(&a.retrieve(), BASE_WIDTH), wnaf(&b.retrieve(), KEY_WIDTH));
    a.iter().zip(&b).rev().fold(Point::INFINITY, |sum, (base_digit, key_digit)| {
        let sum = sum.doubled();
        let sum = multiple(*base_digit, &BASE_MULTIPLES).map_or(sum, |one| sum.plus_affine(&one));
        multiple(*key_digit, &key_multiples).map_or(sum, |one| sum.plus(&one))
    })
}
