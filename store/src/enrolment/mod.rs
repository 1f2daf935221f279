//! Enrolments: joining a class, leaving it, coming back; one live enrolment per person and class.

use domain::Uuid;
use domain::enrolment::{Move, State, may_renew, step};
use domain::fault::Fault;
use domain::policy::OnlinePolicy;
use domain::time::{Day, Millis, year_of};

use crate::course::read_policy;
use crate::{Conn, Error, Result, Store, ledger};

/// An enrolment with the class it is in.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The enrolment.
    pub id: Uuid,
    /// Whose.
    pub person: Uuid,
    /// The class.
    pub class: Uuid,
    /// Course code.
    pub course: String,
    /// The pinned edition.
    pub edition: Uuid,
    /// State.
    pub state: State,
    /// Frozen home region.
    pub region: String,
    /// Frozen organisation.
    pub organisation: Option<Uuid>,
    /// When.
    pub occurred_at: Millis,
    /// When the last thing was done in it.
    pub touched_at: Millis,
    /// When the online part was done.
    pub completed_at: Option<Millis>,
    /// The frozen policy of the class.
    pub policy: OnlinePolicy,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    person: Uuid,
    class: Uuid,
    course: String,
    edition: Uuid,
    state: String,
    region: String,
    organisation: Option<Uuid>,
    occurred_at: Millis,
    touched_at: Millis,
    completed_at: Option<Millis>,
    policy_body: String,
}

impl TryFrom<Row> for Enrolment {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            state: State::parse(&row.state).ok_or(Error::Corrupt { table: "enrolment", row: row.id.to_string() })?,
            policy: read_policy(&row.policy_body, row.class)?,
            id: row.id,
            person: row.person,
            class: row.class,
            course: row.course,
            edition: row.edition,
            region: row.region,
            organisation: row.organisation,
            occurred_at: row.occurred_at,
            touched_at: row.touched_at,
            completed_at: row.completed_at,
        })
    }
}

/// The enrolment with this id.
pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Enrolment>> {
    let row: Option<Row> = conn
        .query(
            "select e.id, e.person, e.class, e.course, c.edition, e.state, e.region, e.organisation, e.occurred_at, e.touched_at, e.completed_at, c.policy_body
             from enrolment e join class c on c.id = e.class where e.id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    row.map(Enrolment::try_from).transpose()
}

/// The enrolment of `person` with this id; somebody else's does not exist.
pub(crate) async fn own(conn: &mut Conn, person: Uuid, id: Uuid) -> Result<Enrolment> {
    by_id(conn, id).await?.filter(|e| e.person == person).ok_or(Error::Fault(Fault::Missing))
}

/// Notes that something was done in an enrolment.
pub(crate) async fn touch(conn: &mut Conn, id: Uuid, at: Millis) -> Result<()> {
    conn.query("update enrolment set touched_at = $1 where id = $2 and touched_at < $1").bind(at).bind(id).execute().await?;
    Ok(())
}

/// Makes a move in a unit that has read `enrolment`; the row is changed only from the state that was read.
pub(crate) async fn make_move(conn: &mut Conn, enrolment: &Enrolment, to: Move, log: &Log) -> Result<State> {
    let state = step(enrolment.state, to).ok_or_else(|| Fault::Refused(format!("enrolment_{}_{}", enrolment.state.code(), to.code())))?;
    let done = conn
        .query("update enrolment set state = $1, live = $2, completed_at = $3, touched_at = $4 where id = $5 and state = $6")
        .bind(state.code())
        .bind(state.is_live())
        .bind(match state {
            State::Completed => Some(log.at),
            State::Past => enrolment.completed_at,
            State::Active | State::Withdrawn => None,
        })
        .bind(log.at)
        .bind(enrolment.id)
        .bind(enrolment.state.code())
        .execute()
        .await?;
    if done == 0 {
        return Err(Fault::Conflict.into());
    }
    conn.query("insert into enrolment_move (id, enrolment, move, actor, reason, occurred_at, recorded_at, day) values ($1, $2, $3, $4, $5, $6, $6, $7)")
        .bind(log.id)
        .bind(enrolment.id)
        .bind(to.code())
        .bind(log.actor)
        .bind(log.reason.clone())
        .bind(log.at)
        .bind(log.day)
        .execute()
        .await?;
    Ok(state)
}

/// Who made a move, when and why.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub id: Uuid,
    pub actor: Option<Uuid>,
    pub reason: String,
    pub at: Millis,
    pub day: Day,
}

struct Joining {
    id: Uuid,
    delta: Uuid,
    log: Log,
    person: Uuid,
    class: Uuid,
    course: String,
    area: String,
    by: Option<Uuid>,
}

impl Store {
    pub(crate) fn log(&self, actor: Option<Uuid>, reason: &str) -> Log {
        Log { id: self.new_id(), actor, reason: reason.chars().take(200).collect(), at: self.now(), day: self.today() }
    }

