//! Who may do what, where, and when: one pure function over role × scope × time.
//!
//! Two axes: the *people axis* (where a person lives, or lived when a fact was made) and the *class axis* (who owns or
//! teaches a class or course). Outside the scope a thing does not exist ([`Verdict::OutOfScope`], answered 404); a
//! function that the role lacks is refused ([`Verdict::NotYourRole`], answered 403).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::region::{RegionCode, RegionLevel};
use crate::time::Day;

/// What a person is allowed to be. The order is rank: an account is managed only by a strictly higher rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 学员
    Learner,
    /// 讲师
    Trainer,
    /// 班主任
    Supervisor,
    /// 社区工作者
    CommunityWorker,
    /// 街道（乡镇）管理员
    TownshipOfficer,
    /// 区管理员
    DistrictOfficer,
    /// 市管理员
    CityOfficer,
    /// 系统管理员
    Administrator,
}

impl Role {
    /// Every role, lowest first.
    pub const ALL: [Self; 8] = [
        Self::Learner,
        Self::Trainer,
        Self::Supervisor,
        Self::CommunityWorker,
        Self::TownshipOfficer,
        Self::DistrictOfficer,
        Self::CityOfficer,
        Self::Administrator,
    ];

    /// Number by which the role is stored and compared in SQL; grows with rank and never changes.
    pub fn rank(self) -> i64 {
        match self {
            Self::Learner => 10,
            Self::Trainer => 20,
            Self::Supervisor => 30,
            Self::CommunityWorker => 40,
            Self::TownshipOfficer => 50,
            Self::DistrictOfficer => 60,
            Self::CityOfficer => 70,
            Self::Administrator => 90,
        }
    }

    /// Reads [`Role::rank`].
    pub fn of_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.rank() == rank)
    }

    /// Code used in forms, files and on the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Learner => "learner",
            Self::Trainer => "trainer",
            Self::Supervisor => "supervisor",
            Self::CommunityWorker => "community_worker",
            Self::TownshipOfficer => "township_officer",
            Self::DistrictOfficer => "district_officer",
            Self::CityOfficer => "city_officer",
            Self::Administrator => "administrator",
        }
    }

    /// Reads [`Role::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == text)
    }

    /// The level of region that an office works on; `None` where the one who grants it chooses.
    pub fn level(self) -> Option<RegionLevel> {
        match self {
            Self::Learner | Self::Trainer | Self::Supervisor => None,
            Self::CommunityWorker => Some(RegionLevel::Community),
            Self::TownshipOfficer => Some(RegionLevel::Township),
            Self::DistrictOfficer => Some(RegionLevel::District),
            Self::CityOfficer | Self::Administrator => Some(RegionLevel::City),
        }
    }

    /// Whether the role looks after the people of its region.
    pub fn serves_people(self) -> bool {
        self >= Self::CommunityWorker
    }
}

/// One role of a person, with the region it covers and the days on which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Root of the covered subtree (for a learner or trainer: the region that granted it).
    pub region: RegionCode,
    /// First day.
    pub from: Day,
    /// Last day; `None` while open.
    pub to: Option<Day>,
}

impl Grant {
    /// Whether the grant holds on `day`.
    pub fn holds(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// Who asks: the person and the grants that hold today, narrowed by how they signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: Uuid,
    /// Grants that hold on `day` (already filtered).
    pub grants: Vec<Grant>,
    /// The day of the request.
    pub day: Day,
}

impl Actor {
    /// An actor from all grants of a person. `learner_only` is the scope of a card or a one-time code: whatever else the
    /// person may be, such a session is a learner's.
    pub fn new(person: Uuid, grants: Vec<Grant>, day: Day, learner_only: bool) -> Self {
        let grants = grants.into_iter().filter(|g| g.holds(day) && (!learner_only || g.role == Role::Learner)).collect();
        Self { person, grants, day }
    }

    /// The highest role that holds.
    pub fn top(&self) -> Option<Role> {
        self.grants.iter().map(|g| g.role).max()
    }

