//! The real program and a certified OpenID Connect provider (npm `oidc-provider`): a person signs in there and is in his
//! cabinet here. Without node or the package it says so and is left out, unless tools are required.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a broken expectation must stop the test where it is"
)]

mod installation;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyqtama::config::{ButtonConfig, Config, IdentityProviderConfig};
use installation::{Installation, Node, free_port};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use simulators::people::DemoPerson;

/// Synthetic.
const NAME: &str = "СЫНАҚОВА АЙША СЫНАҚҚЫЗЫ";
const SECRET: &str = "a secret & more than a secret";

/// The provider's process.
struct Provider {
    process: Child,
    issuer: String,
    /// Held open: a process that cannot say what it wants to say ends.
    _says: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/identity-provider")
}

/// Whether there is a provider to be started.
fn is_there() -> bool {
    let node = Command::new("node").arg("--version").output();
    let is_there = node.is_ok_and(|output| output.status.success())
        && folder().join("node_modules/oidc-provider").is_dir();
    let is_required = std::env::var("ANYQTAMA_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(is_there || !is_required, "node and tests/identity-provider/node_modules are required");
    if !is_there {
        eprintln!("SKIPPED: no node, or no package oidc-provider in tests/identity-provider");
    }
    is_there
}

/// To a browser each address is a site of its own, so the provider is another site on another loopback address.
fn start(person: &DemoPerson, return_url: &str, host: &str) -> Provider {
    let mut process = Command::new("node")
        .arg("provider.mjs")
        .current_dir(folder())
        .env("CLIENT_SECRET", SECRET)
        .env("RETURN_URL", return_url)
        .env("HOST", host)
        .env("IIN", person.iin.digits())
        .env("NAME", NAME)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut issuer = String::new();
    let mut says = BufReader::new(process.stdout.take().unwrap());
    says.read_line(&mut issuer).unwrap();
    Provider { process, issuer: issuer.trim().to_owned(), _says: says }
}

fn section(installation: &Installation, issuer: &str) -> IdentityProviderConfig {
    let secret = installation.folder().join("identity-provider-secret");
    std::fs::write(&secret, SECRET).unwrap();
    let words = |text: &[&str]| text.iter().map(|word| (*word).to_owned()).collect();
    IdentityProviderConfig {
        issuer: issuer.to_owned(),
        client_id: "anyqtama".to_owned(),
        client_secret_file: Some(secret),
        scopes: words(&["openid", "profile", "iin"]),
        acr_values: Vec::new(),
        algorithms: words(&["RS256"]),
        authorities_file: None,
        claims: anyqtama::config::ClaimsConfig::default(),
        button: ButtonConfig {
            kk: "Провайдер арқылы кіру".to_owned(),
            ru: "Войти через поставщика".to_owned(),
            en: "Sign in at the provider".to_owned(),
        },
    }
}

/// A browser that follows what it is told step by step.
struct Browser(Client);

impl Browser {
    fn new() -> Self {
        // Node closes idle connections after seconds, at whatever moment that is.
        let client = Client::builder().pool_max_idle_per_host(0);
        Self(client.cookie_store(true).redirect(Policy::none()).build().unwrap())
    }

    async fn get(&self, url: &Url) -> Response {
        self.0.get(url.clone()).send().await.unwrap()
    }

    async fn post(&self, url: &Url, fields: &[(&str, &str)]) -> Response {
        self.0.post(url.clone()).form(fields).send().await.unwrap()
    }

    /// Follows redirects until a page is there, or an address begins with this.
    async fn follow(&self, from: &Url, mut answer: Response, until: &str) -> (Url, Option<String>) {
        let mut at = from.clone();
        for _ in 0..10 {
            let Some(location) = answer.headers().get("location") else {
                return (at, Some(answer.text().await.unwrap()));
            };
            at = at.join(location.to_str().unwrap()).unwrap();
            if at.as_str().starts_with(until) {
                return (at, None);
            }
            answer = self.get(&at).await;
        }
        panic!("redirects without an end at {at}")
    }
}

fn between(html: &str, start: &str, end: &str) -> String {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    rest.split_once(end).unwrap().0.replace("&amp;", "&").replace("&#38;", "&")
}

fn hidden(html: &str, name: &str) -> String {
    between(html, &format!("name=\"{name}\" value=\""), "\"")
}

/// Where a page of ours goes on to by itself.
fn onward(html: &str) -> String {
    between(html, "content=\"0; url=", "\"")
}

/// Leaves our sign-in page; gives the provider's address.
async fn leave(browser: &Browser, portal: &str) -> Url {
    let page = Url::parse(&format!("{portal}/en/sign-in?next=/request")).unwrap();
    let html = browser.get(&page).await.text().await.unwrap();
    assert!(html.contains("Sign in at the provider"));
    let (token, challenge) = (hidden(&html, "token"), hidden(&html, "challenge"));
    let fields = [("token", token.as_str()), ("challenge", &challenge), ("next", "/request")];
    let action = page.join("/en/sign-in/identity-provider").unwrap();
    let answer = browser.post(&action, &fields).await;
    assert_eq!(answer.status(), 200);
    Url::parse(&onward(&answer.text().await.unwrap())).unwrap()
}

/// Signs in at the provider and agrees; gives the address that leads back.
async fn sign_in_there(browser: &Browser, address: &Url, callback: &str) -> Url {
    let answer = browser.get(address).await;
    let (mut at, mut page) = browser.follow(address, answer, callback).await;
    for prompt in ["login", "consent"] {
        let html = page.unwrap();
        assert!(html.contains(&format!("value=\"{prompt}\"")), "{prompt}: {html}");
        let action = at.join(&between(&html, "action=\"", "\"")).unwrap();
        let fields = [("prompt", prompt), ("login", "subject-1"), ("password", "any")];
        let answer = browser.post(&action, &fields).await;
        (at, page) = browser.follow(&action, answer, callback).await;
    }
    assert!(page.is_none(), "it does not lead back: {at}");
    at
}

async fn node(installation: &Installation, host: &str) -> (Node, Provider, String) {
    let port = free_port();
    let portal = format!("http://127.0.0.1:{port}");
    let callback = format!("{portal}/sign-in/callback");
    let (person, _) = installation.granted().next().unwrap();
    let provider = start(person, &callback, host);
    let config = installation.config("identity", port, |config: &mut Config| {
        config.portal.public_url.clone_from(&portal);
        config.identity_provider = Some(section(installation, &provider.issuer));
    });
    (installation.node_with(&config, port).await, provider, callback)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_at_a_certified_provider_and_is_in_his_cabinet() {
    if !is_there() {
        return;
    }
    let installation = Installation::on_sqlite().await;
    let (node, provider, callback) = node(&installation, "127.0.0.1").await;
    let browser = Browser::new();
    let address = leave(&browser, &node.portal).await;
    assert!(address.as_str().starts_with(&provider.issuer));
    let back = sign_in_there(&browser, &address, &callback).await;
    assert!(back.query_pairs().any(|(name, value)| name == "iss" && value == *provider.issuer));

    // Another browser cannot use it, nor can anybody who changes who answers.
    let stranger = Browser::new();
    leave(&stranger, &node.portal).await;
    assert_eq!(stranger.get(&back).await.status(), 422);
    let renamed = back.as_str().replace("iss=http", "iss=xhttp");
    assert_ne!(renamed, back.as_str());
    assert_eq!(browser.get(&Url::parse(&renamed).unwrap()).await.status(), 422);

    let welcome = browser.get(&back).await;
    assert_eq!(welcome.status(), 200);
    assert_eq!(onward(&welcome.text().await.unwrap()), "/en/request");
    let cabinet = browser.get(&back.join("/en/cabinet").unwrap()).await;
    assert_eq!(cabinet.status(), 200);
    assert_eq!(browser.get(&back).await.status(), 422, "a return is good once");

    let open = installation.store().await;
    let rows = open.store.audit_from(1, 1_000).await.unwrap();
    open.close().await;
    let (person, _) = installation.granted().next().unwrap();
    let row = rows.iter().find(|row| row.action == "signed_in").unwrap();
    assert_eq!((row.detail.as_str(), &row.subject), ("identity_provider", &person.iin.digits()));

    // The provider goes away: people are told so, and have the other way.
    let again = Browser::new();
    let address = leave(&again, &node.portal).await;
    let back = sign_in_there(&again, &address, &callback).await;
    drop(provider);
    let told = again.get(&back).await;
    assert_eq!(told.status(), 503);
    assert!(told.text().await.unwrap().contains("name=\"signature\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_browser_comes_back_from_another_site_and_is_signed_in() {
    let has_driver = folder().join("../browser/node_modules/playwright-core").is_dir();
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let has_browser = has_driver && Path::new(&chromium).is_file();
    let is_required = std::env::var("ANYQTAMA_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(has_browser || !is_required, "chromium and tests/browser/node_modules are required");
    if !is_there() || !has_browser {
        eprintln!("SKIPPED: no node, no oidc-provider, no chromium or no driver of it");
        return;
    }
    let installation = Installation::on_sqlite().await;
    let (node, _provider, _) = node(&installation, "127.0.0.2").await;
    let mut browser = Command::new("node");
    browser.arg("browser.mjs").arg(&node.portal).current_dir(folder());
    let walked = tokio::task::spawn_blocking(move || browser.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&walked.stdout).into_owned();
    assert!(walked.status.success(), "{}", String::from_utf8_lossy(&walked.stderr));
    assert!(said.starts_with(&format!("{}/en/cabinet\n", node.portal)), "{said}");
}
