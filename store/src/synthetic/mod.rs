//! A synthetic city: organisations, people, enrolments, lessons and hours of one year, in the size that the programme
//! expects, reproducible from a seed. Names are surnames with numerals, so that nobody is meant; the database is marked
//! synthetic at birth and has no sign-in but those that are made for it.
//!
//! Sizes: 领域简报 §4 (81,400 organisations, 250,000 or 420,000 learners, 164,000 of them active, 2.5 enrolments each).

mod rows;

use std::collections::BTreeMap;

use domain::Uuid;
use domain::seed::Draw;
use domain::time::{Day, Millis, day_number, start_of, year_of};

use crate::{Conn, Error, Result, Store, words};
use rows::{Cell, Rows};

/// How large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Organisations.
    pub organisations: u64,
    /// Learners.
    pub people: u64,
    /// Of these, those who learn this year.
    pub active: u64,
}

impl Scale {
    /// The city.
    pub const CITY: Self = Self { organisations: 81_400, people: 250_000, active: 164_000 };
    /// The city as large as it may become.
    pub const LARGE: Self = Self { organisations: 138_500, people: 420_000, active: 164_000 };
    /// A tenth of the city.
    pub const TENTH: Self = Self { organisations: 8_140, people: 25_000, active: 16_400 };
    /// Enough for a test.
    pub const SMALL: Self = Self { organisations: 400, people: 1_200, active: 700 };

    /// Reads a name of the command line.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "city" => Some(Self::CITY),
            "large" => Some(Self::LARGE),
            "tenth" => Some(Self::TENTH),
            "small" => Some(Self::SMALL),
            _ => None,
        }
    }
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Organisations.
    pub organisations: u64,
    /// People.
    pub people: u64,
    /// Further affiliations.
    pub affiliations: u64,
    /// Enrolments.
    pub enrolments: u64,
    /// Lessons done, each with its hours.
    pub lessons: u64,
}

/// Rows that are written together.
const TOGETHER: usize = 12_000;
/// Learners of a thousand whose home waits for the street.
const UNCONFIRMED: u64 = 20;
/// Of a hundred lessons, those that a learner who is enrolled finishes at least.
const DILIGENCE: u64 = 55;
/// Last day of the year on which something happens, from 0.
const LAST_DAY: u64 = 320;

const SURNAMES: [&str; 20] =
    ["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱", "秦", "尤", "许"];
const NUMERALS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const TEAMS: [(&str, &str, &str); 8] = [
    ("合唱队", "culture_sports", "volunteering"),
    ("太极队", "culture_sports", ""),
    ("志愿服务队", "public_benefit", "volunteering"),
    ("调解室", "mutual_aid", "mediation"),
    ("议事会", "service", "deliberation"),
    ("巡逻队", "public_benefit", "public_order volunteering"),
    ("邻里互助社", "mutual_aid", "property"),
    ("环境护卫队", "public_benefit", "environment"),
];

/// A course as far as it matters here.
struct Course {
    code: String,
    class: Uuid,
    area: String,
    lessons: Vec<(String, i64)>,
    rule: String,
}

/// Everything that waits to be written, by table in the order of what rests on what.
struct Waiting {
    organisation: Rows,
    record: Rows,
    person: Rows,
    home: Rows,
    grant: Rows,
    affiliation: Rows,
    enrolment: Rows,
    fact: Rows,
    ledger: Rows,
}

