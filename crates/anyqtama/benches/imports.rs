//! How long a department's file of 100,000 rows takes, by the clock on the wall, and at which peak of memory: the real program as
//! a process of its own, on a SQLite file, then on a PostgreSQL server, standing open and sealed. Every second guardian has several wards, each ward an IIN.
//! Beside the clock stands the processor time of the program, which other work on the machine hardly changes.
//! Run with `cargo bench -p anyqtama --bench imports`; arguments set the number of rows and name one of the two formats.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails must stop, and its report goes to the terminal"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use adapters::TemplateRecordFiles;
use app::testing::samples::{iin, registry_row};
use app::{ExportFormat, RecordFiles, RegistryRow};
use domain::Iin;
use jiff::civil::{Date, date};
use throwaway_postgres::{Cluster, Settings};

const PROGRAM: &str = env!("CARGO_BIN_EXE_anyqtama");
const EXAMPLE: &str = include_str!("../../../anyqtama.example.toml");
const EXAMPLE_URL: &str = "url = \"sqlite:///var/lib/anyqtama/anyqtama.db\"";
const EXAMPLE_SEALED: &str = "[personal_data]\nkey_file = \"/etc/anyqtama/personal-data.keys\"\n";
const PROVIDER: &str = "101010000";
/// Rows made and written at once.
const PAGE: u32 = 1_000;
/// How often the peak of memory is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// One of a hundred days of birth, and a number of his own.
fn ward_of(index: u32) -> (Iin, Date) {
    let born = date(2012, 1, 1).saturating_add(jiff::Span::new().days(i64::from(index / 3_000)));
    let serial = index % 3_000 * 3;
    let checked = |serial: u32| {
        let eleven = format!("{}5{serial:04}", born.strftime("%y%m%d"));
        (0..10).find_map(|digit| Iin::parse(&format!("{eleven}{digit}")).ok())
    };
    ((serial..serial + 3).find_map(checked).unwrap(), born)
}

fn row(index: u32, address: &str) -> RegistryRow {
    let guardian = index / 3 * 2;
    let mut row = registry_row(iin(guardian), &format!("ward-{index}"));
    // The day stands in the number.
    let days = jiff::Span::new().days(i64::from(guardian / 3_000 % 28));
    row.guardian.birth_date = date(1985, 1, 1).saturating_add(days);
    let (number, born) = ward_of(index);
    row.guardian.address = format!("{address}, {}-үй", index / 3);
    row.ward.ward.iin = Some(number);
    row.ward.ward.birth_date = born;
    row.ward.placement.act.number = format!("17-{index}");
    row
}

fn file(path: &Path, format: ExportFormat, rows: u32, address: &str) {
    let mut file = TemplateRecordFiles.begin(format).unwrap();
    let mut bytes = Vec::new();
    for first in (0..rows).step_by(1_000) {
        let page: Vec<_> =
            (first..rows.min(first + PAGE)).map(|index| row(index, address)).collect();
        bytes.extend(file.add(&page).unwrap());
    }
    bytes.extend(file.finish().unwrap());
    fs::write(path, bytes).unwrap();
}

/// What one run took.
struct Taken {
    time: Duration,
    processor: Duration,
    peak_mb: u64,
}

/// The peak of a process's memory, as long as there is one.
fn peak_kb(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Processor time of a process, as long as there is one: user and system, in hundredths of a second.
fn processor(child: &Child) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11..13)?.iter().filter_map(|text| text.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

fn run(config: &Path, words: &[&str]) -> Taken {
    let mut command = Command::new(PROGRAM);
    command.args(words).arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut peak, mut spent) = (0, Duration::ZERO);
    let status = loop {
        peak = peak_kb(&child).unwrap_or_default().max(peak);
        spent = processor(&child).unwrap_or_default().max(spent);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        sleep(LOOK);
    };
    assert!(status.success(), "{words:?}: {status}");
    Taken { time: begun.elapsed(), processor: spent, peak_mb: peak / 1_024 }
}

fn measure(config: &Path, [first, changed]: [&Path; 2]) {
    let import = |name: &str, file: &Path, more: &[&str]| {
        let mut words = vec!["data-bank", "import", file.to_str().unwrap(), "--provider", PROVIDER];
        words.extend(["--reason", "жаңартылды"]);
        words.extend(more);
        let Taken { time, processor, peak_mb } = run(config, &words);
        let [time, processor] = [time, processor].map(|took| took.as_secs_f64());
        println!("| {name} | {time:.1} | {processor:.1} | {peak_mb} |");
    };
    import("preview", first, &["--dry-run"]);
    import("all new", first, &[]);
    import("all as before", first, &[]);
    import("all changed", changed, &[]);
}

/// A configuration for an empty database at a URL, which is sealed where there is a file of keys.
fn config(folder: &Path, name: &str, url: &str, keys: Option<&Path>) -> PathBuf {
    assert!(EXAMPLE.contains(EXAMPLE_URL) && EXAMPLE.contains(EXAMPLE_SEALED));
    let section = keys.map(|keys| format!("[personal_data]\nkey_file = {keys:?}\n"));
    let text = EXAMPLE
        .replace(EXAMPLE_URL, &format!("url = \"{url}\""))
        .replace(EXAMPLE_SEALED, &section.unwrap_or_default());
    let path = folder.join(format!("{name}.toml"));
    fs::write(&path, text).unwrap();
    run(&path, &["migrate"]);
    path
}

fn new_keys(folder: &Path) -> PathBuf {
    let file = folder.join("personal-data.keys");
    let made =
        Command::new(PROGRAM).args(["keys", "new"]).arg(&file).stdout(Stdio::null()).status();
    assert!(made.unwrap().success());
    file
}

/// Both stores, each with a database that stands open and with a sealed one.
fn measure_all(folder: &Path, format: ExportFormat, files: [&Path; 2], keys: &Path) {
    for (sealing, keys) in [("open", None), ("sealed", Some(keys))] {
        let name = format!("{}-{sealing}", format.code());
        println!("SQLite, {sealing}: what, seconds, of processor time, MB");
        let url = format!("sqlite://{}", folder.join(&name).with_extension("db").display());
        measure(&config(folder, &name, &url, keys), files);
        let cluster = Cluster::start(Settings::durable()).unwrap();
        println!("PostgreSQL, {sealing}: what, seconds, of processor time, MB");
        measure(&config(folder, &name, &cluster.url("postgres"), keys), files);
    }
}

fn main() {
    let rows = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let keys = new_keys(folder.path());
    let named: Vec<ExportFormat> =
        std::env::args().filter_map(|argument| ExportFormat::parse(&argument)).collect();
    let formats = if named.is_empty() { ExportFormat::ALL.to_vec() } else { named };
    for format in formats {
        let [first, changed] = ["first", "changed"]
            .map(|name| folder.path().join(format!("{name}.{}", format.code())));
        file(&first, format, rows, "Семей қаласы");
        file(&changed, format, rows, "Абай облысы, Семей қаласы");
        let size = fs::metadata(&first).unwrap().len();
        println!("{rows} rows, {} of {} kB", format.code(), size / 1_000);
        measure_all(folder.path(), format, [&first, &changed], &keys);
    }
}
