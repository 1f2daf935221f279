//! The process killed at any moment loses no answered write; what was backed up comes back.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Uuid;

const KILLS: usize = 20;

fn start(data: &Path, site: &Path, port: u16) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let child = Command::new(env!("CARGO_BIN_EXE_yucai"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .arg("--content")
        .arg(root.join("content"))
        .arg("--site")
        .arg(site)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while get(port, "/readyz").is_none_or(|text| !text.contains("ready\n")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "started");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn send(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

fn get(port: u16, path: &str) -> Option<String> {
    send(port, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"))
}

/// Joins as a learner; `true` when the answer says so.
fn join(port: u16, id: Uuid, n: usize) -> bool {
    let body = format!("id={id}&name=%E7%8E%8B&mobile=139{n:08}&password=hutong-laohuaishu&region=110101001001&post=leader&privacy=1");
    let request = format!(
        "POST /register HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    send(port, &request).is_some_and(|answer| answer.starts_with("HTTP/1.1 303"))
}

#[test]
fn twenty_kills_lose_no_answered_write() {
    let folder = tempfile::tempdir().unwrap();
    let (data, site) = (folder.path().join("data"), folder.path().join("site"));
    std::fs::create_dir_all(&site).unwrap();
    let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../public");
    for name in ["boot.js", "icons.svg"] {
        std::fs::copy(public.join(name), site.join(name)).unwrap();
    }
    std::fs::write(site.join("yucai.css"), "html{}").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut answered: Vec<Uuid> = Vec::new();
    let mut n = 0;
    for kill in 0..KILLS {
        let mut child = start(&data, &site, port);
        let until = Instant::now() + Duration::from_millis(60 + 37 * (kill as u64 % 7));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        while Instant::now() < until {
            n += 1;
            let random = std::array::from_fn(|i| (n >> (i * 8).min(56)) as u8);
            let id = store::uuid_v7(1_800_000_000_000 + n as i64, &random);
            if join(port, id, n) {
                answered.push(id);
            }
        }
        killer.join().unwrap();
    }
    assert!(answered.len() > KILLS / 2, "{} answered", answered.len());

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let missing = |data: &Path| {
        runtime.block_on(async {
            let db = store::Db::sqlite(&data.join("yucai.db")).await.unwrap();
            let mut conn = db.read().await.unwrap();
            let mut missing = 0;
            for id in &answered {
                missing += usize::from(store::people::person(&mut conn, *id).await.unwrap().is_none());
            }
            drop(conn);
            db.close().await;
            missing
        })
    };
    assert_eq!(missing(&data), 0);

    // Backed up and restored into another folder, everything is there; a damaged file is refused and leaves nothing.
    let yucai = |args: &[&std::ffi::OsStr]| Command::new(env!("CARGO_BIN_EXE_yucai")).args(args).output().unwrap();
    let (file, other) = (folder.path().join("backup.tar"), folder.path().join("other"));
    let data_flag = std::ffi::OsStr::new("--data");
    let out = yucai(&["backup".as_ref(), file.as_os_str(), data_flag, data.as_os_str()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = yucai(&["restore".as_ref(), file.as_os_str(), data_flag, other.as_os_str()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(missing(&other), 0);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&file, bytes).unwrap();
    let third = folder.path().join("third");
    let out = yucai(&["restore".as_ref(), file.as_os_str(), data_flag, third.as_os_str()]);
    assert!(!out.status.success());
    assert!(!third.join("yucai.db").exists());
}
