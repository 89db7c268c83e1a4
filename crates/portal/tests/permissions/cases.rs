//! One real case of each kind at the usual department.

use app::testing::samples::{batch, iin, registry_row};
use app::{Channel, ComplaintOrder, OthersRecords, Registry, StaffRole};
use domain::{ComplaintGround, Iin, Language, Number, RecourseBody};
use portal::Door;

use super::house::{House, colleague, second_administrator};
use crate::world::browser::{Browser, between, field};
use crate::{forms, officers, people};

/// The cases, by what stands for them in an address.
pub struct Cases {
    /// An answered request with a certificate.
    pub request: String,
    /// The certificate.
    pub certificate: String,
    /// A refused request whose person asked for the repair of his record.
    pub repair: String,
    pub review: String,
    pub complaint: String,
    pub quality_complaint: String,
    /// A proposal to annul the certificate.
    pub annulment: String,
    /// A proposal of new records.
    pub proposal: String,
    /// A record of the registry.
    pub record: String,
    form: String,
    /// An appointment that waits, and one in force.
    appointment: String,
    appointed: String,
}

/// The last part of an address.
fn last(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

impl Cases {
    /// Makes them as people and officials do.
    pub async fn of(house: &House) -> Self {
        let (request, certificate) = granted(house).await;
        let refused = refused(house, iin(9)).await;
        let colleague = house.desk_of(&colleague()).await;
        let (appointed, appointment) = appointments(house).await;
        let forms = house.desk_of(&second_administrator()).await;
        Self {
            annulment: annulment(&colleague, &certificate).await,
            proposal: last(&officers::propose(&colleague, &[registry_row(iin(3), "w3")]).await),
            record: record(house).await,
            form: last(&forms::proposed(&forms).await),
            review: review(house, &refused).await,
            complaint: complaint(house, &refused, RecourseBody::Head).await,
            quality_complaint: complaint(house, &refused, RecourseBody::QualityControl).await,
            repair: refused.to_string(),
            request,
            certificate,
            appointment,
            appointed,
        }
    }

    /// The address of a door with its case behind it. A door of a new kind of case has to be named here.
    pub fn address(&self, door: &Door) -> String {
        let place = door.path.strip_prefix("/{language}/staff/").unwrap();
        let case = match place.split('/').next().unwrap() {
            "proposals" => &self.proposal,
            "annulments" => &self.annulment,
            "templates" => &self.form,
            "people" if place.ends_with("/release") => &self.appointed,
            "people" => &self.appointment,
            "records" => &self.record,
            "repairs" => &self.repair,
            "requests" => &self.request,
            "reviews" => &self.review,
            "complaints" => &self.complaint,
            "quality-complaints" => &self.quality_complaint,
            "passkeys" => "0000000000000000",
            other => panic!("which case stands behind {other}?"),
        };
        let parts = door.path.split('/').map(|part| match part {
            "{language}" => "kk",
            "{specimen}" => "guardian",
            part if part.starts_with('{') => case,
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// What a form of a door brings: every field that one of them may want.
pub fn fields(door: &Door) -> [(&'static str, &'static str); 9] {
    let is_of = |kind: &str| door.path.contains(&format!("/staff/{kind}/"));
    let outcome = match () {
        () if is_of("reviews") => "upheld",
        () if is_of("complaints") || is_of("quality-complaints") => "rejected",
        () if is_of("annulments") => "confirmed",
        () if is_of("repairs") => "no_act_found",
        () => "confirm",
    };
    let to = if is_of("complaints") { "quality_control" } else { "head" };
    [
        ("outcome", outcome),
        ("to", to),
        ("purpose", "тексеру"),
        ("reason", "№ 5 бұйрық"),
        ("reasons", "Банкте жазба жоқ"),
        ("words", "қаралды"),
        ("remark", "қаралды"),
        ("digest", "0"),
        ("from", ""),
    ]
}

async fn granted(house: &House) -> (String, String) {
    let person = house.world.guardian();
    let address = house.stranger().ask("kk", person, "give").await;
    house.world.work().await;
    let views = house.world.service.requests_of(person, None).await.unwrap();
    (last(&address), views[0].results[0].number.to_string())
}

/// A refused request, with a request to repair the record behind it.
async fn refused(house: &House, person: Iin) -> Number {
    let browser = house.stranger();
    let address = browser.ask("kk", person, "give").await;
    house.world.work().await;
    let html = browser.get(&address).await.text();
    let token = field(&html[html.find("/repair\"").unwrap()..], "token");
    let asked = browser.post(&format!("{address}/repair"), &[("token", &token)]).await;
    asked.assert_status_see_other();
    Number::parse(&last(&address)).unwrap()
}

async fn review(house: &House, refused: &Number) -> String {
    let way = (Language::Kk, Channel::Portal);
    let asked = house.world.service.ask_review(iin(9), refused, "актім бар", way).await;
    asked.unwrap().unwrap().to_string()
}

async fn complaint(house: &House, refused: &Number, body: RecourseBody) -> String {
    let service = &house.world.service;
    let order = ComplaintOrder {
        applicant: iin(9),
        request: refused.clone(),
        body,
        grounds: vec![ComplaintGround::UnjustifiedRefusal],
        words: "актім бар".to_owned(),
        address: "Астана".to_owned(),
        late_reason: String::new(),
        language: Language::Kk,
        channel: Channel::Portal,
        form_key: body.code().to_owned(),
        prepared_at: service.now(),
    };
    service.file_complaint(order, None).await.unwrap().to_string()
}

async fn annulment(desk: &Browser, certificate: &str) -> String {
    let token = field(&desk.get("/kk/staff/annulments").await.text(), "token");
    let fields = [
        ("token", &*token),
        ("certificate", certificate),
        ("reason", "wrong_facts"),
        ("words", "қате"),
    ];
    desk.post("/kk/staff/annulments", &fields).await.assert_status_see_other();
    let list = desk.get("/kk/staff/annulments").await.text();
    let (_, behind) = list.split_once("href=\"/kk/staff/annulments/").unwrap();
    behind.split('"').next().unwrap().to_owned()
}

async fn record(house: &House) -> String {
    let row = registry_row(iin(1), "w1");
    let key = row.record_key();
    let mut batch = batch(1, vec![row]);
    batch.terms.others = OthersRecords::Taken;
    house.world.memory().apply_import(&batch).await.unwrap().taken_in().unwrap();
    key
}

/// Somebody who was appointed, and somebody who is about to be.
async fn appointments(house: &House) -> (String, String) {
    let proposer = house.desk_of(&second_administrator()).await;
    let waiting = async |digits: &str| {
        let proposed = people::propose(&proposer, "kk", &[("iin", digits)]).await;
        proposed.assert_status_see_other();
        let html = proposer.get("/kk/staff/people").await.text();
        between(&html, "action=\"/kk/staff/people/", "/decide\"")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    let appointed = waiting(&iin(4).digits()).await;
    let other = house.desk(StaffRole::Administrator).await;
    let token = field(&other.get("/kk/staff").await.text(), "token");
    let fields = [("token", &*token), ("outcome", "confirm")];
    let decided = other.post(&format!("/kk/staff/people/{appointed}/decide"), &fields).await;
    decided.assert_status_see_other();
    (appointed, waiting(&iin(5).digits()).await)
}
