//! What we sign, we take; and what cannot be signed is called so.

use signature::signing::SigningError;
use signature::wss::{
    Reason, SignError, SignFault, Signing, Soap, sign_body, verify, verify_within,
};

use crate::authorities::{NOW, Wish, days, issue};
use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, changed, gateway, gost_gateway, gost_holder, judged, pinned,
    signed, try_signed,
};
use crate::other_keys::p256;

#[test]
fn what_is_signed_is_taken_with_either_kind_of_key() {
    for holder in [gateway(), gost_gateway()] {
        let message = signed(&holder, MESSAGE);
        let body = judged(&holder, &message).unwrap();
        assert_eq!(
            String::from_utf8(body.canonical).unwrap(),
            format!(
                "<soap:Body xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                xmlns:wsu=\"{SECURITY_UTILITY}\" wsu:Id=\"{ID}\">\
                <ns:SendMessage xmlns:ns=\"http://bip.bee.kz/SyncChannel/v10/Types\">\
                <request><sum>1234</sum></request></ns:SendMessage></soap:Body>"
            )
        );
        assert_eq!(body.certificate.der(), holder.certificate.der());
    }
}

/// Documents travel in what we send; what comes from others stays small, unless who takes it says otherwise.
#[test]
fn what_is_signed_may_be_larger_than_what_is_taken_and_not_without_end() {
    let holder = gateway();
    let of_mebibytes = |count: usize| MESSAGE.replace("1234", &"A".repeat(count * 1024 * 1024));
    let message = signed(&holder, &of_mebibytes(3));
    let (pinned, soap) = (pinned(&[&holder]), Soap::V1_1);
    let taken = verify(message.as_bytes(), soap, &pinned, NOW);
    assert_eq!(taken.unwrap_err().code(), "too_large");
    let within = |bytes_max| verify_within(message.as_bytes(), bytes_max, soap, &pinned, NOW);
    assert!(within(4 * 1024 * 1024).is_ok());
    assert_eq!(within(3 * 1024 * 1024).unwrap_err().code(), "too_large");
    assert!(try_signed(&holder, &of_mebibytes(9)).is_err());
}

#[test]
fn both_versions_of_soap_are_signed_and_the_one_that_is_not_spoken_is_refused() {
    let holder = gateway();
    let newer = MESSAGE.replace(Soap::V1_1.namespace(), Soap::V1_2.namespace());
    let message = signed(&holder, &newer);
    let judged = |soap| verify(message.as_bytes(), soap, &pinned(&[&holder]), NOW);
    assert!(judged(Soap::V1_2).is_ok());
    assert_eq!(judged(Soap::V1_1).unwrap_err().code(), "not_an_envelope");
}

#[test]
fn the_header_is_added_to_and_made_where_there_is_none() {
    let holder = gateway();
    let namespace = Soap::V1_1.namespace();
    let body = "<sum>1</sum>";
    let around = |header: &str| {
        format!("<e:Envelope xmlns:e=\"{namespace}\">{header}<e:Body>{body}</e:Body></e:Envelope>")
    };
    let plain = format!("<Envelope xmlns=\"{namespace}\"><Body>{body}</Body></Envelope>");
    let plain_header = plain.replace("<Body>", "<Header\n/><Body>");
    for (message, header) in [
        (around(""), "<e:Header><wsse:Security "),
        (around("<e:Header/>"), "<e:Header><wsse:Security "),
        (around("<e:Header ></e:Header >"), "<e:Header ><wsse:Security "),
        (around("<e:Header x=\"/>\"><a/> </e:Header>"), "<a/> <wsse:Security "),
        (plain, "<Header><wsse:Security "),
        (plain_header, "<Header\n><wsse:Security "),
    ] {
        let message = signed(&holder, &message);
        assert!(message.contains(header), "{message}");
        assert!(judged(&holder, &message).is_ok());
    }
    let odd = MESSAGE.replace("soap:", "Body:").replace("xmlns:soap", "xmlns:Body");
    assert!(judged(&holder, &signed(&holder, &odd.replace("<Body:Header/>", ""))).is_ok());
}

