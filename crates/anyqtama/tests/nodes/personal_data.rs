//! Marked people go every way through the real program, at debug level, and then are looked for in all that is told to those who
//! run it: each line of log, each span, the metrics, the rows of jobs, each error, each address; and in the sealed database, as whoever
//! has a copy of it would look.

#[path = "personal_data/marks.rs"]
mod marks;
#[path = "personal_data/planted.rs"]
mod planted;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use anyqtama::config::OperationsConfig;
use anyqtama::passwords::{
    NoticesConfig, PasswordsConfig, RequestsConfig, ServiceAtConfig, SignInConfig, SmppConfig,
};
use anyqtama::system::randomness;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Iin, PersonName, RefusalGround, astana_date};
use jiff::civil::date;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use simulators::authority::{KeyHolder, PersonKey};
use simulators::people::{Ask, AskedWards, DemoPerson, Expected, KeyKind, Text};
use simulators::sms::{MobileBase, Phone, Phones, Smsc};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, query_scalar};

use marks::{Mark, Told, found_in};

use super::collector::Collector;
use super::installation::{Installation, Node, free_port, now, serve, until};
use super::{Nodes, nodes};

/// Names and an address nobody else here has, as they are written or transcribed.
const MARKED: [&str; 9] = [
    "Бұлбұлжырауов",
    "Тотықұстай",
    "Сұңқарбайұлы",
    "Үкілімеков",
    "Аққулатай",
    "Жезтырнақова",
    "Кербұғайым",
    "Көкжиектас",
    "ЗҚ-77731",
];
const PHONE: &str = "+77000009173";
/// While this file is there, the data bank is silent.
const SILENT_WHILE: &str = "ANYQTAMA_DATA_BANK_SILENT_WHILE";

/// The first number of a day that has a right check digit.
fn iin(day: &str, century: char) -> Iin {
    let all = (7_310..7_320).flat_map(|serial| (0..10).map(move |digit| (serial, digit)));
    all.filter_map(|(serial, digit)| Iin::parse(&format!("{day}{century}{serial}{digit}")).ok())
        .next()
        .unwrap()
}

struct Marked {
    guardian: DemoPerson,
    refused: DemoPerson,
    ward: Iin,
}

impl Marked {
    fn new() -> Self {
        let guardian = PersonName::parse("Бұлбұлжырауов", "Тотықұстай", "Сұңқарбайұлы").unwrap();
        let refused = PersonName::parse("Жезтырнақова", "Кербұғайым", "").unwrap();
        Self {
            guardian: person("marked_guardian", guardian, iin("800217", '3')),
            refused: person("marked_refused", refused, iin("810318", '4')),
            ward: iin("160505", '5'),
        }
    }

    /// A department's file with the guardian and his ward.
    fn file(&self) -> Vec<u8> {
        let header = simulators::data_bank_file::COLUMNS.join(",");
        let guardian = self.guardian.iin.digits();
        let ward = self.ward.digits();
        format!(
            "{header}\n{guardian},Бұлбұлжырауов,Тотықұстай,Сұңқарбайұлы,1980-02-17,Көкжиектас көшесі 5,active,\
             {ward},Үкілімеков,Аққулатай,,2016-05-05,,,,guardianship,order,ЗҚ-77731,2020-03-02,\
             Астана қаласының білім басқармасы,2020-03-02,,,,,710000000\n"
        )
        .into_bytes()
    }

    /// All that must be found nowhere; the number of the telephone without its plus.
    fn marks(&self) -> Vec<Mark> {
        let numbers = [self.guardian.iin, self.refused.iin, self.ward].map(|iin| iin.digits());
        let numbers = numbers.iter().map(|iin| Mark::of(iin));
        let phone = Mark::of(PHONE.trim_start_matches('+'));
        MARKED.iter().map(|word| Mark::of(word)).chain(numbers).chain([phone]).collect()
    }

