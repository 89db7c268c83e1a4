//! A provider over real sockets that cheats in every way: nobody comes in by it. One that fails tells nothing of anybody.

use std::str::FromStr;
use std::time::Duration;

use app::testing::{FixedClock, SeededIds};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use reqwest::redirect::Policy;
use simulators::identity_provider::{
    Deciding, Fault as Cheat, Login, OidcClient, SimulatedIdentityProvider,
};

use super::*;

const RETURN: &str = "https://anyqtama.example/sign-in/callback";
/// Synthetic.
const NAME: &str = "СЫНАҚОВА АЙША СЫНАҚҚЫЗЫ";

struct World {
    adapter: OidcIdentityProvider,
    deciding: Deciding,
    clock: Arc<FixedClock>,
    iin: String,
}

fn settings(issuer: &str) -> IdentityProviderSettings {
    let word = |text: &str| text.to_owned();
    IdentityProviderSettings {
        issuer: word(issuer),
        client_id: word("anyqtama"),
        client_secret: Some(word("a secret & more")),
        scopes: vec![word("openid"), word("profile")],
        iin_claim: word("iin"),
        name_claims: vec![word("name")],
        acr_values: vec![word("high")],
        algorithms: vec![word("RS256"), word("ES256")],
        return_url: word(RETURN),
        authorities: None,
        patience: Duration::from_millis(500),
    }
}

fn now() -> Timestamp {
    app::testing::samples::moment(0)
}

async fn world() -> World {
    world_where(|_| {}).await
}

async fn world_where(change: fn(&mut IdentityProviderSettings)) -> World {
    let clock = Arc::new(FixedClock::new(now()));
    let theirs = Arc::clone(&clock);
    let iin = app::testing::samples::iin(1).digits();
    let login = Login { subject: "subject-1".to_owned(), iin: iin.clone(), name: NAME.to_owned() };
    // As a header carries it: percent-encoded first (RFC 6749, 2.3.1).
    let client = OidcClient { id: "anyqtama".to_owned(), secret: "a+secret+%26+more".to_owned() };
    let provider =
        SimulatedIdentityProvider::bind(client, login, Arc::new(move || theirs.now())).await;
    let provider = provider.unwrap();
    let (issuer, deciding) = (provider.issuer(), provider.deciding());
    tokio::spawn(provider.serve(std::future::pending()));
    let ids = Arc::new(SeededIds::new(1));
    let mut settings = settings(&issuer);
    change(&mut settings);
    let adapter = OidcIdentityProvider::new(settings, clock.clone(), ids).unwrap();
    World { adapter, deciding, clock, iin }
}

/// A person who walked to the provider and back.
struct Walked {
    reply: IdentityReply,
    state: String,
    remembered: String,
}

