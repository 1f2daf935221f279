//! A file of the filing system on its way in: read, compared with what is known, and kept until an officer has looked at
//! it. Nothing of the portal changes here.

use std::collections::{HashMap, HashSet};

use domain::Uuid;
use domain::fault::{Fault, Rule};
use domain::filing::{CellFault, Column, Filing, FilingPolicy};
use domain::organisation::{Theme, WorkField, codes};
use domain::permission::{Action, Actor, PeopleScope, Resource, may};
use domain::time::{Day, Millis, iso_date};
use serde::{Deserialize, Serialize};

use super::AT_ONCE;
use super::places::Places;
use super::record::Said;
use crate::people::manage::require;
use crate::{Conn, Error, Result, Store, place};

/// A file on its way in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Import {
    /// The import.
    pub id: Uuid,
    /// The region that it may change.
    pub region: String,
    /// Its name.
    pub region_name: String,
    /// Name of the file.
    pub file_name: String,
    /// Version of the words that were read.
    pub rule_version: String,
    /// `reading`, `staged`, `applying`, `applied`, `undoing`, `undone`, `dropped`.
    pub state: String,
    /// Organisations of the region that the file does not name.
    pub absent: i64,
    /// When it was brought.
    pub created_at: Millis,
    /// By whom.
    pub created_by: Uuid,
    /// Their name.
    pub by_name: String,
    /// When it was applied or undone.
    pub done_at: Option<Millis>,
}

/// How many rows there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// All.
    pub rows: i64,
    /// Organisations that are new.
    pub new: i64,
    /// Organisations of which something differs.
    pub changed: i64,
    /// Organisations that stand as they are known.
    pub same: i64,
    /// Rows that cannot be taken.
    pub wrong: i64,
    /// Rows that will be applied.
    pub taken: i64,
    /// Rows that were.
    pub applied: i64,
}

/// What a row asks for, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// 备案号.
    pub number: String,
    /// The rest.
    #[serde(flatten)]
    pub said: Said,
}

/// What differs in a column: before and after, as codes.
pub type Difference = (Column, String, String);

/// A row as an officer sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ImportRow {
    /// Line of the file, from 1.
    pub line: i64,
    /// `new`, `change`, `same`, `wrong`.
    pub verdict: String,
    detail: String,
    record: String,
    cells: String,
    /// The organisation that it meets or makes.
    pub organisation: Option<Uuid>,
    /// Whether it is to be applied.
    pub taken: bool,
    /// When it was.
    pub applied_at: Option<Millis>,
}

impl ImportRow {
    /// What is wrong with it.
    pub fn faults(&self) -> Vec<CellFault> {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }

    /// What differs.
    pub fn differences(&self) -> Vec<Difference> {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }

    /// What it asks for; none when wrong.
    pub fn staged(&self) -> Option<Staged> {
        serde_json::from_str(&self.record).ok()
    }
}

/// An organisation as known before the file.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Known {
    id: Uuid,
    filing_no: Option<String>,
    #[sqlx(flatten)]
    said: Said,
    /// The record that stands open.
    record: Option<Uuid>,
}

/// A row to be kept.
struct Line {
    import: Uuid,
    line: i64,
    verdict: &'static str,
    detail: String,
    record: String,
    cells: String,
    leader: String,
    organisation: Option<Uuid>,
    before: Option<Uuid>,
    record_id: Uuid,
    person: Uuid,
}

/// Who leads an organisation, as sealed in a row: name and mobile.
pub(super) type Leader = (String, String);

fn staged(filing: &Filing, region: String, known: Option<&Known>) -> Staged {
    // What a file leaves empty it says nothing about.
    let or = |said: String, before: fn(&Said) -> &String| {
        if said.is_empty() { known.map(|k| before(&k.said)).cloned().unwrap_or_default() } else { said }
    };
    let said = Said {
        name: filing.name.clone(),
        region,
        standing: filing.standing.code().to_owned(),
        nature: or(filing.nature.map_or("", |n| n.code()).to_owned(), |k| &k.nature),
        fields: or(codes(WorkField::ALL, &filing.fields, WorkField::code), |k| &k.fields),
        themes: or(codes(Theme::ALL, &filing.themes, Theme::code), |k| &k.themes),
        rural: or(filing.rural.map_or("", |r| r.code()).to_owned(), |k| &k.rural),
        filed_on: filing.filed_on.or(known.and_then(|k| k.said.filed_on)),
        members: filing.members.or(known.and_then(|k| k.said.members)),
    };
    Staged { number: filing.number.clone(), said }
}