    /// And what must not be found in a database: names also as they are folded to be sought by. Numbers of acts are, folded.
    fn marks_in_database(&self) -> Vec<Mark> {
        let names = MARKED.iter().filter(|word| word.chars().all(char::is_alphabetic));
        let mut marks = self.marks();
        marks.extend(names.map(|word| Mark::of(&app::text_key(word))));
        marks
    }
}

fn person(slug: &str, name: PersonName, iin: Iin) -> DemoPerson {
    let digits = iin.digits();
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i8>().unwrap();
    let none = String::new;
    DemoPerson {
        slug: slug.to_owned(),
        situation: slug.to_owned(),
        about: Text { kk: none(), ru: none(), en: none() },
        name,
        iin,
        birth_date: date(1_900 + i16::from(part(0..2)), part(2..4), part(4..6)),
        key: KeyKind::Gost,
        ask: Ask {
            applicant_iin: iin,
            wards: AskedWards::All,
            restricted_data: true,
            protected_secret: true,
        },
        expected: Expected::Refused { ground: RefusalGround::NoGuardianRecord },
    }
}

/// A browser that notes down every address and every error it comes upon.
struct Walker {
    client: Client,
    base: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    addresses: std::sync::Mutex<Vec<String>>,
    errors: std::sync::Mutex<Vec<String>>,
}

struct Answer {
    status: StatusCode,
    location: String,
    body: String,
}

impl Walker {
    fn new(node: &Node, seen: &Arc<Seen>) -> Self {
        let client = Client::builder().no_proxy().cookie_store(true).redirect(Policy::none());
        let client = client.build().unwrap();
        Self { client, base: node.portal.clone(), seen: Arc::clone(seen) }
    }

    async fn sent(&self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, url) = (answer.status(), answer.url().to_string());
        let header = |name| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (location, kind) = (header(LOCATION), header(CONTENT_TYPE));
        let body = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        let mut addresses = self.seen.addresses.lock().unwrap();
        addresses.extend([url, location.clone()]);
        if kind.starts_with("text/html") {
            for attribute in [" href=\"", " action=\"", " src=\""] {
                let parts = body.split(attribute).skip(1);
                let named = parts.map(|part| part.split('"').next().unwrap());
                // What lies in the page itself is asked of nobody.
                let asked = named.filter(|address| !address.starts_with("data:"));
                addresses.extend(asked.map(str::to_owned));
            }
        }
        if status.is_client_error() || status.is_server_error() {
            let is_form =
                status == StatusCode::UNPROCESSABLE_ENTITY && kind.starts_with("text/html");
            let told = if is_form { words_of_form(&body) } else { body.clone() };
            self.seen.errors.lock().unwrap().push(told);
        }
        Answer { status, location, body }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> Answer {
        self.sent(self.client.get(self.url(path))).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.sent(self.client.post(self.url(path)).form(fields)).await
    }

    async fn json(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.client.post(self.url(path)).bearer_auth(token).json(body);
        self.sent(request.header("Idempotency-Key", now().as_nanosecond().to_string())).await
    }

