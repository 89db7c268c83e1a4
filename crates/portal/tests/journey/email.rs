//! A person leaves an e-mail address, confirms it by the code in the letter and takes it back: without JavaScript and in every
//! language; and the letters are in the language of the page.

use super::*;

#[tokio::test]
async fn an_address_is_left_confirmed_and_taken_back() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        browser.sign_in(language, iin(1)).await;
        let cabinet = browser.get(&format!("/{language}/cabinet")).await.text();
        let page = format!("/{language}/cabinet/email");
        assert!(cabinet.contains(&format!("href=\"{page}\"")), "{language}");
        let empty = browser.get(&page).await;
        assert_is_a_good_page(&empty, language, "no address");
        let token = field(&empty.text(), "token");
        browser.post(&page, &[("token", "x"), ("email", "a@b.kz")]).await.assert_status_forbidden();
        let bad = browser.post(&page, &[("token", &token), ("email", "<b>a@")]).await;
        bad.assert_status_unprocessable_entity();
        assert_is_a_good_page(&bad, language, "no address at all");
        assert!(bad.text().contains("<a href=\"#email\">") && bad.text().contains("&#60;b&#62;a@"));
        let sent = browser.post(&page, &[("token", &token), ("email", " Aigul@Example.kz ")]).await;
        assert_eq!(location(&sent), page);
        let waits = browser.get(&page).await;
        assert_is_a_good_page(&waits, language, "the code is on its way");
        assert!(waits.text().contains("Aigul@example.kz"));
        let letter = world.mailer.taken().pop().unwrap();
        assert_eq!((letter.to.as_str(), letter.language.code()), ("Aigul@example.kz", language));
        assert!(letter.text.contains("127.0.0.1:8080") && !letter.text.contains('⟦'));
        let code = world.mailer.last_code();
        assert!(!waits.text().contains(&code), "the page knows it not");
        let confirm = format!("{page}/confirm");
        for (typed, status) in [("", 422), ("12345", 422), ("000000", 422)] {
            let wrong = browser.post(&confirm, &[("token", &token), ("code", typed)]).await;
            assert_eq!(wrong.status_code().as_u16(), status, "{typed}");
            assert_is_a_good_page(&wrong, language, typed);
            assert!(wrong.text().contains("<a href=\"#code\">"), "{typed}");
        }
        let again = browser.post(&page, &[("token", &token), ("email", "a@example.kz")]).await;
        assert_eq!(again.status_code().as_u16(), 429);
        assert_is_a_good_page(&again, language, "too soon");
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let confirmed = browser.post(&confirm, &[("token", &token), ("code", &spaced)]).await;
        assert_eq!(location(&confirmed), page);
        let shown = browser.get(&page).await;
        assert_is_a_good_page(&shown, language, "confirmed");
        assert!(shown.text().contains("<strong>Aigul@example.kz</strong>"));
        let removed = browser.post(&format!("{page}/remove"), &[("token", &token)]).await;
        assert_eq!(location(&removed), page);
        assert!(!browser.get(&page).await.text().contains("Aigul@"), "{language}");
    }
}
