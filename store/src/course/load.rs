//! Loads a content bundle into the database: idempotent, all or nothing, in one unit.

use std::path::Path;

use domain::Uuid;
use domain::course::{CourseStatus, Edition};
use domain::library::Library;
use domain::policy::OnlinePolicy;
use domain::time::{Day, Millis, parse_date};

use super::bundle::{Bundle, ParsedCourse};
use crate::search::{self, Passage};
use crate::{Conn, Error, Result, Store, hash_of, library, place, simulation, words};

struct NewEdition {
    id: Uuid,
    class: Uuid,
    course: ParsedCourse,
    body: String,
    digest: String,
    sort: i64,
    passages: Vec<Passage>,
}

struct Load {
    editions: Vec<NewEdition>,
    policies: Vec<(OnlinePolicy, Day)>,
    rules: Vec<Rule>,
    simulations: simulation::Load,
    library: Library,
    passages: Vec<Passage>,
    digest: String,
    now: Millis,
    today: Day,
}

impl Store {
    /// Loads the content folder unless just this was loaded already; then it is not even read. Returns whether anything was.
    pub async fn load_folder(&self, content: &Path, media: &Path) -> Result<bool> {
        let loaded = self.setting("content").await?;
        if loaded.is_some() && loaded == Some(super::fingerprint(content)?) {
            return Ok(false);
        }
        self.load(super::read(content)?, media).await
    }

    /// Loads everything of a bundle that is new; `media` is the folder of the media store. Returns whether anything was.
    pub async fn load(&self, bundle: Bundle, media: &Path) -> Result<bool> {
        if self.setting("content").await?.as_deref() == Some(&bundle.digest) {
            return Ok(false);
        }
        let mut editions = Vec::new();
        for (i, course) in bundle.courses.into_iter().enumerate() {
            let body = serde_json::to_string(&course.edition).map_err(|e| Error::Content(e.to_string()))?;
            let passages = search::passages(&course);
            editions.push(NewEdition {
                id: self.new_id(),
                class: self.new_id(),
                digest: hash_of(&body),
                body,
                course,
                sort: i as i64,
                passages,
            });
        }
        let policies = bundle.policies.into_iter().map(|p| (parse_date(&p.from).unwrap_or_default(), p)).map(|(day, p)| (p, day)).collect();
        let simulations = self.simulation_load(bundle.scenarios)?;
        let passages = library::passages(&bundle.library);
        let load = Load {
            rules: bundle.rules,
            library: bundle.library,
            passages,
            editions,
            policies,
            simulations,
            digest: bundle.digest,
            now: self.now(),
            today: self.today(),
        };
        // Whatever refuses, refuses before the first thing is written.
        refuse(&mut self.db.read().await?, &load).await?;
        for file in &bundle.files {
            keep_file(media, &file.asset.hash, &file.path)?;
        }
        let from = parse_date("2023-06-30").unwrap_or_default();
        place::load(self, bundle.regions, from).await?;
        self.db.serializable(load, |conn, load| Box::pin(async move { write(conn, load).await })).await?;
        self.forget_catalogue();
        self.scenarios.forget();
        self.shelves.forget();
        Ok(true)
    }
}

/// Puts a file into the media store under its hash: written beside, synced, renamed, so that it is whole or not there.
pub(crate) fn keep_file(media: &Path, hash: &str, from: &Path) -> Result<()> {
    let fail = |path: &Path| {
        let path = path.display().to_string();
        move |source| Error::File { path, source }
    };
    std::fs::create_dir_all(media).map_err(fail(media))?;
    let target = media.join(hash);
    if target.exists() {
        return Ok(());
    }
    let part = media.join(format!("{hash}.part"));
    std::fs::copy(from, &part).map_err(fail(from))?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(fail(&part))?;
    std::fs::rename(&part, &target).map_err(fail(&target))?;
    Ok(())
}

/// Asks everything that can refuse a load.
async fn refuse(conn: &mut Conn, load: &Load) -> Result<()> {
    for rule in &load.rules {
        known_rule(conn, rule).await?;
    }
    for new in &load.editions {
        known_edition(conn, new).await?;
    }
    Ok(())
}

