//! The telephone's screen as pages without script: take a code, choose whose telephone it is, read, sign or cancel.
//!
//! Answers only to its own loopback address, and acts only on forms of its own. Keeps nothing between two pages.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::PhoneKey;
use super::behaviour::Fault;
use super::phone::{Answer, Phone, PhoneError};
use super::shapes::{Invitation, Order};

const STYLE: &str = include_str!("assets/screen.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// A telephone and the keys of everybody who may hold it.
pub(super) struct Screen {
    pub(super) phone: Phone,
    pub(super) keys: Vec<PhoneKey>,
}

/// Words in Kazakh, Russian and English.
type Words = [&'static str; 3];

const TITLE: Words =
    ["eGov Mobile (көрсетілім)", "eGov Mobile (демонстрация)", "eGov Mobile (demonstration)"];
const LINK: Words = [
    "QR код мәтіні немесе сілтеме",
    "Текст QR-кода или ссылка",
    "Text of the QR code, or the link",
];
const WHOSE: Words = ["Кімнің телефоны", "Чей телефон", "Whose telephone"];
const FAULT: Words = ["Мінез-құлқы", "Поведение", "Behaviour"];
const AS_IT_SHOULD: Words = ["дұрыс", "как положено", "as it should"];
const OPEN: Words = ["Ашу", "Открыть", "Open"];
const SIGN: Words = ["Қол қою", "Подписать", "Sign"];
const CANCEL: Words = ["Бас тарту", "Отменить", "Cancel"];
const SIGNED: Words = ["Қол қойылды", "Подписано", "Signed"];
const NOT_SIGNED: Words = ["Қол қойылған жоқ", "Не подписано", "Not signed"];
const AGAIN: Words = ["Басқа код", "Другой код", "Another code"];

/// Place of a reader's language among the words.
#[derive(Clone, Copy)]
struct Language(usize);

impl Language {
    fn of(headers: &HeaderMap) -> Self {
        let list = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let first = list.unwrap_or_default().get(..2).unwrap_or_default().to_ascii_lowercase();
        Self(["kk", "ru", "en"].iter().position(|code| *code == first).unwrap_or(0))
    }

    fn code(self) -> &'static str {
        self.say(["kk", "ru", "en"])
    }

    fn say(self, words: [&str; 3]) -> &str {
        words.get(self.0).copied().unwrap_or_default()
    }
}

/// Everything on the port.
pub(super) fn router(screen: Arc<Screen>, port: u16) -> Router {
    Router::new()
        .route("/", get(choose))
        .route("/mobileSign", get(choose))
        .route("/open", post(open))
        .route("/sign", post(sign))
        .route("/screen.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }))
        .layer(middleware::from_fn(move |request, next| guard(port, request, next)))
        .with_state(screen)
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    link: String,
}

#[derive(Deserialize)]
struct Choice {
    link: String,
    person: String,
    #[serde(default)]
    fault: String,
    #[serde(default)]
    act: String,
}

/// A link that a browser followed is the address of API 1; a code that was scanned says so itself.
fn code_of(link: &str) -> String {
    let is_code = link.is_empty() || link.starts_with("mobileSign:") || link.contains("link=");
    if is_code { link.to_owned() } else { format!("mobileSign:{link}") }
}

async fn choose(
    State(screen): State<Arc<Screen>>,
    headers: HeaderMap,
    Query(link): Query<Link>,
) -> Response {
    let language = Language::of(&headers);
    let mut form = format!(
        "<form method=\"post\" action=\"/open\"><label for=\"link\">{}</label>\
         <input id=\"link\" name=\"link\" required autocomplete=\"off\" value=\"{}\">\
         <label for=\"person\">{}</label><select id=\"person\" name=\"person\">",
        language.say(LINK),
        escaped(&code_of(&link.link)),
        language.say(WHOSE)
    );
    for key in &screen.keys {
        let about = language.say([&key.about.kk, &key.about.ru, &key.about.en]);
        let (slug, name) = (escaped(key.signing.slug()), escaped(key.signing.name()));
        let _ = write!(form, "<option value=\"{slug}\">{name}: {}</option>", escaped(about));
    }
    let _ = write!(form, "</select><button>{}</button></form>", language.say(OPEN));
    page(language, StatusCode::OK, &form)
}

async fn open(
    State(screen): State<Arc<Screen>>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Response {
    let language = Language::of(&headers);
    let shown = async {
        let key = screen.key(&choice.person)?;
        let invitation = screen.phone.open(&choice.link).await?;
        let order = screen.phone.fetch(&invitation, key, None).await?;
        Ok::<_, PhoneError>(reading(language, &choice, &invitation, &order))
    };
    match shown.await {
        Ok(text) => page(language, StatusCode::OK, &text),
        Err(error) => stopped(language, &error),
    }
}

/// What a person reads before he signs.
fn reading(language: Language, choice: &Choice, invitation: &Invitation, order: &Order) -> String {
    let organisation = &invitation.organisation;
    let names = [&organisation.name_kz, &organisation.name_ru, &organisation.name_en];
    let mut text = format!(
        "<p>{}</p><p>{} ({})</p>",
        escaped(&invitation.description),
        escaped(language.say(names.map(String::as_str))),
        escaped(&organisation.bin)
    );
    for names in order.names() {
        let _ = write!(text, "<h2>{}</h2>", escaped(language.say(names)));
    }
    text.push_str("<div class=\"lines\">");
    for line in order.lines() {
        let _ = write!(text, "<p>{}</p>", escaped(line));
    }
    let _ = write!(
        text,
        "</div><form method=\"post\" action=\"/sign\">\
         <input type=\"hidden\" name=\"link\" value=\"{}\">\
         <input type=\"hidden\" name=\"person\" value=\"{}\">\
         <label for=\"fault\">{}</label><select id=\"fault\" name=\"fault\"><option value=\"\">{}</option>",
        escaped(&choice.link),
        escaped(&choice.person),
        language.say(FAULT),
        language.say(AS_IT_SHOULD)
    );
    for fault in Fault::ALL {
        let _ = write!(text, "<option lang=\"en\">{}</option>", fault.code());
    }
    let _ = write!(
        text,
        "</select><button name=\"act\" value=\"signs\">{}</button>\
         <button name=\"act\" value=\"cancels\">{}</button></form>",
        language.say(SIGN),
        language.say(CANCEL)
    );
    text
}

async fn sign(
    State(screen): State<Arc<Screen>>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Response {
    let language = Language::of(&headers);
    let fault = if choice.act == Fault::Cancels.code() {
        Some(Fault::Cancels)
    } else {
        Fault::parse(&choice.fault)
    };
    let answers = async {
        let key = screen.key(&choice.person)?;
        screen.phone.run(&choice.link, key, fault).await
    };
    match answers.await {
        Ok(answers) => told(language, &answers),
        Err(error) => stopped(language, &error),
    }
}

fn told(language: Language, answers: &[Answer]) -> Response {
    let is_signed = answers.first().is_some_and(|answer| answer.status == 200);
    let words = language.say(if is_signed { SIGNED } else { NOT_SIGNED });
    let mut text =
        format!("<h2 id=\"{}\">{words}</h2>", if is_signed { "signed" } else { "not-signed" });
    for answer in answers {
        let words = answer.message.as_deref().unwrap_or_default();
        let _ = write!(text, "<p>{} {}</p>", answer.status, escaped(words));
    }
    page(language, StatusCode::OK, &text)
}

fn stopped(language: Language, error: &PhoneError) -> Response {
    let words = match error {
        PhoneError::Refused(Answer { message: Some(message), .. }) => message.clone(),
        other => other.to_string(),
    };
    let title = language.say(NOT_SIGNED);
    let text = format!("<h2 id=\"not-signed\">{title}</h2><p>{}</p>", escaped(&words));
    page(language, StatusCode::OK, &text)
}

impl Screen {
    fn key(&self, slug: &str) -> Result<&PhoneKey, PhoneError> {
        let found = self.keys.iter().find(|key| key.signing.slug() == slug);
        found.ok_or_else(|| PhoneError::Protocol("nobody has this telephone".to_owned()))
    }
}

fn page(language: Language, status: StatusCode, main: &str) -> Response {
    let (code, title, again) = (language.code(), language.say(TITLE), language.say(AGAIN));
    let html = format!(
        "<!DOCTYPE html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/screen.css\"></head><body><main><h1>{title}</h1>{main}\
         <p><a href=\"/\">{again}</a></p></main></body></html>"
    );
    (status, Html(html)).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Own address, own origin, and headers that hold the page to its own files.
async fn guard(port: u16, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let is_own = ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{port}"));
    let acts = !request.method().is_safe();
    let from_own = text(header::ORIGIN) == Some(format!("http://{host}").as_str());
    if !is_own || (acts && !from_own) {
        return (StatusCode::FORBIDDEN, "a foreign page").into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without any referrer browsers send forms from an origin they do not name.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
