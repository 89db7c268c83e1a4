//! A portal with one desk for each role, at the usual department and at one elsewhere.

use std::sync::Arc;

use app::testing::samples::{iin, kato, provider};
use app::testing::{FakeStaffList, FakeVerifier, of_department, of_organisation};
use app::{StaffMember, StaffRole, Workplace};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Bin, Kato};
use portal::{Door, Monitoring, PortalConfig};

use crate::world::World;
use crate::world::browser::{Browser, document, field};

const URL: &str = "http://127.0.0.1:8080";
/// The secret of the system that monitors services.
pub const MONITORING_TOKEN: &str = "a-token-of-the-monitoring-system";

fn organisation() -> Bin {
    Bin::parse("200140009018").unwrap()
}

fn elsewhere() -> Kato {
    Kato::parse("750000000").unwrap()
}

fn place_of(role: StaffRole) -> u32 {
    u32::try_from(StaffRole::ALL.iter().position(|one| *one == role).unwrap()).unwrap()
}

/// Whoever holds a role; of a department the usual one.
pub fn member(role: StaffRole) -> StaffMember {
    let who = iin(600 + place_of(role));
    if role.is_of_department() {
        of_department(who, role.code(), &kato(), &[role])
    } else {
        of_organisation(who, role.code(), organisation(), role)
    }
}

/// The same at the department elsewhere.
pub fn far_member(role: StaffRole) -> StaffMember {
    of_department(iin(620 + place_of(role)), role.code(), &elsewhere(), &[role])
}

/// A second officer, who made what waits for another pair of eyes.
pub fn colleague() -> StaffMember {
    of_department(iin(640), "Әріптес", &kato(), &[StaffRole::Officer])
}

/// A second administrator.
pub fn second_administrator() -> StaffMember {
    of_organisation(iin(641), "Екінші", organisation(), StaffRole::Administrator)
}

/// The portal.
pub struct House {
    pub world: World,
    config: PortalConfig,
}

impl House {
    pub fn new() -> Self {
        let world = World::with_quality_control(URL);
        let people = Arc::new(FakeStaffList::default());
        let of_department = StaffRole::ALL.into_iter().filter(|role| role.is_of_department());
        let mut all: Vec<StaffMember> = StaffRole::ALL.map(member).into();
        all.extend(of_department.map(far_member));
        all.extend([colleague(), second_administrator()]);
        people.list(&all);
        let staff = Some(world.staff(people));
        let monitoring =
            Monitoring { token: MONITORING_TOKEN.to_owned(), service_code: "00800000".to_owned() };
        let config = PortalConfig { staff, monitoring: Some(monitoring), ..World::config(URL) };
        Self { world, config }
    }

    pub fn doors(&self) -> Vec<Door> {
        portal::doors(self.world.service.clone(), self.config.clone())
    }

    pub fn stranger(&self) -> Browser {
        Browser::over(&self.world, self.config.clone())
    }

    pub async fn person(&self) -> Browser {
        let browser = self.stranger();
        browser.sign_in("kk", self.world.guardian()).await;
        browser
    }

    pub async fn desk(&self, role: StaffRole) -> Browser {
        self.desk_of(&member(role)).await
    }

    /// A browser in which somebody who serves has signed in.
    pub async fn desk_of(&self, member: &StaffMember) -> Browser {
        let browser = self.stranger();
        let bin = match &member.workplace {
            Workplace::Department(own) if *own == kato() => provider().bin,
            Workplace::Department(_) => self.world.far_bin(),
            Workplace::Organisation(bin) => *bin,
        };
        let html = browser.get("/kk/staff/sign-in").await.text();
        let cms = FakeVerifier::sign_for(bin, member.iin, &document(&html));
        let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
        let signature = STANDARD.encode(cms);
        let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
        browser.post("/kk/staff/sign-in", &fields).await.assert_status_see_other();
        browser
    }
}
