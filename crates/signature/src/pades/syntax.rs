//! As much of PDF's syntax as sealing needs: values with the places they stand at.
//!
//! It reads what our writer writes and declines the rest; it repairs nothing, because a repaired reading of a file
//! may be another one than a viewer's. Read next: `file.rs`.

/// Deepest nesting of arrays and dictionaries accepted.
const DEPTH_MAX: u8 = 32;

/// From the first byte to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(i64),
    Reference(u32, u32),
    Name(Vec<u8>),
    /// A literal string, or a hexadecimal one with its digits as they stand.
    Literal(Vec<u8>),
    Hexadecimal(Vec<u8>),
    Array(Vec<Placed>),
    Dictionary(Dictionary),
    /// true, false, null, real numbers: nothing that is looked at.
    Other,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) value: Value,
    pub(super) span: Span,
}

/// Entries in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dictionary(Vec<(Vec<u8>, Placed)>);

impl Dictionary {
    /// The value of a key; `None` too where the key stands twice, as readers differ about which one counts.
    pub(super) fn get(&self, key: &str) -> Option<&Placed> {
        let mut found = self.0.iter().filter(|(name, _)| name == key.as_bytes());
        let first = found.next();
        if found.next().is_some() { None } else { first.map(|(_, placed)| placed) }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key.as_bytes())
    }

    pub(super) fn reference(&self, key: &str) -> Option<(u32, u32)> {
        match self.get(key)?.value {
            Value::Reference(number, generation) => Some((number, generation)),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        match self.get(key)?.value {
            Value::Number(number) => usize::try_from(number).ok(),
            _ => None,
        }
    }

    pub(super) fn array(&self, key: &str) -> Option<&[Placed]> {
        match &self.get(key)?.value {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    pub(super) fn dictionary(&self, key: &str) -> Option<&Dictionary> {
        match &self.get(key)?.value {
            Value::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    pub(super) fn is_name(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Some(Placed { value: Value::Name(found), .. }) if found == name.as_bytes())
    }
}

/// Reads values from a place in the bytes on; every method answers `None` on anything unexpected.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts_with(&self, token: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(token))
    }

    /// Skips white space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Takes a word that must come next, ending where a word ends.
    pub(super) fn keyword(&mut self, word: &str) -> Option<()> {
        self.skip_space();
        if !self.starts_with(word.as_bytes()) {
            return None;
        }
        let next = self.bytes.get(self.at + word.len()).copied();
        if next.is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    /// A whole number that is not negative.
    pub(super) fn unsigned(&mut self) -> Option<usize> {
        self.skip_space();
        let digits = self.regular();
        if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    pub(super) fn value(&mut self) -> Option<Placed> {
        self.nested(0)
    }

    fn nested(&mut self, depth: u8) -> Option<Placed> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip_space();
        let start = self.at;
        let value = match self.peek()? {
            b'<' if self.starts_with(b"<<") => self.dictionary(depth)?,
            b'<' => self.hexadecimal()?,
            b'(' => self.literal()?,
            b'[' => self.array(depth)?,
            b'/' => Value::Name(self.name()?),
            _ => self.number_or_word()?,
        };
        Some(Placed { value, span: Span { start, end: self.at } })
    }

    fn dictionary(&mut self, depth: u8) -> Option<Value> {
        self.at += 2;
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            if self.starts_with(b">>") {
                self.at += 2;
                return Some(Value::Dictionary(Dictionary(entries)));
            }
            if self.peek()? != b'/' {
                return None;
            }
            let name = self.name()?;
            entries.push((name, self.nested(depth + 1)?));
        }
    }

    fn array(&mut self, depth: u8) -> Option<Value> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(Value::Array(values));
            }
            values.push(self.nested(depth + 1)?);
        }
    }

    fn hexadecimal(&mut self) -> Option<Value> {
        let rest = self.bytes.get(self.at + 1..)?;
        let length = rest.iter().position(|byte| *byte == b'>')?;
        self.at += length + 2;
        Some(Value::Hexadecimal(rest.get(..length)?.to_vec()))
    }

    /// Escapes stay as they are: strings are compared or copied, never shown.
    fn literal(&mut self) -> Option<Value> {
        let start = self.at + 1;
        let mut open = 0_u32;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' if open == 1 => break,
                b')' => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        Some(Value::Literal(self.bytes.get(start..self.at - 1)?.to_vec()))
    }

    /// A name written with `#` escapes is declined: two spellings of one key would be two readings.
    fn name(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let name = self.regular().to_vec();
        if name.contains(&b'#') { None } else { Some(name) }
    }

    fn number_or_word(&mut self) -> Option<Value> {
        let word = self.regular();
        if word.is_empty() {
            return None;
        }
        let text = std::str::from_utf8(word).ok()?;
        let Ok(number) = text.parse::<i64>() else {
            let known = matches!(text, "true" | "false" | "null") || text.parse::<f64>().is_ok();
            return known.then_some(Value::Other);
        };
        Some(self.reference(number).unwrap_or(Value::Number(number)))
    }

    /// `12 0 R` after its first number.
    fn reference(&mut self, number: i64) -> Option<Value> {
        let number = u32::try_from(number).ok()?;
        let before = self.at;
        let generation = self.unsigned().and_then(|generation| u32::try_from(generation).ok());
        match (generation, self.keyword("R")) {
            (Some(generation), Some(())) => Some(Value::Reference(number, generation)),
            _ => {
                self.at = before;
                None
            }
        }
    }

    /// Takes characters up to the next white space or delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| is_space(*byte) || is_delimiter(*byte))
            .unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Value> {
        Scanner::new(text.as_bytes(), 0).value().map(|placed| placed.value)
    }

    #[test]
    fn a_dictionary_is_read_with_the_places_of_its_values() {
        let text = b" <</Kids[110 0 R 7]/Name(a\\)(b))/Id<0a>/Real 1.5/Flag true/Sub<</X/Y>>>>";
        let Some(Placed { value: Value::Dictionary(found), span }) = Scanner::new(text, 0).value()
        else {
            panic!("a dictionary")
        };
        assert_eq!(span, Span { start: 1, end: text.len() });
        let kids = found.array("Kids").unwrap();
        assert_eq!(kids[0].value, Value::Reference(110, 0));
        assert_eq!(kids[1].value, Value::Number(7));
        assert_eq!(found.get("Name").unwrap().value, Value::Literal(b"a\\)(b)".to_vec()));
        let id = found.get("Id").unwrap();
        assert_eq!(&text[id.span.start..id.span.end], b"<0a>");
        assert!(found.dictionary("Sub").unwrap().is_name("X", "Y"));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_declined() {
        let Some(Value::Dictionary(twice)) = read("<</A 1/A 2>>") else { panic!("a dictionary") };
        assert_eq!(twice.get("A"), None);
        assert!(twice.has("A"));
        assert_eq!(read("<</By#74eRange 1>>"), None);
    }

    #[test]
    fn endless_and_broken_values_are_declined() {
        for text in ["<<", "<</A", "[1 2", "(abc", "<0a", "]", "", "<</A 1 2>>", &"[".repeat(5000)]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_declined(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Scanner::new(&bytes, 0).value();
        }
    }
}
