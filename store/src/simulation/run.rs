//! Runs: started with a seed of ours, reported as inputs, replayed here.

use std::sync::Arc;

use domain::Uuid;
use domain::fault::Fault;
use domain::policy::SimulationPolicy;
use domain::scenario::{Apart, Input, Joined, Play, Refusal, RunKind, Scenario, Story, Verdict, join};
use domain::time::{Day, Millis};
use serde::{Deserialize, Serialize};

use crate::{Conn, Error, Result, Store};

/// Letters of a run's code: none that look alike.
const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// A run as the client reports it: everything that happened follows from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Hash of the content that was played.
    pub hash: String,
    /// The seed.
    pub seed: i64,
    /// Decisions in order.
    pub inputs: Vec<Input>,
    /// Decisions taken back since the beginning.
    #[serde(default)]
    pub undone: i64,
}

/// One of those who went a run.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Player {
    /// Who.
    pub person: Uuid,
    /// Name.
    pub name: String,
    /// Answers of the debrief, JSON.
    answers: String,
    /// One thing that will be done.
    pub pledge: String,
    /// When the debrief was written.
    pub debriefed_at: Option<Millis>,
}

impl Player {
    /// Answers of the debrief, in the order of its questions.
    pub fn answers(&self) -> Vec<String> {
        serde_json::from_str(&self.answers).unwrap_or_default()
    }
}

/// A run with what replaying it gave.
#[derive(Debug, Clone)]
pub struct Run {
    /// The run.
    pub id: Uuid,
    /// Code by which anyone can play it again.
    pub code: String,
    /// Id of the edition.
    pub edition: Uuid,
    /// The edition.
    pub scenario: Arc<Scenario>,
    /// Its hash.
    pub hash: Arc<str>,
    /// The seed.
    pub seed: i64,
    /// What it is for.
    pub kind: RunKind,
    /// The room it was played in.
    pub room: Option<Uuid>,
    /// Who reports it.
    pub holder: Uuid,
    /// Whether the figures count it.
    pub first: bool,
    /// Decisions.
    pub inputs: Vec<Input>,
    /// Decisions taken back on the way.
    pub undone: i64,
    /// The verdict.
    pub verdict: Verdict,
    /// The policy it began with.
    pub policy: SimulationPolicy,
    /// Who went it.
    pub players: Vec<Player>,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

impl Run {
    /// The part of `person` in it.
    pub fn player(&self, person: Uuid) -> Option<&Player> {
        self.players.iter().find(|p| p.person == person)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    edition: Uuid,
    seed: i64,
    kind: String,
    room: Option<Uuid>,
    person: Uuid,
    first: bool,
    inputs: String,
    undone: i64,
    policy: String,
    started_at: Millis,
    ended_at: Option<Millis>,
}

/// The text of a select on runs.
macro_rules! runs {
    ($rest:literal) => {
        concat!(
            "select r.id, r.code, r.edition, r.seed, r.kind, r.room, r.person, r.first, r.inputs, r.undone, p.body as policy, r.started_at, r.ended_at
             from scenario_run r join policy p on p.kind = 'simulation' and p.version = r.rule_version ",
            $rest
        )
    };
}

fn corrupt(id: Uuid) -> Error {
    Error::Corrupt { table: "scenario_run", row: id.to_string() }
}

fn refused(at: usize, refusal: Refusal) -> Error {
    let why = match refusal {
        Refusal::Ended => "ended",
        Refusal::Elsewhere => "elsewhere",
        Refusal::NoSuchChoice => "no_such_choice",
    };
    Fault::Refused(format!("step_{at}_{why}")).into()
}

pub(super) struct Starting {
    pub id: Uuid,
    pub code: String,
    pub scenario: String,
    pub course: String,
    pub edition: Uuid,
    pub seed: i64,
    pub kind: RunKind,
    pub room: Option<Uuid>,
    pub from: Option<Uuid>,
    pub inputs: String,
    pub steps: i64,
    pub person: Uuid,
    pub rule_version: String,
    pub at: Millis,
    pub day: Day,
}

struct Reporting {
    id: Uuid,
    person: Uuid,
    known: usize,
    known_undone: i64,
    undone: i64,
    inputs: String,
    verdict: Verdict,
    at: Millis,
}

impl Store {
    pub(super) fn new_code(&self) -> String {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        random.iter().map(|b| LETTERS[*b as usize % LETTERS.len()] as char).collect()
    }

