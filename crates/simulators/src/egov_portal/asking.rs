//! What the portal sends by the gateway: questions over the synchronous channel, requests and word of deliveries over the
//! asynchronous one; and how strictly it looks at the answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use roxmltree::{Document, Node};
use signature::Moment;
use signature::wss::{Soap, verify};

use super::{PORTAL, Portal, SERVICE_TYPE};
use crate::authority::MessageError;
use crate::shep::asking::{named, text};
use crate::shep::bank::escaped;
use crate::shep::{Spoil, XML, signed, uuid};

pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SYNC: &str = "http://bip.bee.kz/SyncChannel/v10/Types";
pub(super) const ASYNC: &str = "http://bip.bee.kz/AsyncChannel/v10/Types";
const CLIENT: &str = "http://bip.bee.kz/AsyncChannel/v10/Types/Client";
pub(super) const CONTRACT: &str = "urn:anyqtama:egov-portal:v1";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Why the portal got no answer of use.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Signing.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// HTTP.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// A status without an envelope.
    #[error("status {0}")]
    Status(u16),
    /// A fault of the channel, signed by the service, with its code and what is told of it.
    #[error("fault {0}: {1}")]
    Fault(String, String),
    /// The answer is not what the schemas say, or not signed as it must be.
    #[error("an answer of no use: {0}")]
    Answer(&'static str),
}

/// What may be wrong with what the portal sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The message is spoilt.
    Spoilt(Spoil),
    /// Written two days ago.
    Old,
    /// Written tomorrow.
    Future,
    /// By another sender.
    Sender,
    /// For another service.
    Service,
    /// Not as the schema says.
    Schema,
    /// Larger than a message may be.
    Oversized,
}

/// A question for a document to be signed.
#[derive(Clone, Debug)]
pub struct DraftAsk {
    /// Who asks.
    pub iin: String,
    /// Language.
    pub language: &'static str,
    /// Named wards; none for all.
    pub wards: Vec<String>,
    /// Consent to restricted data.
    pub restricted_data: bool,
    /// Consent to protected secrets.
    pub protected_secret: bool,
}

/// The document, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftAnswer {
    /// The bytes to be signed.
    Document(Vec<u8>),
    /// By its code.
    Fault(String),
}

/// A request as the portal sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalRequest {
    /// Fourteen digits.
    pub external_id: String,
    /// Who asks.
    pub iin: String,
    /// BIN of the provider.
    pub provider_bin: String,
    /// CMS with the document.
    pub signature: Vec<u8>,
}

impl PortalRequest {
    pub(super) fn data(&self) -> String {
        let Self { external_id, iin, provider_bin, signature } = self;
        let (iin, provider_bin) = (escaped(iin), escaped(provider_bin));
        let signature = STANDARD.encode(signature);
        format!(
            "<p:typedRequestFormImportData xmlns:p=\"{CONTRACT}\">\
             <p:importSource>EGOV_PORTAL</p:importSource>\
             <p:updatedValues><p:code>signed_request</p:code><p:values><p:string>{signature}</p:string>\
             </p:values></p:updatedValues>\
             <p:externalRequestChainId>{external_id}</p:externalRequestChainId>\
             <p:externalRequestId>{external_id}</p:externalRequestId>\
             <p:requestOriginSystemId>PEP</p:requestOriginSystemId>\
             <p:requesterIin>{iin}</p:requesterIin>\
             <p:serviceProviderBin>{provider_bin}</p:serviceProviderBin>\
             <p:serviceType>{SERVICE_TYPE}</p:serviceType></p:typedRequestFormImportData>"
        )
    }
}

impl Portal {
    pub(super) fn date(&self, wrong: Option<Wrong>) -> Timestamp {
        let now = (self.clock)();
        match wrong {
            Some(Wrong::Old) => now - DAY * 2,
            Some(Wrong::Future) => now + DAY,
            _ => now,
        }
    }

