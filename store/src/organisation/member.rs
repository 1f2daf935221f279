//! Who belongs to which organisation.

use domain::Uuid;

use crate::{Result, Store};

impl Store {
    /// The main organisation of a person, once the street confirmed it.
    pub async fn main_organisation(&self, person: Uuid) -> Result<Option<Uuid>> {
        let mut conn = self.db.read().await?;
        let row: Option<(Option<Uuid>,)> = conn
            .query("select organisation from home where person = $1 and to_day is null and confirmed_at is not null")
            .bind(person)
            .fetch_optional()
            .await?;
        Ok(row.and_then(|r| r.0))
    }

    /// Every organisation that a person belongs to today, the main one first.
    pub async fn agencies(&self, person: Uuid) -> Result<Vec<Uuid>> {
        let main = self.main_organisation(person).await?;
        let mut conn = self.db.read().await?;
        let others: Vec<(Uuid,)> = conn
            .query(
                "select organisation from affiliation where person = $1 and from_day <= $2 and (to_day is null or to_day >= $2)
                 order by organisation",
            )
            .bind(person)
            .bind(self.today())
            .fetch_all()
            .await?;
        Ok(main.into_iter().chain(others.into_iter().map(|o| o.0)).collect())
    }
}
