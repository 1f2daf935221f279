//! Organisations as officers see them: lists of a scope, and one with its dated records.

use domain::Uuid;
use domain::fault::{Fault, Findings, Rule};
use domain::organisation::Kind;
use domain::permission::{Action, Actor, PeopleScope, Resource, may};
use domain::time::{Day, Millis};
use serde::{Deserialize, Serialize};

use crate::people::manage::require;
use crate::{Conn, Result, Store, place, words};

/// What a record says of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Said {
    /// Name.
    pub name: String,
    /// Community, or the street of a federation.
    pub region: String,
    /// Code of [`domain::organisation::Standing`].
    pub standing: String,
    /// Code of [`domain::organisation::Nature`], or empty.
    pub nature: String,
    /// Codes of work fields, separated by spaces.
    pub fields: String,
    /// Codes of themes.
    pub themes: String,
    /// Code of a rural kind, or empty.
    pub rural: String,
    /// Day of the filing.
    pub filed_on: Option<Day>,
    /// Members.
    pub members: Option<i64>,
}

/// A dated record of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Record {
    /// The record.
    pub id: Uuid,
    /// First day.
    pub from_day: Day,
    /// Last day; open while none. A record that another replaced on the same day ends before it began.
    pub to_day: Option<Day>,
    /// What it says.
    #[sqlx(flatten)]
    pub said: Said,
    /// Name of the region as shown, with the street.
    pub region_name: String,
    /// When it was recorded.
    pub recorded_at: Millis,
}

/// An organisation as it is today.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Organisation {
    /// The organisation.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Region.
    pub region: String,
    /// Path of the region.
    pub path: String,
    /// Code of [`Kind`].
    pub kind: String,
    /// 备案号, if it has one.
    pub filing_no: Option<String>,
    /// `typed`, `confirmed`, `ended`, `withdrawn`.
    pub standing: String,
}

/// A row of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OrganisationRow {
    /// The organisation.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Key of its place in the list.
    pub sort_key: String,
    /// Code of [`Kind`].
    pub kind: String,
    /// 备案号.
    pub filing_no: Option<String>,
    /// `typed`, `confirmed`, `ended`, `withdrawn`.
    pub standing: String,
    /// Community.
    pub region_name: String,
    /// Street.
    pub above_name: String,
    /// Code of the nature, or empty.
    pub nature: String,
    /// Codes of the work fields.
    pub fields: String,
    /// People whose main organisation it is.
    pub people: i64,
    /// Whether it is a brand today.
    pub brands: i64,
}

/// Which organisations.
#[derive(Debug, Clone, Default)]
pub struct OrganisationFilter {
    /// A region of the scope, or empty.
    pub region: String,
    /// Part of the name or the filing number, or pinyin initials.
    pub name: String,
    /// Code of a nature, `typed` for those without a filing number, `ended`, or empty for all that stand.
    pub state: String,
    /// Key of the last row of the page before.
    pub after: Option<(String, Uuid)>,
    /// Rows wanted.
    pub limit: i64,
}

/// A brand.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Brand {
    /// The naming.
    pub id: Uuid,
    /// What the brand is called.
    pub title: String,
    /// When it was named.
    pub named_on: Day,
    /// When it ended.
    pub ended_on: Option<Day>,
    /// The document that named it.
    pub document: String,
}

