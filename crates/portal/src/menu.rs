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
    place("/staff/people", "people-menu", StaffAct::ManagePeople),
    place("/staff/passkeys", "passkeys-title", StaffAct::OpenDesk),
];

/// The places that these roles may open.
#[must_use]
pub fn places(roles: &StaffRoles) -> Vec<Place> {
    PLACES.iter().filter(|place| roles.may(place.act)).copied().collect()
}
