//! What is kept with a request about the judgement of its signature: enough to judge again years later without a network.
//!
//! The authorities' certificates and a responder's answer are kept as they are; a revocation list, which may be many
//! megabytes, by its number and date.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use signature::Moment;
use signature::cms::Signed;
use signature::trust::{Delta, ListEvidence, OcspEvidence, RevocationEvidence};

#[derive(Serialize)]
struct Evidence {
    /// DER, base64; the CMS may have named it without carrying it.
    certificate: String,
    /// SHA-256 of the authorities, the direct issuer first.
    authorities: Vec<String>,
    /// Their certificates, DER, base64.
    chain: Vec<String>,
    #[serde(flatten)]
    revocation: Revocation,
    #[serde(flatten)]
    stamp: Option<Stamp>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Revocation {
    Ocsp {
        /// DER, base64.
        ocsp_response: String,
        ocsp_this_update: Option<Timestamp>,
        ocsp_produced_at: Option<Timestamp>,
    },
    List {
        revocation_list_made_at: Option<Timestamp>,
        revocation_list_number: Option<String>,
        #[serde(flatten)]
        changes: Option<Changes>,
    },
}

#[derive(Serialize)]
struct Changes {
    delta_list_made_at: Option<Timestamp>,
    delta_list_number: Option<String>,
}

#[derive(Serialize)]
struct Stamp {
    /// Token, DER, base64.
    time_stamp: String,
    time_stamped_at: Option<Timestamp>,
}

/// The evidence as JSON.
pub(super) fn evidence(signed: &Signed) -> String {
    let chain = &signed.evidence;
    let evidence = Evidence {
        certificate: STANDARD.encode(signed.certificate.der()),
        authorities: chain.authorities.iter().map(hex::encode).collect(),
        chain: chain.chain.iter().map(|der| STANDARD.encode(der)).collect(),
        revocation: revocation(&chain.revocation),
        stamp: signed.stamp.as_ref().map(|stamp| Stamp {
            time_stamp: STANDARD.encode(&stamp.token),
            time_stamped_at: timestamp(stamp.stamp.made_at),
        }),
    };
    // Strings only: there is nothing in them that JSON could not carry.
    serde_json::to_string(&evidence).unwrap_or_default()
}

fn revocation(evidence: &RevocationEvidence) -> Revocation {
    match evidence {
        RevocationEvidence::Ocsp(OcspEvidence { response, this_update, produced_at }) => {
            Revocation::Ocsp {
                ocsp_response: STANDARD.encode(response),
                ocsp_this_update: timestamp(*this_update),
                ocsp_produced_at: timestamp(*produced_at),
            }
        }
        RevocationEvidence::List(ListEvidence { made_at, number, delta }) => Revocation::List {
            revocation_list_made_at: timestamp(*made_at),
            revocation_list_number: number.as_ref().map(hex::encode),
            changes: delta.as_ref().map(|Delta { made_at, number }| Changes {
                delta_list_made_at: timestamp(*made_at),
                delta_list_number: number.as_ref().map(hex::encode),
            }),
        },
    }
}

fn timestamp(moment: Moment) -> Option<Timestamp> {
    Timestamp::from_second(moment.0).ok()
}
