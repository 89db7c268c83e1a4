//! The master key of personal data on a token, a software one (SoftHSM2) in the place of a device: moved there from its file, made
//! anew, lost, found, and moved back. The program is asked as operators ask it, in processes that know where the token lies.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyqtama::config::{MasterPlaceConfig, MasterTokenConfig, PersonalDataConfig};
use sqlx::query_scalar;
use sqlx::sqlite::SqlitePool;

use super::doctor::{Spoilt, Ward};
use super::status;

const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const PIN: &str = "271828";

fn library() -> Option<PathBuf> {
    let is_there = Command::new("softhsm2-util").arg("--version").output().is_ok();
    LIBRARIES.iter().map(PathBuf::from).find(|path| is_there && path.exists())
}

#[allow(clippy::print_stderr, reason = "a skipped test must be heard")]
fn skip() {
    let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "softhsm2 is required and missing");
    eprintln!("SKIPPED: softhsm2 is missing");
}

/// An installation beside a folder of tokens.
struct Place {
    installation: Spoilt,
    token: MasterTokenConfig,
    key_file: PathBuf,
}

impl Place {
    fn new(ward: &Ward, library: PathBuf) -> Self {
        let installation = ward.copy("token");
        let folder = installation.folder.display();
        let tokens = format!("directories.tokendir = {folder}/tokens\nlog.level = ERROR\n");
        installation.write("softhsm2.conf", tokens);
        let token = MasterTokenConfig {
            library,
            label: Some("anyqtama".to_owned()),
            slot: None,
            pin_file: installation.write("pin", PIN),
            key: "personal data".to_owned(),
        };
        let personal = installation.config.personal_data.clone().unwrap();
        Self { installation, token, key_file: personal.key_file.unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.installation.folder.join(name)
    }

    fn environed(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", self.path("softhsm2.conf"));
        command
    }

    fn make_token(&self) {
        std::fs::create_dir(self.path("tokens")).unwrap();
        let label = ["--init-token", "--free", "--label", "anyqtama"];
        let pins = ["--so-pin", "314159", "--pin", PIN];
        let made = self.environed("softhsm2-util").args(label).args(pins).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    /// Puts one folder of tokens in the place of another.
    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// A configuration with the master key there.
    fn config(&self, name: &str, move_to: Option<MasterPlaceConfig>, has_file: bool) -> PathBuf {
        let personal_data = Some(PersonalDataConfig {
            key_file: has_file.then(|| self.key_file.clone()),
            move_to,
            token: Some(self.token.clone()),
        });
        let config = anyqtama::config::Config { personal_data, ..self.installation.config.clone() };
        self.installation.write(name, toml::to_string(&config).unwrap())
    }

    fn run(&self, words: &[&str], config: &Path) -> Output {
        let mut command = self.environed(env!("CARGO_BIN_EXE_anyqtama"));
        command.args(words).arg("--config").arg(config).output().unwrap()
    }

    fn make_key(&self, config: &Path) {
        let made = self.run(&["keys", "new"], config);
        assert_eq!(status(&made), 0, "{made:?}");
    }

    /// The one fault that the doctor finds, with what it saw.
    fn fault(&self, config: &Path) -> (String, String) {
        let told = self.run(&["doctor", "--json"], config);
        let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(told["findings"].as_array().unwrap().len(), 1, "{told}");
        let word = |name: &str| told["findings"][0][name].as_str().unwrap().to_owned();
        (word("code"), word("what"))
    }

    fn opens(&self, config: &Path) {
        let read = self.run(&["exceptions"], config);
        assert_eq!(status(&read), 0, "{read:?}");
    }

    /// What refuses a command refuses to serve, too, in the same words.
    fn does_not_serve(&self, config: &Path, why: &str) {
        let told = self.run(&["serve"], config);
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(status(&told) == 1 && said.contains(why), "{said}");
    }

    /// Serves until every data key is wrapped by another master key than now; answers its name.
    async fn moved(&self, config: &Path) -> String {
        let url = &self.installation.config.database.url;
        let pool = SqlitePool::connect(url).await.unwrap();
        let masters = async || -> Vec<String> {
            let select = "SELECT DISTINCT master FROM data_keys";
            query_scalar(select).fetch_all(&pool).await.unwrap()
        };
        let before = masters().await;
        let mut command = self.environed(env!("CARGO_BIN_EXE_anyqtama"));
        command.args(["serve", "--no-worker", "--config"]).arg(config);
        let mut serving = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut now = before.clone();
        for _ in 0..300 {
            now = masters().await;
            if now.len() == 1 && now != before {
                break;
            }
            assert!(serving.try_wait().unwrap().is_none(), "it ended");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        serving.kill().unwrap();
        serving.wait().unwrap();
        pool.close().await;
        assert!(now.len() == 1 && now != before, "{now:?}");
        now.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_key_moves_to_a_token_and_back_and_each_fault_of_the_token_is_named() {
    let Some(library) = library() else { return skip() };
    let ward = Ward::new().await;
    let place = Place::new(&ward, library);
    place.make_token();
    let (file, token) = (Some(MasterPlaceConfig::KeyFile), Some(MasterPlaceConfig::Token));
    let (there, back) =
        (place.config("there.toml", token, true), place.config("back.toml", file, true));
    let alone = place.config("alone.toml", None, false);
    let undecided = place.config("undecided.toml", None, true);
    assert!(place.fault(&undecided).1.contains("say with move_to"));

    let (code, what) = place.fault(&there);
    assert_eq!(code, "personal_data_token");
    assert!(what.contains("no AES key called personal data"), "{what}");
    place.make_key(&there);
    let first = place.moved(&there).await;
    assert!(first.starts_with("token-"), "{first}");
    std::fs::rename(&place.key_file, place.path("kept.keys")).unwrap();
    place.opens(&alone);

    place.make_key(&alone);
    let second = place.moved(&alone).await;
    assert!(second > first && second.starts_with("token-"), "{second}");

    place.rename("tokens", "away");
    std::fs::create_dir(place.path("tokens")).unwrap();
    let (code, what) = place.fault(&alone);
    assert_eq!(code, "personal_data_token");
    assert!(what.contains("the token called anyqtama is not there"), "{what}");
    place.does_not_serve(&alone, "the token called anyqtama is not there");
    std::fs::remove_dir(place.path("tokens")).unwrap();
    // Another token of its name, with another key of its label.
    place.make_token();
    place.make_key(&alone);
    let (code, what) = place.fault(&alone);
    assert_eq!(code, "personal_data_key");
    assert!(what.contains(&second), "{what}");
    place.does_not_serve(&alone, &second);
    std::fs::remove_dir_all(place.path("tokens")).unwrap();
    place.rename("away", "tokens");

    place.installation.write("pin", "161803");
    let (code, what) = place.fault(&alone);
    assert_eq!(code, "personal_data_token");
    assert!(what.contains("refused the PIN"), "{what}");
    place.does_not_serve(&alone, "refused the PIN");
    place.installation.write("pin", PIN);

    std::fs::rename(place.path("kept.keys"), &place.key_file).unwrap();
    let third = place.moved(&back).await;
    assert!(!third.starts_with("token-"), "{third}");
    let in_file = toml::to_string(&place.installation.config).unwrap();
    place.opens(&place.installation.write("file.toml", in_file));
}
