//! What protects people: headers, cookies, forged forms, limits, and errors that keep their manners.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

use std::io::Write;

use axum_test::multipart::{MultipartForm, Part};
use flate2::Compression;
use flate2::write::GzEncoder;
use world::World;
use world::browser::{Browser, between, field, location};

const URL: &str = "http://127.0.0.1:8080";

fn portal(url: &str) -> (World, Browser) {
    let world = World::new(url);
    let browser = Browser::new(&world, url);
    (world, browser)
}

#[tokio::test]
async fn the_first_address_picks_the_language_and_kazakh_is_first() {
    let (_, browser) = portal(URL);
    for (accepted, language) in [("de", "/kk"), ("en-GB,ru;q=0.5", "/en"), ("ru", "/ru")] {
        let answer = browser.server.get("/").add_header("accept-language", accepted).await;
        answer.assert_status_see_other();
        assert_eq!(location(&answer), language);
    }
    assert_eq!(location(&browser.get("/").await), "/kk");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_guard_it() {
    let (_, browser) = portal("https://anyqtama.example");
    for path in ["/kk", "/kk/check", "/nowhere", "/api/openapi.json", "/health/live"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        let policy = policy.to_str().unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
        assert!(policy.contains("connect-src 'self' wss://127.0.0.1:13579;"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        let permissions = answer.header("permissions-policy");
        let permissions = permissions.to_str().unwrap();
        for device in ["camera=()", "geolocation=()", "microphone=()", "usb=()", "payment=()"] {
            assert!(permissions.contains(device), "{device} in {permissions}");
        }
        assert!(permissions.contains("publickey-credentials-get=(self)"), "{permissions}");
        assert!(policy.contains("form-action 'self'") && policy.contains("base-uri 'none'"));
        assert!(answer.contains_header("strict-transport-security"));
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let (_, plain) = portal(URL);
    let answer = plain.get("/kk").await;
    assert!(!answer.contains_header("strict-transport-security"));
    let policy = answer.header("content-security-policy");
    assert!(policy.to_str().unwrap().contains("wss://127.0.0.1:13579 ws://127.0.0.1:13579;"));
}

#[tokio::test]
async fn whoever_finds_a_weakness_reads_whom_to_tell_until_that_has_expired() {
    let world = World::new("https://anyqtama.example");
    let unnamed = Browser::new(&world, "https://anyqtama.example");
    unnamed.get("/.well-known/security.txt").await.assert_status_not_found();
    let expires = world.service.now() + jiff::SignedDuration::from_hours(24);
    let contact = portal::SecurityContact {
        addresses: vec!["mailto:a@example.kz".to_owned(), "tel:+77010000000".to_owned()],
        expires,
        policy: Some("https://example.kz/policy".to_owned()),
    };
    let config = World::config("https://anyqtama.example/");
    let config = portal::PortalConfig { security_contact: Some(contact), ..config };
    let browser = Browser::over(&world, config);
    let answer = browser.get("/.well-known/security.txt").await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let told = format!(
        "Contact: mailto:a@example.kz\nContact: tel:+77010000000\nExpires: {expires}\n\
         Preferred-Languages: kk, ru, en\n\
         Canonical: https://anyqtama.example/.well-known/security.txt\n\
         Policy: https://example.kz/policy\n"
    );
    assert_eq!(answer.text(), told);
    world.clock.advance(jiff::SignedDuration::from_hours(25));
    browser.get("/.well-known/security.txt").await.assert_status_not_found();
}

#[tokio::test]
async fn cookies_are_for_this_host_and_no_script() {
    let (_, browser) = portal("https://anyqtama.example");
    let cookie = browser.get("/kk/sign-in").await.header("set-cookie");
    let cookie = cookie.to_str().unwrap();
    for word in ["__Host-sign-in=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(word), "{word} in {cookie}");
    }
    let (world, plain) = portal(URL);
    let answer = plain.sign_in("kk", world.guardian()).await;
    let cookie = answer.cookie("session");
    assert_eq!(cookie.http_only(), Some(true));
    assert!(cookie.value().len() >= 64);
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_before_anything_happens() {
    let (world, browser) = portal(URL);
    browser.sign_in("ru", world.guardian()).await;
    let token = field(&browser.get("/ru/request").await.text(), "token");
    let fields =
        [("token", token.as_str()), ("wards", "all"), ("restricted", "give"), ("secret", "give")];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let forged = browser.server.post("/ru/request").form(&fields).add_header(name, value).await;
        forged.assert_status_forbidden();
        assert!(forged.text().contains("Форма не принята"));
    }
    for token in ["", "0000"] {
        let fields =
            [("token", token), ("wards", "all"), ("restricted", "give"), ("secret", "give")];
        browser.post("/ru/request", &fields).await.assert_status_forbidden();
        browser.post("/ru/sign-out", &[("token", token)]).await.assert_status_forbidden();
    }
}

#[tokio::test]
async fn a_sign_in_form_works_only_in_the_browser_it_was_given_to() {
    let (world, browser) = portal(URL);
    let html = browser.get("/kk/sign-in").await.text();
    let signature = world::browser::signature(&html, world.guardian());
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let fields = [("token", token.as_str()), ("challenge", &challenge), ("signature", &signature)];
    let victim = Browser::new(&world, URL);
    victim.get("/kk/sign-in").await;
    victim.post("/kk/sign-in", &fields).await.assert_status_forbidden();
    let second_tab = browser.get("/kk/sign-in").await;
    second_tab.assert_status_ok();
    browser.post("/kk/sign-in", &fields).await.assert_status_see_other();
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_signing_in() {
    let (_, browser) = portal(URL);
    for next in ["//evil.example", "https://evil.example", "/kk%0d%0aX:1", "javascript:alert(1)"] {
        let html = browser.get(&format!("/kk/sign-in?next={next}")).await.text();
        assert_eq!(field(&html, "next"), "", "{next}");
    }
}

#[tokio::test]
async fn errors_speak_the_language_of_the_address() {
    let (_, browser) = portal(URL);
    for (path, word) in [
        ("/kk/nowhere", "Мұндай бет жоқ"),
        ("/ru/nowhere", "Такой страницы нет"),
        ("/en/nowhere", "There is no such page"),
        ("/nowhere", "Мұндай бет жоқ"),
        ("/de/check", "Мұндай бет жоқ"),
    ] {
        let answer = browser.get(path).await;
        answer.assert_status_not_found();
        assert!(answer.text().contains(word), "{path}");
    }
    let answer = browser.server.delete("/ru/check").await;
    assert_eq!(answer.status_code(), 405);
    assert!(answer.text().contains("Эта страница так не открывается"));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_so() {
    let (_, browser) = portal(URL);
    let form = MultipartForm::new()
        .add_part("document", Part::bytes(vec![0; 3 * 1024 * 1024]).file_name("a.pdf"));
    let answer = browser.server.post("/en/check").multipart(form).await;
    answer.assert_status_payload_too_large();
    assert!(answer.text().contains("The file is too large"));
}

#[tokio::test]
async fn hammering_the_check_is_slowed_down_and_reading_is_not() {
    let (_, browser) = portal(URL);
    let fields = [("number", "A-2345-6789-X"), ("iin", "061211600012")];
    let mut last = browser.post("/ru/check", &fields).await;
    for _ in 0..60 {
        last = browser.post("/ru/check", &fields).await;
    }
    last.assert_status_too_many_requests();
    assert!(last.contains_header("retry-after"));
    assert!(last.text().contains("Слишком много попыток"));
    browser.get("/ru/c/0123456789abcdef").await.assert_status_too_many_requests();
    browser.get("/ru/check").await.assert_status_ok();
    let api = browser.server.post("/api/v1/check").json(&serde_json::json!({})).await;
    api.assert_status_too_many_requests();
    assert_eq!(api.json::<serde_json::Value>()["code"], "too_many_attempts");
}

#[tokio::test]
async fn nodes_that_share_a_key_count_together_and_alone_while_the_store_is_away() {
    let world = World::new(URL);
    let key = portal::LimitKey::new("a secret that all nodes of this service have");
    let config = portal::PortalConfig { limit_key: Some(key), ..World::config(URL) };
    let node = || Browser::over(&world, config.clone());
    let (one, other, third) = (node(), node(), node());
    let fields = [("number", "A-2345-6789-X"), ("iin", "061211600012")];
    for _ in 0..40 {
        assert_ne!(one.post("/kk/check", &fields).await.status_code(), 429);
    }
    for _ in 0..20 {
        assert_ne!(other.post("/kk/check", &fields).await.status_code(), 429);
    }
    let refused = other.post("/kk/check", &fields).await;
    refused.assert_status_too_many_requests();
    let wait = refused.header("retry-after");
    assert!((1..=60).contains(&wait.to_str().unwrap().parse::<u64>().unwrap()), "{wait:?}");
    third.post("/kk/check", &fields).await.assert_status_too_many_requests();
    third.get("/kk/check").await.assert_status_ok();
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    assert_ne!(third.post("/kk/check", &fields).await.status_code(), 429, "the next minute");

    world.store_line.cut();
    let lonely = node();
    let mut answers = Vec::new();
    for _ in 0..41 {
        answers.push(lonely.post("/kk/check", &fields).await.status_code().as_u16());
    }
    assert!(!answers[..40].contains(&429), "{answers:?}");
    assert_eq!(answers[40], 429, "its own count holds");
}

fn packed(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

#[tokio::test]
async fn the_first_visit_weighs_less_than_sixty_kilobytes() {
    let (world, browser) = portal(URL);
    browser.sign_in("kk", world.guardian()).await;
    for place in ["", "/check", "/request", "/cabinet"] {
        let page = browser.get(&format!("/kk{place}")).await;
        let html = page.text();
        let mut total = packed(html.as_bytes());
        let names = html.split("\"/assets/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let names: std::collections::BTreeSet<_> = names.collect();
        assert_eq!(names.len(), 3, "style, script and emblem: {names:?}");
        for name in names {
            let asset = browser.get(&format!("/assets/{name}")).await;
            asset.assert_status_ok();
            assert!(asset.header("cache-control").to_str().unwrap().contains("immutable"));
            total += packed(asset.as_bytes());
        }
        assert!(total < 60_000, "{place}: {total} bytes");
    }
}

#[tokio::test]
async fn pages_are_compressed_and_sealed_documents_are_not() {
    let (world, browser) = portal(URL);
    let page = browser.server.get("/kk").add_header("accept-encoding", "gzip").await;
    assert_eq!(page.header("content-encoding"), "gzip");
    let address = browser.ask("kk", world.guardian(), "give").await;
    world.work().await;
    let html = browser.get(&address).await.text();
    let result = between(&html, "lead-box", "/document\"");
    let pdf = format!("{}/document", result.rsplit('"').next().unwrap());
    let pdf = browser.server.get(&pdf).add_header("accept-encoding", "gzip").await;
    assert!(!pdf.contains_header("content-encoding"));
}

#[tokio::test]
async fn no_address_the_portal_leads_to_carries_personal_data() {
    let (world, browser) = portal(URL);
    let person = world.guardian();
    let address = browser.ask("ru", person, "give").await;
    world.work().await;
    for path in ["/ru/request", "/ru/cabinet", address.as_str()] {
        let html = browser.get(path).await.text();
        for link in html.split("href=\"").chain(html.split("action=\"")).skip(1) {
            let link = link.split('"').next().unwrap();
            let is_data = link.starts_with("data:");
            assert!(is_data || !link.contains(&person.digits()), "{path}: {link}");
        }
    }
}
