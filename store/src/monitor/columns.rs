//! The facts of people as columns in memory: read once, counted for any period in milliseconds. Read again when something
//! may have changed, never for more than a twentieth of the time; a page says when they were read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use domain::Uuid;
use domain::course::{ContentArea, DeliveryMode};
use domain::measure::{Counts, Due, Fact, Tag, Track, Tree, Window};
use domain::permission::PeopleScope;
use domain::time::{Day, Millis, day_of, year_of};

use crate::{Conn, Error, Result, Store};

/// People whose facts are read together.
const TOGETHER: usize = 4_000;
/// Columns are read again at the earliest after so many times as long as reading them took.
const REST: u32 = 20;
/// Windows whose figures are kept: a megabyte each in a city.
const COUNTED: usize = 8;

/// A measure of which there are columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// 报名: an enrolment that was not left.
    Enrolled,
    /// 参训: a lesson, run or session that earned hours.
    Learnt,
    /// 完成: the online part of a course.
    Completed,
}

/// What a person is, besides what they did.
#[derive(Debug, Clone, Copy)]
struct Standing {
    id: Uuid,
    /// Where they live today.
    home: u16,
    /// Whether the street confirmed that.
    confirmed: bool,
    /// Whether they lead an organisation today.
    leads: bool,
}

/// The columns of everybody.
pub struct Columns {
    codes: Vec<String>,
    levels: Vec<String>,
    tree: Tree,
    people: Vec<Standing>,
    /// Every place against the plan, with what lies below.
    targets: Vec<Targets>,
    /// 应训 by year.
    due: HashMap<i64, Due>,
    enrolled: Track,
    learnt: Track,
    completed: Track,
    /// When they were read.
    pub read_at: Millis,
    took: Duration,
    done: Instant,
    /// Figures that were asked for last, the newest at the end.
    counted: Mutex<Vec<(Window, Arc<Figures>)>>,
}

/// Where the columns are kept.
#[derive(Default)]
pub struct Kept {
    columns: RwLock<Option<Arc<Columns>>>,
    reading: tokio::sync::Mutex<()>,
}

/// Figures of every place for one window, rolled up the tree.
#[derive(Debug, Clone)]
pub struct Figures {
    /// 报名.
    pub enrolled: Counts,
    /// 参训, with minutes.
    pub learnt: Counts,
    /// 完成.
    pub completed: Counts,
    /// People who lead an organisation today, by home.
    pub leaders: Vec<i64>,
    /// Of these, those with a completion in the window.
    pub leaders_completed: Vec<i64>,
    /// People with a confirmed home, by home.
    pub residents: Vec<i64>,
    /// People whose home waits for the street: in no figure above.
    pub waiting: Vec<i64>,
    /// Communities below, and of these those in which nobody completed anything.
    pub communities: Vec<i64>,
    /// Communities without a completion.
    pub without: Vec<i64>,
    /// 应训 of the year in which the window ends; none where no list was frozen.
    pub due: Option<DueFigures>,
    /// Minutes by area and mode.
    minutes: std::collections::BTreeMap<Tag, Vec<i64>>,
}

/// Figures over a frozen list, by the place where people were when it was frozen.
#[derive(Debug, Clone)]
pub struct DueFigures {
    /// On the list.
    pub people: Vec<i64>,
    /// Of these, 报名.
    pub enrolled: Vec<i64>,
    /// Of these, 参训.
    pub learnt: Vec<i64>,
    /// Of these, 完成.
    pub completed: Vec<i64>,
    /// 计划外: who took part and is not on the list, by the place of the last fact.
    pub beside: Vec<i64>,
}

impl Figures {
    /// Minutes in and below a place, by area and mode.
    pub fn minutes(&self, place: usize) -> Vec<(ContentArea, DeliveryMode, i64)> {
        let named = |(tag, n): (&Tag, &Vec<i64>)| {
            Some((*ContentArea::ALL.get(usize::from(tag.area))?, *DeliveryMode::ALL.get(usize::from(tag.mode))?, *n.get(place)?))
        };
        self.minutes.iter().filter_map(named).collect()
    }
}

/// Place of an area or a mode among all, for a tag.
fn tag(area: &str, mode: &str) -> Tag {
    let area = ContentArea::ALL.iter().position(|a| a.code() == area).unwrap_or(15);
    let mode = DeliveryMode::ALL.iter().position(|m| m.code() == mode).unwrap_or(15);
    Tag { area: area as u8, mode: mode as u8 }
}