    /// Starts a run of one's own, or gives the one that is open. The id is the form's: sending twice starts once.
    pub async fn start_run(&self, person: Uuid, key: &str, id: Uuid) -> Result<Uuid> {
        let list = self.scenarios().await?;
        let agencies = self.agencies(person).await?;
        let card = list.iter().find(|c| c.key == key && c.is_open_to(&agencies)).ok_or(Fault::Missing)?;
        let starting = self.starting(person, id, card, RunKind::Own).await?;
        self.db.serializable(starting, |conn, starting| Box::pin(async move { start(conn, starting).await })).await
    }

    /// What a new run of a scenario needs, with a seed of its own.
    pub(super) async fn starting(&self, person: Uuid, id: Uuid, card: &super::Card, kind: RunKind) -> Result<Starting> {
        Ok(Starting {
            id,
            code: self.new_code(),
            scenario: card.key.clone(),
            course: card.course.clone(),
            edition: card.edition,
            seed: self.new_seed(),
            kind,
            room: None,
            from: None,
            inputs: "[]".into(),
            steps: 0,
            person,
            rule_version: self.simulation_policy().await?.version,
            at: self.now(),
            day: self.today(),
        })
    }

    /// Goes back to a decision of a finished run and plays on: practice, on the same seed.
    pub async fn what_if(&self, person: Uuid, run: Uuid, at: usize, id: Uuid) -> Result<Uuid> {
        let before = self.run(person, run).await?;
        if before.verdict.ending.is_none() || at >= before.inputs.len() {
            return Err(Fault::Missing.into());
        }
        let list = self.scenarios().await?;
        let card = list.iter().find(|c| c.key == before.scenario.key).ok_or(Fault::Missing)?;
        let inputs = &before.inputs[..at];
        let starting = Starting {
            edition: before.edition,
            seed: before.seed,
            from: Some(run),
            inputs: serde_json::to_string(inputs).unwrap_or_default(),
            steps: at as i64,
            ..self.starting(person, id, card, RunKind::Practice).await?
        };
        self.db.serializable(starting, |conn, starting| Box::pin(async move { start(conn, starting).await })).await
    }

    /// A run that `person` went; somebody else's does not exist.
    pub async fn run(&self, person: Uuid, id: Uuid) -> Result<Run> {
        let mut conn = self.db.read().await?;
        let row: Option<Row> = conn.query(runs!("where r.id = $1")).bind(id).fetch_optional().await?;
        let run = self.read_run(&mut conn, row.ok_or(Fault::Missing)?).await?;
        if run.player(person).is_none() {
            return Err(Fault::Missing.into());
        }
        Ok(run)
    }

    /// The run with this code, for whoever wants to play it again; names nobody.
    pub async fn run_by_code(&self, code: &str) -> Result<Run> {
        let mut conn = self.db.read().await?;
        let row: Option<Row> = conn.query(runs!("where r.code = $1")).bind(code.to_owned()).fetch_optional().await?;
        let mut run = self.read_run(&mut conn, row.ok_or(Fault::Missing)?).await?;
        run.players.clear();
        Ok(run)
    }

    async fn read_run(&self, conn: &mut Conn, row: Row) -> Result<Run> {
        let (scenario, hash) = self.scenario(row.edition).await?;
        let policy: SimulationPolicy = serde_json::from_str(&row.policy).map_err(|_| corrupt(row.id))?;
        let inputs: Vec<Input> = serde_json::from_str(&row.inputs).map_err(|_| corrupt(row.id))?;
        let verdict = Play::new(&scenario, row.seed as u64).replay(&inputs, &policy.scoring()).map_err(|_| corrupt(row.id))?;
        let players: Vec<Player> = conn
            .query(
                "select s.person, p.name, s.answers, s.pledge, s.debriefed_at from scenario_player s join person p on p.id = s.person
                 where s.run = $1 order by s.joined_at, s.person",
            )
            .bind(row.id)
            .fetch_all()
            .await?;
        let kind = RunKind::parse(&row.kind).ok_or_else(|| corrupt(row.id))?;
        let Row { id, code, edition, seed, room, person: holder, first, undone, started_at, ended_at, .. } = row;
        Ok(Run {
            id,
            code,
            edition,
            scenario,
            hash,
            seed,
            kind,
            room,
            holder,
            first,
            inputs,
            undone,
            verdict,
            policy,
            players,
            started_at,
            ended_at,
        })
    }