    /// Signs the one-time text of a page and comes in.
    async fn sign_in(&self, page: &str, key: &KeyHolder) {
        let html = self.get(page).await.body;
        let signature = signature(&html, key);
        let fields = [
            ("token", field(&html, "token")),
            ("challenge", field(&html, "challenge")),
            ("next", String::new()),
            ("signature", signature),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(self.post(page, &fields).await.status, StatusCode::SEE_OTHER);
    }

    /// Prepares a request for all wards; answers the address of the page on which it is signed.
    async fn prepare(&self) -> String {
        let token = field(&self.get("/kk/request").await.body, "token");
        let fields = [
            ("token", token.as_str()),
            ("wards", "all"),
            ("provider", ""),
            ("restricted", "give"),
            ("secret", "give"),
        ];
        self.post("/kk/request", &fields).await.location
    }
}

/// Of a form that is shown again what it says of the fault: the rest is what its own sender typed or is to sign.
fn words_of_form(html: &str) -> String {
    let title = between(html, "<title>", "</title>");
    let parts = html.split("govuk-error-").skip(1);
    let told = parts.map(|part| part.split("</p>").next().unwrap().split("</ul>").next().unwrap());
    assert!(html.contains("govuk-error-"), "{html}");
    title + &told.collect::<Vec<_>>().join("\n")
}

fn between(html: &str, start: &str, end: &str) -> String {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    rest.split_once(end).unwrap().0.to_owned()
}

fn field(html: &str, name: &str) -> String {
    between(html, &format!("name=\"{name}\" value=\""), "\"")
}

fn signature(html: &str, key: &KeyHolder) -> String {
    let document = STANDARD.decode(between(html, "data-document=\"", "\"")).unwrap();
    STANDARD.encode(key.sign(&document, true, now()).unwrap())
}

/// The program with all that it can tell, and those it tells.
struct Place {
    installation: Installation,
    marked: Marked,
    keys: [PersonKey; 2],
    node: Node,
    collector: Collector,
    phones: Arc<Phones>,
    seen: Arc<Seen>,
    log: PathBuf,
    silence: PathBuf,
    metrics: String,
    database: String,
}

async fn place(installation: Installation) -> Place {
    let (marked, collector) = (Marked::new(), Collector::start().await);
    let keys = [&marked.guardian, &marked.refused].map(|person| {
        installation.authority.issue_person(person, now(), &mut randomness()).unwrap()
    });
    let phone = Phone {
        iin: marked.guardian.iin,
        name: marked.guardian.name.full(),
        number: Some(PHONE.to_owned()),
    };
    let phones = Arc::new(Phones::new(vec![phone], Arc::new(now)));
    let passwords = passwords(&installation, &phones).await;
    let (port, metrics) = (free_port(), free_port());
    let mut database = String::new();
    let config = installation.config("marked", port, |config| {
        config.portal.public_url = format!("http://127.0.0.1:{port}");
        config.log.filter = "debug".to_owned();
        config.log.json = true;
        config.one_time_passwords = Some(passwords);
        config.operations = Some(OperationsConfig {
            listen: ([127, 0, 0, 1], metrics).into(),
            worker_listen: None,
            otlp_url: Some(collector.url()),
            prober: None,
        });
        database = config.database.url.clone();
    });
    let folder = installation.folder();
    let (log, silence) = (folder.join("log"), folder.join("silence"));
    let mut command = serve(&config);
    command.stderr(File::create(&log).unwrap()).env(SILENT_WHILE, &silence);
    let mut node = installation.node_of(command, port);
    node.wait_until_it_answers().await;
    let metrics = format!("http://127.0.0.1:{metrics}/metrics");
    let seen = Arc::default();
    Place {
        installation,
        marked,
        keys,
        node,
        collector,
        phones,
        seen,
        log,
        silence,
        metrics,
        database,
    }
}

/// An SMSC and the base of mobile citizens.
async fn passwords(installation: &Installation, phones: &Arc<Phones>) -> PasswordsConfig {
    let anywhere = ([127, 0, 0, 1], 0).into();
    let base = MobileBase::bind(anywhere, "base-token", Arc::clone(phones)).await.unwrap();
    let smsc = Smsc::bind(anywhere, ("anyqtama", "secret"), Arc::clone(phones)).await.unwrap();
    let (url, address) = (base.url(), smsc.address().to_string());
    tokio::spawn(base.serve(std::future::pending()));
    tokio::spawn(smsc.serve(std::future::pending()));
    let secret = |name: &str, secret: &str| {
        let path = installation.folder().join(name);
        std::fs::write(&path, secret).unwrap();
        path
    };
    PasswordsConfig {
        requests: RequestsConfig::On,
        sign_in: SignInConfig::Off,
        notices: NoticesConfig::On,
        mobile_citizens_base: ServiceAtConfig {
            url,
            token_file: Some(secret("base-token", "base-token")),
            authorities_file: None,
        },
        sender: "1414".to_owned(),
        smpp: Some(SmppConfig {
            addresses: vec![address],
            system_id: "anyqtama".to_owned(),
            password_file: secret("smsc-password", "secret"),
        }),
        http: None,
    }
}

impl Place {
    fn walker(&self) -> Walker {
        Walker::new(&self.node, &self.seen)
    }

