//! Guardians of one ward each, with keys the installation trusts, and the file that tells the data bank of them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use anyqtama::system::randomness;
use domain::{GuardianRecord, current_appointments};
use jiff::Timestamp;
use simulators::authority::{DemoFolder, PersonKey};
use simulators::data_bank_file;
use simulators::people::{
    Ask, AskedWards, BankRecord, DemoPerson, Expected, KeyKind, Text, population,
};

/// The same people every day.
const SEED: u64 = 20_270_101;
/// Some placements of a population have ended, some guardians have several: not all can take part.
const RECORDS_PER_PERSON: usize = 4;

/// Somebody who asks.
#[derive(Clone)]
pub struct Person {
    /// Who.
    pub person: DemoPerson,
    /// His key.
    pub key: PersonKey,
}

/// Makes as many people, their keys and revocation lists in the folder; answers them and the data bank's file.
pub fn furnish(folder: &Path, count: usize, now: Timestamp) -> Result<(Vec<Person>, Vec<u8>)> {
    let today = domain::astana_date(now);
    let records = population(SEED, today, count * RECORDS_PER_PERSON)?.records;
    let people: Vec<DemoPerson> = with_one_ward(&records, now).take(count).collect();
    ensure!(people.len() == count, "the population has only {} such people", people.len());
    let folder = DemoFolder::new(folder);
    let keys = folder.furnish(&people, &[], now, &mut randomness())?.keys;
    let people = people.into_iter().zip(keys).map(|(person, key)| Person { person, key });
    Ok((people.collect(), data_bank_file::xlsx(&records)?))
}

/// People whose request leads to exactly one certificate, so that all requests are alike.
fn with_one_ward(
    records: &[BankRecord],
    now: Timestamp,
) -> impl Iterator<Item = DemoPerson> + use<> {
    let mut by_guardian: BTreeMap<String, GuardianRecord> = BTreeMap::new();
    for one in records {
        let record = by_guardian.entry(one.guardian.iin.digits()).or_insert_with(|| {
            let (guardian, accounting) = (one.guardian.clone(), one.accounting);
            GuardianRecord { guardian, accounting, wards: Vec::new(), by_register: Vec::new() }
        });
        record.wards.push(one.ward.clone());
    }
    let today = domain::astana_date(now);
    by_guardian
        .into_values()
        .filter(move |record| {
            record.wards.len() == 1 && current_appointments(record, today).len() == 1
        })
        .enumerate()
        .map(|(index, record)| asks(index, &record))
}

fn asks(index: usize, record: &GuardianRecord) -> DemoPerson {
    let text = || String::from("load");
    let guardian = &record.guardian;
    DemoPerson {
        slug: format!("load_{index}"),
        situation: text(),
        about: Text { kk: text(), ru: text(), en: text() },
        name: guardian.name.clone(),
        iin: guardian.iin,
        birth_date: guardian.birth_date,
        key: KeyKind::Gost,
        ask: Ask {
            applicant_iin: guardian.iin,
            wards: AskedWards::All,
            restricted_data: true,
            protected_secret: true,
        },
        expected: Expected::Granted { certificates: 1, roles: Vec::new() },
    }
}
