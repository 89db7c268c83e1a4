//! What stands around the demo's service instead of the world: the signer, telephones, and what the authority keeps for
//! others to ask.
//!
//! All of them listen on loopback addresses, most of them drawn, and tell the configuration where they are. Read next:
//! `phones.rs`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use app::Clock;
use signature::pades::Level;
use simulators::authority::{Algorithm, loopback_certificate, revoked_keys};
use simulators::crl_host::CrlHost;
use simulators::egov_mobile::{EgovMobile, PhoneKey};
use simulators::ncalayer::{NcaLayer, OfferedKey};
use simulators::ocsp::Ocsp;
use simulators::tsa::Tsa;
use tokio::task::JoinSet;

use crate::cli::DemoArguments;
use crate::config::{EgovMobileConfig, ListConfig};
use crate::demo::phones::Telephones;
use crate::demo::prepare::Prepared;
use crate::serve::Shutdown;
use crate::system::{SystemClock, randomness};

/// Level of the demo's seals.
const SEAL_LEVEL: Level = Level::Archived;

/// Where a person finds the demo.
#[derive(Clone, Copy)]
pub struct Addresses {
    /// The portal.
    pub portal: SocketAddr,
    /// The signer's window.
    pub signer: SocketAddr,
    /// The telephone with eGov Mobile.
    pub phone: SocketAddr,
    /// The page with the messages on the people's telephones.
    pub phones: SocketAddr,
}

/// All of them, listening.
pub struct Counterparts {
    stamping: [Tsa; 2],
    responder: Ocsp,
    lists: CrlHost,
    signer: NcaLayer,
    telephone: EgovMobile,
    telephones: Telephones,
    addresses: Addresses,
}

impl Counterparts {
    /// For a portal and a signer at these addresses. The configuration in the folder is written again with the others'.
    pub async fn bind(
        prepared: &mut Prepared,
        arguments: &DemoArguments,
        portal: SocketAddr,
        signer_address: SocketAddr,
    ) -> Result<Self> {
        let stamping = time_stamping_authorities(prepared).await?;
        let responder = responder(prepared).await?;
        let lists = list_host(prepared).await?;
        let telephone = telephone(prepared, arguments, portal).await?;
        let telephones = Telephones::bind(prepared, arguments).await?;
        let signer = signer(prepared, signer_address).await?;
        let config = toml::to_string(&prepared.config)?;
        prepared.folder.write("anyqtama.toml", config.as_bytes())?;
        let addresses = Addresses {
            portal,
            signer: signer_address,
            phone: telephone.address(),
            phones: telephones.page(),
        };
        Ok(Self { stamping, responder, lists, signer, telephone, telephones, addresses })
    }

    /// Where a person finds them.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Lets them answer until the word to end.
    pub fn start(self, shutdown: &Shutdown) -> JoinSet<()> {
        let ending = || {
            let shutdown = shutdown.clone();
            async move { shutdown.wait().await }
        };
        let mut running = JoinSet::new();
        for authority in self.stamping {
            running.spawn(authority.serve(ending()));
        }
        running.spawn(self.responder.serve(ending()));
        running.spawn(self.lists.serve(ending()));
        running.spawn(self.signer.serve(ending()));
        running.spawn(self.telephone.serve(ending()));
        running.spawn(self.telephones.serve(shutdown.clone()));
        running
    }
}

async fn signer(prepared: &Prepared, address: SocketAddr) -> Result<NcaLayer> {
    let own = loopback_certificate(SystemClock.now())?;
    let tls = simulators::ncalayer::tls(&own)?;
    let keys = prepared
        .people
        .iter()
        .zip(&prepared.keys)
        .map(|(person, key)| OfferedKey { key: key.clone(), about: person.about.clone() })
        .chain(
            prepared
                .staff
                .iter()
                .map(|(member, key)| OfferedKey { key: key.clone(), about: member.about.clone() }),
        )
        .collect();
    let clock = Arc::new(|| SystemClock.now());
    NcaLayer::bind(address, keys, Some(tls), clock).await.context("the demo's signer")
}

/// One with GOST keys for the journal, one with RSA keys for the seals, which programs from everywhere must be able to
/// judge. Their addresses are drawn, so the configuration in the folder is written again with them.
async fn time_stamping_authorities(prepared: &mut Prepared) -> Result<[Tsa; 2]> {
    let journal = time_stamping_authority(prepared, Algorithm::Gost).await?;
    let seals = time_stamping_authority(prepared, Algorithm::Rsa).await?;
    prepared.config.journal.time_stamp_urls = vec![journal.url()];
    prepared.config.seal.time_stamp_urls = vec![seals.url()];
    prepared.config.seal.profile = Some(SEAL_LEVEL.code().to_owned());
    Ok([journal, seals])
}

async fn time_stamping_authority(prepared: &Prepared, algorithm: Algorithm) -> Result<Tsa> {
    let random = &mut randomness();
    let keys = prepared.authority.issue_stamp_keys(algorithm, SystemClock.now(), random)?;
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok(Tsa::bind(anywhere, keys, Arc::new(|| SystemClock.now())).await?)
}

/// Who tells of whom the authority revoked; its address is drawn too.
async fn responder(prepared: &mut Prepared) -> Result<Ocsp> {
    let revoked = revoked_keys(&prepared.people, &prepared.keys);
    let random = &mut randomness();
    let keys = prepared.authority.issue_ocsp_keys(&revoked, SystemClock.now(), random)?;
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let responder = Ocsp::bind(anywhere, keys, Arc::new(|| SystemClock.now())).await?;
    prepared.config.signatures.ocsp_urls = vec![responder.url()];
    Ok(responder)
}

/// Where the authority publishes its lists: those that lie in the folder already, under an address that is drawn.
async fn list_host(prepared: &mut Prepared) -> Result<CrlHost> {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let host = CrlHost::bind(anywhere).await?;
    let folder = prepared.config.signatures.crl_dir.clone();
    let mut lists = Vec::new();
    for entry in std::fs::read_dir(&folder).context("the demo's revocation lists")? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        // What an earlier start left beside them is none: locks, and parts of lists.
        if file.starts_with('.') || !file.ends_with(".crl") {
            continue;
        }
        host.publishing().publish(&file, std::fs::read(folder.join(&file))?);
        lists.push(ListConfig { urls: vec![host.url(&file)], file });
    }
    lists.sort_by(|one, other| one.file.cmp(&other.file));
    prepared.config.signatures.lists = lists;
    Ok(host)
}

/// The telephone with eGov Mobile. It has the same people's keys, and one more of each for signing in.
async fn telephone(
    prepared: &mut Prepared,
    arguments: &DemoArguments,
    portal: SocketAddr,
) -> Result<EgovMobile> {
    let now = SystemClock.now();
    let mut keys = Vec::new();
    for (person, signing) in prepared.people.iter().zip(&prepared.keys) {
        let entry = prepared.authority.issue_entry_key(person, now, &mut randomness())?;
        keys.push(PhoneKey { signing: signing.clone(), entry, about: person.about.clone() });
    }
    let address = if arguments.check {
        SocketAddr::from(([127, 0, 0, 1], 0))
    } else {
        arguments.phone_listen
    };
    let known = vec![portal.to_string()];
    let telephone = EgovMobile::bind(address, keys, known, Arc::new(|| SystemClock.now()))
        .await
        .with_context(|| format!("{address} is taken; choose another with --phone-listen"))?;
    let link_url = format!("http://{}/mobileSign", telephone.address());
    prepared.config.egov_mobile =
        Some(EgovMobileConfig { link_url, ..EgovMobileConfig::default() });
    Ok(telephone)
}
