//! `demo`: the whole service in one process on an embedded database, with synthetic people.
//!
//! It differs from production in what stands around it, never in what runs: the same wiring reads the same kind of
//! configuration, which lies in the folder. Read next: `prepare.rs`, `counterparts.rs`, `shep.rs`, `check.rs`.

mod check;
mod counterparts;
pub mod facts_key;
pub mod folder;
mod phones;
pub mod prepare;
pub mod shep;

pub use crate::api_client as client;

use std::net::SocketAddr;
use std::sync::Arc;

use adapters::{OwnDocumentVerifier, Sealers};
use anyhow::{Context, Result, bail};
use portal::PortalConfig;
use serde_json::json;
use simulators::people::DemoPerson;
use tokio::net::TcpListener;

use crate::cli::{DemoArguments, DemoSources};
use crate::commands::Status;
use crate::commands::serve::bind_gateway;
use crate::demo::check::{EgovPortalWalk, Walk};
use crate::demo::client::ApiClient;
use crate::demo::counterparts::{Addresses, Counterparts};
use crate::demo::prepare::{Prepared, prepare};
use crate::demo::shep::GatewayProcess;
use crate::operations::http::HttpTimes;
use crate::output::say;
use crate::serve::{
    Shutdown, exchange, fetch_lists, run_workers, send_messages, serve_gateway, serve_http, signal,
};
use crate::wiring;

/// `demo`
pub async fn run(arguments: &DemoArguments) -> Result<Status> {
    if !arguments.listen.ip().is_loopback() {
        bail!("the demo listens on loopback addresses only");
    }
    let listener = bind(arguments.listen, "--listen").await?;
    let portal = listener.local_addr()?;
    let signer_address = free_for_signer(arguments).await?;
    let mut prepared = prepare(&arguments.data, portal, signer_address).await?;
    let gateway = match arguments.sources {
        DemoSources::Registry => None,
        DemoSources::Shep => Some(GatewayProcess::start(&mut prepared).await?),
    };
    let counterparts = Counterparts::bind(&mut prepared, arguments, portal, signer_address).await?;
    let addresses = counterparts.addresses();
    crate::logging::start(&prepared.config.log, None)?;
    let store = wiring::open_migrated_store(&prepared.config).await?;
    let service = wiring::service(&prepared.config, &store).await?;
    let staff = wiring::staff(&prepared.config, &store)?;
    let pages = PortalConfig { staff, ..wiring::portal_config(&prepared.config)? };
    let router = portal::router(Arc::clone(&service), pages);
    let channel = wiring::gateway(&prepared.config, &store, &service)?;
    let messenger = Some(wiring::messenger(&prepared.config, &store, &service));
    let called = bind_gateway(&prepared.config, channel.clone()).await?;
    let over_shep = gateway.as_ref().zip(called.as_ref());
    let over_shep = over_shep.map(|(gateway, (listener, _))| OverShep::of(gateway, listener));
    let over_shep = over_shep.transpose()?;
    let (switch, shutdown) = Shutdown::new();
    let around = counterparts.start(&shutdown);
    let fetcher = wiring::list_fetcher(&prepared.config)?;
    let fetching = tokio::spawn(fetch_lists(fetcher, shutdown.clone()));
    let parallel = prepared.config.worker.parallel;
    let workers = tokio::spawn(run_workers(service, parallel, shutdown.clone()));
    let exchanging = tokio::spawn(exchange(channel, shutdown.clone()));
    let messages = tokio::spawn(send_messages(messenger, shutdown.clone()));
    let called = tokio::spawn(serve_gateway(called, HttpTimes::default(), shutdown.clone()));
    let http = tokio::spawn(serve_http(listener, router, shutdown));
    let status = stay_or_check(arguments, &prepared, addresses, over_shep.as_ref()).await;
    switch.end();
    http.await??;
    called.await??;
    exchanging.await?;
    messages.await?;
    workers.await?;
    fetching.await?;
    around.join_all().await;
    store.close().await;
    if let Some(gateway) = gateway {
        gateway.end().await?;
    }
    status
}

async fn stay_or_check(
    arguments: &DemoArguments,
    prepared: &Prepared,
    addresses: Addresses,
    over_shep: Option<&OverShep>,
) -> Result<Status> {
    let Addresses { portal, signer, phone, phones } = addresses;
    let told = json!({
        "portal": format!("http://{portal}"),
        "signer": format!("http://{signer}"),
        "phone": format!("http://{phone}"),
        "phones": format!("http://{phones}"),
        "shep": over_shep.map(|one| &one.data_bank),
        "egov_portal": over_shep.map(|one| &one.portal),
        "called_by_shep": over_shep.map(|one| &one.service),
    });
    prepared.folder.write("addresses.json", &serde_json::to_vec_pretty(&told)?)?;
    if let (true, Some(out)) = (arguments.check, &arguments.out) {
        let walk = walk(prepared, portal, out, over_shep)?;
        let ok = walk.everybody(&prepared.people).await?;
        return Ok(if ok { Status::Done } else { Status::Refused });
    }
    introduce(&prepared.people, addresses, arguments);
    if let Some(OverShep { data_bank, portal, .. }) = over_shep {
        say(format!(
            "data bank:       asked over the gateway SHEP at {data_bank}, a process of its own"
        ));
        say(format!("egov portal:     stands behind the same gateway at {portal}"));
    }
    signal().await?;
    Ok(Status::Done)
}

/// Addresses of what is spoken with over the gateway.
struct OverShep {
    data_bank: String,
    portal: String,
    /// Where the gateway calls us.
    service: String,
}

impl OverShep {
    fn of(gateway: &GatewayProcess, listener: &TcpListener) -> Result<Self> {
        Ok(Self {
            data_bank: gateway.url().to_owned(),
            portal: gateway.portal().to_owned(),
            service: format!("http://{}", listener.local_addr()?),
        })
    }
}

fn walk(
    prepared: &Prepared,
    portal: SocketAddr,
    out: &std::path::Path,
    over_shep: Option<&OverShep>,
) -> Result<Walk> {
    let token = std::fs::read_to_string(prepared.folder.path("api-token"))?;
    let providers = prepared.config.providers()?;
    let operator_bin = prepared.config.operator()?.bin;
    let sealers = Sealers {
        operators: [operator_bin].into(),
        providers: providers.all().iter().map(|provider| provider.bin).collect(),
    };
    let trust = wiring::trust(&prepared.config)?;
    Ok(Walk {
        client: ApiClient::new(&format!("http://{portal}"), token.trim())?,
        verifier: Arc::new(OwnDocumentVerifier::new(trust, sealers)),
        keys: prepared.keys.clone(),
        out: out.to_owned(),
        egov_portal: over_shep.map(|one| EgovPortalWalk {
            portal: one.portal.clone(),
            service: one.service.clone(),
            provider_bin: operator_bin.digits(),
        }),
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

fn introduce(people: &[DemoPerson], addresses: Addresses, arguments: &DemoArguments) {
    let Addresses { portal, signer, phone, phones } = addresses;
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
        "people who serve: http://{portal}/staff  (keys officer_astana, operator_1414 and others of staff.json)"
    ));
    say(format!(
        "signer's window: http://{signer}/   (speaks NCALayer's protocol on the same port)"
    ));
    say(format!(
        "telephone:       http://{phone}/   (stands for eGov Mobile; takes the link of the page)"
    ));
    say(format!(
        "telephones:      http://{phones}/   (messages with one-time passwords and notices; letters under /letters)"
    ));
    say(format!("folder:          {}", arguments.data.display()));
    say("All people are made up. Ctrl-C ends the demo.");
}
