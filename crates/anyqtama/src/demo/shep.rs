//! The demo's gateway SHEP with a data bank, the control of access and the portal of the e-government behind it: a process of
//! its own, which the demo starts, asks over loopback by the adapters of production, and ends.
//!
//! Both sides are here. The process holds the same people as the registry; it ends when its input does, so that it never
//! outlives the demo. Read next: `simulators::shep`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use app::{Clock, Ids};
use domain::astana_date;
use simulators::authority::{Algorithm, ShepKeys};
use simulators::egov_portal::{EgovPortal, PORTAL, SERVICE_TYPE, ServiceBehind};
use simulators::people::{DemoPerson, Expected, GUARDIANSHIPS, REFUSES_BY_TELEPHONE, population};
use simulators::shep::{Bank, KDP_SERVICE, Manner, Sender, Shep};
use tokio::sync::{oneshot, watch};

use crate::cli::DemoGatewayArguments;
use crate::commands::Status;
use crate::config::{
    ConsentConfig, ConsentSource, DataBankConfig, DataBankSource, EgovPortalConfig, KdpConfig,
    KdpWordsConfig, ShepConfig, ShepStatusConfig,
};
use crate::demo::folder::Folder;
use crate::demo::prepare::{OPERATOR_BIN, Prepared, SEED};
use crate::system::{SystemClock, SystemIds, randomness};

const SENDER_ID: &str = "anyqtama";
const SERVICE_ID: &str = "GUARDIANSHIPS_BY_GUARDIAN";
const DRAFT_SERVICE: &str = "GUARDIANSHIP_CERTIFICATE_DRAFT";
const STATE_SERVICE: &str = "GUARDIANSHIP_CERTIFICATE_STATE";
const REQUEST_SERVICE: &str = "GUARDIANSHIP_CERTIFICATE_REQUEST";
/// How long the process may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

const GATEWAY: &str = "shep/gateway.pem";
const STRANGER: &str = "shep/stranger.pem";
const GATEWAY_CERTIFICATE: &str = "shep/gateway.cer";
const SYSTEM_KEY: &str = "shep/system.key";
const SYSTEM_CERTIFICATE: &str = "shep/system.cer";
const PASSWORD: &str = "shep/password";

/// The process, as the demo sees it.
pub struct GatewayProcess {
    child: Child,
    /// It ends when this is closed.
    input: Option<ChildStdin>,
    url: String,
    /// Where the portal of the e-government is, behind the same gateway.
    portal: String,
}

impl GatewayProcess {
    /// Starts it, and tells the configuration where it is and how it is known.
    pub async fn start(prepared: &mut Prepared) -> Result<Self> {
        furnish(prepared)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("demo-gateway").arg("--data").arg(prepared.folder.path(""));
        command.arg("--day").arg(prepared.today.to_string());
        // In a group of its own: Ctrl-C is for the demo, which still finishes what it has begun.
        command.process_group(0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("the gateway's output")?;
        let lines = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<String>> {
            BufReader::new(output).lines().take(2).collect()
        });
        let lines = tokio::time::timeout(PATIENCE, lines).await;
        let lines = lines.context("the demo's gateway does not begin")???;
        let [url, channel] = lines.as_slice() else { bail!("the demo's gateway ended at once") };
        let portal = channel.trim_end_matches("/async").to_owned();
        let process = Self { child, input, url: url.clone(), portal };
        prepared.config.data_bank = config(&prepared.folder, url);
        prepared.config.egov_portal = Some(portal_config(&prepared.folder, channel));
        prepared.config.consent = consent_config();
        expect_refusal(prepared)?;
        Ok(process)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the portal of the e-government is, behind it.
    pub fn portal(&self) -> &str {
        &self.portal
    }

    /// Ends it.
    pub async fn end(mut self) -> Result<()> {
        self.input = None;
        let ended = tokio::task::spawn_blocking(move || self.child.wait());
        let status = tokio::time::timeout(PATIENCE, ended).await;
        let status = status.context("the demo's gateway does not end")???;
        if !status.success() {
            bail!("the demo's gateway ended badly: {status}");
        }
        Ok(())
    }
}

/// Who refuses to 1414 is registered nowhere; it is written down where others read what to expect.
fn expect_refusal(prepared: &mut Prepared) -> Result<()> {
    let refusing = prepared.people.iter_mut().find(|one| one.slug == REFUSES_BY_TELEPHONE);
    let code = "consent_refused".to_owned();
    refusing.context("nobody refuses")?.expected = Expected::RejectedBeforeRegistration { code };
    prepared.folder.write("people.json", &serde_json::to_vec_pretty(&prepared.people)?)
}

/// Keys of both sides, and our password.
fn furnish(prepared: &Prepared) -> Result<()> {
    let (now, random) = (SystemClock.now(), &mut randomness());
    let gateway = prepared.authority.issue_shep_keys(Algorithm::Gost, now, random)?;
    let system = prepared.authority.issue_system_key(SENDER_ID, OPERATOR_BIN, now, random)?;
    let folder = &prepared.folder;
    std::fs::create_dir_all(folder.path("shep"))?;
    let [own, stranger] = gateway.to_pems()?;
    folder.write(GATEWAY, own.as_bytes())?;
    folder.write(STRANGER, stranger.as_bytes())?;
    folder.write(GATEWAY_CERTIFICATE, gateway.certificate())?;
    folder.write(SYSTEM_KEY, system.key_pem()?.as_bytes())?;
    folder.write(SYSTEM_CERTIFICATE, system.certificate())?;
    folder.write(PASSWORD, format!("{}\n", SystemIds.token()).as_bytes())
}

fn config(folder: &Folder, url: &str) -> DataBankConfig {
    let shep = ShepConfig {
        url: url.to_owned(),
        service_id: SERVICE_ID.to_owned(),
        route_id: None,
        sender_id: SENDER_ID.to_owned(),
        password_file: Some(folder.path(PASSWORD)),
        key_file: folder.path(SYSTEM_KEY),
        certificate_file: folder.path(SYSTEM_CERTIFICATE),
        gateway_certificates: vec![folder.path(GATEWAY_CERTIFICATE)],
        authorities_file: None,
        patience_seconds: 5,
        freshness_seconds: 300,
        correlates: true,
        status: ShepStatusConfig::default(),
    };
    DataBankConfig { source: DataBankSource::Shep, shep: Some(shep), person_register: None }
}

fn portal_config(folder: &Folder, channel: &str) -> EgovPortalConfig {
    EgovPortalConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        url: channel.to_owned(),
        draft_service_id: DRAFT_SERVICE.to_owned(),
        state_service_id: STATE_SERVICE.to_owned(),
        request_service_id: REQUEST_SERVICE.to_owned(),
        route_id: None,
        portal_sender_id: PORTAL.to_owned(),
        service_type: SERVICE_TYPE.to_owned(),
        sender_id: SENDER_ID.to_owned(),
        password_file: Some(folder.path(PASSWORD)),
        key_file: folder.path(SYSTEM_KEY),
        certificate_file: folder.path(SYSTEM_CERTIFICATE),
        gateway_certificates: vec![folder.path(GATEWAY_CERTIFICATE)],
        authorities_file: None,
        patience_seconds: 10,
        freshness_seconds: 300,
        request_age_hours: 24,
        poll_seconds: 0,
    }
}

