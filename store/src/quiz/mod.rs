//! Quizzes and the course test: a paper is drawn from a logged seed, handed in once, judged on the server, and kept.

use domain::Uuid;
use domain::credit;
use domain::fault::Fault;
use domain::quiz::{self, Answer, Drawn, Verdict};
use domain::time::{Day, Millis};

use crate::enrolment;
use crate::learning::{Settling, settle};
use crate::{Conn, Error, Result, Store};

/// A paper, open or handed in.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The attempt.
    pub id: Uuid,
    /// The enrolment.
    pub enrolment: Uuid,
    /// Lesson key; empty for the course test.
    pub lesson: String,
    /// The seed it was drawn from.
    pub seed: i64,
    /// Its questions.
    pub drawn: Vec<Drawn>,
    /// When it was drawn.
    pub drawn_at: Millis,
    /// The result, once handed in.
    pub result: Option<Handed>,
}

/// A paper that was handed in.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Answers in the order of the paper.
    pub answers: Vec<Answer>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it passed.
    pub passed: bool,
    /// When.
    pub at: Millis,
}

/// How a question fares, for its trainer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QuestionFigure {
    /// Lesson key.
    pub lesson: String,
    /// Question key.
    pub question: String,
    /// What was given.
    pub given: String,
    /// How often.
    pub times: i64,
    /// Points it earned together.
    pub points: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    enrolment: Uuid,
    lesson: String,
    seed: i64,
    paper: String,
    drawn_at: Millis,
    answers: Option<String>,
    points: Option<String>,
    score: Option<i64>,
    max_score: Option<i64>,
    passed: Option<bool>,
    occurred_at: Option<Millis>,
}

fn read<T: serde::de::DeserializeOwned>(text: &str, id: Uuid) -> Result<T> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt { table: "attempt", row: id.to_string() })
}

fn write<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl TryFrom<Row> for Paper {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let result = match (row.answers, row.points, row.score, row.max_score, row.passed, row.occurred_at) {
            (Some(answers), Some(points), Some(score), Some(max), Some(passed), Some(at)) => Some(Handed {
                answers: read(&answers, row.id)?,
                verdict: Verdict { points: read(&points, row.id)?, score, max },
                passed,
                at,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            enrolment: row.enrolment,
            lesson: row.lesson,
            seed: row.seed,
            drawn: read(&row.paper, row.id)?,
            drawn_at: row.drawn_at,
            result,
        })
    }
}

struct Starting {
    id: Uuid,
    person: Uuid,
    enrolment: Uuid,
    lesson: String,
    edition: Uuid,
    seed: i64,
    paper: String,
    at: Millis,
    day: Day,
}

struct Handing {
    id: Uuid,
    person: Uuid,
    answers: Vec<Answer>,
    settling: Settling,
}

/// A question that many get wrong.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HardQuestion {
    /// Lesson key.
    pub lesson: String,
    /// Question key.
    pub question: String,
    /// First answer to it.
    pub since: Millis,
}

impl Store {
    /// Draws a paper for a lesson (or, with an empty key, the course test). A paper that is still open is given again.
    pub async fn start_quiz(&self, person: Uuid, enrolment: Uuid, lesson: &str, id: Uuid) -> Result<Uuid> {
        let journey = self.journey(person, enrolment).await?;
        if !journey.enrolment.state.is_live() {
            return Err(Fault::Refused("enrolment_left".into()).into());
        }
        let policy = &journey.enrolment.policy;
        let (key, count) = if lesson.is_empty() {
            if !journey.standing.test_open {
                return Err(Fault::Refused("lessons_first".into()).into());
            }
            (None, credit::test_questions(&journey.edition, policy))
        } else {
            let found = journey.edition.lesson(lesson).ok_or(Fault::Missing)?;
            if journey.facts.get(lesson).is_none_or(|f| f.opened_at.is_none()) {
                return Err(Fault::Refused("open_first".into()).into());
            }
            (Some(lesson), policy.lesson_questions.min(found.questions.len() as i64))
        };
        let seed = self.new_seed();
        let paper = quiz::draw(&journey.edition, key, count, seed as u64);
        let starting = Starting {
            id,
            person,
            enrolment,
            lesson: lesson.to_owned(),
            edition: journey.enrolment.edition,
            seed,
            paper: write(&paper),
            at: self.now(),
            day: self.today(),
        };
        self.db.serializable(starting, |conn, starting| Box::pin(async move { start(conn, starting).await })).await
    }

    /// A paper of `person`; somebody else's does not exist.
    pub async fn paper(&self, person: Uuid, id: Uuid) -> Result<Paper> {
        let mut conn = self.db.read().await?;
        paper(&mut conn, person, id).await
    }

