//! The consents that were signed together with the request.
//!
//! Nobody else has to be asked: the signature over the request covers them. The other implementation of the port asks
//! the person by 1414 besides (`kdp`). Read next: `domain::Consents`.

mod kdp;

pub use kdp::{KdpConsent, KdpSettings, KdpWords};

use app::ConsentService;
use async_trait::async_trait;
use domain::{Answer, Consents, ElectronicRequest};

/// Answers with what the person signed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignedConsent;

#[async_trait]
impl ConsentService for SignedConsent {
    async fn consents(&self, request: &ElectronicRequest) -> Answer<Consents> {
        Answer::Known(request.consents)
    }
}

#[cfg(test)]
mod tests {
    use domain::{ConsentDecision, Iin, Language, WardsAsked};

    use super::*;

    #[tokio::test]
    async fn the_answer_is_what_was_signed_also_where_it_was_refused() {
        for restricted_data in [ConsentDecision::Given, ConsentDecision::Refused] {
            let consents = Consents { restricted_data, protected_secret: ConsentDecision::Refused };
            let request = ElectronicRequest {
                applicant: Iin::parse("800101300016").unwrap(),
                wards: WardsAsked::All,
                consents,
                language: Language::Kk,
                provider: None,
            };
            let answer = SignedConsent.consents(&request).await;
            assert_eq!(answer, Answer::Known(consents));
        }
    }
}