    /// Takes a report: content and seed must be those of the run, the decisions must join what is known, and replaying
    /// them must succeed. Whatever the client thinks it scored is not asked.
    pub async fn report(&self, person: Uuid, id: Uuid, report: &Report) -> Result<Run> {
        // Two reports of one run at once: the second one joins what the first one wrote.
        for _ in 0..4 {
            match self.report_once(person, id, report).await {
                Err(Error::Fault(Fault::Conflict)) => {}
                outcome => return outcome,
            }
        }
        Err(Fault::Conflict.into())
    }

    async fn report_once(&self, person: Uuid, id: Uuid, report: &Report) -> Result<Run> {
        let run = self.run(person, id).await?;
        if run.holder != person {
            return Err(Fault::Refused("not_the_reporter".into()).into());
        }
        if *run.hash != *report.hash {
            return Err(Fault::Refused("other_content".into()).into());
        }
        if run.seed != report.seed {
            return Err(Fault::Refused("other_seed".into()).into());
        }
        let ended = run.verdict.ending.is_some();
        // What comes after the end is refused by its step, whatever else is wrong with it.
        let joined = if ended && report.inputs.len() > run.inputs.len() {
            return Err(refused(run.inputs.len(), Refusal::Ended));
        } else {
            let (known, sent) =
                (Story { inputs: &run.inputs, undone: run.undone }, Story { inputs: &report.inputs, undone: report.undone });
            join(known, sent, run.scenario.undo, ended)
        };
        match joined {
            Ok(Joined::Known) => return Ok(run),
            Ok(Joined::New) => {}
            Err(Apart::Forked(at)) => return Err(Fault::Refused(format!("step_{at}_forked")).into()),
            Err(Apart::TooLong) => return Err(Fault::Refused(format!("step_{}_too_long", domain::scenario::MOST_STEPS)).into()),
        }
        let play = Play::new(&run.scenario, run.seed as u64);
        let inputs: Vec<Input> = report.inputs.iter().map(|i| Input { elapsed: i.elapsed.clamp(0, 86_400_000), ..i.clone() }).collect();
        let verdict = play.replay(&inputs, &run.policy.scoring()).map_err(|(at, refusal)| refused(at, refusal))?;
        let reporting = Reporting {
            id,
            person,
            known: run.inputs.len(),
            known_undone: run.undone,
            undone: report.undone.clamp(run.undone, run.undone + domain::scenario::MOST_STEPS as i64),
            inputs: serde_json::to_string(&inputs).unwrap_or_default(),
            verdict,
            at: self.now(),
        };
        self.db.unit(reporting, |conn, reporting| Box::pin(async move { write_report(conn, reporting).await })).await?;
        self.run(person, id).await
    }
}

pub(super) async fn start(conn: &mut Conn, new: &Starting) -> Result<Uuid> {
    let open: Option<(Uuid,)> = conn
        .query(
            "select id from scenario_run where id = $1 and person = $2
             union all select id from scenario_run where person = $2 and scenario = $3 and edition = $4 and kind = $5 and kind = 'own' and ended_at is null
             limit 1",
        )
        .bind(new.id)
        .bind(new.person)
        .bind(new.scenario.clone())
        .bind(new.edition)
        .bind(new.kind.code())
        .fetch_optional()
        .await?;
    if let Some((open,)) = open {
        return Ok(open);
    }
    let earlier: Option<(i64,)> = conn
        .query(
            "select count(*) from scenario_player s join scenario_run r on r.id = s.run where s.person = $1 and r.scenario = $2 and r.kind <> 'practice'",
        )
        .bind(new.person)
        .bind(new.scenario.clone())
        .fetch_optional()
        .await?;
    let first = new.kind.counts() && earlier.is_none_or(|(n,)| n == 0);
    let home: Option<(String,)> =
        conn.query("select region from home where person = $1 and to_day is null").bind(new.person).fetch_optional().await?;
    let made = conn
        .query(
            "insert into scenario_run (id, code, scenario, edition, seed, kind, room, from_run, person, first, inputs, steps, rule_version, region,
               started_at, touched_at, day)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16) on conflict do nothing",
        )
        .bind(new.id)
        .bind(new.code.clone())
        .bind(new.scenario.clone())
        .bind(new.edition)
        .bind(new.seed)
        .bind(new.kind.code())
        .bind(new.room)
        .bind(new.from)
        .bind(new.person)
        .bind(first)
        .bind(new.inputs.clone())
        .bind(new.steps)
        .bind(new.rule_version.clone())
        .bind(home.map(|h| h.0).unwrap_or_default())
        .bind(new.at)
        .bind(new.day)
        .execute()
        .await?;
    if made == 0 {
        return Err(Fault::Conflict.into());
    }
    add_player(conn, new.id, new.person, &new.course, new.at).await?;
    Ok(new.id)
}