impl Columns {
    /// Place of a region.
    pub fn place(&self, code: &str) -> Option<u16> {
        self.codes.iter().position(|c| c == code).map(|at| at as u16)
    }

    /// How a place stands against the plan.
    pub fn targets(&self, place: usize) -> Targets {
        self.targets.get(place).copied().unwrap_or_default()
    }

    /// Facts in the columns, and the bytes that they take.
    pub fn size(&self) -> (usize, usize) {
        let tracks = [&self.enrolled, &self.learnt, &self.completed];
        let bytes = tracks.iter().map(|t| t.bytes()).sum::<usize>() + self.people.capacity() * size_of::<Standing>();
        (tracks.iter().map(|t| t.len()).sum(), bytes)
    }

    fn track(&self, measure: Measure) -> &Track {
        match measure {
            Measure::Enrolled => &self.enrolled,
            Measure::Learnt => &self.learnt,
            Measure::Completed => &self.completed,
        }
    }

    fn counts(&self, person: u32) -> bool {
        self.people.get(person as usize).is_some_and(|p| p.confirmed)
    }

    /// The figures of every place, counted once a window.
    pub fn figures(&self, window: &Window) -> Arc<Figures> {
        let known = |kept: &[(Window, Arc<Figures>)]| kept.iter().find(|(w, _)| w == window).map(|(_, f)| f.clone());
        if let Some(found) = self.counted.lock().ok().and_then(|kept| known(&kept)) {
            return found;
        }
        let found = Arc::new(self.count(window));
        if let Ok(mut kept) = self.counted.lock() {
            if kept.len() >= COUNTED {
                kept.remove(0);
            }
            kept.push((*window, found.clone()));
        }
        found
    }

    fn count(&self, window: &Window) -> Figures {
        let places = self.codes.len();
        let count = |measure| self.track(measure).count(window, places, |p| self.counts(p)).rolled(&self.tree);
        let mut leaders = vec![0; places];
        let mut leaders_completed = vec![0; places];
        let (mut residents, mut waiting) = (vec![0; places], vec![0; places]);
        for person in &self.people {
            let slot = if person.confirmed { &mut residents } else { &mut waiting };
            slot[usize::from(person.home)] += 1;
            leaders[usize::from(person.home)] += i64::from(person.leads && person.confirmed);
        }
        for person in self.completed.people(window, |p| self.counts(p) && self.people[p as usize].leads, |_| true) {
            leaders_completed[usize::from(self.people[person as usize].home)] += 1;
        }
        let completed = count(Measure::Completed);
        let is_community: Vec<bool> = self.levels.iter().map(|l| l == "community").collect();
        let mut communities: Vec<i64> = is_community.iter().map(|is| i64::from(*is)).collect();
        let mut without: Vec<i64> = is_community.iter().zip(&completed.people).map(|(is, n)| i64::from(*is && *n == 0)).collect();
        for figures in [&mut leaders, &mut leaders_completed, &mut residents, &mut waiting, &mut communities, &mut without] {
            self.tree.roll(figures);
        }
        let mut minutes = self.learnt.by_tag(window, places, |p| self.counts(p));
        minutes.values_mut().for_each(|by_place| self.tree.roll(by_place));
        Figures {
            due: self.due_figures(window),
            minutes,
            enrolled: count(Measure::Enrolled),
            learnt: count(Measure::Learnt),
            completed,
            leaders,
            leaders_completed,
            residents,
            waiting,
            communities,
            without,
        }
    }

    fn due_figures(&self, window: &Window) -> Option<DueFigures> {
        let places = self.codes.len();
        let due = self.due.get(&year_of(window.to)).filter(|due| !due.is_empty())?;
        let rolled = |mut column: Vec<i64>| {
            self.tree.roll(&mut column);
            column
        };
        let over = |measure| due.count(&self.did(measure, window), places);
        let beside = self.learnt.count(window, places, |p| self.counts(p) && !due.has(p)).people;
        let (people, learnt) = over(Measure::Learnt);
        Some(DueFigures {
            people: rolled(people),
            enrolled: rolled(over(Measure::Enrolled).1),
            learnt: rolled(learnt),
            completed: rolled(over(Measure::Completed).1),
            beside: rolled(beside),
        })
    }

    /// Everybody who did something in a window, wherever.
    fn did(&self, measure: Measure, window: &Window) -> Vec<u32> {
        self.track(measure).people(window, |p| self.counts(p), |_| true)
    }

