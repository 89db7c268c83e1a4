//! The data bank with a second source beside it: what it records is compared with the register of natural persons before
//! anybody decides by it.
//!
//! A register that is silent is as a data bank that is silent: an operator who configures it wants no certificate for a
//! ward who has died. Knows no rule: those are `domain::with_register`'s. Read next: `docs/adr/0029-the-register-of-natural-persons.md`.

use std::collections::HashMap;
use std::sync::Arc;

use app::{AccessProof, Clock, DataBank, PersonRegister, Reply};
use async_trait::async_trait;
use domain::{GuardianRecord, Iin, RegisteredPerson, astana_date, persons_to_ask, with_register};
use futures_util::{StreamExt, stream};

/// Persons asked about at the same time: a guardian of many wards must not wait for each in turn.
const AT_ONCE: usize = 4;

/// A data bank whose records are compared with the register.
pub struct WithRegister {
    bank: Arc<dyn DataBank>,
    register: Arc<dyn PersonRegister>,
    clock: Arc<dyn Clock>,
}

impl WithRegister {
    /// Both sources.
    #[must_use]
    pub fn new(
        bank: Arc<dyn DataBank>,
        register: Arc<dyn PersonRegister>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { bank, register, clock }
    }

    /// A record about somebody else is none of his data: nobody is asked about the people in it.
    async fn beside(
        &self,
        reply: Reply<GuardianRecord>,
        iin: Iin,
        proof: Option<&AccessProof>,
    ) -> Reply<GuardianRecord> {
        match reply {
            Reply::Known(record) if record.guardian.iin == iin => {
                self.compared(record, proof).await
            }
            other => other,
        }
    }

    async fn compared(
        &self,
        record: GuardianRecord,
        proof: Option<&AccessProof>,
    ) -> Reply<GuardianRecord> {
        let day = astana_date(self.clock.now());
        let persons = persons_to_ask(&record, day);
        let ask = |iin| async move { (iin, self.register.person(iin, proof).await) };
        let replies: Vec<_> = stream::iter(persons).map(ask).buffered(AT_ONCE).collect().await;
        let known = match known(replies) {
            Reply::Known(known) => known,
            Reply::Silent => return Reply::Silent,
            Reply::Absent | Reply::Unusable => return Reply::Unusable,
        };
        match with_register(record, &known, day) {
            Ok(record) => Reply::Known(record),
            Err(disagreement) => {
                let code = disagreement.code();
                tracing::warn!(code, "the data bank and the register of persons disagree");
                Reply::Unusable
            }
        }
    }
}

/// What the register knows; or the gravest reason why it is not to be used: silence, then an answer of no use.
fn known(replies: Vec<(Iin, Reply<RegisteredPerson>)>) -> Reply<HashMap<Iin, RegisteredPerson>> {
    let mut known = HashMap::new();
    let mut is_of_use = true;
    for (iin, reply) in replies {
        match reply {
            Reply::Known(person) if person.iin == iin => {
                known.insert(iin, person);
            }
            Reply::Absent => {}
            Reply::Silent => return Reply::Silent,
            Reply::Known(_) | Reply::Unusable => is_of_use = false,
        }
    }
    if is_of_use { Reply::Known(known) } else { Reply::Unusable }
}

