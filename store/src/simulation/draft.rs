//! Scenarios that trainers write: drafts with every saved revision, tried in the own class, reviewed by somebody else,
//! published as an edition that nothing changes any more. Whether the actor may is asked before, at the course.

use domain::Uuid;
use domain::authoring::{Circle, DraftMove, DraftState, step};
use domain::fault::Fault;
use domain::scenario::{Finding, Scenario, check};
use domain::time::Millis;

use super::file;
use super::load::{Listed, New, publish};
use crate::{Conn, Error, Result, Store};

/// Largest text of a draft, in bytes.
const LARGEST: usize = 512 * 1024;

/// A draft in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Draft {
    /// The draft.
    pub id: Uuid,
    /// Key of its scenario.
    pub key: String,
    /// Title.
    pub title: String,
    /// Course code.
    pub course: String,
    /// Who writes it.
    pub author: Uuid,
    /// Name of the author.
    pub author_name: String,
    /// State.
    pub state: String,
    /// Number of the last revision.
    pub revision: i64,
    /// Key of the scenario it was copied from; empty for one of its own.
    pub from_key: String,
    /// When something was done last.
    pub touched_at: Millis,
    /// For whom it is meant once published, as a code of [`Circle`].
    pub circle: String,
}

impl Draft {
    /// For whom it is meant once published.
    pub fn circle(&self) -> Circle {
        Circle::parse(&self.circle).unwrap_or(Circle::Class)
    }

    /// State.
    pub fn state(&self) -> DraftState {
        DraftState::parse(&self.state).unwrap_or(DraftState::Published)
    }
}

/// A saved revision.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Revision {
    /// Number, from 1.
    pub number: i64,
    /// The text.
    pub body: String,
    /// What was changed.
    pub note: String,
    /// Who saved it.
    pub name: String,
    /// When.
    pub saved_at: Millis,
    /// Whether it was saved by itself while somebody was typing.
    pub auto: bool,
}

/// What a reviewer said.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Review {
    /// Revision looked at.
    pub revision: i64,
    /// Who.
    pub name: String,
    /// `approved` or `returned`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Millis,
}

/// What came of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Kept under this number.
    As(i64),
    /// Somebody saved meanwhile: the number of theirs. Nothing was written.
    Behind(i64),
}

/// A save: on which revision, with which words, and whether it happened by itself.
#[derive(Debug, Clone, Copy)]
pub struct Save<'w> {
    /// Number of the revision that was read.
    pub base: i64,
    /// The text.
    pub text: &'w str,
    /// What was changed.
    pub note: &'w str,
    /// Whether it was saved by itself while somebody was typing.
    pub auto: bool,
}

struct Saving {
    draft: Uuid,
    base: i64,
    title: String,
    line: Line,
}

/// A row of the revisions.
struct Line {
    body: String,
    note: String,
    person: Uuid,
    at: Millis,
    auto: bool,
}

