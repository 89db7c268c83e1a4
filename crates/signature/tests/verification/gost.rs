//! The national algorithm: against the naive way, and at its edges.

use proptest::prelude::*;
use signature::gost::{PublicKey, streebog};
use signature::signing::{GostKey, SigningKey};

use crate::authorities::{gost_key, key_bytes};
use crate::naive;

const ORDER: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275";

fn public(key: &GostKey) -> PublicKey {
    PublicKey::from_bytes(&key_bytes(key)).unwrap()
}

#[test]
fn a_signature_is_good_for_its_own_text_and_key_alone() {
    let (key, other) = (gost_key("one"), gost_key("other"));
    let signature = key.sign(b"text").unwrap();
    assert!(public(&key).verifies(&streebog(b"text"), &signature));
    assert!(!public(&key).verifies(&streebog(b"test"), &signature));
    assert!(!public(&other).verifies(&streebog(b"text"), &signature));
}

#[test]
fn the_naive_way_comes_to_the_same_answers() {
    for number in 0..6 {
        let key = gost_key(&format!("key {number}"));
        let text = format!("text {number}");
        let digest = streebog(text.as_bytes());
        let signature = key.sign(text.as_bytes()).unwrap();
        let mut broken = signature.clone();
        broken[number * 20] ^= 1;
        for (signature, good) in [(signature, true), (broken, false)] {
            assert_eq!(public(&key).verifies(&digest, &signature), good);
            assert_eq!(naive::verifies(&key_bytes(&key), &digest, &signature), good);
        }
    }
}

#[test]
fn keys_whose_points_meet_in_the_addition_verify_too() {
    // Secrets 1, 2 and q−1: their points are G, 2G and −G, where adding and doubling coincide.
    let mut last: Vec<u8> = hex::decode(ORDER).unwrap();
    last.reverse();
    last[0] -= 1;
    let small = |number: u8| {
        let mut bytes = [0; 64];
        bytes[0] = number;
        bytes
    };
    for secret in [small(1), small(2), small(3), small(255), last.try_into().unwrap()] {
        let key = GostKey::from_random(&secret).unwrap();
        let signature = key.sign(b"text").unwrap();
        assert!(public(&key).verifies(&streebog(b"text"), &signature));
        assert!(naive::verifies(&key_bytes(&key), &streebog(b"text"), &signature));
    }
}

#[test]
fn a_digest_of_zero_counts_as_one() {
    // GOST 34.10, 6.1: e = 0 becomes 1. The same holds for the order itself.
    let key = gost_key("key");
    let mut order: Vec<u8> = hex::decode(ORDER).unwrap();
    order.reverse();
    let order: [u8; 64] = order.try_into().unwrap();
    let mut one = [0; 64];
    one[0] = 1;
    let signature = key.sign(b"text").unwrap();
    for digest in [[0; 64], order, one] {
        assert_eq!(
            public(&key).verifies(&digest, &signature),
            naive::verifies(&key_bytes(&key), &digest, &signature)
        );
    }
}

#[test]
fn numbers_outside_their_range_are_no_signature() {
    let key = gost_key("key");
    let digest = streebog(b"text");
    let good = key.sign(b"text").unwrap();
    let mut order: Vec<u8> = hex::decode(ORDER).unwrap();
    order.reverse();
    for half in [0..64, 64..128] {
        for value in [vec![0; 64], order.clone(), vec![0xff; 64]] {
            let mut signature = good.clone();
            signature[half.clone()].copy_from_slice(&value);
            assert!(!public(&key).verifies(&digest, &signature));
        }
    }
    for length in [0, 63, 64, 127, 129] {
        assert!(!public(&key).verifies(&digest, &vec![1; length]), "{length} bytes");
    }
}

#[test]
fn a_point_off_the_curve_is_no_key() {
    let good = key_bytes(&gost_key("key"));
    assert!(PublicKey::from_bytes(&good).is_some());
    for place in [0, 63, 64, 127] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        assert!(PublicKey::from_bytes(&bad).is_none(), "byte {place}");
    }
    assert!(PublicKey::from_bytes(&[0; 128]).is_none());
    assert!(PublicKey::from_bytes(&[0xff; 128]).is_none());
    assert!(PublicKey::from_bytes(&good[..127]).is_none());
}

#[test]
fn a_private_key_survives_its_file() {
    let key = gost_key("key");
    let pem = key.to_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    let read = GostKey::from_pem(&pem).unwrap();
    assert_eq!(key_bytes(&read), key_bytes(&key));
    assert!(GostKey::from_pem("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----").is_err());
    assert!(GostKey::from_pem("").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_signed_verifies(secret in any::<[u8; 32]>(), text in any::<Vec<u8>>()) {
        let key = gost_key(&hex::encode(secret));
        let signature = key.sign(&text).unwrap();
        prop_assert!(public(&key).verifies(&streebog(&text), &signature));
    }

    #[test]
    fn no_other_bit_is_as_good(bit in 0usize..1024) {
        let key = gost_key("key");
        let mut signature = key.sign(b"text").unwrap();
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!public(&key).verifies(&streebog(b"text"), &signature));
    }
}
