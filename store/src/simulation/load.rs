//! Scenarios as they are published: rows, whole editions, and the list that pages show.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use domain::Uuid;
use domain::authoring::Circle;
use domain::policy::SimulationPolicy;
use domain::scenario::{Scenario, Walk};
use domain::time::Millis;

use crate::{Conn, Error, Result, Store, hash_of};

/// A scenario in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Card {
    /// Key, `S01`.
    pub key: String,
    /// Course code.
    pub course: String,
    /// Title.
    pub title: String,
    /// Who the player is.
    pub role: String,
    /// What is to be achieved.
    pub goal: String,
    /// Minutes of one run.
    pub minutes: i64,
    /// Work fields, separated by `、`.
    pub fields: String,
    /// Who wrote it.
    pub credit: String,
    /// The current edition.
    pub edition: Uuid,
    /// `published`, or `trial`: tried in its author's class only.
    pub standing: String,
    /// For whom it is meant, as a code of [`Circle`].
    pub circle: String,
    /// The organisation it is meant for, where it is one's own.
    pub agency: Option<Uuid>,
}

impl Card {
    /// Whether it was reviewed and published.
    pub fn is_published(&self) -> bool {
        self.standing == "published"
    }

    /// Whether whoever belongs to these organisations may find and play it.
    pub fn is_open_to(&self, agencies: &[Uuid]) -> bool {
        let member = self.agency.is_some_and(|agency| agencies.contains(&agency));
        self.is_published() && Circle::parse(&self.circle).is_some_and(|circle| circle.holds(member))
    }
}

/// An edition with its hash.
type Whole = (Arc<Scenario>, Arc<str>);

/// What never changes once read: editions by id with their hash, and the list of the content version at hand.
#[derive(Default)]
pub struct Scenarios {
    bodies: RwLock<HashMap<Uuid, Whole>>,
    list: RwLock<Option<Arc<Vec<Card>>>>,
    walks: RwLock<HashMap<Uuid, Arc<Walk>>>,
}

impl Scenarios {
    /// Forgets the list, so that the next reader sees what was loaded.
    pub(crate) fn forget(&self) {
        if let Ok(mut list) = self.list.write() {
            *list = None;
        }
    }
}

/// An edition to be kept.
pub(super) struct New {
    id: Uuid,
    scenario: Scenario,
    hash: String,
    body: String,
}

/// How an edition stands in the lists.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    pub sort: i64,
    pub standing: &'static str,
    pub circle: Circle,
    pub agency: Option<Uuid>,
}

/// What is to be loaded.
pub(crate) struct Load {
    editions: Vec<New>,
}

impl Store {
    /// Makes ids and hashes, so that loading has no outside effect.
    pub(crate) fn simulation_load(&self, scenarios: Vec<Scenario>) -> Result<Load> {
        let mut editions = Vec::new();
        for scenario in scenarios {
            editions.push(self.new_edition(scenario)?);
        }
        Ok(Load { editions })
    }

    /// A scenario as an edition: its body, and the hash by which it is known.
    pub(super) fn new_edition(&self, scenario: Scenario) -> Result<New> {
        let body = serde_json::to_string(&scenario).map_err(|e| Error::Content(e.to_string()))?;
        Ok(New { id: self.new_id(), hash: hash_of(&body), body, scenario })
    }

    /// Every scenario, in order.
    pub async fn scenarios(&self) -> Result<Arc<Vec<Card>>> {
        if let Some(list) = self.scenarios.list.read().ok().and_then(|l| l.clone()) {
            return Ok(list);
        }
        let mut conn = self.db.read().await?;
        let list: Vec<Card> = conn
            .query("select key, course, title, role, goal, minutes, fields, credit, edition, standing, circle, agency from scenario order by sort, key")
            .fetch_all()
            .await?;
        let list = Arc::new(list);
        if let Ok(mut slot) = self.scenarios.list.write() {
            *slot = Some(list.clone());
        }
        Ok(list)
    }

