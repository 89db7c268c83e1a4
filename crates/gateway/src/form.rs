//! A request of the portal: the form of `egov-portal.v1.xsd`, read. What a person asked for stands in what he signed and
//! nowhere else. Read next: `intake.rs`.

use adapters::shep::{AsyncMessage, Children, Unfit};
use app::{ExternalId, Fields, NewExchange};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use jiff::Timestamp;
use roxmltree::Node;

use crate::{CONTRACT, EgovPortal};

const SOURCE: &str = "EGOV_PORTAL";
const SIGNED_REQUEST: &str = "signed_request";
const LINE_CHARACTERS_MAX: usize = 300;

/// What the portal sent about a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Form {
    external_id: ExternalId,
    external_chain: String,
    origin: String,
    applicant: Iin,
    provider_bin: String,
    service_type: String,
    signed: String,
    signature: Vec<u8>,
}

impl Form {
    /// Reads the data of a message.
    pub(crate) fn read(data: Node<'_, '_>) -> Result<Self, Unfit> {
        let mut data = Children::of(data, Some(CONTRACT))?;
        let form = data.element("typedRequestFormImportData")?;
        data.end()?;
        let mut form = Children::of(form, Some(CONTRACT))?;
        if form.text("importSource")? != SOURCE {
            return Err(Unfit("importSource"));
        }
        let signed = signed_request(form.element("updatedValues")?)?;
        let signature = STANDARD.decode(compact(&signed)).map_err(|_| Unfit("updatedValues"))?;
        let external_chain = line(&mut form, "externalRequestChainId")?;
        let external_id = ExternalId::parse(&form.text("externalRequestId")?);
        let external_id = external_id.ok_or(Unfit("externalRequestId"))?;
        let origin = line(&mut form, "requestOriginSystemId")?;
        let applicant =
            Iin::parse(&form.text("requesterIin")?).map_err(|_| Unfit("requesterIin"))?;
        let provider_bin = line(&mut form, "serviceProviderBin")?;
        let service_type = line(&mut form, "serviceType")?;
        form.end()?;
        Ok(Self {
            external_id,
            external_chain,
            origin,
            applicant,
            provider_bin,
            service_type,
            signed,
            signature,
        })
    }

    /// Whether it is a request for our service by one of our providers.
    pub(crate) fn is_for(&self, portal: &EgovPortal) -> bool {
        self.service_type == portal.service_type
            && portal.provider_bins.contains(&self.provider_bin)
    }

    /// As it is kept.
    pub(crate) fn into_exchange(self, head: &AsyncMessage, received_at: Timestamp) -> NewExchange {
        let body_digest = self.digest();
        NewExchange {
            external_id: self.external_id,
            external_chain: self.external_chain,
            chain: head.chain.clone(),
            message: head.message_id.clone(),
            applicant: self.applicant,
            body_digest,
            signature: self.signature,
            received_at,
        }
    }

    /// Of all that the portal said, and nothing that the gateway added: the same request by another message is the same.
    fn digest(&self) -> String {
        Fields::default()
            .text(self.external_id.as_str())
            .text(&self.external_chain)
            .text(&self.origin)
            .text(&self.applicant.digits())
            .text(&self.provider_bin)
            .text(&self.service_type)
            .text(&compact(&self.signed))
            .digest()
    }
}

fn signed_request(values: Node<'_, '_>) -> Result<String, Unfit> {
    let mut values = Children::of(values, Some(CONTRACT))?;
    if values.text("code")? != SIGNED_REQUEST {
        return Err(Unfit("code"));
    }
    let mut inside = Children::of(values.element("values")?, Some(CONTRACT))?;
    let signed = inside.text("string")?;
    inside.end()?;
    values.end()?;
    Ok(signed)
}

fn line(form: &mut Children<'_, '_>, name: &'static str) -> Result<String, Unfit> {
    let text = form.text(name)?;
    let is_fit = !text.is_empty() && text.chars().count() <= LINE_CHARACTERS_MAX;
    if is_fit { Ok(text) } else { Err(Unfit(name)) }
}

fn compact(base64: &str) -> String {
    base64.chars().filter(|one| !one.is_ascii_whitespace()).collect()
}
