//! Signing in, joining, one's own account.

mod account;
mod join;
mod sign_in;
mod todo;

use domain::permission::{Action, Actor, Place, Resource, Role, may};
use store::people::manage::require;
use store::people::session::Visitor;

use crate::portal::Refusal;

pub use account::{change_password, data, end_session, me, password};
pub(crate) use join::{JoinPage, Purpose, join_page, look_up};
pub use join::{join, lookup, register, set_up, setup_page};
pub use sign_in::{by_code, card_page, choose, code_page, login, sign_in, sign_in_by_card, sign_out};
pub use todo::page as todo;

/// The work sections of a visitor's roles: address and name.
pub fn workplaces(visitor: &Visitor) -> Vec<(&'static str, &'static str)> {
    let actor = &visitor.actor;
    let mut out = Vec::new();
    if actor.is(Role::Trainer) || actor.is(Role::Supervisor) || actor.is(Role::CityOfficer) || actor.is(Role::Administrator) {
        out.push(("/teach", "教学"));
    }
    if actor.top().is_some_and(Role::serves_people) {
        out.push(("/monitor", "学员"));
    }
    if actor.is(Role::Administrator) {
        out.push(("/admin/audit", "记录"));
    }
    out
}

/// Whether the signed-in person may learn.
pub fn may_learn(actor: &Actor) -> Result<(), Refusal> {
    let nowhere = Place(Vec::new());
    require(may(actor, Action::Learn, &Resource::Person { id: actor.person, place: &nowhere, top: None }))?;
    Ok(())
}
