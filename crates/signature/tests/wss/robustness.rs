//! A byte changed anywhere lets no other Body pass; a message cut short is none; whatever comes in, an answer comes out.

use std::time::Duration;

use cpu_time::ProcessTime;
use proptest::prelude::*;
use signature::wss::{Pinned, Soap, verify};

use crate::authorities::NOW;
use crate::fixture::{MESSAGE, between, changed, gateway, gost_gateway, pinned, refused, signed};

/// Most processor time one message may cost, without optimisation on a busy machine.
const COST_MAX: Duration = Duration::from_secs(1);

/// Bits next to each other, of letters' case, of the long forms of UTF-8.
const MASKS: [u8; 4] = [0x01, 0x02, 0x20, 0x80];

fn body(message: &[u8], pins: &Pinned) -> Option<Vec<u8>> {
    verify(message, Soap::V1_1, pins, NOW).ok().map(|signed| signed.canonical)
}

#[test]
fn a_byte_changed_anywhere_lets_no_other_body_pass() {
    for holder in [gateway(), gost_gateway()] {
        let pins = pinned(&[&holder]);
        let good = signed(&holder, MESSAGE).into_bytes();
        let expected = body(&good, &pins).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= MASKS[place % MASKS.len()];
            let passed = body(&bad, &pins);
            assert!(passed.is_none_or(|other| other == expected), "byte {place}");
        }
    }
}

/// Every byte of the signed parts, and every bit of it: nothing passes at all, but where the byte says the same in XML.
#[test]
fn no_bit_of_what_is_signed_may_change() {
    let holder = gateway();
    let pins = pinned(&[&holder]);
    let good = signed(&holder, MESSAGE);
    let expected = body(good.as_bytes(), &pins).unwrap();
    for part in [
        between(&good, "<ds:SignedInfo>", "</ds:SignedInfo>"),
        between(&good, "<soap:Body", "</soap:Body>"),
    ] {
        let start = good.find(part).unwrap();
        for place in start..start + part.len() {
            for bit in 0..8 {
                let mut bad = good.clone().into_bytes();
                bad[place] ^= 1 << bit;
                // A quote may become another quote, a space a line's end: the same in canonical form.
                let passed = body(&bad, &pins);
                let same = passed.as_ref() == Some(&expected);
                assert!(passed.is_none() || same && good.as_bytes()[place] == b' ', "{place}");
            }
        }
    }
}

#[test]
fn a_message_cut_short_is_refused() {
    let holder = gost_gateway();
    let pins = pinned(&[&holder]);
    let good = signed(&holder, MESSAGE).into_bytes();
    assert!((0..good.len()).all(|length| body(&good[..length], &pins).is_none()));
}

/// A message of the costliest kind within the bounds, with a certificate that everybody knows: as many prefixes as one
/// place may know, declared anew at every depth, all of them named, and then as many elements as there may be.
#[test]
fn namespaces_declared_at_every_depth_cost_little() {
    let holder = gateway();
    let declared = |from: &str, count: usize, meaning: usize| -> String {
        (0..count).map(|number| format!(" xmlns:{from}{number}=\"u:{meaning}\"")).collect()
    };
    let outer: String = (0..95).map(|depth| format!("<a{}>", declared("n", 13, depth))).collect();
    let bomb = format!("{outer}{}{}", "<b/>".repeat(49_000), "</a>".repeat(95));
    let body = format!("<soap:Body{}", declared("t", 13, 0));
    let message = changed(&signed(&holder, MESSAGE), "1234", &bomb);
    let message = changed(&message, "<soap:Body", &body);
    let names = |from: &str, count: usize| -> String {
        (0..count).map(|number| format!("{from}{number} ")).collect()
    };
    let transform = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let list = format!(
        "{transform}<e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
        PrefixList=\"{}{}\"/>",
        names("t", 13),
        names("n", 13)
    );
    let message = changed(&message, transform, &list);
    let began = ProcessTime::now();
    assert_eq!(refused(&holder, &message), "digest_mismatch");
    let took = began.elapsed();
    assert!(took < COST_MAX, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_damaged_message_is_judged_without_panic(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let holder = gateway();
        let pins = pinned(&[&holder]);
        let good = signed(&holder, MESSAGE).into_bytes();
        let expected = body(&good, &pins);
        let mut bad = good;
        for (place, value) in places {
            let place = place.index(bad.len());
            bad[place] = value;
        }
        let passed = body(&bad, &pins);
        prop_assert!(passed.is_none() || passed == expected);
    }
}
