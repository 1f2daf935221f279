//! One small executor over sqlx's native drivers: the same SQL text runs on SQLite and on PostgreSQL.
//!
//! Reads take a connection from a pool ([`Db::read`]). Writes are *units* ([`Db::unit`]): a function from a connection
//! to a result that is run as one transaction and answered only after the commit. On SQLite all units pass through one
//! writer task that commits up to 64 of them together, each in its own savepoint; on PostgreSQL each is a transaction
//! of its own that is tried again when another got in the way.

mod migrate;
mod query;
mod writer;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Sqlite, Transaction, pool::PoolConnection};

pub use query::{Query, Record, Value};

/// What can go wrong between the program and its database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The domain refused, with the reason for the user.
    #[error(transparent)]
    Fault(#[from] domain::fault::Fault),
    /// The database could not be reached or gave up.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Another unit got in the way too often.
    #[error("too many units at once on the same rows")]
    Contended,
    /// A stored value cannot be read: table and row.
    #[error("unreadable row in {table}: {row}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Key of the row.
        row: String,
    },
    /// The schema is newer than this program, or was changed by hand.
    #[error("{0}")]
    Schema(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A content file is wrong; the text names file and line.
    #[error("{0}")]
    Content(String),
}

/// Result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The future of a unit.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// The database, whichever engine it is. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite { readers: SqlitePool, writer: writer::Writer },
    Postgres(PgPool),
}

/// A connection, to read with or inside a unit.
pub enum Conn {
    /// A reader of the embedded database.
    SqliteReader(PoolConnection<Sqlite>),
    /// The one writer of the embedded database.
    SqliteWriter(Box<sqlx::SqliteConnection>),
    /// A reader of PostgreSQL.
    PostgresReader(PoolConnection<Postgres>),
    /// A transaction on PostgreSQL.
    PostgresUnit(Box<Transaction<'static, Postgres>>),
}

/// Which engine, where the text of a statement has to differ (full-text search only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Embedded.
    Sqlite,
    /// Served.
    Postgres,
}

impl Db {
    /// Opens (and makes, if need be) the embedded database in `file`, and brings its schema up to date.
    pub async fn sqlite(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-1500")
            .pragma("temp_store", "memory");
        // The writer touches the ends of a few indices; the readers are those who scan.
        let writer = writer::Writer::start(&options.clone().pragma("cache_size", "-2000")).await?;
        let readers =
            SqlitePoolOptions::new().max_connections(4).connect_with(options.create_if_missing(false).pragma("query_only", "1")).await?;
        Ok(Self { engine: Engine::Sqlite { readers, writer } })
    }

    /// Connects to a PostgreSQL server and brings its schema up to date.
    pub async fn postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(10)).connect_with(options).await?;
        migrate::postgres(&pool).await?;
        Ok(Self { engine: Engine::Postgres(pool) })
    }

    /// Which engine this is.
    pub fn kind(&self) -> Kind {
        match self.engine {
            Engine::Sqlite { .. } => Kind::Sqlite,
            Engine::Postgres(_) => Kind::Postgres,
        }
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Conn> {
        match &self.engine {
            Engine::Sqlite { readers, .. } => Ok(Conn::SqliteReader(readers.acquire().await?)),
            Engine::Postgres(pool) => Ok(Conn::PostgresReader(pool.acquire().await?)),
        }
    }

    /// Runs `work` on `input` as one unit and answers after the commit. `work` may run several times, so it has no
    /// effect outside the database. Right on both engines by guarded statements and unique keys (READ COMMITTED).
    pub async fn unit<I, T>(&self, input: I, work: for<'c> fn(&'c mut Conn, &'c I) -> Work<'c, T>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run(input, work, "begin isolation level read committed").await
    }

    /// Like [`Db::unit`], for the few units that read several rows and then decide.
    pub async fn serializable<I, T>(&self, input: I, work: for<'c> fn(&'c mut Conn, &'c I) -> Work<'c, T>) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run(input, work, "begin isolation level serializable").await
    }

    async fn run<I, T>(&self, input: I, work: for<'c> fn(&'c mut Conn, &'c I) -> Work<'c, T>, begin: &'static str) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite { writer, .. } => writer.unit(input, work).await,
            Engine::Postgres(pool) => {
                let input = Arc::new(input);
                for attempt in 0..8u32 {
                    let mut conn = Conn::PostgresUnit(Box::new(pool.begin_with(begin).await?));
                    let outcome = work(&mut conn, &input).await;
                    let Conn::PostgresUnit(unit) = conn else { unreachable!("a unit stays a unit") };
                    let outcome = match outcome {
                        Ok(value) => unit.commit().await.map(|()| value).map_err(Error::from),
                        Err(error) => {
                            unit.rollback().await.ok();
                            Err(error)
                        }
                    };
                    match outcome {
                        Err(Error::Database(error)) if in_the_way(&error) => {
                            // Spread the next tries by the address of the input: no randomness is needed for that.
                            let spread = (Arc::as_ptr(&input) as usize as u64 >> 4) % 7;
                            tokio::time::sleep(Duration::from_millis((1 << attempt) + spread)).await;
                        }
                        outcome => return outcome,
                    }
                }
                Err(Error::Contended)
            }
        }
    }

    /// Waits until everything handed in is written, then closes all connections.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

/// Whether a failed unit may succeed when it is run again.
fn in_the_way(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}

/// Whether a statement failed because a unique key was already there.
pub fn is_duplicate(error: &Error) -> bool {
    matches!(error, Error::Database(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()))
}

/// Splits a migration or schema text into its statements for one engine: blocks between `-- only sqlite` or
/// `-- only postgres` and `-- end` belong to that engine alone; a statement ends with `;` at the end of a line.
fn statements(text: &str, kind: Kind) -> Vec<String> {
    let mut out = Vec::new();
    let mut statement = String::new();
    let mut skipping = false;
    for line in text.lines() {
        match line.trim() {
            "-- only sqlite" => skipping = kind != Kind::Sqlite,
            "-- only postgres" => skipping = kind != Kind::Postgres,
            "-- end" => skipping = false,
            trimmed if skipping || trimmed.is_empty() || trimmed.starts_with("--") => {}
            trimmed => {
                statement.push_str(line);
                statement.push('\n');
                if trimmed.ends_with(';') {
                    out.push(std::mem::take(&mut statement));
                }
            }
        }
    }
    out
}

/// Copies a SQLite database into a new file while others go on using it.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    use sqlx::{AssertSqlSafe, Connection};
    let options = SqliteConnectOptions::new().filename(from).read_only(true).busy_timeout(Duration::from_secs(30));
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await?;
    let target = to.display().to_string().replace('\'', "''");
    sqlx::raw_sql(AssertSqlSafe(format!("vacuum into '{target}'"))).execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}