async fn write(conn: &mut Conn, load: &Load) -> Result<()> {
    for rule in &load.rules {
        rule_row(conn, rule).await?;
    }
    let policy = load
        .policies
        .iter()
        .filter(|(_, day)| *day <= load.today)
        .max_by_key(|(_, day)| *day)
        .map(|(policy, _)| policy)
        .ok_or_else(|| Error::Content("content/rules/online.yaml:1: 没有今天可用的一版".into()))?;
    let city = place::city(conn).await?;
    for new in &load.editions {
        let edition = edition_row(conn, new, load.now).await?;
        course_row(conn, new, edition, load.today).await?;
        if new.course.status == CourseStatus::Open {
            class_row(conn, new, edition, policy, &city, load.now).await?;
        }
    }
    simulation::load(conn, &load.simulations, load.now).await?;
    library::load(conn, &load.library).await?;
    let passages: Vec<&Passage> = load.editions.iter().flat_map(|e| &e.passages).chain(&load.passages).collect();
    search::replace(conn, &passages).await?;
    conn.query("insert into setting (key, value) values ('content', $1) on conflict (key) do update set value = excluded.value")
        .bind(load.digest.clone())
        .execute()
        .await?;
    Ok(())
}

/// A version of a rule as it is kept.
#[derive(Debug, Clone)]
pub struct Rule {
    kind: &'static str,
    version: String,
    from: Day,
    body: String,
}

impl Rule {
    /// A version of a rule of this kind, holding from a day (`yyyy-mm-dd`).
    pub(crate) fn of(kind: &'static str, version: &str, from: &str, policy: &impl serde::Serialize) -> Result<Self> {
        let body = serde_json::to_string(policy).map_err(|e| Error::Content(e.to_string()))?;
        Ok(Self { kind, version: version.to_owned(), from: parse_date(from).unwrap_or_default(), body })
    }
}

/// Whether this version of a rule is kept already; one that was used is never changed.
pub(crate) async fn known_rule(conn: &mut Conn, rule: &Rule) -> Result<bool> {
    let known: Option<(String,)> = conn
        .query("select body from policy where kind = $1 and version = $2")
        .bind(rule.kind)
        .bind(rule.version.clone())
        .fetch_optional()
        .await?;
    match known {
        Some((known,)) if known != rule.body => {
            Err(Error::Content(format!("content/rules/{}.yaml:1: {} 已经用过，不能改；请另加一版", rule.kind, rule.version)))
        }
        known => Ok(known.is_some()),
    }
}

/// Keeps a version of a rule.
pub(crate) async fn rule_row(conn: &mut Conn, rule: &Rule) -> Result<()> {
    if known_rule(conn, rule).await? {
        return Ok(());
    }
    conn.query("insert into policy (kind, version, from_day, body) values ($1, $2, $3, $4)")
        .bind(rule.kind)
        .bind(rule.version.clone())
        .bind(rule.from)
        .bind(rule.body.clone())
        .execute()
        .await?;
    Ok(())
}

/// What is kept of an edition: its row if nothing changed, else the revision to come. A changed key or answer needs a new
/// edition.
async fn known_edition(conn: &mut Conn, new: &NewEdition) -> Result<(Option<Uuid>, i64)> {
    let edition = &new.course.edition;
    let last: Option<(Uuid, i64, String, String)> = conn
        .query("select id, revision, digest, body from edition where course = $1 and number = $2 order by revision desc limit 1")
        .bind(edition.course.clone())
        .bind(edition.number)
        .fetch_optional()
        .await?;
    match last {
        Some((id, revision, digest, _)) if digest == new.digest => Ok((Some(id), revision)),
        Some((_, revision, _, body)) => {
            let before: Edition =
                serde_json::from_str(&body).map_err(|_| Error::Corrupt { table: "edition", row: edition.course.clone() })?;
            if new.course.status == CourseStatus::Open && !before.lessons.is_empty() && !same_keys(&before, edition) {
                return Err(Error::Content(format!(
                    "content/courses/{0}/course.md:2: {0} 第 {1} 版的课、题号或答案有变，请把 edition 加一",
                    edition.course, edition.number
                )));
            }
            Ok((None, revision + 1))
        }
        None => Ok((None, 1)),
    }
}

