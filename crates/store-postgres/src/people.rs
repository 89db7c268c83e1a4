//! Appointments and releases of people who serve. Who is in force follows from the rows; what may be decided by whom the
//! table holds too.

use app::{
    Appointment, AppointmentColumns, AppointmentDecided, AppointmentDecision, AppointmentDigests,
    AppointmentId, AppointmentProposed, AppointmentState, AuditEvent, StaffRegister, StoreError,
    Workplace,
};
use async_trait::async_trait;
use domain::Iin;
use sqlx::{FromRow, query, query_as};
use vault::{PERSON, Vault};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{open_some, to_ms};
use crate::session::Session;

/// Confirmed, and replaced by none that is confirmed.
macro_rules! in_force {
    () => {
        " one.kind = 'appointment' AND one.state = 'confirmed' AND NOT EXISTS (
             SELECT 1 FROM staff_appointments AS next
             WHERE next.replaces = one.id AND next.state = 'confirmed')"
    };
}

/// All columns of the rows that the rest names.
macro_rules! select {
    ($($rest:tt)+) => {
        concat!(
            "SELECT one.id, one.kind, one.iin, one.name, one.workplace, one.roles, one.replaces,
                 one.reason, one.proposed_by, one.proposer_name, one.proposed_at, one.state,
                 one.decided_by, one.decider_name, one.decided_at, one.remark
             FROM staff_appointments AS one ",
            $($rest)+
        )
    };
}

/// Proposing and deciding hold it, so that each sees what the one before wrote.
const PEOPLE: i64 = 0x7065_6f70_6c65;

