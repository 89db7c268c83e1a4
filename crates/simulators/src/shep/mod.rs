//! SHEP, the gateway of the e-government, with a data bank, the control of access and the register of natural persons
//! behind it: the synchronous channel over HTTP, answers signed by WS-Security, the contract of `docs/shep`.
//!
//! Strict about what it is asked, and can be told to fail in every way, while it runs too (`PUT /fault`). Knows nothing of
//! the service that asks. Read next: `asking.rs` for what it takes, `answering.rs` for what it gives, `fault.rs`.

mod answering;
pub(crate) mod asking;
pub(crate) mod bank;
mod control;
mod fault;
mod persons;
pub mod schemas;
mod spoil;
#[cfg(test)]
mod tests;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use domain::Iin;
use futures_util::stream;
use rustls::ServerConfig;
use signature::wss::{PinFault, Pinned};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub use bank::Bank;
pub use control::{AskedPerson, KDP_SERVICE, Manner};
pub use fault::Fault;
pub use persons::{LookedUp, PERSONS_SERVICE, Registered};
pub use spoil::Spoil;
pub(crate) use spoil::signed;

use crate::authority::ShepKeys;
use crate::connections;
use crate::ncalayer::Clock;

pub(crate) const XML: &str = "text/xml; charset=utf-8";
/// Longer than anybody waits.
pub(crate) const SLOW: Duration = Duration::from_secs(60);

/// Why it is not there.
#[derive(Debug, thiserror::Error)]
pub enum ShepError {
    /// The address is not this computer's own.
    #[error("the gateway listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the gateway cannot listen: {0}")]
    Io(#[from] std::io::Error),
    /// The certificate of who asks is not usable.
    #[error(transparent)]
    Sender(#[from] PinFault),
}

/// Who may ask, and what for.
#[derive(Clone)]
pub struct Sender {
    /// How the gateway calls him.
    pub id: String,
    /// His password.
    pub password: String,
    /// His certificate, DER.
    pub certificate: Vec<u8>,
    /// The service he may ask.
    pub service_id: String,
}

/// The gateway, listening.
pub struct Shep {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    gateway: Arc<Gateway>,
}

/// How it answers.
pub struct Gateway {
    keys: ShepKeys,
    sender: Sender,
    pinned: Pinned,
    bank: Bank,
    clock: Clock,
    state: Mutex<Behaviour>,
}

#[derive(Default)]
struct Behaviour {
    fault: Option<Fault>,
    asked: u64,
    message_ids: HashSet<String>,
    /// The first answer there ever was.
    first_answer: Option<Vec<u8>>,
    last_question: Option<Vec<u8>>,
    last_answer: Option<Vec<u8>>,
    control: control::Control,
    persons: persons::Persons,
    /// Whether the sources answer only who shows what the control gave.
    wants_proof: bool,
    last_proof: Option<(String, String)>,
}

impl Gateway {
    /// From now on this person answers so when he is asked for his consent.
    pub fn person(&self, iin: Iin, manner: Manner) {
        self.state().control.set(iin, manner);
    }

    /// Who was asked for his consent, in order.
    pub fn persons_asked(&self) -> Vec<AskedPerson> {
        self.state().control.asked()
    }

    /// From now on the sources answer only who shows what the control gave, or anybody again.
    pub fn want_proof(&self, wanted: bool) {
        self.state().wants_proof = wanted;
    }

    /// From now on the register of natural persons has this person so.
    pub fn register(&self, iin: Iin, registered: Registered) {
        self.state().persons.set(iin, registered);
    }

    /// Who was looked up in the register, in order.
    pub fn looked_up(&self) -> Vec<LookedUp> {
        self.state().persons.looked_up()
    }

    /// The token and key that were shown to the data bank last.
    pub fn last_proof(&self) -> Option<(String, String)> {
        self.state().last_proof.clone()
    }

    /// From now on it fails so; `None` for not.
    pub fn fail(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.state().asked
    }

    /// The envelope that came last.
    pub fn last_question(&self) -> Option<Vec<u8>> {
        self.state().last_question.clone()
    }

    /// The envelope that was given last.
    pub fn last_answer(&self) -> Option<Vec<u8>> {
        self.state().last_answer.clone()
    }

    fn fault(&self) -> Option<Fault> {
        self.state().fault
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Behaviour> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shep {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`ShepError`].
    pub async fn bind(
        address: SocketAddr,
        keys: ShepKeys,
        sender: Sender,
        bank: Bank,
        clock: Clock,
    ) -> Result<Self, ShepError> {
        if !address.ip().is_loopback() {
            return Err(ShepError::NotLoopback);
        }
        let pinned = Pinned::read(&sender.certificate)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Mutex::default();
        let gateway = Arc::new(Gateway { keys, sender, pinned, bank, clock, state });
        Ok(Self { listener, address, tls: None, gateway })
    }

    /// Over TLS from now on.
    #[must_use]
    pub fn over_tls(self, config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(config.into()), ..self }
    }

    /// Address of the synchronous channel.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/sync", self.address)
    }

    /// How it answers, to make it fail and to see what it was asked.
    #[must_use]
    pub fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.gateway)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, tls, gateway, .. } = self;
        let router = Router::new()
            .route("/sync", post(answer))
            .layer(middleware::map_response(last_of_its_connection))
            .route("/fault", put(set_fault))
            .with_state(Arc::clone(&gateway));
        connections::serve(&listener, shutdown, |stream| {
            let (router, tls) = (router.clone(), tls.clone());
            let is_down = gateway.fault() == Some(Fault::Down);
            async move {
                if !is_down {
                    connection(stream, tls, router).await;
                }
            }
        })
        .await;
    }
}

