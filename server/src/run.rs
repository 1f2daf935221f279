//! The commands of the command line.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::portal::Portal;
use store::{Db, Entropy, Store};

use crate::clock::{SystemClock, SystemEntropy};
use crate::config::{Backup, Check, Generate, Place, Serve, User};
use crate::site::Site;
use crate::{backup, demo, jobs, router};

/// What a command ends with: a sentence for the person at the terminal.
pub type Outcome = Result<(), String>;

fn said(error: store::Error) -> String {
    error.to_string()
}

/// The folder, made if need be; a folder that cannot be written is said in one sentence.
fn open_folder(data: &Path) -> Result<(), String> {
    std::fs::create_dir_all(data)
        .and_then(|()| {
            let probe = data.join(".probe");
            File::create(&probe).and_then(|mut f| f.write_all(b"ok")).and_then(|()| std::fs::remove_file(&probe))
        })
        .map_err(|e| format!("数据文件夹 {} 不能写：{e}。请换一个文件夹（--data），或改它的权限。", data.display()))
}

/// The exclusive lock of a data folder: one `serve` at a time.
fn lock(data: &Path) -> Result<File, String> {
    let path = data.join("yucai.lock");
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|e| format!("{} 不能写：{e}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!("数据文件夹 {} 正被另一个 yucai 使用。", data.display())),
        Err(TryLockError::Error(e)) => Err(format!("{} 锁不住：{e}", path.display())),
    }
}

async fn open_database(place: &Place) -> Result<Db, String> {
    match &place.database_url {
        Some(url) => Db::postgres(url).await.map_err(|e| format!("连不上 PostgreSQL：{e}")),
        None => Db::sqlite(&place.data.join("yucai.db")).await.map_err(|e| format!("打不开数据库：{e}")),
    }
}

/// The key of the contacts: read, or made once with owner-only access. It is not part of a backup.
fn key(path: &Path) -> Result<[u8; 32], String> {
    use std::os::unix::fs::OpenOptionsExt;
    if !path.exists() {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key);
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|e| format!("密钥文件 {} 不能写：{e}", path.display()))?;
        file.write_all(hex.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| format!("密钥文件 {} 不能写：{e}", path.display()))?;
        return Ok(key);
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("密钥文件 {} 读不到：{e}", path.display()))?;
    let bytes: Vec<u8> =
        (0..text.trim().len()).step_by(2).filter_map(|i| u8::from_str_radix(text.trim().get(i..i + 2)?, 16).ok()).collect();
    bytes.try_into().map_err(|_| format!("密钥文件 {} 应当是 64 个十六进制数字。", path.display()))
}

fn key_path(serve: &Serve) -> PathBuf {
    serve.key_file.clone().unwrap_or_else(|| serve.place.data.join("contact.key"))
}

/// Opens everything and loads what is bundled: the portal as pages see it.
pub async fn open(serve: &Serve, site: &Site) -> Result<Portal, String> {
    let db = open_database(&serve.place).await?;
    let store = Store::new(db, Arc::new(SystemClock), Arc::new(SystemEntropy), key(&key_path(serve))?);
    let media = serve.place.data.join("media");
    store.load_folder(&serve.content, &media).await.map_err(said)?;
    let known = store.setting("origin").await.map_err(said)?;
    let origin = match known.as_deref() {
        None => {
            let origin = if serve.demo { "demo" } else { "real" };
            store.set_origin(origin).await.map_err(said)?;
            origin.to_owned()
        }
        Some("real") if serve.demo => return Err("这个数据库里是真实数据，不能加示例人员。请换一个数据文件夹。".into()),
        Some(origin) => origin.to_owned(),
    };
    let address = serve.address.clone().unwrap_or_else(|| format!("http://{}", serve.listen));
    Ok(Portal {
        store,
        media: Arc::new(media),
        pkg: site.pkg.clone().into(),
        origin: origin.into(),
        address: address.trim_end_matches('/').into(),
        fonts: app::print::Fonts::below(&serve.fonts),
        icons: Arc::new(site.icons.clone()),
    })
}

