//! Playing sessions: one row an opened player, one live session a person, beats judged by `domain::watch`.

use domain::Uuid;
use domain::fault::Fault;
use domain::time::{Day, Millis};
use domain::watch::{Beat, Outcome, Playing, Seen, Viewing};

use super::{Settling, settle};
use crate::course::read_policy;
use crate::enrolment::{self, Enrolment};
use crate::{Conn, Result, Store};

/// A player that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Player {
    /// The playing session.
    pub id: Uuid,
    /// Where to resume, in seconds.
    pub position: i64,
    /// What all sessions on this lesson have proved.
    pub seen: Seen,
    /// Whether the lesson is done (free seeking, faster rates).
    pub done: bool,
}

/// The answer to a beat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was made of it.
    pub outcome: Outcome,
    /// What all sessions on this lesson have proved now.
    pub seen: Seen,
    /// Whether the lesson is done.
    pub done: bool,
}

/// How many sessions played each stretch of a video, and where sessions ended.
#[derive(Debug, Clone, Default)]
pub struct Rewatch {
    /// Sessions counted.
    pub sessions: i64,
    /// For each tenth of the video: sessions that played any of it.
    pub played: Vec<i64>,
    /// For each tenth of the video: sessions whose last position lies in it before the end.
    pub stopped: Vec<i64>,
}

/// A playing session of one lesson, with the enrolment it belongs to.
#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    last_at: Millis,
    last_seq: i64,
    bucket_ms: i64,
    since_presence: i64,
    seen: String,
    position: i64,
    sealed_at: Option<Millis>,
    lesson: String,
    enrolment: Uuid,
    class: Uuid,
    policy_body: String,
    granted_year: Option<i64>,
}

impl Row {
    fn playing(&self) -> Playing {
        Playing {
            last_at: self.last_at,
            last_seq: self.last_seq,
            bucket_ms: self.bucket_ms,
            since_presence: self.since_presence,
            seen: Seen::parse(&self.seen),
            position: self.position,
        }
    }
}

struct Opening {
    id: Uuid,
    person: Uuid,
    enrolment: Uuid,
    lesson: String,
    edition: Uuid,
    now: Millis,
    day: Day,
}

struct Beating {
    id: Uuid,
    person: Uuid,
    beat: Beat,
    settling: Settling,
}

/// Every session that `person` ever opened on the lesson of session `id`: one statement, since a beat is the most
/// frequent thing that a learner's browser sends.
async fn sessions(conn: &mut Conn, id: Uuid, person: Uuid) -> Result<Vec<Row>> {
    conn.query(
        "select p.id, p.last_at, p.last_seq, p.bucket_ms, p.since_presence, p.seen, p.position, p.sealed_at, p.lesson, p.enrolment, e.class, c.policy_body,
                (select max(l.year) from ledger l where l.enrolment = e.id and l.lesson = p.lesson) as granted_year
         from playing own join playing p on p.enrolment = own.enrolment and p.lesson = own.lesson
              join enrolment e on e.id = p.enrolment join class c on c.id = e.class
         where own.id = $1 and own.person = $2 and e.person = $2 order by p.opened_at, p.id",
    )
    .bind(id)
    .bind(person)
    .fetch_all()
    .await
}

async fn others(conn: &mut Conn, enrolment: Uuid, lesson: &str, except: Uuid) -> Result<(Seen, i64)> {
    let rows: Vec<(String, i64)> = conn
        .query("select seen, position from playing where enrolment = $1 and lesson = $2 and id <> $3 order by last_at desc, id")
        .bind(enrolment)
        .bind(lesson.to_owned())
        .bind(except)
        .fetch_all()
        .await?;
    let mut seen = Seen::default();
    rows.iter().for_each(|(spans, _)| seen.merge(&Seen::parse(spans)));
    Ok((seen, rows.first().map_or(0, |r| r.1)))
}

