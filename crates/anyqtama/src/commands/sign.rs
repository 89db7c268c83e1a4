//! `sign`: a CMS with a demo or test key, as NCALayer would make it. Real keys never come near this program.

use anyhow::{Context, Result};
use app::Clock;
use simulators::authority::KeyHolder;

use crate::cli::SignArguments;
use crate::commands::Status;
use crate::output::say;
use crate::system::SystemClock;

/// `sign --key FILE FILE --out FILE.cms`
pub fn sign(arguments: &SignArguments) -> Result<Status> {
    let unreadable = |path: &std::path::Path| format!("cannot read {}", path.display());
    let pem =
        std::fs::read_to_string(&arguments.key).with_context(|| unreadable(&arguments.key))?;
    let key = KeyHolder::from_pem(&pem).context("the key file")?;
    let content = std::fs::read(&arguments.file).with_context(|| unreadable(&arguments.file))?;
    let cms = key.sign(&content, true, SystemClock.now())?;
    std::fs::write(&arguments.out, cms)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    say(format!("written: {}", arguments.out.display()));
    Ok(Status::Done)
}
