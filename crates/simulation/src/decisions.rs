//! A decision against the truth: what the sources told, and what the law says to that.
//!
//! Read next: `facts.rs` for the table.

use std::collections::BTreeSet;

use app::{PlannedResult, StoredDecision, StoredRequest};
use domain::{DocumentContent, Outcome, RefusalGround, astana_date};

use crate::breach::{Breach, require};
use crate::facts::{Asked, Lawful};
use crate::sources::{Truth, is_given, person_of};

/// Holds a decision and the documents planned against what its sources truly said.
pub(crate) fn check(
    stored: &StoredRequest,
    decision: &StoredDecision,
    planned: &[PlannedResult],
    truth: &Truth,
) -> Result<(), Breach> {
    let number = || stored.number.to_string();
    let person = person_of(stored.request.applicant).expect("only people of the stage ask");
    let told = truth.lock();
    let evidence = &decision.evidence;
    let rests = "a decision rests on what the sources truly said";
    require(told.told_consent(person, &evidence.consent), rests, number)?;
    if !is_given(&evidence.consent) {
        require(evidence.data_bank.is_none(), "without consent the bank is no evidence", number)?;
        let ground = RefusalGround::NoConsent;
        truth.counter.count("decisions", "refused: no consent");
        return refusal(&decision.outcome, ground, planned, &number);
    }
    let fact = evidence.data_bank.as_ref().and_then(|answer| told.told(person, answer));
    let Some(fact) = fact else { return Err(Breach::of(rests, number())) };
    let asked = Asked::of(person, &stored.request.wards);
    match fact.lawful(person, asked, astana_date(decision.decided_at)) {
        Lawful::Wait => {
            let detail = format!("{} by {}", number(), fact.code());
            Err(Breach::of("a fault of the data decides nothing", detail))
        }
        Lawful::NoGuardianRecord => {
            truth.counter.count("decisions", "refused: no guardian record");
            refusal(&decision.outcome, RefusalGround::NoGuardianRecord, planned, &number)
        }
        Lawful::Certificates { wards, without_record } => {
            let mixed = !without_record.is_empty();
            let word = if mixed { "granted and refused beside" } else { "granted" };
            truth.counter.count("decisions", word);
            let Outcome::Granted { appointments, without_record: refused, .. } = &decision.outcome
            else {
                return Err(Breach::of("a guardian on record is not refused", number()));
            };
            let certified: BTreeSet<&str> =
                appointments.iter().map(|one| one.ward_id.0.as_str()).collect();
            let lawful: BTreeSet<&str> = wards.iter().map(String::as_str).collect();
            require(certified == lawful, "each ward on record is certified", number)?;
            let count = appointments.iter().count();
            require(count == lawful.len(), "one certificate for each ward", number)?;
            require(*refused == without_record, "a refusal names whom it is about", number)?;
            documents(planned, &wards, mixed, &number)
        }
    }
}

fn refusal(
    outcome: &Outcome,
    lawful: RefusalGround,
    planned: &[PlannedResult],
    number: &impl Fn() -> String,
) -> Result<(), Breach> {
    let right = matches!(outcome, Outcome::Refused { ground, .. } if *ground == lawful);
    require(right, "the answer is the lawful one", number)?;
    documents(planned, &[], true, number)
}

/// One certificate for each ward and one refusal at most, never both for one ward.
fn documents(
    planned: &[PlannedResult],
    wards: &[String],
    refused: bool,
    number: &impl Fn() -> String,
) -> Result<(), Breach> {
    let mut certified = BTreeSet::new();
    let mut certified_iins = Vec::new();
    let mut refusals = Vec::new();
    for one in planned {
        match &one.content {
            DocumentContent::Certificate(certificate) => {
                certified.insert(one.ward_key.0.as_str());
                certified_iins.extend(certificate.ward_iin);
            }
            DocumentContent::Refusal(refusal) => refusals.push(refusal),
            DocumentContent::Answer(_) => {}
        }
    }
    let lawful: BTreeSet<&str> = wards.iter().map(String::as_str).collect();
    let whole = certified == lawful && planned.len() == wards.len() + usize::from(refused);
    require(
        whole && refusals.len() == usize::from(refused),
        "one answer to each question",
        number,
    )?;
    let both = refusals
        .iter()
        .any(|refusal| refusal.named_wards.iter().any(|iin| certified_iins.contains(iin)));
    require(!both, "no ward is both certified and refused", number)
}
