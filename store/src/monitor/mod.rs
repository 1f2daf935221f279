//! What officers and trainers see: the people of a scope with their enrolments and completion, and what waits for whom.
//! No query here runs without a [`PeopleScope`].

mod columns;
mod due;
mod enrolments;

use domain::Uuid;
use domain::permission::PeopleScope;
use domain::time::{Day, Millis};

use crate::{Conn, Result, Store, place};

pub use columns::{Behind, Columns, Figures as PlaceFigures, Kept, Measure, Targets};
pub use due::{DueEntry, DueList};
pub use enrolments::{EnrolmentFigures, EnrolmentFilter, EnrolmentRow};

/// What an officer looks for.
#[derive(Debug, Clone, Default)]
pub struct PeopleFilter {
    /// Region inside the scope; empty for all of it.
    pub region: String,
    /// Part of a name, or pinyin initials.
    pub name: String,
    /// `waiting` (待街道确认), `none` (no enrolment), `learning`, `completed`; empty for all.
    pub state: String,
    /// Key of the last row of the page before.
    pub after: Option<(String, Uuid)>,
    /// Rows wanted.
    pub limit: i64,
}

/// One person in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PersonRow {
    /// The person.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Sort key, for the cursor.
    pub sort_key: String,
    /// Last digits of the mobile.
    pub mobile_last4: Option<String>,
    /// Community or street.
    pub region: String,
    /// Its name.
    pub region_name: String,
    /// The node above.
    pub above_name: String,
    /// Organisation.
    pub organisation: Option<String>,
    /// Post.
    pub post: String,
    /// When the home was confirmed.
    pub confirmed_at: Option<Millis>,
    /// Since when the home stands.
    pub from_day: Day,
    /// Live enrolments.
    pub enrolled: i64,
    /// Completed ones.
    pub completed: i64,
    /// Minutes of the year that count.
    pub minutes: i64,
    /// Minutes of the year that wait for the street.
    pub waiting_minutes: i64,
    /// `active`, `deactivated`, `merged`.
    pub standing: String,
}

/// Figures of a scope: people once each (人数).
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct Figures {
    /// People with an account.
    pub people: i64,
    /// Of these, waiting for the street.
    pub waiting: i64,
    /// People with a live enrolment.
    pub enrolled: i64,
    /// People who completed at least one online part.
    pub completed: i64,
    /// Enrolments (人次).
    pub enrolments: i64,
    /// Minutes of the year that count.
    pub minutes: i64,
    /// Minutes of the year that wait for the street.
    pub waiting_minutes: i64,
}

/// Which learners of a course.
#[derive(Debug, Clone)]
pub struct EnrolledFilter {
    /// Only those who learn still and have not since this instant; zero for all.
    pub quiet_since: Millis,
    /// Key of the last row of the page before.
    pub after: Option<(Millis, Uuid)>,
    /// Rows wanted.
    pub limit: i64,
}

/// A learner in a course, for its trainer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Enrolled {
    /// The enrolment.
    pub id: Uuid,
    /// Who.
    pub person: Uuid,
    /// Name.
    pub name: String,
    /// District and street.
    pub region_name: String,
    /// State.
    pub state: String,
    /// When.
    pub occurred_at: Millis,
    /// Last action.
    pub touched_at: Millis,
    /// Lessons with hours granted.
    pub lessons_done: i64,
    /// Minutes granted.
    pub minutes: i64,
}