    /// An edition with its hash.
    pub async fn scenario(&self, edition: Uuid) -> Result<Whole> {
        if let Some(found) = self.scenarios.bodies.read().ok().and_then(|b| b.get(&edition).cloned()) {
            return Ok(found);
        }
        let mut conn = self.db.read().await?;
        let unreadable = || Error::Corrupt { table: "scenario_edition", row: edition.to_string() };
        let row: Option<(String, String)> =
            conn.query("select body, hash from scenario_edition where id = $1").bind(edition).fetch_optional().await?;
        let (body, hash) = row.ok_or_else(unreadable)?;
        let found = (Arc::new(serde_json::from_str(&body).map_err(|_| unreadable())?), Arc::from(hash));
        if let Ok(mut bodies) = self.scenarios.bodies.write() {
            bodies.insert(edition, found.clone());
        }
        Ok(found)
    }

    /// All paths of an edition, walked once.
    pub async fn walk(&self, edition: Uuid) -> Result<Arc<Walk>> {
        if let Some(found) = self.scenarios.walks.read().ok().and_then(|w| w.get(&edition).cloned()) {
            return Ok(found);
        }
        let (scenario, _) = self.scenario(edition).await?;
        let walked = tokio::task::spawn_blocking(move || domain::scenario::check(&scenario).walk).await;
        let found = Arc::new(walked.map_err(|_| Error::Corrupt { table: "scenario_edition", row: edition.to_string() })?);
        if let Ok(mut walks) = self.scenarios.walks.write() {
            walks.insert(edition, found.clone());
        }
        Ok(found)
    }

    /// The simulation policy that new runs take today.
    pub async fn simulation_policy(&self) -> Result<SimulationPolicy> {
        self.rule("simulation").await
    }
}

/// Loads what is new, in the unit of the content.
pub(crate) async fn load(conn: &mut Conn, load: &Load, now: Millis) -> Result<()> {
    for (sort, new) in load.editions.iter().enumerate() {
        publish(conn, new, &Listed { sort: sort as i64, standing: "published", circle: Circle::City, agency: None }, now).await?;
    }
    Ok(())
}

/// Keeps an edition, unless one of the same content is kept, and makes it the current one of its scenario.
pub(super) async fn publish(conn: &mut Conn, new: &New, listed: &Listed, now: Millis) -> Result<()> {
    let known: Option<(Uuid,)> =
        conn.query("select id from scenario_edition where hash = $1").bind(new.hash.clone()).fetch_optional().await?;
    let scenario = &new.scenario;
    if known.is_none() {
        conn.query("insert into scenario_edition (id, scenario, number, hash, body, published_at) values ($1, $2, $3, $4, $5, $6)")
            .bind(new.id)
            .bind(scenario.key.clone())
            .bind(scenario.edition)
            .bind(new.hash.clone())
            .bind(new.body.clone())
            .bind(now)
            .execute()
            .await?;
    }
    card(conn, scenario, known.map_or(new.id, |k| k.0), listed).await
}

/// The line of a scenario in the lists, with its current edition.
async fn card(conn: &mut Conn, scenario: &Scenario, edition: Uuid, listed: &Listed) -> Result<()> {
    conn.query(
        "insert into scenario (key, course, title, sort, role, goal, minutes, fields, credit, edition, standing, circle, agency)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (key) do update set course = excluded.course, title = excluded.title, sort = excluded.sort, role = excluded.role,
           goal = excluded.goal, minutes = excluded.minutes, fields = excluded.fields, credit = excluded.credit, edition = excluded.edition,
           standing = excluded.standing, circle = excluded.circle, agency = excluded.agency",
    )
    .bind(scenario.key.clone())
    .bind(scenario.course.clone())
    .bind(scenario.title.clone())
    .bind(listed.sort)
    .bind(scenario.role.clone())
    .bind(scenario.goal.clone())
    .bind(scenario.minutes)
    .bind(scenario.fields.join("、"))
    .bind(scenario.credit.clone())
    .bind(edition)
    .bind(listed.standing)
    .bind(listed.circle.code())
    .bind(listed.agency)
    .execute()
    .await?;
    Ok(())
}
