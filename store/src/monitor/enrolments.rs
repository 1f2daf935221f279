//! Enrolments of a scope, by the region that each one froze: whoever moves away stays in the figures of then.

use domain::Uuid;
use domain::permission::PeopleScope;
use domain::time::{Day, Millis};

use crate::{Result, Store};

/// What an officer looks for.
#[derive(Debug, Clone, Default)]
pub struct EnrolmentFilter {
    /// Region inside the scope; empty for all of it.
    pub region: String,
    /// Course code; empty for all.
    pub course: String,
    /// `active`, `completed` (in this year or an earlier one), `withdrawn`; empty for all that were not left.
    pub state: String,
    /// Id of the last row of the page before; newest come first.
    pub before: Option<Uuid>,
    /// Rows wanted.
    pub limit: i64,
}

/// One enrolment in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EnrolmentRow {
    /// The enrolment.
    pub id: Uuid,
    /// Who.
    pub person: Uuid,
    /// Name.
    pub name: String,
    /// Frozen region and the node above.
    pub region_name: String,
    /// Course code.
    pub course: String,
    /// Its title.
    pub title: String,
    /// State.
    pub state: String,
    /// Day of enrolment.
    pub day: Day,
    /// When the online part was done.
    pub completed_at: Option<Millis>,
    /// Lessons with hours granted.
    pub lessons_done: i64,
    /// Minutes granted that count.
    pub minutes: i64,
    /// Minutes that wait for the street to confirm the person.
    pub waiting_minutes: i64,
    /// 1 when the person still lives in the scope.
    pub here: i64,
}

/// Figures of the same filter.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct EnrolmentFigures {
    /// Enrolments (人次).
    pub enrolments: i64,
    /// People, once each (人数).
    pub people: i64,
    /// Enrolments whose online part is done.
    pub completed: i64,
    /// Minutes granted that count.
    pub minutes: i64,
    /// Minutes granted that wait for the street to confirm the person.
    pub waiting_minutes: i64,
}

/// Which enrolments. Binds `$1` actor, `$2` day, `$3` floor, `$4` region or '', `$5` course or '', `$6` state or ''. `$region`
/// is the enrolment's region: as a column where few are in scope, wrapped where many are.
macro_rules! scoped_enrolments {
    ($columns:expr, $region:literal, $tail:expr) => {
        concat!(
            "select ",
            $columns,
            " from enrolment e where ",
            $region,
            " in (select c.descendant from region_closure c where c.ancestor in (select case when $4 = '' then g.region else $4 end from role_grant g
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and ($4 = '' or coalesce(e.region, '') in (select c.descendant from role_grant g join region_closure c on c.ancestor = g.region
                  where g.person = $1 and g.role >= $3 and g.from_day <= $2 and (g.to_day is null or g.to_day >= $2)))
               and ($5 = '' or e.course = $5) and ((case e.state when 'past' then 'completed' else e.state end) = $6 or ($6 = '' and e.state <> 'withdrawn')) ",
            $tail
        )
    };
}

/// A page of enrolments: first which, then what is shown of each. Binds further `$7` cursor, `$8` limit.
macro_rules! enrolments_page {
    ($region:literal) => {
        concat!(
            "select e.id, e.person, p.name, coalesce(up.short, '') || ' ' || r.short as region_name, e.course, k.title, e.state, e.day, e.completed_at,
                    l.lessons as lessons_done,
                    cast(case when now.confirmed_at is null then 0 else l.minutes end as bigint) as minutes,
                    cast(case when now.confirmed_at is null then l.minutes else 0 end as bigint) as waiting_minutes,
                    cast((select count(*) from home h join region_closure c on c.descendant = h.region join role_grant g on g.region = c.ancestor
                          where h.person = e.person and h.to_day is null and g.person = $1 and g.role >= $3 and g.from_day <= $2
                            and (g.to_day is null or g.to_day >= $2)) as bigint) as here
             from (select q.id, cast(coalesce((select sum(case when g.lesson <> '' then 1 else 0 end) from ledger g where g.person = q.person and g.enrolment = q.id), 0) as bigint) as lessons,
                          cast(coalesce((select sum(g.minutes) from ledger g where g.person = q.person and g.enrolment = q.id), 0) as bigint) as minutes from (",
            scoped_enrolments!("e.id, e.person", $region, "and e.id < $7 order by e.id desc limit $8"),
            ") q) l join enrolment e on e.id = l.id join person p on p.id = e.person join home now on now.person = e.person and now.to_day is null
               join course k on k.code = e.course join region r on r.code = e.region left join region up on up.code = r.parent
             order by e.id desc"
        )
    };
}

impl Store {
    /// Enrolments of the scope that match, newest first, before a cursor.
    pub async fn scope_enrolments(&self, scope: &PeopleScope, filter: &EnrolmentFilter) -> Result<Vec<EnrolmentRow>> {
        let crowded = self.is_crowded(scope, &filter.region).await?;
        let mut conn = self.db.read().await?;
        let query = if crowded { conn.query(enrolments_page!("coalesce(e.region, '')")) } else { conn.query(enrolments_page!("e.region")) };
        query
            .bind(scope.actor)
            .bind(scope.day)
            .bind(scope.floor)
            .bind(filter.region.clone())
            .bind(filter.course.clone())
            .bind(filter.state.clone())
            .bind(filter.before.unwrap_or(Uuid::max()))
            .bind(filter.limit)
            .fetch_all()
            .await
    }

    /// Figures for the same filter, so that list and sum agree.
    pub async fn enrolment_figures(&self, scope: &PeopleScope, filter: &EnrolmentFilter) -> Result<EnrolmentFigures> {
        let mut conn = self.db.read().await?;
        conn.query(concat!(
            "select count(*) as enrolments, count(distinct f.person) as people,
                    cast(coalesce(sum(case when f.state in ('completed', 'past') then 1 else 0 end), 0) as bigint) as completed,
                    cast(coalesce(sum(case when now.confirmed_at is null then 0 else f.minutes end), 0) as bigint) as minutes,
                    cast(coalesce(sum(case when now.confirmed_at is null then f.minutes else 0 end), 0) as bigint) as waiting_minutes from (",
            scoped_enrolments!(
                "e.person, e.state, (select sum(g.minutes) from ledger g where g.person = e.person and g.enrolment = e.id) as minutes",
                "e.region",
                ""
            ),
            ") f join home now on now.person = f.person and now.to_day is null"
        ))
        .bind(scope.actor)
        .bind(scope.day)
        .bind(scope.floor)
        .bind(filter.region.clone())
        .bind(filter.course.clone())
        .bind(filter.state.clone())
        .fetch_one()
        .await
    }
}
