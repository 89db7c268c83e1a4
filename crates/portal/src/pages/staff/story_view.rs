//! The story of a request in words.
//!
//! Texts only: what is looked at, and by whom, `app` decides. Read next: `templates/staff/request.html`.

use app::{AuditRow, RepairOutcome, RequestStory, acts};
use domain::{Answer, DocumentContent, Iin, Language, Outcome, WardsAsked};
use jiff::Timestamp;

use super::annulments;
use super::names::name_at;
use super::story_recourses::{self, Recourse};
use crate::journal_words;
use crate::page::Page;
use crate::pages::status::Annulled;
use crate::staff::DeskVisit;
use crate::texts::Texts;
use crate::times::moment_words;

/// Names and values.
pub type Facts = Vec<(String, String)>;

/// A document that answers the request.
pub struct Document {
    /// What it is.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The facts shown of it.
    pub facts: Facts,
    /// That and since when it is annulled.
    pub annulled: Option<String>,
    /// Where it can be proposed to be annulled, by whoever may.
    pub propose: Option<String>,
}

/// A proposal to annul one of them.
pub struct Annulment {
    /// Its page, for whoever may open it.
    pub address: Option<String>,
    /// The certificate.
    pub certificate: String,
    /// How it stands.
    pub state: String,
    /// The facts of it.
    pub facts: Facts,
}

/// A note.
pub struct Note {
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// The note.
    pub words: String,
}

/// A row of the journal.
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The same in words.
    pub when: String,
    /// What.
    pub what: String,
    /// Who.
    pub who: String,
    /// What more the row says: its codes in words, its numbers.
    pub detail: String,
}

/// All of it.
pub struct StoryView {
    /// What was asked.
    pub asked: Facts,
    /// Consents.
    pub consents: Facts,
    /// Evidence and decision; empty before.
    pub decision: Facts,
    /// Documents.
    pub documents: Vec<Document>,
    /// Proposals to annul them.
    pub annulments: Vec<Annulment>,
    /// The request to repair the record; empty where there is none.
    pub repair: Facts,
    /// Reviews and complaints.
    pub recourses: Vec<Recourse>,
    /// Notes.
    pub notes: Vec<Note>,
    /// The journal of it.
    pub events: Vec<Event>,
}

impl StoryView {
    /// In the language of the page.
    pub async fn of(
        visit: &DeskVisit<acts::ReadRequests>,
        page: &Page,
        story: &RequestStory,
        may_annul: bool,
    ) -> Self {
        let mut annulments = Vec::new();
        for one in &story.annulments {
            let proposer = name_at(visit, page, one.proposed_by, &one.provider).await;
            let mut facts = vec![
                (page.t("annulment-reason"), annulments::reason(page, one.reason)),
                (page.t("annulment-words"), one.words.clone()),
                (page.t("staff-proposed-by"), proposer),
                (page.t("annulment-proposed-at"), page.moment(&one.proposed_at)),
            ];
            if let Some(end) = &one.end {
                let by = name_at(visit, page, end.by, &one.provider).await;
                facts.push((page.t("staff-closed-by"), by));
                facts.push((page.t("annulment-ended-at"), page.moment(&end.at)));
                facts.push((page.t("staff-remark"), end.remark.clone()));
            }
            let place = format!("/staff/annulments/{}", one.id.0);
            annulments.push(Annulment {
                address: may_annul.then(|| page.link(&place)),
                certificate: one.certificate.to_string(),
                state: annulments::standing(page, one.end.as_ref()),
                facts,
            });
        }
        let texts = page.texts();
        Self {
            asked: asked(page, story),
            consents: consents(page, story),
            decision: decision(page, story),
            documents: documents(page, story, may_annul),
            annulments,
            repair: repair(page, story),
            recourses: story_recourses::of(page, story),
            notes: notes(story),
            events: story.events.iter().map(|row| event(texts, row)).collect(),
        }
    }
}

fn asked(page: &Page, story: &RequestStory) -> Facts {
    let request = &story.request;
    let wards = match &request.request.wards {
        WardsAsked::All => page.t("story-wards-all"),
        WardsAsked::Named(named) => named.iter().map(Iin::digits).collect::<Vec<_>>().join(", "),
    };
    let language = match request.request.language {
        Language::Kk => "Қазақша",
        Language::Ru => "Русский",
        Language::En => "English",
    };
    let mut facts = vec![
        (page.t("story-state"), page.t(&format!("state-{}", request.state.code()))),
        (page.t("fact-applicant"), request.applicant_name.clone()),
        (page.t("iin"), request.request.applicant.digits()),
        (page.t("story-wards"), wards),
        (page.t("channel-title"), page.t(&format!("channel-{}", request.channel.code()))),
        (page.t("story-language"), language.to_owned()),
        (page.t("request-accepted-at"), page.moment(&request.clock.accepted_at)),
        (page.t("story-due"), page.moment(&request.clock.due_at)),
    ];
    if let Some(ended_at) = &request.ended_at {
        facts.push((page.t("story-ended"), page.moment(ended_at)));
    }
    let term = if story.term == domain::Term::Exceeded { "exceeded" } else { "running" };
    facts.push((page.t("story-term"), page.t(&format!("story-term-{term}"))));
    if let Some(kato) = &request.request.provider {
        let name = page.provider(kato).unwrap_or_else(|| kato.as_str().to_owned());
        facts.push((page.t("story-addressed"), name));
    }
    facts
}

