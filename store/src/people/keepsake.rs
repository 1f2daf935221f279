//! What is kept about one person beyond accounts and hours, row by row as it is stored: for their own download.

use domain::Uuid;
use domain::time::{Day, Millis};
use serde::Serialize;

use crate::{Result, Store};

/// Where a person belonged, and from when to when.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Home {
    region: String,
    organisation: Option<String>,
    post: String,
    from_day: Day,
    to_day: Option<Day>,
    confirmed_at: Option<Millis>,
}

/// A role as it was granted.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct RoleHeld {
    role: i64,
    region: String,
    from_day: Day,
    to_day: Option<Day>,
    granted_at: Millis,
}

/// An enrolment, whatever became of it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Enrolled {
    id: Uuid,
    course: String,
    state: String,
    region: String,
    occurred_at: Millis,
    completed_at: Option<Millis>,
}

/// A move of an enrolment.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Moved {
    enrolment: Uuid,
    #[serde(rename = "move")]
    moved: String,
    reason: String,
    occurred_at: Millis,
    recorded_at: Millis,
}

/// A lesson opened or read.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct LessonDone {
    enrolment: Uuid,
    lesson: String,
    kind: String,
    occurred_at: Millis,
    recorded_at: Millis,
}

/// A player that was opened, with the seconds that it proved.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Played {
    enrolment: Uuid,
    lesson: String,
    seen: String,
    position: i64,
    opened_at: Millis,
    last_at: Millis,
}

/// A run of a simulation with what was written after it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct Ran {
    code: String,
    scenario: String,
    kind: String,
    seed: i64,
    inputs: String,
    ending: Option<String>,
    percent: Option<i64>,
    started_at: Millis,
    ended_at: Option<Millis>,
    answers: String,
    pledge: String,
    debriefed_at: Option<Millis>,
}

/// All of it.
#[derive(Debug, Serialize)]
pub struct Keepsake {
    /// Homes, oldest first.
    pub homes: Vec<Home>,
    /// Roles, oldest first.
    pub roles: Vec<RoleHeld>,
    /// Every enrolment, also those that were left.
    pub enrolments: Vec<Enrolled>,
    /// Their moves.
    pub moves: Vec<Moved>,
    /// Lessons opened and read.
    pub lessons: Vec<LessonDone>,
    /// Players with the intervals they proved.
    pub playing: Vec<Played>,
    /// Simulations.
    pub runs: Vec<Ran>,
}

impl Store {
    /// Everything kept about a person besides account, papers, hours and sessions.
    pub async fn keepsake(&self, person: Uuid) -> Result<Keepsake> {
        let mut conn = self.db.read().await?;
        Ok(Keepsake {
            homes: conn
                .query(
                    "select h.region, o.name as organisation, h.post, h.from_day, h.to_day, h.confirmed_at
                     from home h left join organisation o on o.id = h.organisation where h.person = $1 order by h.from_day, h.id",
                )
                .bind(person)
                .fetch_all()
                .await?,
            roles: conn
                .query("select role, region, from_day, to_day, granted_at from role_grant where person = $1 order by from_day, id")
                .bind(person)
                .fetch_all()
                .await?,
            enrolments: conn
                .query("select id, course, state, region, occurred_at, completed_at from enrolment where person = $1 order by occurred_at, id")
                .bind(person)
                .fetch_all()
                .await?,
            moves: conn
                .query(
                    "select m.enrolment, m.move as moved, m.reason, m.occurred_at, m.recorded_at
                     from enrolment_move m join enrolment e on e.id = m.enrolment where e.person = $1 order by m.occurred_at, m.id",
                )
                .bind(person)
                .fetch_all()
                .await?,
            lessons: conn
                .query(
                    "select f.enrolment, f.lesson, f.kind, f.occurred_at, f.recorded_at
                     from lesson_fact f join enrolment e on e.id = f.enrolment where e.person = $1 order by f.occurred_at, f.id",
                )
                .bind(person)
                .fetch_all()
                .await?,
            playing: conn
                .query("select enrolment, lesson, seen, position, opened_at, last_at from playing where person = $1 order by opened_at, id")
                .bind(person)
                .fetch_all()
                .await?,
            runs: conn
                .query(
                    "select r.code, r.scenario, r.kind, r.seed, r.inputs, r.ending, r.percent, r.started_at, r.ended_at, p.answers, p.pledge, p.debriefed_at
                     from scenario_player p join scenario_run r on r.id = p.run where p.person = $1 order by r.started_at, r.id",
                )
                .bind(person)
                .fetch_all()
                .await?,
        })
    }
}
