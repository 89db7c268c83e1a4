//! A caller without a number: he names his IIN and answers a question that only the person can answer. The program compares;
//! the operator is told whether it fits and nothing more.
//!
//! A person who never asked for anything, an IIN of somebody else and a wrong answer are one answer, cost the same and leave
//! the same row.

use domain::{Iin, astana_date, end_fits};
use jiff::civil::Date;

use super::{CallDesk, CallError, CallerStanding};
use crate::ports::{CallerActKind, StoredRequest};
use crate::service::Service;

/// Requests of a person that are compared, the newest first.
const COMPARED_MAX: u32 = 100;

/// What the caller answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallBackAnswer {
    /// The last four characters of a request's number, as typed or transcribed.
    NumberEnd(String),
    /// The day on which he asked, by the clock of Astana.
    Day(Date),
}

impl CallBackAnswer {
    /// Words of the questions.
    pub const QUESTIONS: [&'static str; 2] = ["number_end", "day"];

    fn fits(&self, stored: &StoredRequest) -> bool {
        match self {
            Self::NumberEnd(said) => end_fits(&stored.number, said),
            Self::Day(day) => astana_date(stored.clock.accepted_at) == *day,
        }
    }
}

impl Service {
    /// Tells a caller how his newest request stands that fits what he answered.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn told_by_question(
        &self,
        desk: &CallDesk,
        person: Iin,
        answer: &CallBackAnswer,
    ) -> Result<CallerStanding, CallError> {
        let requests = self.store().requests_of(person, None, COMPARED_MAX).await?;
        // All are compared, so that time tells nothing of how many there are before the one that fits.
        let fitting: Vec<&StoredRequest> =
            requests.iter().filter(|stored| answer.fits(stored)).collect();
        match fitting.first() {
            Some(stored) => {
                let number = Some(&stored.number);
                self.act(desk, CallerActKind::ByQuestion, person, number).await?;
                Ok(CallerStanding::of(stored, self.now()))
            }
            None => {
                self.act(desk, CallerActKind::WrongAnswer, person, None).await?;
                Err(CallError::NoFit)
            }
        }
    }
}
