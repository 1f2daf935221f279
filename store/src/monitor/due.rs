//! 应训名单: frozen on a day for a region and a year; whoever is added or taken off later is an entry with a reason.

use std::collections::BTreeMap;

use domain::Uuid;
use domain::fault::{Fault, FieldFault, Findings, Rule};
use domain::permission::{Action, Actor, Resource, may};
use domain::time::{Day, Millis};

use crate::people::manage::require;
use crate::{Conn, Error, Result, Store, audit, place};

/// People that are put on a list in one unit.
const AT_ONCE: i64 = 400;

/// A frozen list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DueList {
    /// The list.
    pub id: Uuid,
    /// The region that it covers.
    pub region: String,
    /// Its name.
    pub region_name: String,
    /// The year.
    pub year: i64,
    /// `leaders`, or `core`: with backbone members.
    pub audience: String,
    /// The document that says so.
    pub document: String,
    /// The day of which it is.
    pub day: Day,
    /// Who froze it.
    pub by_name: String,
    /// People on it when it was frozen; none while it is being written.
    pub size: Option<i64>,
}

/// Somebody who was added or taken off.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DueEntry {
    /// Who.
    pub person: Uuid,
    /// Their name.
    pub name: String,
    /// Added, or taken off.
    pub added: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub recorded_at: Millis,
    /// By whom.
    pub by_name: String,
}

struct Freezing {
    list: Uuid,
    region: String,
    year: i64,
    audience: String,
    document: String,
    day: Day,
    by: Uuid,
    change: audit::Change,
}

macro_rules! lists {
    ($rest:literal) => {
        concat!(
            "select l.id, l.region, r.short as region_name, l.year, l.audience, l.document, l.day, p.name as by_name, l.size
             from due_list l join region r on r.code = l.region join person p on p.id = l.frozen_by ",
            $rest
        )
    };
}