struct Moving {
    draft: Draft,
    to: DraftState,
    review: Option<(Uuid, &'static str, String)>,
    person: Uuid,
    publish: Option<(New, Listed)>,
    at: Millis,
}

/// How a draft that is tried stands in the lists: behind the bundled ones, for its own class.
const TRIAL: Listed = Listed { sort: 1_000, standing: "trial", circle: Circle::Class, agency: None };

macro_rules! revisions {
    ($rest:literal) => {
        concat!(
            "select r.number, r.body, r.note, p.name, r.saved_at, r.auto from scenario_revision r join person p on p.id = r.saved_by ",
            $rest
        )
    };
}

macro_rules! drafts {
    ($rest:literal) => {
        concat!(
            "select d.id, d.key, d.title, d.course, d.author, p.name as author_name, d.state, d.revision, d.from_key, d.touched_at, d.circle
             from scenario_draft d join person p on p.id = d.author ",
            $rest
        )
    };
}

impl Store {
    /// A new draft in a course, from a scenario to begin with. The id is the form's: sending twice makes one.
    pub async fn new_draft(&self, person: Uuid, id: Uuid, course: &str, begin: Scenario, from_key: &str) -> Result<Uuid> {
        let key = format!("A{:05}", self.new_seed() % 100_000);
        let scenario = Scenario { key: key.clone(), edition: 1, course: course.to_owned(), ..begin };
        let body = file::write(&scenario)?;
        let input = (id, key, scenario.title.clone(), course.to_owned(), person, from_key.to_owned(), body, self.now());
        self.db
            .serializable(input, |conn, (id, key, title, course, person, from_key, body, at)| {
                Box::pin(async move {
                    let known: Option<(Uuid,)> =
                        conn.query("select author from scenario_draft where id = $1").bind(*id).fetch_optional().await?;
                    match known {
                        Some((author,)) if author == *person => return Ok(*id),
                        Some(_) => return Err(Fault::Conflict.into()),
                        None => {}
                    }
                    let made = conn
                        .query(
                            "insert into scenario_draft (id, key, title, course, author, state, revision, from_key, created_at, touched_at)
                             values ($1, $2, $3, $4, $5, 'writing', 1, $6, $7, $7) on conflict do nothing",
                        )
                        .bind(*id)
                        .bind(key.clone())
                        .bind(title.clone())
                        .bind(course.clone())
                        .bind(*person)
                        .bind(from_key.clone())
                        .bind(*at)
                        .execute()
                        .await?;
                    if made == 0 {
                        // The key is taken: the next try draws another.
                        return Err(Fault::Conflict.into());
                    }
                    let line = Line { body: body.clone(), note: String::new(), person: *person, at: *at, auto: false };
                    revision(conn, *id, 1, &line).await?;
                    Ok(*id)
                })
            })
            .await
    }

    /// The drafts that a person writes, and those that wait for a review by somebody else in these courses.
    pub async fn drafts(&self, author: Uuid, courses: &[String]) -> Result<(Vec<Draft>, Vec<Draft>)> {
        let mut conn = self.db.read().await?;
        let own: Vec<Draft> = conn
            .query(drafts!(
                "where d.author = $1 or exists (select 1 from scenario_writer w where w.draft = d.id and w.person = $1)
                 order by d.touched_at desc, d.id limit 200"
            ))
            .bind(author)
            .fetch_all()
            .await?;
        let waiting: Vec<Draft> = conn
            .query(drafts!(
                "where d.state = 'review' and d.author <> $1
                   and not exists (select 1 from scenario_writer w where w.draft = d.id and w.person = $1)
                 order by d.touched_at, d.id limit 200"
            ))
            .bind(author)
            .fetch_all()
            .await?;
        Ok((own, waiting.into_iter().filter(|d| courses.contains(&d.course)).collect()))
    }

    /// A draft with the text and the scenario of its last revision.
    pub async fn draft(&self, id: Uuid) -> Result<(Draft, Revision, Scenario)> {
        let mut conn = self.db.read().await?;
        let draft: Option<Draft> = conn.query(drafts!("where d.id = $1")).bind(id).fetch_optional().await?;
        let draft = draft.ok_or(Fault::Missing)?;
        let revision = one_revision(&mut conn, id, draft.revision).await?;
        let scenario =
            file::parse(&revision.body, &draft.key).map_err(|_| Error::Corrupt { table: "scenario_revision", row: id.to_string() })?;
        Ok((draft, revision, scenario))
    }

    /// Saves a revision of a draft by one of its writers on top of the one that was read. The text must be readable; what the
    /// check finds may wait.
    pub async fn save_draft(&self, person: Uuid, draft: &Draft, new: Save<'_>) -> Result<Saved> {
        if step(draft.state(), DraftMove::Save, self.writes(person, draft).await?, true).is_none() {
            return Err(Fault::Refused("draft_closed".into()).into());
        }
        if new.text.len() > LARGEST {
            return Err(Error::Content(format!("{}:1: 太长了", draft.key)));
        }
        let mut scenario = file::parse(new.text, &draft.key)?;
        // What a draft is called and where it belongs is not the text's to say.
        (scenario.key, scenario.course, scenario.edition) = (draft.key.clone(), draft.course.clone(), 1);
        let line =
            Line { body: file::write(&scenario)?, note: new.note.chars().take(200).collect(), person, at: self.now(), auto: new.auto };
        let saving = Saving { draft: draft.id, base: new.base, title: scenario.title.chars().take(60).collect(), line };
        self.db.unit(saving, |conn, saving| Box::pin(async move { save(conn, saving).await })).await
    }

