//! A token as its library shows it: found by label or slot, logged in once, its sessions opened, its keys looked up.
//!
//! The PIN is tried once for each time the token was lost, and never again after the token refused it. Knows no pool.
//! Read next: `mod.rs`.

use std::sync::OnceLock;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::{TokenChoice, TokenFault, TokenSettings};

/// A token that may be there or not.
pub(super) struct Device {
    library: Pkcs11,
    choice: TokenChoice,
    pin: AuthPin,
    sessions: usize,
    /// Why it is never logged in to again.
    refused: OnceLock<TokenFault>,
}

/// A token that is logged in to.
pub(super) struct LoggedIn {
    pub(super) sessions: Vec<Session>,
    pub(super) mechanisms: Vec<MechanismType>,
}

impl Device {
    /// Loads the library; whether the token is there shows later.
    pub(super) fn open(settings: &TokenSettings) -> Result<Self, TokenFault> {
        let pin = std::fs::read_to_string(&settings.pin_file).map(Zeroizing::new);
        let pin = pin.map_err(|error| {
            TokenFault::PinFile(format!("{}: {error}", settings.pin_file.display()))
        })?;
        let library = Pkcs11::new(&settings.library).map_err(|error| {
            TokenFault::Library(format!("{}: {error}", settings.library.display()))
        })?;
        let pin = AuthPin::from(pin.trim_end_matches(['\r', '\n']).to_owned());
        let choice = settings.token.clone();
        Ok(Self { library, choice, pin, sessions: settings.sessions, refused: OnceLock::new() })
    }

    /// Opens all sessions. Where that fails the library is started anew and asked once more: some see a token that came
    /// back only then.
    pub(super) fn connect(&self) -> Result<LoggedIn, TokenFault> {
        match self.try_connect() {
            Err(fault) if fault.may_pass() => {
                // Nothing of ours is in use: whoever connects holds the pool alone. It may be down already.
                let _ = self.library.clone().finalize();
                self.try_connect()
            }
            other => other,
        }
    }

    fn try_connect(&self) -> Result<LoggedIn, TokenFault> {
        if let Some(fault) = self.refused.get() {
            return Err(fault.clone());
        }
        self.initialize()?;
        let (slot, info) = self.find()?;
        let open = || self.library.open_ro_session(slot).map_err(TokenFault::from);
        let sessions = (0..self.sessions.max(1)).map(|_| open()).collect::<Result<Vec<_>, _>>()?;
        // A login counts for all sessions of a process, and ends with the last of them.
        if let Some(first) = sessions.first() {
            self.log_in(first, &info)?;
        }
        Ok(LoggedIn { sessions, mechanisms: self.library.get_mechanism_list(slot)? })
    }

    fn initialize(&self) -> Result<(), TokenFault> {
        match self.library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn find(&self) -> Result<(Slot, TokenInfo), TokenFault> {
        let absent = || TokenFault::Absent(self.choice.to_string());
        match &self.choice {
            TokenChoice::Slot(number) => {
                let slot = Slot::try_from(*number).map_err(|_| absent())?;
                self.library.get_token_info(slot).map(|info| (slot, info)).map_err(|_| absent())
            }
            TokenChoice::Label(label) => {
                let slots = self.library.get_slots_with_token()?;
                // A slot that tells nothing of its token is not the one looked for.
                let known = slots.into_iter().filter_map(|slot| {
                    self.library.get_token_info(slot).ok().map(|info| (slot, info))
                });
                let mut called = known.filter(|(_, info)| info.label() == label);
                match (called.next(), called.next()) {
                    (Some(found), None) => Ok(found),
                    (None, _) => Err(absent()),
                    (Some(_), Some(_)) => Err(TokenFault::Ambiguous(label.clone())),
                }
            }
        }
    }

    fn log_in(&self, session: &Session, info: &TokenInfo) -> Result<(), TokenFault> {
        if info.user_pin_locked() {
            return Err(TokenFault::Locked);
        }
        // Whatever starts this process again and again must not lock the token.
        if info.user_pin_final_try() {
            return Err(TokenFault::LastTry);
        }
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let fault = TokenFault::of_login(error);
                if !fault.may_pass() {
                    let _ = self.refused.set(fault.clone());
                }
                Err(fault)
            }
        }
    }
}

/// The only private key of a label.
pub(super) fn find_key(session: &Session, label: &str) -> Result<ObjectHandle, TokenFault> {
    let template =
        [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.as_bytes().to_vec())];
    match session.find_objects(&template)?.as_slice() {
        [key] => Ok(*key),
        [] => Err(TokenFault::NoKey(label.to_owned())),
        _ => Err(TokenFault::ManyKeys(label.to_owned())),
    }
}
