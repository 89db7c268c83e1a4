//! The synchronous channel where we are the service: a document to be signed, the state of a request.
//!
//! A question is looked at in this order: signature, form, sender, date, whether it came before, service; then its data.

use std::sync::PoisonError;

use adapters::shep::{
    Children, SYNC_CHANNEL, Unfit, Writer, enveloped, moment, only_element, parse, written,
};
use app::DraftError;
use domain::Iin;
use jiff::Timestamp;
use roxmltree::Node;

use crate::Gateway;
use crate::push::request_in;
use crate::questions::{self, DraftQuestion, Named, Standing};
use crate::refusal::{Operation, Refusal};

const DONE: &str = "SCSS001";
const NOT_DONE: &str = "SCSE001";
/// State of what came and waits; of what led to no request.
const WAITS: &str = "signature_waits";
const NOT_REGISTERED: &str = "not_registered";

struct Head {
    message_id: String,
    service_id: String,
    date: Timestamp,
    sender_id: String,
}

enum Question {
    Draft(DraftQuestion),
    State(Iin, Named),
}

impl Gateway {
    /// Answers a question with a signed envelope.
    pub(crate) async fn asked(&self, message: &[u8]) -> Result<Vec<u8>, (Operation, Refusal)> {
        let answer = self.answer(message).await;
        let answer = answer.map_err(|refusal| (Operation::SyncSendMessage, refusal))?;
        self.signed(Operation::SyncSendMessage, &answer)
    }

    async fn answer(&self, message: &[u8]) -> Result<String, Refusal> {
        let body = self.party.judged(message)?;
        let (head, question) = self.question(&body)?;
        match question {
            Question::Draft(question) => self.draft(&head, question).await,
            Question::State(applicant, named) => self.state(&head, applicant, named).await,
        }
    }

    fn question(&self, body: &str) -> Result<(Head, Question), Refusal> {
        let document = parse(body)?;
        let wrapper = only_element(document.root_element())?;
        let is_it = wrapper.tag_name().name() == "SendMessage"
            && wrapper.tag_name().namespace() == Some(SYNC_CHANNEL);
        if !is_it {
            return Err(Unfit("SendMessage").into());
        }
        let mut request = Children::of(request_in(wrapper)?, None)?;
        let head = head(request.element("requestInfo")?)?;
        let mut outer = Children::of(request.element("requestData")?, None)?;
        request.end()?;
        let data = outer.element("data")?;
        outer.end()?;
        self.require_question(&head)?;
        let question = if head.service_id == self.portal.draft_service {
            Question::Draft(questions::draft(data)?)
        } else {
            let (applicant, named) = questions::state(data)?;
            Question::State(applicant, named)
        };
        Ok((head, question))
    }

    fn require_question(&self, head: &Head) -> Result<(), Refusal> {
        if head.sender_id != self.portal.sender_id {
            return Err(Refusal::Sender);
        }
        if ![&self.portal.draft_service, &self.portal.state_service].contains(&&head.service_id) {
            return Err(Refusal::Service);
        }
        if !self.party.is_fresh(head.date) {
            return Err(Refusal::Stale);
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = asked.is_new(&head.message_id, self.party.now());
        if is_new { Ok(()) } else { Err(Refusal::Repeated) }
    }

    async fn draft(&self, head: &Head, question: DraftQuestion) -> Result<String, Refusal> {
        let DraftQuestion { applicant, order } = question;
        // What is signed may lie at the gateway for so long, and its signer may be asked for his consent behind that.
        let life = self.portal.request_age;
        let draft = match order {
            Err(code) => Err(code),
            Ok(order) => match self.desk.service().prepare_draft_for(order, life).await {
                Ok(draft) => Ok(draft),
                // Told before the person signs.
                Err(DraftError::Busy(_)) => return Err(Refusal::NotNow),
                Err(DraftError::Store(error)) => {
                    tracing::error!(%error, "no draft can be kept for the portal now");
                    return Err(Refusal::NotNow);
                }
                Err(error) => Err(error.code()),
            },
        };
        let status = draft.as_ref().map_or_else(|code| *code, |_| "");
        let draft = draft.as_ref().map_err(|code| *code);
        Ok(self.envelope(head, status, |data| questions::draft_answer(data, applicant, draft)))
    }

    async fn state(&self, head: &Head, applicant: Iin, named: Named) -> Result<String, Refusal> {
        let standing = self.standing(applicant, named).await.map_err(|error| {
            tracing::error!(%error, "the state of a request cannot be told to the portal now");
            Refusal::NotNow
        })?;
        Ok(self.envelope(head, "", |data| questions::state_answer(data, applicant, &standing)))
    }

    /// Of this person's requests only, whichever way they came.
    async fn standing(&self, applicant: Iin, named: Named) -> Result<Standing, app::StoreError> {
        let number = match named {
            Named::Number(number) => number,
            Named::External(id) => {
                let exchange = self.desk.exchange(&id).await?;
                let Some(exchange) = exchange.filter(|one| one.applicant == applicant) else {
                    return Ok(Standing::Unknown);
                };
                let app::ExchangeProgress { number, fault, waits, .. } = exchange.progress;
                match (number, fault, waits) {
                    (Some(number), _, _) => number,
                    (None, Some(_), _) => return Ok(Standing::Came(NOT_REGISTERED.to_owned())),
                    (None, None, Some((state, _))) => return Ok(Standing::Came(state)),
                    (None, None, None) => return Ok(Standing::Came(WAITS.to_owned())),
                }
            }
        };
        let view = self.desk.service().request_view(&number, Some(applicant)).await?;
        Ok(view.map_or(Standing::Unknown, |view| Standing::Request(Box::new(view))))
    }

    /// `fault`: why it was not done; empty where it was.
    fn envelope(&self, head: &Head, fault: &str, data: impl FnOnce(&mut Writer)) -> String {
        enveloped("SendMessageResponse", SYNC_CHANNEL, |wrapper| {
            wrapper.element("response", |response| {
                response.element("responseInfo", |info| {
                    info.text("messageId", &self.party.uuid());
                    info.text("correlationId", &head.message_id);
                    info.text("responseDate", &written(self.party.now()));
                    info.element("status", |status| {
                        status.text("code", if fault.is_empty() { DONE } else { NOT_DONE });
                        status.text("message", if fault.is_empty() { "Success" } else { fault });
                    });
                });
                response.element("responseData", |outer| outer.element("data", data));
            });
        })
    }
}

fn head(info: Node<'_, '_>) -> Result<Head, Unfit> {
    let mut info = Children::of(info, None)?;
    let message_id = info.text("messageId")?;
    info.optional_text("correlationId")?;
    let service_id = info.text("serviceId")?;
    let date = moment(&info.text("messageDate")?).ok_or(Unfit("messageDate"))?;
    info.optional_text("routeId")?;
    let mut sender = Children::of(info.element("sender")?, None)?;
    let sender_id = sender.text("senderId")?;
    sender.optional_text("password")?;
    sender.end()?;
    while info.optional("properties").is_some() {}
    info.optional_text("sessionId")?;
    info.end()?;
    if message_id.is_empty() {
        return Err(Unfit("messageId"));
    }
    Ok(Head { message_id, service_id, date, sender_id })
}
