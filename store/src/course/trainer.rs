//! Who teaches a course, and where its class is held.

use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use domain::permission::{Action, Actor, Place, Resource, Role, may};
use domain::time::{Day, iso_date};

use crate::people::manage::require;
use crate::{Result, Store};

/// A course that somebody teaches.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Teaching {
    /// Course code.
    pub course: String,
    /// First day.
    pub from_day: Day,
    /// Last day; open while none.
    pub to_day: Option<Day>,
}

impl Store {
    /// Where the open class of a course is held, with the regions above; nowhere while it is in preparation.
    pub async fn course_host(&self, course: &str) -> Result<Place> {
        let mut conn = self.db.read().await?;
        let row: Option<(String,)> = conn
            .query("select region from class where course = $1 and kind = 'open' and status = 'open' order by opened_at desc, id limit 1")
            .bind(course.to_owned())
            .fetch_optional()
            .await?;
        let place = match row {
            Some((region,)) => crate::place::place(&mut conn, &region).await?,
            None => None,
        };
        Ok(place.unwrap_or(Place(Vec::new())))
    }

    /// Makes a person the trainer of a course from today, without asking: for samples and the command line.
    pub async fn set_trainer(&self, course: &str, person: Uuid) -> Result<()> {
        self.write_trainer(None, course, person, None).await
    }

    /// Makes a person who holds the role of trainer the trainer of a course, from today until the last day (or open).
    pub async fn assign_trainer(&self, actor: &Actor, course: &str, person: Uuid, until: Option<Day>) -> Result<()> {
        self.may_assign(actor, course).await?;
        let grants = crate::people::grants(&mut self.db.read().await?, person).await?;
        if !grants.iter().any(|g| g.role == Role::Trainer && g.holds(self.today())) {
            return Err(Fault::Refused("not_a_trainer".into()).into());
        }
        if until.is_some_and(|day| day < self.today()) {
            return Err(Fault::Invalid(vec![FieldFault::new("until", Rule::Malformed)]).into());
        }
        self.write_trainer(Some(actor.person), course, person, until).await
    }

    /// Whether the actor decides who teaches a course.
    pub async fn may_assign(&self, actor: &Actor, course: &str) -> Result<()> {
        self.catalogue().await?.by_code(course).ok_or(Fault::Missing)?;
        let host = self.course_host(course).await?;
        Ok(require(may(actor, Action::AssignTrainer, &Resource::Course { trainers: &[], host: &host }))?)
    }

    async fn write_trainer(&self, actor: Option<Uuid>, course: &str, person: Uuid, until: Option<Day>) -> Result<()> {
        let mut change = self.change(actor, "trainer.assign", "person", person);
        change.after = format!("{course} {}", until.map_or_else(|| "open".into(), iso_date));
        self.db
            .unit((course.to_owned(), person, self.today(), until, change), |conn, (course, person, day, until, change)| {
                Box::pin(async move {
                    // A term that runs already ends yesterday and begins anew, so that every term stays on record.
                    conn.query("update course_trainer set to_day = $1 where course = $2 and person = $3 and from_day < $4 and (to_day is null or to_day >= $4)")
                        .bind(*day - 1)
                        .bind(course.clone())
                        .bind(*person)
                        .bind(*day)
                        .execute()
                        .await?;
                    conn.query("insert into course_trainer (course, person, from_day, to_day) values ($1, $2, $3, $4)
                                on conflict (course, person, from_day) do update set to_day = excluded.to_day")
                        .bind(course.clone())
                        .bind(*person)
                        .bind(*day)
                        .bind(*until)
                        .execute()
                        .await?;
                    crate::audit::write(conn, change).await
                })
            })
            .await
    }

    /// Ends a person's teaching of a course at once.
    pub async fn end_trainer(&self, actor: &Actor, course: &str, person: Uuid) -> Result<()> {
        self.may_assign(actor, course).await?;
        let mut change = self.change(Some(actor.person), "trainer.end", "person", person);
        change.before = course.to_owned();
        self.db
            .unit((course.to_owned(), person, self.today(), change), |conn, (course, person, day, change)| {
                Box::pin(async move {
                    let ended = conn
                        .query(
                            "update course_trainer set to_day = $1 where course = $2 and person = $3 and (to_day is null or to_day > $1)",
                        )
                        .bind(*day - 1)
                        .bind(course.clone())
                        .bind(*person)
                        .execute()
                        .await?;
                    if ended > 0 {
                        crate::audit::write(conn, change).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Who teaches a course today: ids and names.
    pub async fn trainers(&self, course: &str) -> Result<Vec<(Uuid, String)>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select p.id, p.name from course_trainer t join person p on p.id = t.person
             where t.course = $1 and t.from_day <= $2 and (t.to_day is null or t.to_day >= $2) and p.standing = 'active' order by p.sort_key, p.id",
        )
        .bind(course.to_owned())
        .bind(self.today())
        .fetch_all()
        .await
    }

    /// What a person teaches or taught, by course.
    pub async fn teachings(&self, person: Uuid) -> Result<Vec<Teaching>> {
        let mut conn = self.db.read().await?;
        conn.query("select course, from_day, to_day from course_trainer where person = $1 order by course, from_day")
            .bind(person)
            .fetch_all()
            .await
    }
}