    /// Asks for a document to be signed.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn ask_draft(
        &self,
        url: &str,
        ask: &DraftAsk,
        wrong: Option<Wrong>,
    ) -> Result<DraftAnswer, Trouble> {
        let DraftAsk { iin, language, wards, .. } = ask;
        let iin = escaped(iin);
        let word = |given| if given { "given" } else { "withheld" };
        let wards: String =
            wards.iter().map(|iin| format!("<p:wardIin>{}</p:wardIin>", escaped(iin))).collect();
        let wards = if wards.is_empty() { "<p:all></p:all>".to_owned() } else { wards };
        let (first, second) = (word(ask.restricted_data), word(ask.protected_secret));
        let data = format!(
            "<p:draftRequest xmlns:p=\"{CONTRACT}\"><p:requesterIin>{iin}</p:requesterIin>\
             <p:language>{language}</p:language><p:wards>{wards}</p:wards>\
             <p:restrictedData>{first}</p:restrictedData>\
             <p:protectedSecret>{second}</p:protectedSecret></p:draftRequest>"
        );
        let service = self.service.draft_service.clone();
        let envelope = self.question(&service, &data, &uuid(), wrong);
        let body = self.exchange(&format!("{url}/shep/sync"), &envelope, wrong).await?;
        let document = Document::parse(&body).map_err(|_| Trouble::Answer("xml"))?;
        let answer = of_name(&document, "draftResponse")?;
        match (value(answer, "document"), value(answer, "code")) {
            (Some(document), None) => {
                let document =
                    STANDARD.decode(document).map_err(|_| Trouble::Answer("document"))?;
                Ok(DraftAnswer::Document(document))
            }
            (None, Some(code)) => Ok(DraftAnswer::Fault(code)),
            _ => Err(Trouble::Answer("draftResponse")),
        }
    }

    /// Asks how it stands with a request, by its number or the portal's own identifier; the code of its state, `None`
    /// where the service knows none of this person.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn ask_state(
        &self,
        url: &str,
        iin: &str,
        request: &str,
    ) -> Result<Option<String>, Trouble> {
        let is_external = request.len() == 14 && request.bytes().all(|one| one.is_ascii_digit());
        let name = if is_external { "externalRequestId" } else { "requestNumber" };
        let (iin, request) = (escaped(iin), escaped(request));
        let data = format!(
            "<p:stateRequest xmlns:p=\"{CONTRACT}\"><p:requesterIin>{iin}</p:requesterIin>\
             <p:{name}>{request}</p:{name}></p:stateRequest>"
        );
        let service = self.service.state_service.clone();
        let envelope = self.question(&service, &data, &uuid(), None);
        let body = self.exchange(&format!("{url}/shep/sync"), &envelope, None).await?;
        let document = Document::parse(&body).map_err(|_| Trouble::Answer("xml"))?;
        Ok(value(of_name(&document, "stateResponse")?, "code"))
    }

    /// Brings a request, in a chain of its own for each of the portal's identifiers.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn push(
        &self,
        url: &str,
        request: &PortalRequest,
        wrong: Option<Wrong>,
    ) -> Result<(), Trouble> {
        let chain = self.chain_of(&request.external_id);
        let message = self.message(&guid(), &chain, request, wrong);
        let envelope = format!(
            "<a:sendMessage xmlns:a=\"{ASYNC}\"><request>{message}</request></a:sendMessage>"
        );
        let body =
            self.exchange(&format!("{url}/shep/async"), &enveloped(&envelope), wrong).await?;
        let document = Document::parse(&body).map_err(|_| Trouble::Answer("xml"))?;
        let receipt = of_name(&document, "sendMessageResponse")?;
        match value(receipt, "correlationId") {
            Some(named) if named == chain => Ok(()),
            _ => Err(Trouble::Answer("correlationId")),
        }
    }

    /// Lets a request wait until the service fetches it.
    pub fn let_wait(&self, request: &PortalRequest) {
        let chain = self.chain_of(&request.external_id);
        self.state().waiting.push((guid(), chain, request.clone()));
    }

    /// Tells what became of a message of the service.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn tell_delivery(
        &self,
        url: &str,
        message_id: &str,
        delivery: &str,
    ) -> Result<(), Trouble> {
        let (date, notification) = (self.date(None), uuid());
        let call = format!(
            "<c:changeMassageStatusNotification xmlns:c=\"{CLIENT}\"><request><notification>\
             <notificationId>{notification}</notificationId><messageId>{message_id}</messageId>\
             <notificationDate>{date}</notificationDate><messageState>{delivery}</messageState>\
             <status><statusCode>{delivery}</statusCode><statusMessage>{delivery}</statusMessage>\
             <statusDate>{date}</statusDate></status></notification><requestDate>{date}</requestDate>\
             </request></c:changeMassageStatusNotification>"
        );
        let body = self.exchange(&format!("{url}/shep/async"), &enveloped(&call), None).await?;
        let document = Document::parse(&body).map_err(|_| Trouble::Answer("xml"))?;
        of_name(&document, "changeMassageStatusNotificationResponse").map(|_| ())
    }

    pub(super) fn chain_of(&self, external_id: &str) -> String {
        let mut state = self.state();
        let chain = state.chains.entry(external_id.to_owned()).or_insert_with(guid).clone();
        state.open_chains.insert(chain.clone());
        chain
    }

    /// One message as the gateway hands it on.
    pub(super) fn message(
        &self,
        id: &str,
        chain: &str,
        request: &PortalRequest,
        wrong: Option<Wrong>,
    ) -> String {
        let service = match wrong {
            Some(Wrong::Service) => "OTHER_SERVICE",
            _ => &self.service.request_service,
        };
        let sender = if wrong == Some(Wrong::Sender) { "other" } else { PORTAL };
        let kind = if wrong == Some(Wrong::Schema) { "ANSWER" } else { "REQUEST" };
        let (date, data) = (self.date(wrong), request.data());
        format!(
            "<messageInfo><messageId>{id}</messageId><correlationId>{chain}</correlationId>\
             <serviceId>{service}</serviceId><messageType>{kind}</messageType>\
             <messageDate>{date}</messageDate><sender><senderId>{sender}</senderId></sender>\
             <properties><key>ADDL_CLIENT_KEY</key><value>ANYQTAMA</value></properties>\
             <sessionId>{}</sessionId></messageInfo><messageData><data>{data}</data></messageData>",
            guid()
        )
    }

    pub(super) fn question(
        &self,
        service: &str,
        data: &str,
        message_id: &str,
        wrong: Option<Wrong>,
    ) -> String {
        let service = if wrong == Some(Wrong::Service) { "OTHER_SERVICE" } else { service };
        let sender = if wrong == Some(Wrong::Sender) { "other" } else { PORTAL };
        let extra = if wrong == Some(Wrong::Schema) { "<extra></extra>" } else { "" };
        let date = self.date(wrong);
        enveloped(&format!(
            "<s:SendMessage xmlns:s=\"{SYNC}\"><request><requestInfo>\
             <messageId>{message_id}</messageId><serviceId>{service}</serviceId>\
             <messageDate>{date}</messageDate><sender><senderId>{sender}</senderId></sender>\
             <sessionId>{}</sessionId>{extra}</requestInfo><requestData><data>{data}</data>\
             </requestData></request></s:SendMessage>",
            guid()
        ))
    }

    /// Sends an envelope; the body of the answer, if the service signed it.
    async fn exchange(
        &self,
        url: &str,
        envelope: &str,
        wrong: Option<Wrong>,
    ) -> Result<String, Trouble> {
        let spoil = match wrong {
            Some(Wrong::Spoilt(spoil)) => Some(spoil),
            _ => None,
        };
        let mut message = signed(&self.keys, envelope, spoil)?;
        if wrong == Some(Wrong::Oversized) {
            message.resize(2 * 1024 * 1024, b' ');
        }
        self.send(url, message).await
    }

    /// Sends bytes as they are, however they were made.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn send(&self, url: &str, message: Vec<u8>) -> Result<String, Trouble> {
        let request =
            self.client.post(url).header("content-type", XML).header("SOAPAction", "\"\"");
        let response = request.body(message).send().await?;
        let status = response.status().as_u16();
        let answer = response.bytes().await?;
        if status != 200 && status != 500 {
            return Err(Trouble::Status(status));
        }
        self.state().came.push(answer.to_vec());
        let now = (self.clock)();
        let signed = verify(&answer, Soap::V1_1, &self.pinned, Moment(now.as_second()));
        let body = signed.map_err(|_| Trouble::Answer("signature"))?.canonical;
        let body = String::from_utf8(body).map_err(|_| Trouble::Answer("utf-8"))?;
        let document = Document::parse(&body).map_err(|_| Trouble::Answer("xml"))?;
        let fault = document.descendants().find(|node| node.tag_name().name() == "Fault");
        match fault {
            Some(fault) => {
                let of = |name| value(fault, name).unwrap_or_default();
                Err(Trouble::Fault(of("errorCode"), of("errorMessage")))
            }
            None if status == 200 => Ok(body),
            None => Err(Trouble::Status(status)),
        }
    }

    /// A signed question and the same for sending it twice.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn signed_state_question(&self, iin: &str, request: &str) -> Result<Vec<u8>, Trouble> {
        let data = format!(
            "<p:stateRequest xmlns:p=\"{CONTRACT}\"><p:requesterIin>{iin}</p:requesterIin>\
             <p:externalRequestId>{request}</p:externalRequestId></p:stateRequest>"
        );
        let service = self.service.state_service.clone();
        Ok(signed(&self.keys, &self.question(&service, &data, &uuid(), None), None)?)
    }
}

pub(super) fn enveloped(body: &str) -> String {
    format!("<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>{body}</soap:Body></soap:Envelope>")
}

/// As the gateway writes its identifiers.
pub(super) fn guid() -> String {
    format!("{{{}}}", uuid())
}

pub(super) fn of_name<'a>(
    document: &'a Document<'_>,
    name: &'static str,
) -> Result<Node<'a, 'a>, Trouble>
where
{
    let found = document.descendants().find(|node| node.tag_name().name() == name);
    found.ok_or(Trouble::Answer(name))
}

/// The text of the first element of this name inside.
pub(super) fn value(node: Node<'_, '_>, name: &str) -> Option<String> {
    let found = node.descendants().find(|inside| inside.tag_name().name() == name)?;
    Some(text(found).unwrap_or_default().to_owned())
}

/// The only element in the body, which must be of this name.
pub(super) fn wrapper<'a, 'input>(
    body: Node<'a, 'input>,
    namespace: &str,
    name: &str,
) -> Option<Node<'a, 'input>> {
    let [wrapper] = named(body, namespace, [name])?;
    let [request] = named(wrapper, "", ["request"])?;
    Some(request)
}