/// `yucai serve`
pub async fn serve(serve: Serve) -> Outcome {
    open_folder(&serve.place.data)?;
    let _lock = lock(&serve.place.data)?;
    let site = Arc::new(Site::read(&serve.site)?);
    let portal = open(&serve, &site).await?;
    let listener = tokio::net::TcpListener::bind(serve.listen)
        .await
        .map_err(|e| format!("不能在 {} 上监听：{e}。端口可能被占用，请用 --listen 换一个。", serve.listen))?;
    if !portal.store.has_people().await.map_err(said)? {
        if serve.demo {
            let people = demo::people(&portal.store, || portal.store.spoken_password()).await.map_err(said)?;
            println!("\n示例人员（密码只显示这一次）：");
            for sample in people {
                println!("  {:<12}\t用户名 {:<14}\t密码 {}", sample.role, sample.user_name, sample.password);
            }
        } else {
            let secret = portal.store.issue_setup().await.map_err(said)?;
            println!("\n还没有人。用这个地址建立第一位管理员（只能用一次）：\n  {}/setup/{secret}", portal.address);
        }
    }
    println!("\n育才已启动：http://{}\n按 Ctrl-C 停止。", serve.listen);
    let store = portal.store.clone();
    tokio::spawn(jobs::run(portal.clone()));
    axum::serve(listener, router::router(portal, site)).with_graceful_shutdown(stopped()).await.map_err(|e| e.to_string())?;
    store.db.close().await;
    Ok(())
}