impl Waiting {
    fn new() -> Self {
        Self {
            organisation: Rows::new("organisation", &["id", "region", "name", "sort_key", "standing", "created_at", "kind", "filing_no"]),
            record: Rows::new(
                "organisation_record",
                &[
                    "id",
                    "organisation",
                    "from_day",
                    "name",
                    "region",
                    "standing",
                    "nature",
                    "fields",
                    "themes",
                    "rural",
                    "filed_on",
                    "members",
                    "recorded_at",
                ],
            ),
            person: Rows::new(
                "person",
                &[
                    "id",
                    "name",
                    "sort_key",
                    "initials",
                    "standing",
                    "failed_sign_ins",
                    "must_change_password",
                    "theme",
                    "mode",
                    "text_size",
                    "created_at",
                ],
            ),
            home: Rows::new("home", &["id", "person", "region", "organisation", "post", "from_day", "confirmed_at"]),
            grant: Rows::new("role_grant", &["id", "person", "role", "region", "from_day", "granted_at"]),
            affiliation: Rows::new("affiliation", &["id", "person", "organisation", "post", "from_day"]),
            enrolment: Rows::new(
                "enrolment",
                &[
                    "id",
                    "person",
                    "class",
                    "course",
                    "state",
                    "live",
                    "region",
                    "organisation",
                    "occurred_at",
                    "recorded_at",
                    "day",
                    "completed_at",
                    "touched_at",
                ],
            ),
            fact: Rows::new("lesson_fact", &["enrolment", "lesson", "kind", "id", "occurred_at", "recorded_at", "day"]),
            ledger: Rows::new(
                "ledger",
                &[
                    "id",
                    "person",
                    "enrolment",
                    "class",
                    "course",
                    "lesson",
                    "area",
                    "mode",
                    "minutes",
                    "evidence",
                    "evidence_ref",
                    "rule_version",
                    "year",
                    "region",
                    "organisation",
                    "occurred_at",
                    "recorded_at",
                    "day",
                ],
            ),
        }
    }

    fn all(&mut self) -> [&mut Rows; 9] {
        [
            &mut self.organisation,
            &mut self.record,
            &mut self.person,
            &mut self.home,
            &mut self.grant,
            &mut self.affiliation,
            &mut self.enrolment,
            &mut self.fact,
            &mut self.ledger,
        ]
    }
}

/// What one generation knows while it goes.
struct Making<'s> {
    store: &'s Store,
    draw: Draw,
    next: u64,
    begun: Millis,
    year: i64,
    waiting: Waiting,
    /// Figures by (measure, region, class, day, area), to be written as they would be once folded.
    figures: BTreeMap<(&'static str, String, Uuid, Day, String), i64>,
    made: Made,
}

/// An id from the seed and a running number: sorted as they are made.
fn id(begun: Millis, draw: &mut Draw, next: &mut u64) -> Uuid {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&draw.bits().to_be_bytes());
    let at = begun + (*next / 200) as Millis;
    random[0] = (*next % 200) as u8;
    *next += 1;
    crate::uuid_v7(at, &random)
}

