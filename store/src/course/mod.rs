//! Courses: content files, editions, the catalogue.

mod bundle;
mod catalogue;
mod load;
mod markdown;
mod quiz_text;
mod trainer;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use domain::Uuid;
use domain::course::Edition;
use domain::policy::OnlinePolicy;

use crate::{Error, Result, Store};

pub use bundle::{Bundle, File, fingerprint, read};
pub(crate) use bundle::{ParsedCourse, list};
pub use catalogue::{Card, Catalogue, Facet, Filter, Hours, Page, Sort};
pub use load::Rule;
pub(crate) use markdown::{blocks, html_of, plain_text, split, wrong};
pub(crate) use quiz_text::parse as parse_questions;
pub use trainer::Teaching;

/// What never changes once read: editions by id, and the catalogue of the content version at hand.
#[derive(Default)]
pub struct Editions {
    bodies: RwLock<HashMap<Uuid, Arc<Edition>>>,
    catalogue: RwLock<Option<Arc<Catalogue>>>,
}

/// The 自学班 of a course with its pinned edition and frozen policy.
#[derive(Debug, Clone)]
pub struct OpenClass {
    /// The class.
    pub id: Uuid,
    /// Id of the edition.
    pub edition: Uuid,
    /// The frozen policy.
    pub policy: OnlinePolicy,
}

impl Store {
    /// The edition with this id.
    pub async fn edition(&self, id: Uuid) -> Result<Arc<Edition>> {
        if let Some(edition) = self.editions.bodies.read().ok().and_then(|b| b.get(&id).cloned()) {
            return Ok(edition);
        }
        let mut conn = self.db.read().await?;
        let row: Option<(String,)> = conn.query("select body from edition where id = $1").bind(id).fetch_optional().await?;
        let unreadable = || Error::Corrupt { table: "edition", row: id.to_string() };
        let edition: Edition = serde_json::from_str(&row.ok_or_else(unreadable)?.0).map_err(|_| unreadable())?;
        let edition = Arc::new(edition);
        if let Ok(mut bodies) = self.editions.bodies.write() {
            bodies.insert(id, edition.clone());
        }
        Ok(edition)
    }

    /// The catalogue, read once a content version.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>> {
        if let Some(catalogue) = self.editions.catalogue.read().ok().and_then(|c| c.clone()) {
            return Ok(catalogue);
        }
        let catalogue = Arc::new(catalogue::load(self).await?);
        if let Ok(mut slot) = self.editions.catalogue.write() {
            *slot = Some(catalogue.clone());
        }
        Ok(catalogue)
    }

    /// Forgets the catalogue, so that the next reader sees newly loaded content (also what another node loaded).
    pub fn forget_catalogue(&self) {
        if let Ok(mut slot) = self.editions.catalogue.write() {
            *slot = None;
        }
    }

    /// The current edition of a course in the catalogue.
    pub async fn current_edition(&self, card: &Card) -> Result<Arc<Edition>> {
        self.edition(card.edition).await
    }

    /// The class that is open for enrolment in a course, if any.
    pub async fn open_class(&self, course: &str) -> Result<Option<OpenClass>> {
        let mut conn = self.db.read().await?;
        let row: Option<(Uuid, Uuid, String)> = conn
            .query("select id, edition, policy_body from class where course = $1 and kind = 'open' and status = 'open' order by opened_at desc, id limit 1")
            .bind(course.to_owned())
            .fetch_optional()
            .await?;
        row.map(|(id, edition, policy)| Ok(OpenClass { id, edition, policy: read_policy(&policy, id)? })).transpose()
    }
}

/// Reads a frozen policy.
pub(crate) fn read_policy(text: &str, class: Uuid) -> Result<OnlinePolicy> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt { table: "class", row: class.to_string() })
}
