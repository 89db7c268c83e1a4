//! Passkeys that a test makes and uses by hand: whoever answers a ceremony with its nonce and a credential is believed.

use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ports::{
    ClaimedCredential, MadeCredential, PasskeyCeremony, PasskeyFault, PasskeyOwner, Passkeys,
    UsedCredential,
};

/// Ceremonies with a counter for a nonce.
#[derive(Debug, Default)]
pub struct FakePasskeys {
    begun: AtomicU32,
}

/// What a device answers.
#[derive(Serialize, Deserialize)]
struct Answer {
    nonce: u32,
    credential: String,
    handle: String,
    counter: u32,
}

/// What is kept of a credential.
#[derive(Serialize, Deserialize)]
struct Kept {
    credential: String,
    counter: u32,
}

impl FakePasskeys {
    /// What a device with this credential answers to the options of a ceremony, with its counter.
    #[must_use]
    pub fn answer(options: &str, handle: &str, credential: &str, counter: u32) -> String {
        let options: serde_json::Value = serde_json::from_str(options).unwrap();
        let nonce = options["nonce"].as_u64().unwrap();
        let (nonce, credential) = (u32::try_from(nonce).unwrap(), credential.to_owned());
        let answer = Answer { nonce, credential, handle: handle.to_owned(), counter };
        serde_json::to_string(&answer).unwrap()
    }

    /// The handle that a device is given when a credential is made.
    #[must_use]
    pub fn handle(options: &str) -> String {
        let options: serde_json::Value = serde_json::from_str(options).unwrap();
        options["handle"].as_str().unwrap().to_owned()
    }

    fn begin(&self, handle: &str) -> PasskeyCeremony {
        let nonce = self.begun.fetch_add(1, Ordering::SeqCst);
        let options = json!({ "nonce": nonce, "handle": handle }).to_string();
        PasskeyCeremony { options, state: nonce.to_string() }
    }
}

fn read(answer: &str) -> Result<Answer, PasskeyFault> {
    serde_json::from_str(answer).map_err(|_| PasskeyFault::Malformed)
}

fn read_for(state: &str, answer: &str) -> Result<Answer, PasskeyFault> {
    let answer = read(answer)?;
    if state == answer.nonce.to_string() { Ok(answer) } else { Err(PasskeyFault::Refused) }
}

fn kept(answer: &Answer) -> String {
    let Answer { credential, counter, .. } = answer;
    json!({ "credential": credential, "counter": counter }).to_string()
}

impl Passkeys for FakePasskeys {
    fn begin_making(&self, owner: &PasskeyOwner) -> Result<PasskeyCeremony, PasskeyFault> {
        Ok(self.begin(&owner.handle))
    }

    fn finish_making(&self, state: &str, answer: &str) -> Result<MadeCredential, PasskeyFault> {
        let answer = read_for(state, answer)?;
        let credential = kept(&answer);
        Ok(MadeCredential { credential_id: answer.credential, credential })
    }

    fn begin_use(&self) -> Result<PasskeyCeremony, PasskeyFault> {
        Ok(self.begin(""))
    }

    fn claimed(&self, answer: &str) -> Result<ClaimedCredential, PasskeyFault> {
        let Answer { credential, handle, .. } = read(answer)?;
        Ok(ClaimedCredential { credential_id: credential, handle })
    }

    fn finish_use(
        &self,
        state: &str,
        answer: &str,
        credential: &str,
    ) -> Result<UsedCredential, PasskeyFault> {
        let answer = read_for(state, answer)?;
        let before: Kept = serde_json::from_str(credential).map_err(|_| PasskeyFault::Broken)?;
        if before.credential != answer.credential {
            return Err(PasskeyFault::Refused);
        }
        if answer.counter <= before.counter && (answer.counter > 0 || before.counter > 0) {
            return Err(PasskeyFault::Cloned);
        }
        Ok(UsedCredential { credential: kept(&answer), counter: answer.counter })
    }
}
