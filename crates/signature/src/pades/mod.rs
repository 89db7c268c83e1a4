//! PAdES: a seal appended to a PDF, and the judgement about one.
//!
//! Baseline B-B is a detached CMS over the whole file, the time only in the signature dictionary (ETSI EN 319 142-1
//! forbids the signing-time attribute). B-T adds a time stamp over the signature, B-LT what is needed to judge with no
//! network, B-LTA a time stamp over all of it. Stamps, lists and answers come in as bytes. Writing is append-only;
//! judging follows the file's own structure, never searches for something that looks like a signature, and takes what
//! follows a seal only when it is byte for byte what would be written here. Read next: `seal.rs`, `kept.rs`,
//! `document_stamp.rs`, then `inspect.rs`, `verify.rs`, `sealer.rs`.

mod document_stamp;
mod file;
mod increment;
mod inside;
mod inspect;
mod kept;
mod level;
mod revision;
mod seal;
mod sealer;
mod signed_data;
mod syntax;
mod tags;
mod verify;

pub use document_stamp::{Stamped, stamp_document};
pub use file::FileFault;
pub use increment::SealNotes;
pub use inside::judge_inside;
pub use kept::{Kept, keep};
pub use level::{Level, NotALevel};
pub use seal::{SealError, SealFault, Signing, Unstamped, seal, seal_for_stamp};
pub use sealer::{judge_sealer, judge_sealer_beside};
pub use signed_data::{CertificatesFault, SealCertificates};
pub use verify::{Proofs, Reason, SealedBy, Trust, Verdict, verify};
