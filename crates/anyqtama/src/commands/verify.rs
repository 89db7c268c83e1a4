//! `verify` and `signature verify`: judgements that need no server and no network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::{
    FactsSignature, JudgedDocument, OwnDocumentVerifier, Sealers, TrustFolder, TrustFolders,
};
use anyhow::{Context, Result, bail};
use app::{Clock, DocumentVerdict};
use domain::{Bin, DocumentContent};
use jiff::Timestamp;
use serde_json::{Value, json};
use signature::cms::{self, Content, Policy, Purpose, Signer};
use signature::pades::Level;
use signature::trust::{Online, TrustStore};
use signature::{Moment, Objection, Verdict, xml};

use crate::cli::{SignatureVerifyArguments, VerifyArguments};
use crate::commands::Status;
use crate::config::provider_list;
use crate::output::{complain, say, say_json};
use crate::system::SystemClock;

/// What is printed and how it ends.
struct Report {
    status: Status,
    words: String,
    json: Value,
}

impl Report {
    /// With what is wrong with the facts signature.
    fn about_facts_signature(mut self, fault: Option<&str>) -> Self {
        if let Some(fault) = fault {
            self.words.push_str(&format!(" (facts signature: {fault})"));
            if let Some(json) = self.json.as_object_mut() {
                json.insert("facts_signature_fault".to_owned(), fault.into());
            }
        }
        self
    }

    fn print(self, as_json: bool) -> Result<Status> {
        if as_json {
            say_json(&self.json)?;
        } else {
            say(self.words);
        }
        Ok(self.status)
    }
}

/// `verify FILE.pdf`
pub fn document(arguments: &VerifyArguments) -> Result<Status> {
    Ok(judge_document(arguments).unwrap_or_else(|error| unusable(&error)))
}

/// What stands in the way of judging says nothing about what was to be judged.
fn unusable(error: &anyhow::Error) -> Status {
    complain(format!("{error:#}"));
    Status::WrongUse
}

fn judge_document(arguments: &VerifyArguments) -> Result<Status> {
    let Some(pdf) = read(&arguments.file) else { return Ok(Status::WrongUse) };
    let trust = trust(&arguments.anchors, arguments.crl.as_deref())?;
    let verifier = OwnDocumentVerifier::new(trust, sealers(arguments)?);
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let JudgedDocument { verdict, seal, facts_signature, facts_fault } = verifier.judge(&pdf, at);
    let report = match verdict {
        DocumentVerdict::Genuine(content) => genuine(&content, seal, facts_signature),
        DocumentVerdict::NotGenuine(code) => failed(Status::Refused, "not genuine", code),
        DocumentVerdict::Unreadable(code) => failed(Status::WrongUse, "unreadable", code),
        DocumentVerdict::CannotTell(code) => {
            failed(Status::CannotTell, "cannot be checked now", code)
        }
    };
    report.about_facts_signature(facts_fault).print(arguments.json)
}

/// Any organisation can have a certificate of a trusted authority: only providers' seals count, each in its own name,
/// and the operator's where one is named.
fn sealers(arguments: &VerifyArguments) -> Result<Sealers> {
    let operator = arguments.operator_bin.as_deref().map(Bin::parse).transpose();
    let providers = provider_list(arguments.providers.as_deref())?;
    Ok(Sealers {
        operators: operator.context("--operator-bin")?.into_iter().collect(),
        providers: providers.iter().map(|provider| provider.bin).collect(),
    })
}

fn genuine(
    content: &DocumentContent,
    seal: Option<(Level, Option<Timestamp>)>,
    facts_signature: Option<FactsSignature>,
) -> Report {
    let kind = match content {
        DocumentContent::Certificate(_) => "certificate",
        DocumentContent::Refusal(_) => "refusal",
        DocumentContent::Answer(_) => "answer",
    };
    let (number, made_at) = (content.number().as_str(), content.made_at());
    let (provider, form) = (&content.provider().name, content.form_version().code());
    let level = seal.map_or("", |(level, _)| level.code());
    let stamped_at = seal.and_then(|(_, stamped_at)| stamped_at);
    let stamped = stamped_at.map(|at| format!(", stamped {at}")).unwrap_or_default();
    let signer = facts_signature.as_ref().map(|signature| signature.bin.digits());
    let signed = signer.as_ref().map(|bin| format!(", facts signed by BIN {bin}"));
    let facts_signature = facts_signature
        .zip(signer)
        .map(|(signature, bin)| json!({ "signer_bin": bin, "claimed_time": signature.signed_at }));
    Report {
        status: Status::Done,
        words: format!(
            "genuine: {kind} {number} of {made_at} by the form {form}, sealed for {} ({level}{stamped}){}",
            provider.ru,
            signed.unwrap_or_default()
        ),
        json: json!({ "verdict": "genuine", "kind": kind, "number": number, "made_at": made_at,
            "form_version": form, "provider": provider, "level": level, "stamped_at": stamped_at,
            "facts_signature": facts_signature }),
    }
}