    /// The people of a frozen list at a place: those who did something in the window, or those who did not.
    pub fn due(&self, measure: Measure, window: &Window, root: u16, done: bool) -> Vec<Uuid> {
        let inside = self.tree.below(root);
        let Some(due) = self.due.get(&year_of(window.to)) else { return Vec::new() };
        let found = due.people(&self.did(measure, window), done, |place| inside[usize::from(place)]);
        found.into_iter().map(|p| self.people[p as usize].id).collect()
    }

    /// 计划外 at a place: who took part and is not on the list.
    pub fn beside(&self, window: &Window, root: u16) -> Vec<Uuid> {
        let inside = self.tree.below(root);
        let due = self.due.get(&year_of(window.to)).cloned().unwrap_or_default();
        let found = self.learnt.people(window, |p| self.counts(p) && !due.has(p), |place| inside[usize::from(place)]);
        found.into_iter().map(|p| self.people[p as usize].id).collect()
    }

    /// The people behind a figure of a place, in the order of their ids.
    pub fn names(&self, measure: Measure, window: &Window, root: u16) -> Vec<Uuid> {
        let inside = self.tree.below(root);
        let found = self.track(measure).people(window, |p| self.counts(p), |place| inside[usize::from(place)]);
        found.into_iter().map(|p| self.people[p as usize].id).collect()
    }

    /// The leaders of a place: those with a completion in the window, or those without.
    pub fn leaders(&self, window: &Window, root: u16, completed: bool) -> Vec<Uuid> {
        let inside = self.tree.below(root);
        let done = self.completed.people(window, |p| self.counts(p), |_| true);
        let at_home = self.people.iter().enumerate().filter(|(_, p)| p.leads && p.confirmed && inside[usize::from(p.home)]);
        at_home.filter(|(at, _)| done.binary_search(&(*at as u32)).is_ok() == completed).map(|(_, p)| p.id).collect()
    }
}

impl Store {
    /// The columns, read now if there are none or they are old enough. One reads at a time; the others take what is there.
    pub async fn columns(&self) -> Result<Arc<Columns>> {
        let kept = || self.columns.columns.read().ok().and_then(|c| c.clone());
        let fresh = |c: &Arc<Columns>| c.done.elapsed() < c.took * REST;
        let there = kept();
        if let Some(columns) = there.as_ref().filter(|c| fresh(c)) {
            return Ok(columns.clone());
        }
        let reading = match (self.columns.reading.try_lock(), there) {
            (Ok(guard), _) => guard,
            (Err(_), Some(columns)) => return Ok(columns),
            (Err(_), None) => self.columns.reading.lock().await,
        };
        if let Some(columns) = kept().filter(fresh) {
            return Ok(columns);
        }
        let columns = Arc::new(self.read_columns().await?);
        if let Ok(mut slot) = self.columns.columns.write() {
            *slot = Some(columns.clone());
        }
        drop(reading);
        Ok(columns)
    }

    /// Reads the columns from the facts.
    pub async fn read_columns(&self) -> Result<Columns> {
        let begun = Instant::now();
        let read_at = self.now();
        let mut conn = self.db.read().await?;
        let regions: Vec<(String, Option<String>, String)> =
            conn.query("select code, parent, level from region order by length(path), code").fetch_all().await?;
        let places: HashMap<&str, u16> = regions.iter().enumerate().map(|(at, r)| (r.0.as_str(), at as u16)).collect();
        let above = regions.iter().map(|r| r.1.as_deref().and_then(|up| places.get(up).copied())).collect();
        let tree = Tree::of(above).ok_or(Error::Corrupt { table: "region", row: "path".into() })?;
        let people = people(&mut conn, &places, self.today()).await?;
        let mut columns = Columns {
            codes: Vec::new(),
            levels: Vec::new(),
            tree,
            enrolled: Track::default(),
            learnt: Track::default(),
            completed: Track::default(),
            read_at,
            took: Duration::ZERO,
            done: begun,
            counted: Mutex::default(),
            targets: Vec::new(),
            due: HashMap::new(),
            people,
        };
        for (part, chunk) in columns.people.chunks(TOGETHER).enumerate() {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { continue };
            let number = |id: &Uuid| chunk.binary_search_by(|p| p.id.cmp(id)).ok().map(|at| (part * TOGETHER + at) as u32);
            enrolments(&mut conn, (first.id, last.id), &places, number, &mut columns.enrolled, &mut columns.completed).await?;
            hours(&mut conn, (first.id, last.id), &places, number, &mut columns.learnt).await?;
        }
        let everybody = columns.people.len();
        [&mut columns.enrolled, &mut columns.learnt, &mut columns.completed].into_iter().for_each(|track| track.end(everybody));
        let years: Vec<(i64,)> = conn.query("select distinct year from due_list where size is not null order by year").fetch_all().await?;
        for (year,) in years {
            let on = super::due::on_lists(&mut conn, year).await?;
            let numbered = on.into_iter().filter_map(|(person, region)| {
                let at = columns.people.binary_search_by(|p| p.id.cmp(&person)).ok()?;
                Some((at as u32, Some(*places.get(region.as_str())?)))
            });
            columns.due.insert(year, Due::of(numbered));
        }
        columns.targets = targets(&mut conn, &places, &columns.tree, self.plan_policy().await?.brands).await?;
        (columns.codes, columns.levels) = regions.into_iter().map(|(code, _, level)| (code, level)).unzip();
        (columns.took, columns.done) = (begun.elapsed(), Instant::now());
        Ok(columns)
    }

