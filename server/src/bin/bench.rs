//! Measures the program against the budgets of the design: starts the release binary on a fresh folder with 500 courses,
//! asks it over loopback, reads its CPU time and memory from the kernel. A budget whose subject is not built yet says so.

// Views are deep types, and an optimised build looks through all of them.
#![recursion_limit = "256"]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::watch::Beat;
use server::clock::{MovedClock, SystemEntropy};
use store::{Db, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SECONDS: u64 = 5;
const CONNECTIONS: usize = 32;

/// A content folder with the real courses and enough further ones to make `courses`.
fn content(from: &Path, to: &Path, courses: usize) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success(), "the content folder is copied");
    for n in 17..=courses {
        let folder = to.join(format!("courses/C{n}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let area = ["PB", "ST", "CP", "PO", "PI", "EX"][n % 6];
        let text = format!(
            "---\ncode: C{n}\nslug: bench-{n}\ntitle: 测速用的课程第 {n} 门\nsummary: 只在测速时出现的课程，用来把目录撑到五百门。\narea: {area}\nlevel: basic\naudience: 测速\n\
             hours: {{ in_person: 0, online: 1, field: 0, simulation: 0 }}\nstatus: preparing\nedition: 1\noutcomes: [测速]\noutline:\n  - {{ mode: online, title: 测速, hours: 1 }}\nsources: [《测速》]\n---\n测速。\n"
        );
        std::fs::write(folder.join("course.md"), text).expect("a file");
    }
}

struct Running {
    child: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Running {
    /// CPU seconds used so far.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Resident memory in MB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kb = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
        kb.unwrap_or(0.0) / 1024.0
    }
}

/// Asks once on an open connection; the size of the body.
async fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> usize {
    stream.write_all(request).await.expect("the request is sent");
    buffer.clear();
    let mut part = [0; 16 * 1024];
    loop {
        let n = stream.read(&mut part).await.expect("an answer");
        assert!(n > 0, "the connection stays open");
        buffer.extend_from_slice(&part[..n]);
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let body = buffer.len() - end - 4;
            match head.lines().find_map(|l| l.strip_prefix("content-length:")).and_then(|l| l.trim().parse::<usize>().ok()) {
                Some(length) if body >= length => return length,
                None if buffer.ends_with(b"0\r\n\r\n") => return body,
                _ => {}
            }
        }
    }
}

/// Asks for a page from many connections for a few seconds: requests a second, CPU ms a request, size.
async fn load(running: &Running, path: &str, cookie: &str) -> (f64, f64, usize) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: br\r\n{cookie}\r\n").into_bytes();
    let mut probe = TcpStream::connect(("127.0.0.1", running.port)).await.expect("a connection");
    let size = ask(&mut probe, &request, &mut Vec::new()).await;
    let (cpu, begun, done) = (running.cpu(), Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, done, port) = (request.clone(), done.clone(), running.port);
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
            let mut buffer = Vec::new();
            while begun.elapsed() < Duration::from_secs(SECONDS) {
                ask(&mut stream, &request, &mut buffer).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await.expect("a client ends");
    }
    let n = done.load(Ordering::Relaxed) as f64;
    (n / begun.elapsed().as_secs_f64(), (running.cpu() - cpu) * 1_000.0 / n, size)
}

fn line(what: &str, value: String, budget: &str, fits: bool) {
    println!("{:<46} {:>16}   预算 {:<14} {}", what, value, budget, if fits { "合" } else { "超" });
}

/// Starts the program on an empty folder with sample people; their passwords by user name, and how long until it answered.
async fn start(program: &Path, content: &Path, site: &Path, data: &Path) -> (Running, HashMap<String, String>, Duration) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    std::fs::create_dir_all(data).expect("a folder");
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.arg("serve").arg("--data").arg(data).arg("--content").arg(content).arg("--site").arg(site).args([
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--demo",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let told = child.stdout.take().expect("its output");
    let running = Running { child, port };
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed();
    let mut passwords = HashMap::new();
    for line in std::io::BufRead::lines(std::io::BufReader::new(told)).map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(at) = words.iter().position(|w| *w == "用户名") {
            passwords.insert(words[at + 1].to_owned(), words.last().copied().unwrap_or_default().to_owned());
        }
        if line.contains("已启动") {
            break;
        }
    }
    (running, passwords, took)
}

