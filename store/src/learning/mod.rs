//! Learning: opening a lesson, 读完了, and where a learner stands. Standing is derived; what is stored are facts.

mod playing;

use std::collections::HashMap;
use std::sync::Arc;

use domain::Uuid;
use domain::completion::{self, CourseStanding, LessonFacts};
use domain::course::Edition;
use domain::credit::{self, EvidenceClass};
use domain::enrolment::Move;
use domain::fault::Fault;
use domain::time::{Day, Millis, year_of};
use domain::watch::Seen;

use crate::enrolment::{self, Enrolment, Log};
use crate::ledger::{self, Delta, Grant};
use crate::{Conn, Result, Store};

pub use playing::{Answer, Player, Rewatch};

/// One enrolment with everything known about it.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// The pinned edition.
    pub edition: Arc<Edition>,
    /// Facts by lesson key.
    pub facts: HashMap<String, LessonFacts>,
    /// Best result of the course test.
    pub test: Option<(i64, i64)>,
    /// What follows from them.
    pub standing: CourseStanding,
}

/// Facts of an enrolment: by lesson, and the best result of the course test.
type Facts = (HashMap<String, LessonFacts>, Option<(i64, i64)>);

async fn facts(conn: &mut Conn, enrolment: Uuid) -> Result<Facts> {
    let mut facts: HashMap<String, LessonFacts> = HashMap::new();
    let opened: Vec<(String, String, Millis)> =
        conn.query("select lesson, kind, occurred_at from lesson_fact where enrolment = $1").bind(enrolment).fetch_all().await?;
    for (lesson, kind, at) in opened {
        let fact = facts.entry(lesson).or_default();
        match kind.as_str() {
            "opened" => fact.opened_at = Some(at),
            "read" => fact.read_at = Some(at),
            _ => {}
        }
    }
    let seen: Vec<(String, String)> =
        conn.query("select lesson, seen from playing where enrolment = $1").bind(enrolment).fetch_all().await?;
    for (lesson, spans) in seen {
        facts.entry(lesson).or_default().seen.merge(&Seen::parse(&spans));
    }
    let mut test = None;
    let results: Vec<(String, i64, i64, i64)> = conn
        .query("select lesson, max(score), max(max_score), count(*) from submission where enrolment = $1 group by lesson")
        .bind(enrolment)
        .fetch_all()
        .await?;
    for (lesson, score, max, attempts) in results {
        if lesson.is_empty() {
            test = Some((score, max));
        } else {
            let fact = facts.entry(lesson).or_default();
            fact.best = Some((score, max));
            fact.attempts = attempts;
        }
    }
    Ok((facts, test))
}

/// What a unit needs to settle an enrolment: ids made before it runs, so that it has no outside effect.
pub(crate) struct Settling {
    pub edition: Arc<Edition>,
    pub area: String,
    pub log: Log,
    ids: Vec<Uuid>,
}

/// Grants what the facts have earned and completes the enrolment when its rule is met. Called at the end of every unit
/// that writes a learning fact; granting twice changes nothing.
pub(crate) async fn settle(conn: &mut Conn, enrolment: &Enrolment, settling: &Settling) -> Result<()> {
    let Settling { edition, area, log, ids } = settling;
    let (facts, test) = facts(conn, enrolment.id).await?;
    let policy = &enrolment.policy;
    let standing = completion::course(edition, |key| facts.get(key), test, policy);
    let mut ids = ids.iter().copied();
    let mut new_id = || ids.next().unwrap_or_default();
    let granted: Vec<(String,)> = conn
        .query("select lesson from ledger where person = $1 and course = $2 and year = $3")
        .bind(enrolment.person)
        .bind(enrolment.course.clone())
        .bind(year_of(log.day))
        .fetch_all()
        .await?;
    let mut earned: Vec<(String, i64, EvidenceClass, String)> = Vec::new();
    for (lesson, state) in edition.lessons.iter().zip(&standing.lessons) {
        if let Some(evidence) = state.evidence {
            let fact = facts.get(&lesson.key).cloned().unwrap_or_default();
            let (score, max) = fact.best.unwrap_or_default();
            let proof = match evidence {
                EvidenceClass::WatchingAndQuiz => {
                    format!("seen={} of={} quiz={score}/{max}", fact.seen.seconds(), lesson.video.as_ref().map_or(0, |v| v.seconds))
                }
                _ => format!(
                    "opened={} read={} characters={} quiz={score}/{max}",
                    fact.opened_at.unwrap_or(0),
                    fact.read_at.unwrap_or(0),
                    lesson.characters
                ),
            };
            earned.push((lesson.key.clone(), credit::lesson_minutes(lesson, policy), evidence, proof));
        }
    }
    if standing.test_open && standing.test.done {
        let (score, max) = test.unwrap_or_default();
        earned.push((String::new(), credit::test_minutes(edition, policy), EvidenceClass::Quiz, format!("quiz={score}/{max}")));
    }
    for (lesson, minutes, evidence, evidence_ref) in earned {
        // A lesson granted in an earlier year of the same enrolment is not granted again by old facts.
        let before: Option<(i64,)> = conn
            .query("select year from ledger where enrolment = $1 and lesson = $2 limit 1")
            .bind(enrolment.id)
            .bind(lesson.clone())
            .fetch_optional()
            .await?;
        if before.is_some() || granted.iter().any(|(l,)| *l == lesson) {
            continue;
        }
        let grant = Grant {
            id: new_id(),
            delta: new_id(),
            person: enrolment.person,
            enrolment: enrolment.id,
            class: enrolment.class,
            course: enrolment.course.clone(),
            lesson,
            area: area.clone(),
            mode: "online",
            minutes,
            evidence: evidence.code(),
            evidence_ref,
            rule_version: policy.version.clone(),
            year: year_of(log.day),
            region: enrolment.region.clone(),
            organisation: enrolment.organisation,
            at: log.at,
            day: log.day,
            daily_cap: policy.daily_cap_minutes,
        };
        ledger::grant(conn, &grant).await?;
    }
    if standing.online_done && enrolment.state == domain::enrolment::State::Active {
        enrolment::make_move(conn, enrolment, Move::Complete, log).await?;
        let delta = Delta {
            id: new_id(),
            measure: "completed",
            region: enrolment.region.clone(),
            organisation: enrolment.organisation,
            class: enrolment.class,
            day: log.day,
            area: area.clone(),
            mode: "online",
            n: 1,
        };
        ledger::add(conn, &delta).await?;
    }
    enrolment::touch(conn, enrolment.id, log.at).await
}

