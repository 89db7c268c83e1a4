//! The commands besides `demo`: each reads its arguments, calls one use case, prints, and names its exit status.

pub mod audit;
pub mod backup;
pub mod breaks;
pub mod consents;
pub mod data_bank;
pub mod doctor;
pub mod exceptions;
pub mod figures;
pub mod keys;
pub mod maintenance;
pub mod recheck;
pub mod replay;
pub mod serve;
pub mod sign;
pub mod verify;

/// A moment on the clocks of Kazakhstan, to the second.
pub(crate) fn local_time(moment: jiff::Timestamp) -> String {
    domain::astana_time(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Exit statuses that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done; genuine.
    Done,
    /// Refused with a clear reason; not genuine.
    Refused,
    /// Wrong use; unreadable.
    WrongUse,
    /// Cannot be told now.
    CannotTell,
}

impl From<Status> for std::process::ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Refused => 1,
            Status::WrongUse => 2,
            Status::CannotTell => 3,
        })
    }
}
