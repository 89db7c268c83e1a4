//! Published attacks by wrapping, carried over to the Body of a message: each fools an ordinary reader, whose digest and
//! signature are right, and each is refused here with its reason. Where a publication moves another signed element about (a
//! header, an assertion), here it is the Body.
//!
//! Publications: [MA05] McIntosh, Austel: XML Signature Element Wrapping Attacks and Countermeasures, SWS 2005. [BFGO05]
//! Bhargavan, Fournet, Gordon, O'Shea: An Advisor for Web Services Security Policies, SWS 2005. [GLS07] Gajek, Liao,
//! Schwenk: Breaking and Fixing the Inline Approach, SWS 2007. [GJLS09] Gajek, Jensen, Liao, Schwenk: Analysis of Signature
//! Wrapping Attacks and Countermeasures, ICWS 2009. [GL09] Gruschka, Lo Iacono: Vulnerable Cloud: SOAP Message Security
//! Validation Revisited, ICWS 2009. [JLS09] Jensen, Liao, Schwenk: The Curse of Namespaces in the Domain of XML Signature,
//! SWS 2009. [SHJ11] Somorovsky, Heiderich, Jensen, Schwenk, Gruschka, Lo Iacono: All Your Clouds are Belong to us, CCSW
//! 2011. [SMS12] Somorovsky, Mayer, Schwenk, Kampmann, Jensen: On Breaking SAML: Be Whoever You Want to Be, USENIX Security
//! 2012 (XSW1 to XSW8 as testers number them).

use crate::authorities::Holder;
use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, between, changed, gateway, judged, refused, signed,
};
use crate::naive::{Reading, believes};

/// One published shape.
struct Shape {
    name: &'static str,
    message: String,
    reading: Reading,
    refused: &'static str,
}

/// The parts of a genuine message that attackers move about.
struct Genuine {
    message: String,
    header: String,
    security: String,
    signature: String,
    body: String,
    /// The body that the attacker wants to be read, with an Id of its own, with the signed one's, or none.
    forged: String,
    forged_twin: String,
    forged_bare: String,
}

impl Genuine {
    fn new(holder: &Holder) -> Self {
        let message = signed(holder, MESSAGE);
        let part = |from, to| between(&message, from, to).to_owned();
        let body = part("<soap:Body", "</soap:Body>");
        let forged_twin = body.replace("1234", "9999");
        let id = format!(" xmlns:wsu=\"{SECURITY_UTILITY}\" wsu:Id=\"{ID}\"");
        Self {
            header: part("<soap:Header>", "</soap:Header>"),
            security: part("<wsse:Security ", "</wsse:Security>"),
            signature: part("<ds:Signature ", "</ds:Signature>"),
            forged: forged_twin.replace(ID, "attacker"),
            forged_bare: forged_twin.replace(&id, ""),
            forged_twin,
            body,
            message,
        }
    }

    fn with(&self, header: &str, bodies: &str) -> String {
        let message = changed(&self.message, &self.body, bodies);
        changed(&message, &self.header, &format!("<soap:Header>{header}</soap:Header>"))
    }

    fn with_signature(&self, signature: &str) -> String {
        changed(&self.security, &self.signature, signature)
    }

    /// The signature with something in an Object of its own.
    fn with_object(&self, inside: &str) -> String {
        let end = format!("<ds:Object>{inside}</ds:Object></ds:Signature>");
        changed(&self.signature, "</ds:Signature>", &end)
    }

    fn ignored(inside: &str) -> String {
        let actor =
            "soap:mustUnderstand=\"0\" soap:actor=\"http://schemas.xmlsoap.org/soap/actor/none\"";
        format!("<w:Wrapper xmlns:w=\"urn:wrapper\" {actor}>{inside}</w:Wrapper>")
    }
}