    /// Whether the actor holds `role` anywhere.
    pub fn is(&self, role: Role) -> bool {
        self.grants.iter().any(|g| g.role == role)
    }

    /// Whether the actor is 班主任 of what is held at `host`.
    fn supervises(&self, host: &Place) -> bool {
        self.grants.iter().any(|g| g.role == Role::Supervisor && host.is_within(&g.region))
    }

    /// The highest role whose region covers `place`.
    fn rank_over(&self, place: &Place) -> Option<Role> {
        self.grants.iter().filter(|g| g.role.serves_people() && place.is_within(&g.region)).map(|g| g.role).max()
    }
}

/// A node with its ancestors: where a person or a class belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub Vec<RegionCode>);

impl Place {
    /// Whether the place is `region` or below it.
    pub fn is_within(&self, region: &RegionCode) -> bool {
        self.0.contains(region)
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Read own data, change own password, see own sessions.
    UseOwnAccount,
    /// Enrol oneself, learn, answer, see own ledger.
    Learn,
    /// See a person of the scope with enrolments and completion.
    SeePerson,
    /// Take the list of people and figures away as a file.
    ExportPeople,
    /// Register a person of the own community, enrol them, print their card, issue a sign-in code.
    AssistPerson,
    /// Confirm home and organisation of a self-registered person.
    ConfirmPerson,
    /// See organisations with who belongs to them, bring in the list of the filing system, change their records.
    KeepOrganisations,
    /// Reset the password, deactivate, merge, grant roles: only below the own rank.
    ManagePerson,
    /// See who is enrolled in a course and how they fare.
    SeeCourseResults,
    /// Decide who teaches a course.
    AssignTrainer,
    /// Help a learner of an own class to sign in.
    AssistClass,
    /// See the audit log of the scope.
    SeeAudit,
    /// Change settings and content of the whole system.
    Administer,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::UseOwnAccount,
        Self::Learn,
        Self::SeePerson,
        Self::ExportPeople,
        Self::AssistPerson,
        Self::ConfirmPerson,
        Self::KeepOrganisations,
        Self::ManagePerson,
        Self::SeeCourseResults,
        Self::AssignTrainer,
        Self::AssistClass,
        Self::SeeAudit,
        Self::Administer,
    ];

