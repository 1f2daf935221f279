//! Every door of the house, knocked on by everyone: anonymous, wrong role, wrong scope, broken input. The router is the
//! one that ships, called in process.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use std::path::Path;
use std::sync::Arc;

use app::portal::Portal;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use server::clock::{SeededEntropy, SystemClock};
use server::site::Site;
use server::{demo, router};
use store::{Db, Store};
use tower::ServiceExt;

const PASSWORD: &str = "hutong-laohuaishu";

struct House {
    router: Router,
    store: Store,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = folder.path().join("site");
    std::fs::create_dir_all(&built).unwrap();
    for name in ["boot.js", "icons.svg"] {
        std::fs::copy(root.join("public").join(name), built.join(name)).unwrap();
    }
    std::fs::write(built.join("yucai.css"), "html{}").unwrap();
    let site = Arc::new(Site::read(&built).unwrap());
    let db = Db::sqlite(&folder.path().join("test.db")).await.unwrap();
    let store = Store::new(db, Arc::new(SystemClock), Arc::new(SeededEntropy::new(5)), [3; 32]);
    let media = folder.path().join("media");
    store.load(store::course::read(&root.join("content")).unwrap(), &media).await.unwrap();
    demo::people(&store, || PASSWORD.into()).await.unwrap();
    let portal = Portal {
        store: store.clone(),
        media: Arc::new(media),
        pkg: site.pkg.clone().into(),
        origin: "demo".into(),
        address: "http://localhost".into(),
        fonts: app::print::Fonts::below(std::path::Path::new("/usr/share/fonts")),
        icons: Arc::new(site.icons.clone()),
    };
    House { router: router::router(portal, site), store, _folder: folder }
}

struct Keys {
    web: String,
    program: String,
}

impl House {
    /// Both keys of a person: the browser's, and a program's.
    async fn token(&self, user: &str) -> Keys {
        let of = |attempt| match attempt {
            store::people::sign_in::Attempt::In { token } => token,
            other => panic!("{user}: {other:?}"),
        };
        let web = of(self.store.sign_in(user, PASSWORD, "test").await.unwrap());
        Keys { web, program: of(self.store.sign_in_program(user, PASSWORD, "test").await.unwrap()) }
    }

