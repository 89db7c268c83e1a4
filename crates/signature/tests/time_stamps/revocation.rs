//! What the revocation of a time-stamping authority says about the stamps it made.

use signature::Moment;
use signature::tsp::verify;

use crate::code;
use crate::fixture::{DIGEST, P256, World, now};

/// What becomes of a stamp made just now when its authority is revoked for a reason at a moment.
fn after_revocation(options: &str, revoked_before: bool) -> Option<&'static str> {
    let world = World::new(P256)?;
    if revoked_before {
        world.revoke("tsa", options);
        wait_for(now().plus_seconds(1));
    }
    let token = world.token("tsa");
    if !revoked_before {
        wait_for(now().plus_seconds(1));
        world.revoke("tsa", options);
    }
    let trust = world.trust();
    Some(code(&verify(&token, &DIGEST, &trust, now().plus_seconds(1))))
}

/// Revocations and stamps count whole seconds, so they are told apart only by the clock's going on.
fn wait_for(moment: Moment) {
    while now() < moment {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_compromised_key_spoils_every_stamp_and_so_does_a_reason_not_given() {
    for options in ["", "-crl_reason keyCompromise", "-crl_reason CACompromise"] {
        for before in [true, false] {
            let Some(code) = after_revocation(options, before) else { return };
            assert_eq!(code, "revoked", "{options}, {before}");
        }
    }
}

#[test]
fn stamps_made_before_an_authority_ceased_stay_good_and_later_ones_are_not() {
    for reason in ["superseded", "cessationOfOperation", "affiliationChanged"] {
        let options = format!("-crl_reason {reason}");
        let Some(code) = after_revocation(&options, false) else { return };
        assert_eq!(code, "valid", "{reason}");
    }
    let Some(code) = after_revocation("-crl_reason superseded", true) else { return };
    assert_eq!(code, "revoked");
}
