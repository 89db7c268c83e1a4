//! GOST 34.10-2015-512 verification straight from the standard: one bit at a time, two multiplications, formulas for
//! any curve. A second opinion for tests and the measure the crate's own code is held against.
//!
//! Knows nothing of the crate. Read next: `src/gost/curve.rs` for the fast way.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U512};

const P: &str = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc7";
const Q: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275";
const BASE_Y: &str = "7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4";

type Number = FixedMontyForm<{ U512::LIMBS }>;
type Params = FixedMontyParams<{ U512::LIMBS }>;

/// Jacobian coordinates; `None` is the point at infinity.
type Point = Option<(Number, Number, Number)>;

fn params(modulus: &str) -> Params {
    Params::new(Odd::new(U512::from_be_hex(modulus)).unwrap())
}

fn number(value: &U512, params: &Params) -> Number {
    Number::new(value, params)
}

fn doubled(point: Point, p: &Params) -> Point {
    let (x, y, z) = point?;
    let a = number(&U512::from_be_hex(P).wrapping_sub(&U512::from_u8(3)), p);
    let yy = y.square();
    let s = (x * yy).double().double();
    let m = x.square().double() + x.square() + a * z.square().square();
    let new_x = m.square() - s.double();
    let new_y = m * (s - new_x) - yy.square().double().double().double();
    Some((new_x, new_y, (y * z).double()))
}

fn sum(one: Point, other: Point, p: &Params) -> Point {
    let (Some((x1, y1, z1)), Some((x2, y2, z2))) = (one, other) else { return one.or(other) };
    let (u1, u2) = (x1 * z2.square(), x2 * z1.square());
    let (s1, s2) = (y1 * z2.square() * z2, y2 * z1.square() * z1);
    let (h, r) = (u2 - u1, s2 - s1);
    let zero = number(&U512::ZERO, p);
    if h == zero {
        return if r == zero { doubled(one, p) } else { None };
    }
    let (hh, hhh) = (h.square(), h.square() * h);
    let x = r.square() - hhh - (u1 * hh).double();
    Some((x, r * (u1 * hh - x) - s1 * hhh, h * z1 * z2))
}

fn times(scalar: &U512, point: Point, p: &Params) -> Point {
    (0..512).rev().fold(None, |result, bit| {
        let result = doubled(result, p);
        if scalar.bit_vartime(bit) { sum(result, point, p) } else { result }
    })
}

/// Whether a signature (r‖s) over a digest is genuine; everything little-endian, the key x‖y.
pub fn verifies(key: &[u8], digest: &[u8; 64], signature: &[u8]) -> bool {
    let (p, q) = (params(P), params(Q));
    let (r, s) = (U512::from_le_slice(&signature[..64]), U512::from_le_slice(&signature[64..]));
    let order = U512::from_be_hex(Q);
    if r == U512::ZERO || s == U512::ZERO || r >= order || s >= order {
        return false;
    }
    let e = number(&U512::from_le_slice(digest), &q);
    let e = if e == number(&U512::ZERO, &q) { number(&U512::ONE, &q) } else { e };
    let v = e.invert().unwrap();
    let z1 = (number(&s, &q) * v).retrieve();
    let z2 = (-(number(&r, &q) * v)).retrieve();
    let one = number(&U512::ONE, &p);
    let base = Some((number(&U512::from_u8(3), &p), number(&U512::from_be_hex(BASE_Y), &p), one));
    let coordinate = |bytes: &[u8]| number(&U512::from_le_slice(bytes), &p);
    let key = Some((coordinate(&key[..64]), coordinate(&key[64..]), one));
    let Some((x, _, z)) = sum(times(&z1, base, &p), times(&z2, key, &p), &p) else { return false };
    let x = (x * z.invert().unwrap().square()).retrieve();
    number(&x, &q).retrieve() == r
}
