//! The command line. Names and exit statuses are relied on by scripts: see `docs/commands.md`.

mod consents;
mod data_bank;
mod doctor;
mod figures;
mod keys;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use consents::{ConsentsCommand, RegisterArguments, RegisterFormat};
pub use data_bank::{DataBankCommand, ImportArguments};
pub use doctor::DoctorArguments;
pub use figures::FiguresArguments;
pub use keys::{KeysCommand, NewKeyArguments};

/// Certificates on guardianship and custodianship of children, issued automatically.
#[derive(Parser)]
#[command(name = "anyqtama", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Everything in one process with synthetic people: portal, worker, data bank, certification authority, signer.
    Demo(DemoArguments),
    /// The gateway SHEP with a data bank behind it, which `demo --sources shep` starts.
    #[command(hide = true)]
    DemoGateway(DemoGatewayArguments),
    /// Portal and API, with a worker unless told otherwise.
    Serve(ServeArguments),
    /// A worker alone.
    Worker(ConfigArguments),
    /// Bring the database to the schema of this version.
    Migrate(ConfigArguments),
    /// Read the configuration and everything it names, and say what is wrong.
    CheckConfig(ConfigArguments),
    /// What is wrong with the installation, in words. Exit status: 0 nothing, 1 something, 2 wrong use.
    Doctor(DoctorArguments),
    /// The data bank the departments keep.
    #[command(subcommand)]
    DataBank(DataBankCommand),
    /// Whether a certificate or refusal is genuine. Exit status: 0 yes, 1 no, 2 unreadable, 3 cannot be checked now.
    Verify(VerifyArguments),
    /// Signatures of Kazakhstan's public key infrastructure.
    #[command(subcommand)]
    Signature(SignatureCommand),
    /// Sign a file with a demo or test key.
    Sign(SignArguments),
    /// Judge every stored document anew. Exit status: 0 all genuine, 1 some not, 3 some cannot be checked now.
    Recheck(RecheckArguments),
    /// Make a decision again from its stored evidence.
    Replay(ReplayArguments),
    /// The journal.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write everything stored into a folder, while the service runs.
    Backup(BackupArguments),
    /// Take a backup into an empty database.
    Restore(RestoreArguments),
    /// Copy everything stored into an empty database of either kind, and compare both row by row.
    Move(MoveArguments),
    /// Draw numbers from a class of their own from now on: after a recovery made with the database's own means.
    NewNumberClass(ConfigArguments),
    /// Master keys of personal data.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Technical breaks for repair work.
    #[command(subcommand)]
    Break(BreakCommand),
    /// Consents under Article 8.
    #[command(subcommand)]
    Consents(ConsentsCommand),
    /// Requests that were not answered within the term, the last told first; no personal data.
    Exceptions(ExceptionsArguments),
    /// Figures of the service, without anybody's data; with `--check` compared with the journal.
    Figures(FiguresArguments),
}

/// A configuration file.
#[derive(Args)]
pub struct ConfigArguments {
    /// TOML file; every key is explained in anyqtama.example.toml.
    #[arg(long, env = "ANYQTAMA_CONFIG")]
    pub config: PathBuf,
}

/// Options of `serve`.
#[derive(Args)]
pub struct ServeArguments {
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Run no worker in this process.
    #[arg(long)]
    pub no_worker: bool,
}

/// Options of `demo`.
#[derive(Args)]
pub struct DemoArguments {
    /// Address of the portal; loopback only. Port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address of the signer that speaks NCALayer's protocol.
    #[arg(long, default_value = "127.0.0.1:13579")]
    pub signer_listen: SocketAddr,
    /// Address of the telephone with eGov Mobile.
    #[arg(long, default_value = "127.0.0.1:13590")]
    pub phone_listen: SocketAddr,
    /// Address of the page with the people's telephones.
    #[arg(long, default_value = "127.0.0.1:13591")]
    pub phones_listen: SocketAddr,
    /// Ask for a one-time password behind the signature when somebody signs in.
    #[arg(long)]
    pub second_step: bool,
    /// Which data bank is asked: the registry in the demo's database, or one with the same people behind the gateway SHEP,
    /// a process of its own.
    #[arg(long, value_enum, default_value_t = DemoSources::Registry)]
    pub sources: DemoSources,
    /// Folder of the demo; made afresh when it is of an earlier day.
    #[arg(long, default_value = "demo-data")]
    pub data: PathBuf,
    /// Walk the whole journey for every demo situation, verify each result, and leave.
    #[arg(long, requires = "out")]
    pub check: bool,
    /// Folder for the documents and report.json of `--check`.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Where the demo looks guardianships up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoSources {
    /// In the registry of its own database.
    Registry,
    /// In a data bank behind the gateway SHEP.
    Shep,
}

/// Options of `demo-gateway`.
#[derive(Args)]
pub struct DemoGatewayArguments {
    /// Folder of the demo.
    #[arg(long)]
    pub data: PathBuf,
    /// Day of the demo; today without.
    #[arg(long)]
    pub day: Option<jiff::civil::Date>,
}

/// Options of `verify`.
#[derive(Args)]
pub struct VerifyArguments {
    /// The PDF.
    pub file: PathBuf,
    /// Folder with trusted certificates (default: demo-data/anchors).
    #[arg(long, default_value = "demo-data/anchors")]
    pub anchors: PathBuf,
    /// Revocation lists; by default the folder `crl` beside the anchors.
    #[arg(long)]
    pub crl: Option<PathBuf>,
    /// TOML list of the providers whose seals count; the list that comes with the program by default.
    #[arg(long)]
    pub providers: Option<PathBuf>,
    /// BIN of an operator who may seal in the name of every provider.
    #[arg(long)]
    pub operator_bin: Option<String>,
    /// Moment to judge at (RFC 3339); now by default.
    #[arg(long)]
    pub at: Option<jiff::Timestamp>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
}

