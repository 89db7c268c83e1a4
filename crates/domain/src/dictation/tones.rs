//! A number keyed on a telephone: two tones a character, the key and the place on it.
//!
//! Keys carry the letters every telephone has printed on them (2 ABC … 9 WXYZ); place 0 is the digit itself. So `S` is 7 4, `B`
//! is 2 2, the digit 5 is 5 0. The first letter of a request is always S and may be left out. Pauses, `*` and `#` count for
//! nothing. Read next: `hearing.rs`.

use super::{Heard, Misheard, heard};

const KEYS: [(char, &str); 8] = [
    ('2', "2ABC"),
    ('3', "3DEF"),
    ('4', "4GHI"),
    ('5', "5JKL"),
    ('6', "6MNO"),
    ('7', "7PQRS"),
    ('8', "8TUV"),
    ('9', "9WXYZ"),
];
/// Tones of nine characters and of ten.
const WITHOUT_FIRST: usize = 18;
const WHOLE: usize = 20;

/// Understands the tones of a number.
///
/// # Errors
/// [`Misheard`].
pub fn keyed(tones: &str) -> Result<Heard, Misheard> {
    let tones: Vec<char> = tones.chars().filter(char::is_ascii_digit).take(WHOLE + 2).collect();
    let characters = match tones.len() {
        0 => return Err(Misheard::Nothing),
        WITHOUT_FIRST => format!("S{}", characters(&tones, 1)?),
        WHOLE => characters(&tones, 0)?,
        other => return Err(Misheard::WrongLength(other.div_ceil(2))),
    };
    heard(&characters)
}

fn characters(tones: &[char], before: usize) -> Result<String, Misheard> {
    let mut read = String::new();
    for (index, pair) in tones.chunks(2).enumerate() {
        let [key, place] = pair else { return Err(Misheard::Nothing) };
        let known = KEYS.iter().find(|(one, _)| one == key).map(|(_, letters)| letters);
        let place = place.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
        let character = known.zip(place).and_then(|(letters, place)| letters.chars().nth(place));
        let place = index.saturating_add(before).saturating_add(1);
        read.push(character.ok_or(Misheard::NoSuchCharacter { place, heard: *key })?);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::{Number, NumberKind};

    fn tones_of(number: &Number) -> String {
        let plain = number.as_str().chars().filter(|c| *c != '-');
        plain
            .map(|character| {
                let (key, letters) =
                    KEYS.iter().find(|(_, letters)| letters.contains(character)).unwrap();
                format!("{key}{}", letters.find(character).unwrap())
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_number_can_be_keyed_with_its_first_letter_or_without(random in any::<u64>()) {
            let number = Number::from_random(NumberKind::Request, random);
            let tones = tones_of(&number);
            prop_assert_eq!(keyed(&tones), Ok(Heard::Sure(number.clone())));
            prop_assert_eq!(keyed(&format!("{}#", &tones[2..])), Ok(Heard::Sure(number)));
        }

        #[test]
        fn one_wrong_tone_is_told(random in any::<u64>(), place in 2_usize..20, other in 0_u8..10) {
            let mut tones = tones_of(&Number::from_random(NumberKind::Request, random)).into_bytes();
            prop_assume!(tones[place] != other + b'0');
            tones[place] = other + b'0';
            prop_assert!(keyed(&String::from_utf8(tones).unwrap()).is_err());
        }
    }

    #[test]
    fn what_is_no_number_is_told_apart() {
        assert_eq!(keyed(""), Err(Misheard::Nothing));
        assert_eq!(keyed("74 22"), Err(Misheard::WrongLength(2)));
        assert_eq!(keyed(&"9".repeat(50)), Err(Misheard::WrongLength(11)));
        let none = keyed("741022222222222222 22");
        assert_eq!(none, Err(Misheard::NoSuchCharacter { place: 2, heard: '1' }));
    }
}
