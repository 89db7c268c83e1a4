//! What somebody may try to do to a file after it was sealed: he can append, cut, and have anything stamped by the same
//! authority, which asks nobody what it stamps. None of it is genuine.

use signature::pades::{
    Kept, Level, SealCertificates, SealError, SealFault, keep, seal, stamp_document,
};

use crate::authorities::{NOW, days, list_der};
use crate::world::{ROOM, World, notes_at, stamped_at, told};

/// The file with another revision that replaces one object, as any program can append it.
fn with_revision(pdf: &[u8], object: &str, number: u32) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let previous = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap();
    let object_at = pdf.len();
    let table_at = object_at + object.len();
    let revision = format!(
        "{object}xref\n{number} 1\n{object_at:010} 00000 n \ntrailer\n<</Size 40/Root 4 0 R/Prev {previous}>>\n\
         startxref\n{table_at}\n%%EOF\n"
    );
    [pdf, revision.as_bytes()].concat()
}

/// The page shows something else.
fn with_other_page(pdf: &[u8]) -> Vec<u8> {
    let page = "2 0 obj\n<</Type/Page/Parent 1 0 R/MediaBox[0 0 100 100]/Resources<<>>>>\nendobj\n";
    with_revision(pdf, page, 2)
}

/// The newest catalog of a file with this put at its end.
fn with_catalog(pdf: &[u8], entries: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let catalog = text.rsplit("4 0 obj\n").next().unwrap().split("\nendobj").next().unwrap();
    let catalog = catalog.strip_suffix(">>").unwrap();
    with_revision(pdf, &format!("4 0 obj\n{catalog}{entries}>>\nendobj\n"), 4)
}

fn assert_refused(world: &World, name: &str, pdf: &[u8], expected: &str) {
    for store in [world.of_today(), world.anchors()] {
        assert_eq!(told(pdf, &store, NOW.plus_seconds(60)), expected, "{name}");
    }
}

#[test]
fn a_page_changed_in_a_later_revision_is_noticed_at_every_level() {
    let world = World::new();
    for level in Level::ALL {
        let forged = with_other_page(&world.at_level(level));
        assert_refused(&world, level.code(), &forged, "changed_after_sealing");
    }
}

#[test]
fn a_changed_page_is_not_covered_up_by_a_stamp_of_the_trusted_authority() {
    let world = World::new();
    for level in Level::ALL {
        let forged = with_other_page(&world.at_level(level));
        let forged = world.archived(&forged, &world.tsa, stamped_at());
        assert_refused(&world, level.code(), &forged, "changed_after_sealing");
    }
    // Prepared before sealing was finished: the seal's own revision replaced by a page of somebody's.
    let sealed = world.stamped();
    let first = crate::fixture::small_pdf("").len();
    let without_seal = with_other_page(&sealed[..first]);
    assert_refused(&world, "no seal", &without_seal, "no_seal");
}

#[test]
fn a_byte_changed_under_the_seal_is_called_so_whatever_follows_it() {
    let world = World::new();
    for level in Level::ALL {
        let mut pdf = world.at_level(level);
        // In the producer's name.
        let place = pdf.windows(8).position(|window| window == b"(nested)").unwrap();
        pdf[place + 1] ^= 1;
        assert_refused(&world, level.code(), &pdf, "altered");
    }
}

#[test]
fn nothing_may_stand_behind_what_is_kept_or_behind_the_last_stamp() {
    let world = World::new();
    for level in [Level::LongTerm, Level::Archived] {
        let pdf = world.at_level(level);
        for more in [&b"\n"[..], b" ", b"%\n", b"\n%%EOF", &pdf] {
            let forged = [&pdf[..], more].concat();
            assert!(
                ["changed_after_sealing", "not_pdf", "pdf_structure"].contains(&told(
                    &forged,
                    &world.of_today(),
                    NOW
                )),
                "{level}"
            );
        }
        assert_refused(&world, "cut", &pdf[..pdf.len() - 1], "changed_after_sealing");
    }
}

#[test]
fn what_is_kept_cannot_be_replaced_added_to_or_kept_twice() {
    let world = World::new();
    let kept = world.at_level(Level::LongTerm);
    let hidden = with_catalog(&world.stamped(), "/DSS<</Type/DSS>>");
    assert_refused(&world, "a store that is no object", &hidden, "changed_after_sealing");
    let text = String::from_utf8_lossy(&kept).into_owned();
    let store = text.split("/DSS ").nth(1).unwrap().split(' ').next().unwrap();
    let number: u32 = store.parse().unwrap();
    let other = with_revision(&kept, &format!("{number} 0 obj\n<</Type/DSS>>\nendobj\n"), number);
    assert_refused(&world, "replaced", &other, "changed_after_sealing");
    let archived = world.archived(&other, &world.tsa, stamped_at());
    assert_refused(&world, "replaced and stamped", &archived, "changed_after_sealing");
    let second = with_catalog(&kept, "/DSS 9 0 R");
    assert_refused(&world, "twice", &second, "changed_after_sealing");
    // Kept after the stamp over the file instead of before it.
    let late = world.archived(&world.stamped(), &world.tsa, stamped_at());
    assert_eq!(keep(&late, &world.kept()), Err(SealFault::NotSealed));
}