/// Commands for signatures.
#[derive(Subcommand)]
pub enum SignatureCommand {
    /// Judge a CMS or XML signature. Exit status: 0 valid, 1 not valid, 2 unreadable, 3 cannot be checked now.
    Verify(SignatureVerifyArguments),
}

/// Options of `signature verify`.
#[derive(Args)]
pub struct SignatureVerifyArguments {
    /// The CMS (DER, BER, base64 or PEM), or an XML document with its signature inside.
    pub file: PathBuf,
    /// What must have been signed; needed for a detached CMS, and for nothing else.
    #[arg(long)]
    pub content: Option<PathBuf>,
    /// Folder with trusted certificates.
    #[arg(long)]
    pub anchors: PathBuf,
    /// Revocation list, or folder of such.
    #[arg(long)]
    pub crl: Option<PathBuf>,
    /// Answer of a responder (OCSP, DER) that was kept; it speaks about the moment it was made at, so `--at` is needed.
    #[arg(long, requires = "at")]
    pub ocsp: Option<PathBuf>,
    /// Moment to judge at (RFC 3339); now by default.
    #[arg(long)]
    pub at: Option<jiff::Timestamp>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `sign`.
#[derive(Args)]
pub struct SignArguments {
    /// PEM file with certificate and private key, as in DIR/people of the demo.
    #[arg(long)]
    pub key: PathBuf,
    /// File to sign.
    pub file: PathBuf,
    /// Where the CMS goes.
    #[arg(long)]
    pub out: PathBuf,
}

/// Options of `recheck`.
#[derive(Args)]
pub struct RecheckArguments {
    /// Moment to judge at (RFC 3339); now by default.
    #[arg(long)]
    pub at: Option<jiff::Timestamp>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `replay`.
#[derive(Args)]
pub struct ReplayArguments {
    /// Number of the request.
    #[arg(required_unless_present = "all")]
    pub number: Option<String>,
    /// Every decision there is.
    #[arg(long, conflicts_with = "number")]
    pub all: bool,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Commands of the journal.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Verify the chain from its first row to its last, and everything stored against it.
    Verify(AuditVerifyArguments),
    /// Print the roots of the journal's days as JSON lines, to be kept where nobody can change them together with the
    /// database.
    Roots(ConfigArguments),
    /// Print which requests were erased as JSON lines, to be kept beside backups: `restore --erasures` erases them again.
    Erasures(ConfigArguments),
}

/// Options of `audit verify`.
#[derive(Args)]
pub struct AuditVerifyArguments {
    /// Roots kept elsewhere, as `audit roots` printed them: each must be in the database as it was.
    #[arg(long)]
    pub roots: Option<PathBuf>,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Commands for technical breaks.
#[derive(Subcommand)]
pub enum BreakCommand {
    /// Announce a break, at least 30 minutes before it begins: pages, API and 1414 tell of it from now on.
    Announce(BreakAnnounceArguments),
    /// The breaks that run or are announced.
    List(BreakListArguments),
    /// Take an announced break back, or end one that runs.
    Withdraw(BreakWithdrawArguments),
}

/// Options of `break announce`.
#[derive(Args)]
pub struct BreakAnnounceArguments {
    /// Its beginning (RFC 3339).
    #[arg(long)]
    pub from: jiff::Timestamp,
    /// Its planned end (RFC 3339).
    #[arg(long)]
    pub to: jiff::Timestamp,
    /// What is repaired, in Kazakh.
    #[arg(long)]
    pub kk: String,
    /// What is repaired, in Russian.
    #[arg(long)]
    pub ru: String,
    /// What is repaired, in English.
    #[arg(long)]
    pub en: String,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `break list`.
#[derive(Args)]
pub struct BreakListArguments {
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `break withdraw`.
#[derive(Args)]
pub struct BreakWithdrawArguments {
    /// Identifier, as `break list` tells it.
    pub id: String,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `exceptions`.
#[derive(Args)]
pub struct ExceptionsArguments {
    /// Only requests whose applicants were told before this moment (RFC 3339): the next page of a long list.
    #[arg(long)]
    pub before: Option<jiff::Timestamp>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `backup` and `restore`.
#[derive(Args)]
pub struct BackupArguments {
    /// Folder of the backup.
    pub folder: PathBuf,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// Options of `restore`.
#[derive(Args)]
pub struct RestoreArguments {
    /// What was erased, as `audit erasures` printed it last: whatever of it an older backup still has is erased again.
    #[arg(long)]
    pub erasures: Option<PathBuf>,
    /// The backup.
    #[command(flatten)]
    pub backup: BackupArguments,
}

/// Options of `move`.
#[derive(Args)]
pub struct MoveArguments {
    /// Address of the empty database: sqlite://… or postgres://…
    #[arg(long, required_unless_present = "to_config", conflicts_with = "to_config")]
    pub to: Option<String>,
    /// Configuration of the empty database, where its address alone does not open it (password, pooler).
    #[arg(long)]
    pub to_config: Option<PathBuf>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration of the database to copy from.
    #[command(flatten)]
    pub config: ConfigArguments,
}