#[async_trait]
impl DataBank for WithRegister {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        self.beside(self.bank.guardian(iin).await, iin, None).await
    }

    async fn guardian_by(&self, iin: Iin, proof: &AccessProof) -> Reply<GuardianRecord> {
        self.beside(self.bank.guardian_by(iin, proof).await, iin, Some(proof)).await
    }

    fn is_compared_with_register(&self) -> bool {
        true
    }

    fn is_registry_here(&self) -> bool {
        self.bank.is_registry_here()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use app::testing::samples::{guardian_record, iin, moment};
    use app::testing::{FakeDataBank, FixedClock};
    use domain::LifeStatus;

    use super::*;

    /// Knows everybody as the data bank does, but for whom it was told something else about.
    #[derive(Default)]
    struct Register {
        told: HashMap<Iin, Reply<RegisteredPerson>>,
        asked: Mutex<Vec<Iin>>,
    }

    #[async_trait]
    impl PersonRegister for Register {
        async fn person(&self, iin: Iin, _: Option<&AccessProof>) -> Reply<RegisteredPerson> {
            self.asked.lock().unwrap().push(iin);
            self.told.get(&iin).cloned().unwrap_or(Reply::Absent)
        }
    }

    fn record() -> GuardianRecord {
        let mut record = guardian_record(iin(1), &["w1"]);
        record.wards[0].ward.iin = Some(ward());
        record
    }

    fn ward() -> Iin {
        iin(2)
    }

    fn alive(who: Iin) -> RegisteredPerson {
        let record = record();
        let guardian = (record.guardian.name, record.guardian.birth_date);
        let child = &record.wards[0].ward;
        let (name, birth_date) =
            if who == iin(1) { guardian } else { (child.name.clone(), child.birth_date) };
        RegisteredPerson { iin: who, name, birth_date, life: LifeStatus::Alive }
    }

    async fn told(pairs: Vec<(Iin, Reply<RegisteredPerson>)>) -> (Reply<GuardianRecord>, Vec<Iin>) {
        let bank = Arc::new(FakeDataBank::default());
        bank.know(record());
        let register =
            Arc::new(Register { told: pairs.into_iter().collect(), ..Register::default() });
        let both = WithRegister::new(bank, register.clone(), Arc::new(FixedClock::new(moment(0))));
        let reply = both.guardian(iin(1)).await;
        let asked = register.asked.lock().unwrap().clone();
        (reply, asked)
    }

    #[tokio::test]
    async fn what_the_register_says_and_how_it_fails_is_each_its_answer() {
        let died = RegisteredPerson { life: LifeStatus::Died, ..alive(ward()) };
        let (reply, asked) =
            told(vec![(iin(1), Reply::Known(alive(iin(1)))), (ward(), Reply::Known(died.clone()))])
                .await;
        let Reply::Known(of_the_dead) = reply else { panic!("a record") };
        assert!(of_the_dead.wards[0].ward.died_on.is_some());
        assert_eq!(asked, [iin(1), ward()]);
        for (pairs, expected) in [
            (vec![], Reply::Known(record())),
            (vec![(ward(), Reply::Known(alive(ward())))], Reply::Known(record())),
            (vec![(ward(), Reply::Silent)], Reply::Silent),
            (vec![(iin(1), Reply::Unusable), (ward(), Reply::Silent)], Reply::Silent),
            (vec![(ward(), Reply::Unusable)], Reply::Unusable),
            (vec![(ward(), Reply::Known(alive(iin(1))))], Reply::Unusable),
            (
                vec![(iin(1), Reply::Known(RegisteredPerson { iin: iin(1), ..died }))],
                Reply::Unusable,
            ),
        ] {
            assert_eq!(told(pairs).await.0, expected);
        }
    }

    #[tokio::test]
    async fn where_the_data_bank_has_no_record_nobody_is_asked_about() {
        let register = Arc::new(Register::default());
        let bank = Arc::new(FakeDataBank::default());
        let clock = Arc::new(FixedClock::new(moment(0)));
        let both = WithRegister::new(bank.clone(), register.clone(), clock);
        assert!(both.is_compared_with_register() && !bank.is_compared_with_register());
        assert_eq!(both.guardian(iin(1)).await, Reply::Absent);
        bank.mumble(iin(1));
        assert_eq!(both.guardian(iin(1)).await, Reply::Unusable);
        bank.go_down();
        assert_eq!(both.guardian(iin(1)).await, Reply::Silent);
        assert!(register.asked.lock().unwrap().is_empty());
    }
}
