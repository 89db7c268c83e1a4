//! GOST 34.10-2015-512 as Kazakhstan uses it: keys, digests and signatures little-endian throughout.
//!
//! Facts of the byte order come from the public certificates of the national test authority. Verification only;
//! making signatures is `signing/gost_key.rs`. Read next: `curve.rs`, `field.rs`, and `short.rs` for 256-bit keys.

pub(crate) mod curve;
mod field;
pub mod short;

use crypto_bigint::modular::ConstMontyParams;
use crypto_bigint::{CheckedAdd, NonZero, U512};
use streebog::{Digest, Streebog512};

use curve::{CURVE_B, GroupOrder, Point, Scalar, combination};
use field::{Field, MODULUS};

/// Streebog-512 of data.
#[must_use]
pub fn streebog(data: &[u8]) -> [u8; 64] {
    Streebog512::digest(data).into()
}

/// A public key that lies on the curve.
#[derive(Clone)]
pub struct PublicKey(Point);

impl PublicKey {
    /// From x‖y, each 64 bytes little-endian; `None` where the point is not on the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (x, y) = bytes.split_at_checked(64)?;
        let (x, y) = (field(x)?, field(y)?);
        let three_x = x.double() + x;
        let right = x.square() * x - three_x + Field::new(&CURVE_B);
        (y.square() == right).then(|| Self(Point::affine(x, y)))
    }

    /// Whether `signature` (r‖s, each little-endian) is genuine over a Streebog-512 digest.
    #[must_use]
    pub fn verifies(&self, digest: &[u8; 64], signature: &[u8]) -> bool {
        let Some((r, s)) = signature.split_at_checked(64) else { return false };
        let (Some(r), Some(s)) = (below_order(r), below_order(s)) else { return false };
        let Some(v) = Option::<Scalar>::from(digest_scalar(digest).invert_vartime()) else {
            return false;
        };
        let (r_scalar, s_scalar) = (Scalar::new(&r), Scalar::new(&s));
        let sum = combination(&(s_scalar * v), &(-(r_scalar * v)), &self.0);
        !sum.is_infinity() && x_is(&sum, &r)
    }
}

/// Whether x of the point is r modulo the order, without inverting Z.
fn x_is(point: &Point, r: &U512) -> bool {
    let zz = point.z.square();
    let order = GroupOrder::PARAMS.modulus().get();
    let second = r.checked_add(&order).into_option().filter(|sum| *sum < MODULUS);
    [Some(*r), second].into_iter().flatten().any(|x| Field::new(&x) * zz == point.x)
}

pub(crate) fn digest_scalar(digest: &[u8; 64]) -> Scalar {
    let order = NonZero::new(GroupOrder::PARAMS.modulus().get()).into_option();
    let e = order.map_or(U512::ZERO, |order| U512::from_le_slice(digest).rem_vartime(&order));
    if e == U512::ZERO { Scalar::ONE } else { Scalar::new(&e) }
}

fn field(bytes: &[u8]) -> Option<Field> {
    let value = (bytes.len() == 64).then(|| U512::from_le_slice(bytes))?;
    (value < MODULUS).then(|| Field::new(&value))
}

fn below_order(bytes: &[u8]) -> Option<U512> {
    let value = (bytes.len() == 64).then(|| U512::from_le_slice(bytes))?;
    (value != U512::ZERO && value < GroupOrder::PARAMS.modulus().get()).then_some(value)
}