    fn token(&self, file: &str) -> String {
        let text = std::fs::read_to_string(self.installation.folder().join(file)).unwrap();
        text.trim().to_owned()
    }

    fn member(&self, slug: &str) -> KeyHolder {
        KeyHolder::from_pem(&self.token(&format!("people/{slug}.pem"))).unwrap()
    }

    /// An officer takes in the file and looks the record up.
    async fn import(&self) {
        let desk = self.walker();
        desk.sign_in("/kk/staff/sign-in", &self.member("officer_astana")).await;
        let token = field(&desk.get("/kk/staff/upload").await.body, "token");
        let part = Part::bytes(self.marked.file()).file_name("register.csv");
        let form = Form::new().text("token", token.clone()).part("file", part);
        let request = desk.client.post(desk.url("/kk/staff/proposals")).multipart(form);
        let address = desk.sent(request).await.location;
        let mut page = String::new();
        until("the preview", async || {
            page = desk.get(&address).await.body;
            page.contains("name=\"digest\"")
        })
        .await;
        assert!(page.contains("Бұлбұлжырауов"), "the officer sees whom he takes in: {page}");
        let digest = field(&page, "digest");
        let fields = [("token", token.as_str()), ("digest", &digest)];
        let taken = desk.post(&format!("{address}/take-in"), &fields).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
        let iin = self.marked.guardian.iin.digits();
        for (name, value) in [("iin", iin.as_str()), ("surname", "Бұлбұлжырауов")] {
            let fields = [("token", token.as_str()), ("purpose", "тексеру"), (name, value)];
            let found = desk.post("/kk/staff/records", &fields).await;
            assert!(found.body.contains("Үкілімеков"), "{name}: {}", found.body);
        }
        desk.get("/kk/staff/proposals/unknown").await;
    }