/// `signature verify FILE`: a CMS, or a signed XML document
pub fn signature(arguments: &SignatureVerifyArguments) -> Result<Status> {
    Ok(judge_signature(arguments).unwrap_or_else(|error| unusable(&error)))
}

fn judge_signature(arguments: &SignatureVerifyArguments) -> Result<Status> {
    let Some(signed) = read(&arguments.file) else { return Ok(Status::WrongUse) };
    let (Some(content), Some(kept)) = (optional(&arguments.content), optional(&arguments.ocsp))
    else {
        return Ok(Status::WrongUse);
    };
    let trust = trust(&arguments.anchors, arguments.crl.as_deref())?.current();
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let examined = examined(&signed, content.as_deref(), &trust, Moment(at.as_second()))?;
    let verdict = match (examined, kept) {
        (Err(objection), _) => objection.into(),
        (Ok(examined), None) => examined.conclude(Online::NotAsked),
        (Ok(examined), Some(response)) => examined.conclude_kept(&response),
    };
    judged(verdict).print(arguments.json)
}

/// By what it looks like. What an XML signature is over stands in the document itself.
fn examined<'a>(
    signed: &[u8],
    content: Option<&[u8]>,
    trust: &'a TrustStore,
    at: Moment,
) -> Result<Result<cms::Examined<'a>, Objection>> {
    let policy = Policy { purpose: Purpose::Document, signer: Signer::Anybody };
    if !xml::is_xml(signed) {
        let expected = content.map_or(Content::AnyAttached, Content::Detached);
        return Ok(cms::examine(signed, expected, policy, trust, at));
    }
    if content.is_some() {
        bail!("--content is for CMS: a signed XML document has its content inside");
    }
    Ok(xml::examine(signed, xml::Content::AnyDocument, policy, trust, at))
}

fn judged(verdict: Verdict) -> Report {
    use signature::Reason::{Empty, Malformed, NotSignedData, TooLarge, XmlMalformed};
    match verdict {
        Verdict::Valid(signed) => {
            let name = signed.names.common_name.clone().unwrap_or_default();
            let time = |at: Moment| Timestamp::from_second(at.0).ok();
            let signed_at = signed.signing_time.and_then(time);
            let stamped_at = signed.stamp.as_ref().and_then(|one| time(one.stamp.made_at));
            Report {
                status: Status::Done,
                words: format!("valid: signed by {name}"),
                json: json!({ "verdict": "valid", "common_name": name, "claimed_time": signed_at,
                    "time_stamp": stamped_at }),
            }
        }
        Verdict::Invalid(
            reason @ (Empty | Malformed | NotSignedData | TooLarge | XmlMalformed),
        ) => failed(Status::WrongUse, "unreadable", reason.code()),
        Verdict::Invalid(reason) => failed(Status::Refused, "not valid", reason.code()),
        Verdict::CannotTell(doubt) => {
            failed(Status::CannotTell, "cannot be checked now", doubt.code())
        }
    }
}

fn failed(status: Status, verdict: &str, code: &str) -> Report {
    Report {
        status,
        words: format!("{verdict}: {code}"),
        json: json!({ "verdict": verdict.replace(' ', "_"), "code": code }),
    }
}

/// A file that need not be given, but must be there where it is.
fn optional(path: &Option<PathBuf>) -> Option<Option<Vec<u8>>> {
    match path {
        None => Some(None),
        Some(path) => read(path).map(Some),
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    match std::fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            complain(format!("cannot read {}: {error}", path.display()));
            None
        }
    }
}

/// Lists lie beside the authorities, in a folder `crl`, unless told otherwise. A single list may be named too.
fn trust(anchors: &Path, lists: Option<&Path>) -> Result<Arc<TrustFolder>> {
    let beside = || {
        let sibling = anchors.parent().unwrap_or(anchors).join("crl");
        if sibling.is_dir() { sibling } else { anchors.to_owned() }
    };
    let lists: PathBuf = lists.map_or_else(beside, Path::to_owned);
    let folders = TrustFolders { anchors: anchors.to_owned(), lists };
    let trust = TrustFolder::load(folders, Arc::new(SystemClock));
    Ok(Arc::new(trust.context("the trusted authorities")?))
}
