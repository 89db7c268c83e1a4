//! One byte changed anywhere: the signature is never valid again.

use signature::cms::{Content, Policy, Purpose, Signer, verify};
use signature::trust::TrustStore;
use signature::{Moment, Verdict};

use crate::authorities::{Authorities, NOW};

const TEXT: &[u8] = b"<request><service>guardianship-certificate</service></request>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
/// CMS version 3 in place of 1 means the same here, and some clients write it.
const VERSION: (u8, u8) = (1, 3);
/// Single bits: values next to the good one, the bit of constructed tags, the bit of long lengths.
const MASKS: [u8; 4] = [0x01, 0x02, 0x20, 0x80];

fn is_valid(cms: &[u8], content: Content<'_>, trust: &TrustStore) -> bool {
    matches!(verify(cms, content, POLICY, trust, NOW), Verdict::Valid(_))
}

/// Where the version of SignedData stands: the first INTEGER of the message.
fn version_place(cms: &[u8]) -> usize {
    cms.windows(3).position(|window| window == [2, 1, 1]).unwrap() + 2
}

#[test]
fn a_byte_changed_anywhere_makes_it_invalid() {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let cms = authorities.person().sign(TEXT);
    assert!(is_valid(&cms, Content::AnyAttached, &trust));
    assert!(cms.len() >= 500, "{} bytes", cms.len());
    let places: Vec<usize> = (0..cms.len()).collect();
    std::thread::scope(|threads| {
        for share in places.chunks(cms.len().div_ceil(4)) {
            threads.spawn(|| share.iter().for_each(|place| never_valid(&cms, *place, &trust)));
        }
    });
}

/// Whatever text it carries now: even the caller who does not know it beforehand is not deceived.
fn never_valid(cms: &[u8], place: usize, trust: &TrustStore) {
    for mask in [0xff, MASKS[place % MASKS.len()]] {
        let mut bad = cms.to_vec();
        bad[place] ^= mask;
        if place == version_place(cms) && (cms[place], bad[place]) == VERSION {
            continue;
        }
        assert!(!is_valid(&bad, Content::AnyAttached, trust), "byte {place}, mask {mask:#x}");
    }
}

#[test]
fn a_message_cut_short_or_made_longer_is_invalid() {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let cms = authorities.person().sign(TEXT);
    for length in 0..cms.len() {
        assert!(!is_valid(&cms[..length], Content::Attached(TEXT), &trust), "{length} bytes");
    }
    let longer = [&cms[..], &[0]].concat();
    assert!(!is_valid(&longer, Content::Attached(TEXT), &trust));
}

#[test]
fn another_moment_is_another_verdict() {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let cms = authorities.person().sign(TEXT);
    for at in [Moment(i64::MIN), Moment(0), Moment(i64::MAX)] {
        let verdict = verify(&cms, Content::Attached(TEXT), POLICY, &trust, at);
        assert!(matches!(verdict, Verdict::Invalid(_)), "{at:?}");
    }
}
