//! The page on which the demo's telephones are read: each person's number and messages; and another with the letters that came.
//! They renew themselves without a script, and under `?still` do not, for whoever reads slowly.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::phones::{Phone, Phones, Received};
use super::{SmsSimulatorError, listen, serve_http};
use crate::mail::{Letters, ReceivedLetter};

const STYLE: &str = include_str!("assets/phones.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Seconds.
const RENEWED_AFTER_S: &str = "3";

/// The page, listening.
pub struct PhonePage {
    listener: TcpListener,
    address: SocketAddr,
    state: Shown,
}

/// What is shown.
#[derive(Clone)]
struct Shown {
    phones: Arc<Phones>,
    letters: Arc<Letters>,
}

impl FromRef<Shown> for Arc<Phones> {
    fn from_ref(shown: &Shown) -> Self {
        Self::clone(&shown.phones)
    }
}

impl FromRef<Shown> for Arc<Letters> {
    fn from_ref(shown: &Shown) -> Self {
        Self::clone(&shown.letters)
    }
}

impl PhonePage {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`SmsSimulatorError`].
    pub async fn bind(
        address: SocketAddr,
        phones: Arc<Phones>,
        letters: Arc<Letters>,
    ) -> Result<Self, SmsSimulatorError> {
        let (listener, address) = listen(address).await?;
        Ok(Self { listener, address, state: Shown { phones, letters } })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let port = self.address.port();
        let guarded = middleware::from_fn(move |request, next| guard(port, request, next));
        let router = Router::new()
            .route("/", get(all))
            .route("/phones.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }))
            .route("/letters", get(letters))
            .route("/{number}", get(one))
            .layer(guarded)
            .with_state(self.state);
        serve_http((self.listener, None), router, shutdown).await;
    }
}

/// Answers only under a name that leads here and nowhere else.
async fn guard(port: u16, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let is_own = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host == Some(format!("{name}:{port}").as_str()));
    if !is_own {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let is_still = request.uri().query() == Some("still");
    let mut response = next.run(request).await;
    if !is_still && response.status() == StatusCode::OK {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(RENEWED_AFTER_S));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn all(State(phones): State<Arc<Phones>>) -> Html<String> {
    let telephones = phones.all().iter().map(|phone| {
        let received = phone.number.as_deref().map(|number| phones.received(number));
        section(phone, &received.unwrap_or_default())
    });
    Html(page(TELEPHONES, &telephones.collect::<String>()))
}

async fn letters(State(letters): State<Arc<Letters>>) -> Html<String> {
    let received = letters.received();
    let letters = received.iter().map(letter).collect::<String>();
    let none =
        "<p>хат жоқ · <span lang=\"ru\">писем нет</span> · <span lang=\"en\">no letters</span></p>";
    Html(page(LETTERS, if letters.is_empty() { none } else { &letters }))
}

async fn one(State(phones): State<Arc<Phones>>, Path(number): Path<String>) -> Response {
    let number = format!("+{number}");
    match phones.all().iter().find(|phone| phone.number.as_ref() == Some(&number)) {
        Some(phone) => {
            Html(page(TELEPHONES, &section(phone, &phones.received(&number)))).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Names of a page in three languages.
const TELEPHONES: [&str; 3] = ["Телефондар", "Телефоны", "Phones"];
const LETTERS: [&str; 3] = ["Хаттар", "Письма", "Letters"];

fn page([kk, ru, en]: [&str; 3], content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"kk\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{kk}</title>\n\
         <link rel=\"stylesheet\" href=\"/phones.css\">\n</head>\n<body>\n\
         <header><h1>{kk} · <span lang=\"ru\">{ru}</span> · <span lang=\"en\">{en}</span></h1></header>\n\
         <main>\n<p><a href=\"/\">Телефондар · <span lang=\"ru\">Телефоны</span> · <span lang=\"en\">Phones</span></a></p>\n\
         <p><a href=\"/letters\">Хаттар · <span lang=\"ru\">Письма</span> · <span lang=\"en\">Letters</span></a></p>\n\
         <p><a href=\"?still\">Жаңартпау · <span lang=\"ru\">Не обновлять</span> · <span lang=\"en\">Do not renew</span></a></p>\n{content}</main>\n</body>\n</html>\n"
    )
}

fn section(phone: &Phone, received: &[Received]) -> String {
    let name = escaped(&phone.name);
    let Some(number) = &phone.number else {
        return format!(
            "<section><h2>{name}</h2><p>нөмір қосылмаған · <span lang=\"ru\">номер не подключён</span> · \
             <span lang=\"en\">no number is connected</span></p></section>\n"
        );
    };
    let mut html = format!(
        "<section data-number=\"{number}\"><h2>{name}</h2><p><a href=\"/{}\">{number}</a></p>\n",
        number.trim_start_matches('+')
    );
    for one in received {
        let (from, text) = (escaped(&one.from), escaped(&one.text));
        // Writing to a text cannot fail.
        let _ = writeln!(
            html,
            "<article><p class=\"from\">{from} · <time datetime=\"{at}\">{at}</time></p>\
             <p class=\"text\">{text}</p></article>",
            at = one.at
        );
    }
    html.push_str("</section>\n");
    html
}

fn letter(letter: &ReceivedLetter) -> String {
    let [to, from] = [&letter.to, &letter.from].map(|address| escaped(address));
    let (subject, text) = (escaped(&letter.subject), escaped(&letter.text));
    format!(
        "<section data-to=\"{to}\"><h2>{subject}</h2><article><p class=\"from\">{from} → {to} · \
         <time datetime=\"{at}\">{at}</time></p><p class=\"text\">{text}</p></article></section>\n",
        at = letter.at
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use domain::Iin;

    use super::*;

    fn phone(number: Option<&str>) -> Phone {
        let iin = Iin::parse("000229500008").unwrap();
        Phone { iin, name: "<b>Үсен</b>".to_owned(), number: number.map(str::to_owned) }
    }

    #[test]
    fn what_was_sent_is_shown_as_text_and_never_as_markup() {
        let received = Received {
            to: "+77000000100".to_owned(),
            from: "1414".to_owned(),
            text: "<script>\n@127.0.0.1 #123456".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let html = section(&phone(Some("+77000000100")), &[received]);
        assert!(html.contains("&lt;script&gt;\n@127.0.0.1 #123456"), "{html}");
        assert!(html.contains("&lt;b&gt;Үсен&lt;/b&gt;") && !html.contains("<script>"));
        assert!(section(&phone(None), &[]).contains("no number is connected"));
    }

    #[tokio::test]
    async fn the_page_renews_itself_unless_told_not_to_and_answers_under_its_own_name_alone() {
        let phones = vec![phone(Some("+77000000100"))];
        let phones = Arc::new(Phones::new(phones, Arc::new(|| jiff::Timestamp::UNIX_EPOCH)));
        let letters = Arc::new(Letters::new(Arc::new(|| jiff::Timestamp::UNIX_EPOCH)));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let page = PhonePage::bind(anywhere, phones, Arc::clone(&letters)).await.unwrap();
        let address = page.address();
        tokio::spawn(page.serve(std::future::pending()));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let get = |place: &str, host: String| {
            client.get(format!("http://{address}{place}")).header("host", host).send()
        };
        let own = address.to_string();
        let answer = get("/", own.clone()).await.unwrap();
        assert_eq!(answer.headers()["refresh"], "3");
        assert!(answer.text().await.unwrap().contains("+77000000100"));
        let still = get("/77000000100?still", own.clone()).await.unwrap();
        assert!(still.status().is_success() && !still.headers().contains_key("refresh"));
        assert_eq!(get("/77000000999", own).await.unwrap().status(), 404);
        let to = ["b@example.kz".to_owned()];
        assert!(letters.receive("a@example.kz", &to, b"Subject: <b>\r\n\r\n1 < 2\r\n"));
        let shown = get("/letters", address.to_string()).await.unwrap().text().await.unwrap();
        assert!(shown.contains("&lt;b&gt;</h2>") && shown.contains("1 &lt; 2"), "{shown}");
        let foreign = get("/", "rebound.example".to_owned()).await.unwrap();
        assert_eq!(foreign.status(), 421);
    }
}
