//! Forward-only migrations: one numbered file for both engines; name and digest are recorded, and a database that
//! knows more than this program is left alone.

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgPool, SqliteConnection};

use super::{Error, Kind, Result, statements};

/// Every migration, in order. Released files never change.
const FILES: [(&str, &str); 8] = [
    ("0001_floor", include_str!("../../migrations/0001_floor.sql")),
    ("0002_simulation", include_str!("../../migrations/0002_simulation.sql")),
    ("0003_library", include_str!("../../migrations/0003_library.sql")),
    ("0004_room", include_str!("../../migrations/0004_room.sql")),
    ("0005_author", include_str!("../../migrations/0005_author.sql")),
    ("0006_writers", include_str!("../../migrations/0006_writers.sql")),
    ("0007_organisation", include_str!("../../migrations/0007_organisation.sql")),
    ("0008_due", include_str!("../../migrations/0008_due.sql")),
];

const RECORD: &str = "create table if not exists migration (name text primary key, digest text not null)";

fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// The files that are still to be run, given the recorded ones.
fn pending(known: &[(String, String)]) -> Result<Vec<(&'static str, &'static str)>> {
    for (name, recorded) in known {
        match FILES.iter().find(|(file, _)| file == name) {
            None => {
                return Err(Error::Schema(format!("这个数据库由更新的版本建立（{name}），请换用同样新或更新的 yucai。")));
            }
            Some((_, text)) if &digest(text) != recorded => {
                return Err(Error::Schema(format!("数据库结构 {name} 与本程序记录的不一致，没有改动任何数据。")));
            }
            Some(_) => {}
        }
    }
    Ok(FILES.into_iter().filter(|(name, _)| !known.iter().any(|(k, _)| k == name)).collect())
}

pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    sqlx::raw_sql(RECORD).execute(&mut *conn).await?;
    let known: Vec<(String, String)> = sqlx::query_as("select name, digest from migration order by name").fetch_all(&mut *conn).await?;
    for (name, text) in pending(&known)? {
        let mut unit = conn.begin().await?;
        for statement in statements(text, Kind::Sqlite) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *unit).await?;
        }
        sqlx::query("insert into migration (name, digest) values ($1, $2)").bind(name).bind(digest(text)).execute(&mut *unit).await?;
        unit.commit().await?;
    }
    Ok(())
}

pub(super) async fn postgres(pool: &PgPool) -> Result<()> {
    let mut unit = pool.begin().await?;
    // Two nodes that start together take turns.
    sqlx::raw_sql("select pg_advisory_xact_lock(20211116)").execute(&mut *unit).await?;
    sqlx::raw_sql(RECORD).execute(&mut *unit).await?;
    let known: Vec<(String, String)> = sqlx::query_as("select name, digest from migration order by name").fetch_all(&mut *unit).await?;
    for (name, text) in pending(&known)? {
        for statement in statements(text, Kind::Postgres) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *unit).await?;
        }
        sqlx::query("insert into migration (name, digest) values ($1, $2)").bind(name).bind(digest(text)).execute(&mut *unit).await?;
    }
    unit.commit().await?;
    Ok(())
}
