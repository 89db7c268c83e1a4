//! Appointments and releases of people who serve. Who is in force follows from the rows; what may be decided by whom the
//! table holds too.

use app::{
    Appointment, AppointmentColumns, AppointmentDecided, AppointmentDecision, AppointmentDigests,
    AppointmentId, AppointmentProposed, AppointmentState, AuditEvent, StaffRegister, StoreError,
    Workplace,
};
use async_trait::async_trait;
use domain::Iin;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{PERSON, Vault};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::to_ms;
use crate::error::fault;

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

#[async_trait]
impl StaffRegister for SqliteStore {
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError> {
        let row: Option<Row> =
            query_as(select!("WHERE one.iin = ? AND one.workplace = ? AND", in_force!()))
                .bind(self.vault.person(iin))
                .bind(workplace.code())
                .fetch_optional(self.read())
                .await
                .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError> {
        let rows: Vec<Row> =
            query_as(select!("WHERE", in_force!())).fetch_all(self.read()).await.map_err(fault)?;
        let read = rows.into_iter().map(|row| row.read(&self.vault));
        let mut read = read.collect::<Result<Vec<_>, _>>()?;
        // Codes of people have no order of theirs.
        read.sort_by_key(in_order);
        Ok(read)
    }

    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError> {
        let rows: Vec<Row> =
            query_as(select!("ORDER BY one.state <> 'open', one.proposed_at DESC, one.id LIMIT ?"))
                .bind(limit)
                .fetch_all(self.read())
                .await
                .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError> {
        let row: Option<Row> = query_as(select!("WHERE one.id = ?"))
            .bind(&id.0)
            .fetch_optional(self.read())
            .await
            .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError> {
        let columns = sealed(&self.vault, AppointmentColumns::of(appointment));
        let mut transaction = self.write().await?;
        let told = proposed(&mut transaction, &columns).await?;
        if told != AppointmentProposed::Kept {
            return Ok(told);
        }
        insert(&mut transaction, &columns).await?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(told)
    }

    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        let AppointmentDecision { id, end, keeps_administrator } = decision;
        let mut transaction = self.write().await?;
        let confirms = end.state == AppointmentState::Confirmed;
        if confirms && *keeps_administrator && loses_administrator(&mut transaction, id).await? {
            return Ok(AppointmentDecided::LastAdministrator);
        }
        let done = query(
            "UPDATE staff_appointments
             SET state = ?, decided_by = ?, decider_name = ?, decided_at = ?, remark = ?
             WHERE id = ? AND state = 'open'",
        )
        .bind(end.state.code())
        .bind(self.vault.person(end.by.iin))
        .bind(self.vault.seal(("staff_appointments.decider_name", &id.0), &end.by.name))
        .bind(to_ms(end.by.at))
        .bind(
            end.remark
                .as_ref()
                .map(|text| self.vault.seal(("staff_appointments.remark", &id.0), text)),
        )
        .bind(&id.0)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        if done.rows_affected() == 0 {
            return Ok(AppointmentDecided::Closed);
        }
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(AppointmentDecided::Done)
    }

    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError> {
        let rows: Vec<Row> =
            query_as(select!("ORDER BY one.id")).fetch_all(self.read()).await.map_err(fault)?;
        let digests = |row: Row| {
            let id = row.id.clone();
            AppointmentDigests::of_read(id, opened(&self.vault, row.into()))
        };
        rows.into_iter().map(digests).collect()
    }
}

fn in_order(one: &Appointment) -> (String, Iin) {
    (one.member.workplace.code(), one.member.iin)
}

async fn proposed(
    transaction: &mut SqliteConnection,
    columns: &AppointmentColumns,
) -> Result<AppointmentProposed, StoreError> {
    let waits: bool = query_scalar(
        "SELECT EXISTS (SELECT 1 FROM staff_appointments
             WHERE iin = ? AND workplace = ? AND state = 'open')",
    )
    .bind(&columns.iin)
    .bind(&columns.workplace)
    .fetch_one(&mut *transaction)
    .await
    .map_err(fault)?;
    if waits {
        return Ok(AppointmentProposed::AnotherWaits);
    }
    let present: Option<Row> =
        query_as(select!("WHERE one.iin = ? AND one.workplace = ? AND", in_force!()))
            .bind(&columns.iin)
            .bind(&columns.workplace)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(fault)?;
    let is_so = present.map(|row| row.id) == columns.replaces;
    Ok(if is_so { AppointmentProposed::Kept } else { AppointmentProposed::Changed })
}

async fn insert(
    transaction: &mut SqliteConnection,
    columns: &AppointmentColumns,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO staff_appointments (id, kind, iin, name, workplace, roles, replaces, reason,
             proposed_by, proposer_name, proposed_at, state, decided_by, decider_name, decided_at,
             remark)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    .bind(&columns.remark)
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

/// Whether no administrator would be left by appointment if this one were confirmed.
async fn loses_administrator(
    transaction: &mut SqliteConnection,
    id: &AppointmentId,
) -> Result<bool, StoreError> {
    query_scalar(concat!(
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
    .bind(&id.0)
    .fetch_one(transaction)
    .await
    .map_err(fault)
}

/// As it is written.
fn sealed(vault: &Vault, columns: AppointmentColumns) -> AppointmentColumns {
    let id = columns.id.as_str();
    let seal = |column, text: String| vault.seal((column, id), &text);
    let some = |column, text: Option<String>| text.map(|text| vault.seal((column, id), &text));
    AppointmentColumns {
        iin: vault.alike(PERSON, &columns.iin),
        name: seal("staff_appointments.name", columns.name),
        reason: seal("staff_appointments.reason", columns.reason),
        proposed_by: vault.alike(PERSON, &columns.proposed_by),
        proposer_name: seal("staff_appointments.proposer_name", columns.proposer_name),
        decided_by: columns.decided_by.map(|digits| vault.alike(PERSON, &digits)),
        decider_name: some("staff_appointments.decider_name", columns.decider_name),
        remark: some("staff_appointments.remark", columns.remark),
        id: columns.id,
        ..columns
    }
}

/// As it was before it was written.
fn opened(vault: &Vault, columns: AppointmentColumns) -> Result<AppointmentColumns, StoreError> {
    let id = columns.id.as_str();
    let open = |column, text| vault.open((column, id), text);
    let some =
        |column, text: Option<String>| text.map(|text| vault.open((column, id), text)).transpose();
    Ok(AppointmentColumns {
        iin: vault.digits(columns.iin)?,
        name: open("staff_appointments.name", columns.name)?,
        reason: open("staff_appointments.reason", columns.reason)?,
        proposed_by: vault.digits(columns.proposed_by)?,
        proposer_name: open("staff_appointments.proposer_name", columns.proposer_name)?,
        decided_by: columns.decided_by.map(|code| vault.digits(code)).transpose()?,
        decider_name: some("staff_appointments.decider_name", columns.decider_name)?,
        remark: some("staff_appointments.remark", columns.remark)?,
        id: columns.id,
        ..columns
    })
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
    fn read(self, vault: &Vault) -> Result<Appointment, StoreError> {
        opened(vault, self.into())?.read()
    }
}