impl Making<'_> {
    fn id(&mut self) -> Uuid {
        id(self.begun, &mut self.draw, &mut self.next)
    }

    async fn write(&mut self, whole: bool) -> Result<()> {
        let waiting: usize = self.waiting.all().iter().map(|rows| rows.len()).sum();
        if waiting == 0 || (!whole && waiting < TOGETHER) {
            return Ok(());
        }
        let batch: Vec<Rows> = self.waiting.all().map(|rows| rows.take()).into_iter().collect();
        self.store.db.unit(batch, |conn, batch| Box::pin(async move { write(conn, batch).await })).await
    }

    fn name(&mut self) -> String {
        let mut name = SURNAMES[self.draw.below(20) as usize].to_owned();
        for _ in 0..3 {
            name.push_str(NUMERALS[self.draw.below(10) as usize]);
        }
        name
    }

    fn organisation(&mut self, place: &(String, String, bool), number: u64) -> Uuid {
        let (region, short, rural) = place;
        let (team, nature, fields) = TEAMS[self.draw.below(8) as usize];
        let id = self.id();
        let name = format!("{short}{team}{}", number + 1);
        let filed = day_number_of(self.year - 1 - self.draw.below(5) as i64) + self.draw.below(300) as i64;
        self.waiting.organisation.push([
            Cell::Id(id),
            Cell::Text(region.clone()),
            Cell::Text(name.clone()),
            Cell::Text(words::sort_key(&name)),
            Cell::Word("confirmed"),
            Cell::Number(start_of(filed)),
            Cell::Word("community"),
            Cell::Text(format!("合成{:06}", self.made.organisations + 1)),
        ]);
        let record = self.id();
        let members = 8 + self.draw.below(60) as i64;
        self.waiting.record.push([
            Cell::Id(record),
            Cell::Id(id),
            Cell::Number(filed),
            Cell::Text(name),
            Cell::Text(region.clone()),
            Cell::Word("filed"),
            Cell::Word(nature),
            Cell::Word(fields),
            Cell::Word(""),
            Cell::Word(if *rural && self.made.organisations.is_multiple_of(40) { "elders" } else { "" }),
            Cell::Number(filed),
            Cell::Number(members),
            Cell::Number(start_of(filed)),
        ]);
        self.made.organisations += 1;
        id
    }

    fn person(&mut self, region: &str, organisation: Option<Uuid>, post: &'static str) -> Uuid {
        let (id, home, grant) = (self.id(), self.id(), self.id());
        let name = self.name();
        let from = day_number_of(self.year) - 30 - self.draw.below(600) as i64;
        self.waiting.person.push([
            Cell::Id(id),
            Cell::Text(name.clone()),
            Cell::Text(words::sort_key(&name)),
            Cell::Text(words::initials(&name)),
            Cell::Word("active"),
            Cell::Number(0),
            Cell::Bool(false),
            Cell::Word("auto"),
            Cell::Word("plain"),
            Cell::Word("m"),
            Cell::Number(start_of(from)),
        ]);
        let waits = self.draw.below(1_000) < UNCONFIRMED;
        self.waiting.home.push([
            Cell::Id(home),
            Cell::Id(id),
            Cell::Text(region.to_owned()),
            organisation.map_or(Cell::NoId, Cell::Id),
            Cell::Word(post),
            Cell::Number(from),
            if waits { Cell::NoNumber } else { Cell::Number(start_of(from)) },
        ]);
        let learner = domain::permission::Role::Learner.rank();
        self.waiting.grant.push([
            Cell::Id(grant),
            Cell::Id(id),
            Cell::Number(learner),
            Cell::Text(region.to_owned()),
            Cell::Number(from),
            Cell::Number(start_of(from)),
        ]);
        self.made.people += 1;
        id
    }

    fn figure(&mut self, measure: &'static str, region: &str, class: Uuid, day: Day, area: &str, n: i64) {
        *self.figures.entry((measure, region.to_owned(), class, day, area.to_owned())).or_default() += n;
    }

    /// Two or three courses of a person, each with the lessons that were done.
    fn learn(&mut self, person: Uuid, region: &str, organisation: Option<Uuid>, courses: &[Course]) {
        let first = self.draw.below(courses.len() as u64) as usize;
        let many = 2 + self.draw.below(2) as usize;
        for n in 0..many.min(courses.len()) {
            let course = &courses[(first + n * 5) % courses.len()];
            let enrolment = self.id();
            let day = day_number_of(self.year) + self.draw.below(LAST_DAY - 60) as i64;
            let at = start_of(day) + 9 * 3_600_000 + self.draw.below(36_000_000) as i64;
            let share = DILIGENCE + self.draw.below(101 - DILIGENCE + 40);
            let mut done = 0;
            let mut last = at;
            for (place, (lesson, minutes)) in course.lessons.iter().enumerate() {
                if self.draw.below(100) >= share {
                    continue;
                }
                let on = (day + place as i64 * 2 + self.draw.below(4) as i64).min(day_number_of(self.year) + LAST_DAY as i64);
                let then = start_of(on) + 10 * 3_600_000 + self.draw.below(30_000_000) as i64;
                (done, last) = (done + 1, last.max(then));
                let (fact, entry) = (self.id(), self.id());
                self.waiting.fact.push([
                    Cell::Id(enrolment),
                    Cell::Text(lesson.clone()),
                    Cell::Word("read"),
                    Cell::Id(fact),
                    Cell::Number(then),
                    Cell::Number(then),
                    Cell::Number(on),
                ]);
                self.waiting.ledger.push([
                    Cell::Id(entry),
                    Cell::Id(person),
                    Cell::Id(enrolment),
                    Cell::Id(course.class),
                    Cell::Text(course.code.clone()),
                    Cell::Text(lesson.clone()),
                    Cell::Text(course.area.clone()),
                    Cell::Word("online"),
                    Cell::Number(*minutes),
                    Cell::Word("online"),
                    Cell::Word("synthetic"),
                    Cell::Text(course.rule.clone()),
                    Cell::Number(self.year),
                    Cell::Text(region.to_owned()),
                    organisation.map_or(Cell::NoId, Cell::Id),
                    Cell::Number(then),
                    Cell::Number(then),
                    Cell::Number(on),
                ]);
                self.figure("minutes", region, course.class, on, &course.area, *minutes);
                self.made.lessons += 1;
            }
            let whole = done == course.lessons.len();
            self.waiting.enrolment.push([
                Cell::Id(enrolment),
                Cell::Id(person),
                Cell::Id(course.class),
                Cell::Text(course.code.clone()),
                Cell::Word(if whole { "completed" } else { "active" }),
                Cell::Bool(true),
                Cell::Text(region.to_owned()),
                organisation.map_or(Cell::NoId, Cell::Id),
                Cell::Number(at),
                Cell::Number(at),
                Cell::Number(day),
                if whole { Cell::Number(last) } else { Cell::NoNumber },
                Cell::Number(last),
            ]);
            self.figure("enrolled", region, course.class, day, &course.area, 1);
            if whole {
                self.figure("completed", region, course.class, domain::time::day_of(last), &course.area, 1);
            }
            self.made.enrolments += 1;
        }
    }

    /// The figures as they stand once everything is folded.
    async fn fold(&mut self) -> Result<()> {
        let mut rows = Rows::new("roll_up", &["measure", "region", "class", "day", "area", "mode", "n"]);
        let figures = std::mem::take(&mut self.figures);
        let count = figures.len();
        for (at, ((measure, region, class, day, area), n)) in figures.into_iter().enumerate() {
            let mode = "online";
            rows.push([
                Cell::Word(measure),
                Cell::Text(region),
                Cell::Id(class),
                Cell::Number(day),
                Cell::Text(area),
                Cell::Word(mode),
                Cell::Number(n),
            ]);
            if rows.len() == TOGETHER || at + 1 == count {
                self.store.db.unit(vec![rows.take()], |conn, batch| Box::pin(async move { write(conn, batch).await })).await?;
            }
        }
        Ok(())
    }
}