async fn stopped() {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals can be heard");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

/// From which share of common characters two questions are named as nearly the same, in percent.
const NEAR: usize = 60;

/// `yucai check content`
pub fn check(check: &Check) -> Outcome {
    if check.what == "scenario" {
        return scenarios(&check.files, check.graph.as_deref());
    }
    let bundle = store::course::read(&check.content).map_err(said)?;
    let lessons: usize = bundle.courses.iter().map(|c| c.lessons()).sum();
    let questions: usize = bundle.courses.iter().map(|c| c.questions()).sum();
    println!("课程\t课\t每课字数\t单选\t多选\t判断\t排序\t填空\t正确项最集中\t正确项最长\t来源");
    for course in &bundle.courses {
        let figures = domain::bank::Figures::of(&course.edition);
        let characters: Vec<i64> = course.edition.lessons.iter().map(|l| l.characters).collect();
        let (least, most) = (characters.iter().min().unwrap_or(&0), characters.iter().max().unwrap_or(&0));
        let kinds = figures.kinds.map(|n| n.to_string()).join("\t");
        println!(
            "{}\t{}\t{least}—{most}\t{kinds}\t{}%\t{}%\t{}",
            course.edition.course,
            characters.len(),
            figures.commonest_place(),
            figures.given_away(),
            figures.sources
        );
    }
    let editions: Vec<_> = bundle.courses.iter().map(|c| &c.edition).collect();
    for (one, other, share) in domain::bank::near_duplicates(&editions, NEAR) {
        println!("建议看：{one} 和 {other} 有 {share}% 的字一样");
    }
    let library = &bundle.library;
    println!(
        "资料：{} 条政策（{} 条要复核）、{} 个案例、{} 份模板、{} 份卷子和练习（{} 题）。",
        library.policies.len(),
        library.policies.iter().filter(|p| p.status.needs_review()).count(),
        library.cases.len(),
        library.templates.len(),
        library.papers.len(),
        library.papers.iter().map(|p| p.questions.len()).sum::<usize>()
    );
    println!(
        "内容没有错：{} 门课、{lessons} 课、{questions} 题、{} 个区划、{} 个文件。",
        bundle.courses.len(),
        bundle.regions.len(),
        bundle.files.len()
    );
    Ok(())
}

/// `yucai check scenario FILE…`
fn scenarios(files: &[PathBuf], graph: Option<&Path>) -> Outcome {
    use domain::scenario::Gravity;
    if files.is_empty() {
        return Err("请写情景文件：yucai check scenario FILE".into());
    }
    let mut blocked = 0;
    for file in files {
        let scenario = store::simulation::read(file).map_err(said)?;
        let found = domain::scenario::check(&scenario);
        let name = file.display();
        for trace in &found.traces {
            let gravity = if trace.trouble.gravity() == Gravity::Must { "必须改" } else { "建议看" };
            let (what, mend) = app::simulation::words::trouble(trace.trouble);
            let place = if trace.place.is_empty() { "整个情景" } else { &trace.place };
            match &trace.answer {
                Some(reason) => println!("{name}: {gravity} {place}：{what}。已答复：{reason}"),
                None => println!("{name}: {gravity} {place}：{what}。怎么改：{mend}"),
            }
        }
        println!("{name}: {}", app::simulation::words::walked(&scenario, &found.walk));
        if let Some(folder) = graph {
            let drawing = domain::scenario::graph::Drawing::of(&scenario, &found.walk);
            let svg =
                app::simulation::graph::svg(&scenario, &drawing, &app::simulation::graph::of_all_paths, app::simulation::graph::Look::FILE);
            let path = folder.join(format!("{}.svg", scenario.key));
            std::fs::write(&path, svg).map_err(|e| format!("{} 写不了：{e}", path.display()))?;
            println!("{name}: 图在 {}", path.display());
        }
        blocked += usize::from(!found.is_clean());
    }
    if blocked > 0 { Err(format!("{blocked} 个情景还不能发布。")) } else { Ok(()) }
}

/// `yucai backup`
pub async fn back_up(command: Backup) -> Outcome {
    if command.place.database_url.is_some() {
        return Err("PostgreSQL 请用 pg_dump 备份数据库，并另存数据文件夹里的 media。".into());
    }
    backup::backup(&command.place.data, &command.file).await.map_err(said)?;
    println!("已备份到 {}。联系方式的密钥不在里面，请另外保存。", command.file.display());
    Ok(())
}

/// `yucai restore`
pub async fn restore(command: Backup) -> Outcome {
    open_folder(&command.place.data)?;
    backup::restore(&command.file, &command.place.data).map_err(said)?;
    verify(command.place).await
}

/// `yucai verify`
pub async fn verify(place: Place) -> Outcome {
    let db = open_database(&place).await?;
    let store = Store::new(db, Arc::new(SystemClock), Arc::new(SystemEntropy), [0; 32]);
    let differences = store.verify().await.map_err(said)?;
    store.db.close().await;
    if differences.is_empty() {
        println!("核对无误：合计与事实一致，校验链完整。");
        return Ok(());
    }
    Err(format!("核对出 {} 处不一致：\n{}", differences.len(), differences.join("\n")))
}

/// `yucai generate`
pub async fn generate(command: Generate) -> Outcome {
    use store::synthetic::Scale;
    open_folder(&command.place.data)?;
    let _lock = lock(&command.place.data)?;
    let db = open_database(&command.place).await?;
    let store = Store::new(db, Arc::new(SystemClock), Arc::new(SystemEntropy), key(&command.place.data.join("contact.key"))?);
    store.load_folder(&command.content, &command.place.data.join("media")).await.map_err(said)?;
    let scale = Scale::parse(&command.scale).ok_or("没有这个大小")?;
    let begun = std::time::Instant::now();
    let said_last = std::sync::atomic::AtomicU64::new(0);
    let tell = |made: &store::synthetic::Made| {
        let tenth = made.people * 10 / scale.people.max(1);
        if said_last.swap(tenth, std::sync::atomic::Ordering::Relaxed) < tenth {
            println!("{tenth}0%\t{} 人\t{} 条报名\t{} 课\t{} 秒", made.people, made.enrolments, made.lessons, begun.elapsed().as_secs());
        }
    };
    let made = store.generate(scale, command.seed, tell).await.map_err(said)?;
    let people = demo::officers(&store, || store.spoken_password()).await.map_err(said)?;
    store.db.close().await;
    println!(
        "合成数据放好了（种子 {}）：{} 个组织，{} 人（另有 {} 个兼职），{} 条报名，{} 条课的记录和学时，{} 秒。",
        command.seed,
        made.organisations,
        made.people,
        made.affiliations,
        made.enrolments,
        made.lessons,
        begun.elapsed().as_secs()
    );
    println!("\n示例的管理人员（密码只显示这一次）：");
    for sample in people {
        println!("  {:<12}\t用户名 {:<14}\t密码 {}", sample.role, sample.user_name, sample.password);
    }
    Ok(())
}

/// `yucai user reset NAME`
pub async fn user(command: User) -> Outcome {
    let db = open_database(&command.place).await?;
    let store = Store::new(db, Arc::new(SystemClock), Arc::new(SystemEntropy), [0; 32]);
    let done = store.reset_password_here(&command.user_name).await;
    store.db.close().await;
    let password = done.map_err(|_| format!("没有用户名是 {} 的在用账号。", command.user_name))?;
    println!("新密码（只显示这一次，第一次登录要改）：{password}");
    Ok(())
}

/// `yucai config`
pub fn config(serve: &Serve) -> Outcome {
    println!("data = {}", serve.place.data.display());
    println!("database = {}", if serve.place.database_url.is_some() { "postgresql（地址不显示）" } else { "sqlite" });
    println!("listen = {}", serve.listen);
    println!("address = {}", serve.address.as_deref().unwrap_or("（随监听地址）"));
    println!("content = {}", serve.content.display());
    println!("site = {}", serve.site.display());
    println!("fonts = {}", serve.fonts.display());
    println!("key_file = {}", key_path(serve).display());
    println!("demo = {}", serve.demo);
    Ok(())
}
