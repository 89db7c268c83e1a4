//! Every fault that `doctor` knows: its code, what it means for people, what to do. `docs/operate.md` lists the codes.

/// A fault.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// What it means for the service.
    pub means: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

macro_rules! faults {
    ($($name:ident, $code:literal, $means:literal, $remedy:literal;)*) => {
        $(#[doc = $means] pub const $name: Fault = Fault { code: $code, means: $means, remedy: $remedy };)*
        /// All of them.
        pub const ALL: &[Fault] = &[$($name),*];
    };
}

faults! {
    CONFIGURATION, "configuration",
        "The program does not start with this configuration.",
        "Change the key that is named; anyqtama.example.toml explains every key.";
    PUBLIC_URL, "public_url",
        "People's browsers and the QR codes of certificates would use an address without TLS: anybody on the way reads along.",
        "Write portal.public_url with https:// and put a proxy with TLS in front, or fill in [portal.tls].";
    PROVIDERS, "providers",
        "Without a right list of education departments no certificate can be made out in anybody's name.",
        "Correct service.providers_file, service.successors_file or service.fallback_provider; data/providers.toml shows the form.";
    SECRET_MISSING, "secret_missing",
        "What needs this secret does not work, or the program does not start.",
        "Put the file there, owned by the service's account, or take its key out of the configuration.";
    SECRET_EMPTY, "secret_empty",
        "An empty secret opens nothing: whoever needs it is refused.",
        "Write the secret into the file; a token is made with `openssl rand -hex 32`.";
    SECRET_OPEN, "secret_open",
        "Every account of this machine can read the secret, and so act in the service's name.",
        "`chmod o-rwx` the file; make a new secret where others may have read it.";
    DATABASE_UNREACHABLE, "database_unreachable",
        "Nothing can be accepted or answered.",
        "Look whether the server runs, whether address, name and password are right (database.url, database.password_file), and what its log says.";
    DATABASE_NOT_MIGRATED, "database_not_migrated",
        "The database has an older schema than this version needs.",
        "Back it up, then run `anyqtama migrate` with the role that owns the tables.";
    DATABASE_OTHER_SCHEMA, "database_other_schema",
        "The database was made by a newer or another program; this one would spoil what it does not know.",
        "Install the newer version, or name the right database.";
    PERSONAL_DATA_OPEN, "personal_data_open",
        "Whoever gets at the database, a backup or its disk reads everybody's IIN, name and documents.",
        "Make a key (`anyqtama keys new`), back up without [personal_data], then name the key there and restore into an empty database: it is sealed on its way in.";
    PERSONAL_DATA_KEY, "personal_data_key",
        "Personal data cannot be read or written: the program does not start.",
        "Name the right file in personal_data.key_file, or the right token and key in [personal_data.token]: with the master key that the data keys stand under. It may be in a copy of the file or on another device.";
    PERSONAL_DATA_TOKEN, "personal_data_token",
        "The device with the master key cannot be used: the program does not start, and one that runs wraps no data keys anew.",
        "Look at the device, its library, its label, the file of its PIN and its key ([personal_data.token], docs/master-key.md); a refused PIN is not tried again.";
    DATABASE_READS_ONLY, "database_reads_only",
        "Requests can be looked at and none can be accepted.",
        "Look for a full disk, a server in recovery, or a standby that confirms nothing.";
    REPLICA, "replica",
        "Checks by third parties burden the primary.",
        "Look at the standby of database.replica_url.";
    CLOCK, "clock",
        "The 30 minutes of the law would be counted from a wrong moment, and stamps and signatures be refused.",
        "Set the clocks of this machine and of the database server by NTP (`timedatectl set-ntp true`).";
    JOURNAL_BROKEN, "journal_broken",
        "Rows of the journal were changed, removed or lost: it does not prove any more what happened.",
        "Stop writing, keep the database as it is, run `anyqtama audit verify`, and read docs/proof.md.";
    FOLDER, "folder_not_writable",
        "What belongs there cannot be stored.",
        "Make the folder and give it to the service's account (`install -d -o anyqtama -g anyqtama -m 750 FOLDER`).";
    DISK, "disk_nearly_full",
        "When it is full, nothing can be accepted and everything waits.",
        "Make room, or put the folder on a larger disk.";
    SEAL_FOLDER, "seal_folder",
        "No document can be sealed: requests wait.",
        "Put certificates and keys of the seals into seal.keys_dir by the names of docs/seal-keys.md.";
    SEAL_KEY_MISSING, "seal_key_missing",
        "The seal of this certificate cannot be put on: documents wait.",
        "Put the key on the token under the certificate's name, or as NAME.key beside it where seal.keys_in_files is accepted.";
    SEAL_KEY_UNUSABLE, "seal_key_unusable",
        "The seal cannot be put on: documents wait.",
        "Replace the key or the certificate: a key must be readable, RSA or P-256, and belong to its certificate.";
    SEAL_KEY_IN_FILE, "seal_key_in_file",
        "A private key in a file can be copied unseen, so the program does not start with it.",
        "Move it onto a PKCS #11 device ([seal.token]), or write seal.keys_in_files = \"accepted\".";
    SEAL_TOKEN, "seal_token",
        "The device with the sealing keys cannot be used: documents wait.",
        "Look at the device, its library, its label and the file of its PIN ([seal.token]); a refused PIN is not tried again.";
    SEAL_OF_ANOTHER, "seal_of_another",
        "What this seal is put on reads as not genuine: its certificate names neither the provider nor the operator.",
        "Ask for a certificate with the BIN of the provider (service.providers_file) or the operator (service.operator_bin).";
    SEAL_ENDED, "seal_ended",
        "No certificate of this seal is valid: its documents wait.",
        "Renew it now, by docs/seal-keys.md.";
    SEAL_ENDING, "seal_ending",
        "When it ends, the documents of this seal wait.",
        "Ask for the next certificate now and put it in with overlap, by docs/seal-keys.md.";
    FACTS_KEY, "facts_key",
        "Facts cannot be signed: no document is made.",
        "Correct [seal.facts_key] and the device it is on.";
    ANCHORS, "anchors",
        "Nobody's signature can be judged.",
        "Put the certificates of the authorities into signatures.anchors_dir, or correct [[signatures.anchors]].";
    LIST_MISSING, "revocation_list_missing",
        "Whether certificates of this authority are revoked cannot be told by lists: seals cannot be checked, and signatures only by a responder.",
        "Name the list under [[signatures.lists]], or put it into signatures.crl_dir.";
    LIST_OUTDATED, "revocation_list_outdated",
        "Whether certificates of this authority are revoked cannot be told by lists any more.",
        "Look why no newer list came: the addresses under [[signatures.lists]], or what else fills signatures.crl_dir.";
    RESPONDER_SILENT, "responder_silent",
        "Signatures are judged by lists alone, or not at all.",
        "Look whether the address in signatures.ocsp_urls is right and reachable from here.";
    JUDGE_SILENT, "judge_silent",
        "Signatures cannot be judged: people are asked to try again later.",
        "Start NCANode, or correct signatures.ncanode_urls.";
    STAMP_SILENT, "time_stamps_silent",
        "Days of the journal stay unstamped, and documents that need a stamp wait.",
        "Look whether the address is right and reachable from here; it must be one of an authority under signatures.anchors.";
    STAMP_NOT_GOOD, "time_stamps_not_good",
        "Stamps of this authority do not count, so documents that need one wait.",
        "Put the authority's certificate among the anchors, with the purpose time_stamps, and its revocation list into signatures.crl_dir.";
    GATEWAY_SILENT, "gateway_silent",
        "The sources behind SHEP cannot be asked: requests wait, and the term runs.",
        "Look whether the address is right and reachable from here, and ask the operator of the gateway.";
    GATEWAY_CERTIFICATE_ENDED, "gateway_certificate_ended",
        "Messages with this certificate do not count: the sources behind SHEP are lost.",
        "Renew ours, or ask the gateway's operator for its present one, and name the file.";
    GATEWAY_CERTIFICATE_ENDING, "gateway_certificate_ending",
        "When it ends, the sources behind SHEP are lost.",
        "Renew ours, or ask for the gateway's next one, and name both while they overlap.";
    NEIGHBOUR_SILENT, "neighbour_silent",
        "What this service does for us does not work: signing in by it, or messages.",
        "Look whether the address is right and reachable from here.";
    COLLECTOR_SILENT, "collector_silent",
        "Traces are lost; nothing else is.",
        "Look whether operations.otlp_url is right and reachable from here, or take it out.";
    METRICS_OPEN, "metrics_open",
        "Whoever reaches this machine reads how busy the service is: there is no password.",
        "Choose an address of the inner network for operations.listen and worker_listen.";
    PROBER, "prober",
        "The prober cannot sign: nobody hears from it when the way of a request is broken.",
        "Put certificate and key of the synthetic person into operations.prober.key_file, as docs/operations.md tells.";
    REGISTRY_EMPTY, "registry_empty",
        "Nobody is known as a guardian: everybody who asks is refused.",
        "Take in the departments' records (`anyqtama data-bank import`) before anybody may ask, or name another data bank (data_bank.source).";
    SECURITY_CONTACT_EXPIRED, "security_contact_expired",
        "Whoever finds a weakness is not told whom to write to.",
        "See whether the addresses under [portal.security_contact] are still right, and write a new date.";
    LIMITS_BY_PROCESS, "limits_by_process",
        "If several nodes serve from this database, each counts attempts for itself: whoever tries has as many times the tries.",
        "Give all nodes the same secret (`openssl rand -hex 32`) in limits.key_file; a single node may have one, too.";
    LISTEN_ADDRESS, "listen_address",
        "The program cannot serve.",
        "End what listens there, choose another address, or let systemd open a low port for it (anyqtama.socket).";
    TLS_CERTIFICATE, "tls_certificate",
        "No browser can connect.",
        "Correct portal.tls.certificate_file and key_file: PEM, the key belonging to the first certificate.";
    TLS_CERTIFICATE_ENDED, "tls_certificate_ended",
        "Browsers warn everybody off.",
        "Renew it; the running program takes the new files up by itself.";
    TLS_CERTIFICATE_ENDING, "tls_certificate_ending",
        "When it ends, browsers warn everybody off.",
        "Renew it; the running program takes the new files up by itself.";
    TLS_OTHER_NAME, "tls_other_name",
        "Browsers warn everybody off.",
        "Ask for a certificate with the name of portal.public_url.";
    STAFF, "staff_list",
        "Those who serve cannot sign in.",
        "Correct staff.people_file.";
    RECORDS_UNKEPT, "records_unkept",
        "No officer finds these records by name or corrects them.",
        "Name the department of the code in service.providers_file, or what became of it in service.successors_file.";
    FORMS, "forms",
        "No document can be made: fonts or forms are not whole.",
        "Install the program anew.";
    CALENDAR_ENDED, "working_days_ended",
        "Terms of reviews and complaints are counted by weekdays and fixed holidays alone.",
        "Enter this year's moved days into service.working_days_file; data/working-days.toml shows the form.";
    CALENDAR_ENDING, "working_days_ending",
        "From January on terms of reviews and complaints are counted by weekdays and fixed holidays alone.",
        "Enter the next year's moved days into service.working_days_file when the Government has named them.";
}