impl World {
    async fn walk(&self) -> Walked {
        let begun = self.adapter.leave("a-state", Language::Kk).await.unwrap();
        let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let answer = browser.get(&begun.address).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{}", begun.address);
        let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        assert!(back.as_str().starts_with(RETURN));
        let of = |name: &str| {
            let found = back.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        let outcome = of("code").ok_or_else(|| of("error").unwrap());
        let reply = IdentityReply { outcome, issuer: of("iss") };
        Walked { reply, state: of("state").unwrap(), remembered: begun.remembered }
    }

    async fn finish(&self, walked: &Walked) -> Result<IdentifiedPerson, Fault> {
        self.adapter.come_back(&walked.reply, &walked.remembered).await
    }

    /// Walks with a provider that cheats all the way.
    async fn cheated(&self, cheat: Cheat) -> Result<IdentifiedPerson, Fault> {
        self.deciding.set_fault(Some(cheat));
        let walked = self.walk().await;
        let finished = self.finish(&walked).await;
        self.deciding.set_fault(None);
        finished
    }
}

#[tokio::test]
async fn whoever_the_provider_signs_in_is_known_by_iin_and_name() {
    let world = world().await;
    let walked = world.walk().await;
    assert_eq!(walked.state, "a-state");
    let person = world.finish(&walked).await.unwrap();
    assert_eq!((person.iin.digits(), person.name.as_str()), (world.iin.clone(), NAME));
    let shown = format!("{person:?} {:?}", walked.reply);
    assert!(!shown.contains(&world.iin) && !shown.contains("code-1"), "{shown}");
    // The same where the ID token says less and the user info the rest.
    assert_eq!(world.cheated(Cheat::UserInfo).await.unwrap(), person);
}

#[tokio::test]
async fn half_a_name_is_no_name_and_the_other_half_is_asked_for() {
    let parts = |settings: &mut IdentityProviderSettings| {
        let parts = ["family_name", "given_name", "middle_name"];
        settings.name_claims = parts.map(str::to_owned).into();
    };
    let world = world_where(parts).await;
    let person = world.cheated(Cheat::HalfName).await.unwrap();
    assert_eq!(person.name, "СЫНАҚОВА АЙША", "not everybody has a patronymic");
    let fault = world.cheated(Cheat::FamilyNameOnly).await.unwrap_err();
    assert_eq!(fault, Fault::NoName);
    assert_eq!(fault.verdict(), IdentityVerdict::Refused("identity_no_name"));
    let world = world_where(|settings| {
        settings.name_claims = ["family_name", "given_name?"].map(str::to_owned).into();
    });
    let person = world.await.cheated(Cheat::FamilyNameOnly).await.unwrap();
    assert_eq!(person.name, "СЫНАҚОВА", "where the operator says that it will do");
}

#[tokio::test]
async fn the_request_has_all_that_guards_the_way_back() {
    let world = world().await;
    let begun = world.adapter.leave("a-state", Language::Ru).await.unwrap();
    let other = world.adapter.leave("a-state", Language::Ru).await.unwrap();
    let of = |address: &str, name: &str| {
        let url = Url::parse(address).unwrap();
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", "anyqtama"),
        ("state", "a-state"),
        ("redirect_uri", RETURN),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("acr_values", "high"),
        ("ui_locales", "ru"),
    ] {
        assert_eq!(of(&begun.address, name), expected, "{name}");
    }
    for name in ["nonce", "code_challenge"] {
        assert_eq!(of(&begun.address, name).len(), 43);
        assert_ne!(of(&begun.address, name), of(&other.address, name));
    }
    let remembered: Remembered = serde_json::from_str(&begun.remembered).unwrap();
    assert!(!begun.address.contains(&remembered.verifier), "the verifier stays here");
}

#[tokio::test]
async fn no_token_that_fails_a_check_brings_anybody_in() {
    let world = world().await;
    for (cheat, why) in [
        (Cheat::Nonce, "for another sign-in"),
        (Cheat::Audience, "for somebody else"),
        (Cheat::TwoAudiences, "for somebody else"),
        (Cheat::Party, "for another client"),
        (Cheat::Issuer, "by somebody else"),
        (Cheat::Unsigned, "not one of the configured"),
        (Cheat::PublicKeyAsSecret, "not one of the configured"),
        (Cheat::ClientSecret, "not one of the configured"),
        (Cheat::Forged, "signature is not the provider's"),
        (Cheat::UnknownKey, "key is not the provider's"),
        (Cheat::Expired, "time is not now"),
        (Cheat::Future, "time is not now"),
        (Cheat::Old, "time is not now"),
        (Cheat::OtherAccess, "access token is not"),
        (Cheat::OtherSubject, "another person"),
        (Cheat::OtherReply, "another provider answers"),
        (Cheat::NamelessReply, "not said which provider"),
    ] {
        let fault = world.cheated(cheat).await.unwrap_err();
        assert!(matches!(fault, Fault::NotBelieved(_)), "{cheat:?}: {fault:?}");
        assert!(fault.to_string().contains(why), "{cheat:?}: {fault}");
        assert_eq!(fault.verdict(), IdentityVerdict::Refused("identity_refused"));
    }
    assert_eq!(world.cheated(Cheat::Weak).await, Err(Fault::NotAssured));
    assert_eq!(world.cheated(Cheat::NoIin).await, Err(Fault::NoIin));
    assert_eq!(world.cheated(Cheat::WrongIin).await, Err(Fault::NoIin));
    assert_eq!(world.cheated(Cheat::Denied).await, Err(Fault::Cancelled));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_the_sign_in_it_was_given_for() {
    let world = world().await;
    let (mine, yours) = (world.walk().await, world.walk().await);
    // Another's code, with what my browser remembers: the provider wants the other verifier.
    let mixed = Walked { remembered: mine.remembered.clone(), ..yours };
    let fault = world.finish(&mixed).await.unwrap_err();
    assert!(matches!(fault, Fault::NotBelieved(why) if why.contains("code")), "{fault}");
    world.finish(&mine).await.unwrap();
    let again = world.finish(&mine).await.unwrap_err();
    assert!(matches!(again, Fault::NotBelieved(why) if why.contains("code")), "{again}");
    let rubbish = world.adapter.come_back(&mine.reply, "rubbish").await.unwrap_err();
    assert!(matches!(rubbish, Fault::NotBelieved(_)));
}

#[tokio::test]
async fn a_provider_that_fails_tells_nothing_of_anybody() {
    let world = world().await;
    for cheat in
        [Cheat::Slow(Duration::from_secs(2)), Cheat::Endless, Cheat::Elsewhere, Cheat::Down]
    {
        let walked = world.walk().await;
        world.deciding.set_fault(Some(cheat));
        let fault = world.finish(&walked).await.unwrap_err();
        world.deciding.set_fault(None);
        assert!(matches!(fault, Fault::Unavailable(_)), "{cheat:?}: {fault:?}");
        assert_eq!(fault.verdict(), IdentityVerdict::CannotTell("identity_unavailable"));
    }
    for cheat in [Cheat::Busy, Cheat::UnfitAccess] {
        let fault = world.cheated(cheat).await.unwrap_err();
        assert!(matches!(fault, Fault::Unavailable(_)), "{cheat:?}: {fault:?}");
    }
}

#[tokio::test]
async fn nobody_is_sent_to_a_provider_that_does_not_tell_of_itself_rightly() {
    for cheat in [
        Cheat::Slow(Duration::from_secs(2)),
        Cheat::Endless,
        Cheat::Elsewhere,
        Cheat::Down,
        Cheat::OtherName,
    ] {
        let world = world().await;
        world.deciding.set_fault(Some(cheat));
        let told = world.adapter.begin("a-state", Language::Kk).await;
        assert_eq!(told.unwrap_err(), "identity_unavailable", "{cheat:?}");
        // A moment later it is not even asked; after that it is.
        world.deciding.set_fault(None);
        assert!(world.adapter.begin("a-state", Language::Kk).await.is_err());
        world.clock.advance(SignedDuration::from_secs(6));
        world.adapter.begin("a-state", Language::Kk).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_known_of_the_provider_is_kept_and_renewed_and_outlives_its_failure() {
    let world = world().await;
    for _ in 0..3 {
        let walked = world.walk().await;
        world.finish(&walked).await.unwrap();
    }
    assert_eq!(world.deciding.discoveries(), 1);
    world.clock.advance(SignedDuration::from_mins(11));
    world.walk().await;
    assert_eq!(world.deciding.discoveries(), 2);
    world.clock.advance(SignedDuration::from_hours(2));
    world.deciding.set_fault(Some(Cheat::OtherName));
    world.walk().await;
    world.clock.advance(SignedDuration::from_hours(23));
    assert!(world.adapter.leave("a-state", Language::Kk).await.is_err());
}

#[tokio::test]
async fn a_new_key_is_fetched_but_not_again_and_again() {
    let world = world().await;
    let walked = world.walk().await;
    world.finish(&walked).await.unwrap();
    world.deciding.rotate().unwrap();
    let walked = world.walk().await;
    world.clock.advance(SignedDuration::from_secs(31));
    world.finish(&walked).await.unwrap();
    assert_eq!(world.deciding.discoveries(), 2);
    for _ in 0..3 {
        let fault = world.cheated(Cheat::UnknownKey).await.unwrap_err();
        assert!(matches!(fault, Fault::NotBelieved(_)), "{fault:?}");
    }
    assert_eq!(world.deciding.discoveries(), 2);
}

#[test]
fn settings_that_cannot_work_or_are_not_safe_are_found_at_the_start() {
    let fault = |change: fn(&mut IdentityProviderSettings)| {
        let mut settings = settings("https://idp.example");
        change(&mut settings);
        let (clock, ids) = (Arc::new(FixedClock::new(now())), Arc::new(SeededIds::new(1)));
        let made = OidcIdentityProvider::new(settings, clock, ids);
        made.map(drop).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(fault(|_| {}), "");
    for unsafe_one in ["none", "HS256", "RS1", ""] {
        let mut settings = settings("https://idp.example");
        settings.algorithms = vec![unsafe_one.to_owned()];
        assert!(Checked::of(settings).is_err(), "{unsafe_one}");
    }
    for address in ["http://idp.example", "https://u:p@idp.example", "idp", "https://a.kz/?b=c"] {
        let error = Checked::of(settings(address)).map(drop).unwrap_err().to_string();
        assert!(error.contains("begin with https://"), "{address}");
    }
    assert!(fault(|all| all.iin_claim.clear()).contains("claims.iin"));
    assert!(fault(|all| all.name_claims.clear()).contains("claims.name"));
    assert!(fault(|all| all.name_claims.push("?".to_owned())).contains("claims.name"));
    let optional = fault(|all| all.name_claims = vec!["middle_name".to_owned()]);
    assert!(optional.contains("claims.name"), "nobody's name may be empty: {optional}");
    assert!(fault(|all| all.algorithms.clear()).contains("algorithms"));
    assert!(fault(|all| all.client_id.clear()).contains("client_id"));
    assert!(fault(|all| all.client_secret = Some(String::new())).contains("client_secret"));
    let rubbish = fault(|all| all.authorities = Some(b"rubbish".to_vec()));
    assert!(rubbish.contains("authorities_file"), "{rubbish}");
}

#[test]
fn what_a_provider_tells_survives_whatever_comes() {
    use openidconnect::core::{CoreIdToken, CoreJsonWebKeySet, CoreProviderMetadata};
    let claims = r#"{"iin":"800101300016","family_name":"Сейтқали","given_name":"Айжан"}"#;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.{}", part(r#"{"alg":"RS256","kid":"1"}"#), part(claims), part("x"));
    crate::surviving::survives_texts("OIDC, answers", &[claims, &token], "oidc", |text| {
        let _ = Claims::of_token(text);
        let _ = Claims::of_user_info(text.as_bytes().to_vec());
        let _ = CoreIdToken::from_str(text);
        let _ = serde_json::from_str::<CoreJsonWebKeySet>(text);
        let _ = serde_json::from_str::<CoreProviderMetadata>(text);
    });
}
