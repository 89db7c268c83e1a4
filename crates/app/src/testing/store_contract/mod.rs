//! What every store promises, as tests that each store runs over a fresh copy of itself.
//!
//! Read next: `registering.rs` for parallel submissions, `working.rs` for leases and crashes, `losing.rs` for answers
//! nobody hears, `answering.rs` for what was issued.

mod answering;
mod askings;
mod attempts;
mod callers;
mod case_files;
mod consents;
mod erased;
mod erasures;
mod figures;
mod forms;
mod journal;
mod losing;
mod office;
mod one_time_passwords;
mod operations;
mod passkeys;
mod people;
mod phone_signings;
mod proving;
mod recourses;
mod registering;
mod sign_in;
mod timing;
mod working;

use std::any::Any;
use std::sync::Arc;

pub use answering::*;
pub use askings::*;
pub use attempts::*;
pub use callers::*;
pub use case_files::*;
pub use consents::*;
pub use erased::*;
pub use erasures::*;
pub use figures::*;
pub use forms::*;
pub use journal::*;
pub use losing::*;
pub use office::*;
pub use one_time_passwords::*;
pub use operations::*;
pub use passkeys::*;
pub use people::*;
pub use phone_signings::*;
pub use proving::*;
pub use recourses::*;
pub use registering::*;
pub use sign_in::*;
pub use timing::*;
pub use working::*;

use crate::ports::{EmailAddresses, Exchanges, OfficeStore, Outbox, Registry, Store};

/// A fresh, empty store under test, with whatever must outlive it (a temporary folder, a container).
pub struct Fixture {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The same store as registry.
    pub registry: Arc<dyn Registry>,
    /// The same store with its exchanges.
    pub exchanges: Arc<dyn Exchanges>,
    /// The same store for officers.
    pub office: Arc<dyn OfficeStore>,
    /// The same store with its outbox.
    pub outbox: Arc<dyn Outbox>,
    /// The same store with people's addresses.
    pub emails: Arc<dyn EmailAddresses>,
    _kept: Box<dyn Any + Send + Sync>,
}

impl Fixture {
    /// All ports of one store.
    pub fn new<S>(store: Arc<S>, kept: impl Any + Send + Sync) -> Self
    where
        S: Store + Registry + Exchanges + OfficeStore + Outbox + EmailAddresses + 'static,
    {
        let (registry, office, exchanges) = (store.clone(), store.clone(), store.clone());
        let (outbox, emails) = (store.clone(), store.clone());
        Self { store, registry, exchanges, office, outbox, emails, _kept: Box::new(kept) }
    }
}