    /// The guardian asks on the pages and looks at everything of his; answers the number of his request.
    async fn granted(&self, browser: &Walker) -> String {
        browser.sign_in("/kk/sign-in", self.keys[0].holder()).await;
        let sign = browser.prepare().await;
        let html = browser.get(&sign).await.body;
        let fields = [
            ("token", field(&html, "token")),
            ("key", field(&html, "key")),
            ("signature", signature(&html, self.keys[0].holder())),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // Another's signature, and none, first.
        for wrong in [STANDARD.encode("no signature"), signature(&html, self.keys[1].holder())] {
            let wrong = [fields[0], ("key", "wrong"), ("signature", wrong.as_str())];
            let refused = browser.post(&sign, &wrong).await;
            assert!(refused.status.is_client_error(), "{}", refused.body);
        }
        let address = browser.post(&sign, &fields).await.location;
        until("an answer", async || browser.get(&address).await.body.contains("/results/")).await;
        let page = browser.get(&address).await.body;
        let result = format!("/kk/requests/{}", between(&page, "href=\"/kk/requests/", "\""));
        for path in [
            &address,
            &format!("{address}/state"),
            &format!("{address}/receipt"),
            &format!("{address}/consent"),
            &format!("{address}/consent/receipt"),
            &result,
            "/kk/cabinet",
            "/kk/cabinet/access",
            "/kk/cabinet/consents",
            "/kk/messages",
            "/kk/requests/S-2222-2222-2",
            "/kk/nowhere",
        ] {
            browser.get(path).await;
        }
        address.rsplit('/').next().unwrap().to_owned()
    }

    /// The guardian asks once more and confirms it with a password by SMS.
    async fn by_password(&self, browser: &Walker) {
        let sign = browser.prepare().await;
        let html = browser.get(&sign).await.body;
        let (token, key) = (field(&html, "token"), field(&html, "key"));
        let fields = [("token", token.as_str()), ("key", key.as_str())];
        browser.post(&format!("{sign}/password/send"), &fields).await;
        let mut password = None;
        until("a message with a password", async || {
            let received = self.phones.received(PHONE);
            let words =
                received.iter().flat_map(|one| one.text.split(|c: char| !c.is_alphanumeric()));
            let is_password =
                |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
            password = words.filter(is_password).map(str::to_owned).next();
            password.is_some()
        })
        .await;
        for typed in ["000000", password.as_deref().unwrap()] {
            let fields = [fields[0], fields[1], ("password", typed)];
            browser.post(&format!("{sign}/password"), &fields).await;
        }
    }

    /// Every way, the last while the data bank is silent, so that nothing is answered.
    async fn walk(&self) -> Walker {
        let browser = self.walker();
        self.import().await;
        let number = self.granted(&browser).await;
        let refusal = self.by_api().await;
        self.checks(&number, refusal).await;
        self.calls(&number).await;
        std::fs::write(&self.silence, "").unwrap();
        self.by_password(&browser).await;
        browser
    }

    /// The files of the database, with what was not written back yet.
    fn files(&self) -> [PathBuf; 2] {
        let path = self.database.trim_start_matches("sqlite://");
        [PathBuf::from(path), PathBuf::from(format!("{path}-wal"))]
    }

    /// Programs ask, rightly and wrongly; answers the document of the refused person.
    async fn by_api(&self) -> Vec<u8> {
        let (walker, token) = (self.walker(), self.token("api-token"));
        let (guardian, refused) = (&self.marked.guardian.iin.digits(), &self.marked.refused);
        let wrong_digit = {
            let last: u32 = guardian[11..].parse().unwrap();
            format!("{}{}", &guardian[..11], (last + 1) % 10)
        };
        let refused_iin = refused.iin.digits();
        for (applicant, wards) in [
            (&wrong_digit, json!("all")),
            (guardian, json!([wrong_digit])),
            (guardian, json!([guardian])),
        ] {
            let answer = walker.json("/api/v1/drafts", &token, &draft(applicant, &wards)).await;
            assert_eq!(answer.status, 422, "{}", answer.body);
        }
        let mut documents = Vec::new();
        for applicant in [guardian, &refused_iin] {
            let answer =
                walker.json("/api/v1/drafts", &token, &draft(applicant, &json!("all"))).await;
            let answer: Value = serde_json::from_str(&answer.body).unwrap();
            documents.push(STANDARD.decode(answer["document"].as_str().unwrap()).unwrap());
        }
        let signed = |document: &[u8], key: &PersonKey| key.sign(document, true, now()).unwrap();
        for cms in [signed(&documents[0], &self.keys[1]), documents[1].clone(), b"none".to_vec()] {
            let body = json!({ "signed_request": STANDARD.encode(cms) });
            let answer = walker.json("/api/v1/requests", &token, &body).await;
            assert!(answer.status.is_client_error(), "{}", answer.body);
        }
        let cms = signed(&documents[1], &self.keys[1]);
        let number = super::installation::accepted(&self.node.client, "marked", &cms).await;
        let answer = self.node.client.answer(&number).await.unwrap();
        assert_eq!(answer.state, "refused");
        self.node.client.document(&answer.results[0].id).await.unwrap()
    }

    /// Somebody else checks, rightly and wrongly.
    async fn checks(&self, number: &str, refusal: Vec<u8>) {
        let (anybody, client) = (self.walker(), &self.node.client);
        let answer = client.request(number).await.unwrap();
        let certificate = &answer.results[0];
        let pdf = client.document(&certificate.id).await.unwrap();
        for iin in [self.marked.guardian.iin, self.marked.refused.iin] {
            let (iin, number) = (iin.digits(), certificate.number.as_str());
            anybody.post("/kk/check", &[("number", number), ("iin", &iin)]).await;
            anybody.post("/kk/check", &[("number", "A-2222-2222-2"), ("iin", &iin)]).await;
            anybody.json("/api/v1/check", "", &json!({ "number": number, "iin": iin })).await;
        }
        let iin = format!("{}0", &self.marked.guardian.iin.digits()[..11]);
        anybody.json("/api/v1/check", "", &json!({ "number": number, "iin": iin })).await;
        for file in [&pdf, &refusal] {
            client.check_file(file.clone()).await.unwrap();
        }
        let store = self.installation.store().await;
        let id = app::ResultId(certificate.id.clone());
        let token = store.store.result(&id).await.unwrap().unwrap().planned.token;
        store.close().await;
        let page = anybody.get(&format!("/kk/c/{}", token.0)).await;
        assert_eq!(page.status, StatusCode::OK);
    }

    /// 1414 by the contact centre's software, its machine and an operator's page.
    async fn calls(&self, number: &str) {
        let (walker, token) = (self.walker(), self.token("contact-centre-token"));
        let base = json!({ "operator": "operator-17", "language": "kk" });
        let with = |more: Value| {
            let mut body = base.as_object().unwrap().clone();
            body.extend(more.as_object().unwrap().clone());
            Value::from(body)
        };
        let iin = self.marked.guardian.iin.digits();
        let today = astana_date(now()).to_string();
        let persons = "/api/v1/contact-centre/persons";
        for (day, status) in [("2020-01-01", false), (today.as_str(), true)] {
            let body = with(json!({ "iin": iin, "question": "day", "answer": day }));
            let told = walker.json(persons, &token, &body).await;
            assert_eq!(told.status.is_success(), status, "{}", told.body);
        }
        let said = with(json!({ "said": number }));
        walker.json("/api/v1/contact-centre/requests", &token, &said).await;
        let again = with(json!({ "number": number }));
        walker.json("/api/v1/contact-centre/notices", &token, &again).await;
        let fault = with(json!({ "kind": "other", "words": format!("{iin} дейді") }));
        let refused = walker.json("/api/v1/contact-centre/faults", &token, &fault).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let heard = json!({ "language": "kk", "transcript": iin, "misses": 0 });
        walker.json("/api/v1/ivr", &token, &heard).await;
        let desk = self.walker();
        desk.sign_in("/kk/staff/sign-in", &self.member("operator_1414")).await;
        let token = field(&desk.get("/kk/staff/1414").await.body, "token");
        for (question, answer) in [("day", "2020-01-01"), ("day", today.as_str())] {
            let fields = [
                ("token", token.as_str()),
                ("caller_language", "kk"),
                ("iin", iin.as_str()),
                ("question", question),
                ("answer", answer),
            ];
            desk.post("/kk/staff/1414/question", &fields).await;
        }
        let fields = [("token", token.as_str()), ("caller_language", "kk"), ("number", &iin)];
        desk.post("/kk/staff/1414/number", &fields).await;
    }
}

fn draft(applicant: &str, wards: &Value) -> Value {
    json!({
        "applicant_iin": applicant,
        "language": "kk",
        "wards": wards,
        "consents": { "restricted_data": true, "protected_secret": true },
    })
}

/// Every column of every row of every table of work.
async fn rows_of_jobs(pool: &SqlitePool) -> Vec<String> {
    let tables: Vec<String> = query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table'
         AND (name LIKE '%job%' OR name LIKE '%outbox%')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.contains(&"jobs".to_owned()));
    let mut rows = Vec::new();
    for table in tables {
        let columns: Vec<String> = query_scalar("SELECT name FROM pragma_table_info(?)")
            .bind(&table)
            .fetch_all(pool)
            .await
            .unwrap();
        let all = columns.join("), quote(");
        let select = format!("SELECT concat_ws(' ', quote({all})) FROM {table}");
        let found: Vec<String> = query_scalar(AssertSqlSafe(select)).fetch_all(pool).await.unwrap();
        rows.extend(found);
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobodys_data_reaches_those_who_run_the_service() {
    let place = place(Installation::on_sqlite().await).await;
    let browser = place.walk().await;
    let marks = place.marked.marks();
    let own = browser.get("/kk/cabinet/access").await.body + &browser.get("/kk/cabinet").await.body;
    let own = Told { errors: vec![own], ..Told::default() };
    assert!(!own.leaks(&marks).is_empty(), "he himself sees it");
    let pool = SqlitePool::connect(&place.database).await.unwrap();
    until("a row", async || !rows_of_jobs(&pool).await.is_empty()).await;
    let jobs = rows_of_jobs(&pool).await;
    let (files, folder) = (place.files(), place.installation.folder());
    let stored = place.marked.marks_in_database();
    assert_eq!(found_in(&files, &stored, &folder), BTreeSet::new(), "in the database");
    let metrics = reqwest::get(&place.metrics).await.unwrap().text().await.unwrap();
    let Place { mut node, collector, seen, log, installation: _installation, .. } = place;
    node.process.terminate();
    assert!(node.process.ended().await.success());
    collector.until_contains("/api/v1/ivr").await;

    let lines: Vec<String> =
        std::fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect();
    let read: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(read.iter().any(|line| line["level"] == "DEBUG"), "at debug level");
    assert!(read.iter().any(|line| line["trace_id"].as_str().is_some_and(|id| id.len() == 32)));
    let spans = collector.text();
    for name in ["job", "step", "commit", "source", "GET /{language}/requests/{number}"] {
        assert!(spans.contains(name), "{name}");
    }
    let told = Told {
        log: lines,
        traces: vec![spans],
        metrics: vec![metrics],
        jobs,
        errors: seen.errors.lock().unwrap().clone(),
        addresses: seen.addresses.lock().unwrap().clone(),
    };
    for (place, texts) in told.places() {
        assert!(!texts.is_empty(), "{place}: nothing was looked at");
    }
    let leaks = told.leaks(&marks);
    assert!(leaks.is_empty(), "{leaks:#?}");

    // A search that finds nothing is worth what it would find.
    planted::every_form_is_found(&marks);
    planted::leaks_are_found(&told, &marks, (&pool, &collector)).await;
    let planted = BTreeSet::from([planted::NAME.to_owned()]);
    assert_eq!(found_in(&files, &stored, &folder), planted, "in the database");
    pool.close().await;
}

/// Whoever reads through the server, or takes a dump, sees rows as they stand.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_stands_in_the_tables_of_postgresql() {
    let Nodes { server, installation } = nodes().await;
    let place = place(installation).await;
    place.walk().await;
    let folder = place.installation.folder();
    let (dump, stored) = (folder.join("dump"), place.marked.marks_in_database());
    let found = || {
        let tables = "SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
        let tables = server.run_sql("nodes", tables).unwrap();
        let rows = tables.lines().map(|table| format!("SELECT t::text FROM {table} AS t"));
        let rows = rows.map(|select| server.run_sql("nodes", &select).unwrap());
        std::fs::write(&dump, rows.collect::<String>()).unwrap();
        found_in(std::slice::from_ref(&dump), &stored, &folder)
    };
    assert_eq!(found(), BTreeSet::new());
    let planted = format!("CREATE TABLE planted AS SELECT convert_to('{}', 'UTF8')", planted::NAME);
    server.run_sql("nodes", &planted).unwrap();
    assert_eq!(found().len(), 1, "a search that finds nothing is worth what it would find");
}