/// Adds a player to a run, with the enrolment in whose course the hours count.
pub(super) async fn add_player(conn: &mut Conn, run: Uuid, person: Uuid, course: &str, at: Millis) -> Result<()> {
    conn.query(
        "insert into scenario_player (run, person, enrolment, answers, pledge, joined_at)
         values ($1, $2, (select id from enrolment where person = $2 and course = $3 and live order by touched_at desc, id limit 1), '[]', '', $4)
         on conflict do nothing",
    )
    .bind(run)
    .bind(person)
    .bind(course.to_owned())
    .bind(at)
    .execute()
    .await?;
    Ok(())
}

async fn write_report(conn: &mut Conn, new: &Reporting) -> Result<()> {
    let verdict = &new.verdict;
    let ending = verdict.ending.as_ref();
    let kind = ending.map(|(_, kind)| match kind {
        domain::scenario::EndingKind::Bad => "bad",
        domain::scenario::EndingKind::Mixed => "mixed",
        domain::scenario::EndingKind::Good => "good",
    });
    let done = conn
        .query(
            "update scenario_run set inputs = $1, steps = $2, ending = $3, ending_kind = $4, points = $5, most = $6, percent = $7,
               touched_at = $8, ended_at = $9, undone = $13
             where id = $10 and person = $11 and steps = $12 and undone = $14 and ended_at is null",
        )
        .bind(new.inputs.clone())
        .bind(verdict.path.len() as i64)
        .bind(ending.map(|(key, _)| key.clone()))
        .bind(kind)
        .bind(verdict.score.map(|s| s.points))
        .bind(verdict.score.map(|s| s.most))
        .bind(verdict.score.map(|s| s.percent))
        .bind(new.at)
        .bind(ending.map(|_| new.at))
        .bind(new.id)
        .bind(new.person)
        .bind(new.known as i64)
        .bind(new.undone)
        .bind(new.known_undone)
        .execute()
        .await?;
    if done == 0 {
        // Another report of the same run came first: it is read again, and the rest joins.
        return Err(Fault::Conflict.into());
    }
    if ending.is_some() {
        // Nobody comes into a group that has arrived.
        conn.query(
            "update scenario_room set closed_at = $1 where kind = 'group' and closed_at is null and id = (select room from scenario_run where id = $2)",
        )
        .bind(new.at)
        .bind(new.id)
        .execute()
        .await?;
    }
    Ok(())
}

/// Moves the runs of a merged account: both may have a first run of one scenario, of which the other one's then counts no
/// longer; of a run that both went, each keeps the own part.
pub(crate) async fn merge(conn: &mut Conn, from: Uuid, into: Uuid) -> Result<()> {
    for sql in [
        "update scenario_run set first = (1 = 0) where person = $2 and first
           and exists (select 1 from scenario_run r where r.person = $1 and r.scenario = scenario_run.scenario and r.first)",
        "update scenario_run set person = $1 where person = $2",
        "update scenario_player set person = $1 where person = $2
           and not exists (select 1 from scenario_player s where s.run = scenario_player.run and s.person = $1)",
    ] {
        conn.query(sql).bind(into).bind(from).execute().await?;
    }
    Ok(())
}
