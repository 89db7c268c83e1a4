//! The parsers of foreign bytes, each with real messages of its kind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use der::pem::LineEnding;
use signature::cms::{self, Policy, Purpose, Signer};
use signature::ocsp::{self, CertificateId, judge_answer};
use signature::pades::Level;
use signature::signing::{
    CrlOrder, KeyUses, OcspOrder, OcspStatement, Signature, SigningAlgorithm, XmlOrder, granted,
    issue_delta_crl, issue_ocsp_response, sign_xml, with_time_stamp,
};
use signature::tsp::{self, read_response};
use signature::wss::{self, Pinned, Soap, sign_body};
use signature::x509::{Certificate, Crl};
use signature::xml;
use signature::xml::{Canonicalization, Comments, Form, Part};

use crate::authorities::{Authorities, Holder, NOW, Wish, days, gost_key, issue, list_der};
use crate::measure::Parser;
use crate::other_keys::rsa;
use crate::world::{World, judged};

const TEXT: &[u8] = b"<request/>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
const NONCE: [u8; 32] = [0x4e; 32];

fn parser(
    name: &'static str,
    samples: Vec<Vec<u8>>,
    parse: impl Fn(&[u8]) + 'static,
) -> Parser<'static> {
    Parser::new(name, samples, parse)
}

pub fn all() -> Vec<Parser<'static>> {
    vec![
        signatures(),
        xml_signatures(),
        messages(),
        certificates(),
        lists(),
        answers(),
        stamps(),
        documents(),
    ]
}

fn signatures() -> Parser<'static> {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let der = authorities.person().sign(TEXT);
    let world = World::new();
    let token = world.token(&world.tsa, [7; 32], NOW);
    let stamped = with_time_stamp(&der, &token).unwrap();
    let base64 = STANDARD.encode(&der).into_bytes();
    let pem = der::pem::encode_string("CMS", LineEnding::CRLF, &der).unwrap().into_bytes();
    // Indefinite length, as BER has it: the outermost shell alone, the rest is DER.
    let inner = &der[4..];
    let ber = [&[0x30, 0x80][..], inner, &[0, 0]].concat();
    parser("CMS", vec![der, stamped, base64, pem, ber], move |input| {
        let _ = cms::attached_content(input);
        let _ = cms::verify(input, cms::Content::AnyAttached, POLICY, &trust, NOW);
    })
}

fn xml_signatures() -> Parser<'static> {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let person = authorities.person();
    let signed = |form, comments| {
        let canonical = Canonicalization { form, comments };
        let order = XmlOrder {
            document: "<?xml version=\"1.0\"?><сұрау xmlns=\"urn:a\" b='1'><c>мәтін</c></сұрау>"
                .as_bytes(),
            part: Part::Whole,
            content: canonical.clone(),
            signed_info: canonical,
        };
        sign_xml(&order, &person.certificate, &*person.key).unwrap()
    };
    let samples = vec![
        signed(Form::Inclusive, Comments::Left),
        signed(Form::Exclusive(Vec::new()), Comments::Kept),
    ];
    parser("XML signature", samples, move |input| {
        let _ = xml::verify(input, xml::Content::AnyDocument, POLICY, &trust, NOW);
    })
}

fn messages() -> Parser<'static> {
    let soap = Soap::V1_1.namespace();
    let text = format!(
        "<?xml version=\"1.0\"?><S:Envelope xmlns:S=\"{soap}\"><S:Header/><S:Body b='1'>\
        <n:SendMessage xmlns:n=\"urn:n\"><data xmlns=\"\">мәтін &lt;a/&gt;</data></n:SendMessage>\
        </S:Body></S:Envelope>"
    );
    let holder = |key| issue(Wish { iin: None, ..Wish::default() }, key, None);
    let holders =
        [holder(Box::new(rsa(SigningAlgorithm::RsaSha256))), holder(Box::new(gost_key("gateway")))];
    let signed = |holder: &Holder| {
        sign_body(&text, "id-1", &holder.certificate, &|bytes| holder.key.sign(bytes)).unwrap()
    };
    let samples = holders.iter().map(signed).collect();
    let pinned = Pinned::new(holders.map(|holder| holder.certificate).to_vec()).unwrap();
    parser("SOAP message", samples, move |input| {
        let _ = wss::verify(input, Soap::V1_1, &pinned, NOW);
    })
}

