//! Where each role may go: the menu of the people who serve.

use app::{StaffAct, StaffRoles};

/// A place in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Address without its language.
    pub address: &'static str,
    /// Key of its text.
    pub text: &'static str,
    act: StaffAct,
}

const fn place(address: &'static str, text: &'static str, act: StaffAct) -> Place {
    Place { address, text, act }
}

/// Every place, in the order of the menu.
const PLACES: &[Place] = &[
    place("/staff", "staff-menu-start", StaffAct::OpenDesk),
    place("/staff/records", "records-menu", StaffAct::KeepRecords),
    place("/staff/upload", "staff-upload-title", StaffAct::KeepRecords),
    place("/staff/proposals", "staff-proposals-title", StaffAct::KeepRecords),
    place("/staff/conflicts", "conflicts-menu", StaffAct::KeepRecords),
    place("/staff/repairs", "repairs-menu", StaffAct::KeepRecords),
    place("/staff/figures", "figures-menu", StaffAct::ReadFigures),
    place("/staff/requests", "requests-menu", StaffAct::ReadRequests),
    place("/staff/annulments", "annulments-menu", StaffAct::AnnulCertificates),
    place("/staff/journal", "journal-menu", StaffAct::ReadJournal),
    place("/staff/1414", "call-desk-title", StaffAct::ServeCallers),
    place("/staff/1414/faults", "call-faults-title", StaffAct::ReadFaults),
    place("/staff/reviews", "staff-recourses-reviewer", StaffAct::ReviewRefusals),
    place("/staff/complaints", "staff-recourses-head", StaffAct::AnswerComplaints),
    place(
        "/staff/quality-complaints",
        "staff-recourses-quality_control",
        StaffAct::AnswerQualityComplaints,
    ),
    place("/staff/templates", "templates-menu", StaffAct::ReleaseTemplates),
    place("/staff/people", "people-menu", StaffAct::ManagePeople),
    place("/staff/passkeys", "passkeys-title", StaffAct::OpenDesk),
];

/// The places that these roles may open.
#[must_use]
pub fn places(roles: &StaffRoles) -> Vec<Place> {
    PLACES.iter().filter(|place| roles.may(place.act)).copied().collect()
}