fn consents(page: &Page, story: &RequestStory) -> Facts {
    let fact = |record: &domain::ConsentRecord| {
        let title = match record.kind {
            domain::ConsentKind::RestrictedData => page.t("consent-restricted-short"),
            domain::ConsentKind::ProtectedSecret => page.t("consent-secret-short"),
        };
        let key = if record.decision.is_given() { "consent-given" } else { "consent-refused" };
        (title, format!("{} ({})", page.t(key), record.text_version))
    };
    let mut facts: Facts = story.consents.iter().map(fact).collect();
    if let Some(at) = &story.withdrawn_at {
        facts.push((page.t("story-withdrawn"), page.moment(at)));
    }
    facts
}

fn decision(page: &Page, story: &RequestStory) -> Facts {
    let Some(decision) = &story.decision else { return Vec::new() };
    let evidence = &decision.evidence;
    let consent = match &evidence.consent {
        Answer::Known(consents) if consents.restricted_data.is_given() => "story-consent-known",
        Answer::Known(_) => "story-consent-refused",
        Answer::Absent => "story-consent-absent",
        Answer::Unavailable => "story-unavailable",
    };
    let bank = match &evidence.data_bank {
        None => page.t("story-bank-not-asked"),
        Some(Answer::Known(record)) => {
            page.with("story-bank-known", "count", &record.wards.len().to_string())
        }
        Some(Answer::Absent) => page.t("story-bank-absent"),
        Some(Answer::Unavailable) => page.t("story-unavailable"),
    };
    let outcome = match &decision.outcome {
        Outcome::Granted { appointments, .. } => {
            let count = appointments.iter().count().to_string();
            page.with("story-granted", "count", &count)
        }
        Outcome::Refused { ground, .. } => page.t(&format!("ground-{}", ground.code())),
    };
    let mut facts = vec![(page.t("story-consent"), page.t(consent)), (page.t("story-bank"), bank)];
    if let Some(at) = &evidence.data_bank_asked_at {
        facts.push((page.t("story-bank-asked-at"), page.moment(at)));
    }
    facts.push((page.t("story-outcome"), outcome));
    facts.push((page.t("story-decided-at"), page.moment(&decision.decided_at)));
    facts.push((page.t("story-rules"), decision.rule_version.clone()));
    facts
}

fn documents(page: &Page, story: &RequestStory, may_annul: bool) -> Vec<Document> {
    let document = |result: &app::ResultView| {
        let content = &result.content;
        let mut facts = vec![
            (page.t("story-made-at"), page.moment(&content.made_at())),
            (page.t("fact-provider"), content.provider().name.on_screen(page.language).to_owned()),
        ];
        match content {
            DocumentContent::Certificate(one) => {
                facts.push((page.t("fact-ward"), one.ward_name.full()));
            }
            DocumentContent::Refusal(one) => {
                let ground = page.t(&format!("ground-{}", one.ground.code()));
                facts.push((page.t("refusal-ground-title"), ground));
            }
            DocumentContent::Answer(_) => {}
        }
        facts.push(("SHA-256".to_owned(), result.digest.clone()));
        let stands = |one: &app::Annulment| one.end.is_none() || one.annulled_at().is_some();
        let has_one = story.annulments.iter().any(|one| one.result == result.id && stands(one));
        let can_be = may_annul && !has_one && result.kind == app::ResultKind::Certificate;
        let place = format!("/staff/annulments?certificate={}", result.number);
        Document {
            kind: page.t(&format!("kind-{}", result.kind.code())),
            number: result.number.to_string(),
            facts,
            annulled: Annulled::of(result, page).map(|one| one.title),
            propose: can_be.then(|| page.link(&place)),
        }
    };
    story.results.iter().map(document).collect()
}

fn repair(page: &Page, story: &RequestStory) -> Facts {
    let Some(repair) = &story.repair else { return Vec::new() };
    let asked = page.todays_name(&repair.provider);
    let mut facts = vec![(page.moment(&repair.opened_at), asked)];
    if let Some(answer) = &repair.answer {
        let text = match answer.outcome {
            RepairOutcome::Entered => page.t("repair-answer-entered"),
            RepairOutcome::NoActFound => page.t("repair-answer-no_act_found"),
        };
        facts.push((page.moment(&answer.at), format!("{text} {}", answer.words)));
    }
    facts
}

fn notes(story: &RequestStory) -> Vec<Note> {
    let note = |one: &app::RequestNote| Note {
        author: one.author_name.clone(),
        at: one.at,
        words: one.words.clone(),
    };
    story.notes.iter().map(note).collect()
}

/// A row in words; of a kind this program does not know, its stable words.
pub fn event(texts: &Texts, row: &AuditRow) -> Event {
    let known = |key: String, word: &str| texts.find(&key).unwrap_or_else(|| word.to_owned());
    let at = Timestamp::from_millisecond(row.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    Event {
        at,
        when: moment_words(texts, at),
        what: known(format!("journal-action-{}", row.action), &row.action),
        who: known(format!("journal-actor-{}", row.actor), &row.actor),
        detail: journal_words::detail(texts, row),
    }
}