    /// Enrols `person` in the open class of a course. The id is the form's: sending twice enrols once. Whoever is in
    /// already gets that enrolment; whoever left comes back with the earlier progress; whoever completed it in an earlier
    /// requirement year begins anew.
    pub async fn enrol(&self, person: Uuid, course: &str, id: Uuid, by: Option<Uuid>) -> Result<Uuid> {
        let catalogue = self.catalogue().await?;
        let card = catalogue.by_code(course).ok_or(Fault::Missing)?;
        let class = self.open_class(course).await?.ok_or_else(|| Fault::Refused("course_preparing".into()))?;
        let joining = Joining {
            id,
            delta: self.new_id(),
            log: self.log(Some(by.unwrap_or(person)), ""),
            person,
            class: class.id,
            course: course.to_owned(),
            area: card.area.code().to_owned(),
            by,
        };
        self.db.serializable(joining, |conn, joining| Box::pin(async move { join(conn, joining).await })).await
    }

    /// Leaves a class; what was learnt is kept.
    pub async fn withdraw(&self, person: Uuid, id: Uuid) -> Result<()> {
        let log = self.log(Some(person), "");
        self.db
            .unit((person, id, log), |conn, (person, id, log)| {
                Box::pin(async move {
                    let enrolment = own(conn, *person, *id).await?;
                    make_move(conn, &enrolment, Move::Withdraw, log).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The enrolments of a person that are not left, last touched first.
    pub async fn enrolments(&self, person: Uuid) -> Result<Vec<Enrolment>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = conn
            .query(
                "select e.id, e.person, e.class, e.course, c.edition, e.state, e.region, e.organisation, e.occurred_at, e.touched_at, e.completed_at, c.policy_body
                 from enrolment e join class c on c.id = e.class where e.person = $1 and e.live order by e.touched_at desc, e.id limit 200",
            )
            .bind(person)
            .fetch_all()
            .await?;
        rows.into_iter().map(Enrolment::try_from).collect()
    }

    /// The live enrolment of a person in a course, if any, and whether the course can be taken anew this year.
    pub async fn enrolment_in(&self, person: Uuid, course: &str) -> Result<Option<(Uuid, bool)>> {
        let mut conn = self.db.read().await?;
        let row: Option<(Uuid, String)> = conn
            .query("select id, state from enrolment where person = $1 and course = $2 and live order by touched_at desc, id limit 1")
            .bind(person)
            .bind(course.to_owned())
            .fetch_optional()
            .await?;
        let Some((id, state)) = row else { return Ok(None) };
        let state = State::parse(&state).unwrap_or(State::Active);
        Ok(Some((id, may_renew(state, &granted_years(&mut conn, id).await?, year_of(self.today())))))
    }
}

/// Requirement years in which an enrolment was granted hours.
async fn granted_years(conn: &mut Conn, enrolment: Uuid) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> =
        conn.query("select distinct year from ledger where enrolment = $1 order by year").bind(enrolment).fetch_all().await?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

async fn join(conn: &mut Conn, joining: &Joining) -> Result<Uuid> {
    let here: Option<(Uuid, bool)> = conn
        .query("select id, live from enrolment where person = $1 and class = $2 order by case when live then 0 else 1 end, touched_at desc, id limit 1")
        .bind(joining.person)
        .bind(joining.class)
        .fetch_optional()
        .await?;
    match here {
        Some((id, true)) => {
            let enrolment = by_id(conn, id).await?.ok_or(Fault::Missing)?;
            if !may_renew(enrolment.state, &granted_years(conn, id).await?, year_of(joining.log.day)) {
                return Ok(id);
            }
            make_move(conn, &enrolment, Move::Renew, &joining.log).await?;
        }
        Some((id, false)) => {
            let enrolment = by_id(conn, id).await?.ok_or(Fault::Missing)?;
            make_move(conn, &enrolment, Move::Return, &joining.log).await?;
            return Ok(id);
        }
        None => {}
    }
    let home: (String, Option<Uuid>) =
        conn.query("select region, organisation from home where person = $1 and to_day is null").bind(joining.person).fetch_one().await?;
    let (at, day) = (joining.log.at, joining.log.day);
    let made = conn
        .query(
            "insert into enrolment (id, person, class, course, state, live, region, organisation, by_person, occurred_at, recorded_at, day, touched_at)
             values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $9, $10, $9) on conflict do nothing",
        )
        .bind(joining.id)
        .bind(joining.person)
        .bind(joining.class)
        .bind(joining.course.clone())
        .bind(true)
        .bind(home.0.clone())
        .bind(home.1)
        .bind(joining.by)
        .bind(at)
        .bind(day)
        .execute()
        .await?;
    if made == 0 {
        // The id belongs to something else: a form sent again after its class changed, or somebody's guess.
        return Err(Fault::Conflict.into());
    }
    let delta = ledger::Delta {
        id: joining.delta,
        measure: "enrolled",
        region: home.0,
        organisation: home.1,
        class: joining.class,
        day,
        area: joining.area.clone(),
        mode: "online",
        n: 1,
    };
    ledger::add(conn, &delta).await?;
    Ok(joining.id)
}
