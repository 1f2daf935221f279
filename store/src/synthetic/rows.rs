//! Many rows at once, for an empty database that is filled.

use domain::Uuid;

use crate::db::Kind;
use crate::{Conn, Result};

/// Arguments of one statement at most: below the bound of both engines.
const ARGUMENTS: usize = 6_000;

/// A value of a row.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Id(Uuid),
    NoId,
    Number(i64),
    NoNumber,
    Text(String),
    Word(&'static str),
    Bool(bool),
}

/// Rows of one table that wait to be written.
pub(super) struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    cells: Vec<Cell>,
}

impl Rows {
    pub(super) fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, columns, cells: Vec::new() }
    }

    pub(super) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len(), "{}", self.table);
        self.cells.extend(row);
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.columns.len()
    }

    /// What waits, and nothing waits any more.
    pub(super) fn take(&mut self) -> Self {
        Self { table: self.table, columns: self.columns, cells: std::mem::take(&mut self.cells) }
    }

    /// Writes them.
    pub(super) async fn write(&self, conn: &mut Conn) -> Result<()> {
        let width = self.columns.len();
        for part in self.cells.chunks(ARGUMENTS / width * width) {
            let mut sql = format!("insert into {} ({}) values ", self.table, self.columns.join(", "));
            // SQLite looks a `$1` up among all names before it: thousands of them take a while.
            let mark = |n: usize| if conn.kind() == Kind::Sqlite { "?".to_owned() } else { format!("${n}") };
            for row in 0..part.len() / width {
                let marks: Vec<String> = (1..=width).map(|c| mark(row * width + c)).collect();
                sql.push_str(if row == 0 { "(" } else { ", (" });
                sql.push_str(&marks.join(", "));
                sql.push(')');
            }
            let mut query = conn.made(sql);
            for cell in part {
                query = match cell.clone() {
                    Cell::Id(id) => query.bind(id),
                    Cell::NoId => query.bind(None::<Uuid>),
                    Cell::Number(n) => query.bind(n),
                    Cell::NoNumber => query.bind(None::<i64>),
                    Cell::Text(text) => query.bind(text),
                    Cell::Word(word) => query.bind(word),
                    Cell::Bool(yes) => query.bind(yes),
                };
            }
            query.execute().await?;
        }
        Ok(())
    }
}
