//! A browser of somebody who signs in with his key and looks at a page of his cabinet.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use anyqtama::system::SystemClock;
use app::Clock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use reqwest::redirect::Policy;

use crate::people::Person;

const PATIENCE: Duration = Duration::from_secs(30);

/// A browser without script.
pub struct Browser {
    http: Client,
    portal: String,
}

impl Browser {
    /// One in which a person has signed in.
    pub async fn of(person: &Person, portal: &str) -> Result<Self> {
        let client = Client::builder().no_proxy().cookie_store(true).timeout(PATIENCE);
        let http = client.redirect(Policy::none()).build()?;
        let browser = Self { http, portal: portal.to_owned() };
        let address = browser.url("/kk/sign-in");
        let page = browser.http.get(&address).send().await?.error_for_status()?.text().await?;
        let field = |name: &str| between(&page, &format!("name=\"{name}\" value=\""));
        let document = STANDARD.decode(between(&page, "data-document=\"")?)?;
        let signature = person.key.sign(&document, true, SystemClock.now())?;
        let fields = [
            ("token", field("token")?.to_owned()),
            ("challenge", field("challenge")?.to_owned()),
            ("signature", STANDARD.encode(signature)),
        ];
        let answer = browser.http.post(&address).form(&fields).send().await?;
        ensure!(answer.status().is_redirection(), "signing in answers {}", answer.status());
        Ok(browser)
    }

    /// How long a page took since a moment; it must be there and speak of what was asked for.
    pub async fn look(&self, path: &str, word: &str, since: Instant) -> Result<Duration> {
        let answer = self.http.get(self.url(path)).send().await?.error_for_status()?;
        let page = answer.text().await?;
        let took = since.elapsed();
        ensure!(page.contains(word), "the page speaks of something else");
        Ok(took)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.portal)
    }
}

/// What stands behind a text up to the next quotation mark.
fn between<'a>(page: &'a str, start: &str) -> Result<&'a str> {
    let (_, rest) = page.split_once(start).with_context(|| format!("no {start} in the page"))?;
    Ok(rest.split_once('"').context("the page ends")?.0)
}
