//! Who writes a draft together, and who has which card open at the moment.

use std::collections::BTreeMap;

use domain::Uuid;
use domain::fault::Fault;
use domain::time::Millis;

use super::Draft;
use crate::{Result, Store};

/// How long an open card counts as open unless it is said again, in milliseconds.
pub const OPEN_FOR: Millis = 90_000;
/// Most who write one draft besides its author.
const MOST_WRITERS: i64 = 8;

impl Store {
    /// Who writes a draft: its author first, then the others in the order in which they came.
    pub async fn writers(&self, draft: &Draft) -> Result<Vec<(Uuid, String)>> {
        let mut conn = self.db.read().await?;
        let others: Vec<(Uuid, String)> = conn
            .query(
                "select p.id, p.name from scenario_writer w join person p on p.id = w.person
                 where w.draft = $1 order by w.added_at, p.id",
            )
            .bind(draft.id)
            .fetch_all()
            .await?;
        Ok(std::iter::once((draft.author, draft.author_name.clone())).chain(others).collect())
    }

    /// Whether a person is one of those who wrote the scenario with this key.
    pub(super) async fn wrote(&self, person: Uuid, key: &str) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let row: Option<(Uuid,)> = conn
            .query(
                "select d.id from scenario_draft d where d.key = $1
                   and (d.author = $2 or exists (select 1 from scenario_writer w where w.draft = d.id and w.person = $2))",
            )
            .bind(key.to_owned())
            .bind(person)
            .fetch_optional()
            .await?;
        Ok(row.is_some())
    }

    /// Whether a person is one of those who write a draft.
    pub async fn writes(&self, person: Uuid, draft: &Draft) -> Result<bool> {
        Ok(self.writers(draft).await?.iter().any(|(id, _)| *id == person))
    }

    /// The author takes in somebody who teaches the same course.
    pub async fn add_writer(&self, author: Uuid, draft: &Draft, person: Uuid) -> Result<()> {
        let teaches = self.trainers(&draft.course).await?.iter().any(|(id, _)| *id == person);
        if draft.author != author || person == author || !teaches {
            return Err(Fault::Missing.into());
        }
        let input = (draft.id, person, self.now());
        let added: u64 = self
            .db
            .unit(input, |conn, (draft, person, at)| {
                Box::pin(async move {
                    conn.query(
                        "insert into scenario_writer (draft, person, added_at) select $1, $2, $3
                         where (select count(*) from scenario_writer where draft = $1) < $4
                         on conflict do nothing",
                    )
                    .bind(*draft)
                    .bind(*person)
                    .bind(*at)
                    .bind(MOST_WRITERS)
                    .execute()
                    .await
                })
            })
            .await?;
        match added {
            0 if !self.writes(person, draft).await? => Err(Fault::Refused("draft_writers".into()).into()),
            _ => Ok(()),
        }
    }

    /// Says that a person has a card open, and who else has.
    pub async fn at_card(&self, person: Uuid, draft: Uuid, node: &str) -> Result<Vec<String>> {
        let input = (draft, node.to_owned(), person, self.now());
        self.db
            .unit(input, |conn, (draft, node, person, now)| {
                Box::pin(async move {
                    conn.query(
                        "insert into scenario_presence (draft, node, person, until) values ($1, $2, $3, $4)
                         on conflict (draft, node, person) do update set until = excluded.until",
                    )
                    .bind(*draft)
                    .bind(node.clone())
                    .bind(*person)
                    .bind(*now + OPEN_FOR)
                    .execute()
                    .await
                })
            })
            .await?;
        let others = self.open_cards(person, draft).await?;
        Ok(others.get(node).cloned().unwrap_or_default())
    }

    /// The cards of a draft that others have open at the moment, with their names.
    pub async fn open_cards(&self, me: Uuid, draft: Uuid) -> Result<BTreeMap<String, Vec<String>>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<(String, String)> = conn
            .query(
                "select o.node, p.name from scenario_presence o join person p on p.id = o.person
                 where o.draft = $1 and o.until > $2 and o.person <> $3 order by o.node, p.sort_key, p.id",
            )
            .bind(draft)
            .bind(self.now())
            .bind(me)
            .fetch_all()
            .await?;
        let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
        rows.into_iter().for_each(|(node, name)| open.entry(node).or_default().push(name));
        Ok(open)
    }
}
