//! Taking an applied file back by new facts: what it made ends, what it changed is said again as it was. Refused where
//! somebody has built on it since.

use domain::Uuid;
use domain::fault::Fault;
use domain::permission::Actor;
use domain::time::{Day, Millis, day_of};

use super::AT_ONCE;
use super::record::{NewRecord, records, write};
use crate::{Conn, Result, Store};

/// Names that are shown of those that stand in the way.
const SHOWN: i64 = 20;

struct Undoing {
    import: Uuid,
    line: i64,
    verdict: String,
    organisation: Uuid,
    before: Option<Uuid>,
    record: Uuid,
    applied_on: Day,
    person: Uuid,
    again: Uuid,
    day: Day,
    at: Millis,
    by: Uuid,
}

#[derive(sqlx::FromRow)]
struct Row {
    line: i64,
    verdict: String,
    organisation: Option<Uuid>,
    before: Option<Uuid>,
    record_id: Uuid,
    applied_at: Millis,
    person: Uuid,
}

impl Store {
    /// Organisations on which somebody has built since an import was applied: their names, at most twenty.
    pub async fn in_the_way(&self, actor: &Actor, id: Uuid) -> Result<Vec<String>> {
        self.import_for(actor, id).await?;
        let mut conn = self.db.read().await?;
        let rows: Vec<(String,)> = conn
            .query(
                "select o.name from import_row r join organisation o on o.id = r.organisation
                 where r.import = $1 and r.applied_at is not null and r.undone_at is null and (
                   exists (select 1 from organisation_record n where n.organisation = o.id and n.recorded_at > r.applied_at and n.id <> r.record_id
                           and (n.import is null or n.import <> $1))
                   or (r.verdict = 'new' and (
                     exists (select 1 from home h where h.organisation = o.id and h.person <> r.person and h.to_day is null)
                     or exists (select 1 from affiliation a where a.organisation = o.id and a.id <> r.record_id)
                     or exists (select 1 from brand b where b.organisation = o.id)
                     or exists (select 1 from enrolment e where e.organisation = o.id)))
                   or exists (select 1 from session s where s.person = r.person)
                   or exists (select 1 from enrolment e where e.person = r.person))
                 order by o.sort_key, o.id limit $2",
            )
            .bind(id)
            .bind(SHOWN)
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|r| r.0).collect())
    }

    /// Lets an applied import be taken back; [`Store::work_import`] does it. Refused where somebody has built on it.
    pub async fn undo_import(&self, actor: &Actor, id: Uuid) -> Result<()> {
        if !self.in_the_way(actor, id).await?.is_empty() {
            return Err(Fault::Refused("import_built_on".into()).into());
        }
        self.begin_import(actor, id, "applied", "undoing", "import.undo").await
    }

    /// Takes the last few rows back; whether there were any.
    pub(super) async fn undo_some(&self, id: Uuid, by: Uuid) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = conn
            .query(
                "select line, verdict, organisation, before, record_id, applied_at, person from import_row
                 where import = $1 and applied_at is not null and undone_at is null order by line desc limit $2",
            )
            .bind(id)
            .bind(AT_ONCE)
            .fetch_all()
            .await?;
        drop(conn);
        let any = !rows.is_empty();
        let undoing: Vec<Undoing> = rows
            .into_iter()
            .filter_map(|row| {
                Some(Undoing {
                    import: id,
                    line: row.line,
                    verdict: row.verdict,
                    organisation: row.organisation?,
                    before: row.before,
                    record: row.record_id,
                    applied_on: day_of(row.applied_at),
                    person: row.person,
                    again: self.new_id(),
                    day: self.today(),
                    at: self.now(),
                    by,
                })
            })
            .collect();
        if any {
            self.db.serializable(undoing, |conn, undoing| Box::pin(async move { undo(conn, undoing).await })).await?;
        }
        Ok(any)
    }
}

async fn undo(conn: &mut Conn, undoing: &[Undoing]) -> Result<()> {
    for row in undoing {
        let mine = conn
            .query("update import_row set undone_at = $1 where import = $2 and line = $3 and applied_at is not null and undone_at is null")
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

async fn one(conn: &mut Conn, row: &Undoing) -> Result<()> {
    conn.query("update affiliation set to_day = $1 where id = $2 and to_day is null").bind(row.day - 1).bind(row.record).execute().await?;
    // Leaders whose terms ended for the one that the file named.
    conn.query("update affiliation set to_day = null where organisation = $1 and post = 'leader' and to_day = $2 and id <> $3")
        .bind(row.organisation)
        .bind(row.applied_on - 1)
        .bind(row.record)
        .execute()
        .await?;
    // An account that the file made and nobody used.
    conn.query("update person set standing = 'deactivated' where id = $1 and standing = 'active'").bind(row.person).execute().await?;
    let before = records(conn, row.organisation).await?.into_iter().find(|record| Some(record.id) == row.before);
    match before {
        Some(before) => {
            let again = NewRecord {
                id: row.again,
                organisation: row.organisation,
                day: row.day,
                said: before.said,
                import: Some(row.import),
                at: row.at,
                by: Some(row.by),
            };
            write(conn, &again).await
        }
        None => {
            conn.query("update organisation_record set to_day = $1 where organisation = $2 and to_day is null")
                .bind(row.day - 1)
                .bind(row.organisation)
                .execute()
                .await?;
            // One that learners had typed is theirs again; one that the file made is withdrawn, and free to come again.
            let standing = if row.verdict == "change" { "typed" } else { "withdrawn" };
            conn.query("update organisation set standing = $1, filing_no = null where id = $2")
                .bind(standing)
                .bind(row.organisation)
                .execute()
                .await?;
            Ok(())
        }
    }
}
