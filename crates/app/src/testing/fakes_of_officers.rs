//! A department's officers and files, made up.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::{Answer, Bin, Iin, Kato};
use jiff::civil::Date;

use crate::import::RegistryRow;
use crate::ports::{
    CellFault, DepartmentFiles, InLanguages, Officer, ReadFile, StaffList, StaffMember, TypedCell,
    Workplace,
};
use crate::staff::{StaffRole, StaffRoles};

/// Somebody of a department in these roles.
#[must_use]
pub fn of_department(iin: Iin, name: &str, provider: &Kato, roles: &[StaffRole]) -> StaffMember {
    let workplace = Workplace::Department(provider.clone());
    let roles = StaffRoles::of(roles.iter().copied(), &workplace).unwrap();
    StaffMember { iin, name: name.to_owned(), workplace, roles }
}

/// Somebody of another organisation in this role.
#[must_use]
pub fn of_organisation(iin: Iin, name: &str, bin: Bin, role: StaffRole) -> StaffMember {
    let workplace = Workplace::Organisation(bin);
    let roles = StaffRoles::of([role], &workplace).unwrap();
    StaffMember { iin, name: name.to_owned(), workplace, roles }
}

impl From<&Officer> for StaffMember {
    fn from(officer: &Officer) -> Self {
        of_department(officer.iin, &officer.name, &officer.provider, &[StaffRole::Officer])
    }
}

/// A list of people who serve that a test changes.
#[derive(Debug, Default)]
pub struct FakeStaffList {
    listed: Mutex<Option<Vec<StaffMember>>>,
}

impl FakeStaffList {
    /// These serve.
    pub fn list(&self, members: &[StaffMember]) {
        *self.listed.lock().unwrap() = Some(members.to_vec());
    }

    /// The list cannot be read.
    pub fn break_down(&self) {
        *self.listed.lock().unwrap() = None;
    }
}

#[async_trait]
impl StaffList for FakeStaffList {
    async fn member(&self, iin: Iin, workplace: &Workplace) -> Answer<StaffMember> {
        let listed = self.listed.lock().unwrap();
        let Some(members) = &*listed else { return Answer::Unavailable };
        let his = members.iter().find(|one| one.iin == iin && one.workplace == *workplace);
        his.cloned().map_or(Answer::Absent, Answer::Known)
    }

    async fn everybody(&self) -> Option<Vec<StaffMember>> {
        self.listed.lock().unwrap().clone()
    }
}

/// Files of JSON rows; of anything else one cell is wrong.
#[derive(Debug, Default)]
pub struct FakeFiles;

impl FakeFiles {
    /// A file of these rows.
    #[must_use]
    pub fn file(rows: &[RegistryRow]) -> Vec<u8> {
        serde_json::to_vec(rows).unwrap()
    }
}

impl DepartmentFiles for FakeFiles {
    fn read(
        &self,
        bytes: &[u8],
        _department: &Kato,
        _today: Date,
        watch: &dyn Fn(u32, u32),
    ) -> Result<ReadFile, Vec<CellFault>> {
        let Ok(rows) = serde_json::from_slice::<Vec<RegistryRow>>(bytes) else {
            let text = |text: &str| InLanguages {
                kk: text.to_owned(),
                ru: text.to_owned(),
                en: text.to_owned(),
            };
            return Err(vec![CellFault {
                row: Some(2),
                letters: Some("A".to_owned()),
                column: Some("guardian_iin"),
                what: text("wrong <b>cell</b>"),
                expected: text("another"),
            }]);
        };
        let count = u32::try_from(rows.len()).unwrap();
        watch(count, count);
        Ok(ReadFile { lines: (2..2 + count).collect(), rows })
    }

    fn of_one_line(&self, cells: &[TypedCell<'_>]) -> Vec<u8> {
        serde_json::to_vec(cells).unwrap()
    }

    fn words(&self, _column: &str) -> Vec<&'static str> {
        Vec::new()
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["guardian_iin", "ward_surname", "provider_kato"]
    }

    fn template(&self) -> Option<Vec<u8>> {
        Some(b"template".to_vec())
    }

    fn cells(&self, row: &RegistryRow) -> Vec<(&'static str, String)> {
        let surname = row.ward.ward.name.surname.as_str().to_owned();
        vec![("guardian_iin", row.guardian.iin.digits()), ("ward_surname", surname)]
    }
}
