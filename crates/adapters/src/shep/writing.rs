//! XML as it is sent: elements, and text that cannot become markup.

/// Text of a message as it grows.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    /// An element without a namespace, or with a prefix in its name, around what `content` writes.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.element_with(name, "", content);
    }

    /// The same with attributes, written as they are.
    pub fn element_with(&mut self, name: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        self.0.push('<');
        self.0.push_str(name);
        if !attributes.is_empty() {
            self.0.push(' ');
            self.0.push_str(attributes);
        }
        self.0.push('>');
        content(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.element(name, |inside| inside.escaped(text));
    }

    /// The same where there is any.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }

    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '\r' => self.0.push_str("&#xD;"),
                '\t' | '\n' => self.0.push(character),
                // XML has no way to hold these.
                '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
                control if control < ' ' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let mut writer = Writer::default();
        writer.element_with("s:a", "xmlns:s=\"u:1\"", |inside| {
            inside.text("b", "</b><c x='1'/>&amp;\u{1}\r");
            inside.optional("d", None);
        });
        let text = writer.finish();
        assert_eq!(
            text,
            "<s:a xmlns:s=\"u:1\"><b>&lt;/b&gt;&lt;c x='1'/&gt;&amp;amp;\u{fffd}&#xD;</b></s:a>"
        );
        roxmltree::Document::parse(&text).unwrap();
    }
}
