//! One message: about whom it is, in which language, to which number or address, and what the gateway said.
//!
//! What is looked up here goes to the gateway and nowhere else.

use domain::{Answer, Iin, Language, Number};
use jiff::Timestamp;

use super::Messenger;
use crate::audit::{Actor, AuditEvent};
use crate::ports::{
    Letter, MESSAGE_AGE_MAX, MailFault, Message, MessageChannel, MessageEnd, NoticeKind, SmsFault,
    StoreError,
};

/// What came of a try.
pub(super) enum Sent {
    /// The message is at its end, and what the journal says of that.
    Ended(MessageEnd, Box<AuditEvent>),
    /// What it tells of is gone or over: it is given up, and nothing is wrong.
    Overtaken(Box<AuditEvent>),
    /// It is tried again, for this reason.
    Later(String),
}

/// Whom a message is for.
struct Subject {
    person: Iin,
    language: Language,
    request: Number,
    /// Whether what it says was overtaken by what came after.
    is_overtaken: bool,
}

/// What the gateway or server said.
enum Said {
    End(MessageEnd),
    Later(String),
}

impl Messenger {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, StoreError> {
        let now = self.service.now();
        let Some(subject) = self.subject(message).await? else {
            self.breaker(message.channel).was_not_asked(now);
            return Ok(Sent::Overtaken(audited(message, MessageEnd::GivenUp, None, now)));
        };
        if subject.is_overtaken || is_old(message, now) {
            self.breaker(message.channel).was_not_asked(now);
            let audit = audited(message, MessageEnd::GivenUp, Some(&subject), now);
            return Ok(if subject.is_overtaken {
                Sent::Overtaken(audit)
            } else {
                Sent::Ended(MessageEnd::GivenUp, audit)
            });
        }
        let said = match message.channel {
            MessageChannel::Sms => self.by_sms(message, &subject).await,
            MessageChannel::Email => self.by_email(message, &subject).await?,
        };
        Ok(match said {
            Said::End(end) => {
                self.note_answer(message.channel);
                let audit = audited(message, end, Some(&subject), self.service.now());
                Sent::Ended(end, audit)
            }
            Said::Later(why) => {
                self.note_silence(message.channel);
                Sent::Later(why)
            }
        })
    }

    /// `None` where what it tells of is gone.
    async fn subject(&self, message: &Message) -> Result<Option<Subject>, StoreError> {
        let (number, store) = (&message.topic.number, self.service.store());
        if message.topic.kind.is_of_recourse() {
            let Some(case) = store.recourse(number).await? else { return Ok(None) };
            return Ok(Some(Subject {
                person: case.recourse.applicant,
                language: case.recourse.asked.language,
                request: case.recourse.request,
                is_overtaken: false,
            }));
        }
        let Some(stored) = store.request(number).await? else { return Ok(None) };
        Ok(Some(Subject {
            person: stored.request.applicant,
            language: stored.request.language,
            is_overtaken: message.topic.kind == NoticeKind::Overdue && stored.state.is_final(),
            request: stored.number,
        }))
    }

    async fn by_sms(&self, message: &Message, subject: &Subject) -> Said {
        let Some(sms) = &self.service.parts.one_time_passwords else {
            return Said::Later("no gateway is configured any more".to_owned());
        };
        let number = match sms.base.number_of(subject.person).await {
            Answer::Known(number) => number,
            Answer::Absent => return Said::End(MessageEnd::NoAddress),
            Answer::Unavailable => {
                return Said::Later("the base of mobile citizens does not answer".to_owned());
            }
        };
        let text = self.words.sms(&message.topic, subject.language);
        match sms.gateway.send(&number, &text).await {
            Ok(()) => Said::End(MessageEnd::Taken),
            Err(SmsFault::NumberRefused) => Said::End(MessageEnd::Refused),
            Err(fault @ (SmsFault::Unreachable(_) | SmsFault::TryLater)) => {
                Said::Later(fault.to_string())
            }
        }
    }

    async fn by_email(&self, message: &Message, subject: &Subject) -> Result<Said, StoreError> {
        let Some(mail) = &self.service.parts.mail else {
            return Ok(Said::Later("no mail server is configured any more".to_owned()));
        };
        let standing = mail.addresses.email_of(subject.person, self.service.now()).await?;
        let Some(to) = standing.confirmed else { return Ok(Said::End(MessageEnd::NoAddress)) };
        let language = subject.language;
        let (subject, text) = self.words.letter(&message.topic, language);
        let (at, key) = (self.service.now(), key_of(message));
        let letter = Letter { to, subject, text, language, at, key };
        Ok(match mail.mailer.send(&letter).await {
            Ok(()) => Said::End(MessageEnd::Taken),
            Err(MailFault::AddressRefused) => Said::End(MessageEnd::Refused),
            Err(fault @ (MailFault::Unreachable(_) | MailFault::TryLater)) => {
                Said::Later(fault.to_string())
            }
        })
    }
}

fn is_old(message: &Message, now: Timestamp) -> bool {
    message.noticed_at.checked_add(MESSAGE_AGE_MAX).is_ok_and(|end| end <= now)
}

/// The same for the same message, however often it is handed over.
fn key_of(message: &Message) -> String {
    let topic = &message.topic;
    format!("{}.{}.{}", topic.number, topic.kind.code(), topic.occasion)
}

fn audited(
    message: &Message,
    end: MessageEnd,
    subject: Option<&Subject>,
    at: Timestamp,
) -> Box<AuditEvent> {
    let topic = &message.topic;
    let mut detail = format!("{} {}", message.channel.code(), topic.kind.code());
    if topic.kind.is_of_recourse() {
        detail = format!("{detail} {}", topic.number);
    }
    Box::new(AuditEvent {
        at,
        actor: Actor::System,
        action: end.action(),
        request: subject.map(|subject| subject.request.clone()),
        subject: subject.map(|subject| subject.person),
        detail,
        evidence: String::new(),
    })
}