    /// A page of the people of a list of ids, in its order, as the list behind a figure shows them. Of whoever has moved out of
    /// the scope only the name is said.
    pub async fn behind(&self, scope: &PeopleScope, ids: &[Uuid], skip: usize, limit: usize) -> Result<Vec<Behind>> {
        let page: Vec<Uuid> = ids.iter().skip(skip).take(limit).copied().collect();
        if page.is_empty() {
            return Ok(Vec::new());
        }
        let marks: Vec<String> = (0..page.len()).map(|n| format!("${}", n + 4)).collect();
        let mut conn = self.db.read().await?;
        let mut query = conn.made(format!(
            "select p.id, p.name, r.short as region_name, coalesce(up.short, '') as above_name, coalesce(o.name, '') as organisation, h.post,
                    cast((select count(*) from region_closure c join role_grant g on g.region = c.ancestor
                          where c.descendant = h.region and g.person = $1 and g.role >= $3 and g.from_day <= $2
                            and (g.to_day is null or g.to_day >= $2)) as bigint) as here
             from person p join home h on h.person = p.id and h.to_day is null join region r on r.code = h.region
               left join region up on up.code = r.parent left join organisation o on o.id = h.organisation
             where p.id in ({}) order by p.id",
            marks.join(", ")
        ));
        query = query.bind(scope.actor).bind(scope.day).bind(scope.floor);
        for id in page {
            query = query.bind(id);
        }
        let rows: Vec<Behind> = query.fetch_all().await?;
        Ok(rows.into_iter().map(Behind::seen).collect())
    }
}

/// How a region stands against the plan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Targets {
    /// Urban communities.
    pub urban: i64,
    /// Villages.
    pub rural: i64,
    /// Filed organisations of urban communities.
    pub urban_organisations: i64,
    /// Filed organisations of villages.
    pub rural_organisations: i64,
    /// Communities and villages with as many brands as the plan asks.
    pub branded: i64,
}

/// A person behind a figure.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Behind {
    /// Who.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Community.
    pub region_name: String,
    /// Street.
    pub above_name: String,
    /// Main organisation.
    pub organisation: String,
    /// Post in it.
    pub post: String,
    here: i64,
}

impl Behind {
    /// Whether they live where the asker looks after people.
    pub fn is_here(&self) -> bool {
        self.here > 0
    }

    fn seen(self) -> Self {
        match self.is_here() {
            true => self,
            false => {
                Self { region_name: String::new(), above_name: String::new(), organisation: String::new(), post: String::new(), ..self }
            }
        }
    }
}

