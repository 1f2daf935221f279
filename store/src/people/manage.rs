//! Looking after accounts: confirm a home, reset a password, deactivate, merge, grant and end roles. Whether the actor
//! may is asked before, with the person's place and rank at hand.

use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use domain::permission::{Action, Actor, Resource, Role, Verdict, may};
use domain::region::RegionLevel;
use domain::time::{Day, iso_date};

use super::{NewGrant, grant, session};
use crate::{Result, Store};

/// Turns a verdict into the fault that the doors answer with.
pub fn require(verdict: Verdict) -> Result<(), Fault> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::OutOfScope => Err(Fault::Missing),
        Verdict::NotYourRole => Err(Fault::Forbidden),
    }
}

impl Store {
    /// A person, if `actor` may do `action` to them.
    pub async fn person_for(&self, actor: &Actor, action: Action, id: Uuid) -> Result<super::Person> {
        let found = self.person(id).await?;
        let Some((person, place, top)) = found else {
            // Somebody without the function learns that, not whether the id exists.
            let nowhere = domain::permission::Place(Vec::new());
            require(may(actor, action, &Resource::Person { id, place: &nowhere, top: None }))?;
            return Err(Fault::Missing.into());
        };
        require(may(actor, action, &Resource::Person { id, place: &place, top }))?;
        Ok(person)
    }

