//! What every page has: its language, its texts, the way to the other languages, who is signed in.
//!
//! Read next: `visitor.rs` for where it comes from, `templates/layout.html` for what it becomes.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Language;
use jiff::Timestamp;

use crate::Shared;
use crate::failure::Failure;
use crate::known_faults::{KnownFault, known_faults};
use crate::texts::{Texts, texts};
use crate::times;

/// The frame around a page.
pub struct Page {
    portal: Shared,
    /// Language of the page.
    pub language: Language,
    /// Address without its language.
    pub place: String,
    /// Token of the forms of a signed-in person; `None` where nobody is signed in.
    pub signed_in: Option<String>,
    /// Identifier of the form whose answers travel along when the language is switched.
    pub form: Option<&'static str>,
    /// Seconds after which a browser without script asks again.
    pub refresh: Option<u32>,
}

impl Page {
    /// A page at a place.
    #[must_use]
    pub fn new(
        portal: &Shared,
        language: Language,
        place: &str,
        signed_in: Option<String>,
    ) -> Self {
        let (portal, place) = (portal.clone(), place.to_owned());
        Self { portal, language, place, signed_in, form: None, refresh: None }
    }

    /// The same page with a form whose answers the language switch keeps.
    #[must_use]
    pub fn with_form(mut self, form: &'static str, place: &str) -> Self {
        self.form = Some(form);
        self.place = place.to_owned();
        self
    }

    /// The texts of its language.
    #[must_use]
    pub fn texts(&self) -> &'static Texts {
        texts(self.language)
    }

    /// A text.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.texts().text(key)
    }

    /// A text with one place to fill.
    #[must_use]
    pub fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.texts().with(key, name, value)
    }

    /// A moment in words.
    #[must_use]
    pub fn moment(&self, moment: &Timestamp) -> String {
        times::moment_words(self.texts(), *moment)
    }

    /// A machine-readable moment for `datetime`.
    #[must_use]
    pub fn iso(&self, moment: &Timestamp) -> String {
        moment.to_string()
    }

    /// The address of a place in the page's language.
    #[must_use]
    pub fn link(&self, place: &str) -> String {
        format!("/{}{place}", self.language.code())
    }

    /// The three languages with their own names, in the order of the law.
    #[must_use]
    pub fn languages(&self) -> [(Language, &'static str, String); 3] {
        let address = |language: Language| format!("/{}{}", language.code(), self.place);
        [
            (Language::Kk, "Қазақша", address(Language::Kk)),
            (Language::Ru, "Русский", address(Language::Ru)),
            (Language::En, "English", address(Language::En)),
        ]
    }

    /// The notice on top, with its link.
    #[must_use]
    pub fn notice(&self) -> Option<(&str, Option<&str>)> {
        let notice = self.portal.config.notice.as_ref()?;
        Some((notice.text(self.language), notice.link.as_deref()))
    }

    /// What does not work now or will not, as everybody is told of it.
    #[must_use]
    pub fn known_faults(&self) -> Vec<KnownFault> {
        known_faults(&self.portal, self.language)
    }

    /// The language of names the law gives in Kazakh and Russian only, where it is not the page's own.
    #[must_use]
    pub fn language_of_names(&self) -> Option<&'static str> {
        (self.language == Language::En).then_some(Language::Ru.code())
    }

    /// The name of the provider of a territory.
    #[must_use]
    pub fn provider(&self, kato: &domain::Kato) -> Option<String> {
        let all = self.portal.service.providers().all();
        let found = all.iter().find(|one| one.kato == *kato)?;
        Some(found.name.on_screen(self.language).to_owned())
    }

    /// Whether a review or complaint was not answered in its term.
    #[must_use]
    pub fn is_late(&self, case: &app::RecourseCase) -> bool {
        self.portal.service.is_late(case)
    }

    /// The name of today's department of a territory, also of one of former days.
    #[must_use]
    pub fn todays_name(&self, kato: &domain::Kato) -> String {
        self.portal.service.providers().of(kato).name.on_screen(self.language).to_owned()
    }

    /// Today's department of the office that made an act.
    #[must_use]
    pub fn office(&self, act: &domain::Act, keeper: &domain::Kato) -> String {
        let office = self.portal.service.providers().of_act(act, keeper);
        office.name.on_screen(self.language).to_owned()
    }

    /// All departments of today, by their names: territory and name.
    #[must_use]
    pub fn providers(&self) -> Vec<(String, String)> {
        let all = self.portal.service.providers().all().iter();
        let mut named: Vec<_> = all
            .map(|one| (one.kato.as_str().to_owned(), one.name.on_screen(self.language).to_owned()))
            .collect();
        named.sort_by(|one, other| app::kazakh_order(&one.1, &other.1));
        named
    }

    /// Today's department of a territory.
    #[must_use]
    pub fn todays_provider(&self, kato: &domain::Kato) -> &domain::Kato {
        &self.portal.service.providers().of(kato).kato
    }

    /// Address of the style sheet.
    #[must_use]
    pub fn css(&self) -> &str {
        &self.portal.assets.css
    }

    /// Address of the script.
    #[must_use]
    pub fn js(&self) -> &str {
        &self.portal.assets.js
    }

    /// Address of the emblem.
    #[must_use]
    pub fn emblem(&self) -> &str {
        &self.portal.assets.emblem
    }

    /// The domain people should look for.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.portal.config.domain()
    }

    /// Where NCALayer listens.
    #[must_use]
    pub fn ncalayer(&self) -> &str {
        &self.portal.config.ncalayer_url
    }

    /// The same address as a page, where a browser can be taught to trust its certificate.
    #[must_use]
    pub fn ncalayer_page(&self) -> String {
        self.ncalayer().replacen("ws", "http", 1)
    }

    /// Whether a menu item is the present place.
    #[must_use]
    pub fn is_at(&self, place: &str) -> bool {
        self.place == place
    }
}

/// A rendered page with a status. Nobody but the reader's own screen keeps it.
///
/// # Errors
/// [`Failure::Broken`] where the template cannot be rendered.
pub fn html(status: StatusCode, template: &impl Template) -> Result<Response, Failure> {
    let body = template.render()?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let kept = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((status, [kind, kept], body).into_response())
}
