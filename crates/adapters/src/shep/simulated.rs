//! The simulated gateway with a few people behind it, and all that is needed to ask it: for the tests of this crate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{Algorithm, Authority};
use simulators::people::{BankRecord, population};
use simulators::shep::{Bank, Gateway, Sender, Shep};
use tempfile::TempDir;

use super::ShepSettings;

/// The data bank's service behind it.
pub(crate) const GUARDIANSHIPS: &str = "GUARDIANSHIPS_BY_GUARDIAN";
const PASSWORD: &str = "a password";

/// The moment by the gateway's clock, which stands still.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:10:05Z".parse().unwrap()
}

/// A gateway that listens for as long as the test runs.
pub(crate) struct Simulated {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) settings: ShepSettings,
    /// Whom the data bank behind it knows.
    pub(crate) records: Vec<BankRecord>,
    _folder: TempDir,
}

impl Simulated {
    pub(crate) async fn new() -> Self {
        let random = &mut StdRng::seed_from_u64(7);
        let authority = Authority::establish(now(), random).unwrap();
        let keys = authority.issue_shep_keys(Algorithm::Rsa, now(), random).unwrap();
        let ours = authority.issue_system_key("anyqtama", "210140000016", now(), random).unwrap();
        let records = population(5, domain::astana_date(now()), 20).unwrap().records;
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let sender = Sender {
            id: "anyqtama".to_owned(),
            password: PASSWORD.to_owned(),
            certificate: ours.certificate().to_vec(),
            service_id: GUARDIANSHIPS.to_owned(),
        };
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let certificate = file("gateway.cer", keys.certificate());
        let bank = Bank::new(&records);
        let shep = Shep::bind(anywhere, keys, sender, bank, Arc::new(now)).await.unwrap();
        let (gateway, url) = (shep.gateway(), shep.url());
        tokio::spawn(shep.serve(std::future::pending()));
        let settings = ShepSettings {
            url,
            sender_id: "anyqtama".to_owned(),
            password: Some(PASSWORD.to_owned()),
            key_file: file("ours.key", ours.key_pem().unwrap().as_bytes()),
            certificate_file: file("ours.pem", ours.to_pem().unwrap().as_bytes()),
            gateway_certificates: vec![certificate],
            authorities: None,
            patience: Duration::from_secs(20),
            freshness: SignedDuration::from_mins(5),
        };
        Self { gateway, settings, records, _folder: folder }
    }
}
