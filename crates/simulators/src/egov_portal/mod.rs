//! The portal of the e-government behind the gateway SHEP: it asks a service for what a person is to sign, brings what he
//! signed, and takes what it is told, over both channels, signed by WS-Security, by the contract of `docs/shep`.
//!
//! Strict about what it is told, and can be told to fail in every way. Knows nothing of the service. Read next:
//! `asking.rs` for what it sends, `taking.rs` for what it takes, `control.rs` for how a demo moves it.

mod asking;
mod control;
mod fault;
mod taking;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post, put};
use signature::wss::Pinned;
use tokio::net::TcpListener;

pub use asking::{DraftAnswer, DraftAsk, PortalRequest, Trouble, Wrong};
pub use fault::PortalFault;
pub use taking::{Told, ToldDocument};

use crate::authority::ShepKeys;
use crate::connections;
use crate::ncalayer::Clock;
use crate::shep::{ShepError, last_of_its_connection};

/// The service the portal speaks with, as the gateway knows it.
#[derive(Clone)]
pub struct ServiceBehind {
    /// How the gateway calls it.
    pub id: String,
    /// Its password.
    pub password: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Its service that prepares documents.
    pub draft_service: String,
    /// Its service that tells states.
    pub state_service: String,
    /// The exchange of requests.
    pub request_service: String,
}

/// How the portal calls itself.
pub const PORTAL: &str = "pep";
/// How the portal calls the service.
pub const SERVICE_TYPE: &str = "GUARDIANSHIP_CERTIFICATE";

/// Portal and gateway, listening.
pub struct EgovPortal {
    listener: TcpListener,
    address: SocketAddr,
    portal: Arc<Portal>,
}

/// How they behave.
pub struct Portal {
    keys: ShepKeys,
    service: ServiceBehind,
    pinned: Pinned,
    clock: Clock,
    client: reqwest::Client,
    state: Mutex<Behaviour>,
}

#[derive(Default)]
struct Behaviour {
    fault: Option<PortalFault>,
    told: Vec<Told>,
    /// What waits to be fetched, with its chain.
    waiting: Vec<(String, String, PortalRequest)>,
    /// Chains there are, by what the portal calls its requests.
    chains: HashMap<String, String>,
    open_chains: HashSet<String>,
    acknowledged: Vec<(String, String)>,
    /// What is said of the delivery of messages where they are asked about; `DELIVERED` of all others.
    deliveries: HashMap<String, &'static str>,
    declined_once: bool,
    first_receipt: Option<Vec<u8>>,
    /// Every envelope that came from the service.
    came: Vec<Vec<u8>>,
}

impl Portal {
    /// From now on the gateway fails so; `None` for not.
    pub fn fail(&self, fault: Option<PortalFault>) {
        let mut state = self.state();
        state.declined_once = false;
        state.fault = fault;
    }

    /// What the portal was told, in its order.
    pub fn told(&self) -> Vec<Told> {
        self.state().told.clone()
    }

    /// Every envelope that came from the service.
    pub fn came(&self) -> Vec<Vec<u8>> {
        self.state().came.clone()
    }

    /// What was said of messages that were fetched: identifier and status.
    pub fn acknowledged(&self) -> Vec<(String, String)> {
        self.state().acknowledged.clone()
    }

    /// What the gateway says of the delivery of a message from now on, where it is asked.
    pub fn set_delivery(&self, message: &str, state: &'static str) {
        self.state().deliveries.insert(message.to_owned(), state);
    }

    /// Lets a request wait in a message whose head names no chain, which no schema allows.
    pub fn let_wait_without_chain(&self, request: &PortalRequest) {
        self.state().waiting.push((asking::guid(), String::new(), request.clone()));
    }

    fn fault(&self) -> Option<PortalFault> {
        self.state().fault
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Behaviour> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EgovPortal {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`ShepError`].
    pub async fn bind(
        address: SocketAddr,
        keys: ShepKeys,
        service: ServiceBehind,
        clock: Clock,
    ) -> Result<Self, ShepError> {
        if !address.ip().is_loopback() {
            return Err(ShepError::NotLoopback);
        }
        let pinned = Pinned::read(&service.certificate)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        // A connection for each message: a service that was started again has none of the old ones.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        let client = client.build().unwrap_or_default();
        let state = Mutex::default();
        let portal = Arc::new(Portal { keys, service, pinned, clock, client, state });
        Ok(Self { listener, address, portal })
    }

    /// Address of the asynchronous channel.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/async", self.address)
    }

    /// How they behave, to make them fail and to see what they were told.
    #[must_use]
    pub fn portal(&self) -> Arc<Portal> {
        Arc::clone(&self.portal)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, portal, .. } = self;
        let router = Router::new()
            .route("/async", post(taking::taken))
            .layer(DefaultBodyLimit::max(taking::MESSAGE_BYTES_MAX))
            .layer(middleware::map_response(last_of_its_connection))
            .route("/fault", put(control::set_fault))
            .route("/drafts", post(control::draft))
            .route("/requests", post(control::request))
            .route("/told/{id}", get(control::told))
            .with_state(Arc::clone(&portal));
        connections::serve(&listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = portal.fault() == Some(PortalFault::Down);
            async move {
                if !is_down {
                    connections::http(stream, router).await;
                }
            }
        })
        .await;
    }
}
