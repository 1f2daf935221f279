//! The 复盘 of a run, what it grants, and how a person stands with each scenario.

use domain::Uuid;
use domain::credit::EvidenceClass;
use domain::fault::{Fault, FieldFault, Rule};
use domain::policy::SimulationPolicy;
use domain::scenario::RunKind;
use domain::time::{Day, Millis, year_of};

use crate::ledger::{self, Grant};
use crate::{Conn, Result, Store};

/// A run in a person's history; of an edition that is no longer current, its kind is `old`.
#[derive(sqlx::FromRow)]
struct Went {
    scenario: String,
    run: Uuid,
    kind: String,
    percent: Option<i64>,
    ended_at: Option<Millis>,
    debriefed_at: Option<Millis>,
}

/// How a person stands with a scenario.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// A run that is not ended.
    pub open: Option<Uuid>,
    /// Best result of runs that count, 0–100, with its run.
    pub best: Option<(i64, Uuid)>,
    /// Runs that ended, practice not counted.
    pub ended: i64,
    /// An ended run without a debrief.
    pub undebriefed: Option<Uuid>,
    /// Minutes granted for it this year.
    pub minutes: i64,
}

struct Debriefing {
    run: Uuid,
    person: Uuid,
    scenario: String,
    course: String,
    kind: RunKind,
    answers: String,
    pledge: String,
    declared: i64,
    area: String,
    policy: SimulationPolicy,
    proof: String,
    grant: Uuid,
    delta: Uuid,
    at: Millis,
    day: Day,
}

impl Store {
    /// Takes the 复盘 of one player, once; a whole run outside a session then grants its hours.
    pub async fn debrief(&self, person: Uuid, id: Uuid, answers: &[String], pledge: &str) -> Result<()> {
        let run = self.run(person, id).await?;
        if !run.kind.counts() || run.verdict.ending.is_none() {
            return Err(Fault::Refused("not_ended".into()).into());
        }
        let mut faults = Vec::new();
        let questions = run.scenario.debrief.len();
        let answers: Vec<String> = (0..questions).map(|i| answers.get(i).map_or("", |a| a.trim()).chars().take(1_000).collect()).collect();
        for (i, answer) in answers.iter().enumerate() {
            if answer.is_empty() {
                faults.push(FieldFault::new(format!("a{i}"), Rule::Required));
            } else if (answer.chars().count() as i64) < run.policy.answer_characters {
                faults.push(FieldFault::new(format!("a{i}"), Rule::TooShort));
            }
        }
        if pledge.trim().is_empty() {
            faults.push(FieldFault::new("pledge", Rule::Required));
        }
        if !faults.is_empty() {
            return Err(Fault::Invalid(faults).into());
        }
        let catalogue = self.catalogue().await?;
        let card = catalogue.by_code(&run.scenario.course).ok_or(Fault::Missing)?;
        let ending = run.verdict.ending.as_ref().map_or("", |e| e.0.as_str());
        let debriefing = Debriefing {
            run: id,
            person,
            scenario: run.scenario.key.clone(),
            course: run.scenario.course.clone(),
            kind: run.kind,
            answers: serde_json::to_string(&answers).unwrap_or_default(),
            pledge: pledge.trim().chars().take(200).collect(),
            declared: card.minutes.simulation,
            area: card.area.code().to_owned(),
            proof: format!("run={} steps={} ending={ending}", run.code, run.inputs.len()),
            policy: run.policy,
            grant: self.new_id(),
            delta: self.new_id(),
            at: self.now(),
            day: self.today(),
        };
        self.db.serializable(debriefing, |conn, debriefing| Box::pin(async move { write_debrief(conn, debriefing).await })).await
    }

    /// How a person stands with each scenario, by its key.
    pub async fn simulation_standings(&self, person: Uuid) -> Result<std::collections::HashMap<String, Standing>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Went> = conn
            .query(
                "select r.scenario, r.id as run, case when r.edition = c.edition then r.kind else 'old' end as kind, r.percent, r.ended_at, s.debriefed_at
                 from scenario_player s join scenario_run r on r.id = s.run join scenario c on c.key = r.scenario where s.person = $1 and r.kind <> 'practice'
                 order by r.started_at, r.id limit 2000",
            )
            .bind(person)
            .fetch_all()
            .await?;
        let granted: Vec<(String, i64)> = conn
            .query("select lesson, cast(sum(minutes) as bigint) from ledger where person = $1 and year = $2 and mode = 'simulation' group by lesson order by lesson")
            .bind(person)
            .bind(year_of(self.today()))
            .fetch_all()
            .await?;
        let mut out: std::collections::HashMap<String, Standing> = std::collections::HashMap::new();
        for Went { scenario, run, kind, percent, ended_at, debriefed_at } in rows {
            let standing = out.entry(scenario).or_default();
            match ended_at {
                None if kind == "own" => standing.open = Some(run),
                None => {}
                Some(_) => {
                    standing.ended += 1;
                    if let Some(percent) = percent.filter(|p| standing.best.is_none_or(|(best, _)| *p > best)) {
                        standing.best = Some((percent, run));
                    }
                    if debriefed_at.is_none() {
                        standing.undebriefed = Some(run);
                    }
                }
            }
        }
        for (lesson, minutes) in granted {
            if let Some(standing) = lesson.strip_prefix("sim:").and_then(|key| out.get_mut(key)) {
                standing.minutes = minutes;
            }
        }
        Ok(out)
    }
}

async fn write_debrief(conn: &mut Conn, new: &Debriefing) -> Result<()> {
    let done = conn
        .query("update scenario_player set answers = $1, pledge = $2, debriefed_at = $3 where run = $4 and person = $5 and debriefed_at is null")
        .bind(new.answers.clone())
        .bind(new.pledge.clone())
        .bind(new.at)
        .bind(new.run)
        .bind(new.person)
        .execute()
        .await?;
    if done == 0 || !new.kind.grants() {
        return Ok(());
    }
    let enrolment: Option<(Uuid, Uuid, String, Option<Uuid>)> = conn
        .query(
            "select e.id, e.class, e.region, e.organisation from enrolment e where e.person = $1 and e.course = $2 and e.live
             order by e.touched_at desc, e.id limit 1",
        )
        .bind(new.person)
        .bind(new.course.clone())
        .fetch_optional()
        .await?;
    let Some((enrolment, class, region, organisation)) = enrolment else { return Ok(()) };
    let year = year_of(new.day);
    let before: (i64,) = conn
        .query("select cast(coalesce(sum(minutes), 0) as bigint) from ledger where person = $1 and course = $2 and year = $3 and mode = 'simulation'")
        .bind(new.person)
        .bind(new.course.clone())
        .bind(year)
        .fetch_one()
        .await?;
    let minutes = new.policy.grant_minutes.min(new.declared - before.0);
    if minutes <= 0 {
        return Ok(());
    }
    let policy: (String,) = conn.query("select policy_body from class where id = $1").bind(class).fetch_one().await?;
    let grant = Grant {
        id: new.grant,
        delta: new.delta,
        person: new.person,
        enrolment,
        class,
        course: new.course.clone(),
        lesson: format!("sim:{}", new.scenario),
        area: new.area.clone(),
        mode: "simulation",
        minutes,
        evidence: EvidenceClass::SimulationAndDebrief.code(),
        evidence_ref: new.proof.clone(),
        rule_version: new.policy.version.clone(),
        year,
        region,
        organisation,
        at: new.at,
        day: new.day,
        daily_cap: crate::course::read_policy(&policy.0, class)?.daily_cap_minutes,
    };
    ledger::grant(conn, &grant).await?;
    Ok(())
}