impl Store {
    /// The lists of a year that cover a region, or a part of it.
    pub async fn due_lists(&self, region: &str, year: i64) -> Result<Vec<DueList>> {
        let mut conn = self.db.read().await?;
        conn.query(lists!(
            "where l.year = $2 and (l.region in (select c.descendant from region_closure c where c.ancestor = $1)
                                    or l.region in (select c.ancestor from region_closure c where c.descendant = $1))
             order by r.sort, l.region"
        ))
        .bind(region.to_owned())
        .bind(year)
        .fetch_all()
        .await
    }

    /// Freezes who is to be trained in a year: the leaders of a region today, or the leaders and backbone members. Asked again
    /// with the same id it goes on where it was broken off. No two lists of a year cover one place.
    pub async fn freeze_due(&self, actor: &Actor, region: &str, id: Uuid, year: i64, audience: &str, document: &str) -> Result<()> {
        let place = place::place(&mut self.db.read().await?, region).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place)))?;
        let mut findings = Findings::default();
        if !["leaders", "core"].contains(&audience) {
            findings.add("audience", Rule::Unknown);
        }
        match document.trim().chars().count() {
            0 => findings.add("document", Rule::Required),
            101.. => findings.add("document", Rule::TooLong),
            _ => {}
        }
        let this = domain::time::year_of(self.today());
        if !(this - 1..=this + 1).contains(&year) {
            findings.add("year", Rule::Malformed);
        }
        findings.done()?;
        let mut change = self.change(Some(actor.person), "due.freeze", "due_list", id);
        change.region = Some(region.to_owned());
        change.after = format!("{year} {audience} {}", document.trim());
        let freezing = Freezing {
            list: id,
            region: region.to_owned(),
            year,
            audience: audience.to_owned(),
            document: document.trim().to_owned(),
            day: self.today(),
            by: actor.person,
            change,
        };
        self.db.serializable(freezing, |conn, new| Box::pin(async move { begin(conn, new).await })).await?;
        while self.db.serializable(id, |conn, id| Box::pin(async move { some(conn, *id).await })).await? > 0 {}
        self.db.unit(id, |conn, id| Box::pin(async move { finish(conn, *id).await })).await
    }

    /// Adds somebody of the region to a list, or takes somebody off it, with the reason. The id is the form's.
    pub async fn adjust_due(&self, actor: &Actor, list: Uuid, id: Uuid, person: Uuid, added: bool, reason: &str) -> Result<()> {
        let mut conn = self.db.read().await?;
        let found: Option<DueList> = conn.query(lists!("where l.id = $1")).bind(list).fetch_optional().await?;
        let found = found.filter(|l| l.size.is_some()).ok_or(Fault::Missing)?;
        let place = place::place(&mut conn, &found.region).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place)))?;
        match reason.trim().chars().count() {
            0 => return Err(Fault::Invalid(vec![FieldFault::new("reason", Rule::Required)]).into()),
            201.. => return Err(Fault::Invalid(vec![FieldFault::new("reason", Rule::TooLong)]).into()),
            _ => {}
        }
        // Who is added lives in the region; who is taken off is on the list.
        let home: Option<(String,)> = conn
            .query(
                "select h.region from home h join region_closure c on c.descendant = h.region
                 where h.person = $1 and h.to_day is null and h.confirmed_at is not null and c.ancestor = $2",
            )
            .bind(person)
            .bind(found.region.clone())
            .fetch_optional()
            .await?;
        let last: Option<(bool, String)> = conn
            .query("select added, region from due_entry where list = $1 and person = $2 order by recorded_at desc, id desc limit 1")
            .bind(list)
            .bind(person)
            .fetch_optional()
            .await?;
        let frozen: Option<(String,)> =
            conn.query("select region from due_person where list = $1 and person = $2").bind(list).bind(person).fetch_optional().await?;
        drop(conn);
        let on = last.as_ref().map_or(frozen.is_some(), |l| l.0);
        if on == added {
            return Err(Fault::Refused("due_already".into()).into());
        }
        let region = match added {
            true => home.ok_or(Fault::Missing)?.0,
            false => last.map(|l| l.1).or(frozen.map(|f| f.0)).ok_or(Fault::Missing)?,
        };
        let mut change = self.change(Some(actor.person), if added { "due.add" } else { "due.drop" }, "person", person);
        change.region = Some(region.clone());
        change.after = reason.trim().to_owned();
        let input = (id, list, person, region, added, self.today(), change);
        self.db
            .unit(input, |conn, (id, list, person, region, added, day, change)| {
                Box::pin(async move {
                    let made = conn
                        .query(
                            "insert into due_entry (id, list, person, region, added, reason, day, recorded_at, recorded_by)
                             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
                        )
                        .bind(*id)
                        .bind(*list)
                        .bind(*person)
                        .bind(region.clone())
                        .bind(*added)
                        .bind(change.after.clone())
                        .bind(*day)
                        .bind(change.at)
                        .bind(change.actor)
                        .execute()
                        .await?;
                    if made > 0 {
                        audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Who was added to a list or taken off, newest first.
    pub async fn due_entries(&self, list: Uuid) -> Result<Vec<DueEntry>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select e.person, p.name, e.added, e.reason, e.recorded_at, b.name as by_name
             from due_entry e join person p on p.id = e.person join person b on b.id = e.recorded_by
             where e.list = $1 order by e.recorded_at desc, e.id limit 200",
        )
        .bind(list)
        .fetch_all()
        .await
    }
}

/// Everybody who is on a list of a year, with the place where they were: list by list first, so that being taken off one takes
/// nobody off another. Whoever was merged counts as the account that is left.
pub(super) async fn on_lists(conn: &mut Conn, year: i64) -> Result<Vec<(Uuid, String)>> {
    let frozen: Vec<(Uuid, Uuid, String)> = conn
        .query(
            "select d.list, d.person, d.region from due_person d join due_list l on l.id = d.list
             where l.year = $1 and l.size is not null order by l.frozen_at, l.id, d.person",
        )
        .bind(year)
        .fetch_all()
        .await?;
    let entries: Vec<(Uuid, Uuid, String, bool)> = conn
        .query(
            "select e.list, e.person, e.region, e.added from due_entry e join due_list l on l.id = e.list
             where l.year = $1 order by e.recorded_at, e.id",
        )
        .bind(year)
        .fetch_all()
        .await?;
    let merged: Vec<(Uuid, Uuid)> = conn
        .query("select id, merged_into from person where standing = 'merged' and merged_into is not null order by id")
        .fetch_all()
        .await?;
    let mut on: BTreeMap<(Uuid, Uuid), String> = frozen.into_iter().map(|(list, person, region)| ((list, person), region)).collect();
    for (list, person, region, added) in entries {
        match added {
            true => on.insert((list, person), region),
            false => on.remove(&(list, person)),
        };
    }
    let left = |person: Uuid| merged.binary_search_by(|m| m.0.cmp(&person)).map_or(person, |at| merged[at].1);
    Ok(on.into_iter().map(|((_, person), region)| (left(person), region)).collect())
}

async fn begin(conn: &mut Conn, new: &Freezing) -> Result<()> {
    let other: Option<(Uuid,)> = conn
        .query(
            "select l.id from due_list l where l.year = $2 and l.id <> $3
               and (l.region in (select c.descendant from region_closure c where c.ancestor = $1)
                    or l.region in (select c.ancestor from region_closure c where c.descendant = $1)) limit 1",
        )
        .bind(new.region.clone())
        .bind(new.year)
        .bind(new.list)
        .fetch_optional()
        .await?;
    if other.is_some() {
        return Err(Fault::Refused("due_frozen".into()).into());
    }
    let made = conn
        .query(
            "insert into due_list (id, region, year, audience, document, day, frozen_at, frozen_by) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict do nothing",
        )
        .bind(new.list)
        .bind(new.region.clone())
        .bind(new.year)
        .bind(new.audience.clone())
        .bind(new.document.clone())
        .bind(new.day)
        .bind(new.change.at)
        .bind(new.by)
        .execute()
        .await?;
    if made > 0 {
        return audit::write(conn, &new.change).await;
    }
    let mine: Option<(Uuid,)> = conn.query("select id from due_list where id = $1").bind(new.list).fetch_optional().await?;
    mine.map(|_| ()).ok_or_else(|| Error::Fault(Fault::Refused("due_frozen".into())))
}

/// Puts the next people on a list; how many.
async fn some(conn: &mut Conn, list: Uuid) -> Result<u64> {
    conn.query(
        "insert into due_person (list, person, region)
         select l.id, h.person, h.region from due_list l join home h on h.region in (select c.descendant from region_closure c where c.ancestor = l.region)
           join person p on p.id = h.person
         where l.id = $1 and l.size is null and h.to_day is null and h.confirmed_at is not null and p.standing = 'active'
           and ((h.organisation is not null and (h.post = 'leader' or (l.audience = 'core' and h.post = 'backbone')))
                or exists (select 1 from affiliation a where a.person = h.person and a.from_day <= l.day and (a.to_day is null or a.to_day >= l.day)
                           and (a.post = 'leader' or (l.audience = 'core' and a.post = 'backbone'))))
           and not exists (select 1 from due_person d where d.list = l.id and d.person = h.person)
         order by h.person limit $2",
    )
    .bind(list)
    .bind(AT_ONCE)
    .execute()
    .await
}

async fn finish(conn: &mut Conn, list: Uuid) -> Result<()> {
    conn.query("update due_list set size = (select count(*) from due_person d where d.list = $1) where id = $1 and size is null")
        .bind(list)
        .execute()
        .await?;
    Ok(())
}