fn certificates() -> Parser<'static> {
    let authorities = Authorities::new();
    let world = World::new();
    let all = [
        &authorities.root.certificate,
        &authorities.issuing.certificate,
        &authorities.person().certificate,
        &world.sealing.certificate,
        &world.tsa.certificate,
    ];
    let mut samples: Vec<Vec<u8>> = all.iter().map(|one| one.der().to_vec()).collect();
    let pem = |der: &Vec<u8>| der::pem::encode_string("CERTIFICATE", LineEnding::LF, der).unwrap();
    samples.push(samples.iter().map(pem).collect::<String>().into_bytes());
    let trust = authorities.trust();
    parser("X.509", samples, move |input| {
        for certificate in Certificate::all_from(input).unwrap_or_default() {
            let _ = (certificate.iin(), certificate.bin(), certificate.names());
            let _ = trust.judge(&certificate, NOW);
        }
    })
}

fn lists() -> Parser<'static> {
    let authorities = Authorities::new();
    let issuer = &authorities.issuing;
    let revoked: Vec<_> = (1..40_u8).map(|number| (vec![number; 20], days(-2))).collect();
    let whole = list_der(issuer, days(-1), days(6), &revoked);
    let order =
        CrlOrder { this_update: days(-1), next_update: days(6), number: 167, revoked: &revoked };
    let changes =
        issue_delta_crl(&order, 166, &[vec![9; 20]], &issuer.certificate, &*issuer.key).unwrap();
    let pem = der::pem::encode_string("X509 CRL", LineEnding::LF, &whole).unwrap().into_bytes();
    let trust = authorities.bare_trust();
    parser("CRL", vec![whole, changes, pem], move |input| {
        if let Ok(list) = Crl::read(input) {
            let _ = list.revocation(&[7; 20]);
            let _ = trust.clone().add_list(list);
        }
    })
}

fn answers() -> Parser<'static> {
    let authorities = Authorities::new();
    let person = authorities.person();
    let wish = Wish {
        name: "OCSP RESPONDER",
        iin: None,
        serial: [0x71; 20],
        uses: KeyUses::OcspSigning,
        ..Wish::default()
    };
    let responder = issue(wish, Box::new(gost_key("responder")), Some(&authorities.issuing));
    let id = CertificateId::of(&person.certificate, &authorities.issuing.certificate);
    let said = |statement| {
        let order = OcspOrder {
            id: &id,
            statement,
            produced_at: NOW,
            this_update: NOW,
            next_update: None,
            nonce: Some(&NONCE),
            signature: Signature::Made,
        };
        issue_ocsp_response(&order, &responder.certificate, &*responder.key).unwrap()
    };
    let request = ocsp::Request { id: id.clone(), nonce: Some(NONCE.to_vec()) };
    let samples =
        vec![said(OcspStatement::Good), said(OcspStatement::Unknown), request.to_der().unwrap()];
    parser("OCSP", samples, move |input| {
        let chain = [&authorities.issuing.certificate, &authorities.root.certificate];
        let _ = judge_answer(input, &request, &chain, NOW);
        let _ = ocsp::Request::from_der(input);
    })
}

fn stamps() -> Parser<'static> {
    let world = World::new();
    let trust = world.of_today();
    let digest = [0xd1; 32];
    let token = world.token(&world.tsa, digest, NOW);
    let request = tsp::Request { digest, nonce: 7, policy: None };
    let samples = vec![granted(&token).unwrap(), token, request.to_der().unwrap()];
    parser("time stamp", samples, move |input| {
        let _ = read_response(input);
        let _ = tsp::verify(input, &digest, &trust, NOW);
        let _ = tsp::Request::from_der(input);
    })
}

fn documents() -> Parser<'static> {
    let world = World::new();
    let trust = world.of_today();
    let levels = [Level::Basic, Level::Stamped, Level::LongTerm, Level::Archived];
    let samples = levels.iter().map(|level| world.at_level(*level)).collect();
    parser("PDF with a seal", samples, move |input| {
        let _ = judged(input, &trust, NOW.plus_seconds(60));
    })
}
