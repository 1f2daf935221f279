//! The append-only log of changes, and who looked at whose data.

use domain::Uuid;
use domain::time::{Day, Millis};
use sha2::{Digest, Sha256};

use crate::{Conn, Result, Store};

/// One change, to be written in the unit that makes it.
#[derive(Debug, Clone)]
pub struct Change {
    /// Id of the row.
    pub id: Uuid,
    /// When.
    pub at: Millis,
    /// Who; none for the program itself.
    pub actor: Option<Uuid>,
    /// What was done, as a code (`person.register`).
    pub action: &'static str,
    /// Kind of the thing changed.
    pub subject_kind: &'static str,
    /// Its id.
    pub subject: String,
    /// Where it belongs, if anywhere.
    pub region: Option<String>,
    /// State before, without secrets.
    pub before: String,
    /// State after, without secrets.
    pub after: String,
}

/// Writes a change.
pub async fn write(conn: &mut Conn, change: &Change) -> Result<()> {
    conn.query(
        "insert into audit (id, at, actor, action, subject_kind, subject, region, before_text, after_text)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(change.id)
    .bind(change.at)
    .bind(change.actor)
    .bind(change.action)
    .bind(change.subject_kind)
    .bind(change.subject.clone())
    .bind(change.region.clone())
    .bind(change.before.clone())
    .bind(change.after.clone())
    .execute()
    .await?;
    Ok(())
}

/// A row of the log as shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    /// Id of the row.
    pub id: Uuid,
    /// When.
    pub at: Millis,
    /// Name of who did it; none for the program itself.
    pub actor: Option<String>,
    /// What.
    pub action: String,
    /// Kind of thing.
    pub subject_kind: String,
    /// The thing.
    pub subject: String,
    /// Before.
    pub before_text: String,
    /// After.
    pub after_text: String,
    /// Place in the sealed chain.
    pub seal: Option<i64>,
}

/// Who looked at a person's data.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Look {
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: String,
    /// What was looked at.
    pub what: String,
}

/// What is hashed for one row of the chain.
#[derive(sqlx::FromRow)]
struct Link {
    id: Uuid,
    at: Millis,
    actor: Option<Uuid>,
    action: String,
    subject_kind: String,
    subject: String,
    before_text: String,
    after_text: String,
    seal: Option<i64>,
    chain: Option<String>,
}

impl Link {
    fn digest(&self, previous: &str) -> String {
        let actor = self.actor.map(|a| a.to_string()).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [
            previous,
            &self.id.to_string(),
            &self.at.to_string(),
            &actor,
            &self.action,
            &self.subject_kind,
            &self.subject,
            &self.before_text,
            &self.after_text,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        format!("{:x}", hash.finalize())
    }
}

impl Store {
    /// A change made now.
    pub(crate) fn change(&self, actor: Option<Uuid>, action: &'static str, subject_kind: &'static str, subject: impl ToString) -> Change {
        Change {
            id: self.new_id(),
            at: self.now(),
            actor,
            action,
            subject_kind,
            subject: subject.to_string(),
            region: None,
            before: String::new(),
            after: String::new(),
        }
    }

    /// The newest lines before `(at, id)`.
    pub async fn audit_lines(&self, before: Option<(Millis, Uuid)>, limit: i64) -> Result<Vec<Line>> {
        let mut conn = self.db.read().await?;
        let (at, id) = before.unwrap_or((i64::MAX, Uuid::max()));
        conn.query(
            "select a.id, a.at, p.name as actor, a.action, a.subject_kind, a.subject, a.before_text, a.after_text, a.seal
             from audit a left join person p on p.id = a.actor
             where a.at < $1 or (a.at = $1 and a.id < $2) order by a.at desc, a.id desc limit $3",
        )
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// Notes that `actor` looked at a person's data: once a day for each kind of look.
    pub async fn note_access(&self, actor: Uuid, person: Uuid, what: &'static str) -> Result<()> {
        let (id, at) = (self.new_id(), self.now());
        let day: Day = self.today();
        self.db
            .unit((id, at, day, actor, person, what), |conn, (id, at, day, actor, person, what)| {
                Box::pin(async move {
                    conn.query(
                        "insert into access (id, at, day, actor, person, what) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                    )
                    .bind(*id)
                    .bind(*at)
                    .bind(*day)
                    .bind(*actor)
                    .bind(*person)
                    .bind(*what)
                    .execute()
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Notes that `actor` took a list away, with the filter it was made by.
    pub async fn note_export(&self, actor: Uuid, filter: &str) -> Result<()> {
        let mut change = self.change(Some(actor), "people.export", "list", "people");
        change.after = filter.to_owned();
        self.db.unit(change, |conn, change| Box::pin(async move { write(conn, change).await })).await
    }

    /// Who looked at `person`, newest first.
    pub async fn looks_at(&self, person: Uuid) -> Result<Vec<Look>> {
        let mut conn = self.db.read().await?;
        conn.query("select a.at, p.name as actor, a.what from access a join person p on p.id = a.actor where a.person = $1 order by a.at desc, a.id limit 100")
            .bind(person)
            .fetch_all()
            .await
    }

    /// Seals rows written before `until` into the hash chain; returns how many.
    pub async fn seal_audit(&self, until: Millis) -> Result<usize> {
        self.db
            .serializable(until, |conn, until| {
                Box::pin(async move {
                    let last: Option<Link> = conn
                        .query("select id, at, actor, action, subject_kind, subject, before_text, after_text, seal, chain from audit where seal is not null order by seal desc limit 1")
                        .fetch_optional()
                        .await?;
                    let (mut seal, mut chain) = last.map_or((0, String::new()), |l| (l.seal.unwrap_or(0), l.chain.unwrap_or_default()));
                    let rows: Vec<Link> = conn
                        .query("select id, at, actor, action, subject_kind, subject, before_text, after_text, seal, chain from audit where seal is null and at < $1 order by at, id limit 200")
                        .bind(*until)
                        .fetch_all()
                        .await?;
                    for row in &rows {
                        seal += 1;
                        chain = row.digest(&chain);
                        conn.query("update audit set seal = $1, chain = $2 where id = $3").bind(seal).bind(chain.clone()).bind(row.id).execute().await?;
                    }
                    Ok(rows.len())
                })
            })
            .await
    }

    /// Walks the sealed chain; the seal at which it breaks, if it does.
    pub async fn broken_seal(&self) -> Result<Option<i64>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Link> = conn
            .query("select id, at, actor, action, subject_kind, subject, before_text, after_text, seal, chain from audit where seal is not null order by seal")
            .fetch_all()
            .await?;
        let mut chain = String::new();
        for (i, row) in rows.iter().enumerate() {
            chain = row.digest(&chain);
            if row.chain.as_deref() != Some(&chain) || row.seal != Some(i as i64 + 1) {
                return Ok(row.seal);
            }
        }
        Ok(None)
    }
}
