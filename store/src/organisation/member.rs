//! Who belongs to which organisation.

use domain::Uuid;
use domain::time::Day;

use crate::{Result, Store};

/// Somebody who belongs to an organisation.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    /// Who.
    pub person: Uuid,
    /// Name.
    pub name: String,
    /// Post: `leader`, `backbone`, `practitioner`, `resident`.
    pub post: String,
    /// First day.
    pub from_day: Day,
    /// Last day.
    pub to_day: Option<Day>,
    /// Whether it is their main organisation.
    pub main: bool,
}

impl Store {
    /// The people of an organisation: leaders first, those who left last. The caller has asked for the organisation.
    pub async fn members(&self, organisation: Uuid) -> Result<Vec<Member>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select m.person, p.name, m.post, m.from_day, m.to_day, m.main from (
               select person, post, from_day, to_day, true as main from home where organisation = $1
               union all select person, post, from_day, to_day, false as main from affiliation where organisation = $1) m
             join person p on p.id = m.person
             where p.standing <> 'merged' and (m.to_day is null or m.to_day >= m.from_day)
             order by case when m.to_day is null then 0 else 1 end,
               case m.post when 'leader' then 0 when 'backbone' then 1 when 'practitioner' then 2 else 3 end, p.sort_key, p.id, m.from_day limit 500",
        )
        .bind(organisation)
        .fetch_all()
        .await
    }

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

    /// The name of the main organisation of a person, once the street confirmed it.
    pub async fn main_organisation_name(&self, person: Uuid) -> Result<Option<String>> {
        let Some(id) = self.main_organisation(person).await? else { return Ok(None) };
        let mut conn = self.db.read().await?;
        let row: Option<(String,)> = conn.query("select name from organisation where id = $1").bind(id).fetch_optional().await?;
        Ok(row.map(|r| r.0))
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
