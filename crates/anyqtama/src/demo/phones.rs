//! The demo's telephones and letters: an SMSC, the base of mobile citizens, a mail server, and the pages on which messages are
//! read. The service reaches them by the adapters of production.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use app::{Clock, Ids};
use domain::PhoneNumber;
use simulators::mail::{Letters, MailServer};
use simulators::people::DemoPerson;
use simulators::sms::{MobileBase, Phone, PhonePage, Phones, Smsc};

use crate::cli::DemoArguments;
use crate::config::{EmailConfig, MailTlsConfig};
use crate::demo::prepare::Prepared;
use crate::passwords::{
    NoticesConfig, PasswordsConfig, RequestsConfig, ServiceAtConfig, SignInConfig, SmppConfig,
};
use crate::serve::Shutdown;
use crate::system::{SystemClock, SystemIds};

const SYSTEM_ID: &str = "anyqtama";
const SENDER: &str = "1414";
const WRITER: &str = "Анықтама <noreply@anyqtama.example.kz>";
/// Who has no number connected, so that one sees what is told then.
const WITHOUT_NUMBER: &str = "not_in_bank";

/// All of them, listening.
pub struct Telephones {
    base: MobileBase,
    smsc: Smsc,
    mail: MailServer,
    page: PhonePage,
}

impl Telephones {
    /// Gives the people numbers, and tells the configuration where everything is.
    pub async fn bind(prepared: &mut Prepared, arguments: &DemoArguments) -> Result<Self> {
        let phones = (100..).zip(&prepared.people).map(|(place, person)| phone(person, place));
        let phones = phones.collect::<Result<Vec<_>>>()?;
        let phones = Arc::new(Phones::new(phones, Arc::new(|| SystemClock.now())));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (token, password) = (SystemIds.token(), SystemIds.token());
        // SMPP has room for eight characters.
        let password: String = password.chars().take(8).collect();
        let base = MobileBase::bind(anywhere, &token, Arc::clone(&phones)).await?;
        let smsc = Smsc::bind(anywhere, (SYSTEM_ID, &password), Arc::clone(&phones)).await?;
        let letters = Arc::new(Letters::new(Arc::new(|| SystemClock.now())));
        let mail = MailServer::bind(anywhere, Arc::clone(&letters)).await?;
        // Where nobody looks at it, any address will do.
        let wanted = if arguments.check { anywhere } else { arguments.phones_listen };
        let page = PhonePage::bind(wanted, phones, letters).await.with_context(|| {
            format!(
                "the page of telephones; choose another address with --phones-listen than {wanted}"
            )
        })?;
        prepared.folder.write("mobile-citizens-token", format!("{token}\n").as_bytes())?;
        prepared.folder.write("smpp-password", format!("{password}\n").as_bytes())?;
        let sign_in =
            if arguments.second_step { SignInConfig::SecondStep } else { SignInConfig::Off };
        prepared.config.one_time_passwords = Some(PasswordsConfig {
            requests: RequestsConfig::On,
            sign_in,
            notices: NoticesConfig::On,
            mobile_citizens_base: ServiceAtConfig {
                url: base.url(),
                token_file: Some(prepared.folder.path("mobile-citizens-token")),
                authorities_file: None,
            },
            sender: SENDER.to_owned(),
            smpp: Some(SmppConfig {
                addresses: vec![smsc.address().to_string()],
                system_id: SYSTEM_ID.to_owned(),
                password_file: prepared.folder.path("smpp-password"),
            }),
            http: None,
        });
        prepared.config.email = Some(EmailConfig {
            host: mail.address().ip().to_string(),
            port: Some(mail.address().port()),
            tls: MailTlsConfig::None,
            from: WRITER.to_owned(),
            user: None,
            password_file: None,
            authorities_file: None,
        });
        Ok(Self { base, smsc, mail, page })
    }

    /// Where the page is.
    pub fn page(&self) -> SocketAddr {
        self.page.address()
    }

    /// Until the word to end.
    pub async fn serve(self, shutdown: Shutdown) {
        let Self { base, smsc, mail, page } = self;
        tokio::join!(
            base.serve(shutdown.wait()),
            smsc.serve(shutdown.wait()),
            mail.serve(shutdown.wait()),
            page.serve(shutdown.wait()),
        );
    }
}

fn phone(person: &DemoPerson, place: u32) -> Result<Phone> {
    let number = (person.slug != WITHOUT_NUMBER).then(|| invented(place)).transpose()?;
    let number = number.map(|number| number.e164().to_owned());
    Ok(Phone { iin: person.iin, name: person.name.full(), number })
}

/// Of a range nobody has.
fn invented(place: u32) -> Result<PhoneNumber> {
    Ok(PhoneNumber::parse(&format!("+7700000{place:04}"))?)
}
