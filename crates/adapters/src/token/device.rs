//! A token as its library shows it: found by label or slot, logged in once, its sessions opened.
//!
//! The PIN is tried once for each time the token was lost, and never again after the token refused it. Read next: `library.rs`.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::library::Library;
use super::{TokenAccess, TokenChoice, TokenFault};

/// A token that may be there or not.
pub(crate) struct Device {
    library: Arc<Library>,
    choice: TokenChoice,
    pin: AuthPin,
    sessions: usize,
    /// Why it is never logged in to again.
    refused: OnceLock<TokenFault>,
}

/// What sessions are for.
#[derive(Clone, Copy)]
enum Purpose {
    /// Working with the keys that are there.
    Use,
    /// Making keys.
    Make,
}

impl Device {
    /// Loads the library; whether the token is there shows later.
    pub(crate) fn open(access: &TokenAccess, sessions: usize) -> Result<Self, TokenFault> {
        let pin = std::fs::read_to_string(&access.pin_file).map(Zeroizing::new);
        let pin = pin.map_err(|error| {
            TokenFault::PinFile(format!("{}: {error}", access.pin_file.display()))
        })?;
        let library = Library::at(&access.library)?;
        let pin = AuthPin::from(pin.trim_end_matches(['\r', '\n']).to_owned());
        let (choice, refused) = (access.token.clone(), OnceLock::new());
        Ok(Self { library, choice, pin, sessions: sessions.max(1), refused })
    }

    /// Opens all sessions. Where that fails the library is started anew and asked once more: some see a token that came
    /// back only then.
    pub(crate) fn connect(&self) -> Result<LoggedIn, TokenFault> {
        self.connect_to(Purpose::Use)
    }

    /// The same, with sessions that may make keys.
    pub(crate) fn connect_to_make(&self) -> Result<LoggedIn, TokenFault> {
        self.connect_to(Purpose::Make)
    }

    fn connect_to(&self, purpose: Purpose) -> Result<LoggedIn, TokenFault> {
        match self.try_connect(purpose) {
            (seen, Err(fault)) if fault.may_pass() => {
                self.library.end(seen);
                self.try_connect(purpose).1
            }
            (_, other) => other,
        }
    }

    /// A connection or a fault, and the start of the library that it was met at.
    fn try_connect(&self, purpose: Purpose) -> (u64, Result<LoggedIn, TokenFault>) {
        let start = self.library.hold();
        let opened = self.opened(purpose).map(|(sessions, mechanisms)| LoggedIn {
            mechanisms,
            free: Mutex::new(sessions),
            library: Arc::clone(&self.library),
            start: *start,
        });
        (*start, opened)
    }

    fn opened(&self, purpose: Purpose) -> Result<(Vec<Session>, Vec<MechanismType>), TokenFault> {
        if let Some(fault) = self.refused.get() {
            return Err(fault.clone());
        }
        self.initialize()?;
        let (slot, info) = self.find()?;
        let calls = &self.library.calls;
        let open = || match purpose {
            Purpose::Use => calls.open_ro_session(slot).map_err(TokenFault::from),
            Purpose::Make => calls.open_rw_session(slot).map_err(TokenFault::from),
        };
        let sessions = (0..self.sessions).map(|_| open()).collect::<Result<Vec<_>, _>>()?;
        // A login counts for all sessions of a process, and ends with the last of them.
        if let Some(first) = sessions.first() {
            self.log_in(first, &info)?;
        }
        let mechanisms = calls.get_mechanism_list(slot)?;
        Ok((sessions, mechanisms))
    }

    fn initialize(&self) -> Result<(), TokenFault> {
        match self.library.calls.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn find(&self) -> Result<(Slot, TokenInfo), TokenFault> {
        let absent = || TokenFault::Absent(self.choice.to_string());
        let calls = &self.library.calls;
        match &self.choice {
            TokenChoice::Slot(number) => {
                let slot = Slot::try_from(*number).map_err(|_| absent())?;
                calls.get_token_info(slot).map(|info| (slot, info)).map_err(|_| absent())
            }
            TokenChoice::Label(label) => {
                let slots = calls.get_slots_with_token()?;
                // A slot that tells nothing of its token is not the one looked for.
                let known = slots
                    .into_iter()
                    .filter_map(|slot| calls.get_token_info(slot).ok().map(|info| (slot, info)));
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

/// A token that is logged in to, with a pool of sessions.
pub(crate) struct LoggedIn {
    /// What it can do.
    pub(crate) mechanisms: Vec<MechanismType>,
    free: Mutex<Vec<Session>>,
    library: Arc<Library>,
    /// How often the library had been started anew when it was.
    start: u64,
}

impl LoggedIn {
    /// Works with a session that nobody else does.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, TokenFault>,
    ) -> Result<T, TokenFault> {
        let start = self.library.hold();
        if *start != self.start {
            return Err(TokenFault::Silent("its library was started anew".to_owned()));
        }
        let session = self.free().pop().ok_or(TokenFault::Busy)?;
        // After a fault the session is closed: it may be in the middle of something.
        let done = work(&session)?;
        self.free().push(session);
        Ok(done)
    }

    fn free(&self) -> MutexGuard<'_, Vec<Session>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LoggedIn {
    fn drop(&mut self) {
        let start = self.library.hold();
        let sessions = std::mem::take(&mut *self.free());
        if *start == self.start {
            drop(sessions);
        } else {
            // They ended with the library, and their numbers may be somebody else's.
            sessions.into_iter().for_each(std::mem::forget);
        }
    }
}