    /// The revisions of a draft before a number, newest first: those that somebody saved, with the last before anything
    /// else was saved; or every one.
    pub async fn revisions(&self, draft: Uuid, before: i64, every: bool) -> Result<Vec<Revision>> {
        let mut conn = self.db.read().await?;
        conn.query(revisions!(
            "where r.draft = $1 and r.number < $2 and ($3 = 1 or r.auto = false or r.number = (select revision from scenario_draft where id = $1))
             order by r.number desc limit 50"
        ))
        .bind(draft)
        .bind(before)
        .bind(i64::from(every))
        .fetch_all()
        .await
    }

    /// One revision.
    pub async fn revision(&self, draft: Uuid, number: i64) -> Result<Revision> {
        one_revision(&mut self.db.read().await?, draft, number).await
    }

    /// What reviewers said, newest first.
    pub async fn reviews(&self, draft: Uuid) -> Result<Vec<Review>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select r.revision, p.name, r.verdict, r.reason, r.at from scenario_review r join person p on p.id = r.reviewer
             where r.draft = $1 order by r.at desc, r.id limit 50",
        )
        .bind(draft)
        .fetch_all()
        .await
    }

    /// Hands a draft in for review, meant for these once it is published: nothing 必须改 may be left.
    pub async fn submit_draft(&self, person: Uuid, id: Uuid, circle: Circle) -> Result<()> {
        let (draft, ..) = self.draft(id).await?;
        if circle == Circle::Agency && self.main_organisation(draft.author).await?.is_none() {
            return Err(Fault::Refused("draft_agency".into()).into());
        }
        if self.writes(person, &draft).await? {
            self.db
                .unit((id, circle.code()), |conn, (id, circle)| {
                    Box::pin(async move {
                        conn.query("update scenario_draft set circle = $1 where id = $2 and state = 'writing'")
                            .bind(*circle)
                            .bind(*id)
                            .execute()
                            .await?;
                        Ok(())
                    })
                })
                .await?;
        }
        self.move_draft(person, id, DraftMove::Submit, "").await
    }

    /// Sends a draft back to its author, with the reason; the author may take it back too.
    pub async fn return_draft(&self, person: Uuid, draft: Uuid, reason: &str) -> Result<()> {
        self.move_draft(person, draft, DraftMove::Return, reason).await
    }

    /// Publishes a draft that somebody else wrote.
    pub async fn approve_draft(&self, person: Uuid, draft: Uuid, reason: &str) -> Result<()> {
        self.move_draft(person, draft, DraftMove::Approve, reason).await?;
        self.scenarios.forget();
        self.shelves.forget();
        Ok(())
    }

    async fn move_draft(&self, person: Uuid, id: Uuid, to: DraftMove, reason: &str) -> Result<()> {
        let (draft, _, scenario) = self.draft(id).await?;
        let own = self.writes(person, &draft).await?;
        let clean = self.found(scenario.clone()).await?.is_clean();
        let next = step(draft.state(), to, own, clean)
            .ok_or_else(|| Fault::Refused(if clean { "draft_move".into() } else { "draft_unsound".into() }))?;
        let reason: String = reason.trim().chars().take(500).collect();
        let review = match to {
            DraftMove::Approve => Some((self.new_id(), "approved", reason)),
            DraftMove::Return if !own => Some((self.new_id(), "returned", reason)),
            _ => None,
        };
        let publish = match to {
            DraftMove::Approve => {
                let circle = draft.circle();
                let agency = if circle == Circle::Agency { self.main_organisation(draft.author).await? } else { None };
                if circle == Circle::Agency && agency.is_none() {
                    return Err(Fault::Refused("draft_agency".into()).into());
                }
                Some((self.new_edition(scenario)?, Listed { standing: "published", circle, agency, ..TRIAL }))
            }
            _ => None,
        };
        let moving = Moving { draft, to: next, review, person, publish, at: self.now() };
        self.db.serializable(moving, |conn, moving| Box::pin(async move { make_move(conn, moving).await })).await
    }

    /// What the check finds, off the threads that answer.
    pub async fn found(&self, scenario: Scenario) -> Result<Finding> {
        let walked = tokio::task::spawn_blocking(move || check(&scenario)).await;
        walked.map_err(|_| Error::Fault(Fault::Busy))
    }

    /// 班内试用: pins the draft as it stands and opens a room of the author's class on it. It grants nothing, and nobody else
    /// finds it.
    pub async fn try_draft(&self, person: Uuid, id: Uuid, room: Uuid) -> Result<super::Room> {
        let (draft, _, scenario) = self.draft(id).await?;
        if !self.writes(person, &draft).await? || draft.state() == DraftState::Published {
            return Err(Fault::Missing.into());
        }
        if !self.found(scenario.clone()).await?.is_clean() {
            return Err(Fault::Refused("draft_unsound".into()).into());
        }
        let trial = (self.new_edition(scenario)?, draft.id, draft.revision, self.now());
        self.db
            .serializable(trial, |conn, (new, draft, revision, at)| {
                Box::pin(async move {
                    // Not over what somebody approved meanwhile.
                    let still = conn
                        .query("update scenario_draft set touched_at = $1 where id = $2 and revision = $3 and state <> 'published'")
                        .bind(*at)
                        .bind(*draft)
                        .bind(*revision)
                        .execute()
                        .await?;
                    if still == 0 {
                        return Err(Fault::Conflict.into());
                    }
                    publish(conn, new, &TRIAL, *at).await
                })
            })
            .await?;
        self.scenarios.forget();
        self.open_class_room(person, &draft.key, room).await
    }
}

