//! Master keys on a software token (SoftHSM2) in the place of a device.

use std::any::type_name;

use cryptoki::types::AuthPin;
use vault::{DataKey, Keyring, KeyringError};

use super::*;
use crate::seal::tests::clock;
use crate::token::testing::{PIN, TokenFolder, alone, end_sessions};

const LABEL: &str = "personal data";

fn on_a_token<F: AsyncFnOnce(TokenFolder)>(test: F) {
    alone(type_name::<F>(), |_| true, test);
}

fn open(place: &TokenFolder, pin: &str) -> MasterToken {
    let settings = MasterTokenSettings { access: place.access(pin), label: LABEL.to_owned() };
    MasterToken::open(&settings).unwrap()
}

async fn refusal(token: &MasterToken) -> String {
    match token.keys().await {
        Ok(keys) => panic!("it has {}", keys.name()),
        Err(fault) => fault.to_string(),
    }
}

fn now() -> Timestamp {
    clock().now()
}

async fn unwrapped_by(token: &MasterToken, keys: &[DataKey]) -> Result<(), KeyringError> {
    Keyring::unwrap(&token.keys().await.unwrap(), keys, now()).await.map(|_| ())
}

#[test]
fn data_keys_are_wrapped_by_the_newest_key_of_a_label_and_older_ones_unwrap() {
    on_a_token(async |place| {
        place.make_token();
        let token = open(&place, PIN);
        assert!(refusal(&token).await.contains("no AES key called personal data"));
        let id = token.make_key(now()).await.unwrap();
        let master = token.keys().await.unwrap();
        assert_eq!(master.name(), format!("token-{id}"));
        let keys = DataKey::first(&master, now()).await.unwrap();
        assert!(keys.iter().all(|key| key.master == master.name()));
        unwrapped_by(&token, &keys).await.unwrap();
        // Bound to what each is for.
        let mut swapped = keys.clone();
        swapped[0].wrapped.clone_from(&keys[1].wrapped);
        let told = unwrapped_by(&token, &swapped).await.unwrap_err();
        assert!(matches!(told, KeyringError::Altered(1) | KeyringError::Device(1, _)), "{told}");

        let next = token.make_key(now()).await.unwrap();
        let both = token.keys().await.unwrap();
        assert_eq!(both.name(), format!("token-{next}"));
        assert!(both.knows(master.name()));
        let anew = keys[0].rewrapped(&both).await.unwrap().unwrap();
        assert_eq!(anew.master, both.name());
        unwrapped_by(&token, &[&[anew], &keys[1..]].concat()).await.unwrap();
    });
}

#[test]
fn a_key_that_could_be_read_out_or_is_told_from_no_other_is_refused_in_words() {
    on_a_token(async |place| {
        place.make_token();
        let token = open(&place, PIN);
        token.make_key(now()).await.unwrap();
        let connected = token.0.device.connect_to_make().unwrap();
        let id = |id: u8| Attribute::Id(vec![id]);
        for (length, sensitive, ids, why) in [
            (16_u64, true, vec![id(2)], "not of 256 bits"),
            (32, false, vec![id(2)], "can be read out"),
            (32, true, vec![Attribute::Id(Vec::new())], "no id"),
            (32, true, vec![id(2), Attribute::Id(vec![0, 2])], "the same id"),
        ] {
            let made: Vec<_> = ids
                .into_iter()
                .map(|id| {
                    let template = [
                        Attribute::Label(LABEL.into()),
                        Attribute::ValueLen(length.into()),
                        Attribute::Sensitive(sensitive),
                        Attribute::Extractable(!sensitive),
                        Attribute::Token(true),
                        id,
                    ];
                    let make = |session: &Session| {
                        Ok(session.generate_key(&Mechanism::AesKeyGen, &template)?)
                    };
                    connected.with(make).unwrap()
                })
                .collect();
            let told = refusal(&token).await;
            assert!(told.contains(why), "{told}");
            for key in made {
                connected.with(|session| Ok(session.destroy_object(key)?)).unwrap();
            }
        }
        token.keys().await.unwrap();
    });
}

#[test]
fn a_token_that_is_away_comes_back_and_another_one_of_its_name_unwraps_nothing() {
    on_a_token(async |place| {
        let token = open(&place, PIN);
        assert!(refusal(&token).await.contains("is not there"));
        place.make_token();
        token.make_key(now()).await.unwrap();
        let master = token.keys().await.unwrap();
        let keys = DataKey::first(&master, now()).await.unwrap();
        end_sessions();
        let told = Keyring::unwrap(&master, &keys, now()).await.err();
        assert!(matches!(told, Some(KeyringError::Device(1, _))), "{told:?}");
        unwrapped_by(&token, &keys).await.unwrap();
        // Whoever shares the library starts it anew, and what was open before is not used again.
        let (beside, before) = (open(&place, PIN), token.keys().await.unwrap());
        place.rename("tokens", "away");
        std::fs::create_dir(place.path.join("tokens")).unwrap();
        end_sessions();
        assert!(refusal(&beside).await.contains("is not there"));
        let told = Keyring::unwrap(&before, &keys, now()).await.err().unwrap();
        assert!(told.to_string().contains("started anew"), "{told}");

        place.make_token();
        assert!(refusal(&token).await.contains("no AES key"));
        token.make_key(now()).await.unwrap();
        let told = unwrapped_by(&token, &keys).await.unwrap_err();
        assert!(matches!(told, KeyringError::MasterMissing(_)), "{told}");
        std::fs::remove_dir_all(place.path.join("tokens")).unwrap();
        place.rename("away", "tokens");
        end_sessions();
        unwrapped_by(&token, &keys).await.unwrap();
    });
}

#[test]
fn a_pin_that_was_refused_is_not_tried_each_minute() {
    on_a_token(async |place| {
        place.make_token();
        open(&place, PIN).make_key(now()).await.unwrap();
        let token = open(&place, "161803");
        assert!(refusal(&token).await.contains("refused the PIN"));
        // Once it is right it would be accepted, but nobody tries.
        let other = cryptoki::context::Pkcs11::new(crate::token::testing::library().unwrap());
        let other = other.unwrap();
        let slot = other.get_slots_with_initialized_token().unwrap()[0];
        let pin = |digits: &str| AuthPin::from(digits.to_owned());
        other.open_rw_session(slot).unwrap().set_pin(&pin(PIN), &pin("161803")).unwrap();
        assert!(refusal(&token).await.contains("refused the PIN"));
        open(&place, "161803").keys().await.unwrap();
    });
}