/// Communities of a place with their filed organisations and brands.
async fn targets(conn: &mut Conn, places: &HashMap<&str, u16>, tree: &Tree, brands_asked: i64) -> Result<Vec<Targets>> {
    let rows: Vec<(String, i64, i64, i64)> = conn
        .query(
            "select r.code, cast(case when r.kind like '%village%' then 1 else 0 end as bigint), coalesce(n.organisations, 0), coalesce(b.brands, 0)
             from region r
               left join (select region, count(*) as organisations from organisation
                          where kind = 'community' and standing = 'confirmed' and filing_no is not null group by region) n on n.region = r.code
               left join (select o.region, count(distinct o.id) as brands from brand b join organisation o on o.id = b.organisation
                          where b.ended_on is null group by o.region) b on b.region = r.code
             where r.level = 'community' and r.to_day is null",
        )
        .fetch_all()
        .await?;
    let mut columns: [Vec<i64>; 5] = std::array::from_fn(|_| vec![0; tree.len()]);
    for (code, rural, organisations, brands) in rows {
        let Some(at) = places.get(code.as_str()).map(|at| usize::from(*at)) else { continue };
        let rural = usize::from(rural == 1);
        columns[rural][at] = 1;
        columns[2 + rural][at] = organisations;
        columns[4][at] = i64::from(brands >= brands_asked);
    }
    columns.iter_mut().for_each(|column| tree.roll(column));
    let [urban, rural, urban_organisations, rural_organisations, branded] = columns;
    Ok((0..tree.len())
        .map(|at| Targets {
            urban: urban[at],
            rural: rural[at],
            urban_organisations: urban_organisations[at],
            rural_organisations: rural_organisations[at],
            branded: branded[at],
        })
        .collect())
}

async fn people(conn: &mut Conn, places: &HashMap<&str, u16>, today: Day) -> Result<Vec<Standing>> {
    let mut out: Vec<Standing> = Vec::new();
    loop {
        let after = out.last().map_or(Uuid::nil(), |p| p.id);
        let rows: Vec<(Uuid, String, i64, i64)> = conn
            .query(
                "select p.id, h.region, cast(case when h.confirmed_at is null then 0 else 1 end as bigint),
                        cast(case when h.post = 'leader' and h.organisation is not null then 1
                             when exists (select 1 from affiliation a where a.person = p.id and a.post = 'leader' and a.from_day <= $2
                                          and (a.to_day is null or a.to_day >= $2)) then 1 else 0 end as bigint)
                 from person p join home h on h.person = p.id and h.to_day is null
                 where p.standing <> 'merged' and p.id > $1 order by p.id limit $3",
            )
            .bind(after)
            .bind(today)
            .bind(TOGETHER as i64)
            .fetch_all()
            .await?;
        let all = rows.len();
        out.extend(rows.into_iter().filter_map(|(id, region, confirmed, leads)| {
            Some(Standing { id, home: *places.get(region.as_str())?, confirmed: confirmed == 1, leads: leads == 1 })
        }));
        if all < TOGETHER {
            return Ok(out);
        }
    }
}

async fn enrolments(
    conn: &mut Conn,
    (first, last): (Uuid, Uuid),
    places: &HashMap<&str, u16>,
    number: impl Fn(&Uuid) -> Option<u32>,
    enrolled: &mut Track,
    completed: &mut Track,
) -> Result<()> {
    let rows: Vec<(Uuid, String, Day, Millis, Option<Millis>, String)> = conn
        .query(
            "select e.person, e.region, e.day, e.recorded_at, e.completed_at, c.area from enrolment e join course c on c.code = e.course
             where e.person >= $1 and e.person <= $2 and e.state <> 'withdrawn' order by e.person, e.day, e.id",
        )
        .bind(first)
        .bind(last)
        .fetch_all()
        .await?;
    for (person, region, day, recorded_at, completed_at, area) in rows {
        let (Some(person), Some(place)) = (number(&person), places.get(region.as_str())) else { continue };
        let fact = Fact { person, place: *place, day, recorded: day_of(recorded_at), tag: tag(&area, "online"), n: 0 };
        enrolled.push(fact);
        if let Some(at) = completed_at {
            completed.push(Fact { day: day_of(at), recorded: day_of(at), ..fact });
        }
    }
    Ok(())
}

async fn hours(
    conn: &mut Conn,
    (first, last): (Uuid, Uuid),
    places: &HashMap<&str, u16>,
    number: impl Fn(&Uuid) -> Option<u32>,
    learnt: &mut Track,
) -> Result<()> {
    let rows: Vec<(Uuid, String, Day, Millis, String, String, i64)> = conn
        .query(
            "select person, region, day, recorded_at, area, mode, minutes from ledger
             where person >= $1 and person <= $2 order by person, occurred_at",
        )
        .bind(first)
        .bind(last)
        .fetch_all()
        .await?;
    for (person, region, day, recorded_at, area, mode, minutes) in rows {
        let (Some(person), Some(place)) = (number(&person), places.get(region.as_str())) else { continue };
        let recorded = day_of(recorded_at).max(day);
        learnt.push(Fact { person, place: *place, day, recorded, tag: tag(&area, &mode), n: minutes.clamp(0, 60_000) as u16 });
    }
    Ok(())
}