fn differences(known: &Known, new: &Staged) -> Vec<Difference> {
    let day = |day: Option<Day>| day.map(iso_date).unwrap_or_default();
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    let text = |column: Column, part: fn(&Said) -> &String| (column, part(&known.said).clone(), part(&new.said).clone());
    let all = [
        (Column::Number, known.filing_no.clone().unwrap_or_default(), new.number.clone()),
        text(Column::Name, |s| &s.name),
        text(Column::Community, |s| &s.region),
        text(Column::Standing, |s| &s.standing),
        text(Column::Nature, |s| &s.nature),
        text(Column::Fields, |s| &s.fields),
        text(Column::Themes, |s| &s.themes),
        text(Column::Rural, |s| &s.rural),
        (Column::FiledOn, day(known.said.filed_on), day(new.said.filed_on)),
        (Column::Members, number(known.said.members), number(new.said.members)),
    ];
    all.into_iter().filter(|(_, before, after)| before != after).collect()
}

impl Store {
    /// The words that a filing export may use today.
    pub async fn filing_policy(&self) -> Result<FilingPolicy> {
        self.rule("filing").await
    }

    /// Reads a file for a region and keeps what it asks for. Nothing is changed yet; the id is the form's.
    pub async fn stage_filing(&self, actor: &Actor, region: &str, id: Uuid, file_name: &str, rows: &[Vec<String>]) -> Result<Uuid> {
        let mut conn = self.db.read().await?;
        let place = place::place(&mut conn, region).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place)))?;
        let policy = self.filing_policy().await?;
        let invalid = |rule| Error::Fault(Fault::Invalid(vec![domain::fault::FieldFault::new("file", rule)]));
        let head = policy.head(rows).ok_or_else(|| invalid(Rule::Unknown))?;
        let there: Option<(String, Uuid)> =
            conn.query("select state, created_by from import where id = $1").bind(id).fetch_optional().await?;
        match there {
            // Broken off while it was kept: gone on with.
            Some((state, by)) if state == "reading" && by == actor.person => {}
            Some(_) => return Ok(id),
            None => {}
        }
        let places = Places::of(&mut conn, region).await?;
        let known: Vec<Known> = conn
            .query(
                "select o.id, o.filing_no, o.name, o.region, coalesce(n.standing, '') as standing, coalesce(n.nature, '') as nature, coalesce(n.fields, '') as fields,
                        coalesce(n.themes, '') as themes, coalesce(n.rural, '') as rural, n.filed_on, n.members,
                        n.id as record
                 from region_closure c join organisation o on o.region = c.descendant
                   left join organisation_record n on n.organisation = o.id and n.to_day is null
                 where c.tree = 'admin' and c.ancestor = $1 and o.kind = 'community' and o.standing <> 'withdrawn' order by o.id",
            )
            .bind(region.to_owned())
            .fetch_all()
            .await?;
        let by_number: HashMap<&str, &Known> = known.iter().filter_map(|k| Some((k.filing_no.as_deref()?, k))).collect();
        // One that learners typed is met by its name in its community.
        let typed = known.iter().filter(|k| k.filing_no.is_none() && k.said.standing.is_empty());
        let by_name: HashMap<(&str, &str), &Known> = typed.map(|k| ((k.said.region.as_str(), k.said.name.as_str()), k)).collect();
        let mut met: HashSet<Uuid> = HashSet::new();
        let mut numbers: HashSet<String> = HashSet::new();
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate().skip(head.rows) {
            if row.iter().all(|cell| cell.is_empty()) {
                continue;
            }
            let read = policy.read(&head, row).and_then(|filing| {
                let region = places.find(&filing).map_err(|fault| vec![fault])?;
                // A number stands once in a file.
                if !numbers.insert(filing.number.clone()) {
                    return Err(vec![CellFault { column: Column::Number, rule: Rule::Taken }]);
                }
                Ok((filing, region))
            });
            let known = |filing: &Filing, region: &String| {
                let typed = || by_name.get(&(region.as_str(), filing.name.as_str())).filter(|k| !met.contains(&k.id));
                by_number.get(filing.number.as_str()).or_else(typed).copied()
            };
            let mut line = Line {
                import: id,
                line: at as i64 + 1,
                verdict: "wrong",
                detail: String::new(),
                record: String::new(),
                cells: String::new(),
                leader: String::new(),
                organisation: None,
                before: None,
                record_id: self.new_id(),
                person: self.new_id(),
            };
            match read {
                Err(faults) => {
                    line.detail = json(&faults);
                    line.cells = self
                        .sealed(&json(&Column::ALL.map(|c| head.places.get(&c).and_then(|p| row.get(*p)).cloned().unwrap_or_default())));
                }
                Ok((filing, region)) => {
                    let before = known(&filing, &region);
                    let new = staged(&filing, region, before);
                    line.organisation = before.map(|k| k.id);
                    line.before = before.and_then(|k| k.record);
                    met.extend(line.organisation);
                    line.record = json(&new);
                    line.verdict = match before {
                        Some(known) => {
                            let differs = differences(known, &new);
                            line.detail = json(&differs);
                            if differs.is_empty() && known.record.is_some() { "same" } else { "change" }
                        }
                        None => {
                            line.organisation = Some(self.new_id());
                            "new"
                        }
                    };
                    if let Some(leader) = &filing.leader {
                        let leader: Leader =
                            (leader.as_str().to_owned(), filing.mobile.map_or_else(String::new, |m| m.as_str().to_owned()));
                        line.leader = self.sealed(&json(&leader));
                    }
                }
            }
            lines.push(line);
        }
        let absent = known.iter().filter(|k| k.filing_no.is_some() && k.said.standing != "ended" && !met.contains(&k.id)).count() as i64;
        drop(conn);
        let mut change = self.change(Some(actor.person), "import.stage", "import", id);
        change.region = Some(region.to_owned());
        change.after = format!("{file_name} {}", lines.len());
        let file_name: String = file_name.chars().take(120).collect();
        let head = (id, region.to_owned(), file_name, policy.version.clone(), absent, actor.person, change);
        self.db.unit(head, |conn, head| Box::pin(async move { begin(conn, head).await })).await?;
        let mut waiting = lines.into_iter().peekable();
        while waiting.peek().is_some() {
            let part: Vec<Line> = waiting.by_ref().take(AT_ONCE as usize * 4).collect();
            self.db.unit(part, |conn, part| Box::pin(async move { keep(conn, part).await })).await?;
        }
        self.db
            .unit(id, |conn, id| {
                Box::pin(async move {
                    conn.query("update import set state = 'staged' where id = $1 and state = 'reading'").bind(*id).execute().await?;
                    Ok(())
                })
            })
            .await?;
        Ok(id)
    }

    fn sealed(&self, text: &str) -> String {
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce);
        self.vault.seal_text(text, nonce)
    }

    /// The imports of a scope, newest first.
    pub async fn imports(&self, scope: &PeopleScope) -> Result<Vec<Import>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select i.id, i.region, r.short as region_name, i.file_name, i.rule_version, i.state, i.absent, i.created_at, i.created_by, p.name as by_name, i.done_at
             from import i join region r on r.code = i.region join person p on p.id = i.created_by
             where exists (select 1 from role_grant g join region_closure c on c.ancestor = g.region
                           where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2) and c.descendant = i.region)
             order by i.created_at desc, i.id limit 50",
        )
        .bind(scope.actor)
        .bind(scope.day)
        .bind(scope.floor)
        .fetch_all()
        .await
    }

    /// One import with its counts, for an officer in whose scope it lies.
    pub async fn import_for(&self, actor: &Actor, id: Uuid) -> Result<(Import, Tally)> {
        let mut conn = self.db.read().await?;
        let import: Option<Import> = conn
            .query(
                "select i.id, i.region, r.short as region_name, i.file_name, i.rule_version, i.state, i.absent, i.created_at, i.created_by, p.name as by_name, i.done_at
                 from import i join region r on r.code = i.region join person p on p.id = i.created_by where i.id = $1",
            )
            .bind(id)
            .fetch_optional()
            .await?;
        let import = import.ok_or(Fault::Missing)?;
        let place = place::place(&mut conn, &import.region).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::KeepOrganisations, &Resource::Region(&place)))?;
        let tally = conn
            .query(
                "select count(*) as rows, cast(coalesce(sum(case when verdict = 'new' then 1 else 0 end), 0) as bigint) as new,
                        cast(coalesce(sum(case when verdict = 'change' then 1 else 0 end), 0) as bigint) as changed,
                        cast(coalesce(sum(case when verdict = 'same' then 1 else 0 end), 0) as bigint) as same,
                        cast(coalesce(sum(case when verdict = 'wrong' then 1 else 0 end), 0) as bigint) as wrong,
                        cast(coalesce(sum(case when taken then 1 else 0 end), 0) as bigint) as taken,
                        cast(coalesce(sum(case when applied_at is null then 0 else 1 end), 0) as bigint) as applied
                 from import_row where import = $1",
            )
            .bind(id)
            .fetch_one()
            .await?;
        Ok((import, tally))
    }

    /// Rows of an import with one verdict, after a line.
    pub async fn import_rows(&self, actor: &Actor, id: Uuid, verdict: &str, after: i64, limit: i64) -> Result<Vec<ImportRow>> {
        self.import_for(actor, id).await?;
        let mut conn = self.db.read().await?;
        conn.query(
            "select line, verdict, detail, record, cells, organisation, taken, applied_at from import_row
             where import = $1 and verdict = $2 and line > $3 order by line limit $4",
        )
        .bind(id)
        .bind(verdict.to_owned())
        .bind(after)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// The rows that could not be taken, as they stood, with what is wrong: a file to mend.
    pub async fn rows_to_mend(&self, actor: &Actor, id: Uuid) -> Result<Vec<(i64, Vec<String>, Vec<CellFault>)>> {
        let (import, _) = self.import_for(actor, id).await?;
        let rows = self.import_rows(actor, id, "wrong", 0, crate::sheet::MOST_ROWS as i64).await?;
        let mut change = self.change(Some(actor.person), "import.mend", "import", id);
        change.region = Some(import.region);
        self.db.unit(change, |conn, change| Box::pin(async move { crate::audit::write(conn, change).await })).await?;
        let opened = |row: &ImportRow| -> Vec<String> {
            self.vault.open(&row.cells).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
        };
        Ok(rows.iter().map(|row| (row.line, opened(row), row.faults())).collect())
    }

    /// Decides whether a row will be applied.
    pub async fn take_row(&self, actor: &Actor, id: Uuid, line: i64, taken: bool) -> Result<()> {
        let (import, _) = self.import_for(actor, id).await?;
        if import.state != "staged" {
            return Err(Fault::Refused("import_state".into()).into());
        }
        self.db
            .unit((id, line, taken), |conn, (id, line, taken)| {
                Box::pin(async move {
                    conn.query(
                        "update import_row set taken = $1 where import = $2 and line = $3 and verdict in ('new', 'change') and applied_at is null
                           and exists (select 1 from import i where i.id = $2 and i.state = 'staged')",
                    )
                    .bind(*taken)
                    .bind(*id)
                    .bind(*line)
                    .execute()
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

type Head = (Uuid, String, String, String, i64, Uuid, crate::audit::Change);

async fn begin(conn: &mut Conn, (id, region, file_name, version, absent, by, change): &Head) -> Result<()> {
    conn.query(
        "insert into import (id, kind, region, file_name, rule_version, state, absent, created_at, created_by)
         values ($1, 'filing', $2, $3, $4, 'reading', $5, $6, $7) on conflict (id) do nothing",
    )
    .bind(*id)
    .bind(region.clone())
    .bind(file_name.clone())
    .bind(version.clone())
    .bind(*absent)
    .bind(change.at)
    .bind(*by)
    .execute()
    .await?;
    crate::audit::write(conn, change).await
}

async fn keep(conn: &mut Conn, lines: &[Line]) -> Result<()> {
    for line in lines {
        conn.query(
            "insert into import_row (import, line, verdict, detail, record, cells, leader, organisation, record_id, person, taken, before)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing",
        )
        .bind(line.import)
        .bind(line.line)
        .bind(line.verdict)
        .bind(line.detail.clone())
        .bind(line.record.clone())
        .bind(line.cells.clone())
        .bind(line.leader.clone())
        .bind(line.organisation)
        .bind(line.record_id)
        .bind(line.person)
        .bind(matches!(line.verdict, "new" | "change"))
        .bind(line.before)
        .execute()
        .await?;
    }
    Ok(())
}
