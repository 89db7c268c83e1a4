//! What every message has around it: an envelope, a body, and in the body one element.

use roxmltree::Node;

use super::SOAP;
use super::fault::ShepFault;
use super::reading::{Children, Unfit};
use super::writing::Writer;

/// An envelope round one wrapper element, unsigned.
pub fn enveloped(wrapper: &str, namespace: &str, content: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::default();
    writer.element_with("soap:Envelope", &format!("xmlns:soap=\"{SOAP}\""), |envelope| {
        envelope.element("soap:Body", |body| {
            body.element_with(
                &format!("s:{wrapper}"),
                &format!("xmlns:s=\"{namespace}\""),
                content,
            );
        });
    });
    writer.finish()
}

/// The one element in a body; a fault of the channel is told as one.
///
/// # Errors
/// [`ShepFault`].
pub fn only_element<'a, 'input>(body: Node<'a, 'input>) -> Result<Node<'a, 'input>, ShepFault> {
    if body.tag_name().name() != "Body" || body.tag_name().namespace() != Some(SOAP) {
        return Err(Unfit("Body").into());
    }
    if let Some(fault) = Children::of(body, Some(SOAP))?.optional("Fault") {
        return Err(ShepFault::SoapFault(code_of(fault)));
    }
    let mut inside = body.children().filter(Node::is_element);
    match (inside.next(), inside.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Unfit("Body").into()),
    }
}

/// The gateway's own code, else that of SOAP.
pub(super) fn code_of(fault: Node<'_, '_>) -> String {
    let named = |name: &str| fault.descendants().find(|node| node.tag_name().name() == name);
    let code = named("errorCode").or_else(|| named("faultcode"));
    code.and_then(|node| node.text()).unwrap_or_default().to_owned()
}
