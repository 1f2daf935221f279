//! Statements with arguments of the right kind for the connection at hand.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};

use super::{Conn, Error, Result};

/// A value that both engines can take.
pub trait Value: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static {}
impl<T> Value for T where T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static {}

/// A row that both engines can give.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

enum Bound {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A statement being put together.
pub struct Query<'c> {
    conn: &'c mut Conn,
    sql: SqlStr,
    bound: Result<Bound, sqlx::Error>,
}

impl Conn {
    /// Starts a statement. Arguments are `$1`, `$2`, … on both engines.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        self.started(sql.into_sql_str())
    }

    /// Starts a statement that was put together from names of the program's own: many rows at once.
    pub(crate) fn made(&mut self, sql: String) -> Query<'_> {
        self.started(AssertSqlSafe(sql).into_sql_str())
    }

    fn started(&mut self, sql: SqlStr) -> Query<'_> {
        let bound = match self {
            Self::SqliteReader(_) | Self::SqliteWriter(_) => Bound::Sqlite(SqliteArguments::default()),
            Self::PostgresReader(_) | Self::PostgresUnit(_) => Bound::Postgres(PgArguments::default()),
        };
        Query { conn: self, sql, bound: Ok(bound) }
    }

    /// The engine behind this connection.
    pub fn kind(&self) -> super::Kind {
        match self {
            Self::SqliteReader(_) | Self::SqliteWriter(_) => super::Kind::Sqlite,
            Self::PostgresReader(_) | Self::PostgresUnit(_) => super::Kind::Postgres,
        }
    }
}

/// Runs `$call` on a connection with the right driver.
macro_rules! on_engine {
    ($conn:ident, $bound:ident, |$executor:ident, $args:ident| $call:expr) => {
        match ($conn, $bound?) {
            (Conn::SqliteReader(c), Bound::Sqlite($args)) => {
                let $executor = &mut **c;
                $call
            }
            (Conn::SqliteWriter(c), Bound::Sqlite($args)) => {
                let $executor = &mut **c;
                $call
            }
            (Conn::PostgresReader(c), Bound::Postgres($args)) => {
                let $executor = &mut **c;
                $call
            }
            (Conn::PostgresUnit(c), Bound::Postgres($args)) => {
                let $executor = &mut ***c;
                $call
            }
            _ => unreachable!("arguments are made for their connection"),
        }
    };
}

impl<'c> Query<'c> {
    /// Binds the next argument.
    pub fn bind(mut self, value: impl Value) -> Self {
        let added = match &mut self.bound {
            Ok(Bound::Sqlite(arguments)) => Arguments::add(arguments, value),
            Ok(Bound::Postgres(arguments)) => Arguments::add(arguments, value),
            Err(_) => Ok(()),
        };
        if let Err(error) = added {
            self.bound = Err(sqlx::Error::Encode(error));
        }
        self
    }

    /// Runs the statement and says how many rows it touched.
    pub async fn execute(self) -> Result<u64> {
        let Query { conn, sql, bound } = self;
        on_engine!(conn, bound, |executor, arguments| Ok(sqlx::query_with(sql, arguments).execute(executor).await?.rows_affected()))
    }

    /// At most one row.
    pub async fn fetch_optional<T: Record>(self) -> Result<Option<T>> {
        let Query { conn, sql, bound } = self;
        on_engine!(conn, bound, |executor, arguments| Ok(sqlx::query_as_with(sql, arguments).fetch_optional(executor).await?))
    }

    /// Exactly one row.
    pub async fn fetch_one<T: Record>(self) -> Result<T> {
        self.fetch_optional().await?.ok_or(Error::Database(sqlx::Error::RowNotFound))
    }

    /// Every row.
    pub async fn fetch_all<T: Record>(self) -> Result<Vec<T>> {
        let Query { conn, sql, bound } = self;
        on_engine!(conn, bound, |executor, arguments| Ok(sqlx::query_as_with(sql, arguments).fetch_all(executor).await?))
    }
}
