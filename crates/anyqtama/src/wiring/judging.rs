//! Who judges signatures, whom they trust and whom they ask.

use std::sync::Arc;
use std::time::Duration;

use adapters::{
    Anchor, BothVerifiers, ListFetcher, ListFetcherSettings, ListSource, NcaNodeSettings,
    NcaNodeVerifier, OwnVerifier, ResponderSettings, Responders, TrustFolder, TrustFolders,
    WithSyntheticPerson,
};
use anyhow::{Context, Result, bail};
use app::SignatureVerifier;

use crate::config::{AnchorConfig, Config, JudgeConfig, ListConfig, SignaturesConfig};
use crate::system::{SystemClock, SystemIds};

/// How long a responder may take: somebody waits for it.
const OCSP_PATIENCE: Duration = Duration::from_secs(3);
/// How long a whole revocation list may take: some are tens of megabytes.
const LIST_PATIENCE: Duration = Duration::from_secs(120);
/// Nobody's host is asked more often.
const LISTS_EVERY_MIN_SECONDS: u32 = 10;
/// How long NCANode may take: it asks a responder itself meanwhile.
const NCANODE_PATIENCE: Duration = Duration::from_secs(6);

/// Trusted authorities and their revocation lists.
pub fn trust(config: &Config) -> Result<Arc<TrustFolder>> {
    let SignaturesConfig { anchors_dir, crl_dir, anchors, .. } = &config.signatures;
    let (lists, clock) = (crl_dir.clone(), Arc::new(SystemClock));
    let trust = match anchors_dir {
        Some(anchors) => TrustFolder::load(TrustFolders { anchors: anchors.clone(), lists }, clock),
        None => {
            let anchors: Vec<Anchor> = anchors.iter().map(AnchorConfig::anchor).collect();
            TrustFolder::load_named(&anchors, lists, clock)
        }
    };
    Ok(Arc::new(trust.context("signatures")?))
}

/// Who fetches revocation lists, where addresses of some are configured.
pub fn list_fetcher(config: &Config) -> Result<Option<ListFetcher>> {
    let SignaturesConfig { lists, crl_dir, crl_every_seconds, .. } = &config.signatures;
    if lists.is_empty() {
        return Ok(None);
    }
    if *crl_every_seconds < LISTS_EVERY_MIN_SECONDS {
        bail!("signatures.crl_every_seconds: at least {LISTS_EVERY_MIN_SECONDS}");
    }
    let source = |one: &ListConfig| ListSource { file: one.file.clone(), urls: one.urls.clone() };
    let settings = ListFetcherSettings {
        folder: crl_dir.clone(),
        sources: lists.iter().map(source).collect(),
        every: Duration::from_secs((*crl_every_seconds).into()),
        patience: LIST_PATIENCE,
    };
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let fetcher = ListFetcher::new(settings, trust(config)?, clock, ids);
    Ok(Some(fetcher.context("signatures.lists")?))
}

/// Who judges citizens' signatures.
pub(super) fn verifier(
    config: &Config,
    trust: &Arc<TrustFolder>,
) -> Result<Arc<dyn SignatureVerifier>> {
    let SignaturesConfig { judge, ncanode_urls, .. } = &config.signatures;
    if *judge == JudgeConfig::Own {
        return Ok(Arc::new(own_verifier(config, trust)?));
    }
    let settings = NcaNodeSettings { urls: ncanode_urls.clone(), patience: NCANODE_PATIENCE };
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let node = NcaNodeVerifier::new(&settings, Arc::clone(trust), clock, ids);
    let node = node.context("signatures.ncanode_urls")?;
    Ok(match judge {
        JudgeConfig::Both => Arc::new(BothVerifiers::new(own_verifier(config, trust)?, node)),
        JudgeConfig::Own | JudgeConfig::Ncanode => Arc::new(node),
    })
}

/// With the synthetic person besides, where a prober walks: every process that serves must know him.
pub(super) fn with_synthetic_person(
    config: &Config,
    others: Arc<dyn SignatureVerifier>,
) -> Result<Arc<dyn SignatureVerifier>> {
    let operations = config.operations.as_ref();
    let Some(prober) = operations.and_then(|operations| operations.prober.as_ref()) else {
        return Ok(others);
    };
    let pem = crate::operations::prober::pem(&prober.key_file)?;
    let with = WithSyntheticPerson::new(others, prober.iin()?, pem.as_bytes());
    Ok(Arc::new(with.context("operations.prober.key_file")?))
}

/// Our own verification: by responders first, where addresses are configured.
fn own_verifier(config: &Config, trust: &Arc<TrustFolder>) -> Result<OwnVerifier> {
    let verifier = OwnVerifier::new(Arc::clone(trust));
    Ok(match responders(config)? {
        Some(responders) => verifier.asking(responders),
        None => verifier,
    })
}

/// Whom to ask whether a certificate is revoked, where addresses are configured.
pub(super) fn responders(config: &Config) -> Result<Option<Responders>> {
    let SignaturesConfig { ocsp_urls, ocsp_keep_seconds, .. } = &config.signatures;
    if ocsp_urls.is_empty() {
        return Ok(None);
    }
    let settings = ResponderSettings {
        urls: ocsp_urls.clone(),
        patience: OCSP_PATIENCE,
        keep_seconds: *ocsp_keep_seconds,
    };
    let responders = Responders::new(&settings, Arc::new(SystemClock), Arc::new(SystemIds));
    Ok(Some(responders.context("signatures.ocsp_urls")?))
}
