//! Applying a file that was looked at: a chain of small units, each of which may be done again after a crash.

use domain::Uuid;
use domain::fault::{Fault, Rule};
use domain::filing::{CellFault, Column};
use domain::permission::{Actor, Role};
use domain::person::{Mobile, PersonName};
use domain::time::{Day, Millis};

use super::AT_ONCE;
use super::import::{Leader, Staged};
use super::record::{NewRecord, write};
use crate::people::register::{NewPerson, write as write_person};
use crate::{Conn, Error, Result, Store, audit};

/// A row to be applied, with who leads it opened.
struct Doing {
    import: Uuid,
    line: i64,
    verdict: String,
    new: Staged,
    organisation: Uuid,
    before: Option<Uuid>,
    record: Uuid,
    leader: Option<NewLeader>,
    day: Day,
    at: Millis,
    by: Uuid,
}

/// A leader: an account to be made unless somebody is there.
struct NewLeader {
    person: NewPerson,
    digest: Option<String>,
    affiliation: Uuid,
}

#[derive(sqlx::FromRow)]
struct Row {
    line: i64,
    verdict: String,
    record: String,
    leader: String,
    organisation: Option<Uuid>,
    before: Option<Uuid>,
    record_id: Uuid,
    person: Uuid,
}

impl Store {
    /// Lets an import be applied; [`Store::work_import`] does it.
    pub async fn apply_import(&self, actor: &Actor, id: Uuid) -> Result<()> {
        self.begin_import(actor, id, "staged", "applying", "import.apply").await
    }

    /// Puts an import aside.
    pub async fn drop_import(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let state = self.import_for(actor, id).await?.0.state;
        let from = if state == "reading" { "reading" } else { "staged" };
        self.begin_import(actor, id, from, "dropped", "import.drop").await?;
        self.forget_rows(id, true).await
    }

    pub(super) async fn begin_import(
        &self,
        actor: &Actor,
        id: Uuid,
        from: &'static str,
        to: &'static str,
        action: &'static str,
    ) -> Result<()> {
        let (import, tally) = self.import_for(actor, id).await?;
        let mut change = self.change(Some(actor.person), action, "import", id);
        change.region = Some(import.region);
        change.after = format!("{} / {}", tally.taken, tally.rows);
        let begun: u64 = self
            .db
            .unit((id, from, to, change), |conn, (id, from, to, change)| {
                Box::pin(async move {
                    let begun = conn
                        .query("update import set state = $1, done_at = $2, done_by = $3 where id = $4 and state = $5")
                        .bind(*to)
                        .bind(change.at)
                        .bind(change.actor)
                        .bind(*id)
                        .bind(*from)
                        .execute()
                        .await?;
                    if begun > 0 {
                        audit::write(conn, change).await?;
                    }
                    Ok(begun)
                })
            })
            .await?;
        if begun == 0 { Err(Fault::Refused("import_state".into()).into()) } else { Ok(()) }
    }