async fn is_done(conn: &mut Conn, enrolment: &Enrolment, lesson: &str) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .query("select year from ledger where enrolment = $1 and lesson = $2 limit 1")
        .bind(enrolment.id)
        .bind(lesson.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// Opens a player for a video lesson. Whatever player the person had open elsewhere stops counting: the later one wins.
    pub async fn open_player(&self, person: Uuid, enrolment: Uuid, lesson: &str, id: Uuid) -> Result<Player> {
        let journey = self.journey(person, enrolment).await?;
        journey.edition.lesson(lesson).and_then(|l| l.video.as_ref()).ok_or(Fault::Missing)?;
        self.open_lesson(person, enrolment, lesson).await?;
        let opening = Opening {
            id,
            person,
            enrolment,
            lesson: lesson.to_owned(),
            edition: journey.enrolment.edition,
            now: self.now(),
            day: self.today(),
        };
        self.db.unit(opening, |conn, opening| Box::pin(async move { open(conn, opening).await })).await
    }

    /// Judges a beat and keeps what it proves.
    pub async fn beat(&self, person: Uuid, id: Uuid, beat: Beat) -> Result<Answer> {
        let (edition, course) = {
            let mut conn = self.db.read().await?;
            let found: Option<(Uuid, String)> = conn
                .query("select p.edition, e.course from playing p join enrolment e on e.id = p.enrolment where p.id = $1 and p.person = $2")
                .bind(id)
                .bind(person)
                .fetch_optional()
                .await?;
            found.ok_or(Fault::Missing)?
        };
        let settling = self.settling(self.edition(edition).await?, &course, person).await?;
        self.db.unit(Beating { id, person, beat, settling }, |conn, beating| Box::pin(async move { judge(conn, beating).await })).await
    }

    /// The learner answered 我在: credit goes on.
    pub async fn confirm_presence(&self, person: Uuid, id: Uuid) -> Result<()> {
        self.db
            .unit((person, id), |conn, (person, id)| {
                Box::pin(async move {
                    let done = conn
                        .query("update playing set since_presence = 0 where id = $1 and person = $2 and sealed_at is null")
                        .bind(*id)
                        .bind(*person)
                        .execute()
                        .await?;
                    if done == 0 {
                        // Somebody else's session does not exist; an own one that was sealed says so.
                        let theirs = !sessions(conn, *id, *person).await?.is_empty();
                        theirs.then_some(()).ok_or(Fault::Missing)?;
                        return Err(Fault::Refused("player_superseded".into()).into());
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Where people stop and rewatch in a video, from the interval sets.
    pub async fn rewatch(&self, course: &str, lesson: &str, seconds: i64) -> Result<Rewatch> {
        const PARTS: usize = 10;
        let mut conn = self.db.read().await?;
        let rows: Vec<(String, i64)> = conn
            .query("select p.seen, p.position from playing p join enrolment e on e.id = p.enrolment where e.course = $1 and p.lesson = $2 and p.seen <> '' order by p.id")
            .bind(course.to_owned())
            .bind(lesson.to_owned())
            .fetch_all()
            .await?;
        let mut out = Rewatch { sessions: rows.len() as i64, played: vec![0; PARTS], stopped: vec![0; PARTS] };
        let part = |second: i64| (second * PARTS as i64 / seconds.max(1)).clamp(0, PARTS as i64 - 1) as usize;
        for (spans, position) in rows {
            let seen = Seen::parse(&spans);
            for i in 0..PARTS as i64 {
                let (from, to) = (seconds * i / PARTS as i64, seconds * (i + 1) / PARTS as i64);
                if seen.spans().iter().any(|(a, b)| *a < to && *b > from) {
                    out.played[i as usize] += 1;
                }
            }
            if position < seconds * 95 / 100 {
                out.stopped[part(position)] += 1;
            }
        }
        Ok(out)
    }

    /// Drops raw beats older than seven days; the proved seconds stay.
    pub async fn drop_old_beats(&self) -> Result<u64> {
        let before = self.now() - 7 * 86_400_000;
        self.db
            .unit(before, |conn, before| {
                Box::pin(async move { conn.query("delete from beat where at < $1").bind(*before).execute().await })
            })
            .await
    }
}

async fn open(conn: &mut Conn, opening: &Opening) -> Result<Player> {
    let enrolment = enrolment::own(conn, opening.person, opening.enrolment).await?;
    conn.query("update playing set sealed_at = $1 where person = $2 and sealed_at is null and id <> $3")
        .bind(opening.now)
        .bind(opening.person)
        .bind(opening.id)
        .execute()
        .await?;
    let (seen, position) = others(conn, opening.enrolment, &opening.lesson, opening.id).await?;
    let done = is_done(conn, &enrolment, &opening.lesson).await?;
    // Time since presence was confirmed goes on with the person: opening the player anew does not start it anew.
    let since: Option<(i64,)> = conn
        .query("select since_presence from playing where person = $1 and day = $2 order by last_at desc, id desc limit 1")
        .bind(opening.person)
        .bind(opening.day)
        .fetch_optional()
        .await?;
    conn.query(
        "insert into playing (id, enrolment, person, lesson, edition, opened_at, last_at, last_seq, bucket_ms, since_presence, seen, position, day)
         values ($1, $2, $3, $4, $5, $6, $6, 0, 0, $9, '', $7, $8) on conflict do nothing",
    )
    .bind(opening.id)
    .bind(opening.enrolment)
    .bind(opening.person)
    .bind(opening.lesson.clone())
    .bind(opening.edition)
    .bind(opening.now)
    .bind(position)
    .bind(opening.day)
    .bind(since.map_or(0, |s| s.0))
    .execute()
    .await?;
    Ok(Player { id: opening.id, position, seen, done })
}

async fn judge(conn: &mut Conn, beating: &Beating) -> Result<Answer> {
    let now = beating.settling.log.at;
    let rows = sessions(conn, beating.id, beating.person).await?;
    let row = rows.iter().find(|r| r.id == beating.id).ok_or(Fault::Missing)?;
    if row.sealed_at.is_some() {
        return Err(Fault::Refused("player_superseded".into()).into());
    }
    let policy = read_policy(&row.policy_body, row.class)?;
    let video = beating.settling.edition.lesson(&row.lesson).and_then(|l| l.video.as_ref()).ok_or(Fault::Missing)?;
    let mut done = row.granted_year.is_some();
    let mut seen = Seen::default();
    rows.iter().filter(|r| r.id != beating.id).for_each(|r| seen.merge(&Seen::parse(&r.seen)));
    let rules = Viewing { policy: &policy, seconds: video.seconds, done };
    let (next, outcome) = row.playing().beat(&seen, &beating.beat, now, rules);
    let already = {
        let mut all = seen.clone();
        all.merge(&Seen::parse(&row.seen));
        all.seconds() >= rules.needed()
    };
    seen.merge(&next.seen);
    if outcome != Outcome::Repeated {
        let changed = conn
            .query(
                "update playing set last_at = $1, last_seq = $2, bucket_ms = $3, since_presence = $4, seen = $5, position = $6
                 where id = $7 and last_seq = $8 and sealed_at is null",
            )
            .bind(next.last_at)
            .bind(next.last_seq)
            .bind(next.bucket_ms)
            .bind(next.since_presence)
            .bind(next.seen.to_string())
            .bind(next.position)
            .bind(beating.id)
            .bind(row.last_seq)
            .execute()
            .await?;
        if changed == 0 {
            return Err(Fault::Conflict.into());
        }
        let outcome_code = match outcome {
            Outcome::Credited => "credited",
            Outcome::Trimmed => "trimmed",
            Outcome::PresenceDue => "presence_due",
            Outcome::Repeated => "repeated",
        };
        let spans: Vec<String> = beating.beat.spans.iter().take(domain::watch::SPANS_PER_BEAT).map(|(a, b)| format!("{a}-{b}")).collect();
        conn.query("insert into beat (playing, seq, at, spans, outcome) values ($1, $2, $3, $4, $5) on conflict do nothing")
            .bind(beating.id)
            .bind(beating.beat.seq)
            .bind(now)
            .bind(spans.join(","))
            .bind(outcome_code)
            .execute()
            .await?;
        if !already && !done && seen.seconds() >= rules.needed() {
            let enrolment = enrolment::own(conn, beating.person, row.enrolment).await?;
            settle(conn, &enrolment, &beating.settling).await?;
            done = is_done(conn, &enrolment, &row.lesson).await?;
        }
    }
    Ok(Answer { outcome, done, seen })
}
