//! `serve` and `worker`.

use std::sync::Arc;

use anyhow::{Context, Result};
use gateway::Gateway;
use portal::PortalConfig;
use tokio::net::TcpListener;

use crate::cli::{ConfigArguments, ServeArguments};
use crate::commands::Status;
use crate::config::Config;
use crate::operations::http::HttpTimes;
use crate::operations::{Operations, Process, Watched};
use crate::serve::{
    Shutdown, exchange, fetch_lists, run_workers, send_messages, serve_gateway, serve_over_tls,
    signal,
};
use crate::tls::Tls;
use crate::{shep_certificates, systemd, wiring};

/// `serve`
pub async fn serve(arguments: &ServeArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let telemetry = crate::logging::start(&config.log, config.otlp_url())?;
    let store = wiring::open_migrated_store(&config).await?;
    store.require_same_clock().await?;
    let parallel = if arguments.no_worker { 0 } else { config.worker.parallel };
    let service = match parallel {
        0 => wiring::service_without_seal(&config, &store).await?,
        _ => wiring::service(&config, &store).await?,
    };
    let gateway = wiring::gateway(&config, &store, &service)?;
    let messenger = Some(wiring::messenger(&config, &store, &service)).filter(|_| parallel > 0);
    let terms = shep_certificates::terms(&config)?;
    let staff = wiring::staff(&config, &store)?;
    let pages = PortalConfig { staff, ..wiring::portal_config(&config)? };
    let http = HttpTimes::default();
    let router = http.watching(portal::router(Arc::clone(&service), pages));
    let fetcher = wiring::list_fetcher(&config)?;
    let listen = config.portal.listen;
    let tls = config.portal.tls.as_ref().map(Tls::open).transpose().context("portal.tls")?;
    let tls = tls.map(Arc::new);
    let listener = systemd::listener(listen).await?;
    tracing::info!(%listen, "serving");
    let own = Watched {
        service: Arc::clone(&service),
        store: store.clone(),
        messenger: messenger.clone(),
        tls: tls.clone(),
        messages: terms.clone(),
    };
    let operations =
        Operations::bind(Process::Serve, &config, own, http.clone(), &telemetry).await?;
    let (switch, shutdown) = Shutdown::new();
    let workers = tokio::spawn(run_workers(service, parallel, shutdown.clone()));
    let working = gateway.clone().filter(|_| parallel > 0);
    let exchange = tokio::spawn(exchange(working, shutdown.clone()));
    let messages = tokio::spawn(send_messages(messenger, shutdown.clone()));
    let called = bind_gateway(&config, gateway).await?;
    let called = tokio::spawn(serve_gateway(called, http, shutdown.clone()));
    let lists = tokio::spawn(fetch_lists(fetcher, shutdown.clone()));
    let certificates = shep_certificates::watch(terms, shutdown.clone());
    let certificates = tokio::spawn(certificates);
    let keys = tokio::spawn(store.clone().keep_keys(config.clone(), shutdown.clone()));
    let operations = tokio::spawn(operations.run(shutdown.clone()));
    let http = tokio::spawn(serve_over_tls(listener, tls, router, shutdown));
    systemd::ready();
    let ended = store.until(signal(), &config).await;
    systemd::stopping();
    tracing::info!("ending");
    switch.end();
    http.await??;
    operations.await??;
    called.await??;
    lists.await?;
    certificates.await?;
    keys.await?;
    exchange.await?;
    messages.await?;
    workers.await?;
    store.close().await;
    telemetry.end().await;
    ended.map(|()| Status::Done)
}

/// `worker`
pub async fn worker(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let telemetry = crate::logging::start(&config.log, config.otlp_url())?;
    let store = wiring::open_migrated_store(&config).await?;
    store.require_same_clock().await?;
    let service = wiring::service(&config, &store).await?;
    let fetcher = wiring::list_fetcher(&config)?;
    let gateway = wiring::gateway(&config, &store, &service)?;
    let messenger = Some(wiring::messenger(&config, &store, &service));
    let terms = shep_certificates::terms(&config)?;
    let own = Watched {
        service: Arc::clone(&service),
        store: store.clone(),
        messenger: messenger.clone(),
        tls: None,
        messages: terms.clone(),
    };
    let http = HttpTimes::default();
    let operations = Operations::bind(Process::Worker, &config, own, http, &telemetry).await?;
    let (switch, shutdown) = Shutdown::new();
    let operations = tokio::spawn(operations.run(shutdown.clone()));
    let lists = tokio::spawn(fetch_lists(fetcher, shutdown.clone()));
    let certificates = tokio::spawn(shep_certificates::watch(terms, shutdown.clone()));
    let keys = tokio::spawn(store.clone().keep_keys(config.clone(), shutdown.clone()));
    let exchange = tokio::spawn(exchange(gateway, shutdown.clone()));
    let messages = tokio::spawn(send_messages(messenger, shutdown.clone()));
    let workers = tokio::spawn(run_workers(service, config.worker.parallel, shutdown));
    systemd::ready();
    let ended = store.until(signal(), &config).await;
    systemd::stopping();
    switch.end();
    operations.await??;
    lists.await?;
    certificates.await?;
    keys.await?;
    exchange.await?;
    messages.await?;
    workers.await?;
    store.close().await;
    telemetry.end().await;
    ended.map(|()| Status::Done)
}

/// The place where the gateway calls us, where the portal of the e-government is a channel.
pub async fn bind_gateway(
    config: &Config,
    gateway: Option<Arc<Gateway>>,
) -> Result<Option<(TcpListener, Arc<Gateway>)>> {
    let (Some(section), Some(gateway)) = (&config.egov_portal, gateway) else { return Ok(None) };
    let listen = section.listen;
    let listener = TcpListener::bind(listen);
    let listener = listener.await.with_context(|| format!("cannot listen on {listen}"))?;
    tracing::info!(%listen, "serving the gateway");
    Ok(Some((listener, gateway)))
}