    /// The lowest role with this function, on the people axis.
    fn floor(self) -> Role {
        match self {
            Self::UseOwnAccount | Self::Learn => Role::Learner,
            Self::SeeCourseResults => Role::Trainer,
            Self::AssistClass => Role::Supervisor,
            Self::SeePerson | Self::AssistPerson => Role::CommunityWorker,
            Self::ExportPeople | Self::ConfirmPerson | Self::KeepOrganisations | Self::ManagePerson => Role::TownshipOfficer,
            Self::SeeAudit | Self::AssignTrainer => Role::DistrictOfficer,
            Self::Administer => Role::Administrator,
        }
    }
}

/// What it is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A person: id, home with ancestors, and the highest role they hold.
    Person {
        /// The person.
        id: Uuid,
        /// Home region with its ancestors.
        place: &'a Place,
        /// Highest role, if any.
        top: Option<Role>,
    },
    /// A course as its trainers see it.
    Course {
        /// People who teach it.
        trainers: &'a [Uuid],
        /// Where its class is held; empty while there is none.
        host: &'a Place,
    },
    /// A learner as a member of a class.
    Classmate {
        /// The person.
        id: Uuid,
        /// Where the class is held.
        host: &'a Place,
        /// Highest role, if any.
        top: Option<Role>,
    },
    /// A region and everybody in it.
    Region(&'a Place),
    /// The system as a whole.
    System,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// The role has the function, but not here: answered as if the thing did not exist.
    OutOfScope,
    /// No role of the actor has this function.
    NotYourRole,
}

impl Verdict {
    /// Whether the answer is yes.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// May `actor` do `action` to `resource`? Denies whatever is not written here.
pub fn may(actor: &Actor, action: Action, resource: &Resource<'_>) -> Verdict {
    let has_role = |floor: Role| actor.grants.iter().any(|g| g.role >= floor && (g.role.serves_people() || floor < Role::CommunityWorker));
    if let (Action::UseOwnAccount | Action::Learn, Resource::Person { id, .. }) = (action, resource) {
        return match (*id == actor.person, action) {
            (false, _) => Verdict::OutOfScope,
            // One's own account stays usable after the last role has ended.
            (true, Action::UseOwnAccount) => Verdict::Allowed,
            (true, _) if actor.is(Role::Learner) => Verdict::Allowed,
            (true, _) => Verdict::NotYourRole,
        };
    }
    if !has_role(action.floor()) {
        return Verdict::NotYourRole;
    }
    let here = |allowed: bool| if allowed { Verdict::Allowed } else { Verdict::OutOfScope };
    match (action, resource) {
        (Action::SeePerson, Resource::Person { place, .. }) => here(actor.rank_over(place).is_some()),
        (Action::AssistPerson, Resource::Person { id, place, top }) => {
            // Help with signing in is for learners; nobody hands out a key to an account of the own rank or above.
            let below = top.is_none_or(|top| actor.rank_over(place).is_some_and(|mine| top < mine));
            here(actor.rank_over(place).is_some() && below && *id != actor.person)
        }
        (Action::ConfirmPerson, Resource::Person { id, place, .. }) => {
            here(actor.rank_over(place).is_some_and(|mine| mine >= action.floor()) && *id != actor.person)
        }
        (Action::ManagePerson, Resource::Person { id, place, top }) => {
            let mine = actor.rank_over(place).filter(|mine| *mine >= action.floor());
            here(*id != actor.person && mine.is_some_and(|mine| top.is_none_or(|top| top < mine)))
        }
        (
            Action::SeePerson
            | Action::ExportPeople
            | Action::AssistPerson
            | Action::ConfirmPerson
            | Action::KeepOrganisations
            | Action::SeeAudit,
            Resource::Region(place),
        ) => here(actor.rank_over(place).is_some_and(|mine| mine >= action.floor())),
        (Action::SeeCourseResults, Resource::Course { trainers, host }) => {
            // The class axis: who teaches it, who supervises its class, or the city, which owns the bundled courses.
            let city = actor.grants.iter().any(|g| g.role >= Role::CityOfficer);
            here(trainers.contains(&actor.person) || actor.supervises(host) || city)
        }
        (Action::AssignTrainer, Resource::Course { host, .. }) => here(actor.rank_over(host).is_some_and(|mine| mine >= action.floor())),
        (Action::AssistClass, Resource::Classmate { id, host, top }) => {
            here(actor.supervises(host) && top.is_none_or(|top| top <= Role::Learner) && *id != actor.person)
        }
        (Action::Administer | Action::SeeAudit, Resource::System) => here(actor.is(Role::Administrator)),
        _ => Verdict::NotYourRole,
    }
}

/// The part of the people axis that an actor may query. Without one, no scoped query can be called; SQL asks the same
/// grants again by `actor`, `day` and `floor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleScope {
    /// Whose grants count.
    pub actor: Uuid,
    /// The day on which they must hold.
    pub day: Day,
    /// Rank of the lowest role that counts.
    pub floor: i64,
}

/// The scope in which `actor` may do `action` to people, if the role has that function at all and the session is not
/// narrowed to a learner's.
pub fn people_scope(actor: &Actor, action: Action) -> Option<PeopleScope> {
    let floor = action.floor().max(Role::CommunityWorker);
    actor.grants.iter().any(|g| g.role >= floor).then(|| PeopleScope { actor: actor.person, day: actor.day, floor: floor.rank() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).expect("a code")
    }

    fn place(community: &str) -> Place {
        Place([12, 9, 6, 4].iter().map(|n| code(&community[..*n])).chain([code("110000")]).collect())
    }

    fn actor(role: Role, region: &str) -> Actor {
        let grants = vec![Grant { role, region: code(region), from: 0, to: None }];
        Actor::new(Uuid::from_u128(1), grants, 100, false)
    }

    /// Where a role works in this test: the smallest region it is given.
    fn seat(role: Role) -> &'static str {
        match role {
            Role::CityOfficer | Role::Administrator => "110000",
            Role::DistrictOfficer => "110101",
            Role::TownshipOfficer => "110101001",
            _ => "110101001001",
        }
    }

