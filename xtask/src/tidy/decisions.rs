//! Every crate of others that we name directly has its line of reason in docs/adr, and no line outlives its crate.
//! Knows no reason itself. Next: `docs/adr/0002-dependencies.md`.

use std::collections::BTreeSet;

use super::arrows::HouseCrate;
use super::{Finding, Tree};

const RECORD: &str = "docs/adr/0002-dependencies.md";

/// Direct dependencies without a reason, and reasons without a dependency.
pub fn check(crates: &[HouseCrate], tree: &Tree) -> Vec<Finding> {
    let all = crates.iter().flat_map(|house_crate| &house_crate.dependencies);
    let used: BTreeSet<&str> =
        all.filter(|line| !line.is_ours).map(|line| line.name.as_str()).collect();
    let Some(record) = tree.text(RECORD) else {
        return vec![Finding::new(
            RECORD,
            "is missing: each direct dependency needs its line of reason",
        )];
    };
    let reasoned: BTreeSet<&str> = record.lines().filter_map(row_name).collect();
    let without = used
        .difference(&reasoned)
        .map(|name| format!("`{name}` is used and has no line of reason"));
    let stale =
        reasoned.difference(&used).map(|name| format!("`{name}` has a line and is not used"));
    without.chain(stale).map(|fault| Finding::new(RECORD, fault)).collect()
}

/// The crate a row of the table speaks of: ``| `name` | reason |`` with a reason that is there.
fn row_name(line: &str) -> Option<&str> {
    let (name, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
    let reason = reason.trim().trim_end_matches('|').trim();
    (!reason.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::arrows::Dependency;
    use super::*;

    fn found(names: &[&str], record: &str) -> Vec<String> {
        let dependency =
            |name: &&str| Dependency { name: (*name).into(), is_ours: false, is_for_tests: false };
        let dependencies = names.iter().map(dependency).collect();
        let crates = [HouseCrate { name: "app".into(), dependencies }];
        check(&crates, &Tree::of(&[(RECORD, record)]))
            .into_iter()
            .map(|finding| finding.fault)
            .collect()
    }

    #[test]
    fn a_dependency_with_a_reason_is_let_be() {
        assert_eq!(found(&["hex"], "| `hex` | hashes in text |\n"), [""; 0]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        assert_eq!(found(&["hex"], "| `hex` |  |\n"), ["`hex` is used and has no line of reason"]);
    }

    #[test]
    fn a_reason_that_outlived_its_dependency_is_found() {
        assert_eq!(
            found(&[], "| `hex` | hashes in text |\n"),
            ["`hex` has a line and is not used"]
        );
    }

    #[test]
    fn the_record_itself_must_be_there() {
        assert_eq!(check(&[], &Tree::of(&[])).len(), 1);
    }
}