#[async_trait]
impl StaffRegister for PostgresStore {
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError> {
        let select =
            query_as(select!("WHERE one.iin = $1 AND one.workplace = $2 AND", in_force!()))
                .bind(self.vault.person(iin))
                .bind(workplace.code());
        let row: Option<Row> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError> {
        let select = query_as(select!("WHERE", in_force!(), " ORDER BY one.workplace, one.iin"));
        let rows: Vec<Row> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError> {
        let select = query_as(select!(
            "ORDER BY one.state <> 'open', one.proposed_at DESC, one.id LIMIT $1"
        ))
        .bind(i64::from(limit));
        let rows: Vec<Row> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError> {
        let select = query_as(select!("WHERE one.id = $1")).bind(&id.0);
        let row: Option<Row> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError> {
        self.within(propose(self, appointment, audit)).await
    }

    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        self.within(decide(self, decision, audit)).await
    }

    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError> {
        let select = query_as(select!("ORDER BY one.id"));
        let rows: Vec<Row> = self.within_long(self.all(select)).await?;
        let digests = |row: Row| {
            let id = row.id.clone();
            AppointmentDigests::of_read(id, row.opened(&self.vault))
        };
        rows.into_iter().map(digests).collect()
    }
}

async fn propose(
    store: &PostgresStore,
    appointment: &Appointment,
    audit: &AuditEvent,
) -> Result<AppointmentProposed, StoreError> {
    let mut transaction = store.write_alone(PEOPLE).await?;
    let outcome = propose_in(&mut transaction, appointment, audit).await;
    transaction.end(outcome).await
}

async fn propose_in(
    transaction: &mut Session,
    appointment: &Appointment,
    audit: &AuditEvent,
) -> Result<AppointmentProposed, StoreError> {
    let columns = sealed(&transaction.vault, AppointmentColumns::of(appointment));
    let told = proposed(transaction, &columns).await?;
    if told == AppointmentProposed::Kept {
        insert(transaction, &columns).await?;
        append(transaction, std::slice::from_ref(audit)).await?;
    }
    Ok(told)
}

async fn proposed(
    transaction: &mut Session,
    columns: &AppointmentColumns,
) -> Result<AppointmentProposed, StoreError> {
    let select = query_as(
        "SELECT id FROM staff_appointments
         WHERE iin = $1 AND workplace = $2 AND state = 'open'",
    )
    .bind(&columns.iin)
    .bind(&columns.workplace);
    let waiting: Option<(String,)> = transaction.optional(select).await?;
    if waiting.is_some() {
        return Ok(AppointmentProposed::AnotherWaits);
    }
    let select = query_as(select!("WHERE one.iin = $1 AND one.workplace = $2 AND", in_force!()))
        .bind(&columns.iin)
        .bind(&columns.workplace);
    let present: Option<Row> = transaction.optional(select).await?;
    let is_so = present.map(|row| row.id) == columns.replaces;
    Ok(if is_so { AppointmentProposed::Kept } else { AppointmentProposed::Changed })
}

async fn insert(transaction: &mut Session, columns: &AppointmentColumns) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO staff_appointments (id, kind, iin, name, workplace, roles, replaces, reason,
             proposed_by, proposer_name, proposed_at, state, decided_by, decider_name, decided_at,
             remark)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&columns.id)
    .bind(&columns.kind)
    .bind(&columns.iin)
    .bind(&columns.name)
    .bind(&columns.workplace)
    .bind(&columns.roles)
    .bind(&columns.replaces)
    .bind(&columns.reason)
    .bind(&columns.proposed_by)
    .bind(&columns.proposer_name)
    .bind(columns.proposed_at)
    .bind(&columns.state)
    .bind(&columns.decided_by)
    .bind(&columns.decider_name)
    .bind(columns.decided_at)
    .bind(&columns.remark);
    transaction.execute(insert).await?;
    Ok(())
}

async fn decide(
    store: &PostgresStore,
    decision: &AppointmentDecision,
    audit: &AuditEvent,
) -> Result<AppointmentDecided, StoreError> {
    let mut transaction = store.write_alone(PEOPLE).await?;
    let outcome = decide_in(&mut transaction, decision, audit).await;
    transaction.end(outcome).await
}

async fn decide_in(
    transaction: &mut Session,
    decision: &AppointmentDecision,
    audit: &AuditEvent,
) -> Result<AppointmentDecided, StoreError> {
    let AppointmentDecision { id, end, keeps_administrator } = decision;
    let confirms = end.state == AppointmentState::Confirmed;
    if confirms && *keeps_administrator && loses_administrator(transaction, id).await? {
        return Ok(AppointmentDecided::LastAdministrator);
    }
    let (vault, remark) = (&transaction.vault, end.remark.as_ref());
    let update = query(
        "UPDATE staff_appointments
         SET state = $1, decided_by = $2, decider_name = $3, decided_at = $4, remark = $5
         WHERE id = $6 AND state = 'open'",
    )
    .bind(end.state.code())
    .bind(vault.person(end.by.iin))
    .bind(vault.seal(("staff_appointments.decider_name", &id.0), &end.by.name))
    .bind(to_ms(end.by.at))
    .bind(remark.map(|text| vault.seal(("staff_appointments.remark", &id.0), text)))
    .bind(&id.0);
    if transaction.execute(update).await? == 0 {
        return Ok(AppointmentDecided::Closed);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(AppointmentDecided::Done)
}

/// Whether no administrator would be left by appointment if this one were confirmed.
async fn loses_administrator(
    transaction: &mut Session,
    id: &AppointmentId,
) -> Result<bool, StoreError> {
    let select = query_as(concat!(
        "SELECT EXISTS (SELECT 1 FROM staff_appointments AS open
             JOIN staff_appointments AS present ON present.id = open.replaces
             WHERE open.id = $1 AND present.roles = 'administrator'
                 AND NOT (open.kind = 'appointment' AND open.roles = 'administrator'))
         AND NOT EXISTS (SELECT 1 FROM staff_appointments AS one
             WHERE one.roles = 'administrator'
                 AND one.id <> (SELECT replaces FROM staff_appointments WHERE id = $1) AND",
        in_force!(),
        ")"
    ))
    .bind(&id.0);
    let row: Option<(bool,)> = transaction.optional(select).await?;
    Ok(row.is_some_and(|(loses,)| loses))
}

/// As they are written.
fn sealed(vault: &Vault, columns: AppointmentColumns) -> AppointmentColumns {
    let id = columns.id.as_str();
    let seal = |column, text: &str| vault.seal((column, id), text);
    let some = |column, text: Option<String>| text.map(|text| vault.seal((column, id), &text));
    AppointmentColumns {
        iin: vault.alike(PERSON, &columns.iin),
        name: seal("staff_appointments.name", &columns.name),
        reason: seal("staff_appointments.reason", &columns.reason),
        proposed_by: vault.alike(PERSON, &columns.proposed_by),
        proposer_name: seal("staff_appointments.proposer_name", &columns.proposer_name),
        decided_by: columns.decided_by.map(|digits| vault.alike(PERSON, &digits)),
        decider_name: some("staff_appointments.decider_name", columns.decider_name),
        remark: some("staff_appointments.remark", columns.remark),
        ..columns
    }
}

/// A row as it stands.
#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    iin: String,
    name: String,
    workplace: String,
    roles: String,
    replaces: Option<String>,
    reason: String,
    proposed_by: String,
    proposer_name: String,
    proposed_at: i64,
    state: String,
    decided_by: Option<String>,
    decider_name: Option<String>,
    decided_at: Option<i64>,
    remark: Option<String>,
}

impl From<Row> for AppointmentColumns {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            iin: row.iin,
            name: row.name,
            workplace: row.workplace,
            roles: row.roles,
            replaces: row.replaces,
            reason: row.reason,
            proposed_by: row.proposed_by,
            proposer_name: row.proposer_name,
            proposed_at: row.proposed_at,
            state: row.state,
            decided_by: row.decided_by,
            decider_name: row.decider_name,
            decided_at: row.decided_at,
            remark: row.remark,
        }
    }
}

impl Row {
    fn opened(self, vault: &Vault) -> Result<AppointmentColumns, StoreError> {
        let id = self.id.as_str();
        let open = |column, text: String| vault.open((column, id), text);
        let some = |column, text: Option<String>| open_some(vault, (column, id), text);
        let opened = Self {
            iin: vault.digits(self.iin)?,
            name: open("staff_appointments.name", self.name)?,
            reason: open("staff_appointments.reason", self.reason)?,
            proposed_by: vault.digits(self.proposed_by)?,
            proposer_name: open("staff_appointments.proposer_name", self.proposer_name)?,
            decided_by: self.decided_by.map(|code| vault.digits(code)).transpose()?,
            decider_name: some("staff_appointments.decider_name", self.decider_name)?,
            remark: some("staff_appointments.remark", self.remark)?,
            ..self
        };
        Ok(opened.into())
    }

    fn read(self, vault: &Vault) -> Result<Appointment, StoreError> {
        self.opened(vault)?.read()
    }
}
