//! The 学时 ledger: immutable entries with their evidence, granted once a lesson and requirement year; and the deltas
//! from which figures are added up.

use domain::Uuid;
use domain::time::{Day, Millis};

use crate::{Conn, Result, Store};

/// A change of a figure, written with the fact that causes it.
#[derive(Debug, Clone)]
pub(crate) struct Delta {
    pub id: Uuid,
    pub measure: &'static str,
    pub region: String,
    pub organisation: Option<Uuid>,
    pub class: Uuid,
    pub day: Day,
    pub area: String,
    pub mode: &'static str,
    pub n: i64,
}

/// Writes a delta.
pub(crate) async fn add(conn: &mut Conn, delta: &Delta) -> Result<()> {
    conn.query("insert into delta (id, measure, region, organisation, class, day, area, mode, n) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing")
        .bind(delta.id)
        .bind(delta.measure)
        .bind(delta.region.clone())
        .bind(delta.organisation)
        .bind(delta.class)
        .bind(delta.day)
        .bind(delta.area.clone())
        .bind(delta.mode)
        .bind(delta.n)
        .execute()
        .await?;
    Ok(())
}

/// An entry as shown to its owner.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// The entry.
    pub id: Uuid,
    /// Course code.
    pub course: String,
    /// Course title.
    pub course_title: String,
    /// Lesson key; empty for the course test.
    pub lesson: String,
    /// The enrolment it was earned in.
    pub enrolment: Uuid,
    /// The pinned edition.
    pub edition: Uuid,
    /// Content area.
    pub area: String,
    /// Mode.
    pub mode: String,
    /// Minutes.
    pub minutes: i64,
    /// Evidence class.
    pub evidence: String,
    /// What the evidence is, in the notation of its class.
    pub evidence_ref: String,
    /// Version of the rule.
    pub rule_version: String,
    /// Requirement year.
    pub year: i64,
    /// When it was earned.
    pub occurred_at: Millis,
    /// When it was recorded.
    pub recorded_at: Millis,
    /// Day to whose cap it counts.
    pub day: Day,
}

/// Minutes of one area and mode.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Sum {
    /// Content area.
    pub area: String,
    /// Mode.
    pub mode: String,
    /// Minutes.
    pub minutes: i64,
}

/// A delta that waits to be folded.
#[derive(sqlx::FromRow)]
struct Unfolded {
    id: Uuid,
    measure: String,
    region: String,
    class: Uuid,
    day: Day,
    area: String,
    mode: String,
    n: i64,
}

/// An entry to be granted.
pub(crate) struct Grant {
    pub id: Uuid,
    pub delta: Uuid,
    pub person: Uuid,
    pub enrolment: Uuid,
    pub class: Uuid,
    pub course: String,
    pub lesson: String,
    pub area: String,
    pub mode: &'static str,
    pub minutes: i64,
    pub evidence: &'static str,
    pub evidence_ref: String,
    pub rule_version: String,
    pub year: i64,
    pub region: String,
    pub organisation: Option<Uuid>,
    pub at: Millis,
    pub day: Day,
    pub daily_cap: i64,
}

/// Grants an entry unless the lesson has one in that year; `true` when it was new. Minutes over the daily cap count to
/// the next day with room: nothing earned is lost.
pub(crate) async fn grant(conn: &mut Conn, grant: &Grant) -> Result<bool> {
    let per_day: Vec<(Day, i64)> = conn
        .query("select day, cast(sum(minutes) as bigint) from ledger where person = $1 and day >= $2 group by day order by day")
        .bind(grant.person)
        .bind(grant.day)
        .fetch_all()
        .await?;
    let mut day = grant.day;
    let used = |day: Day| per_day.iter().find(|(d, _)| *d == day).map_or(0, |(_, minutes)| *minutes);
    while used(day) > 0 && used(day) + grant.minutes > grant.daily_cap {
        day += 1;
    }
    let new = conn
        .query(
            "insert into ledger (id, person, enrolment, class, course, lesson, area, mode, minutes, evidence, evidence_ref, rule_version, year, region,
               organisation, occurred_at, recorded_at, day)
             values ($1, $2, $3, $4, $5, $6, $7, $17, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16) on conflict do nothing",
        )
        .bind(grant.id)
        .bind(grant.person)
        .bind(grant.enrolment)
        .bind(grant.class)
        .bind(grant.course.clone())
        .bind(grant.lesson.clone())
        .bind(grant.area.clone())
        .bind(grant.minutes)
        .bind(grant.evidence)
        .bind(grant.evidence_ref.clone())
        .bind(grant.rule_version.clone())
        .bind(grant.year)
        .bind(grant.region.clone())
        .bind(grant.organisation)
        .bind(grant.at)
        .bind(day)
        .bind(grant.mode)
        .execute()
        .await?;
    if new > 0 {
        let delta = Delta {
            id: grant.delta,
            measure: "minutes",
            region: grant.region.clone(),
            organisation: grant.organisation,
            class: grant.class,
            day,
            area: grant.area.clone(),
            mode: grant.mode,
            n: grant.minutes,
        };
        add(conn, &delta).await?;
    }
    Ok(new > 0)
}

