//! Everything that touches the database: migrations, queries, use cases. A use case loads, asks `domain`, and saves in
//! one unit; the doors (page, island, API) are thin and call it.

pub mod audit;
pub mod course;
pub mod db;
pub mod enrolment;
pub mod learning;
pub mod ledger;
pub mod library;
pub mod monitor;
pub mod organisation;
pub mod people;
pub mod place;
pub mod quiz;
pub mod search;
pub mod sheet;
pub mod simulation;
pub mod synthetic;
mod words;

use std::sync::Arc;

use domain::Uuid;
use domain::time::{Day, Millis, day_of};

pub use db::{Conn, Db, Error, Result};
pub use words::{initials, sort_key};

/// Where the time comes from. The real one lives in `server`; tests set theirs.
pub trait Clock: Send + Sync {
    /// Milliseconds UTC.
    fn now(&self) -> Millis;
}

/// Where chance comes from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The store: database, clock, chance, keys and the caches of what never changes. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// The database.
    pub db: Db,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    vault: Arc<people::vault::Vault>,
    passwords: Arc<people::password::Passwords>,
    editions: Arc<course::Editions>,
    scenarios: Arc<simulation::Scenarios>,
    shelves: Arc<library::Shelves>,
    tallies: Arc<simulation::Tallies>,
    columns: Arc<monitor::Kept>,
}

impl Store {
    /// A store over `db`. `key` encrypts contacts; it lives outside the database and its backup.
    pub fn new(db: Db, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, key: [u8; 32]) -> Self {
        Self {
            db,
            clock,
            entropy,
            vault: Arc::new(people::vault::Vault::new(key)),
            passwords: Arc::default(),
            editions: Arc::default(),
            scenarios: Arc::default(),
            shelves: Arc::default(),
            tallies: Arc::default(),
            columns: Arc::default(),
        }
    }

    /// Milliseconds UTC.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Today in Shanghai.
    pub fn today(&self) -> Day {
        day_of(self.now())
    }

    /// A new UUIDv7.
    pub fn new_id(&self) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        uuid_v7(self.now(), &random)
    }

    /// A random seed for a draw. Positive, so that it fits a `bigint`.
    pub fn new_seed(&self) -> i64 {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        i64::from_le_bytes(random) & i64::MAX
    }

    /// 256 random bits as 64 hexadecimal digits.
    pub fn new_token(&self) -> String {
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        random.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Fixes where this database comes from (`real`, `demo`, `synthetic`), once, at its birth.
    pub async fn set_origin(&self, origin: &'static str) -> Result<()> {
        self.db
            .unit(origin, |conn, origin| {
                Box::pin(async move {
                    conn.query("insert into setting (key, value) values ('origin', $1) on conflict do nothing")
                        .bind(*origin)
                        .execute()
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The version of a rule that holds today.
    pub(crate) async fn rule<T: serde::de::DeserializeOwned>(&self, kind: &'static str) -> Result<T> {
        let mut conn = self.db.read().await?;
        let row: Option<(String,)> = conn
            .query("select body from policy where kind = $1 and from_day <= $2 order by from_day desc, version desc limit 1")
            .bind(kind)
            .bind(self.today())
            .fetch_optional()
            .await?;
        let unreadable = || Error::Corrupt { table: "policy", row: kind.into() };
        serde_json::from_str(&row.ok_or_else(unreadable)?.0).map_err(|_| unreadable())
    }

    /// When 待办 reminds whom, today.
    pub async fn todo_policy(&self) -> Result<domain::policy::TodoPolicy> {
        self.rule("todo").await
    }

    /// What the plan asks of communities, today.
    pub async fn plan_policy(&self) -> Result<domain::policy::PlanPolicy> {
        self.rule("plan").await
    }

    /// Working days and holidays of every year that was announced.
    pub async fn calendar(&self) -> Result<domain::calendar::Calendar> {
        let mut conn = self.db.read().await?;
        let rows: Vec<(String,)> =
            conn.query("select body from policy where kind = 'calendar' order by from_day, version").fetch_all().await?;
        let unreadable = || Error::Corrupt { table: "policy", row: "calendar".into() };
        let years: Vec<domain::calendar::CalendarYear> =
            rows.iter().map(|(body,)| serde_json::from_str(body)).collect::<Result<_, _>>().map_err(|_| unreadable())?;
        domain::calendar::Calendar::of(&years).map_err(|_| unreadable())
    }

    /// Reads a setting of the database.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        let mut conn = self.db.read().await?;
        let row: Option<(String,)> = conn.query("select value from setting where key = $1").bind(key.to_owned()).fetch_optional().await?;
        Ok(row.map(|r| r.0))
    }
}

/// A UUIDv7 from milliseconds and ten random bytes.
pub fn uuid_v7(at: Millis, random: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(at.max(0) as u64, random).into_uuid()
}

/// SHA-256 of a text, hex: how tokens and codes are stored.
pub(crate) fn hash_of(text: &str) -> String {
    use sha2::{Digest, Sha256};
    format!("{:x}", Sha256::digest(text.as_bytes()))
}
