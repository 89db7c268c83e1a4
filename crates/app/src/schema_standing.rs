//! How the schema of a database stands to the program's: what is missing, and whether another program made it.
//!
//! Knows no SQL and no content of a migration. Read next: `schema.rs` of either store.

/// How a database's schema stands to the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaStanding {
    /// All is there that the program needs; there may be more, which a newer version made.
    Ready,
    /// This migration is missing, and perhaps more behind it.
    Lacks(i64),
    /// This migration is not the program's, or was not brought to its end.
    Other(i64),
}

/// A migration the database remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedMigration {
    /// Its number.
    pub version: i64,
    /// Digest of its text.
    pub checksum: Vec<u8>,
    /// Whether it came to its end.
    pub success: bool,
}

impl From<(i64, Vec<u8>, bool)> for AppliedMigration {
    fn from((version, checksum, success): (i64, Vec<u8>, bool)) -> Self {
        Self { version, checksum, success }
    }
}

impl SchemaStanding {
    /// Compares the program's migrations (number and digest, in their order) with those the database remembers.
    #[must_use]
    pub fn of(program: &[(i64, &[u8])], applied: &[AppliedMigration]) -> Self {
        let last = program.iter().map(|(version, _)| *version).max().unwrap_or_default();
        let mut missing = None;
        for (version, checksum) in program {
            match applied.iter().find(|one| one.version == *version) {
                None => missing = missing.or(Some(*version)),
                Some(one) if one.success && one.checksum == *checksum => {}
                Some(_) => return Self::Other(*version),
            }
        }
        let strange = applied.iter().map(|one| one.version).find(|version| {
            // What is newer than all of ours comes behind them, never instead of one.
            let is_known = program.iter().any(|(own, _)| own == version);
            !is_known && (*version < last || missing.is_some())
        });
        match (strange, missing) {
            (Some(version), _) => Self::Other(version),
            (None, Some(version)) => Self::Lacks(version),
            (None, None) => Self::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_last_and_what_is_newer_behind_it() {
        const PROGRAM: [(i64, &[u8]); 3] = [(1, b"a"), (2, b"b"), (3, b"c")];
        let [first, second, third] = PROGRAM.map(|(version, text)| (version, text, true));
        let newer: (i64, &[u8], bool) = (9, b"z", true);
        let strange: (i64, &[u8], bool) = (0, b"z", true);
        for (applied, standing) in [
            (vec![], SchemaStanding::Lacks(1)),
            (vec![first], SchemaStanding::Lacks(2)),
            (vec![first, second, third], SchemaStanding::Ready),
            (vec![first, second, third, newer], SchemaStanding::Ready),
            (vec![first, second, newer], SchemaStanding::Other(9)),
            (vec![strange, first, second, third], SchemaStanding::Other(0)),
            (vec![first, (2, b"other", true), third], SchemaStanding::Other(2)),
            (vec![first, second, (3, b"c", false)], SchemaStanding::Other(3)),
        ] {
            let remembered: Vec<AppliedMigration> = applied
                .iter()
                .map(|(version, text, success)| (*version, text.to_vec(), *success).into())
                .collect();
            assert_eq!(SchemaStanding::of(&PROGRAM, &remembered), standing, "{applied:?}");
        }
    }
}
