//! The desk of those who answer callers: a number or a question in, sentences to read aloud out.
//!
//! The caller's language is chosen here and is independent of the page's. Nothing on it can show what an answer says: the use
//! cases do not tell. Read next: `../../caller_script.rs`, `app/src/callers`.

use app::{
    CallDesk, CallError, CallLine, CallerStanding, CallerState, FaultReport, FaultReportKind, acts,
};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Iin, Language, Misheard, Number, spelled};
use jiff::Timestamp;

use crate::api::answer_of;
use crate::caller_script::{standing, suspicion, untold};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::knowledge::{Entry, all, search};
use crate::known_faults::{KnownFault, known_faults};
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::staff::{Desk, DeskVisit};
use crate::texts::texts;

type Visit = DeskVisit<acts::ServeCallers>;

/// What was typed; never an IIN or the caller's answer.
struct Typed {
    language: Language,
    number: String,
    question: String,
    words: String,
}

/// A request's standing beside the script.
struct Told {
    number: String,
    facts: Vec<(String, String)>,
    can_remind: bool,
}

#[derive(Template)]
#[template(path = "staff/callers/desk.html")]
struct DeskPage {
    page: Page,
    desk: Desk,
    form: Typed,
    faults: Vec<FieldFault>,
    /// What to read aloud.
    says: Vec<String>,
    told: Option<Told>,
    /// Numbers that may be meant, each with the words of its button.
    confirm: Vec<(String, String)>,
    kinds: Vec<(&'static str, String)>,
}

/// A reported fault in words.
struct ReportLine {
    at: Timestamp,
    kind: String,
    line: String,
    words: String,
}

#[derive(Template)]
#[template(path = "staff/callers/faults.html")]
struct FaultsPage {
    page: Page,
    desk: Desk,
    lines: Vec<ReportLine>,
    counts: Vec<(String, u64)>,
}

#[derive(Template)]
#[template(path = "staff/callers/help.html")]
struct HelpPage {
    page: Page,
    desk: Desk,
    question: String,
    /// Each entry in the page's language first, then in the others.
    entries: Vec<Vec<(Language, Entry)>>,
}

/// `GET /{language}/staff/1414`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = Filled::new(&visit, &FormFields::default());
    page.html(StatusCode::OK)
}

/// `POST /{language}/staff/1414/number`
pub async fn by_number(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let told = visit.portal.service.told_by_number(&desk_of(&visit), form.text("number")).await;
    Filled::new(&visit, &form).told(&visit, told, "number")
}

/// `POST /{language}/staff/1414/question`
pub async fn by_question(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let mut filled = Filled::new(&visit, &form);
    let texts = texts(visit.language);
    let iin = Iin::parse(form.text("iin"));
    if let Err(error) = &iin {
        filled.fault("iin", texts.text(&format!("iin-{}", error.code())));
    }
    let answer = answer_of(form.text("question"), form.text("answer"));
    if answer.is_none() || form.text("answer").is_empty() {
        filled.fault("answer", texts.text("call-desk-answer-missing"));
    }
    let (Ok(iin), Some(answer), true) = (iin, answer, filled.0.faults.is_empty()) else {
        return filled.html(StatusCode::UNPROCESSABLE_ENTITY);
    };
    let told = visit.portal.service.told_by_question(&desk_of(&visit), iin, &answer).await;
    filled.told(&visit, told, "answer")
}

/// `POST /{language}/staff/1414/notice`
pub async fn send_again(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let number = Number::parse(form.text("number")).map_err(|_| Failure::NotFound)?;
    let mut filled = Filled::new(&visit, &form);
    let language = filled.0.form.language;
    let service = &visit.portal.service;
    match service.send_notice_again(&desk_of(&visit), &number).await {
        Ok(sent) => {
            let key = format!("call-sent-{}", sent.sms.code());
            filled.0.says.push(texts(language).text(&key));
            filled.html(StatusCode::OK)
        }
        Err(error) => filled.told(&visit, Err(error), "number"),
    }
}

/// `POST /{language}/staff/1414/fault`
pub async fn report(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let kind = FaultReportKind::parse(form.text("kind")).ok_or(Failure::Malformed)?;
    let mut filled = Filled::new(&visit, &form);
    let kept = visit.portal.service.report_fault(&desk_of(&visit), kind, form.text("words")).await;
    match kept {
        Ok(()) => {
            filled.0.form.words.clear();
            filled.0.says.push(texts(filled.0.form.language).text("call-fault-kept"));
            filled.html(StatusCode::OK)
        }
        Err(error) => filled.told(&visit, Err(error), "words"),
    }
}

/// `GET /{language}/staff/1414/faults`
pub async fn faults(visit: DeskVisit<acts::ReadFaults>) -> Result<Response, Failure> {
    let (reports, counts) = visit.portal.service.reported_faults(&visit.permit).await?;
    let page = visit.page();
    let lines = reports.into_iter().map(|one| line(one, &page)).collect();
    let counts = counts.into_iter().map(|(kind, count)| (kind_words(kind, &page), count)).collect();
    html(StatusCode::OK, &FaultsPage { desk: visit.desk(), lines, counts, page })
}