impl Store {
    /// The entries of a person, newest first, after a cursor.
    pub async fn ledger(&self, person: Uuid, year: Option<i64>, after: Option<(Millis, Uuid)>, limit: i64) -> Result<Vec<Entry>> {
        let (at, id) = after.unwrap_or((Millis::MAX, Uuid::max()));
        let mut conn = self.db.read().await?;
        conn.query(
            "select l.id, l.course, c.title as course_title, l.lesson, l.enrolment, k.edition, l.area, l.mode, l.minutes, l.evidence, l.evidence_ref,
                    l.rule_version, l.year, l.occurred_at, l.recorded_at, l.day
             from ledger l join course c on c.code = l.course join class k on k.id = l.class
             where l.person = $1 and (l.year = $2 or $2 = 0) and (l.occurred_at < $4 or (l.occurred_at = $4 and l.id < $5))
             order by l.occurred_at desc, l.id desc limit $3",
        )
        .bind(person)
        .bind(year.unwrap_or(0))
        .bind(limit)
        .bind(at)
        .bind(id)
        .fetch_all()
        .await
    }

    /// Minutes of a person in a year by area and mode.
    pub async fn sums(&self, person: Uuid, year: i64) -> Result<Vec<Sum>> {
        let mut conn = self.db.read().await?;
        conn.query("select area, mode, cast(sum(minutes) as bigint) as minutes from ledger where person = $1 and year = $2 group by area, mode order by area, mode")
            .bind(person)
            .bind(year)
            .fetch_all()
            .await
    }

    /// Folds deltas into the roll-up, a few hundred at a time; returns how many were folded.
    pub async fn fold(&self) -> Result<usize> {
        self.db
            .serializable((), |conn, ()| {
                Box::pin(async move {
                    let rows: Vec<Unfolded> = conn
                        .query("select id, measure, region, class, day, area, mode, n from delta order by id limit 200")
                        .fetch_all()
                        .await?;
                    for row in &rows {
                        conn.query(
                            "insert into roll_up (measure, region, class, day, area, mode, n) values ($1, $2, $3, $4, $5, $6, $7)
                             on conflict (measure, region, class, day, area, mode) do update set n = roll_up.n + excluded.n",
                        )
                        .bind(row.measure.clone())
                        .bind(row.region.clone())
                        .bind(row.class)
                        .bind(row.day)
                        .bind(row.area.clone())
                        .bind(row.mode.clone())
                        .bind(row.n)
                        .execute()
                        .await?;
                        conn.query("delete from delta where id = $1").bind(row.id).execute().await?;
                    }
                    Ok(rows.len())
                })
            })
            .await
    }

    /// Compares figures (folded and unfolded) with the facts; every difference as text. Empty means equal.
    pub async fn verify(&self) -> Result<Vec<String>> {
        let mut conn = self.db.read().await?;
        let mut differences = Vec::new();
        let figures: Vec<(String, String, i64)> = conn
            .query(
                "select measure, region, cast(sum(n) as bigint) from (select measure, region, n from delta union all select measure, region, n from roll_up) f
                 group by measure, region order by measure, region",
            )
            .fetch_all()
            .await?;
        let facts: Vec<(String, String, i64)> = conn
            .query(
                "select measure, region, cast(sum(n) as bigint) from (
                   select 'enrolled' as measure, region, 1 as n from enrolment
                   union all select 'minutes' as measure, region, minutes as n from ledger
                   union all select 'completed' as measure, region, 1 as n from enrolment where completed_at is not null) f
                 group by measure, region order by measure, region",
            )
            .fetch_all()
            .await?;
        for (measure, region, n) in &facts {
            let figure = figures.iter().find(|(m, r, _)| (m, r) == (measure, region)).map_or(0, |f| f.2);
            if figure != *n {
                differences.push(format!("{measure} {region}: {figure} in the figures, {n} in the facts"));
            }
        }
        for (measure, region, n) in figures.iter().filter(|(m, r, n)| *n != 0 && !facts.iter().any(|(fm, fr, _)| (fm, fr) == (m, r))) {
            differences.push(format!("{measure} {region}: {n} in the figures, none in the facts"));
        }
        if let Some(seal) = self.broken_seal().await? {
            differences.push(format!("audit chain is broken at seal {seal}"));
        }
        Ok(differences)
    }
}