fn day_number_of(year: i64) -> Day {
    day_number(domain::time::Date { year, month: 1, day: 1 })
}

async fn write(conn: &mut Conn, batch: &[Rows]) -> Result<()> {
    for rows in batch {
        rows.write(conn).await?;
    }
    Ok(())
}

impl Store {
    /// Fills an empty database with a synthetic city: content must be loaded, nobody may be there. `tell` hears how far it is.
    pub async fn generate(&self, scale: Scale, seed: u64, tell: impl Fn(&Made)) -> Result<Made> {
        if self.has_people().await? || self.setting("origin").await?.is_some_and(|origin| origin != "synthetic") {
            return Err(Error::Content("这个数据库里已经有人或有真实数据，合成数据只能放进空的数据库。".into()));
        }
        self.set_origin("synthetic").await?;
        let mut conn = self.db.read().await?;
        let places: Vec<(String, String, String)> = conn
            .query("select code, short, kind from region where level = 'community' and tree = 'admin' and to_day is null order by code")
            .fetch_all()
            .await?;
        drop(conn);
        let places: Vec<(String, String, bool)> =
            places.into_iter().map(|(code, short, kind)| (code, short, kind.contains("village"))).collect();
        let courses = self.synthetic_courses().await?;
        if places.is_empty() || courses.is_empty() {
            return Err(Error::Content("先载入区划和课程，再生成合成数据。".into()));
        }
        let year = year_of(self.today());
        let mut making = Making {
            store: self,
            draw: Draw::new(seed),
            next: 0,
            begun: start_of(day_number_of(year)),
            year,
            waiting: Waiting::new(),
            figures: BTreeMap::new(),
            made: Made::default(),
        };
        // Fifteen to a community, eight to a village, as the plan asks on average.
        let weight = |rural: bool| if rural { 8 } else { 15 };
        let whole: u64 = places.iter().map(|p| weight(p.2)).sum();
        let (mut organisations, mut people, mut active, mut weighed) = (0, 0, 0, 0);
        for place in &places {
            weighed += weight(place.2);
            let upto = |all: u64| all * weighed / whole;
            let mut posts: Vec<(Option<Uuid>, &'static str)> = Vec::new();
            let mut number = 0;
            while organisations < upto(scale.organisations) {
                let id = making.organisation(place, number);
                posts.extend([(Some(id), "leader"), (Some(id), "backbone"), (Some(id), "backbone")]);
                (organisations, number) = (organisations + 1, number + 1);
            }
            let here = (upto(scale.people) - people) as usize;
            let mut members: Vec<(Uuid, Option<Uuid>)> = Vec::new();
            for (organisation, post) in posts {
                // One post in five is held by somebody of another organisation of the place.
                let second = members.len() >= here || (!members.is_empty() && making.draw.below(5) == 0);
                if second && !members.is_empty() {
                    let who = members[making.draw.below(members.len() as u64) as usize];
                    if who.1 != organisation {
                        let (id, from) = (making.id(), day_number_of(year) - 20);
                        making.waiting.affiliation.push([
                            Cell::Id(id),
                            Cell::Id(who.0),
                            organisation.map_or(Cell::NoId, Cell::Id),
                            Cell::Word(post),
                            Cell::Number(from),
                        ]);
                        making.made.affiliations += 1;
                    }
                } else if members.len() < here {
                    let id = making.person(&place.0, organisation, post);
                    members.push((id, organisation));
                }
            }
            while members.len() < here {
                let organisation = members.get(making.draw.below(members.len().max(1) as u64) as usize).and_then(|m| m.1);
                let id = making.person(&place.0, organisation, "practitioner");
                members.push((id, organisation));
            }
            people += members.len() as u64;
            let learn = (upto(scale.active) - active).min(members.len() as u64);
            active += learn;
            for (person, organisation) in members.into_iter().take(learn as usize) {
                making.learn(person, &place.0, organisation, &courses);
            }
            making.write(false).await?;
            tell(&making.made);
        }
        making.write(true).await?;
        making.fold().await?;
        Ok(making.made)
    }

    async fn synthetic_courses(&self) -> Result<Vec<Course>> {
        let mut out = Vec::new();
        for card in self.catalogue().await?.cards().iter().filter(|c| c.lessons > 0) {
            let Some(class) = self.open_class(&card.code).await? else { continue };
            let edition = self.edition(class.edition).await?;
            let policy = &class.policy;
            let minutes = |lesson: &domain::course::Lesson| policy.text_minutes(lesson.characters, policy.lesson_questions).max(1);
            out.push(Course {
                code: card.code.clone(),
                class: class.id,
                area: card.area.code().to_owned(),
                lessons: edition.lessons.iter().map(|l| (l.key.clone(), minutes(l))).collect(),
                rule: policy.version.clone(),
            });
        }
        Ok(out)
    }
}
