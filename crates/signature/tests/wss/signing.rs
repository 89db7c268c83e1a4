//! What we sign, we take; and what cannot be signed is called so.

use signature::wss::{Soap, verify};

use crate::authorities::NOW;
use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, gateway, gost_gateway, judged, pinned, signed,
};

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

#[test]
fn both_versions_of_soap_are_signed_and_the_one_that_is_not_spoken_is_refused() {
    let holder = gateway();
    let newer = MESSAGE.replace(Soap::V1_1.namespace(), Soap::V1_2.namespace());
    let message = signed(&holder, &newer);
    let judged = |soap| verify(message.as_bytes(), soap, &pinned(&[&holder]), NOW);
    assert!(judged(Soap::V1_2).is_ok());
    assert_eq!(judged(Soap::V1_1).unwrap_err().code(), "not_an_envelope");
}
