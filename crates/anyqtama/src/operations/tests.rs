//! Rules, dashboard and documentation are of the metrics there are; promtool judges the rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::metrics::{ALL, Kind};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Words of ours in a text, as metrics are called.
fn named(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .filter(|word| word.starts_with("anyqtama_"))
        .collect()
}

/// Every name a sample may have.
fn samples() -> BTreeSet<String> {
    let of = |metric: &&super::metrics::Metric| {
        let endings: &[&str] = match metric.kind {
            Kind::Counter => &["_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
        };
        endings.iter().map(|end| format!("{}{end}", metric.name)).collect::<Vec<_>>()
    };
    ALL.iter().flat_map(of).collect()
}

fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("data/operations/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rules_and_dashboard_name_metrics_that_are_told() {
    let (known, expressions) = (samples(), expressions().join("\n"));
    for file in ["data/operations/alerts.yml", "data/operations/alerts-test.yml"] {
        for name in named(&read(file)) {
            assert!(known.contains(name), "{file}: {name}");
        }
    }
    for name in named(&expressions) {
        assert!(known.contains(name), "dashboard: {name}");
    }
    let rules = read("data/operations/alerts.yml");
    let recorded: BTreeSet<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).collect();
    let words = expressions.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
    for name in words.filter(|word| word.starts_with("anyqtama:")) {
        assert!(recorded.contains(name), "dashboard: {name}");
    }
}

#[test]
fn the_documentation_has_every_metric_and_what_to_do_about_every_alert() {
    let (documentation, rules) = (read("docs/operations.md"), read("data/operations/alerts.yml"));
    for metric in ALL {
        let ending = if metric.kind == Kind::Counter { "_total" } else { "" };
        let row = format!("\n| `{}{ending}` |", metric.name);
        assert!(documentation.contains(&row), "{row}");
    }
    let tests = read("data/operations/alerts-test.yml");
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(documentation.contains(&format!("\n### {alert}\n")), "{alert}");
        assert!(tests.contains(&format!("alertname: {alert}")), "{alert}");
    }
}

/// `None` where there is none and none is required.
#[allow(clippy::print_stderr, reason = "a skipped test must be heard")]
fn promtool(folder: &Path, words: &[&str]) -> Option<Output> {
    match Command::new("promtool").args(words).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) => {
            let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|one| one == "1");
            assert!(!required, "promtool: {error}");
            eprintln!("SKIPPED: there is no promtool (Debian's package prometheus): {error}");
            None
        }
    }
}

#[test]
fn promtool_accepts_the_rules_their_tests_and_what_the_dashboard_asks() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |(place, expr): (usize, String)| {
        format!("      - record: panel_{place}\n        expr: '{}'\n", expr.replace('\'', "''"))
    };
    let rules: String = expressions().into_iter().enumerate().map(rule).collect();
    let asked = format!("groups:\n  - name: dashboard\n    rules:\n{rules}");
    std::fs::write(folder.path().join("dashboard.yml"), asked).unwrap();
    let own = root().join("data/operations");
    for (folder, words) in [
        (own.as_path(), ["check", "rules", "alerts.yml"]),
        (own.as_path(), ["test", "rules", "alerts-test.yml"]),
        (folder.path(), ["check", "rules", "dashboard.yml"]),
    ] {
        let Some(output) = promtool(folder, &words) else { return };
        let told = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&told));
    }
}