async fn one_revision(conn: &mut Conn, draft: Uuid, number: i64) -> Result<Revision> {
    let found: Option<Revision> =
        conn.query(revisions!("where r.draft = $1 and r.number = $2")).bind(draft).bind(number).fetch_optional().await?;
    found.ok_or_else(|| Fault::Missing.into())
}

async fn revision(conn: &mut Conn, draft: Uuid, number: i64, line: &Line) -> Result<()> {
    conn.query("insert into scenario_revision (draft, number, body, note, saved_by, saved_at, auto) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(draft)
        .bind(number)
        .bind(line.body.clone())
        .bind(line.note.clone())
        .bind(line.person)
        .bind(line.at)
        .bind(line.auto)
        .execute()
        .await?;
    Ok(())
}

async fn save(conn: &mut Conn, new: &Saving) -> Result<Saved> {
    let done = conn
        .query(
            "update scenario_draft set revision = revision + 1, title = $1, touched_at = $2
             where id = $3 and revision = $4 and state = 'writing'
               and (author = $5 or exists (select 1 from scenario_writer w where w.draft = $3 and w.person = $5))",
        )
        .bind(new.title.clone())
        .bind(new.line.at)
        .bind(new.draft)
        .bind(new.base)
        .bind(new.line.person)
        .execute()
        .await?;
    if done == 0 {
        let now: Option<(i64,)> = conn.query("select revision from scenario_draft where id = $1").bind(new.draft).fetch_optional().await?;
        return Ok(Saved::Behind(now.ok_or(Fault::Missing)?.0));
    }
    revision(conn, new.draft, new.base + 1, &new.line).await?;
    Ok(Saved::As(new.base + 1))
}

async fn make_move(conn: &mut Conn, new: &Moving) -> Result<()> {
    let done = conn
        .query("update scenario_draft set state = $1, touched_at = $2 where id = $3 and state = $4 and revision = $5")
        .bind(new.to.code())
        .bind(new.at)
        .bind(new.draft.id)
        .bind(new.draft.state.clone())
        .bind(new.draft.revision)
        .execute()
        .await?;
    if done == 0 {
        return Err(Fault::Conflict.into());
    }
    if let Some((id, verdict, reason)) = &new.review {
        conn.query("insert into scenario_review (id, draft, revision, reviewer, verdict, reason, at) values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(*id)
            .bind(new.draft.id)
            .bind(new.draft.revision)
            .bind(new.person)
            .bind(*verdict)
            .bind(reason.clone())
            .bind(new.at)
            .execute()
            .await?;
    }
    if let Some(edition) = &new.publish {
        publish(conn, &edition.0, &edition.1, new.at).await?;
    }
    Ok(())
}
