//! A demo's folder for one test. Keys, a bank of thousands and a database take seconds to make, so that the first test of
//! the day makes a folder and the others begin with a copy of it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyqtama::demo::prepare::{Prepared, prepare};

/// A folder of its own, as the demo makes it for a portal and a signer at this address.
pub async fn prepared(folder: &Path, address: SocketAddr) -> Prepared {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // One test makes it, the others wait: the lock ends with its file, whatever becomes of the process.
    let lock = File::create(root.join("demo.lock")).unwrap();
    lock.lock().unwrap();
    let pattern = pattern(root);
    remove_older(root, &pattern);
    // Made anew where it is of yesterday, or was broken off.
    prepare(&pattern, address, address).await.unwrap();
    copy(&pattern, folder);
    drop(lock);
    prepare(folder, address, address).await.unwrap()
}

/// Of the program as it was built last, because another one may make another.
fn pattern(root: &Path) -> PathBuf {
    let program = fs::metadata(env!("CARGO_BIN_EXE_anyqtama")).unwrap().modified().unwrap();
    let built = program.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    root.join(format!("demo-{built}"))
}

fn remove_older(root: &Path, present: &Path) {
    for entry in fs::read_dir(root).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir()
            && path != present
            && entry.file_name().to_string_lossy().starts_with("demo-")
        {
            fs::remove_dir_all(path).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