/// Of messages: McIntosh and Austel, and those who went on from there.
fn shapes_of_messages(genuine: &Genuine) -> Vec<Shape> {
    let Genuine { security, body, forged, forged_twin, forged_bare, .. } = genuine;
    let wrapped = Genuine::ignored(body);
    let shape = |name, message, reading, refused| Shape { name, message, reading, refused };
    let second = changed(
        &genuine.with_signature(body),
        "soap:mustUnderstand=\"1\"",
        "soap:mustUnderstand=\"0\" soap:actor=\"urn:somebody\"",
    );
    let both = |one: &str, other: &str| [one, other].concat();
    vec![
        shape(
            "[MA05] simple ancestry context: the Body in a header that nobody must understand",
            genuine.with(&both(security, &wrapped), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[MA05] optional element context: the signed part where it is optional, none where it counts",
            genuine.with(&both(&wrapped, security), forged_bare),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[MA05] sibling value context: the Body in another Security, for another actor",
            genuine.with(&both(security, &second), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[MA05] sibling order context: the signed Body behind another of the same kind",
            genuine.with(security, &both(forged, body)),
            Reading::Child,
            "envelope_form",
        ),
        shape(
            "[BFGO05] rewriting: the Body kept under a bogus header, and another signed by nobody",
            genuine
                .with(&both(security, &format!("<BogusHeader>{body}</BogusHeader>")), forged_bare),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[GLS07] against inline accounts: the same depth and parent's name, elsewhere",
            genuine
                .with(&both(security, &format!("<soap:Envelope>{body}</soap:Envelope>")), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[GJLS09] the signed Body beside the forged one, as a sibling of the Header's blocks",
            genuine.with(&both(security, body), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[GJLS09] a second Header takes the signed Body",
            genuine.with(security, &both(&format!("<soap:Header>{body}</soap:Header>"), forged)),
            Reading::Child,
            "envelope_form",
        ),
        shape(
            "[GL09] EC2: two Bodies of one Id, the signed one first, the last one read",
            genuine.with(security, &both(body, forged_twin)),
            Reading::LastChild,
            "envelope_form",
        ),
        shape(
            "[SHJ11] Eucalyptus: the Body of the same Id in the Header, before the forged one",
            genuine.with(&both(&wrapped, security), forged_twin),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[JLS09] namespace injection: a Body of another namespace takes the place",
            genuine.with(
                &both(security, &wrapped),
                &forged_bare.replace("<soap:Body", "<soap:Body xmlns:soap=\"urn:other\""),
            ),
            Reading::AnyNamespace,
            "envelope_form",
        ),
        shape(
            "[JLS09] namespace injection: the old version of SOAP signed within the new",
            genuine.with(
                &both(security, &wrapped),
                &forged_bare.replace(
                    "<soap:Body",
                    "<soap:Body xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"",
                ),
            ),
            Reading::AnyNamespace,
            "envelope_form",
        ),
    ]
}

/// Of SAML, whose assertion is here the Body: XSW1 to XSW8.
fn shapes_of_assertions(genuine: &Genuine) -> Vec<Shape> {
    let Genuine { security, signature, body, forged, forged_twin, .. } = genuine;
    let shape = |name, message, reading, refused| Shape { name, message, reading, refused };
    let both = |one: &str, other: &str| [one, other].concat();
    let envelope = format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">{body}\
        </soap:Envelope>"
    );
    let in_body =
        |text: &str, inside: &str| changed(text, "</soap:Body>", &both(inside, "</soap:Body>"));
    let object = genuine.with_object(body);
    vec![
        shape(
            "[SMS12] XSW1: the whole original within the enveloping signature",
            genuine.with(&genuine.with_signature(&genuine.with_object(&envelope)), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[SMS12] XSW2: the whole original beside the detached signature",
            genuine.with(&genuine.with_signature(&both(&envelope, signature)), forged),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[SMS12] XSW3: the forged Body before the signed one",
            genuine.with(security, &both(forged, body)),
            Reading::Child,
            "envelope_form",
        ),
        shape(
            "[SMS12] XSW4: the signed Body within the forged one",
            genuine.with(security, &in_body(forged, body)),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[SMS12] XSW5: the signature goes along with the forged Body, the signed one comes last",
            genuine.with(&genuine.with_signature(""), &both(&in_body(forged, signature), body)),
            Reading::Child,
            "envelope_form",
        ),
        shape(
            "[SMS12] XSW6: the signed Body within the signature within the forged Body",
            genuine.with(&genuine.with_signature(""), &in_body(forged, &object)),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[SMS12] XSW7: the same Id twice, the signed Body in an extension that takes anything",
            genuine.with(
                &both(&format!("<x:Extensions xmlns:x=\"urn:x\">{body}</x:Extensions>"), security),
                forged_twin,
            ),
            Reading::Child,
            "part_elsewhere",
        ),
        shape(
            "[SMS12] XSW8: the same Id twice, the signed Body in an Object of the signature",
            genuine.with(&genuine.with_signature(&object), forged_twin),
            Reading::Child,
            "part_elsewhere",
        ),
    ]
}

#[test]
fn published_shapes_fool_an_ordinary_reader_and_are_refused_here() {
    let holder = gateway();
    let genuine = Genuine::new(&holder);
    let good = &genuine.message;
    assert_eq!(believes(good, good, Reading::Child).as_deref(), Some("1234"));
    let mut shapes = shapes_of_messages(&genuine);
    shapes.extend(shapes_of_assertions(&genuine));
    assert_eq!(shapes.len(), 20);
    for Shape { name, message, reading, refused: expected } in shapes {
        let believed = believes(&message, good, reading);
        assert_eq!(believed.as_deref(), Some("9999"), "{name}: no ordinary reader is fooled");
        assert_eq!(refused(&holder, &message), expected, "{name}: {message}");
    }
}

/// Nothing forbids a foreign header; whoever reads on gets the Body that was signed, and nothing else.
#[test]
fn content_put_into_a_header_fools_whoever_looks_for_content_anywhere_and_is_not_read_on_here() {
    let holder = gateway();
    let genuine = Genuine::new(&holder);
    let forged = ["<request><sum>9999</sum></request>", &genuine.security].concat();
    let message = genuine.with(&forged, &genuine.body);
    let believed = believes(&message, &genuine.message, Reading::Content);
    assert_eq!(believed.as_deref(), Some("9999"));
    let body = String::from_utf8(judged(&holder, &message).unwrap().canonical).unwrap();
    assert!(body.contains("1234") && !body.contains("9999"));
}