/// The condition of every people query: the person's home lies in a region that the actor's grants cover today. Binds
/// `$1` actor, `$2` day, `$3` floor, `$4` region or '', `$5` like pattern or '%', `$6` initials pattern, `$7` state.
/// `$region` is the home's region: as a column where few people are in scope (the database goes by place), wrapped where
/// many are (it goes by name and stops when the page is full).
macro_rules! scoped_people {
    ($columns:expr, $region:literal, $tail:expr) => {
        concat!(
            "select ",
            $columns,
            " from person p join home h on h.person = p.id and h.to_day is null
             where p.standing <> 'merged'
               and ",
            $region,
            " in (select c.descendant from region_closure c where c.ancestor in (select case when $4 = '' then g.region else $4 end from role_grant g
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and ($4 = '' or coalesce(h.region, '') in (select c.descendant from role_grant g join region_closure c on c.ancestor = g.region
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and (p.name like $5 escape '\\' or p.initials like $6)
               and ($7 = '' or ($7 = 'waiting' and h.confirmed_at is null)
                    or ($7 = 'none' and not exists (select 1 from enrolment e where e.person = p.id and e.live))
                    or ($7 = 'learning' and exists (select 1 from enrolment e where e.person = p.id and e.live and e.state <> 'completed'))
                    or ($7 = 'completed' and exists (select 1 from enrolment e where e.person = p.id and e.live and e.state = 'completed'))) ",
            $tail
        )
    };
}

/// A page of people: first who, then what is shown of each. Binds further `$8` year, `$9` and `$10` cursor, `$11` limit.
macro_rules! people_page {
    ($region:literal) => {
        concat!(
            "select p.id, p.name, p.sort_key, p.mobile_last4, h.region, r.short as region_name, coalesce(up.short, '') as above_name, o.name as organisation,
                    h.post, h.confirmed_at, h.from_day,
                    (select count(*) from enrolment e where e.person = p.id and e.live) as enrolled,
                    (select count(*) from enrolment e where e.person = p.id and e.live and e.state = 'completed') as completed,
                    cast(case when h.confirmed_at is null then 0 else k.minutes end as bigint) as minutes,
                    cast(case when h.confirmed_at is null then k.minutes else 0 end as bigint) as waiting_minutes, p.standing
             from (select q.id, coalesce((select sum(l.minutes) from ledger l where l.person = q.id and l.year = $8), 0) as minutes from (",
            scoped_people!("p.id", $region, "and (p.sort_key > $9 or (p.sort_key = $9 and p.id > $10)) order by p.sort_key, p.id limit $11"),
            ") q) k join person p on p.id = k.id join home h on h.person = p.id and h.to_day is null join region r on r.code = h.region
               left join region up on up.code = r.parent left join organisation o on o.id = h.organisation
             order by p.sort_key, p.id"
        )
    };
}

/// More people than are summed up row by row.
const MANY: i64 = 20_000;

fn patterns(name: &str) -> (String, String) {
    let name = name.trim();
    let initials = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    (place::like_pattern(name), if initials { format!("{}%", name.to_ascii_lowercase()) } else { "\u{1}".into() })
}

impl Store {
    /// Whether so many people live in the region of a filter, or in the whole scope, that they are not summed up row by row.
    pub async fn is_crowded(&self, scope: &PeopleScope, region: &str) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let (n,): (i64,) = conn
            .query(
                "select count(*) from (select 1 from home h where h.to_day is null
                   and h.region in (select c.descendant from region_closure c where c.ancestor in (
                     select case when $4 = '' then g.region else $4 end from role_grant g
                     where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2))) limit $5) t",
            )
            .bind(scope.actor)
            .bind(scope.day)
            .bind(scope.floor)
            .bind(region.to_owned())
            .bind(MANY + 1)
            .fetch_one()
            .await?;
        Ok(n > MANY)
    }

    /// People of the scope that match, in order of name, after a cursor.
    pub async fn people(&self, scope: &PeopleScope, filter: &PeopleFilter) -> Result<Vec<PersonRow>> {
        let (like, initials) = patterns(&filter.name);
        let (key, id) = filter.after.clone().unwrap_or_default();
        let crowded = self.is_crowded(scope, &filter.region).await?;
        let mut conn = self.db.read().await?;
        let query = if crowded { conn.query(people_page!("coalesce(h.region, '')")) } else { conn.query(people_page!("h.region")) };
        query
            .bind(scope.actor)
            .bind(scope.day)
            .bind(scope.floor)
            .bind(filter.region.clone())
            .bind(like)
            .bind(initials)
            .bind(filter.state.clone())
            .bind(domain::time::year_of(scope.day))
            .bind(key)
            .bind(id)
            .bind(filter.limit)
            .fetch_all()
            .await
    }

    /// Figures of the scope for the same filter, so that list and sum agree.
    pub async fn figures(&self, scope: &PeopleScope, filter: &PeopleFilter) -> Result<Figures> {
        let (like, initials) = patterns(&filter.name);
        let mut conn = self.db.read().await?;
        conn.query(concat!(
            "select count(*) as people, cast(coalesce(sum(case when f.confirmed_at is null then 1 else 0 end), 0) as bigint) as waiting,
                    cast(coalesce(sum(case when f.enrolled > 0 then 1 else 0 end), 0) as bigint) as enrolled,
                    cast(coalesce(sum(case when f.completed > 0 then 1 else 0 end), 0) as bigint) as completed,
                    cast(coalesce(sum(f.enrolled), 0) as bigint) as enrolments,
                    cast(coalesce(sum(case when f.confirmed_at is null then 0 else f.minutes end), 0) as bigint) as minutes,
                    cast(coalesce(sum(case when f.confirmed_at is null then f.minutes else 0 end), 0) as bigint) as waiting_minutes from (",
            scoped_people!(
                "h.confirmed_at, (select count(*) from enrolment e where e.person = p.id and e.live) as enrolled,
                 (select count(*) from enrolment e where e.person = p.id and e.live and e.state = 'completed') as completed,
                 (select sum(l.minutes) from ledger l where l.person = p.id and l.year = $8) as minutes",
                "h.region",
                ""
            ),
            ") f"
        ))
        .bind(scope.actor)
        .bind(scope.day)
        .bind(scope.floor)
        .bind(filter.region.clone())
        .bind(like)
        .bind(initials)
        .bind(filter.state.clone())
        .bind(domain::time::year_of(scope.day))
        .fetch_one()
        .await
    }

    /// Regions that the actor's grants cover, highest first.
    pub async fn scope_roots(&self, scope: &PeopleScope) -> Result<Vec<place::Node>> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select r.code, r.parent, r.level, r.kind, r.name, r.short, r.path from region r
             where r.code in (select g.region from role_grant g where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2))
             order by length(r.path), r.code",
        )
        .bind(scope.actor)
        .bind(scope.day)
        .bind(scope.floor)
        .fetch_all()
        .await
    }

    /// Learners of a course, for a trainer who was asked for permission; last active first, after a cursor.
    pub async fn enrolled(&self, course: &str, find: &EnrolledFilter) -> Result<Vec<Enrolled>> {
        let (at, id) = find.after.unwrap_or((Millis::MAX, Uuid::max()));
        let mut conn = self.db.read().await?;
        conn.query(
            "select e.id, e.person, p.name, coalesce(up.short, '') || ' ' || r.short as region_name, e.state, e.occurred_at, e.touched_at,
                    cast((select count(*) from ledger l where l.enrolment = e.id and l.lesson <> '') as bigint) as lessons_done,
                    cast((select coalesce(sum(l.minutes), 0) from ledger l where l.enrolment = e.id) as bigint) as minutes
             from enrolment e join person p on p.id = e.person join region r on r.code = e.region left join region up on up.code = r.parent
             where e.course = $1 and e.live and ($5 = 0 or (e.state = 'active' and e.touched_at < $5))
               and (e.touched_at < $2 or (e.touched_at = $2 and e.id < $3)) order by e.touched_at desc, e.id desc limit $4",
        )
        .bind(course.to_owned())
        .bind(at)
        .bind(id)
        .bind(find.limit)
        .bind(find.quiet_since)
        .fetch_all()
        .await
    }

    /// How many learners a course has, and how many of them have not learnt since an instant.
    pub async fn enrolled_count(&self, course: &str, quiet_since: Millis) -> Result<(i64, i64)> {
        let mut conn = self.db.read().await?;
        conn.query(
            "select count(*), cast(coalesce(sum(case when state = 'active' and touched_at < $2 then 1 else 0 end), 0) as bigint)
             from enrolment where course = $1 and live",
        )
        .bind(course.to_owned())
        .bind(quiet_since)
        .fetch_one()
        .await
    }

    /// The live enrolment with this id in a course, with its learner.
    pub async fn enrolled_one(&self, course: &str, enrolment: Uuid) -> Result<Option<Uuid>> {
        let mut conn = self.db.read().await?;
        let row: Option<(Uuid,)> = conn
            .query("select person from enrolment where id = $1 and course = $2 and live")
            .bind(enrolment)
            .bind(course.to_owned())
            .fetch_optional()
            .await?;
        Ok(row.map(|r| r.0))
    }

    /// How many learners of a course have not learnt since an instant, and since when the first of them.
    pub async fn quiet(&self, course: &str, since: Millis) -> Result<(i64, Option<Millis>)> {
        let mut conn = self.db.read().await?;
        conn.query("select count(*), min(touched_at) from enrolment where course = $1 and live and state = 'active' and touched_at < $2")
            .bind(course.to_owned())
            .bind(since)
            .fetch_one()
            .await
    }

    /// The courses that a person teaches today.
    pub async fn taught(&self, person: Uuid) -> Result<Vec<String>> {
        let mut conn = self.db.read().await?;
        let rows: Vec<(String,)> = conn
            .query("select course from course_trainer where person = $1 and from_day <= $2 and (to_day is null or to_day >= $2) order by course")
            .bind(person)
            .bind(self.today())
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|r| r.0).collect())
    }
}

/// Whether SQL scope covers a person: for the test that demands that it agrees with `may`.
pub async fn covers(conn: &mut Conn, scope: &PeopleScope, person: Uuid) -> Result<bool> {
    let row: Option<(Uuid,)> = conn
        .query(
            "select h.id from home h where h.person = $4 and h.to_day is null
               and exists (select 1 from role_grant g join region_closure c on c.ancestor = g.region
                           where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2) and c.descendant = h.region)",
        )
        .bind(scope.actor)
        .bind(scope.day)
        .bind(scope.floor)
        .bind(person)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}