/// Makes a test of each promise; the argument is an async function that opens a fresh [`Fixture`].
#[macro_export]
macro_rules! store_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open; store_contract;
            a_challenge_opens_one_session_even_in_parallel
            a_session_ends_by_time_or_by_choice
            what_expired_is_removed_and_the_rest_stays
            an_officers_session_is_opened_once_and_never_outlives_its_last_moment
            a_proposal_is_its_departments_and_drops_its_bytes_when_it_is_closed
            a_proposal_is_taken_in_once_with_its_import_even_in_parallel
            a_proposal_that_is_anothers_or_of_other_bytes_is_not_taken_in
            a_proposal_that_is_refused_stays_open
            present_records_are_found_by_their_keys
            attempts_in_parallel_get_a_number_each
            attempts_are_forgotten_when_their_time_is_over
            what_is_outdated_is_erased_with_its_row_of_the_journal
            a_submitted_draft_is_erased_and_its_request_stays
            acts_for_callers_and_closed_exchanges_are_erased
            of_an_erased_request_is_left_what_its_certificate_vouches_for
            what_is_young_open_or_waits_is_not_erased
            synthetic_requests_are_erased_apart_and_no_number_comes_again
            a_draft_is_kept_with_its_exact_bytes
            a_signing_by_telephone_is_kept_as_it_was_begun
            of_parallel_signatures_by_telephone_one_is_accepted
            why_a_signature_by_telephone_was_refused_is_told_until_one_is_accepted
            a_signing_by_telephone_is_forgotten_at_its_end
            a_password_is_right_for_its_person_purpose_and_text_alone
            another_password_leaves_the_earlier_ones_good
            a_password_is_good_for_a_quarter_of_an_hour
            parallel_sends_to_one_person_make_one_password
            parallel_sends_to_one_number_make_one_password
            five_passwords_an_hour_are_sent_and_no_more
            a_password_the_gateway_did_not_take_does_not_count_and_stays_good
            sends_that_failed_are_ten_in_a_quarter_of_an_hour_and_no_more
            parallel_wrong_tries_are_five_and_no_more
            wrong_tries_with_one_number_count_for_everybody_who_has_it
            a_clock_that_went_back_lifts_no_limit
            a_password_confirms_one_request
            a_password_that_is_gone_registers_nothing
            a_registration_that_failed_leaves_the_password_good
            a_second_step_opens_one_session_even_in_parallel
            a_second_step_needs_a_password_of_its_own
            what_expired_of_passwords_is_removed
            a_request_is_registered_with_everything
            the_same_key_and_body_in_parallel_make_one_request
            the_same_draft_under_other_keys_makes_one_request
            parallel_drafts_of_one_person_make_one_open_request
            a_document_led_to_the_open_request_is_led_there_for_good
            the_same_key_with_another_body_is_told_apart
            a_key_belongs_to_one_person
            a_draft_nobody_prepared_or_of_another_person_registers_nothing
            a_taken_number_registers_nothing_and_another_draw_does
            an_answered_person_can_ask_again
            requests_are_listed_newest_first_page_by_page
            two_workers_and_one_job_make_one_lease
            the_job_due_longest_comes_first_and_none_too_early
            a_stale_version_commits_nothing
            an_effect_is_stored_once
            a_lost_lease_can_neither_commit_nor_postpone
            a_lease_given_back_commits_nothing
            a_lease_that_ran_out_but_was_not_taken_still_commits
            postponing_and_running_out_count_as_attempts
            waiting_keeps_the_step_and_names_what_for
            after_a_crash_at_any_step_the_next_worker_goes_on_there
            a_step_whose_answer_was_lost_is_stale_when_it_is_made_again
            behind_a_lost_answer_the_next_worker_finds_the_step_made
            a_job_given_back_without_an_answer_is_given_back_once
            a_registration_whose_answer_was_lost_is_the_same_when_it_comes_again
            what_was_noted_down_without_an_answer_is_noted_down_once
            an_ended_request_has_no_job
            a_request_cannot_be_forgotten
            a_ward_has_one_answer
            every_planned_document_is_needed_and_no_other
            numbers_and_tokens_are_never_used_again
            nothing_is_found_by_number_token_or_digest_before_it_is_issued
            sealed_bytes_are_found_and_stay_the_same
            results_keep_the_order_they_were_planned_in
            a_decision_is_kept_with_its_evidence
            the_journal_is_one_chain_without_gaps
            parallel_entries_keep_the_chain_whole
            an_altered_or_missing_row_is_found
            rows_about_a_person_are_found_newest_first_page_by_page
            what_was_not_committed_is_not_in_the_journal
            a_store_that_works_says_so
            open_requests_are_found_by_term_and_alarm
            an_alarm_is_raised_once_even_in_parallel
            an_ended_request_raises_no_alarm
            exceptions_are_those_told_that_the_term_has_passed
            exceptions_of_one_moment_are_on_one_page
            who_waits_for_a_source_is_released_oldest_first
            technical_breaks_are_announced_and_taken_back_once
            what_is_stored_gives_the_digests_of_the_journal
            an_import_gives_the_digest_of_the_journal
            the_head_is_the_last_row
            a_day_has_one_root_and_one_stamp
            numbers_are_walked_in_their_order
            a_new_store_draws_numbers_of_the_first_class
            a_consent_keeps_its_items_and_what_confirmed_it
            a_consent_is_withdrawn_once_even_in_parallel
            a_consent_nobody_gave_cannot_be_withdrawn
            a_withdrawal_amid_the_work_undoes_what_was_found_before
            a_withdrawal_lets_the_request_come_up
            a_withdrawal_after_the_decision_changes_no_request
            the_register_has_every_consent_once
            a_refusal_after_the_registration_stands_beside_the_consent
            a_request_has_its_line_of_figures_at_every_step
            figures_of_random_histories_are_those_of_the_journal
            answers_are_measured_by_their_time_and_what_is_open_by_its_term
            what_a_synthetic_person_asks_is_answered_and_counts_nowhere
            work_that_waits_is_counted_by_its_turn
            a_question_is_begun_once_even_in_parallel
            a_question_is_taken_by_one_and_again_when_its_turn_comes
            a_question_is_answered_once_and_keeps_what_the_control_gave
            a_question_that_nobody_answered_makes_room_for_another
            open_questions_to_one_person_are_one
            a_person_is_asked_five_times_an_hour_and_no_more
            what_was_given_is_found_by_the_request_and_forgotten_with_it
            a_certificate_has_one_proposal_even_in_parallel
            an_annulment_takes_two_people
            a_dropped_proposal_makes_room_for_another
            what_is_no_issued_certificate_cannot_be_annulled
            an_annulment_changes_nothing_of_the_request
            a_note_is_kept_with_its_request
            requests_are_counted_and_the_due_ones_come_first
            wrong_answers_of_callers_are_counted_even_in_parallel
            notices_sent_again_are_kept_for_their_person
            reported_faults_are_kept_and_counted
            a_complaint_is_kept_with_everything
            the_same_form_and_the_same_review_in_parallel_are_one
            a_step_has_one_place_and_an_answer_one_number
            an_answer_is_found_once_it_is_sealed
            reviews_and_complaints_are_listed_by_body_person_and_term
            a_proposed_form_is_kept_and_ended_once_even_in_parallel
            nobody_releases_a_form_he_proposed
            a_number_is_one_version_and_the_greatest_that_has_begun_is_in_force
            what_is_kept_of_forms_gives_the_digests_of_the_journal
            an_appointment_is_in_force_from_its_confirmation_to_its_release
            one_proposal_about_a_person_waits_at_a_time_even_in_parallel
            what_was_decided_of_an_appointment_is_decided_once
            nobody_decides_about_himself_whatever_the_pages_say
            of_two_releases_in_parallel_one_leaves_an_administrator
            appointments_give_the_digests_of_the_journal
            a_passkey_is_its_owners_and_its_credential_is_kept_once
            a_passkey_opens_one_session_for_each_challenge_even_in_parallel
            a_passkey_nobody_used_for_long_is_forgotten
        );
    };
    (@each $open:path; $contract:ident; $($promise:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $promise() {
                $crate::testing::$contract::$promise($open().await).await;
            }
        )+
    };
}