/// The cookie line of a signed-in person.
async fn sign_in(running: &Running, user: &str, password: &str) -> String {
    let body = format!("login={user}&password={password}");
    let mut stream = TcpStream::connect(("127.0.0.1", running.port)).await.expect("a connection");
    let request = format!(
        "POST /login HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let cookie = answer.lines().find_map(|l| l.strip_prefix("set-cookie: ")).and_then(|c| c.split(';').next()).expect("signed in");
    format!("cookie: {cookie}\r\n")
}

/// Fifty learners in a course, written beside the running program.
async fn class_of_fifty(data: &Path) {
    let db = Db::sqlite(&data.join("yucai.db")).await.expect("the database");
    let store = Store::new(db, Arc::new(MovedClock::default()), Arc::new(SystemEntropy), [1; 32]);
    for n in 0..50 {
        let user = format!("class{n:03}");
        let role = domain::permission::Role::Learner;
        let id = store
            .make_account("测速", &user, "hutong-laohuaishu", role, "110101001001", "110101001001", "", None)
            .await
            .expect("an account");
        store.enrol(id, "C01", store.new_id(), None).await.expect("enrolled");
    }
    store.db.close().await;
}

#[tokio::main]
async fn main() {
    let args: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let [program, content_folder, site, work] = &args[..] else {
        eprintln!("bench PROGRAM CONTENT SITE WORKFOLDER");
        std::process::exit(2);
    };
    let (big, bigger) = (work.join("content"), work.join("content5000"));
    content(content_folder, &big, 500);
    content(content_folder, &bigger, 5_000);

    let (running, _, empty_to_page) = start(program, content_folder, site, &work.join("first")).await;
    line("空文件夹到第一页 秒", format!("{:.2}", empty_to_page.as_secs_f64()), "≤ 2", empty_to_page.as_secs_f64() <= 2.0);
    drop(running);

    let data = work.join("data");
    let (running, passwords, _) = start(program, &big, site, &data).await;
    let (rate, cpu, size) = load(&running, "/courses", "").await;
    line("目录页（24 张卡，500 门课）CPU 毫秒一次", format!("{cpu:.3}"), "≤ 0.4", cpu <= 0.4);
    line("目录页 每秒请求", format!("{rate:.0}"), "≥ 4000", rate >= 4_000.0);
    let shell: usize =
        ["yucai.css.br", "boot.js.br"].iter().filter_map(|n| std::fs::metadata(site.join(n)).ok()).map(|m| m.len() as usize).sum();
    let first = (size + shell) as f64 / 1024.0;
    line("目录页 首次下载 KB（页面、样式、脚本）", format!("{first:.1}"), "≤ 60", first <= 60.0);
    for (library, name) in [("player", "带播放器的页面 首次下载 KB"), ("simulation", "情景模拟的页面 首次下载 KB")] {
        let files = [format!("{library}_bg.wasm.br"), format!("{library}.js.br")];
        let wasm: u64 = files.iter().filter_map(|n| std::fs::metadata(site.join("pkg").join(n)).ok()).map(|m| m.len()).sum();
        let island = first + wasm as f64 / 1024.0;
        line(name, format!("{island:.1}"), "≤ 150", island <= 150.0);
    }
    let (steps, linter) = simulations(content_folder);
    line("情景回放 一核每秒步数", format!("{steps:.0}"), "≥ 100000", steps >= 100_000.0);
    line("一千个情境的检查 秒", format!("{linter:.2}"), "≤ 1", linter <= 1.0);
    let (_, cpu, _) = load(&running, "/courses/dangjian-yinling", "").await;
    line("课程页 CPU 毫秒一次", format!("{cpu:.3}"), "≤ 0.7", cpu <= 0.7);
    let learner = sign_in(&running, "xueyuan", &passwords["xueyuan"]).await;
    let (_, cpu, _) = load(&running, "/learn", &learner).await;
    line("学员首页 CPU 毫秒一次", format!("{cpu:.3}"), "≤ 0.7", cpu <= 0.7);
    class_of_fifty(&data).await;
    let trainer = sign_in(&running, "jiangshi", &passwords["jiangshi"]).await;
    let (_, cpu, _) = load(&running, "/teach/courses/C01", &trainer).await;
    line("50 人班次名单页 CPU 毫秒一次", format!("{cpu:.3}"), "≤ 1.5", cpu <= 1.5);
    let (_, few, _) = load(&running, "/courses", &learner).await;
    let memory = running.memory();
    line("负载之后常驻内存 MB", format!("{memory:.1}"), "≤ 60", memory <= 60.0);
    drop(running);
    let (running, passwords, _) = start(program, &bigger, site, &work.join("data5000")).await;
    let learner = sign_in(&running, "xueyuan", &passwords["xueyuan"]).await;
    let (_, many, _) = load(&running, "/courses", &learner).await;
    line("目录页不走缓存 500 门、5000 门 CPU 毫秒", format!("{few:.3}、{many:.3}"), "5000 门不变", many <= few * 1.25);
    drop(running);

    let beats = heartbeats(&work.join("beats"), content_folder).await;
    line("心跳 每秒（核对、合并、落盘）", format!("{beats:.0}"), "≥ 2000", beats >= 2_000.0);
    for (scale, name) in [("tenth", "十分之一"), ("large", "全市 42 万人")] {
        city(program, content_folder, site, &work.join(scale), scale, name).await;
    }
    println!("{:<46} {:>16}", "1 万次抢 500 个名额", "还没有");
}

/// A synthetic city: how long it takes to make, to read into columns, and each step of the way down.
async fn city(program: &Path, content: &Path, site: &Path, data: &Path, scale: &str, name: &str) {
    let begun = Instant::now();
    let made = Command::new(program)
        .args(["generate", "--scale", scale, "--data"])
        .arg(data)
        .arg("--content")
        .arg(content)
        .output()
        .expect("it runs");
    assert!(made.status.success(), "the city is made");
    println!("{:<46} {:>16}", format!("{name}：生成 秒"), begun.elapsed().as_secs());
    let told = String::from_utf8_lossy(&made.stdout).into_owned();
    let password =
        told.lines().find(|l| l.contains("用户名 shi ")).and_then(|l| l.split_whitespace().next_back()).expect("a password").to_owned();
    let (running, ..) = start(program, content, site, data).await;
    let cookie = sign_in(&running, "shi", &password).await;
    let first = times(&running, &cookie, &["/monitor/110000000000".to_owned()]).await;
    println!("{:<46} {:>16.0}", format!("{name}：头一次读进来 毫秒"), first[0]);
    let districts = ["110101", "110102", "110105", "110106", "110107", "110108", "110109", "110111", "110112", "110113"];
    let each = |text: fn(&str) -> String| districts.iter().map(|d| text(d)).collect::<Vec<_>>();
    let again = |path: &str| vec![path.to_owned(); 10];
    let months = (1..=10).map(|m| format!("/monitor/110000000000?from=2026-{m:02}-01&to=2026-{:02}-20&known=2026-12-31", m + 1)).collect();
    let steps: [(&str, Vec<String>); 9] = [
        ("市", again("/monitor/110000000000")),
        ("区", each(|d| format!("/monitor/{d}000000"))),
        ("街道", each(|d| format!("/monitor/{d}001000"))),
        ("社区", each(|d| format!("/monitor/{d}001001"))),
        ("换一段时间、定住两个截至", months),
        ("名单（区）", each(|d| format!("/monitor/{d}000000/names?of=learnt"))),
        ("没完成的负责人（街道）", each(|d| format!("/monitor/{d}001000/names?of=leaders-without"))),
        ("学员（街道）", each(|d| format!("/monitor?region={d}001000"))),
        ("组织（社区）", each(|d| format!("/monitor/organisations?region={d}001001"))),
    ];
    for (step, paths) in steps {
        let mut taken = times(&running, &cookie, &paths).await;
        taken.sort_by(f64::total_cmp);
        let p95 = taken[(taken.len() * 95).div_ceil(100) - 1];
        line(&format!("{name}：{step} 毫秒 p50、p95"), format!("{:.0}、{p95:.0}", taken[taken.len() / 2]), "p95 ≤ 100", p95 <= 100.0);
    }
    println!("{:<46} {:>16.1}", format!("{name}：常驻内存 MB"), running.memory());
}

/// Milliseconds of each request, one after the other.
async fn times(running: &Running, cookie: &str, paths: &[String]) -> Vec<f64> {
    let mut stream = TcpStream::connect(("127.0.0.1", running.port)).await.expect("a connection");
    let (mut buffer, mut out) = (Vec::new(), Vec::new());
    for path in paths {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: br\r\n{cookie}\r\n");
        let begun = Instant::now();
        ask(&mut stream, request.as_bytes(), &mut buffer).await;
        out.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    out
}

/// Durable beats a second: a hundred learners with a player each, through the same use case as the page.
async fn heartbeats(folder: &Path, content_folder: &Path) -> f64 {
    std::fs::create_dir_all(folder).expect("a folder");
    let clock = Arc::new(MovedClock::default());
    let db = Db::sqlite(&folder.join("yucai.db")).await.expect("a database");
    let store = Store::new(db, clock.clone(), Arc::new(SystemEntropy), [1; 32]);
    store.load(store::course::read(content_folder).expect("content"), &folder.join("media")).await.expect("loaded");
    let catalogue = store.catalogue().await.expect("a catalogue");
    let mut found = None;
    for card in catalogue.cards() {
        let edition = store.current_edition(card).await.expect("an edition");
        if let Some(lesson) = edition.lessons.iter().find(|l| l.video.is_some()) {
            found = Some((card.code.clone(), lesson.key.clone()));
        }
    }
    let Some((course, lesson)) = found else {
        println!("（还没有视频课，心跳没有测）");
        return 0.0;
    };
    let mut players = Vec::new();
    for n in 0..100 {
        let user = format!("bench{n:03}");
        let id = store
            .make_account("测速", &user, "hutong-laohuaishu", domain::permission::Role::Learner, "110101001001", "110101001001", "", None)
            .await
            .expect("an account");
        let enrolment = store.enrol(id, &course, store.new_id(), None).await.expect("enrolled");
        players.push((id, store.open_player(id, enrolment, &lesson, store.new_id()).await.expect("a player").id));
    }
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for (person, player) in players {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut seq = 0;
            while begun.elapsed() < Duration::from_secs(SECONDS) {
                seq += 1;
                store.beat(person, player, Beat { seq, spans: vec![(0, 1)], position: 1 }).await.expect("a beat is judged");
            }
            seq
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await.expect("a player ends");
    }
    total as f64 / begun.elapsed().as_secs_f64()
}

/// Steps a second of replaying the bundled scenarios, and seconds to check one of a thousand situations.
fn simulations(content: &Path) -> (f64, f64) {
    use domain::scenario::{Input, Play, Scenario, Scoring, check};
    let scenarios: Vec<Scenario> =
        (1..=10).filter_map(|i| store::simulation::read(&content.join(format!("scenarios/S{i:02}.yaml"))).ok()).collect();
    let scoring = Scoring { version: "bench".into(), decisions: 60, ending: 25 };
    let (mut steps, begun) = (0usize, Instant::now());
    while begun.elapsed().as_millis() < 1_000 {
        for (seed, scenario) in scenarios.iter().enumerate() {
            let play = Play::new(scenario, seed as u64);
            let (mut state, mut inputs) = (play.start(), Vec::new());
            while let Some(choice) = play.open(&state).first().copied() {
                let input = Input { node: scenario.nodes[state.node].key.clone(), choice: choice.key.clone(), elapsed: 0 };
                state = play.step(&state, &input).expect("an open choice");
                inputs.push(input);
            }
            steps += play.replay(&inputs, &scoring).expect("replays").path.len();
        }
    }
    let rate = steps as f64 / begun.elapsed().as_secs_f64();
    let mut large = scenarios.first().cloned().expect("a scenario");
    let model = large.nodes[0].clone();
    large.interrupts.clear();
    large.nodes = (0..1_000)
        .map(|i| {
            let mut node = domain::scenario::Node { key: format!("n{i}"), ..model.clone() };
            for (at, choice) in node.choices.iter_mut().enumerate() {
                choice.next = (i + 1 + at * 3 < 1_000).then(|| format!("n{}", i + 1 + at * 3));
                choice.chance.clear();
            }
            node
        })
        .collect();
    large.start = "n0".into();
    let begun = Instant::now();
    let found = check(&large);
    assert!(found.walk.states > 10_000, "walked");
    (rate, begun.elapsed().as_secs_f64())
}