    async fn knock(&self, method: &str, path: &str, token: Option<&Keys>, body: &str) -> (StatusCode, String, String) {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost").header("sec-fetch-site", "same-origin");
        if let Some(token) = token {
            request = if path.starts_with("/api/") {
                request.header("authorization", format!("Bearer {}", token.program))
            } else {
                request.header("cookie", format!("__Host-yucai={}", token.web))
            };
        }
        let kind =
            if path.starts_with("/api/") || path.starts_with("/fn/") { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = request.header("content-type", kind).body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (location, content) = (header("location"), header("content-type"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, if location.is_empty() { content } else { location }, String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Doors that need somebody: method, path, and who may pass ('l' learner, 't' trainer, 'b' 班主任, 'w' worker, 's' street, 'd' district,
/// 'c' city, 'a' administrator).
const GUARDED: [(&str, &str, &str); 53] = [
    ("GET", "/learn", "ltbwsdca"),
    ("GET", "/me", "ltbwsdca"),
    ("GET", "/me/hours", "ltbwsdca"),
    ("GET", "/me/hours/proof", "ltbwsdca"),
    ("GET", "/me/hours/proof.png", "ltbwsdca"),
    ("GET", "/me/hours/proof.pdf", "ltbwsdca"),
    ("GET", "/me/privacy", "ltbwsdca"),
    ("GET", "/me/password", "ltbwsdca"),
    ("GET", "/me/data.json", "ltbwsdca"),
    ("GET", "/todo", "ltbwsdca"),
    ("GET", "/teach", "tbca"),
    ("GET", "/teach/courses/C01", "tbca"),
    ("GET", "/monitor", "wsdca"),
    ("GET", "/monitor/register", "wsdca"),
    ("POST", "/monitor/register/place", "wsdca"),
    ("POST", "/monitor/people.csv", "sdca"),
    ("GET", "/monitor/enrolments", "wsdca"),
    ("POST", "/monitor/enrolments.csv", "sdca"),
    ("GET", "/monitor/office", "sdca"),
    ("GET", "/admin/audit", "a"),
    ("GET", "/api/v1/enrolments", "ltbwsdca"),
    ("GET", "/api/v1/ledger", "ltbwsdca"),
    ("POST", "/monitor/register", "wsdca"),
    ("POST", "/fn/player/NOBODYS/x", ""),
    ("POST", "/fn/beat/NOBODYS", ""),
    ("POST", "/fn/presence/NOBODYS", ""),
    ("POST", "/fn/runs/NOBODYS", ""),
    ("GET", "/simulations/runs/NOBODYS", ""),
    ("GET", "/simulations/join", "ltbwsdca"),
    ("GET", "/simulations/S08/cards", "tbca"),
    ("GET", "/teach/simulations/S08", "tbsdca"),
    ("GET", "/teach/simulations/S08/sheet", "tbca"),
    ("GET", "/teach/scenarios", "tbca"),
    ("GET", "/monitor/organisations", "sdca"),
    ("POST", "/monitor/organisations", "sdca"),
    ("GET", "/monitor/organisations/NOBODYS", ""),
    ("POST", "/monitor/organisations/NOBODYS", ""),
    ("GET", "/monitor/imports", "sdca"),
    ("POST", "/monitor/imports", "sdca"),
    ("GET", "/monitor/imports/NOBODYS", ""),
    ("POST", "/monitor/imports/NOBODYS", ""),
    ("POST", "/monitor/imports/NOBODYS/mend.xlsx", ""),
    ("GET", "/monitor/110101001001", "wsdca"),
    ("GET", "/monitor/110101001000", "sdca"),
    ("GET", "/monitor/110101000000", "dca"),
    ("GET", "/monitor/110000000000", "ca"),
    ("GET", "/monitor/110105034001", "ca"),
    ("GET", "/monitor/110101001000/names?of=completed", "sdca"),
    ("GET", "/monitor/110105034001/names?of=leaders-without", "ca"),
    ("POST", "/monitor/110101001000/table.xlsx", "sdca"),
    ("GET", "/monitor/110101001000/due", "sdca"),
    ("GET", "/monitor/110115403000", "ca"),
    ("POST", "/monitor/110105034000/due", ""),
];

const USERS: [(char, &str); 8] = [
    ('l', "xueyuan"),
    ('t', "jiangshi"),
    ('b', "banzhuren"),
    ('w', "shequ"),
    ('s', "jiedao"),
    ('d', "quguanliyuan"),
    ('c', "shi"),
    ('a', "admin"),
];

#[tokio::test]
async fn every_guarded_door_asks_who() {
    let house = house().await;
    let nobody = "01900000-0000-7000-8000-000000000000";
    for (method, path, _) in GUARDED {
        let path = path.replace("NOBODYS", nobody);
        let (status, location, _) = house.knock(method, &path, None, "").await;
        let sent_to_login = status == StatusCode::SEE_OTHER && location.starts_with("/login?next=");
        assert!(sent_to_login || status == StatusCode::UNAUTHORIZED, "{method} {path}: {status} {location}");
        let (status, _, _) = house.knock(method, &path, Some(&Keys { web: "f".repeat(64), program: "f".repeat(64) }), "").await;
        assert!(status == StatusCode::SEE_OTHER || status == StatusCode::UNAUTHORIZED, "a made-up session: {method} {path} {status}");
    }
    for (mark, user) in USERS {
        let token = house.token(user).await;
        for (method, path, who) in GUARDED {
            let path = path.replace("NOBODYS", nobody);
            let body = match path.split('/').nth(2) {
                Some("beat") => "{\"seq\":1,\"spans\":[],\"position\":0}",
                Some("runs") if path.starts_with("/fn/") => "{\"hash\":\"\",\"seed\":1,\"inputs\":[]}",
                _ => "",
            };
            let (status, _, _) = house.knock(method, &path, Some(&token), body).await;
            if who.contains(mark) {
                assert!(status.is_success() || status == StatusCode::UNPROCESSABLE_ENTITY, "{user} {method} {path}: {status}");
            } else {
                assert!(matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{user} {method} {path}: {status}");
            }
        }
    }
    // A session that was ended opens nothing.
    let token = house.token("shi").await;
    let visitor = house.store.visitor(&token.web, false).await.unwrap().unwrap();
    house.store.end_session(visitor.actor.person, visitor.session).await.unwrap();
    assert_eq!(house.knock("GET", "/monitor", Some(&token), "").await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_strangers_id_is_not_there() {
    let house = house().await;
    let mine = house.token("xueyuan").await;
    let theirs = house.token("xueyuan2").await;
    let me = house.store.visitor(&mine.web, false).await.unwrap().unwrap().actor.person;
    let enrolment = house.store.enrol(me, "C01", house.store.new_id(), None).await.unwrap();
    let lesson = "zhu-xin-gu";
    house.store.open_lesson(me, enrolment, lesson).await.unwrap();
    let paper = house.store.start_quiz(me, enrolment, lesson, house.store.new_id()).await.unwrap();
    let run = house.store.start_run(me, "S08", house.store.new_id()).await.unwrap();
    let session = house.store.visitor(&mine.web, false).await.unwrap().unwrap().session;
    let id = house.store.new_id();
    for (method, path) in [
        ("GET", format!("/learn/{enrolment}")),
        ("GET", format!("/learn/{enrolment}/{lesson}")),
        ("POST", format!("/learn/{enrolment}/{lesson}/open")),
        ("POST", format!("/learn/{enrolment}/{lesson}/read")),
        ("POST", format!("/learn/{enrolment}/{lesson}/quiz")),
        ("POST", format!("/learn/{enrolment}/leave")),
        ("POST", format!("/learn/{enrolment}/test")),
        ("GET", format!("/learn/{enrolment}/quiz/{paper}")),
        ("POST", format!("/learn/{enrolment}/quiz/{paper}")),
        ("POST", format!("/me/sessions/{session}/end")),
        ("POST", format!("/fn/player/{enrolment}/{lesson}")),
        ("GET", format!("/api/v1/enrolments/{enrolment}")),
        ("GET", format!("/simulations/runs/{run}")),
        ("POST", format!("/simulations/runs/{run}")),
        ("POST", format!("/simulations/runs/{run}/debrief")),
        ("POST", format!("/simulations/runs/{run}/what-if")),
    ] {
        let (status, _, _) = house.knock(method, &path, Some(&theirs), &format!("id={id}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_ne!(house.knock("GET", &format!("/learn/{enrolment}"), Some(&mine), "").await.0, StatusCode::NOT_FOUND);
    }
    // An officer of another place does not see the person; the own one does, and the look is noted.
    let other = house.store.visitor(&theirs.web, false).await.unwrap().unwrap().actor.person;
    let street = house.token("jiedao").await;
    assert_eq!(house.knock("GET", &format!("/monitor/people/{other}"), Some(&street), "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(house.knock("POST", &format!("/monitor/people/{other}"), Some(&street), "do=password").await.0, StatusCode::NOT_FOUND);
    assert_eq!(house.knock("GET", &format!("/monitor/people/{other}/home"), Some(&street), "").await.0, StatusCode::NOT_FOUND);
    let moved = "region=110101001001&post=leader";
    assert_eq!(house.knock("POST", &format!("/monitor/people/{other}/home"), Some(&street), moved).await.0, StatusCode::NOT_FOUND);
    assert_eq!(house.knock("GET", &format!("/monitor/people/{me}"), Some(&street), "").await.0, StatusCode::OK);
    assert_eq!(house.store.looks_at(me).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_supervisor_gives_a_code_to_a_learner_of_the_own_class_and_a_trainer_does_not() {
    let house = house().await;
    let learner = house.token("xueyuan").await;
    let me = house.store.visitor(&learner.web, false).await.unwrap().unwrap().actor.person;
    let enrolment = house.store.enrol(me, "C01", house.store.new_id(), None).await.unwrap();
    let ask = format!("enrolment={enrolment}");
    let (status, _, page) = house.knock("POST", "/teach/courses/C01", Some(&house.token("banzhuren").await), &ask).await;
    assert_eq!(status, StatusCode::OK);
    let code: String = page.split("class=\"code\">").nth(1).unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    assert!(matches!(house.store.sign_in_by_code("xueyuan", &code, "test").await.unwrap(), store::people::sign_in::Attempt::In { .. }));
    let (status, _, _) = house.knock("POST", "/teach/courses/C01", Some(&house.token("jiangshi").await), &ask).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, _) = house.knock("POST", "/teach/courses/C07", Some(&house.token("banzhuren").await), &ask).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "an enrolment of another course");
}

#[tokio::test]
async fn whoever_was_registered_by_others_reads_the_privacy_notice_once() {
    let house = house().await;
    let id = house
        .store
        .make_account("某人", "xinlai", PASSWORD, domain::permission::Role::Learner, "110101001001", "110101001001", "", None)
        .await
        .unwrap();
    let token = house.token("xinlai").await;
    let (status, to, _) = house.knock("GET", "/learn", Some(&token), "").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/me/privacy?next=/learn"));
    assert_eq!(house.knock("GET", &to, Some(&token), "").await.0, StatusCode::OK);
    house.knock("POST", "/me/privacy", Some(&token), "version=1900-01&next=/learn").await;
    assert_eq!(house.knock("GET", "/learn", Some(&token), "").await.0, StatusCode::SEE_OTHER, "another version is not this one");
    let version = format!("version={}&next=/learn", app::home::PRIVACY_VERSION);
    assert_eq!(house.knock("POST", "/me/privacy", Some(&token), &version).await.1, "/learn");
    assert_eq!(house.knock("GET", "/learn", Some(&token), "").await.0, StatusCode::OK);
    let person = house.store.person(id).await.unwrap().unwrap().0;
    assert_eq!(person.privacy_version.as_deref(), Some(app::home::PRIVACY_VERSION));
    assert!(person.privacy_at.is_some());
}

/// Doors that are open to everyone, or that say nothing about anybody.
const OPEN: [&str; 42] = [
    "/",
    "/help",
    "/privacy",
    "/looks",
    "/prefs",
    "/courses",
    "/courses/{slug}",
    "/courses/{slug}/{lesson}",
    "/courses/{slug}/{lesson}/handout.pdf",
    "/policies",
    "/policies/{key}",
    "/cases",
    "/cases/{key}",
    "/templates",
    "/templates/{key}",
    "/templates/{key}/{file}",
    "/exam",
    "/exam/practice",
    "/exam/{key}",
    "/search",
    "/simulations",
    "/simulations/{key}",
    "/simulations/code/{code}",
    "/login",
    "/login/choose",
    "/login/code",
    "/logout",
    "/card",
    "/card/{secret}",
    "/register",
    "/register/place",
    "/setup/{secret}",
    "/media/{hash}/{name}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/pkg/{hash}/{name}",
    "/favicon.svg",
    "/manifest.webmanifest",
    "/robots.txt",
    "/offline.html",
    "/sw.js",
];

/// Every address of the router that is not open to everyone is refused to whoever has not signed in: a new one cannot be
/// forgotten, since the list is read from the router itself.
#[tokio::test]
async fn no_address_is_forgotten() {
    let house = house().await;
    let source = include_str!("../src/router.rs");
    let paths: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert!(paths.len() > 50, "the router is read: {}", paths.len());
    let nobody = "01900000-0000-7000-8000-000000000000";
    for path in paths.iter().filter(|p| !OPEN.contains(p)) {
        let address = path.split('/').map(|part| if part.starts_with('{') { nobody } else { part }).collect::<Vec<_>>().join("/");
        let mut shut = 0;
        for method in ["GET", "POST"] {
            let (status, location, body) = house.knock(method, &address, None, "").await;
            let to_login = status == StatusCode::SEE_OTHER && location.starts_with("/login");
            let not_there = matches!(status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::UNPROCESSABLE_ENTITY);
            assert!(to_login || status == StatusCode::UNAUTHORIZED || not_there, "{method} {address}: {status} {body}");
            shut += i32::from(!not_there);
        }
        assert!(shut > 0, "{address} asks nobody who they are");
    }
}

#[tokio::test]
async fn bad_input_is_answered_with_a_problem_and_never_with_500() {
    let house = house().await;
    let token = house.token("xueyuan").await;
    let huge = "x".repeat(200_000);
    let nasty = "%00%ff<script>alert(1)</script>'\"; drop table person; --";
    for (method, path, body) in [
        ("POST", "/api/v1/sessions", "{"),
        ("POST", "/api/v1/sessions", "[]"),
        ("POST", "/api/v1/sessions", "{\"login\":1,\"password\":[]}"),
        ("POST", "/api/v1/enrolments", "{\"course\":\"C01\",\"id\":\"x\"}"),
        ("POST", "/api/v1/enrolments", huge.as_str()),
        ("GET", "/api/v1/regions", ""),
        ("GET", "/api/v1/regions?level=moon", ""),
        ("GET", "/api/v1/regions?level=city&limit=0", ""),
        ("GET", "/api/v1/regions?level=city&limit=999999999999999999999", ""),
        ("GET", "/api/v1/enrolments/not-an-id", ""),
        ("GET", "/api/v1/enrolments/%ff", ""),
        ("GET", "/api/v1/nowhere", ""),
        ("DELETE", "/api/v1/courses", ""),
        ("POST", "/fn/beat/x", "{}"),
        ("POST", "/fn/beat/01900000-0000-7000-8000-000000000000", "{\"seq\":-1,\"spans\":[[1,2]],\"position\":0}"),
    ] {
        let (status, kind, body) = house.knock(method, path, Some(&token), body).await;
        assert!(status.is_client_error(), "{method} {path}: {status}");
        assert_eq!(kind, "application/problem+json", "{method} {path}");
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }
    for (method, path, body) in [
        ("GET", "/nowhere", String::new()),
        ("GET", "/courses/nowhere", String::new()),
        ("GET", "/learn/x", String::new()),
        ("GET", "/media/x/y", String::new()),
        ("GET", "/%ff%fe", String::new()),
        ("POST", "/login", format!("login={nasty}&password={nasty}")),
        ("POST", "/login", huge.clone()),
        ("POST", "/register", format!("id=x&name={nasty}&mobile={nasty}&region={nasty}&post={nasty}")),
        ("POST", "/courses/dangjian-yinling", "id=1".into()),
        ("POST", "/me/password", format!("old_password={nasty}&new_password=1")),
        ("PUT", "/login", String::new()),
    ] {
        let (status, _, body) = house.knock(method, path, Some(&token), &body).await;
        assert!(status.is_client_error(), "{method} {path}: {status}");
        assert!(!body.contains("<script>alert"), "{method} {path}");
    }
    let asked = app::portal::query_value(nasty).replace("%25", "%");
    for path in [
        format!("/search?q={asked}"),
        format!("/courses?area={asked}&page=-1"),
        format!("/register?place={asked}&name={asked}"),
        "/search?q=%E0%A4%A".into(),
    ] {
        let (status, _, body) = house.knock("GET", &path, None, "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!body.contains("<script>alert"), "{path}");
    }
}

/// A program's token opens the API and no page; a browser's session opens pages and not the API.
#[tokio::test]
async fn a_programs_token_is_no_browsers_session() {
    let house = house().await;
    let keys = house.token("xueyuan").await;
    let crossed = Keys { web: keys.program.clone(), program: keys.web.clone() };
    assert_eq!(house.knock("GET", "/me", Some(&keys), "").await.0, StatusCode::OK);
    assert_eq!(house.knock("GET", "/api/v1/ledger", Some(&keys), "").await.0, StatusCode::OK);
    assert_eq!(house.knock("GET", "/me", Some(&crossed), "").await.0, StatusCode::SEE_OTHER);
    assert_eq!(house.knock("GET", "/api/v1/ledger", Some(&crossed), "").await.0, StatusCode::UNAUTHORIZED);
    let (_, _, first) = house.knock("GET", "/api/v1/courses?limit=10", None, "").await;
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let cursor = first["next"].as_str().unwrap();
    let (_, _, rest) = house.knock("GET", &format!("/api/v1/courses?limit=10&cursor={cursor}"), None, "").await;
    let rest: serde_json::Value = serde_json::from_str(&rest).unwrap();
    assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (10, 6), "sixteen courses");
    assert!(rest["next"].is_null());
}

/// An author whose teaching of the course has ended no longer finds the draft, and neither reads nor changes it.
#[tokio::test]
async fn a_draft_is_open_to_its_author_only_while_they_teach_the_course() {
    let house = house().await;
    let keys = house.token("jiangshi").await;
    let author = house.store.visitor(&keys.web, false).await.unwrap().unwrap().actor.person;
    let card = house.store.scenarios().await.unwrap()[0].clone();
    let begin = (*house.store.scenario(card.edition).await.unwrap().0).clone();
    let draft = house.store.new_draft(author, house.store.new_id(), "C09", begin, "").await.unwrap();
    let page = format!("/teach/scenarios/{draft}");
    assert_eq!(house.knock("GET", &page, Some(&keys), "").await.0, StatusCode::OK);
    let parts = [
        "",
        "/text",
        "/text?download=json",
        "/history?every=1",
        "/cards/d1",
        "/graph?at=d1&link=tie&zoom=50",
        "/walk?at=d1&v.信=300&p=tie&p=z&t=x",
    ];
    let paths: Vec<String> = parts.iter().map(|part| format!("{page}{}", part.replace('信', "%E4%BF%A1"))).collect();
    for path in &paths {
        assert_eq!(house.knock("GET", path, Some(&keys), "").await.0, StatusCode::OK, "{path}");
    }
    assert_eq!(house.knock("GET", &format!("{page}/walk?at=nowhere"), Some(&keys), "").await.0, StatusCode::NOT_FOUND);
    for wrong in ["do=link&at=d1&choice=a&to=nowhere", "do=link&at=x", "do=branch&at=d1&choice=z", "do=what"] {
        assert_eq!(house.knock("POST", &format!("{page}/graph"), Some(&keys), wrong).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(house.knock("POST", &format!("{page}/graph"), Some(&keys), "do=branch&at=d1&choice=tie").await.0, StatusCode::SEE_OTHER);
    // What is saved while typing answers with the part alone; on an old revision of the same part it saves nothing.
    let typed = |title: &str, base: i64| format!("auto=1&base={base}&title={title}&brief=x&c0.key=tie&c0.text=y");
    let (status, _, body) = house.knock("POST", &format!("{page}/cards/d1"), Some(&keys), &typed("one", 2)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!body.contains("<html") && body.contains("name=\"base\" value=\"3\""), "{body}");
    let (status, _, body) = house.knock("POST", &format!("{page}/cards/d1"), Some(&keys), &typed("two", 2)).await;
    assert!(status == StatusCode::CONFLICT && body.contains("name=\"base\" value=\"2\""), "{body}");
    let both = house.knock("POST", &format!("{page}/cards/d1"), Some(&keys), &typed("two", 2).replace("auto=1&", "")).await;
    assert!(both.0 == StatusCode::CONFLICT && both.2.contains("两边都在这里"), "{}", both.2);
    // Another part of it is saved on top.
    let other = typed("else", 2).replace("auto=1&", "");
    assert_eq!(house.knock("POST", &format!("{page}/cards/d2"), Some(&keys), &other).await.0, StatusCode::SEE_OTHER);
    let (status, _, body) = house.knock("POST", &format!("{page}/text"), Some(&keys), "auto=1&base=4&text=nodes%3A+3").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("没有存"), "{body}");
    let city = house.token("shi").await;
    let city = house.store.visitor(&city.web, false).await.unwrap().unwrap().actor;
    house.store.end_trainer(&city, "C09", author).await.unwrap();
    for path in &paths {
        assert_eq!(house.knock("GET", path, Some(&keys), "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(house.knock("POST", &page, Some(&keys), "do=submit").await.0, StatusCode::NOT_FOUND);
}

/// Real regions as they are loaded: 16 districts, 165 街道, 143 镇 and 35 乡 with the six reporting units left out.
#[tokio::test]
async fn the_tree_has_the_known_number_of_each_kind() {
    let house = house().await;
    let kinds: Vec<(String, String, i64)> = house
        .store
        .db
        .read()
        .await
        .unwrap()
        .query("select level, kind, count(*) from region where tree = 'admin' group by level, kind order by level, kind")
        .fetch_all()
        .await
        .unwrap();
    let count = |level: &str, kinds_of: &[&str]| -> i64 {
        kinds.iter().filter(|(l, k, _)| l == level && (kinds_of.is_empty() || kinds_of.contains(&k.as_str()))).map(|k| k.2).sum()
    };
    assert_eq!((count("city", &[]), count("district", &[]), count("township", &[])), (1, 16, 343));
    assert_eq!(
        (count("township", &["subdistrict"]), count("township", &["town"]), count("township", &["township", "ethnic_township"])),
        (165, 143, 35),
        "{kinds:?}"
    );
}

/// The libraries lead to each other, and their files are what they say.
#[tokio::test]
async fn the_libraries_are_open_to_everybody() {
    let house = house().await;
    let open = async |path: &str| {
        let (status, kind, body) = house.knock("GET", path, None, "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        (kind, body)
    };
    let (_, list) = open("/policies?status=amended").await;
    assert!(list.contains("已修改") && !list.contains("已到期</span>"), "narrowed");
    let shelf = house.store.shelf().await.unwrap();
    let (policy, used) = shelf.uses.iter().find(|(_, u)| u.iter().any(|u| matches!(u, domain::library::Use::Lesson { .. }))).unwrap();
    let domain::library::Use::Lesson { lesson, .. } = used.iter().find(|u| matches!(u, domain::library::Use::Lesson { .. })).unwrap()
    else {
        unreachable!()
    };
    let (_, page) = open(&format!("/policies/{policy}")).await;
    let way = page
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|h| h.starts_with("/courses/") && h.ends_with(lesson))
        .unwrap();
    let (_, read) = open(way).await;
    assert!(read.contains("/policies/P"), "the lesson leads back");
    for key in ["T01", "T09"] {
        let kind = shelf.library.templates.iter().find(|t| t.key == key).unwrap().kind;
        let ending = if kind == domain::library::TemplateKind::Sheet { "xlsx" } else { "docx" };
        let (kind, body) = open(&format!("/templates/{key}/{key}.{ending}")).await;
        assert!(kind.starts_with("application/vnd.openxmlformats") && body.starts_with("PK"), "{key}: {kind}");
        let (kind, body) = open(&format!("/templates/{key}/{key}.pdf")).await;
        assert!(kind == "application/pdf" && body.starts_with("%PDF"), "{key}: {kind}");
    }
    let (kind, body) =
        open("/courses/dang-an-yu-xinxi/zhenggai-qingdan/handout.pdf".replace("dang-an-yu-xinxi", &slug(&house, "C07").await).as_str())
            .await;
    assert!(kind == "application/pdf" && body.starts_with("%PDF"));
    let (_, paper) = open("/exam/junior-ability-a").await;
    assert_eq!(paper.matches("<fieldset").count(), 80);
    let form: String = (0..80).map(|i| format!("q{i}=a&")).collect();
    let (status, _, result) = house.knock("POST", "/exam/junior-ability-a", None, &form).await;
    assert!(status == StatusCode::OK && result.contains("各考点"), "{status}");
    for missing in [
        "/policies/P99",
        "/cases/x",
        "/templates/T01/T02.docx",
        "/templates/T01/T01.exe",
        "/exam/nobody",
        "/exam/practice?node=x",
        "/courses/dangjian-yinling/x",
    ] {
        let (status, ..) = house.knock("GET", missing, None, "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{missing}");
    }
}

async fn slug(house: &House, code: &str) -> String {
    house.store.catalogue().await.unwrap().by_code(code).unwrap().slug.clone()
}

#[tokio::test]
async fn the_document_of_the_api_describes_it() {
    let house = house().await;
    let (_, _, body) = house.knock("GET", "/api/v1/openapi.json", None, "").await;
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in ["/regions", "/courses", "/sessions", "/sessions/choice", "/enrolments", "/enrolments/{id}", "/ledger"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let (_, _, body) = house.knock("GET", "/api/v1/regions?level=township&limit=500", None, "").await;
    let list: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 343, "165 街道, 143 镇, 35 乡");
}

/// The sources hold neither of the two bare forms through which the framework lets script in.
#[test]
fn no_view_uses_a_bare_title_or_text_area() {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains(concat!("<text", "area")) || text.contains(concat!("<Ti", "tle")) {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

/// What the service worker and the manifest point at is there; an install that meets a 404 fails as a whole.
#[test]
fn what_the_service_worker_keeps_is_served() {
    let worker = include_str!("../../public/sw.js");
    let offline = worker.split("OFFLINE = '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(include_str!("../../public/manifest.webmanifest")).unwrap();
    let icon = manifest["icons"][0]["src"].as_str().unwrap();
    let public = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../public");
    for path in [offline, icon] {
        assert!(OPEN.contains(&path) && public.join(&path[1..]).exists(), "{path}");
    }
}