    /// The whole matrix: every role × every action × every kind of resource, at home and in another district. The
    /// expectation is written by hand, as a table: `i` inside only, `b` both (the whole city is inside), `o` out of scope
    /// both times, `-` not a function of the role. Roles stand in the order of [`Role::ALL`].
    #[test]
    fn every_role_action_and_resource_inside_and_outside() {
        use Action as A;
        const NEVER: &str = "--------";
        // Person: a learner other than the actor. Course and classmate: hosted inside or in another district.
        let table: [(A, [&str; 5]); 13] = [
            // action, [person, course, classmate, region, system]
            (A::UseOwnAccount, ["oooooooo", "--------", "--------", "--------", "--------"]),
            (A::Learn, ["oooooooo", "--------", "--------", "--------", "--------"]),
            (A::SeePerson, ["---iiibb", NEVER, NEVER, "---iiibb", NEVER]),
            (A::ExportPeople, [NEVER, NEVER, NEVER, "----iibb", NEVER]),
            (A::AssistPerson, ["---iiibb", NEVER, NEVER, "---iiibb", NEVER]),
            (A::ConfirmPerson, ["----iibb", NEVER, NEVER, "----iibb", NEVER]),
            (A::KeepOrganisations, [NEVER, NEVER, NEVER, "----iibb", NEVER]),
            (A::ManagePerson, ["----iibb", NEVER, NEVER, NEVER, NEVER]),
            (A::SeeCourseResults, [NEVER, "-oiooobb", NEVER, NEVER, NEVER]),
            (A::AssignTrainer, [NEVER, "-----ibb", NEVER, NEVER, NEVER]),
            (A::AssistClass, [NEVER, NEVER, "--iooooo", NEVER, NEVER]),
            (A::SeeAudit, [NEVER, NEVER, NEVER, "-----ibb", "-----oob"]),
            (A::Administer, [NEVER, NEVER, NEVER, NEVER, "-------b"]),
        ];
        assert_eq!(table.map(|(action, _)| action), A::ALL, "no action is forgotten");
        let (home, away) = (place("110101001001"), place("110105001001"));
        let someone = Uuid::from_u128(2);
        for (action, rows) in table {
            for (kind, row) in rows.into_iter().enumerate() {
                for (role, expected) in Role::ALL.into_iter().zip(row.chars()) {
                    let who = actor(role, seat(role));
                    let ask = |at: &Place| {
                        let resource = match kind {
                            0 => Resource::Person { id: someone, place: at, top: Some(Role::Learner) },
                            1 => Resource::Course { trainers: &[someone], host: at },
                            2 => Resource::Classmate { id: someone, host: at, top: Some(Role::Learner) },
                            3 => Resource::Region(at),
                            _ => Resource::System,
                        };
                        may(&who, action, &resource)
                    };
                    let (inside, outside) = match expected {
                        'i' => (Verdict::Allowed, Verdict::OutOfScope),
                        'b' => (Verdict::Allowed, Verdict::Allowed),
                        'o' => (Verdict::OutOfScope, Verdict::OutOfScope),
                        _ => (Verdict::NotYourRole, Verdict::NotYourRole),
                    };
                    let place = format!("{role:?} {action:?} resource {kind}");
                    assert_eq!(ask(&home), inside, "{place} at home");
                    assert_eq!(ask(&away), outside, "{place} elsewhere");
                }
            }
        }
    }