    /// Confirms home and organisation of a self-registered person: their hours count from the day they were earned.
    pub async fn confirm_home(&self, actor: &Actor, person: Uuid) -> Result<()> {
        let person = self.person_for(actor, Action::ConfirmPerson, person).await?;
        let mut change = self.change(Some(actor.person), "home.confirm", "person", person.id);
        change.region = Some(person.region.clone());
        change.before = "waiting".into();
        change.after = format!("confirmed {}", person.organisation_name.clone().unwrap_or_default());
        self.db
            .unit((person.id, person.organisation, change), |conn, (person, organisation, change)| {
                Box::pin(async move {
                    let done = conn
                        .query("update home set confirmed_at = $1, confirmed_by = $2 where person = $3 and to_day is null and confirmed_at is null")
                        .bind(change.at)
                        .bind(change.actor)
                        .bind(*person)
                        .execute()
                        .await?;
                    if done > 0 {
                        if let Some(organisation) = organisation {
                            conn.query("update organisation set standing = 'confirmed' where id = $1 and standing = 'typed'").bind(*organisation).execute().await?;
                        }
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Gives a person a new one-time password, to be changed at the next sign-in, and ends all their sessions.
    pub async fn reset_password(&self, actor: &Actor, person: Uuid) -> Result<String> {
        let person = self.person_for(actor, Action::ManagePerson, person).await?;
        self.new_password(Some(actor.person), &person).await
    }

    /// The same for whoever works at the machine itself: by user name, noted without an actor.
    pub async fn reset_password_here(&self, user_name: &str) -> Result<String> {
        let found: Option<(Uuid,)> = self
            .db
            .read()
            .await?
            .query("select id from person where user_name = $1 and standing = 'active'")
            .bind(user_name.to_owned())
            .fetch_optional()
            .await?;
        let (person, ..) = self.person(found.ok_or(Fault::Missing)?.0).await?.ok_or(Fault::Missing)?;
        self.new_password(None, &person).await
    }

    async fn new_password(&self, actor: Option<Uuid>, person: &super::Person) -> Result<String> {
        let password = self.spoken_password();
        let hash = self.hash_password(&password).await?;
        let mut change = self.change(actor, "password.reset", "person", person.id);
        change.region = Some(person.region.clone());
        self.db
            .unit((person.id, hash, change), |conn, (person, hash, change)| {
                Box::pin(async move {
                    conn.query("update person set password_hash = $1, must_change_password = $2, failed_sign_ins = 0, locked_until = null where id = $3")
                        .bind(hash.clone())
                        .bind(true)
                        .bind(*person)
                        .execute()
                        .await?;
                    session::end_all(conn, *person, None, change.at).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await?;
        Ok(password)
    }

    /// A random password that is easy to read out: ten letters and digits without look-alikes, in two groups.
    pub fn spoken_password(&self) -> String {
        const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
        let token = self.new_token();
        let mut draw = domain::seed::Draw::new(u64::from_str_radix(&token[..16], 16).unwrap_or_default());
        let mut second = domain::seed::Draw::new(u64::from_str_radix(&token[16..32], 16).unwrap_or_default());
        let group =
            |draw: &mut domain::seed::Draw| -> String { (0..5).map(|_| SIGNS[draw.below(SIGNS.len() as u64) as usize] as char).collect() };
        format!("{}-{}", group(&mut draw), group(&mut second))
    }

    /// Deactivates an account (or brings it back): sessions end, the facts stay.
    pub async fn set_active(&self, actor: &Actor, person: Uuid, active: bool, reason: &str) -> Result<()> {
        let person = self.person_for(actor, Action::ManagePerson, person).await?;
        if person.standing == "merged" {
            return Err(Fault::Refused("merged".into()).into());
        }
        let mut change =
            self.change(Some(actor.person), if active { "person.reactivate" } else { "person.deactivate" }, "person", person.id);
        change.region = Some(person.region.clone());
        change.before = person.standing.clone();
        change.after = reason.chars().take(200).collect();
        self.db
            .unit((person.id, active, change), |conn, (person, active, change)| {
                Box::pin(async move {
                    conn.query("update person set standing = $1 where id = $2")
                        .bind(if *active { "active" } else { "deactivated" })
                        .bind(*person)
                        .execute()
                        .await?;
                    if !active {
                        session::end_all(conn, *person, None, change.at).await?;
                    }
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Merges an account into another of the same person: enrolments and hours move where the other has none of the same
    /// class or lesson; the emptied account keeps what would count twice and can no longer sign in.
    pub async fn merge(&self, actor: &Actor, from: Uuid, into: Uuid, reason: &str) -> Result<()> {
        if from == into {
            return Err(Fault::Refused("same_person".into()).into());
        }
        let source = self.person_for(actor, Action::ManagePerson, from).await?;
        let target = self.person_for(actor, Action::ManagePerson, into).await?;
        if source.standing != "active" || target.standing != "active" {
            return Err(Fault::Refused("not_active".into()).into());
        }
        let mut change = self.change(Some(actor.person), "person.merge", "person", from);
        change.region = Some(source.region.clone());
        change.before = from.to_string();
        change.after = format!("{into} {}", reason.chars().take(200).collect::<String>());
        self.db
            .serializable((from, into, change), |conn, (from, into, change)| {
                Box::pin(async move {
                    conn.query(
                        "update enrolment set person = $1 where person = $2 and not exists (select 1 from enrolment e where e.person = $1 and e.class = enrolment.class and e.live)",
                    )
                    .bind(*into)
                    .bind(*from)
                    .execute()
                    .await?;
                    conn.query(
                        "update ledger set person = $1 where person = $2 and not exists
                           (select 1 from ledger l where l.person = $1 and l.course = ledger.course and l.lesson = ledger.lesson and l.year = ledger.year)",
                    )
                    .bind(*into)
                    .bind(*from)
                    .execute()
                    .await?;
                    crate::simulation::merge(conn, *from, *into).await?;
                    conn.query("update person set standing = 'merged', merged_into = $1 where id = $2").bind(*into).bind(*from).execute().await?;
                    session::end_all(conn, *from, None, change.at).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Grants a role below the actor's own, in a region inside the actor's, until the last day of its term (or open). A role
    /// that is held there already gets the new term.
    pub async fn grant_role(&self, actor: &Actor, person: Uuid, role: Role, region: &str, until: Option<Day>) -> Result<()> {
        let target = self.person_for(actor, Action::ManagePerson, person).await?;
        let invalid = |field: &str, rule| Fault::Invalid(vec![FieldFault::new(field, rule)]);
        let (place, level) = {
            let mut conn = self.db.read().await?;
            let node = crate::place::node(&mut conn, region).await?.ok_or_else(|| invalid("region", Rule::Unknown))?;
            let place = crate::place::place(&mut conn, region).await?.ok_or(Fault::Missing)?;
            (place, RegionLevel::parse(&node.level))
        };
        require(may(actor, Action::ManagePerson, &Resource::Person { id: person, place: &place, top: Some(role) }))?;
        if role.level().is_some() && role.level() != level {
            return Err(invalid("region", Rule::Differs).into());
        }
        if until.is_some_and(|day| day < self.today()) {
            return Err(invalid("until", Rule::Malformed).into());
        }
        let mut change = self.change(Some(actor.person), "role.grant", "person", person);
        change.region = Some(target.region);
        let term = |until: Option<Day>| until.map_or_else(|| "open".into(), iso_date);
        let held = super::grants(&mut self.db.read().await?, person).await?;
        let held = held.iter().find(|g| g.role == role && g.region.as_str() == region && g.holds(self.today()));
        change.before = held.map_or_else(|| "none".into(), |g| format!("{} {region} {}", role.code(), term(g.to)));
        let term = term(until);
        change.after = format!("{} {region} {term}", role.code());
        let input = (self.new_id(), person, role, region.to_owned(), self.today(), until, change);
        self.db
            .unit(input, |conn, (id, person, role, region, day, until, change)| {
                Box::pin(async move {
                    // What is held already ends yesterday and begins anew, so that every term stays on record.
                    conn.query("update role_grant set to_day = $1 where person = $2 and role = $3 and region = $4 and (to_day is null or to_day >= $1)")
                        .bind(*day - 1)
                        .bind(*person)
                        .bind(role.rank())
                        .bind(region.clone())
                        .execute()
                        .await?;
                    let held = NewGrant { id: *id, person: *person, role: *role, region, day: *day, until: *until, by: change.actor, at: change.at };
                    grant(conn, held).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Ends a role at once; sessions end too.
    pub async fn end_role(&self, actor: &Actor, person: Uuid, role: Role, region: &str) -> Result<()> {
        let target = self.person_for(actor, Action::ManagePerson, person).await?;
        let place = crate::place::place(&mut self.db.read().await?, region).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::ManagePerson, &Resource::Person { id: person, place: &place, top: Some(role) }))?;
        let mut change = self.change(Some(actor.person), "role.end", "person", person);
        change.region = Some(target.region);
        change.before = format!("{} {region}", role.code());
        self.db
            .unit((person, role.rank(), region.to_owned(), self.today(), change), |conn, (person, role, region, day, change)| {
                Box::pin(async move {
                    conn.query("update role_grant set to_day = $1 where person = $2 and role = $3 and region = $4 and (to_day is null or to_day > $1)")
                        .bind(*day - 1)
                        .bind(*person)
                        .bind(*role)
                        .bind(region.clone())
                        .execute()
                        .await?;
                    session::end_all(conn, *person, None, change.at).await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }
}
