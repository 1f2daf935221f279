//! What the stories share: a store on each engine at hand, a clock to set, a small curriculum, people.

#![allow(dead_code, reason = "each test program uses its part")]

use domain::permission::{Actor, Role};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::Uuid;
use domain::fault::Fault;
use store::people::register::Joining;
use store::{Clock, Db, Entropy, Error, Store};

pub const DAY_MS: i64 = 86_400_000;

pub struct TestClock(pub AtomicI64);
impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub struct TestEntropy(AtomicU64);
impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut draw = domain::seed::Draw::new(self.0.fetch_add(1, Ordering::SeqCst));
        bytes.iter_mut().for_each(|b| *b = draw.bits() as u8);
    }
}

pub struct World {
    pub store: Store,
    pub clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

impl World {
    pub fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// A small curriculum: C91 with two texts and a scenario, C92 with a video of 100 seconds, C93 in preparation.
pub fn curriculum(folder: &Path) -> PathBuf {
    let content = folder.join("content");
    let put = |path: &str, text: &str| {
        let path = content.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("rules/online.yaml", &std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../content/rules/online.yaml")).unwrap());
    put(
        "regions/beijing.tsv",
        "code\tparent\tlevel\tkind\ttree\tsort\tname\tshort\talias\n\
         110000000000\t\tcity\tmunicipality\tadmin\t1\t北京市\t北京\t\n\
         110101000000\t110000000000\tdistrict\tdistrict\tadmin\t1\t东城区\t东城\t\n\
         110105000000\t110000000000\tdistrict\tdistrict\tadmin\t3\t朝阳区\t朝阳\t\n\
         110101001000\t110101000000\ttownship\tsubdistrict\tadmin\t1\t东华门街道\t东华门街道\t\n\
         110105034000\t110105000000\ttownship\tethnic_township\tadmin\t1\t常营地区\t常营地区\t常营乡\n\
         110101001001\t110101001000\tcommunity\tresident\tadmin\t1\t多福巷社区居委会\t多福巷社区\t\n\
         110101001002\t110101001000\tcommunity\tresident\tadmin\t2\t银闸社区居委会\t银闸社区\t\n\
         110105034001\t110105034000\tcommunity\tresident\tadmin\t1\t银闸社区居委会\t银闸社区\t\n",
    );
    let head = |code: &str, slug: &str, title: &str, status: &str| {
        format!(
            "---\ncode: {code}\nslug: {slug}\ntitle: {title}\nsummary: 一句话。\narea: ST\nlevel: basic\naudience: 全员\nhours: {{ in_person: 0, online: 0.5, field: 0, simulation: 0 }}\nstatus: {status}\nedition: 1\noutcomes: [会做]\n{}sources: [《某办法》]\n---\n介绍。\n",
            if status == "preparing" { "outline:\n  - { mode: online, title: 第一课, hours: 0.5 }\n" } else { "" }
        )
    };
    let lesson = |key: &str, title: &str, extra: &str, body: &str| {
        format!(
            "---\nkey: {key}\ntitle: {title}\nkind: {}\nsummary: 一句话。\noutcomes: [1]\n{extra}sources: [《某办法》]\n---\n{body}\n",
            if extra.is_empty() { "text" } else { "video" }
        )
    };
    let bank: String = (1..=10)
        .map(|i| format!("## q{i:02} 单选\n第 {i} 题\n* a) 对的\n- b) 错的\n- c) 也错\n解析：因为。\n来源：本课\n难度：易\n目标：1\n\n"))
        .collect();
    let text = format!("## 社区组织怎样记账\n\n{}。居民议事的规矩是先听后说，䶮字也找得到。\n", "学而时习之".repeat(400));
    let simulated = head("C91", "jizhang", "社区组织记账", "open")
        .replace("simulation: 0", "simulation: 1")
        .replace("sources:", "outline:\n  - { mode: simulation, title: 换届那天, hours: 1 }\nsources:");
    put("courses/C91/course.md", &simulated);
    let bundled = |path: &str| std::fs::read_to_string(format!("{}/../content/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for rules in ["simulation", "content", "words", "todo", "filing", "calendar", "plan"] {
        put(&format!("rules/{rules}.yaml"), &bundled(&format!("rules/{rules}.yaml")));
    }
    for library in ["policies/P01.md", "cases/K01.md", "templates/T09.md"] {
        let text = bundled(library);
        // Only C91 is taught here.
        let courses = |line: &str| match line.split(':').next() {
            Some("courses") => "courses: [C91]".to_owned(),
            Some("lessons") => "lessons: [C91/a]".to_owned(),
            _ => line.to_owned(),
        };
        put(library, &text.lines().map(courses).collect::<Vec<_>>().join("\n"));
    }
    put("scenarios/S08.yaml", &bundled("scenarios/S08.yaml").replace("course: C04", "course: C91"));
    put("courses/C91/01-a.md", &lesson("a", "第一课", "", &text));
    put("courses/C91/01-a.quiz.txt", &bank);
    put("courses/C91/02-b.md", &lesson("b", "第二课", "", &text));
    put("courses/C91/02-b.quiz.txt", &bank);
    put("courses/C92/course.md", &head("C92", "shipin", "看一段视频", "open"));
    put("courses/C92/01-v.md", &lesson("v", "视频课", "video: media/v.mp4\ncaptions: media/v.vtt\nseconds: 100\n", &text));
    put("courses/C92/01-v.quiz.txt", &bank);
    put("courses/C92/02-t.md", &lesson("t", "文字课", "", &text));
    put("courses/C92/02-t.quiz.txt", &bank);
    put("courses/C92/media/v.mp4", "not a film, but bytes");
    put("courses/C92/media/v.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n字幕里的一句话\n");
    put("courses/C93/course.md", &head("C93", "choubei", "筹备的课", "preparing"));
    content
}

pub async fn world_on(db: Db, folder: tempfile::TempDir) -> World {
    let clock = Arc::new(TestClock(AtomicI64::new(1_795_000_000_000)));
    let store = Store::new(db, clock.clone(), Arc::new(TestEntropy(AtomicU64::new(1))), [9; 32]);
    let bundle = store::course::read(&curriculum(folder.path())).unwrap();
    store.load(bundle, &folder.path().join("media")).await.unwrap();
    World { store, clock, _folder: folder }
}

/// Every engine at hand, each with a fresh database.
pub async fn worlds() -> Vec<World> {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("test.db")).await.unwrap();
    let mut out = vec![world_on(db, folder).await];
    if let Ok(url) = std::env::var("YUCAI_TEST_POSTGRES") {
        let name = format!("t{}", store::uuid_v7(1, &random()).simple());
        let admin = sqlx::PgPool::connect(&format!("{url}/postgres")).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "create database {name} template template0 lc_collate 'C' lc_ctype 'C.UTF-8' encoding 'UTF8'"
        )))
        .execute(&admin)
        .await
        .unwrap();
        let db = Db::postgres(&format!("{url}/{name}")).await.unwrap();
        out.push(world_on(db, tempfile::tempdir().unwrap()).await);
    }
    out
}

#[allow(clippy::disallowed_methods, reason = "names a database of its own; nothing that is tested")]
pub fn random() -> [u8; 10] {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut draw = domain::seed::Draw::new(now as u64 ^ NEXT.fetch_add(1, Ordering::SeqCst) << 32 ^ u64::from(std::process::id()));
    std::array::from_fn(|_| draw.bits() as u8)
}

pub fn joining(store: &Store, name: &str, mobile: &str, region: &str) -> Joining {
    Joining {
        id: store.new_id(),
        name: name.into(),
        mobile: mobile.into(),
        password: "胡同口的老槐树下乘凉".into(),
        region: region.into(),
        organisation_id: String::new(),
        organisation: "晨光合唱队".into(),
        post: "leader".into(),
        privacy_version: "1".into(),
        privacy: true,
    }
}

pub async fn learner(store: &Store, name: &str, mobile: &str) -> Uuid {
    store.register(&joining(store, name, mobile, "110101001001"), None).await.unwrap()
}

pub fn refused(result: Result<impl std::fmt::Debug, Error>) -> Fault {
    match result {
        Err(Error::Fault(fault)) => fault,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub async fn pass_quiz(store: &Store, person: Uuid, enrolment: Uuid, lesson: &str) {
    let paper = store.start_quiz(person, enrolment, lesson, store.new_id()).await.unwrap();
    let n = store.paper(person, paper).await.unwrap().drawn.len();
    let handed = store.hand_in(person, paper, vec![vec!["a".into()]; n]).await.unwrap();
    assert!(handed.result.unwrap().passed);
}

pub async fn officer(store: &Store, user: &str, role: Role, scope: &str) -> Actor {
    let id = store.make_account("何远山", user, "很长的一个好密码", role, "110101001001", scope, "", None).await.unwrap();
    let grants = store::people::grants(&mut store.db.read().await.unwrap(), id).await.unwrap();
    Actor::new(id, grants, store.today(), false)
}

/// Reads and passes a text lesson.
pub async fn learn(world: &World, person: Uuid, enrolment: Uuid, lesson: &str) {
    let store = &world.store;
    store.open_lesson(person, enrolment, lesson).await.unwrap();
    world.pass(300_000);
    store.finish_reading(person, enrolment, lesson).await.unwrap();
    pass_quiz(store, person, enrolment, lesson).await;
}

/// Puts people into one confirmed organisation.
pub async fn same_organisation(world: &World, people: &[Uuid]) -> Uuid {
    let organisation = world.store.new_id();
    let input = (organisation, people.to_vec());
    world
        .store
        .db
        .unit(input, |conn, (organisation, people)| {
            Box::pin(async move {
                conn.query("insert into organisation (id, region, name, sort_key, standing, created_at) values ($1, '110101001000', '孵化中心', 'f', 'confirmed', 0)")
                    .bind(*organisation)
                    .execute()
                    .await?;
                for person in people {
                    conn.query("update home set organisation = $1, confirmed_at = 0 where person = $2 and to_day is null")
                        .bind(*organisation)
                        .bind(*person)
                        .execute()
                        .await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
    organisation
}