    /// Imports that are under way: for the job that finishes what a crash left.
    pub async fn imports_under_way(&self) -> Result<Vec<Uuid>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<(Uuid,)> = conn.query("select id from import where state in ('applying', 'undoing') order by id").fetch_all().await?;
        Ok(rows.into_iter().map(|r| r.0).collect())
    }

    /// Goes on with an import until it is done. May run twice at once: a row is applied once.
    pub async fn work_import(&self, id: Uuid) -> Result<()> {
        loop {
            let mut conn = self.db.read().await?;
            let row: Option<(String, Uuid)> =
                conn.query("select state, done_by from import where id = $1 and done_by is not null").bind(id).fetch_optional().await?;
            drop(conn);
            let Some((state, by)) = row else { return Ok(()) };
            let left = match state.as_str() {
                "applying" => self.apply_some(id, by).await?,
                "undoing" => self.undo_some(id, by).await?,
                _ => return Ok(()),
            };
            if !left {
                self.finish_import(id).await?;
                self.forget_rows(id, state == "undoing").await?;
                self.forget_catalogue();
                return Ok(());
            }
        }
    }

    /// What rows say of people is not kept longer than it is needed: leaders until the file is dealt with, whole rows until it
    /// is put aside or taken back.
    async fn forget_rows(&self, id: Uuid, whole: bool) -> Result<()> {
        self.db
            .unit((id, whole), |conn, (id, whole)| {
                Box::pin(async move {
                    conn.query("update import_row set leader = '', cells = case when $2 = 1 then '' else cells end where import = $1")
                        .bind(*id)
                        .bind(i64::from(*whole))
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn finish_import(&self, id: Uuid) -> Result<()> {
        self.db
            .unit((id, self.now()), |conn, (id, at)| {
                Box::pin(async move {
                    conn.query(
                        "update import set done_at = $2, state = case state when 'applying' then 'applied' when 'undoing' then 'undone' else state end
                         where id = $1",
                    )
                    .bind(*id)
                    .bind(*at)
                    .execute()
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Applies the next few rows; whether there were any.
    async fn apply_some(&self, id: Uuid, by: Uuid) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = conn
            .query(
                "select line, verdict, record, leader, organisation, before, record_id, person from import_row
                 where import = $1 and taken and applied_at is null order by line limit $2",
            )
            .bind(id)
            .bind(AT_ONCE)
            .fetch_all()
            .await?;
        drop(conn);
        let any = !rows.is_empty();
        let doing: Vec<Doing> = rows.into_iter().map(|row| self.doing(id, by, row)).collect::<Result<_>>()?;
        if any {
            self.db.serializable(doing, |conn, doing| Box::pin(async move { apply(conn, doing).await })).await?;
        }
        Ok(any)
    }

    fn doing(&self, import: Uuid, by: Uuid, row: Row) -> Result<Doing> {
        let corrupt = || Error::Corrupt { table: "import_row", row: format!("{import} {}", row.line) };
        let new: Staged = serde_json::from_str(&row.record).map_err(|_| corrupt())?;
        let organisation = row.organisation.ok_or_else(corrupt)?;
        let leader: Option<Leader> = self.vault.open(&row.leader).and_then(|text| serde_json::from_str(&text).ok());
        let leader = match leader {
            None => None,
            Some((name, mobile)) => {
                let name = PersonName::parse(&name).map_err(|_| corrupt())?;
                let mobile = Mobile::parse(&mobile).ok();
                let mut nonce = [0; 24];
                self.entropy.fill(&mut nonce);
                let mut change = self.change(Some(by), "person.import", "person", row.person);
                change.region = Some(new.said.region.clone());
                change.after = format!("leader {}", new.number);
                let person = NewPerson {
                    id: row.person,
                    home: self.new_id(),
                    grant: self.new_id(),
                    organisation_id: organisation,
                    name: name.as_str().to_owned(),
                    user_name: None,
                    password_hash: None,
                    must_change: false,
                    mobile: mobile.as_ref().map(|m| self.vault.seal(m, nonce)),
                    region: new.said.region.clone(),
                    organisation: String::new(),
                    chosen: Some(organisation),
                    post: "leader".into(),
                    role: Role::Learner,
                    role_region: new.said.region.clone(),
                    by: Some(by),
                    confirmed: true,
                    privacy_version: None,
                    day: self.today(),
                    change,
                };
                Some(NewLeader { digest: mobile.as_ref().map(|m| self.vault.digest(m)), person, affiliation: row.record_id })
            }
        };
        Ok(Doing {
            import,
            line: row.line,
            verdict: row.verdict,
            new,
            organisation,
            before: row.before,
            record: row.record_id,
            leader,
            day: self.today(),
            at: self.now(),
            by,
        })
    }
}

async fn apply(conn: &mut Conn, doing: &[Doing]) -> Result<()> {
    for row in doing {
        let mine = conn
            .query("update import_row set applied_at = $1 where import = $2 and line = $3 and taken and applied_at is null")
            .bind(row.at)
            .bind(row.import)
            .bind(row.line)
            .execute()
            .await?;
        if mine > 0 {
            one(conn, row).await?;
        }
    }
    Ok(())
}

/// A row that cannot be applied any more: to be brought in again.
async fn set_back(conn: &mut Conn, row: &Doing, rule: Rule) -> Result<()> {
    conn.query("update import_row set verdict = 'wrong', taken = false, applied_at = null, detail = $1 where import = $2 and line = $3")
        .bind(super::import::json(&[CellFault { column: Column::Number, rule }]))
        .bind(row.import)
        .bind(row.line)
        .execute()
        .await?;
    Ok(())
}

async fn one(conn: &mut Conn, row: &Doing) -> Result<()> {
    let new = &row.new;
    let taken: Option<(Uuid,)> = conn
        .query("select id from organisation where filing_no = $1 and id <> $2")
        .bind(new.number.clone())
        .bind(row.organisation)
        .fetch_optional()
        .await?;
    if taken.is_some() {
        // Another file was quicker; or the number belongs to another part of the city.
        return set_back(conn, row, Rule::Taken).await;
    }
    let open: Option<(Uuid,)> = conn
        .query("select id from organisation_record where organisation = $1 and to_day is null")
        .bind(row.organisation)
        .fetch_optional()
        .await?;
    let inside: Option<(String,)> = conn
        .query(
            "select o.region from organisation o join region_closure c on c.descendant = o.region join import i on i.region = c.ancestor
             where o.id = $1 and i.id = $2 limit 1",
        )
        .bind(row.organisation)
        .bind(row.import)
        .fetch_optional()
        .await?;
    if open.map(|o| o.0) != row.before || (row.verdict != "new" && inside.is_none()) {
        // Somebody said something else since the row was looked at.
        return set_back(conn, row, Rule::Differs).await;
    }
    if row.verdict == "new" {
        conn.query(
            "insert into organisation (id, region, name, sort_key, standing, created_at, created_by, kind, filing_no)
             values ($1, $2, $3, '', 'confirmed', $4, $5, 'community', $6) on conflict (id) do nothing",
        )
        .bind(row.organisation)
        .bind(new.said.region.clone())
        .bind(new.said.name.clone())
        .bind(row.at)
        .bind(row.by)
        .bind(new.number.clone())
        .execute()
        .await?;
    } else {
        conn.query("update organisation set filing_no = $1 where id = $2")
            .bind(new.number.clone())
            .bind(row.organisation)
            .execute()
            .await?;
    }
    let record = NewRecord {
        id: row.record,
        organisation: row.organisation,
        day: row.day,
        said: new.said.clone(),
        import: Some(row.import),
        at: row.at,
        by: Some(row.by),
    };
    write(conn, &record).await?;
    match &row.leader {
        Some(leader) => lead(conn, row, leader).await,
        None => Ok(()),
    }
}

/// Lets somebody lead the organisation: whoever has this name and mobile, or this name in the organisation; otherwise an
/// account that waits to be used. Terms of others who led it by affiliation end.
async fn lead(conn: &mut Conn, row: &Doing, leader: &NewLeader) -> Result<()> {
    let known: Option<(Uuid, i64)> = conn
        .query(
            "select p.id, cast(case when h.organisation = $3 and h.post = 'leader' then 1 else 0 end as bigint)
             from person p join home h on h.person = p.id and h.to_day is null
             where p.name = $1 and p.standing = 'active' and ((cast($2 as text) is not null and p.mobile_digest = $2) or h.organisation = $3)
             order by case when h.organisation = $3 then 0 else 1 end, p.id limit 1",
        )
        .bind(leader.person.name.clone())
        .bind(leader.digest.clone())
        .bind(row.organisation)
        .fetch_optional()
        .await?;
    let Some((person, leads)) = known else {
        write_person(conn, &leader.person).await?;
        return Ok(());
    };
    if leads == 1 {
        return Ok(());
    }
    conn.query("update affiliation set to_day = $1 where organisation = $2 and post = 'leader' and to_day is null and person <> $3")
        .bind(row.day - 1)
        .bind(row.organisation)
        .bind(person)
        .execute()
        .await?;
    conn.query(
        "insert into affiliation (id, person, organisation, post, from_day) select $1, $2, $3, 'leader', $4
         where not exists (select 1 from affiliation where person = $2 and organisation = $3 and post = 'leader' and to_day is null)
         on conflict do nothing",
    )
    .bind(leader.affiliation)
    .bind(person)
    .bind(row.organisation)
    .bind(row.day)
    .execute()
    .await?;
    Ok(())
}
