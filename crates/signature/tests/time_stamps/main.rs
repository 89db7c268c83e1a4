//! Time stamps of OpenSSL's authority and of one with GOST keys, held against `openssl ts` where it can judge them too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program: it may fail, and says loudly what it skips"
)]
#![allow(missing_docs, dead_code, reason = "the fixture is shared with other tests")]

#[path = "../verification/authorities.rs"]
mod authorities;
mod fixture;
mod gost;
mod openssl;
mod revocation;

use signature::tsp::Verdict;

/// The verdict as its code.
fn code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Valid(_) => "valid",
        Verdict::Invalid(reason) => reason.code(),
        Verdict::CannotTell(doubt) => doubt.code(),
    }
}

/// Each byte of a token changed in these bits, and the token cut short or made longer: never valid.
fn assert_nothing_can_change(
    token: &[u8],
    masks: &[u8],
    is_valid: &(dyn Fn(&[u8]) -> bool + Sync),
) {
    assert!(is_valid(token));
    let places: Vec<usize> = (0..token.len()).collect();
    std::thread::scope(|threads| {
        for share in places.chunks(token.len().div_ceil(4)) {
            threads.spawn(move || {
                for place in share {
                    for mask in masks {
                        let mut bad = token.to_vec();
                        bad[*place] ^= *mask;
                        assert!(!is_valid(&bad), "byte {place}, mask {mask:#x}");
                    }
                }
            });
        }
    });
    for length in 0..token.len() {
        assert!(!is_valid(&token[..length]), "{length} bytes");
    }
    assert!(!is_valid(&[token, &[0]].concat()));
}