    /// The papers handed in for a lesson, newest first.
    pub async fn papers(&self, enrolment: Uuid, lesson: &str) -> Result<Vec<Paper>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = conn
            .query(
                "select a.id, a.enrolment, a.lesson, a.seed, a.paper, a.drawn_at, s.answers, s.points, s.score, s.max_score, s.passed, s.occurred_at
                 from attempt a join submission s on s.attempt = a.id where a.enrolment = $1 and a.lesson = $2 order by s.occurred_at desc, a.id limit 50",
            )
            .bind(enrolment)
            .bind(lesson.to_owned())
            .fetch_all()
            .await?;
        rows.into_iter().map(Paper::try_from).collect()
    }

    /// Hands in a paper. Handing in again changes nothing and gives the first result.
    pub async fn hand_in(&self, person: Uuid, id: Uuid, answers: Vec<Answer>) -> Result<Paper> {
        let open = self.paper(person, id).await?;
        let journey = self.journey(person, open.enrolment).await?;
        // What cannot be an answer is cut: at most ten entries of at most a hundred characters a question.
        let answers: Vec<Answer> = answers
            .into_iter()
            .take(open.drawn.len())
            .map(|a| a.into_iter().take(10).map(|t| t.chars().take(100).collect()).collect())
            .collect();
        let settling = self.settling(journey.edition.clone(), &journey.enrolment.course, person).await?;
        self.db
            .serializable(Handing { id, person, answers, settling }, |conn, handing| Box::pin(async move { hand_in(conn, handing).await }))
            .await
    }

    /// What was given to each question of a course, for its trainer.
    pub async fn question_figures(&self, course: &str) -> Result<Vec<QuestionFigure>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select r.lesson, r.question, r.given, count(*) as times, cast(sum(r.points) as bigint) as points
             from response r join edition e on e.id = r.edition where e.course = $1 group by r.lesson, r.question, r.given
             order by r.lesson, r.question, times desc, r.given",
        )
        .bind(course.to_owned())
        .fetch_all()
        .await
    }

    /// Questions of a course asked at least `asked` times of which less than `percent` of the points were got.
    pub async fn hard_questions(&self, course: &str, asked: i64, percent: i64) -> Result<Vec<HardQuestion>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select r.lesson, r.question, min(s.occurred_at) as since
             from response r join edition e on e.id = r.edition join submission s on s.attempt = r.attempt where e.course = $1
             group by r.lesson, r.question having count(*) >= $2 and sum(r.points) * 100 < count(*) * $3 order by r.lesson, r.question",
        )
        .bind(course.to_owned())
        .bind(asked)
        .bind(percent * domain::quiz::FULL)
        .fetch_all()
        .await
    }
}

async fn paper(conn: &mut Conn, person: Uuid, id: Uuid) -> Result<Paper> {
    let row: Option<Row> = conn
        .query(
            "select a.id, a.enrolment, a.lesson, a.seed, a.paper, a.drawn_at, s.answers, s.points, s.score, s.max_score, s.passed, s.occurred_at
             from attempt a join enrolment e on e.id = a.enrolment left join submission s on s.attempt = a.id where a.id = $1 and e.person = $2",
        )
        .bind(id)
        .bind(person)
        .fetch_optional()
        .await?;
    row.ok_or(Error::Fault(Fault::Missing))?.try_into()
}

async fn start(conn: &mut Conn, starting: &Starting) -> Result<Uuid> {
    enrolment::own(conn, starting.person, starting.enrolment).await?;
    let open: Option<(Uuid,)> = conn
        .query(
            "select a.id from attempt a left join submission s on s.attempt = a.id
             where a.enrolment = $1 and a.lesson = $2 and a.edition = $3 and s.attempt is null order by a.drawn_at desc, a.id limit 1",
        )
        .bind(starting.enrolment)
        .bind(starting.lesson.clone())
        .bind(starting.edition)
        .fetch_optional()
        .await?;
    if let Some((open,)) = open {
        return Ok(open);
    }
    let made = conn
        .query("insert into attempt (id, enrolment, lesson, edition, seed, paper, drawn_at, day) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing")
        .bind(starting.id)
        .bind(starting.enrolment)
        .bind(starting.lesson.clone())
        .bind(starting.edition)
        .bind(starting.seed)
        .bind(starting.paper.clone())
        .bind(starting.at)
        .bind(starting.day)
        .execute()
        .await?;
    if made == 0 {
        // The same form sent again after its paper was handed in.
        return paper(conn, starting.person, starting.id).await.map(|p| p.id);
    }
    enrolment::touch(conn, starting.enrolment, starting.at).await?;
    Ok(starting.id)
}

async fn hand_in(conn: &mut Conn, handing: &Handing) -> Result<Paper> {
    let open = paper(conn, handing.person, handing.id).await?;
    if open.result.is_some() {
        return Ok(open);
    }
    let enrolment = enrolment::own(conn, handing.person, open.enrolment).await?;
    let edition = &handing.settling.edition;
    let (at, day) = (handing.settling.log.at, handing.settling.log.day);
    let verdict = quiz::judge(edition, &open.drawn, &handing.answers);
    let passed = verdict.passes(enrolment.policy.pass_percent);
    conn.query(
        "insert into submission (attempt, enrolment, lesson, answers, points, score, max_score, passed, occurred_at, recorded_at, day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
    )
    .bind(open.id)
    .bind(open.enrolment)
    .bind(open.lesson.clone())
    .bind(write(&handing.answers))
    .bind(write(&verdict.points))
    .bind(verdict.score)
    .bind(verdict.max)
    .bind(passed)
    .bind(at)
    .bind(day)
    .execute()
    .await?;
    for (place, drawn) in open.drawn.iter().enumerate() {
        let mut given = handing.answers.get(place).cloned().unwrap_or_default();
        if quiz::find(edition, drawn).is_some_and(|q| q.kind == domain::course::QuestionKind::Multiple) {
            given.sort();
        }
        conn.query("insert into response (attempt, place, edition, lesson, question, given, points) values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(open.id)
            .bind(place as i64)
            .bind(enrolment.edition)
            .bind(drawn.lesson.clone())
            .bind(drawn.question.clone())
            .bind(given.join("|"))
            .bind(verdict.points.get(place).copied().unwrap_or(0))
            .execute()
            .await?;
    }
    settle(conn, &enrolment, &handing.settling).await?;
    let result = Handed { answers: handing.answers.clone(), verdict, passed, at };
    Ok(Paper { result: Some(result), ..open })
}
