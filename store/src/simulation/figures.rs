//! What many runs have in common: how often each choice was taken, where points went, how it ended.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use domain::Uuid;
use domain::permission::PeopleScope;
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

/// Over which runs.
#[derive(Debug, Clone, Copy)]
pub enum Over<'s> {
    /// Everybody's first run.
    All,
    /// Every run of one room, since a class is looked at as it played.
    Room(Uuid),
    /// First runs of people who lived in the scope when they played.
    Scope(&'s PeopleScope),
}

/// First runs of one region.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Place {
    /// Its code.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Runs that ended.
    pub ended: i64,
    /// Sum of their scores, 0–100 each.
    pub percents: i64,
}

/// Figures with what they were made of: runs, and when the last of them was touched.
type Kept = ((i64, Option<Millis>), Arc<Figures>);

/// Figures that were asked for lately, by edition and room.
#[derive(Default)]
pub struct Tallies(RwLock<HashMap<(Uuid, Option<Uuid>), Kept>>);

#[derive(sqlx::FromRow)]
struct Row {
    seed: i64,
    inputs: String,
    ending: Option<String>,
    percent: Option<i64>,
    started_at: Millis,
    ended_at: Option<Millis>,
}

/// `$1` edition, `$2` room or nil, then `$3` actor (nil for everybody), `$4` day, `$5` floor.
macro_rules! runs {
    ($columns:literal, $tail:literal) => {
        concat!(
            "select ",
            $columns,
            " from scenario_run r where r.edition = $1 and (r.room = $2 or ($2 = $6 and r.first))
               and ($3 = $6 or exists (select 1 from role_grant g join region_closure c on c.ancestor = g.region
                    where g.person = $3 and g.role >= $5 and g.from_day <= $4 and (g.to_day is null or g.to_day >= $4) and c.descendant = r.region)) ",
            $tail
        )
    };
}

impl Store {
    /// Figures over runs of a scenario in one edition, the newest two thousand of them. Replayed once until a run changes.
    pub async fn simulation_figures(&self, scenario: &Scenario, edition: Uuid, over: Over<'_>) -> Result<Arc<Figures>> {
        let nil = Uuid::nil();
        let (room, actor, day, floor) = match over {
            Over::All => (nil, nil, 0, 0),
            Over::Room(room) => (room, nil, 0, 0),
            Over::Scope(scope) => (nil, scope.actor, scope.day, scope.floor),
        };
        let key = (edition, (room != nil).then_some(room));
        let mut conn = self.db.read().await?;
        let stamp: (i64, Option<Millis>) = conn
            .query(runs!("count(*), max(r.touched_at)", ""))
            .bind(edition)
            .bind(room)
            .bind(actor)
            .bind(day)
            .bind(floor)
            .bind(nil)
            .fetch_one()
            .await?;
        if actor == nil
            && let Some((_, known)) = self.tallies.0.read().ok().and_then(|t| t.get(&key).cloned()).filter(|(at, _)| *at == stamp)
        {
            return Ok(known);
        }
        let rows: Vec<Row> = conn
            .query(runs!("r.seed, r.inputs, r.ending, r.percent, r.started_at, r.ended_at", "order by r.started_at desc, r.id limit 2000"))
            .bind(edition)
            .bind(room)
            .bind(actor)
            .bind(day)
            .bind(floor)
            .bind(nil)
            .fetch_all()
            .await?;
        drop(conn);
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
        let figures = Arc::new(figures);
        if actor == nil
            && let Ok(mut kept) = self.tallies.0.write()
        {
            kept.insert(key, (stamp, figures.clone()));
        }
        Ok(figures)
    }

    /// First runs that ended, by the region of a level that each froze; in a scope if one is given. The caller hides small
    /// groups.
    pub async fn simulation_places(&self, edition: Uuid, level: &'static str, scope: Option<&PeopleScope>) -> Result<Vec<Place>> {
        let nil = Uuid::nil();
        let mut conn = self.db.read().await?;
        conn.query(
            "select p.code as region, p.short as name, count(*) as ended, cast(sum(r.percent) as bigint) as percents
             from scenario_run r join region_closure up on up.tree = 'admin' and up.descendant = r.region join region p on p.code = up.ancestor and p.level = $2
             where r.edition = $1 and r.first and r.ended_at is not null and r.percent is not null
               and ($3 = $6 or exists (select 1 from role_grant g join region_closure c on c.ancestor = g.region
                    where g.person = $3 and g.role >= $5 and g.from_day <= $4 and (g.to_day is null or g.to_day >= $4) and c.descendant = r.region))
             group by p.code, p.short, p.path order by p.path",
        )
        .bind(edition)
        .bind(level)
        .bind(scope.map_or(nil, |s| s.actor))
        .bind(scope.map_or(0, |s| s.day))
        .bind(scope.map_or(0, |s| s.floor))
        .bind(nil)
        .fetch_all()
        .await
    }
}
