//! Forms as they arrive, urlencoded or multipart, and the signature in them: pasted text or an uploaded file.
//!
//! Knows no page. The size of a body is limited where the routes are.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::failure::Failure;

/// Most fields a form may have; the longest real one has every text of the forms of documents in two languages.
pub const FIELDS_MAX: usize = 400;

/// The fields of a form in order.
#[derive(Debug, Default)]
pub struct FormFields {
    texts: Vec<(String, String)>,
    files: Vec<File>,
}

/// An uploaded file: its field, its name, its bytes.
type File = (String, String, Bytes);

impl FormFields {
    /// The first value of a field, trimmed; empty where it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let found = self.texts.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every value of a field, trimmed.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// The fields of these names as they came.
    #[must_use]
    pub fn named(&self, names: &[&str]) -> Vec<(String, String)> {
        self.texts.iter().filter(|(field, _)| names.contains(&field.as_str())).cloned().collect()
    }

    /// Whether a field came at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.texts.iter().any(|(field, _)| field == name)
    }

    /// An uploaded file that is not empty.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Bytes> {
        self.named_file(name).map(|(_, bytes)| bytes)
    }

    /// The same with its name.
    #[must_use]
    pub fn named_file(&self, name: &str) -> Option<(&str, &Bytes)> {
        let mut files = self.files.iter();
        let found = files.find(|(field, _, bytes)| field == name && !bytes.is_empty());
        found.map(|(_, name, bytes)| (name.as_str(), bytes))
    }

    /// The signature, from the file where one was chosen, else from the text.
    ///
    /// # Errors
    /// Stable code of why there is none.
    pub fn signature(&self) -> Result<Vec<u8>, &'static str> {
        match self.file("signature_file") {
            Some(bytes) => signature_of_file(bytes),
            None => signature_of_text(self.text("signature")),
        }
    }
}

fn signature_of_file(bytes: &Bytes) -> Result<Vec<u8>, &'static str> {
    // A DER or BER SEQUENCE begins with 0x30, the character «0», which base64 of a SEQUENCE never does.
    match (bytes.first(), std::str::from_utf8(bytes)) {
        (Some(0x30), _) | (_, Err(_)) => Ok(bytes.to_vec()),
        (_, Ok(text)) => signature_of_text(text),
    }
}

/// A signature as base64, with or without the lines of PEM round it.
///
/// # Errors
/// Stable code of why it is none.
pub fn signature_of_text(text: &str) -> Result<Vec<u8>, &'static str> {
    let body: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    if body.is_empty() {
        return Err("empty");
    }
    STANDARD.decode(body).map_err(|_| "malformed")
}

impl<S: Send + Sync> FromRequest<S> for FormFields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_multipart =
            kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        let fields = if is_multipart {
            read_multipart(
                Multipart::from_request(request, state).await.map_err(|_| Failure::Malformed)?,
            )
            .await?
        } else {
            let form = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
            let axum::Form(texts) = form.map_err(|refused| failure_of(refused.status()))?;
            Self { texts, files: Vec::new() }
        };
        if fields.texts.len() > FIELDS_MAX { Err(Failure::Malformed) } else { Ok(fields) }
    }
}

fn failure_of(status: StatusCode) -> Failure {
    if status == StatusCode::PAYLOAD_TOO_LARGE { Failure::TooLarge } else { Failure::Malformed }
}

async fn read_multipart(mut multipart: Multipart) -> Result<FormFields, Failure> {
    let mut fields = FormFields::default();
    while let Some(field) =
        multipart.next_field().await.map_err(|error| failure_of(error.status()))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|error| failure_of(error.status()))?;
        if let Some(file_name) = file_name {
            fields.files.push((name, file_name, bytes));
        } else {
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::Malformed)?;
            fields.texts.push((name, text));
        }
        if fields.texts.len() + fields.files.len() > FIELDS_MAX {
            return Err(Failure::Malformed);
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(text: &str) -> Result<Vec<u8>, &'static str> {
        let texts = vec![("signature".to_owned(), text.to_owned())];
        FormFields { texts, files: Vec::new() }.signature()
    }

    fn uploaded(bytes: &'static [u8]) -> Result<Vec<u8>, &'static str> {
        let files =
            vec![("signature_file".to_owned(), "name".to_owned(), Bytes::from_static(bytes))];
        FormFields { texts: Vec::new(), files }.signature()
    }

    #[test]
    fn a_signature_is_read_from_base64_pem_and_binary() {
        assert_eq!(pasted("MIIB"), Ok(vec![0x30, 0x82, 0x01]));
        assert_eq!(pasted(" MI\r\nIB "), Ok(vec![0x30, 0x82, 0x01]));
        let pem = "-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n";
        assert_eq!(pasted(pem), Ok(vec![0x30, 0x82, 0x01]));
        assert_eq!(uploaded(b"MIIB\n"), Ok(vec![0x30, 0x82, 0x01]));
        assert_eq!(uploaded(&[0x30, 0x82, 0x01]), Ok(vec![0x30, 0x82, 0x01]));
    }

    #[test]
    fn nothing_and_nonsense_are_told_apart() {
        assert_eq!(pasted(" \n"), Err("empty"));
        assert_eq!(pasted("not base64!"), Err("malformed"));
        assert_eq!(uploaded(b""), Err("empty"));
        assert_eq!(uploaded(b"hello, world"), Err("malformed"));
    }
}
