//! What those who watch the service are told of its database.

use anyhow::Result;
use app::Clock;
use jiff::SignedDuration;

use super::{Database, OpenStore};
use crate::system::SystemClock;

/// Connections to a database.
pub struct Pool {
    /// What they are for.
    pub name: &'static str,
    /// Those there are.
    pub all: u64,
    /// Those nobody uses.
    pub idle: u64,
    /// Most there may be.
    pub most: u64,
}

impl OpenStore {
    /// By how much the database server's clock is ahead of this machine's, to half the time it took to ask; none where the
    /// database has no clock of its own.
    pub async fn clock_difference(&self) -> Result<Option<SignedDuration>> {
        let Database::Postgres(store) = &self.database else { return Ok(None) };
        let before = SystemClock.now();
        let server = store.server_clock().await?;
        let midst = before.checked_add(SystemClock.now().duration_since(before) / 2)?;
        Ok(Some(server.duration_since(midst)))
    }

    /// The connections of this process, by what they are for.
    pub fn pools(&self) -> Vec<Pool> {
        let pool = |name, (all, idle, most): (u32, usize, u32)| Pool {
            name,
            all: all.into(),
            idle: u64::try_from(idle).unwrap_or(u64::MAX),
            most: most.into(),
        };
        let mut pools = match &self.database {
            Database::Sqlite(store) => {
                let [writer, readers] = store.connections();
                vec![pool("writer", writer), pool("readers", readers)]
            }
            Database::Postgres(store) => vec![pool("primary", store.connections())],
        };
        pools.extend(self.replica.iter().map(|replica| pool("replica", replica.connections())));
        pools
    }
}
