//! Observer sheets: what groups with paper cards chose, typed in afterwards. They stand beside the figures of runs and are
//! never mixed with them: nobody replayed them.

use std::collections::BTreeMap;

use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use domain::scenario::Scenario;
use domain::time::{Day, Millis};

use crate::{Error, Result, Store};

/// Most groups in one room.
const GROUPS: i64 = 60;

/// Groups by choice, by situation.
pub type Counts = BTreeMap<String, BTreeMap<String, i64>>;

/// A sheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its id, made by the form.
    pub id: Uuid,
    /// How many groups played.
    pub groups: i64,
    /// What they chose.
    pub counts: Counts,
    /// What struck the observer.
    pub note: String,
    /// Day of the session.
    pub occurred_on: Day,
    /// When it was typed in.
    pub recorded_at: Millis,
    /// Who typed it in.
    pub by: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    groups: i64,
    counts: String,
    note: String,
    occurred_on: Day,
    recorded_at: Millis,
    name: String,
}

impl Store {
    /// Keeps a sheet. Counts are of situations and choices that exist, and no choice was taken by more groups than there
    /// were; sent twice, kept once.
    pub async fn keep_sheet(&self, person: Uuid, scenario: &Scenario, edition: Uuid, sheet: Sheet) -> Result<()> {
        let mut faults = Vec::new();
        if !(1..=GROUPS).contains(&sheet.groups) {
            faults.push(FieldFault::new("groups", Rule::Malformed));
        }
        if sheet.occurred_on > self.today() {
            faults.push(FieldFault::new("day", Rule::Malformed));
        }
        let mut counts = Counts::new();
        for node in &scenario.nodes {
            let of: BTreeMap<String, i64> = node
                .choices
                .iter()
                .filter_map(|c| Some((c.key.clone(), *sheet.counts.get(&node.key)?.get(&c.key)?)))
                .filter(|(_, n)| *n != 0)
                .collect();
            if of.values().any(|n| *n < 0) || of.values().sum::<i64>() > sheet.groups {
                faults.push(FieldFault::new(node.key.clone(), Rule::Malformed));
            }
            if !of.is_empty() {
                counts.insert(node.key.clone(), of);
            }
        }
        if counts.is_empty() && faults.is_empty() {
            faults.push(FieldFault::new("groups", Rule::Required));
        }
        if !faults.is_empty() {
            return Err(Fault::Invalid(faults).into());
        }
        let body = serde_json::to_string(&counts).map_err(|e| Error::Content(e.to_string()))?;
        let note: String = sheet.note.trim().chars().take(500).collect();
        let input = (sheet, scenario.key.clone(), edition, body, note, person, self.now());
        self.db
            .unit(input, |conn, (sheet, scenario, edition, body, note, person, now)| {
                Box::pin(async move {
                    conn.query(
                        "insert into scenario_sheet (id, scenario, edition, groups, counts, note, noted_by, occurred_on, recorded_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
                    )
                    .bind(sheet.id)
                    .bind(scenario.clone())
                    .bind(*edition)
                    .bind(sheet.groups)
                    .bind(body.clone())
                    .bind(note.clone())
                    .bind(*person)
                    .bind(sheet.occurred_on)
                    .bind(*now)
                    .execute()
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The sheets of an edition, newest first.
    pub async fn sheets(&self, edition: Uuid) -> Result<Vec<Sheet>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<Row> = conn
            .query(
                "select s.id, s.groups, s.counts, s.note, s.occurred_on, s.recorded_at, p.name from scenario_sheet s join person p on p.id = s.noted_by
                 where s.edition = $1 order by s.recorded_at desc, s.id limit 50",
            )
            .bind(edition)
            .fetch_all()
            .await?;
        rows.into_iter()
            .map(|r| {
                let counts =
                    serde_json::from_str(&r.counts).map_err(|_| Error::Corrupt { table: "scenario_sheet", row: r.id.to_string() })?;
                let Row { id, groups, note, occurred_on, recorded_at, name: by, .. } = r;
                Ok(Sheet { id, groups, counts, note, occurred_on, recorded_at, by })
            })
            .collect()
    }
}