struct NewFact {
    person: Uuid,
    enrolment: Uuid,
    lesson: String,
    kind: &'static str,
    id: Uuid,
    settling: Settling,
}

impl Store {
    /// What a unit needs to settle an enrolment in `edition` of `course`.
    pub(crate) async fn settling(&self, edition: Arc<Edition>, course: &str, actor: Uuid) -> Result<Settling> {
        let catalogue = self.catalogue().await?;
        let area = catalogue.by_code(course).map(|c| c.area.code().to_owned()).unwrap_or_default();
        let ids = (0..edition.lessons.len() * 2 + 4).map(|_| self.new_id()).collect();
        Ok(Settling { edition, area, log: self.log(Some(actor), ""), ids })
    }

    /// One enrolment of `person`; somebody else's does not exist.
    pub async fn journey(&self, person: Uuid, id: Uuid) -> Result<Journey> {
        let mut conn = self.db.read().await?;
        let enrolment = enrolment::own(&mut conn, person, id).await?;
        self.journey_of(&mut conn, enrolment).await
    }

    /// The journey of an enrolment that was read and asked for permission.
    pub(crate) async fn journey_of(&self, conn: &mut Conn, enrolment: Enrolment) -> Result<Journey> {
        let (facts, test) = facts(conn, enrolment.id).await?;
        let edition = self.edition(enrolment.edition).await?;
        let standing = completion::course(&edition, |key| facts.get(key), test, &enrolment.policy);
        Ok(Journey { enrolment, edition, facts, test, standing })
    }

    /// Every journey of a person, last touched first.
    pub async fn journeys(&self, person: Uuid) -> Result<Vec<Journey>> {
        let enrolments = self.enrolments(person).await?;
        let mut conn = self.db.read().await?;
        let mut journeys = Vec::with_capacity(enrolments.len());
        for enrolment in enrolments {
            journeys.push(self.journey_of(&mut conn, enrolment).await?);
        }
        Ok(journeys)
    }

    /// Notes that a learner opened a lesson; the reading time counts from the first opening.
    pub async fn open_lesson(&self, person: Uuid, enrolment: Uuid, lesson: &str) -> Result<()> {
        self.lesson_fact(person, enrolment, lesson, "opened").await
    }

    /// 读完了: accepted when half the reading time has passed since the lesson was opened.
    pub async fn finish_reading(&self, person: Uuid, enrolment: Uuid, lesson: &str) -> Result<()> {
        self.lesson_fact(person, enrolment, lesson, "read").await
    }

    async fn lesson_fact(&self, person: Uuid, enrolment: Uuid, lesson: &str, kind: &'static str) -> Result<()> {
        let journey = self.journey(person, enrolment).await?;
        journey.edition.lesson(lesson).ok_or(Fault::Missing)?;
        if !journey.enrolment.state.is_live() {
            return Err(Fault::Refused("enrolment_left".into()).into());
        }
        let settling = self.settling(journey.edition.clone(), &journey.enrolment.course, person).await?;
        let new = NewFact { person, enrolment, lesson: lesson.to_owned(), kind, id: self.new_id(), settling };
        self.db.unit(new, |conn, new| Box::pin(async move { write_fact(conn, new).await })).await
    }
}

async fn write_fact(conn: &mut Conn, new: &NewFact) -> Result<()> {
    let enrolment = enrolment::own(conn, new.person, new.enrolment).await?;
    let lesson = new.settling.edition.lesson(&new.lesson).ok_or(Fault::Missing)?;
    let (at, day): (Millis, Day) = (new.settling.log.at, new.settling.log.day);
    if new.kind == "read" {
        let opened: Option<(Millis,)> = conn
            .query("select occurred_at from lesson_fact where enrolment = $1 and lesson = $2 and kind = 'opened'")
            .bind(new.enrolment)
            .bind(new.lesson.clone())
            .fetch_optional()
            .await?;
        let ready = opened.map(|(opened,)| opened + enrolment.policy.reading_wait_ms(lesson.characters));
        if ready.is_none_or(|ready| at < ready) {
            return Err(Fault::Refused("too_early".into()).into());
        }
    }
    conn.query("insert into lesson_fact (enrolment, lesson, kind, id, occurred_at, recorded_at, day) values ($1, $2, $3, $4, $5, $5, $6) on conflict do nothing")
        .bind(new.enrolment)
        .bind(new.lesson.clone())
        .bind(new.kind)
        .bind(new.id)
        .bind(at)
        .bind(day)
        .execute()
        .await?;
    settle(conn, &enrolment, &new.settling).await
}
