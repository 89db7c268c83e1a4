//! PAdES: a seal appended to a PDF, and the judgement about one.
//!
//! Baseline B-B: detached CMS over the whole file, the time only in the signature dictionary (ETSI EN 319 142-1
//! forbids the signing-time attribute). Writing is append-only; judging follows the file's own structure and never
//! searches for something that looks like a signature. Read next: `seal.rs`, `inspect.rs`, `verify.rs`, `sealer.rs`.

mod file;
mod increment;
mod inspect;
mod seal;
mod sealer;
mod signed_data;
mod syntax;
mod verify;

pub use file::FileFault;
pub use increment::SealNotes;
pub use seal::{SealError, SealFault, Signing, seal};
pub use sealer::judge_sealer;
pub use signed_data::{CertificatesFault, SealCertificates};
pub use verify::{Reason, SealedBy, Trust, Verdict, verify};
