//! `demo`: the whole service in one process on an embedded database, with synthetic people.
//!
//! It differs from production in what stands around it, never in what runs: the same wiring reads the same kind of
//! configuration, which lies in the folder. Read next: `prepare.rs`, `check.rs`.

mod check;
pub mod client;
pub mod folder;
mod phones;
pub mod prepare;

use std::net::SocketAddr;
use std::sync::Arc;

use adapters::{OwnDocumentVerifier, Sealers};
use anyhow::{Context, Result, bail};
use serde_json::json;
use signature::pades::Level;
use simulators::authority::{Algorithm, loopback_certificate, revoked_keys};
use simulators::ncalayer::{NcaLayer, OfferedKey};
use simulators::ocsp::Ocsp;
use simulators::people::DemoPerson;
use simulators::tsa::Tsa;
use tokio::net::TcpListener;

use crate::cli::DemoArguments;
use crate::commands::Status;
use crate::demo::check::Walk;
use crate::demo::client::ApiClient;
use crate::demo::phones::Telephones;
use crate::demo::prepare::{Prepared, prepare};
use crate::output::say;
use crate::serve::{Shutdown, run_workers, serve_http, signal};
use crate::system::{SystemClock, randomness};
use crate::wiring;
use app::Clock;

/// Level of the demo's seals.
const SEAL_LEVEL: Level = Level::Archived;

/// `demo`
pub async fn run(arguments: &DemoArguments) -> Result<Status> {
    if !arguments.listen.ip().is_loopback() {
        bail!("the demo listens on loopback addresses only");
    }
    let listener = bind(arguments.listen, "--listen").await?;
    let portal = listener.local_addr()?;
    let signer_address = free_for_signer(arguments).await?;
    let mut prepared = prepare(&arguments.data, portal, signer_address).await?;
    let authorities = time_stamping_authorities(&mut prepared).await?;
    let responder = responder(&mut prepared).await?;
    let telephones = Telephones::bind(&mut prepared, arguments).await?;
    let phone_page = telephones.page();
    write_config(&prepared)?;
    crate::logging::start(&prepared.config.log)?;
    let signer = signer(&prepared, signer_address).await?;
    let store = wiring::open_migrated_store(&prepared.config).await?;
    let service = wiring::service(&prepared.config, &store).await?;
    let router = portal::router(Arc::clone(&service), wiring::portal_config(&prepared.config)?);
    let (switch, shutdown) = Shutdown::new();
    let ending = shutdown.clone();
    let signing = tokio::spawn(signer.serve(async move { ending.wait().await }));
    let stamping = authorities.map(|authority| {
        let ending = shutdown.clone();
        tokio::spawn(authority.serve(async move { ending.wait().await }))
    });
    let ending = shutdown.clone();
    let answering = tokio::spawn(responder.serve(async move { ending.wait().await }));
    let ringing = tokio::spawn(telephones.serve(shutdown.clone()));
    let parallel = prepared.config.worker.parallel;
    let workers = tokio::spawn(run_workers(service, parallel, shutdown.clone()));
    let http = tokio::spawn(serve_http(listener, router, shutdown));
    let addresses = Addresses { portal, signer: signer_address, phones: phone_page };
    let status = stay_or_check(arguments, &prepared, addresses).await;
    switch.end();
    http.await??;
    workers.await?;
    signing.await?;
    for one in stamping {
        one.await?;
    }
    answering.await?;
    ringing.await?;
    store.close().await;
    status
}

/// Where a person finds the demo.
#[derive(Clone, Copy)]
struct Addresses {
    portal: SocketAddr,
    signer: SocketAddr,
    phones: SocketAddr,
}

async fn stay_or_check(
    arguments: &DemoArguments,
    prepared: &Prepared,
    addresses: Addresses,
) -> Result<Status> {
    let Addresses { portal, signer, phones } = addresses;
    let told = json!({
        "portal": format!("http://{portal}"),
        "signer": format!("http://{signer}"),
        "phones": format!("http://{phones}"),
    });
    prepared.folder.write("addresses.json", &serde_json::to_vec_pretty(&told)?)?;
    if let (true, Some(out)) = (arguments.check, &arguments.out) {
        let walk = walk(prepared, portal, out)?;
        let ok = walk.everybody(&prepared.people).await?;
        return Ok(if ok { Status::Done } else { Status::Refused });
    }
    introduce(&prepared.people, addresses, arguments);
    signal().await?;
    Ok(Status::Done)
}

fn walk(prepared: &Prepared, portal: SocketAddr, out: &std::path::Path) -> Result<Walk> {
    let token = std::fs::read_to_string(prepared.folder.path("api-token"))?;
    let providers = prepared.config.providers()?;
    let sealers = Sealers {
        operators: [prepared.config.operator()?.bin].into(),
        providers: providers.all().iter().map(|provider| provider.bin).collect(),
    };
    let trust = wiring::trust(&prepared.config)?;
    Ok(Walk {
        client: ApiClient::new(&format!("http://{portal}"), token.trim())?,
        verifier: Arc::new(OwnDocumentVerifier::new(trust, sealers)),
        keys: prepared.keys.clone(),
        out: out.to_owned(),
    })
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} is taken; choose another with {option} (port 0 takes a free one)")
    })
}

/// The walk without a person needs no signer at a known address, so it takes whatever is free.
async fn free_for_signer(arguments: &DemoArguments) -> Result<SocketAddr> {
    let wanted = if arguments.check {
        SocketAddr::from(([127, 0, 0, 1], 0))
    } else {
        arguments.signer_listen
    };
    let listener = TcpListener::bind(wanted).await.with_context(|| {
        format!("{wanted} is taken, perhaps by NCALayer itself; end it or choose another address with --signer-listen")
    })?;
    Ok(listener.local_addr()?)
}

async fn signer(prepared: &Prepared, address: SocketAddr) -> Result<NcaLayer> {
    let own = loopback_certificate(SystemClock.now())?;
    let tls = simulators::ncalayer::tls(&own)?;
    let keys = prepared
        .people
        .iter()
        .zip(&prepared.keys)
        .map(|(person, key)| OfferedKey { key: key.clone(), about: person.about.clone() })
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
    write_config(prepared)?;
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
    write_config(prepared)?;
    Ok(responder)
}

fn write_config(prepared: &Prepared) -> Result<()> {
    let config = toml::to_string(&prepared.config)?;
    prepared.folder.write("anyqtama.toml", config.as_bytes())?;
    Ok(())
}

fn introduce(people: &[DemoPerson], addresses: Addresses, arguments: &DemoArguments) {
    let Addresses { portal, signer, phones } = addresses;
    let mut table = comfy_table::Table::new();
    table.set_header(["key in the signer", "name", "IIN", "situation"]);
    for person in people {
        table.add_row([
            person.slug.clone(),
            person.name.full(),
            person.iin.digits(),
            person.about.en.clone(),
        ]);
    }
    say(table);
    say(format!("portal:          http://{portal}/"));
    say(format!(
        "signer's window: http://{signer}/   (speaks NCALayer's protocol on the same port)"
    ));
    say(format!("telephones:      http://{phones}/   (messages with one-time passwords)"));
    say(format!("folder:          {}", arguments.data.display()));
    say("All people are made up. Ctrl-C ends the demo.");
}