pub(crate) async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
    match tls {
        None => connections::http(stream, router).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                connections::http(stream, router).await;
            }
        }
    }
}

/// `PUT /fault` with the name of a fault, or with nothing to end it.
async fn set_fault(State(gateway): State<Arc<Gateway>>, name: String) -> StatusCode {
    let name = name.trim();
    match (name.is_empty(), Fault::named(name)) {
        (true, _) => gateway.fail(None),
        (false, Some(fault)) => gateway.fail(Some(fault)),
        (false, None) => return StatusCode::UNPROCESSABLE_ENTITY,
    }
    StatusCode::NO_CONTENT
}

async fn answer(State(gateway): State<Arc<Gateway>>, question: Bytes) -> Response {
    match gateway.fault() {
        Some(Fault::Slow) => tokio::time::sleep(SLOW).await,
        Some(Fault::HangsUp) => return hang_up(),
        Some(Fault::ServerError) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(Fault::Page) => {
            let page = "<!doctype html><title>Access denied</title>";
            return ([(header::CONTENT_TYPE, "text/html")], page).into_response();
        }
        _ => {}
    }
    gateway.count(&question);
    let question = match gateway.question(&question) {
        Ok(question) => question,
        Err(refusal) => return soap_fault(gateway.refused(&refusal, false)),
    };
    match gateway.fault() {
        Some(Fault::SoapFault) => return soap_fault(gateway.refused(&fault::UNKNOWN, false)),
        Some(Fault::SignedSoapFault) => return soap_fault(gateway.refused(&fault::UNKNOWN, true)),
        _ => {}
    }
    let kind = match gateway.fault() {
        Some(Fault::MediaType) => "application/octet-stream",
        _ => XML,
    };
    match gateway.answer(&question) {
        Ok(envelope) => ([(header::CONTENT_TYPE, kind)], envelope).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn soap_fault(envelope: Vec<u8>) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, XML)], envelope).into_response()
}

/// The head of an answer, and then nothing any more.
pub(crate) fn hang_up() -> Response {
    let end = std::io::Error::other("the gateway hangs up");
    let body = Body::from_stream(stream::iter([Ok("<soap:Envelope"), Err(end)]));
    ([(header::CONTENT_TYPE, XML)], body).into_response()
}

/// A connection for each question, so that a gateway told to be down is down at once.
pub(crate) async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A random identifier, version 4.
pub(crate) fn uuid() -> String {
    let mut bytes = [0; 16];
    // Should there be no randomness, two messages have one identifier, which is noticed.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    let random = u128::from_be_bytes(bytes);
    let versioned = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{versioned:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
