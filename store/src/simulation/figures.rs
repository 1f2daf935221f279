//! What many runs have in common: how often each choice was taken, where points went, how it ended.

use std::collections::BTreeMap;

use domain::Uuid;
use domain::scenario::{Input, Play, Scenario};
use domain::time::Millis;

use crate::{Result, Store};

/// One situation over many runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times each choice was taken, by its key.
    pub choices: BTreeMap<String, i64>,
    /// Times the situation was decided.
    pub times: i64,
    /// Points lost against the best choice of the situation, together.
    pub lost: i64,
}

/// Figures over runs.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Runs counted.
    pub runs: i64,
    /// Runs that ended.
    pub ended: i64,
    /// Situations by key.
    pub nodes: BTreeMap<String, Tally>,
    /// Endings by key.
    pub endings: BTreeMap<String, i64>,
    /// Sum of the scores of those that ended, 0–100 each.
    pub percents: i64,
    /// Minutes from start to end of those that ended, sorted.
    pub minutes: Vec<i64>,
}

impl Figures {
    /// Replays a run: what could be chosen depends on what came before.
    fn add(&mut self, scenario: &Scenario, seed: i64, inputs: &[Input]) {
        let play = Play::new(scenario, seed as u64);
        let mut state = play.start();
        for input in inputs {
            let open = play.open(&state);
            let best = open.iter().map(|c| c.points).max().unwrap_or(0);
            let got = open.iter().find(|c| c.key == input.choice).map_or(best, |c| c.points);
            match play.step(&state, input) {
                Ok(after) => state = after,
                Err(_) => return,
            }
            let tally = self.nodes.entry(input.node.clone()).or_default();
            tally.times += 1;
            tally.lost += best - got;
            *tally.choices.entry(input.choice.clone()).or_default() += 1;
        }
    }

    /// The middle of the minutes.
    pub fn median_minutes(&self) -> Option<i64> {
        self.minutes.get(self.minutes.len() / 2).copied()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    seed: i64,
    inputs: String,
    ending: Option<String>,
    percent: Option<i64>,
    started_at: Millis,
    ended_at: Option<Millis>,
}

impl Store {
    /// Figures over first runs of a scenario in one edition, newest two thousand; in one room if one is named, there
    /// over every run, since a class is looked at as it played.
    pub async fn simulation_figures(&self, scenario: &Scenario, edition: Uuid, room: Option<Uuid>) -> Result<Figures> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = match room {
            Some(room) => {
                conn.query("select seed, inputs, ending, percent, started_at, ended_at from scenario_run where room = $1 and edition = $2 order by started_at desc, id limit 2000")
                    .bind(room)
                    .bind(edition)
                    .fetch_all()
                    .await?
            }
            None => {
                conn.query("select seed, inputs, ending, percent, started_at, ended_at from scenario_run where scenario = $1 and first and edition = $2 order by started_at desc, id limit 2000")
                    .bind(scenario.key.clone())
                    .bind(edition)
                    .fetch_all()
                    .await?
            }
        };
        let mut figures = Figures::default();
        for row in rows {
            figures.runs += 1;
            figures.add(scenario, row.seed, &serde_json::from_str::<Vec<Input>>(&row.inputs).unwrap_or_default());
            if let (Some(ending), Some(percent), Some(ended)) = (row.ending, row.percent, row.ended_at) {
                figures.ended += 1;
                figures.percents += percent;
                *figures.endings.entry(ending).or_default() += 1;
                figures.minutes.push((ended - row.started_at) / 60_000);
            }
        }
        figures.minutes.sort_unstable();
        Ok(figures)
    }
}
