//! The protocol's shapes, read strictly: what is missing, superfluous or contradicts itself is refused with the reason.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Url;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

const SCHEME: &str = "mobileSign:";
const EXPIRY: &str = "%Y-%m-%dT%H:%M:%S%.f%z";

/// The address of API 1 in what a camera or a link gives.
#[must_use]
pub fn address_of(text: &str) -> Option<Url> {
    let text = text.trim();
    if let Some(address) = text.strip_prefix(SCHEME) {
        return Url::parse(address).ok();
    }
    let link = Url::parse(text).ok()?;
    let value = |name: &str| {
        let mut pairs = link.query_pairs().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.into_owned())
    };
    let is_ours = value("isi").as_deref() == Some("1476128386")
        && value("ibi").as_deref() == Some("kz.egov.mobile")
        && value("apn").as_deref() == Some("kz.mobile.mgov");
    Url::parse(&value("link").filter(|_| is_ours)?).ok()
}

/// `auth_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Auth {
    /// A bearer token.
    Token,
    /// The address, signed.
    Eds,
    /// Nothing.
    None,
}

/// `signMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// XML, with the signature inside.
    #[serde(rename = "XML")]
    Xml,
    /// CMS, with the data inside.
    #[serde(rename = "CMS_WITH_DATA")]
    CmsWithData,
    /// CMS without the data.
    #[serde(rename = "CMS_SIGN_ONLY")]
    CmsSignOnly,
}

/// API 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// What it is about.
    pub description: String,
    expiry_date: String,
    /// Who asks.
    pub organisation: Organisation,
    document: Place,
}

/// Who asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organisation {
    /// In Russian.
    pub name_ru: String,
    /// In Kazakh.
    pub name_kz: String,
    /// In English.
    pub name_en: String,
    /// BIN.
    pub bin: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(deserialize_with = "url")]
    uri: Url,
    auth_type: Auth,
    auth_token: String,
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(|_| D::Error::custom("uri is none"))
}

impl Invitation {
    /// Reads what an address answered.
    ///
    /// # Errors
    /// What is against the protocol.
    pub fn read(body: &[u8], from: &Url) -> Result<Self, String> {
        let invitation: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let Organisation { name_ru, name_kz, name_en, bin } = &invitation.organisation;
        let texts = [&invitation.description, name_ru, name_kz, name_en];
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err("a text is empty".to_owned());
        }
        if bin.len() != 12 || !bin.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err("bin is none".to_owned());
        }
        invitation.expires_at().ok_or("expiry_date has another form")?;
        let place = &invitation.document;
        if (place.auth_type == Auth::Token) == place.auth_token.is_empty() {
            return Err("auth_token does not go with auth_type".to_owned());
        }
        if place.uri.host() != from.host() || place.uri.scheme() != from.scheme() {
            return Err("uri leads elsewhere".to_owned());
        }
        Ok(invitation)
    }

    /// Until when it is good.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::strptime(EXPIRY, &self.expiry_date).ok()
    }

    /// Where the document is.
    #[must_use]
    pub fn uri(&self) -> &Url {
        &self.document.uri
    }

    /// How to ask for it.
    #[must_use]
    pub fn auth(&self) -> Auth {
        self.document.auth_type
    }

    /// The token to ask with; empty where none is needed.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.document.auth_token
    }
}

/// API 2.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    sign_method: Method,
    documents_to_sign: Vec<Document>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    id: u32,
    name_ru: String,
    name_kz: String,
    name_en: String,
    meta: Vec<Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_xml: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Wrapped>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    name: String,
    value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    file: File,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mime: String,
    data: String,
}

impl Order {
    /// Reads what an address answered.
    ///
    /// # Errors
    /// What is against the protocol.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let order: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if order.documents_to_sign.is_empty() {
            return Err("there is nothing to sign".to_owned());
        }
        for document in &order.documents_to_sign {
            let names = [&document.name_ru, &document.name_kz, &document.name_en];
            if names.iter().any(|name| name.trim().is_empty()) {
                return Err("a document has no name".to_owned());
            }
            order.content(document)?;
        }
        Ok(order)
    }

    /// How to sign.
    #[must_use]
    pub fn method(&self) -> Method {
        self.sign_method
    }

    /// Names of what is to be signed, in Kazakh, Russian and English.
    pub fn names(&self) -> impl Iterator<Item = [&str; 3]> {
        let documents = self.documents_to_sign.iter();
        documents.map(|one| [one.name_kz.as_str(), one.name_ru.as_str(), one.name_en.as_str()])
    }

    /// What is told of it, line by line.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.documents_to_sign.iter().flat_map(|one| &one.meta).map(|meta| meta.value.as_str())
    }

    /// What is to be signed, document by document.
    ///
    /// # Errors
    /// What is against the protocol.
    pub fn contents(&self) -> Result<Vec<Vec<u8>>, String> {
        self.documents_to_sign.iter().map(|document| self.content(document)).collect()
    }

    fn content(&self, document: &Document) -> Result<Vec<u8>, String> {
        match (self.sign_method, &document.document_xml, &document.document) {
            (Method::Xml, Some(xml), None) => Ok(xml.clone().into_bytes()),
            (Method::CmsWithData | Method::CmsSignOnly, None, Some(Wrapped { file })) => {
                if !file.mime.starts_with("@file/") {
                    return Err("mime has another form".to_owned());
                }
                STANDARD.decode(&file.data).map_err(|error| error.to_string())
            }
            _ => Err("the document does not go with signMethod".to_owned()),
        }
    }

    /// The same with signatures in place of the documents.
    #[must_use]
    pub fn signed(&self, signatures: &[Vec<u8>]) -> Self {
        let mut signed = self.clone();
        for (document, signature) in signed.documents_to_sign.iter_mut().zip(signatures) {
            if let Some(xml) = &mut document.document_xml {
                *xml = String::from_utf8_lossy(signature).into_owned();
            }
            if let Some(Wrapped { file }) = &mut document.document {
                file.data = STANDARD.encode(signature);
            }
        }
        signed
    }
}
