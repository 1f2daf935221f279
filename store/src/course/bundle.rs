//! Reads the content folder: courses, lessons, banks, covers, rules. All or nothing: the first thing wrong is named by
//! file and line, and nothing is loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::load::Rule;
use domain::calendar::{Calendar, CalendarYear};
use domain::course::{
    Asset, ContentArea, CourseStatus, Cue, DeliveryMode, Edition, Handout, Lesson, Level, ModeMinutes, OutlineItem, Syllabus, Video,
};
use domain::credit;
use domain::filing::{Column, FilingPolicy};
use domain::library::{Library, Vocabulary};
use domain::policy::{ContentPolicy, OnlinePolicy, PlanPolicy, SimulationPolicy, TodoPolicy};
use domain::scenario::{Gravity, Scenario};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::markdown::{blocks, check_links, diagram, html_of, plain_text, split, text_of, with_diagrams, wrong};
use super::quiz_text;
use crate::place::Region;
use crate::{Error, Result, library};

/// A file to be kept in the media store.
#[derive(Debug, Clone)]
pub struct File {
    /// Its address.
    pub asset: Asset,
    /// Where it stands in the content folder.
    pub path: PathBuf,
}

/// A course with its edition.
#[derive(Debug, Clone)]
pub struct ParsedCourse {
    /// Stable part of the address.
    pub slug: String,
    /// One sentence.
    pub summary: String,
    /// Content area.
    pub area: ContentArea,
    /// Level.
    pub level: Level,
    /// For whom.
    pub audience: String,
    /// Whether people can enrol.
    pub status: CourseStatus,
    /// The cover, SVG.
    pub cover: String,
    /// The edition.
    pub edition: Edition,
}

impl ParsedCourse {
    /// Online lessons.
    pub fn lessons(&self) -> usize {
        self.edition.lessons.len()
    }

    /// Questions in all banks.
    pub fn questions(&self) -> usize {
        self.edition.lessons.iter().map(|l| l.questions.len()).sum()
    }
}