/// The row of this edition: the one that is there, a revision of its words, or a new one.
async fn edition_row(conn: &mut Conn, new: &NewEdition, now: Millis) -> Result<Uuid> {
    let edition = &new.course.edition;
    let (known, revision) = known_edition(conn, new).await?;
    if let Some(id) = known {
        return Ok(id);
    }
    conn.query("insert into edition (id, course, number, revision, digest, body, published_at) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(new.id)
        .bind(edition.course.clone())
        .bind(edition.number)
        .bind(revision)
        .bind(new.digest.clone())
        .bind(new.body.clone())
        .bind(now)
        .execute()
        .await
        .map(|_| new.id)
}

/// Whether two bodies differ in words only: the same lessons, questions, options and answers under the same keys.
fn same_keys(a: &Edition, b: &Edition) -> bool {
    let keys = |e: &Edition| -> Vec<String> {
        e.lessons
            .iter()
            .flat_map(|l| {
                l.questions.iter().map(|q| {
                    let choices: String = q.choices.iter().map(|c| c.key.as_str()).collect();
                    format!("{}/{}/{:?}/{choices}/{}", l.key, q.key, q.kind, q.answer.join("|"))
                })
            })
            .collect()
    };
    keys(a) == keys(b)
}

async fn course_row(conn: &mut Conn, new: &NewEdition, edition: Uuid, today: Day) -> Result<()> {
    let course = &new.course;
    let minutes = course.edition.minutes;
    let open = course.status == CourseStatus::Open;
    conn.query(
        "insert into course (code, slug, title, sort_key, summary, area, level, audience, status, sort, in_person_minutes, online_minutes,
           field_minutes, simulation_minutes, total_minutes, lessons, cover, edition, opened_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         on conflict (code) do update set slug = excluded.slug, title = excluded.title, sort_key = excluded.sort_key, summary = excluded.summary,
           area = excluded.area, level = excluded.level, audience = excluded.audience, status = excluded.status, sort = excluded.sort,
           in_person_minutes = excluded.in_person_minutes, online_minutes = excluded.online_minutes, field_minutes = excluded.field_minutes,
           simulation_minutes = excluded.simulation_minutes, total_minutes = excluded.total_minutes, lessons = excluded.lessons,
           cover = excluded.cover, edition = excluded.edition, opened_on = coalesce(course.opened_on, excluded.opened_on)",
    )
    .bind(course.edition.course.clone())
    .bind(course.slug.clone())
    .bind(course.edition.title.clone())
    .bind(words::sort_key(&course.edition.title))
    .bind(course.summary.clone())
    .bind(course.area.code())
    .bind(course.level.code())
    .bind(course.audience.clone())
    .bind(if open { "open" } else { "preparing" })
    .bind(new.sort)
    .bind(minutes.in_person)
    .bind(minutes.online)
    .bind(minutes.field)
    .bind(minutes.simulation)
    .bind(minutes.total())
    .bind(course.edition.lessons.len() as i64)
    .bind(course.cover.clone())
    .bind(edition)
    .bind(open.then_some(today))
    .execute()
    .await?;
    Ok(())
}

/// The 自学班 of the edition. A new edition gets a class of its own; the class of the edition before closes to new
/// enrolments and its learners stay where they are.
async fn class_row(conn: &mut Conn, new: &NewEdition, edition: Uuid, policy: &OnlinePolicy, city: &str, now: Millis) -> Result<()> {
    let course = &new.course.edition;
    let open: Option<(Uuid, i64)> = conn
        .query("select c.id, e.number from class c join edition e on e.id = c.edition where c.course = $1 and c.kind = 'open' and c.status = 'open' order by e.number desc limit 1")
        .bind(course.course.clone())
        .fetch_optional()
        .await?;
    match open {
        Some((class, number)) if number == course.number => {
            conn.query("update class set edition = $1 where id = $2").bind(edition).bind(class).execute().await?;
            return Ok(());
        }
        Some((class, _)) => {
            conn.query("update class set status = 'closed' where id = $1").bind(class).execute().await?;
        }
        None => {}
    }
    let body = serde_json::to_string(policy).map_err(|e| Error::Content(e.to_string()))?;
    conn.query(
        "insert into class (id, kind, course, edition, title, region, policy_version, policy_body, status, opened_at)
         values ($1, 'open', $2, $3, $4, $5, $6, $7, 'open', $8)",
    )
    .bind(new.class)
    .bind(course.course.clone())
    .bind(edition)
    .bind(course.title.clone())
    .bind(city.to_owned())
    .bind(policy.version.clone())
    .bind(body)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