/// The condition of every query on organisations: they lie in a region that the actor's grants cover today. Binds `$1`
/// actor, `$2` day, `$3` floor, `$4` region or '', `$5` like pattern, `$6` state. `$region` is the organisation's region: as a
/// column where few are in scope, wrapped where many are.
macro_rules! scoped {
    ($columns:expr, $region:literal, $tail:expr) => {
        concat!(
            "select ",
            $columns,
            " from organisation o left join organisation_record n on n.organisation = o.id and n.to_day is null
             where ",
            $region,
            " in (select c.descendant from region_closure c where c.ancestor in (select case when $4 = '' then g.region else $4 end from role_grant g
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and ($4 = '' or coalesce(o.region, '') in (select c.descendant from role_grant g join region_closure c on c.ancestor = g.region
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and (o.name like $5 escape '\\' or coalesce(o.filing_no, '') like $5 escape '\\' or o.sort_key like $5 escape '\\')
               and (($6 = '' and o.standing in ('typed', 'confirmed')) or ($6 = 'typed' and o.standing in ('typed', 'confirmed') and o.filing_no is null)
                    or ($6 = 'ended' and o.standing in ('ended', 'withdrawn')) or ($6 = n.nature and o.standing = 'confirmed')) ",
            $tail
        )
    };
}

/// A page of organisations: first which, then what is shown of each. Binds further `$7` and `$8` cursor, `$9` limit.
macro_rules! page {
    ($region:literal) => {
        concat!(
            "select o.id, o.name, o.sort_key, o.kind, o.filing_no, o.standing, r.short as region_name, coalesce(up.short, '') as above_name,
                    coalesce(n.nature, '') as nature, coalesce(n.fields, '') as fields,
                    (select count(*) from home h where h.organisation = o.id and h.to_day is null) as people,
                    (select count(*) from brand b where b.organisation = o.id and b.ended_on is null) as brands
             from (",
            scoped!("o.id", $region, "and (o.sort_key > $7 or (o.sort_key = $7 and o.id > $8)) order by o.sort_key, o.id limit $9"),
            ") k join organisation o on o.id = k.id join region r on r.code = o.region left join region up on up.code = r.parent
               left join organisation_record n on n.organisation = o.id and n.to_day is null
             order by o.sort_key, o.id"
        )
    };
}

pub(super) struct NewRecord {
    pub id: Uuid,
    pub organisation: Uuid,
    pub day: Day,
    pub said: Said,
    pub import: Option<Uuid>,
    pub at: Millis,
    pub by: Option<Uuid>,
}

/// Ends the record at hand and begins another, and lets the organisation be what that says.
pub(super) async fn write(conn: &mut Conn, new: &NewRecord) -> Result<()> {
    conn.query("update organisation_record set to_day = $1 where organisation = $2 and to_day is null")
        .bind(new.day - 1)
        .bind(new.organisation)
        .execute()
        .await?;
    conn.query(
        "insert into organisation_record (id, organisation, from_day, name, region, standing, nature, fields, themes, rural, filed_on, members,
           import, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(new.id)
    .bind(new.organisation)
    .bind(new.day)
    .bind(new.said.name.clone())
    .bind(new.said.region.clone())
    .bind(new.said.standing.clone())
    .bind(new.said.nature.clone())
    .bind(new.said.fields.clone())
    .bind(new.said.themes.clone())
    .bind(new.said.rural.clone())
    .bind(new.said.filed_on)
    .bind(new.said.members)
    .bind(new.import)
    .bind(new.at)
    .bind(new.by)
    .execute()
    .await?;
    conn.query("update organisation set name = $1, sort_key = $2, region = $3, standing = $4 where id = $5")
        .bind(new.said.name.clone())
        .bind(words::sort_key(&new.said.name))
        .bind(new.said.region.clone())
        .bind(if new.said.standing == "ended" { "ended" } else { "confirmed" })
        .bind(new.organisation)
        .execute()
        .await?;
    Ok(())
}

/// The records of an organisation, newest first.
pub(super) async fn records(conn: &mut Conn, organisation: Uuid) -> Result<Vec<Record>> {
    conn.query(
        "select n.id, n.from_day, n.to_day, n.name, n.region, coalesce(up.short, '') || ' ' || r.short as region_name, n.standing, n.nature, n.fields,
                n.themes, n.rural, n.filed_on, n.members, n.recorded_at
         from organisation_record n join region r on r.code = n.region left join region up on up.code = r.parent
         where n.organisation = $1 order by n.from_day desc, n.recorded_at desc, n.id",
    )
    .bind(organisation)
    .fetch_all()
    .await
}

impl Store {
    /// Organisations of the scope that match, in order of name, after a cursor.
    pub async fn organisations(&self, scope: &PeopleScope, filter: &OrganisationFilter) -> Result<Vec<OrganisationRow>> {
        let (key, id) = filter.after.clone().unwrap_or_default();
        let crowded = self.is_crowded(scope, &filter.region).await?;
        let mut conn = self.db.read().await?;
        let query = if crowded { conn.query(page!("coalesce(o.region, '')")) } else { conn.query(page!("o.region")) };
        query
            .bind(scope.actor)
            .bind(scope.day)
            .bind(scope.floor)
            .bind(filter.region.clone())
            .bind(place::like_pattern(filter.name.trim()))
            .bind(filter.state.clone())
            .bind(key)
            .bind(id)
            .bind(filter.limit)
            .fetch_all()
            .await
    }

    /// How many organisations of the scope match.
    pub async fn organisation_count(&self, scope: &PeopleScope, filter: &OrganisationFilter) -> Result<i64> {
        let mut conn = self.db.read().await?;
        let (n,): (i64,) = conn
            .query(scoped!("count(*)", "o.region", ""))
            .bind(scope.actor)
            .bind(scope.day)
            .bind(scope.floor)
            .bind(filter.region.clone())
            .bind(place::like_pattern(filter.name.trim()))
            .bind(filter.state.clone())
            .fetch_one()
            .await?;
        Ok(n)
    }

    /// One organisation with its records, for an officer in whose scope it lies.
    pub async fn organisation_for(&self, actor: &Actor, id: Uuid) -> Result<(Organisation, Vec<Record>, Vec<Brand>)> {
        let mut conn = self.db.read().await?;
        let found: Option<Organisation> = conn
            .query(
                "select o.id, o.name, o.region, r.path, o.kind, o.filing_no, o.standing from organisation o join region r on r.code = o.region
                 where o.id = $1",
            )
            .bind(id)
            .fetch_optional()
            .await?;
        let found = found.ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place::path_place(&found.path))))?;
        let records = records(&mut conn, id).await?;
        let brands = conn
            .query("select id, title, named_on, ended_on, document from brand where organisation = $1 order by named_on desc, id")
            .bind(id)
            .fetch_all()
            .await?;
        Ok((found, records, brands))
    }

    /// Makes a federation, an incubator or another organisation that no filing list holds. The id is the form's.
    pub async fn make_organisation(&self, actor: &Actor, id: Uuid, kind: &str, region: &str, name: &str) -> Result<()> {
        let mut findings = Findings::default();
        let kind = Kind::parse(kind).filter(|kind| *kind != Kind::Community);
        if kind.is_none() {
            findings.add("kind", Rule::Unknown);
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => findings.add("name", Rule::Required),
            61.. => findings.add("name", Rule::TooLong),
            _ => {}
        }
        let place = place::place(&mut self.db.read().await?, region).await?;
        if place.is_none() {
            findings.add("region", Rule::Unknown);
        }
        findings.done()?;
        let (kind, place) = kind.zip(place).ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place)))?;
        let mut change = self.change(Some(actor.person), "organisation.make", "organisation", id);
        change.region = Some(region.to_owned());
        change.after = format!("{} {name}", kind.code());
        let record = NewRecord {
            id: self.new_id(),
            organisation: id,
            day: self.today(),
            said: Said {
                name,
                region: region.to_owned(),
                standing: "registered".into(),
                nature: String::new(),
                fields: String::new(),
                themes: String::new(),
                rural: String::new(),
                filed_on: None,
                members: None,
            },
            import: None,
            at: self.now(),
            by: Some(actor.person),
        };
        self.db
            .unit((kind.code(), record, change), |conn, (kind, record, change)| {
                Box::pin(async move {
                    let made = conn
                        .query(
                            "insert into organisation (id, region, name, sort_key, standing, created_at, created_by, kind)
                             values ($1, $2, $3, '', 'confirmed', $4, $5, $6) on conflict (id) do nothing",
                        )
                        .bind(record.organisation)
                        .bind(record.said.region.clone())
                        .bind(record.said.name.clone())
                        .bind(record.at)
                        .bind(record.by)
                        .bind(*kind)
                        .execute()
                        .await?;
                    if made > 0 {
                        write(conn, record).await?;
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Names an organisation a brand, by a document; the id is the form's.
    pub async fn name_brand(
        &self,
        actor: &Actor,
        organisation: Uuid,
        id: Uuid,
        title: &str,
        named_on: Option<Day>,
        document: &str,
    ) -> Result<()> {
        self.organisation_for(actor, organisation).await?;
        let mut findings = Findings::default();
        for (field, text) in [("title", title), ("document", document)] {
            match text.trim().chars().count() {
                0 => findings.add(field, Rule::Required),
                81.. => findings.add(field, Rule::TooLong),
                _ => {}
            }
        }
        match named_on {
            None => findings.add("named_on", Rule::Malformed),
            Some(day) if day > self.today() => findings.add("named_on", Rule::Malformed),
            Some(_) => {}
        }
        findings.done()?;
        let mut change = self.change(Some(actor.person), "brand.name", "organisation", organisation);
        change.after = format!("{} {}", title.trim(), document.trim());
        let input = (id, organisation, title.trim().to_owned(), named_on, document.trim().to_owned(), change);
        self.db
            .unit(input, |conn, (id, organisation, title, day, document, change)| {
                Box::pin(async move {
                    let made = conn
                        .query(
                            "insert into brand (id, organisation, title, named_on, document, recorded_at, recorded_by)
                             values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
                        )
                        .bind(*id)
                        .bind(*organisation)
                        .bind(title.clone())
                        .bind(*day)
                        .bind(document.clone())
                        .bind(change.at)
                        .bind(change.actor)
                        .execute()
                        .await?;
                    if made > 0 {
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Ends a brand from today.
    pub async fn end_brand(&self, actor: &Actor, organisation: Uuid, brand: Uuid) -> Result<()> {
        self.organisation_for(actor, organisation).await?;
        let change = self.change(Some(actor.person), "brand.end", "organisation", organisation);
        self.db
            .unit((organisation, brand, self.today(), change), |conn, (organisation, brand, day, change)| {
                Box::pin(async move {
                    let ended = conn
                        .query("update brand set ended_on = $1 where id = $2 and organisation = $3 and ended_on is null")
                        .bind(*day)
                        .bind(*brand)
                        .bind(*organisation)
                        .execute()
                        .await?;
                    if ended > 0 {
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