    #[test]
    fn nobody_manages_an_equal_or_themselves() {
        let home = place("110101001001");
        let officer = actor(Role::DistrictOfficer, "110101");
        let of = |id, top| Resource::Person { id: Uuid::from_u128(id), place: &home, top: Some(top) };
        assert_eq!(may(&officer, Action::ManagePerson, &of(2, Role::TownshipOfficer)), Verdict::Allowed);
        assert_eq!(may(&officer, Action::ManagePerson, &of(2, Role::DistrictOfficer)), Verdict::OutOfScope);
        assert_eq!(may(&officer, Action::ManagePerson, &of(1, Role::Learner)), Verdict::OutOfScope);
        assert_eq!(may(&officer, Action::AssistPerson, &of(2, Role::CityOfficer)), Verdict::OutOfScope);
    }

    #[test]
    fn a_role_ends_with_its_term_and_a_card_carries_the_learner_only() {
        let grants = vec![
            Grant { role: Role::Learner, region: code("110101"), from: 0, to: None },
            Grant { role: Role::DistrictOfficer, region: code("110101"), from: 10, to: Some(20) },
        ];
        let on = |day, narrow| Actor::new(Uuid::from_u128(1), grants.clone(), day, narrow).top();
        assert_eq!(on(9, false), Some(Role::Learner));
        assert_eq!(on(20, false), Some(Role::DistrictOfficer));
        assert_eq!(on(21, false), Some(Role::Learner));
        assert_eq!(on(15, true), Some(Role::Learner));
        assert!(people_scope(&Actor::new(Uuid::from_u128(1), grants.clone(), 15, true), Action::SeePerson).is_none());
    }

    #[test]
    fn a_trainer_sees_the_own_course_only() {
        let trainer = actor(Role::Trainer, "110101");
        let city = Place(vec![code("110000")]);
        let mine = [Uuid::from_u128(1)];
        let theirs = [Uuid::from_u128(9)];
        let results = |who: &Actor, trainers| may(who, Action::SeeCourseResults, &Resource::Course { trainers, host: &city });
        assert_eq!(results(&trainer, &mine), Verdict::Allowed);
        assert_eq!(results(&trainer, &theirs), Verdict::OutOfScope);
        assert_eq!(results(&actor(Role::Learner, "110101"), &mine), Verdict::NotYourRole);
        assert_eq!(results(&actor(Role::Supervisor, "110000"), &theirs), Verdict::Allowed);
        assert_eq!(results(&actor(Role::Supervisor, "110101"), &theirs), Verdict::OutOfScope, "a class of the city is not the district's");
    }

    #[test]
    fn a_supervisor_helps_the_learners_of_the_own_classes_only() {
        let (east, north) = (place("110101001001"), place("110105001001"));
        let supervisor = actor(Role::Supervisor, "110101");
        let help = |host, id, top| may(&supervisor, Action::AssistClass, &Resource::Classmate { id: Uuid::from_u128(id), host, top });
        assert_eq!(help(&east, 2, Some(Role::Learner)), Verdict::Allowed);
        assert_eq!(help(&north, 2, Some(Role::Learner)), Verdict::OutOfScope);
        assert_eq!(help(&east, 2, Some(Role::Trainer)), Verdict::OutOfScope, "no key to more than a learner");
        assert_eq!(help(&east, 1, Some(Role::Learner)), Verdict::OutOfScope, "nor to oneself");
        let worker = actor(Role::Trainer, "110101");
        let other = Resource::Classmate { id: Uuid::from_u128(2), host: &east, top: None };
        assert_eq!(may(&worker, Action::AssistClass, &other), Verdict::NotYourRole);
    }

    proptest! {
        /// A narrower region never sees more than a wider one with the same role.
        #[test]
        fn widening_the_region_never_takes_a_right_away(role in 0usize..8, action in 0usize..13, top in 0usize..8, depth in 0usize..4) {
            let home = place("110101001001");
            let regions = ["110101001001", "110101001", "110101", "110000"];
            let resource = Resource::Person { id: Uuid::from_u128(2), place: &home, top: Some(Role::ALL[top]) };
            let narrow = may(&actor(Role::ALL[role], regions[depth]), Action::ALL[action], &resource);
            let wide = may(&actor(Role::ALL[role], regions[(depth + 1).min(3)]), Action::ALL[action], &resource);
            prop_assert!(!narrow.is_allowed() || wide.is_allowed());
        }
    }
}