/// `GET /{language}/staff/1414/help`
pub async fn help(visit: Visit) -> Result<Response, Failure> {
    list(&visit, "")
}

/// `POST /{language}/staff/1414/help`
pub async fn find_help(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    list(&visit, form.text("question"))
}

fn list(visit: &Visit, question: &str) -> Result<Response, Failure> {
    let page = visit.page();
    let first = page.language;
    let mut found: Vec<Entry> = if question.is_empty() {
        all(first)
    } else {
        // The operator types in his language what the caller asked in another.
        Language::ALL.into_iter().flat_map(|language| search(question, language)).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|entry| seen.insert(entry.id));
    let versions = |id: &str| {
        let others = Language::ALL.into_iter().filter(|language| *language != first);
        let all = [first].into_iter().chain(others);
        let version = |language| Some((language, crate::knowledge::entry(id, language)?));
        all.filter_map(version).collect()
    };
    let entries = found.iter().map(|entry| versions(entry.id)).collect();
    let question = question.to_owned();
    html(StatusCode::OK, &HelpPage { desk: visit.desk(), question, entries, page })
}

fn desk_of(visit: &Visit) -> CallDesk {
    CallDesk::operator(&visit.permit)
}

fn kind_words(kind: FaultReportKind, page: &Page) -> String {
    page.t(&format!("call-kind-{}", kind.code()))
}

fn line(one: FaultReport, page: &Page) -> ReportLine {
    let line = match one.line {
        CallLine::Desk | CallLine::Software | CallLine::Ivr => {
            page.t(&format!("access-way-{}", one.line.code()))
        }
    };
    ReportLine { at: one.at, kind: kind_words(one.kind, page), line, words: one.words }
}

/// The page as it fills.
struct Filled(DeskPage);

impl Filled {
    fn new(visit: &Visit, form: &FormFields) -> Self {
        let mut page = visit.page();
        // The addresses of forms are no pages: the languages lead to the desk.
        "/staff/1414".clone_into(&mut page.place);
        let kinds = FaultReportKind::ALL.map(|kind| (kind.code(), kind_words(kind, &page)));
        let language = Language::parse(form.text("caller_language")).unwrap_or(visit.language);
        Self(DeskPage {
            desk: visit.desk(),
            form: Typed {
                language,
                number: form.text("number").to_owned(),
                question: form.text("question").to_owned(),
                words: form.text("words").to_owned(),
            },
            faults: Vec::new(),
            says: Vec::new(),
            told: None,
            confirm: Vec::new(),
            kinds: kinds.to_vec(),
            page,
        })
    }

    fn fault(&mut self, field: &str, text: String) {
        self.0.faults.push(FieldFault { field: field.to_owned(), text });
    }

    fn html(self, status: StatusCode) -> Result<Response, Failure> {
        html(status, &self.0)
    }

    /// What came of a question: what to say to the caller, and at which field something is to be mended.
    fn told(
        mut self,
        visit: &Visit,
        told: Result<CallerStanding, CallError>,
        field: &str,
    ) -> Result<Response, Failure> {
        let language = self.0.form.language;
        match told {
            Ok(told) => {
                let known = known_faults(&visit.portal, language);
                self.0.says = known.iter().map(KnownFault::aloud).collect();
                self.0.says.extend(standing(&told, language));
                self.0.told = Some(beside(&told, &self.0.page));
                self.html(StatusCode::OK)
            }
            Err(CallError::Store(error)) => Err(error.into()),
            Err(error) => {
                self.0.says = untold(&error, language);
                self.suspects(&error, language);
                let words = untold(&error, self.0.page.language).join(" ");
                self.fault(field, words);
                self.html(StatusCode::UNPROCESSABLE_ENTITY)
            }
        }
    }

    /// What an operator may ask about: characters that are easily misheard, a number that is a guess.
    fn suspects(&mut self, error: &CallError, language: Language) {
        match error {
            CallError::Confirm(number) => {
                let text = self.0.page.with("call-desk-confirm", "number", number.as_str());
                self.0.confirm.push((number.to_string(), text));
            }
            CallError::Misheard(Misheard::WrongCharacter(suspects)) if suspects.len() > 1 => {
                let words = suspects.iter().map(|one| suspicion(one, texts(language)));
                self.0.says.extend(words);
            }
            _ => {}
        }
    }
}

fn beside(told: &CallerStanding, page: &Page) -> Told {
    let mut facts = vec![
        (page.t("call-desk-number"), told.number.to_string()),
        (page.t("call-desk-spelled"), spelled(&told.number, page.language)),
        (page.t("call-desk-state"), page.t(&format!("call-state-{}", told.state.code()))),
        (page.t("call-desk-next"), page.t(&format!("call-next-{}", told.state.code()))),
    ];
    if let Some(due_at) = told.due_at {
        facts.push((page.t("call-desk-due"), page.moment(&due_at)));
    }
    let can_remind = told.state == CallerState::Answered;
    Told { number: told.number.to_string(), facts, can_remind }
}
