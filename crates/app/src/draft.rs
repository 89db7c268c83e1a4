//! Preparing a request: the exact document the person will sign, kept before he signs it.

use domain::{Consents, ElectronicRequest, Iin, Kato, Language, WardsAsked};
use jiff::SignedDuration;

use crate::backlog::Busy;
use crate::ports::{Draft, StoreError};
use crate::service::Service;
use crate::signed_document::SignedDocument;
use crate::statement::{Statement, Ways};

/// What a person filled in.
#[derive(Clone, Debug)]
pub struct DraftOrder {
    /// Who asks.
    pub applicant: Iin,
    /// Language of the text to be signed.
    pub language: Language,
    /// For which wards.
    pub wards: WardsAsked,
    /// Both answers.
    pub consents: Consents,
    /// Addressed department, if chosen.
    pub provider: Option<Kato>,
}

/// Why nothing was prepared.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No provider has this territory.
    #[error("no provider has this territory")]
    UnknownProvider,
    /// What would be signed could not be registered now.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DraftError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownProvider => "provider_unknown",
            Self::Busy(busy) => busy.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// The text of a request as it would be signed; with the person's name where it is known before he signs.
    #[must_use]
    pub fn statement(&self, request: &ElectronicRequest, name: Option<&str>) -> Statement {
        let addressee = request.provider.as_ref().map(|kato| self.providers().of(kato));
        let ways = if self.passwords_confirm_requests() {
            Ways::SignatureOrPassword
        } else {
            Ways::Signature
        };
        self.texts.statement(request, name, addressee, &self.settings().operator, ways)
    }

    /// Keeps a document to be signed, good for one submission.
    ///
    /// # Errors
    /// [`DraftError`].
    pub async fn prepare_draft(&self, order: DraftOrder) -> Result<Draft, DraftError> {
        self.prepare_draft_of(order, None).await
    }

    /// The same for a person whose name is known because he is signed in: the consent names him.
    ///
    /// # Errors
    /// [`DraftError`].
    pub async fn prepare_draft_of(
        &self,
        order: DraftOrder,
        name: Option<&str>,
    ) -> Result<Draft, DraftError> {
        self.prepare(order, name, self.settings().draft).await
    }

    /// The same for somebody whose signature may be long on its way.
    ///
    /// # Errors
    /// [`DraftError`].
    pub async fn prepare_draft_for(
        &self,
        order: DraftOrder,
        life: SignedDuration,
    ) -> Result<Draft, DraftError> {
        self.prepare(order, None, life).await
    }

    async fn prepare(
        &self,
        order: DraftOrder,
        name: Option<&str>,
        life: SignedDuration,
    ) -> Result<Draft, DraftError> {
        if order.provider.as_ref().is_some_and(|kato| !self.providers().knows(kato)) {
            return Err(DraftError::UnknownProvider);
        }
        let _place = self.place_to_prepare().await?;
        let DraftOrder { applicant, language, wards, consents, provider } = order;
        let request = ElectronicRequest { applicant, wards, consents, language, provider };
        let statement = self.statement(&request, name);
        let challenge = self.parts.ids.token();
        let (prepared_at, expires_at) = (self.now(), self.after(life));
        let document =
            SignedDocument::new(&request, &challenge, prepared_at, expires_at, statement.lines)
                .to_bytes();
        let consents = statement.consents;
        let (became, led_to) = (None, None);
        let draft = Draft {
            challenge,
            request,
            consents,
            document,
            prepared_at,
            expires_at,
            became,
            led_to,
        };
        self.store().put_draft(&draft).await?;
        Ok(draft)
    }

    /// A draft by its challenge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError> {
        self.store().draft(challenge).await
    }
}