/// Content may look like a signature, or speak of prefixes: as text, it is text.
#[test]
fn content_that_looks_like_a_signature_is_signed_as_it_is() {
    let holder = gateway();
    for inside in [
        "<![CDATA[<ds:Signature><ds:SignatureValue></ds:SignatureValue></soap:Body></soap:Header>]]>",
        "&lt;ds:SignatureValue&gt;&lt;/ds:SignatureValue&gt;",
    ] {
        let message = signed(&holder, &MESSAGE.replace("1234", inside));
        let body = String::from_utf8(judged(&holder, &message).unwrap().canonical).unwrap();
        assert!(body.contains("SignatureValue&gt;"), "{body}");
    }
    // The prefix is taken: another is used, and what the content says keeps its meaning.
    let taken = changed(MESSAGE, "<soap:Body>", "<soap:Body xmlns:wsu=\"urn:mine\">");
    let message = signed(&holder, &taken);
    assert!(message.contains(&format!("xmlns:wsu1=\"{SECURITY_UTILITY}\" wsu1:Id=\"{ID}\"")));
    assert!(judged(&holder, &message).is_ok());
}

#[test]
fn what_cannot_be_signed_is_called_so() {
    let holder = gateway();
    let fault = |message: &str| match try_signed(&holder, message) {
        Err(SignError::Unsuitable(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let body =
        |attribute: &str| changed(MESSAGE, "<soap:Body>", &format!("<soap:Body {attribute}>"));
    assert_eq!(fault(&signed(&holder, MESSAGE)), SignFault::AlreadySigned);
    assert_eq!(fault(&body("Id=\"mine\"")), SignFault::BodyHasId);
    assert_eq!(fault(&body("xml:id=\"mine\"")), SignFault::BodyHasId);
    assert_eq!(fault(&MESSAGE.replace("<sum>", &format!("<sum Id=\"{ID}\">"))), SignFault::UnfitId);
    assert_eq!(fault("<a/>"), SignFault::Message(Reason::NotAnEnvelope));
    assert_eq!(
        fault(&MESSAGE.replace("1234", "<!-- -->")).to_string(),
        "the message cannot be signed: xml_comment"
    );
    assert_eq!(fault("<a"), SignFault::Message(signature::Reason::XmlMalformed.into()));
    for id in ["", "a b", "1", "a\"b", "#a", "id-ә", "a&amp;b"] {
        let signed = sign_body(MESSAGE, id, &holder.certificate, &|bytes| holder.key.sign(bytes));
        assert!(matches!(signed, Err(SignError::Unsuitable(SignFault::UnfitId))), "{id}");
    }
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_or_does_not_sign_makes_no_message() {
    let (holder, other) = (gost_gateway(), gost_holder("other", (days(-1), days(1))));
    let by = |certificate, sign: &Signing<'_, SigningError>| {
        sign_body(MESSAGE, ID, certificate, sign).unwrap_err()
    };
    let fault = by(&holder.certificate, &|bytes| other.key.sign(bytes));
    assert!(matches!(fault, SignError::Unsuitable(SignFault::OtherKey)), "{fault:?}");
    let fault = by(&holder.certificate, &|_| Ok(Vec::new()));
    assert!(matches!(fault, SignError::Unsuitable(SignFault::OtherKey)), "{fault:?}");
    let away = || SigningError::Key("the token is away".to_owned());
    let fault = by(&holder.certificate, &|_| Err(away()));
    assert!(matches!(fault, SignError::Key(SigningError::Key(_))), "{fault:?}");
    let curve = issue(Wish { iin: None, ..Wish::default() }, Box::new(p256()), None);
    let fault = by(&curve.certificate, &|bytes| curve.key.sign(bytes));
    assert!(matches!(fault, SignError::Unsuitable(SignFault::KeyKind)), "{fault:?}");
}

/// The same message, Id and key give the same bytes: what was sent can be made again and compared.
#[test]
fn signing_again_gives_the_same_message() {
    for holder in [gateway(), gost_gateway()] {
        assert_eq!(signed(&holder, MESSAGE), signed(&holder, MESSAGE));
    }
}
