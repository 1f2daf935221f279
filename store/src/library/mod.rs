//! The libraries: policies, cases, templates, papers; kept whole in memory once a content version.

mod read;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use domain::course::{Edition, Question};
use domain::library::{Library, PaperKind, Use, uses};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::search::Passage;
use crate::{Conn, Error, Result, Store};

pub(crate) use read::{Against, read};

/// The libraries with what rests on each policy.
#[derive(Debug, Default)]
pub struct Shelf {
    /// The libraries.
    pub library: Library,
    /// What rests on a policy, by its key.
    pub uses: HashMap<String, Vec<Use>>,
    /// Practice questions of the examination, those of courses and of practice papers, each with an id of its own.
    pub practice: Vec<(String, Question)>,
}

/// The shelf of the content version at hand.
#[derive(Default)]
pub struct Shelves(RwLock<Option<Arc<Shelf>>>);

impl Shelves {
    /// Forgets it, so that the next reader sees what was loaded.
    pub(crate) fn forget(&self) {
        if let Ok(mut shelf) = self.0.write() {
            *shelf = None;
        }
    }
}

impl Store {
    /// The libraries, read once a content version.
    pub async fn shelf(&self) -> Result<Arc<Shelf>> {
        if let Some(shelf) = self.shelves.0.read().ok().and_then(|s| s.clone()) {
            return Ok(shelf);
        }
        let library = {
            let mut conn = self.db.read().await?;
            Library {
                policies: bodies(&mut conn, "policy").await?,
                cases: bodies(&mut conn, "case").await?,
                templates: bodies(&mut conn, "template").await?,
                papers: bodies(&mut conn, "paper").await?,
            }
        };
        let mut editions = Vec::new();
        for card in self.catalogue().await?.cards() {
            editions.push(self.edition(card.edition).await?);
        }
        let mut scenarios = Vec::new();
        for card in self.scenarios().await?.iter().filter(|c| c.is_open_to(&[])) {
            scenarios.push(self.scenario(card.edition).await?.0);
        }
        let uses = library
            .policies
            .iter()
            .map(|p| (p.key.clone(), uses(p, editions.iter().map(|e| &**e), scenarios.iter().map(|s| &**s))))
            .collect();
        let practice = practice(&library, &editions);
        let shelf = Arc::new(Shelf { library, uses, practice });
        if let Ok(mut slot) = self.shelves.0.write() {
            *slot = Some(shelf.clone());
        }
        Ok(shelf)
    }
}

fn practice(library: &Library, editions: &[Arc<Edition>]) -> Vec<(String, Question)> {
    let lessons = editions.iter().flat_map(|e| e.lessons.iter().map(move |l| (format!("{}-{}", e.course, l.key), &l.questions)));
    let papers = library.papers.iter().filter(|p| p.kind == PaperKind::Practice).map(|p| (p.key.clone(), &p.questions));
    let named = |(bank, questions): (String, &Vec<Question>)| -> Vec<(String, Question)> {
        questions.iter().filter(|q| !q.node.is_empty()).map(|q| (format!("{bank}-{}", q.key), q.clone())).collect()
    };
    lessons.chain(papers).flat_map(named).collect()
}

async fn bodies<T: DeserializeOwned>(conn: &mut Conn, kind: &'static str) -> Result<Vec<T>> {
    let rows: Vec<(String, String)> =
        conn.query("select key, body from library where kind = $1 order by sort, key").bind(kind).fetch_all().await?;
    rows.into_iter().map(|(key, body)| serde_json::from_str(&body).map_err(|_| Error::Corrupt { table: "library", row: key })).collect()
}

async fn rows<T: Serialize>(conn: &mut Conn, kind: &'static str, items: &[T], key: impl Fn(&T) -> &str) -> Result<()> {
    for (sort, item) in items.iter().enumerate() {
        conn.query("insert into library (kind, key, sort, body) values ($1, $2, $3, $4)")
            .bind(kind)
            .bind(key(item).to_owned())
            .bind(sort as i64)
            .bind(serde_json::to_string(item).map_err(|e| Error::Content(e.to_string()))?)
            .execute()
            .await?;
    }
    Ok(())
}

/// Replaces the libraries, in the unit of the content.
pub(crate) async fn load(conn: &mut Conn, library: &Library) -> Result<()> {
    conn.query("delete from library").execute().await?;
    rows(conn, "policy", &library.policies, |p| &p.key).await?;
    rows(conn, "case", &library.cases, |c| &c.key).await?;
    rows(conn, "template", &library.templates, |t| &t.key).await?;
    rows(conn, "paper", &library.papers, |p| &p.key).await
}

/// What is found by searching the libraries.
pub(crate) fn passages(library: &Library) -> Vec<Passage> {
    let mut out = Vec::new();
    for policy in &library.policies {
        out.extend(Passage::of_item("policy", &policy.key, &policy.title, &crate::course::plain_text(&policy.html)));
    }
    for case in &library.cases {
        out.extend(Passage::of_item(
            "case",
            &case.key,
            &case.title,
            &format!("{}\n{}", case.summary, crate::course::plain_text(&case.html)),
        ));
    }
    for template in &library.templates {
        let text = format!("{}\n{}", template.summary, domain::document::text_of(&template.blocks));
        out.extend(Passage::of_item("template", &template.key, &template.title, &text));
    }
    out
}