#[test]
fn foreign_certificates_and_lists_are_not_kept_unnoticed() {
    let world = World::new();
    let stranger = world.stranger.certificate.der().to_vec();
    let kept = world.kept();
    let with_stranger =
        Kept { certificates: [kept.certificates.clone(), vec![stranger]].concat(), ..kept.clone() };
    let pdf = keep(&world.stamped(), &with_stranger).unwrap();
    assert_refused(&world, "certificate", &pdf, "unknown_issuer");
    let foreign = list_der(&world.stranger, days(-1), days(6), &[]);
    for (name, list, expected) in
        [("of nobody", foreign, "unknown_issuer"), ("rubbish", b"rubbish".to_vec(), "malformed")]
    {
        let pdf = keep(&world.stamped(), &Kept { lists: vec![list], ..kept.clone() }).unwrap();
        assert_refused(&world, name, &pdf, expected);
        let archived = world.archived(&pdf, &world.tsa, stamped_at());
        assert_refused(&world, name, &archived, expected);
    }
}

#[test]
fn a_second_seal_is_neither_made_nor_taken() {
    let world = World::new();
    let der = world.sealing.certificate.der();
    let certificates = SealCertificates::from_der(der, []).unwrap();
    for level in Level::ALL {
        let pdf = world.at_level(level);
        let again = seal::<()>(&pdf, &notes_at(NOW), &certificates, &|_| panic!("not asked"));
        assert_eq!(again, Err(SealError::Unsuitable(SealFault::ManyRevisions)));
        // Another field with another signature, as other programs sign a second time.
        let text = String::from_utf8_lossy(&pdf).into_owned();
        let catalog = text.rsplit("4 0 obj\n").next().unwrap().split("\nendobj").next().unwrap();
        let second = catalog.replacen("/Fields[", "/Fields[5 0 R ", 1);
        let forged = with_revision(&pdf, &format!("4 0 obj\n{second}\nendobj\n"), 4);
        assert_refused(&world, level.code(), &forged, "changed_after_sealing");
    }
}

#[test]
fn a_stamp_of_another_authority_or_over_something_else_is_not_taken() {
    let world = World::new();
    let long_term = world.at_level(Level::LongTerm);
    let foreign = world.archived(&long_term, &world.stranger, stamped_at());
    assert_refused(&world, "the file stamped by a stranger", &foreign, "bad_stamp");
    let also = world.archived(&world.at_level(Level::Archived), &world.stranger, stamped_at());
    assert_refused(&world, "stamped once more by a stranger", &also, "bad_stamp");
    let unstamped = world.unstamped();
    let token = world.token(&world.stranger, unstamped.digest(), stamped_at());
    let foreign = unstamped.stamped(&token).unwrap();
    assert_refused(&world, "the seal stamped by a stranger", &foreign, "bad_stamp");
    let token = world.token(&world.tsa, [0; 32], stamped_at());
    let other = unstamped.stamped(&token).unwrap();
    assert_refused(&world, "a stamp over something else", &other, "bad_stamp");
    let file = stamp_document(&long_term, ROOM).unwrap();
    let other = file.stamped(&token).unwrap();
    assert_refused(&world, "a file's stamp over something else", &other, "bad_stamp");
    // A good stamp in the place of a file's, whose place alone would make the difference.
    let token = world.token(&world.tsa, unstamped.digest(), stamped_at());
    let moved = file.stamped(&token).unwrap();
    assert_refused(&world, "the seal's stamp as the file's", &moved, "bad_stamp");
    let early = world.archived(&long_term, &world.tsa, days(1));
    assert_refused(&world, "of a time to come", &early, "bad_stamp");
}

#[test]
fn taking_something_off_leaves_what_the_rest_proves() {
    let world = World::new();
    let archived = world.at_level(Level::Archived);
    let (stamped, long_term) = (world.stamped(), world.at_level(Level::LongTerm));
    let at = NOW.plus_seconds(60);
    assert_eq!(told(&archived[..long_term.len()], &world.of_today(), at), "b-lt");
    assert_eq!(told(&archived[..stamped.len()], &world.of_today(), at), "b-t");
    // Without its stamp, later revocation counts again: nobody gains by taking it off.
    let serial = world.sealing.certificate.serial().to_vec();
    let revoked = world.trust(&world.list(9, &[(serial, days(9))]));
    assert_eq!(told(&stamped, &revoked, days(10)), "b-t");
    assert_eq!(told(&world.basic(), &revoked, days(10)), "revoked");
    // Two stamps over the file are as good as one.
    let twice = world.archived(&archived, &world.tsa, NOW.plus_seconds(50));
    assert_eq!(told(&twice, &world.anchors(), at), "b-lta");
}
