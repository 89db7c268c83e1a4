//! A department's officers and files, made up.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::{Answer, Iin, Kato};
use jiff::civil::Date;

use crate::import::RegistryRow;
use crate::ports::{
    CellFault, DepartmentFiles, InLanguages, Officer, OfficerList, ReadFile, TypedCell,
};

/// A list of officers that a test changes.
#[derive(Debug, Default)]
pub struct FakeOfficers {
    listed: Mutex<Option<Vec<Officer>>>,
}

impl FakeOfficers {
    /// These are officers.
    pub fn list(&self, officers: &[Officer]) {
        *self.listed.lock().unwrap() = Some(officers.to_vec());
    }

    /// The list cannot be read.
    pub fn break_down(&self) {
        *self.listed.lock().unwrap() = None;
    }
}

#[async_trait]
impl OfficerList for FakeOfficers {
    async fn officer(&self, iin: Iin, provider: &Kato) -> Answer<Officer> {
        let listed = self.listed.lock().unwrap();
        let Some(officers) = &*listed else { return Answer::Unavailable };
        let his = officers.iter().find(|one| one.iin == iin && one.provider == *provider);
        his.cloned().map_or(Answer::Absent, Answer::Known)
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
