//! Where people belong: organisations to choose from, and correcting a home.

use domain::Uuid;
use domain::fault::{Fault, Findings, Rule};
use domain::permission::{Action, Actor, Resource, may};
use domain::person::Mobile;
use domain::region::RegionLevel;

use super::register::{POSTS, organisation_named};
use crate::{Conn, Result, Store, place};

/// The confirmed organisations of a region and below it, by name: what a learner may choose from.
pub async fn organisations(conn: &mut Conn, region: &str) -> Result<Vec<(Uuid, String)>> {
    conn.query(
        "select o.id, o.name from organisation o join region_closure c on c.descendant = o.region
         where c.ancestor = $1 and o.standing = 'confirmed' order by o.sort_key, o.id limit 300",
    )
    .bind(region.to_owned())
    .fetch_all()
    .await
}

/// Reads a chosen organisation: it must be a confirmed one of the region.
pub(crate) async fn chosen(conn: &mut Conn, region: &str, id: &str) -> Result<Option<Uuid>, Rule> {
    if id.is_empty() {
        return Ok(None);
    }
    let id = Uuid::parse_str(id).map_err(|_| Rule::Unknown)?;
    let known = organisations(conn, region).await.map_err(|_| Rule::Unknown)?;
    known.iter().any(|(o, _)| *o == id).then_some(Some(id)).ok_or(Rule::Unknown)
}

/// A home as an officer corrects it.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// Community, or street where the community is not known.
    pub region: String,
    /// Id of the chosen organisation; empty for none or a typed one.
    pub organisation_id: String,
    /// Typed organisation; counts when none was chosen.
    pub organisation: String,
    /// Post.
    pub post: String,
    /// A new mobile number; empty leaves the present one.
    pub mobile: String,
}

/// What the unit writes.
struct Corrected {
    person: Uuid,
    home: Uuid,
    organisation_id: Uuid,
    chosen: Option<Uuid>,
    correction: Correction,
    confirmed: bool,
    mobile: Option<super::vault::Sealed>,
    day: i64,
    change: crate::audit::Change,
}

impl Store {
    /// Corrects home, organisation, post and mobile of a person: a new dated home; what was earned keeps its place. Inside the
    /// actor's scope the new home is confirmed by this; beyond it the new street confirms.
    pub async fn correct_home(&self, actor: &Actor, person: Uuid, correction: Correction) -> Result<()> {
        let before = self.person_for(actor, Action::ConfirmPerson, person).await?;
        let mut findings = Findings::default();
        let mut conn = self.db.read().await?;
        let node = place::node(&mut conn, &correction.region).await?;
        match &node {
            None if correction.region.is_empty() => findings.add("region", Rule::Required),
            Some(node) if matches!(RegionLevel::parse(&node.level), Some(RegionLevel::Township | RegionLevel::Community)) => {}
            _ => findings.add("region", Rule::Unknown),
        }
        let picked = findings.take("organisation_id", chosen(&mut conn, &correction.region, &correction.organisation_id).await).flatten();
        if correction.organisation.chars().count() > 60 {
            findings.add("organisation", Rule::TooLong);
        }
        if !POSTS.contains(&correction.post.as_str()) {
            findings.add("post", Rule::Required);
        }
        let mobile = if correction.mobile.is_empty() { None } else { findings.take("mobile", Mobile::parse(&correction.mobile)) };
        let digest = mobile.as_ref().map(|m| self.vault.digest(m));
        if self.same_name_and_mobile(&mut conn, &before.name, digest, person).await? {
            findings.add("mobile", Rule::Taken);
        }
        findings.done()?;
        let place = place::place(&mut conn, &correction.region).await?.ok_or(Fault::Missing)?;
        drop(conn);
        let confirmed = may(actor, Action::ConfirmPerson, &Resource::Region(&place)).is_allowed();
        let mut change = self.change(Some(actor.person), "home.correct", "person", person);
        change.region = Some(correction.region.clone());
        change.before = format!("{} {} {}", before.post, before.region, before.organisation_name.unwrap_or_default());
        let new_mobile = if mobile.is_some() { " mobile" } else { "" };
        change.after =
            format!("{} {} {}{}{new_mobile}", correction.post, correction.region, correction.organisation_id, correction.organisation);
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce);
        let corrected = Corrected {
            person,
            home: self.new_id(),
            organisation_id: self.new_id(),
            chosen: picked,
            correction,
            confirmed,
            mobile: mobile.map(|m| self.vault.seal(&m, nonce)),
            day: self.today(),
            change,
        };
        self.db.serializable(corrected, |conn, new| Box::pin(async move { write(conn, new).await })).await
    }

    /// Whether another active person has this name and mobile: they could not be told apart at sign-in.
    pub(crate) async fn same_name_and_mobile(&self, conn: &mut Conn, name: &str, digest: Option<String>, except: Uuid) -> Result<bool> {
        let Some(digest) = digest else { return Ok(false) };
        let same: Option<(Uuid,)> = conn
            .query("select id from person where mobile_digest = $1 and name = $2 and standing = 'active' and id <> $3")
            .bind(digest)
            .bind(name.to_owned())
            .bind(except)
            .fetch_optional()
            .await?;
        Ok(same.is_some())
    }
}

async fn write(conn: &mut Conn, new: &Corrected) -> Result<()> {
    let Corrected { correction, change, .. } = new;
    let organisation = match new.chosen {
        Some(id) => Some(id),
        None => organisation_named(conn, new.organisation_id, &correction.region, &correction.organisation, new.confirmed, change).await?,
    };
    conn.query("update home set to_day = $1 where person = $2 and to_day is null").bind(new.day - 1).bind(new.person).execute().await?;
    conn.query("insert into home (id, person, region, organisation, post, from_day, confirmed_at, confirmed_by) values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(new.home)
        .bind(new.person)
        .bind(correction.region.clone())
        .bind(organisation)
        .bind(correction.post.clone())
        .bind(new.day)
        .bind(new.confirmed.then_some(change.at))
        .bind(change.actor.filter(|_| new.confirmed))
        .execute()
        .await?;
    if let Some(mobile) = &new.mobile {
        conn.query("update person set mobile_cipher = $1, mobile_digest = $2, mobile_last4 = $3, mobile_key = $4, mobile_algorithm = $5 where id = $6")
            .bind(mobile.cipher.clone())
            .bind(mobile.digest.clone())
            .bind(mobile.last4.clone())
            .bind(mobile.key_id.clone())
            .bind(super::vault::ALGORITHM)
            .bind(new.person)
            .execute()
            .await?;
    }
    crate::audit::write(conn, change).await
}