/// Everything in the content folder.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Courses by code.
    pub courses: Vec<ParsedCourse>,
    /// Versions of the online policy.
    pub policies: Vec<OnlinePolicy>,
    /// Every version of every rule.
    pub rules: Vec<Rule>,
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
    /// Policies, cases, templates, papers.
    pub library: Library,
    /// The region tree.
    pub regions: Vec<Region>,
    /// Files for the media store.
    pub files: Vec<File>,
    /// Digest of all that was read.
    pub digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CourseHead {
    code: String,
    slug: String,
    title: String,
    summary: String,
    area: ContentArea,
    level: Level,
    audience: String,
    hours: HoursHead,
    #[serde(default)]
    prerequisites: Vec<String>,
    status: CourseStatus,
    edition: i64,
    outcomes: Vec<String>,
    #[serde(default)]
    outline: Vec<OutlineHead>,
    sources: Vec<String>,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursHead {
    in_person: f64,
    online: f64,
    field: f64,
    simulation: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlineHead {
    mode: DeliveryMode,
    title: String,
    hours: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoutHead {
    title: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum LessonKind {
    Text,
    Video,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LessonHead {
    key: String,
    title: String,
    kind: LessonKind,
    summary: String,
    #[serde(default)]
    outcomes: Vec<usize>,
    handout: Option<String>,
    video: Option<String>,
    poster: Option<String>,
    captions: Option<String>,
    seconds: Option<i64>,
    syllabus_version: Option<String>,
    law_cutoff: Option<String>,
    sources: Vec<String>,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

/// Hours with one decimal as minutes; only whole and half hours are teaching units.
fn minutes(hours: f64, path: &Path) -> Result<i64> {
    let halves = hours * 2.0;
    if halves < 0.0 || halves.fract() != 0.0 || halves > 400.0 {
        return Err(wrong(path, 1, format!("学时 {hours} 应当是 0.5 的倍数")));
    }
    // A half hour is 22.5 minutes: declared halves are rounded up to whole minutes.
    Ok((halves as i64 * 45 + 1) / 2)
}

/// Reads cues of a WebVTT file.
fn cues(text: &str, path: &Path) -> Result<Vec<Cue>> {
    let seconds = |stamp: &str| -> Option<i64> {
        let parts: Vec<&str> = stamp.trim().split(['.', ',']).next()?.split(':').collect();
        parts.iter().try_fold(0i64, |sum, part| Some(sum * 60 + part.parse::<i64>().ok()?))
    };
    let mut out: Vec<Cue> = Vec::new();
    let mut open = false;
    for (i, line) in text.lines().enumerate() {
        if let Some((from, _)) = line.split_once("-->") {
            let start = seconds(from).ok_or_else(|| wrong(path, i + 1, "字幕的时间读不懂"))?;
            if out.last().is_some_and(|last| last.start > start) {
                return Err(wrong(path, i + 1, "字幕的时间倒退了"));
            }
            out.push(Cue { start, text: String::new() });
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else if let (true, Some(cue)) = (open, out.last_mut()) {
            cue.text.push_str(line.trim());
        }
    }
    if out.is_empty() {
        return Err(wrong(path, 1, "字幕是空的"));
    }
    Ok(out)
}

/// Version of what is made of content files. A change of the reader gets a new one, and everybody's content is read anew.
const FORMAT: u8 = 1;

/// The digest of everything in the content folder, by which a start knows whether anything is new.
pub fn fingerprint(folder: &Path) -> Result<String> {
    fn walk(folder: &Path, root: &Path, digest: &mut Sha256) -> Result<()> {
        for path in list(folder)? {
            if path.is_dir() {
                walk(&path, root, digest)?;
                continue;
            }
            let bytes = std::fs::read(&path).map_err(|source| Error::File { path: path.display().to_string(), source })?;
            digest.update(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().as_bytes());
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(&bytes);
        }
        Ok(())
    }
    let mut digest = Sha256::new();
    digest.update([FORMAT]);
    walk(folder, folder, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

/// Does the same to every item on as many threads as there are cores; results in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(items.len());
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let worker = || {
            let mut mine = Vec::new();
            while let (at, Some(item)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                (at, items.get(at))
            } {
                mine.push((at, work(item)));
            }
            mine
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().filter_map(|t| t.join().ok()).flatten().collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, File>,
}

impl Reader {
    fn asset(&mut self, folder: &Path, name: &str, from: &Path) -> Result<Asset> {
        let inside = !name.contains("..") && !name.starts_with('/');
        let path = folder.join(name);
        let bytes = if inside { std::fs::read(&path).ok() } else { None };
        let bytes = bytes.ok_or_else(|| wrong(from, 1, format!("找不到文件 {name}")))?;
        let hash = format!("{:x}", Sha256::digest(&bytes));
        let file_name = Path::new(name).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let asset = Asset { hash: hash.clone(), bytes: bytes.len() as i64, name: file_name };
        self.files.insert(hash, File { asset: asset.clone(), path });
        Ok(asset)
    }

    fn handout(&mut self, folder: &Path, name: &str, from: &Path) -> Result<Handout> {
        let path = folder.join(name);
        if name.contains("..") || !name.ends_with(".md") || !path.exists() {
            return Err(wrong(from, 1, format!("找不到讲义 {name}（写成 media/….md）")));
        }
        let text = self.text(&path)?;
        let (head, body, _) = split::<HandoutHead>(&text, &path)?;
        Ok(Handout {
            title: head.title,
            html: html_of(&body).replace("aria-label=\"表格", "aria-label=\"讲义的表格"),
            blocks: blocks(&body),
        })
    }

    /// The versions of a rule, at least one.
    fn rules<T: serde::de::DeserializeOwned>(&mut self, folder: &Path, name: &str) -> Result<(PathBuf, Vec<T>)> {
        let path = folder.join(format!("rules/{name}.yaml"));
        let versions: Vec<T> = serde_yaml_ng::from_str(&self.text(&path)?)
            .map_err(|e| wrong(&path, e.location().map_or(1, |l| l.line()), format!("口径读不懂：{e}")))?;
        if versions.is_empty() {
            return Err(wrong(&path, 1, "至少要有一版"));
        }
        Ok((path, versions))
    }

    fn text(&mut self, path: &Path) -> Result<String> {
        text_of(path)
    }

    fn lesson(&mut self, path: &Path, outcomes: usize, slugs: &[String]) -> Result<Lesson> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let text = self.text(path)?;
        let (head, body, first_line) = split::<LessonHead>(&text, path)?;
        check_links(&body, first_line, path, slugs)?;
        if head.key.is_empty() || !head.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(wrong(path, 2, "key 只用小写字母、数字和连字符"));
        }
        if let Some(bad) = head.outcomes.iter().find(|n| **n == 0 || **n > outcomes) {
            return Err(wrong(path, 2, format!("没有第 {bad} 条目标")));
        }
        let html = html_of(&body);
        let characters = plain_text(&html).chars().filter(|c| !c.is_whitespace()).count() as i64;
        let quiz = path.with_extension("quiz.txt");
        if !quiz.exists() {
            return Err(wrong(
                path,
                1,
                format!("缺题库 {}", quiz.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()),
            ));
        }
        let questions = quiz_text::parse(&self.text(&quiz)?, &quiz.display().to_string())?;
        let html = with_diagrams(&html, |name| {
            let path = folder.join(name);
            let svg = if path.exists() { self.text(&path)? } else { return Err(wrong(&path, 1, "找不到这张图")) };
            diagram(&svg, &path)
        })?;
        let video = if head.kind == LessonKind::Video {
            let need = |value: &Option<String>, name: &str| value.clone().ok_or_else(|| wrong(path, 1, format!("视频课要写 {name}")));
            let file = self.asset(folder, &need(&head.video, "video")?, path)?;
            let captions_name = need(&head.captions, "captions")?;
            let captions = self.asset(folder, &captions_name, path)?;
            let captions_path = folder.join(&captions_name);
            let seconds = head.seconds.filter(|s| *s > 0).ok_or_else(|| wrong(path, 1, "视频课要写 seconds"))?;
            let poster = head.poster.as_deref().map(|name| self.asset(folder, name, path)).transpose()?;
            Some(Video { file, poster, captions, seconds, cues: cues(&text_of(&captions_path)?, &captions_path)? })
        } else {
            None
        };
        let handout = head.handout.as_deref().map(|name| self.handout(folder, name, path)).transpose()?;
        Ok(Lesson {
            key: head.key,
            title: head.title,
            summary: head.summary,
            html,
            characters,
            video,
            handout,
            sources: head.sources,
            syllabus: head.syllabus_version.zip(head.law_cutoff).map(|(version, law_cutoff)| Syllabus { version, law_cutoff }),
            questions,
        })
    }

    fn course(
        &mut self,
        folder: &Path,
        covers: &Path,
        slugs: &[String],
        policy: &OnlinePolicy,
        floor: &ContentPolicy,
    ) -> Result<ParsedCourse> {
        let path = folder.join("course.md");
        let text = self.text(&path)?;
        let (head, body, first_line) = split::<CourseHead>(&text, &path)?;
        check_links(&body, first_line, &path, slugs)?;
        if folder.file_name().is_none_or(|name| name.to_string_lossy() != head.code) {
            return Err(wrong(&path, 2, format!("课程编号 {} 与文件夹名不同", head.code)));
        }
        let cover_path = covers.join(format!("{}.svg", head.code));
        let cover = if cover_path.exists() { self.text(&cover_path)? } else { String::new() };
        if cover.contains("<script") || cover.contains(" on") && cover.contains("=\"javascript") {
            return Err(wrong(&cover_path, 1, "封面里不能有脚本"));
        }
        let modes = ModeMinutes {
            in_person: minutes(head.hours.in_person, &path)?,
            online: minutes(head.hours.online, &path)?,
            field: minutes(head.hours.field, &path)?,
            simulation: minutes(head.hours.simulation, &path)?,
        };
        let mut outline = Vec::new();
        for item in &head.outline {
            outline.push(OutlineItem { mode: item.mode, title: item.title.clone(), minutes: minutes(item.hours, &path)? });
        }
        let mut lesson_paths: Vec<PathBuf> = list(folder)?
            .into_iter()
            .filter(|p| p.extension().is_some_and(|e| e == "md") && p.file_name().is_some_and(|n| n != "course.md"))
            .collect();
        lesson_paths.sort();
        let mut lessons: Vec<Lesson> = Vec::new();
        for path in &lesson_paths {
            let lesson = self.lesson(path, head.outcomes.len(), slugs)?;
            if lessons.iter().any(|l| l.key == lesson.key) {
                return Err(wrong(path, 2, format!("key {} 重复", lesson.key)));
            }
            let (characters, questions) = (lesson.characters, lesson.questions.len() as i64);
            if head.status == CourseStatus::Open && (characters < floor.lesson_characters || questions < floor.lesson_questions) {
                return Err(wrong(
                    path,
                    1,
                    format!(
                        "正文 {characters} 字、题库 {questions} 题；可报名的课每课至少 {} 字、{} 题",
                        floor.lesson_characters, floor.lesson_questions
                    ),
                ));
            }
            lessons.push(lesson);
        }
        let edition = Edition {
            course: head.code,
            number: head.edition,
            title: head.title,
            outcomes: head.outcomes,
            outline,
            minutes: modes,
            prerequisites: head.prerequisites,
            sources: head.sources,
            intro_html: html_of(&body),
            lessons,
        };
        if head.status == CourseStatus::Open {
            if edition.lessons.is_empty() {
                return Err(wrong(&path, 2, "可报名的课至少要有一课"));
            }
            let provable = credit::provable_minutes(&edition, policy);
            if modes.online > provable {
                return Err(wrong(&path, 2, format!("申报的网上学时 {} 分钟多于能证明的 {provable} 分钟", modes.online)));
            }
        }
        for mode in DeliveryMode::ALL.into_iter().filter(|m| *m != DeliveryMode::Online || head.status == CourseStatus::Preparing) {
            let planned: i64 = edition.outline.iter().filter(|i| i.mode == mode).map(|i| i.minutes).sum();
            if (planned - modes.of(mode)).abs() > 2 {
                return Err(wrong(&path, 2, format!("大纲里 {} 合计 {planned} 分钟，与学时表的 {} 分钟不符", mode.code(), modes.of(mode))));
            }
        }
        Ok(ParsedCourse {
            slug: head.slug,
            summary: head.summary,
            area: head.area,
            level: head.level,
            audience: head.audience,
            status: head.status,
            cover,
            edition,
        })
    }
}

/// A scenario that can be published: it is sound, named as its file, and belongs to a course.
fn scenario(path: &Path, courses: &[ParsedCourse]) -> Result<Scenario> {
    let scenario = crate::simulation::parse(&text_of(path)?, &path.display().to_string())?;
    if path.file_stem().is_none_or(|name| name.to_string_lossy() != scenario.key) {
        return Err(wrong(path, 1, format!("编号 {} 与文件名不同", scenario.key)));
    }
    if courses.iter().all(|c| c.edition.course != scenario.course) {
        return Err(wrong(path, 1, format!("没有课程 {}", scenario.course)));
    }
    let found = domain::scenario::check(&scenario);
    if let Some(trace) = found.traces.iter().find(|t| t.trouble.gravity() == Gravity::Must) {
        return Err(wrong(path, 1, format!("{} 必须改（{:?}）；yucai check scenario 会说怎么改", trace.place, trace.trouble)));
    }
    Ok(scenario)
}

pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|source| Error::File { path: folder.display().to_string(), source })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    Ok(paths)
}

/// Reads the content folder and checks all of it.
pub fn read(folder: &Path) -> Result<Bundle> {
    let digest = fingerprint(folder)?;
    let mut reader = Reader::default();
    let (rules, policies) = reader.rules::<OnlinePolicy>(folder, "online")?;
    let policy = policies[policies.len() - 1].clone();
    for version in &policies {
        let positive = [
            version.unit_minutes,
            version.reading_speed,
            version.credit_characters,
            version.pass_percent,
            version.coverage_percent,
            version.first_rate_percent,
            version.later_rate_percent,
            version.offline_seconds,
            version.presence_every_seconds,
            version.daily_cap_minutes,
        ];
        if domain::time::parse_date(&version.from).is_none() || positive.iter().any(|n| *n <= 0) {
            return Err(wrong(&rules, 1, format!("{}：日期或数值不对", version.version)));
        }
    }
    let (_, floors) = reader.rules::<ContentPolicy>(folder, "content")?;
    let floor = &floors[floors.len() - 1];
    let region_file = folder.join("regions/beijing.tsv");
    let regions = crate::place::parse(&reader.text(&region_file)?, &region_file.display().to_string())?;

    let folders: Vec<PathBuf> = list(&folder.join("courses"))?.into_iter().filter(|p| p.join("course.md").exists()).collect();
    let mut slugs = Vec::new();
    for folder in &folders {
        let path = folder.join("course.md");
        let (head, _, _) = split::<CourseHead>(&text_of(&path)?, &path)?;
        if slugs.contains(&head.slug)
            || head.slug.is_empty()
            || !head.slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(wrong(&path, 2, format!("slug “{}”重复或有小写字母、数字、连字符以外的字", head.slug)));
        }
        slugs.push(head.slug);
    }
    let covers = folder.join("covers");
    let mut courses = Vec::new();
    let read = in_parallel(&folders, |folder| {
        let mut reader = Reader::default();
        reader.course(folder, &covers, &slugs, &policy, floor).map(|course| (course, reader.files))
    });
    for course in read {
        let (course, files) = course?;
        courses.push(course);
        reader.files.extend(files);
    }
    for course in &courses {
        if let Some(missing) = course.edition.prerequisites.iter().find(|code| courses.iter().all(|c| &c.edition.course != *code)) {
            return Err(Error::Content(format!(
                "{}/courses/{}/course.md:2: 没有先修课程 {missing}",
                folder.display(),
                course.edition.course
            )));
        }
    }
    let (rules, simulation_policies) = reader.rules::<SimulationPolicy>(folder, "simulation")?;
    for version in &simulation_policies {
        let numbers = [version.decisions, version.ending, version.grant_minutes, version.answer_characters, version.small_group];
        if domain::time::parse_date(&version.from).is_none() || numbers.iter().any(|n| !(1..=1_000).contains(n)) {
            return Err(wrong(&rules, 1, format!("{}：日期或数值不对", version.version)));
        }
    }
    let written = folder.join("scenarios");
    let mut files = if written.exists() { list(&written)? } else { Vec::new() };
    files.retain(|p| p.extension().is_some_and(|e| e == "yaml"));
    let scenarios: Vec<Scenario> = in_parallel(&files, |path| scenario(path, &courses)).into_iter().collect::<Result<_>>()?;
    let (rules, todo_policies) = reader.rules::<TodoPolicy>(folder, "todo")?;
    for version in &todo_policies {
        let numbers = [version.quiet_days, version.hard_asked, version.hard_percent];
        if domain::time::parse_date(&version.from).is_none() || numbers.iter().any(|n| !(1..=1_000).contains(n)) {
            return Err(wrong(&rules, 1, format!("{}：日期或数值不对", version.version)));
        }
    }
    let (at, filing_policies) = reader.rules::<FilingPolicy>(folder, "filing")?;
    for version in &filing_policies {
        let lacks = Column::ALL.into_iter().find(|column| version.title(*column).is_empty());
        if domain::time::parse_date(&version.from).is_none() || lacks.is_some() {
            return Err(wrong(&at, 1, format!("{}：日期不对，或有一列没有名字", version.version)));
        }
    }
    let (at, years) = reader.rules::<CalendarYear>(folder, "calendar")?;
    Calendar::of(&years).map_err(|what| wrong(&at, 1, format!("日历不对：{what}")))?;
    let (at, plan_policies) = reader.rules::<PlanPolicy>(folder, "plan")?;
    for version in &plan_policies {
        let numbers = [version.urban_organisations, version.rural_organisations, version.brands];
        if domain::time::parse_date(&version.from).is_none() || numbers.iter().any(|n| !(1..=1_000).contains(n)) {
            return Err(wrong(&at, 1, format!("{}：日期或数值不对", version.version)));
        }
    }
    let mut kept = Vec::new();
    for policy in &plan_policies {
        kept.push(Rule::of("plan", &policy.version, &policy.from, policy)?);
    }
    for year in &years {
        kept.push(Rule::of("calendar", &year.version, &year.from, year)?);
    }
    for policy in &policies {
        kept.push(Rule::of("online", &policy.version, &policy.from, policy)?);
    }
    for policy in &simulation_policies {
        kept.push(Rule::of("simulation", &policy.version, &policy.from, policy)?);
    }
    for policy in &todo_policies {
        kept.push(Rule::of("todo", &policy.version, &policy.from, policy)?);
    }
    for policy in &filing_policies {
        kept.push(Rule::of("filing", &policy.version, &policy.from, policy)?);
    }
    let (_, words) = reader.rules::<Vocabulary>(folder, "words")?;
    let words = &words[words.len() - 1];
    let against = library::Against { courses: &courses, words };
    for course in &courses {
        let folder = folder.join("courses").join(&course.edition.course);
        against.nodes(course.edition.lessons.iter().flat_map(|l| &l.questions), &folder)?;
    }
    let library = library::read(folder, &against, |path| reader.text(path))?;
    Ok(Bundle { rules: kept, library, courses, policies, scenarios, regions, files: reader.files.into_values().collect(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_become_a_transcript() {
        let cues =
            cues("WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n第一句\n\n1:02.500 --> 1:04.000\n第二句\n", Path::new("a.vtt")).expect("cues");
        assert_eq!(cues.iter().map(|c| (c.start, c.text.as_str())).collect::<Vec<_>>(), [(1, "第一句"), (62, "第二句")]);
    }
}