/// Persons answer 1414 before their requests are registered, by the words of the control of access behind the gateway.
fn consent_config() -> ConsentConfig {
    let list = |word: &str| vec![word.to_owned()];
    let words = KdpWordsConfig {
        given: list("VALID"),
        refused: list("INVALID"),
        pending: list("PENDING"),
        no_answer: list("TIMEOUT"),
    };
    let kdp = KdpConfig {
        service_id: KDP_SERVICE.to_owned(),
        route_id: None,
        company: None,
        company_bin: None,
        company_responsible: "Дербес деректерге жауапты тұлға".to_owned(),
        employee_name: None,
        access_names: list(SERVICE_ID),
        personal_data_name: "Қорғаншылық туралы мәліметтер".to_owned(),
        expires_in_seconds: 600,
        patience_seconds: 60,
        exchange_seconds: 5,
        pause_seconds: 1,
        omit_sms: false,
        answered: list("SCSS001"),
        words,
    };
    ConsentConfig { source: ConsentSource::Kdp, kdp: Some(kdp) }
}

/// `demo-gateway`: the process itself. It prints its addresses, the data bank's first, and serves until its input ends.
pub async fn run(arguments: &DemoGatewayArguments) -> Result<Status> {
    let read = |name: &str| {
        let path = arguments.data.join(name);
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let text = |name: &str| -> Result<String> { Ok(String::from_utf8(read(name)?)?) };
    let keys = ShepKeys::from_pems(&text(GATEWAY)?, &text(STRANGER)?)?;
    let sender = Sender {
        id: SENDER_ID.to_owned(),
        password: text(PASSWORD)?.trim().to_owned(),
        certificate: read(SYSTEM_CERTIFICATE)?,
        service_id: SERVICE_ID.to_owned(),
    };
    let day = arguments.day.unwrap_or_else(|| astana_date(SystemClock.now()));
    let population = population(SEED, day, GUARDIANSHIPS)?;
    let bank = Bank::new(&population.records);
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let service = ServiceBehind {
        id: SENDER_ID.to_owned(),
        password: sender.password.clone(),
        certificate: sender.certificate.clone(),
        draft_service: DRAFT_SERVICE.to_owned(),
        state_service: STATE_SERVICE.to_owned(),
        request_service: REQUEST_SERVICE.to_owned(),
    };
    let clock = || Arc::new(|| SystemClock.now());
    let portal = EgovPortal::bind(anywhere, keys.clone(), service, clock()).await?;
    let shep = Shep::bind(anywhere, keys, sender, bank, clock()).await?;
    // The data bank answers only whoever shows what 1414 gave.
    shep.gateway().want_proof(true);
    // Everybody gives it but one; another takes a while, so that waiting for it is seen too.
    if let Some(person) = population.demo.iter().find(|one| one.slug == REFUSES_BY_TELEPHONE) {
        shep.gateway().person(person.iin, Manner::Refuses);
    }
    if let Some(person) = takes_a_while(&population.demo) {
        shep.gateway().person(person.ask.applicant_iin, Manner::GivesWhenAskedAgain);
    }
    let mut output = std::io::stdout();
    writeln!(output, "{}\n{}", shep.url(), portal.url())?;
    output.flush()?;
    let (ending, ended) = watch::channel(());
    let ends = |mut ended: watch::Receiver<()>| async move {
        let _ = ended.changed().await;
    };
    let input = async {
        let _ = end_of_input().await;
        drop(ending);
    };
    tokio::join!(input, shep.serve(ends(ended.clone())), portal.serve(ends(ended)));
    Ok(Status::Done)
}

/// Who does not answer 1414 at once: whoever asks on the portal of the e-government too.
pub fn takes_a_while(people: &[DemoPerson]) -> Option<&DemoPerson> {
    people.iter().find(|one| matches!(one.expected, Expected::Granted { .. }))
}

/// Until whoever started the process is done with it, or gone.
fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    end
}
