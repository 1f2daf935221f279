//! Backup and restore of the embedded database with its media: one tar file with a digest of every part.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};
use store::{Error, Result};

const DIGESTS: &str = "digests.txt";

fn fail(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |source| Error::File { path, source }
}

fn digest_of(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(fail(path))?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut part).map_err(fail(path))?;
        if n == 0 {
            return Ok(format!("{:x}", hash.finalize()));
        }
        hash.update(&part[..n]);
    }
}

/// Writes `data` (its database and media, not its keys) into one file. The program may go on writing meanwhile.
pub async fn backup(data: &Path, file: &Path) -> Result<()> {
    let database = data.join("yucai.db");
    if !database.exists() {
        return Err(Error::Content(format!("{} 里没有数据库，没有可备份的。", data.display())));
    }
    let copy = data.join("backup.part.db");
    std::fs::remove_file(&copy).ok();
    store::db::copy_sqlite(&database, &copy).await?;
    let mut parts = vec![("yucai.db".to_owned(), copy.clone())];
    let media = data.join("media");
    if media.exists() {
        for entry in std::fs::read_dir(&media).map_err(fail(&media))?.filter_map(std::result::Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.len() == 64 {
                parts.push((format!("media/{name}"), entry.path()));
            }
        }
    }
    parts.sort();
    let mut digests = String::new();
    for (name, path) in &parts {
        digests.push_str(&format!("{} {name}\n", digest_of(path)?));
    }
    let part = file.with_extension("part");
    let mut tar = tar::Builder::new(File::create(&part).map_err(fail(&part))?);
    let mut header = tar::Header::new_gnu();
    header.set_size(digests.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append_data(&mut header, DIGESTS, digests.as_bytes()).map_err(fail(&part))?;
    for (name, path) in &parts {
        tar.append_path_with_name(path, name).map_err(fail(path))?;
    }
    tar.into_inner().and_then(|f| f.sync_all()).map_err(fail(&part))?;
    std::fs::rename(&part, file).map_err(fail(file))?;
    std::fs::remove_file(&copy).ok();
    Ok(())
}

/// Unpacks a backup into an empty folder; a damaged part is named and nothing is left behind.
pub fn restore(file: &Path, data: &Path) -> Result<()> {
    if data.join("yucai.db").exists() {
        return Err(Error::Content(format!("{} 里已经有数据库，恢复只写到空的文件夹。", data.display())));
    }
    let staging = data.join("restore.part");
    std::fs::create_dir_all(&staging).map_err(fail(&staging))?;
    let outcome = unpack(file, &staging);
    if let Err(error) = outcome {
        std::fs::remove_dir_all(&staging).ok();
        return Err(error);
    }
    for name in ["yucai.db", "media"] {
        let from = staging.join(name);
        if from.exists() {
            std::fs::rename(&from, data.join(name)).map_err(fail(&from))?;
        }
    }
    std::fs::remove_dir_all(&staging).ok();
    Ok(())
}

fn unpack(file: &Path, staging: &Path) -> Result<()> {
    let mut tar = tar::Archive::new(File::open(file).map_err(fail(file))?);
    tar.unpack(staging).map_err(fail(file))?;
    let damaged = |what: &str| Error::Content(format!("备份文件 {} 坏了：{what}。没有恢复任何东西。", file.display()));
    let digests = std::fs::read_to_string(staging.join(DIGESTS)).map_err(|_| damaged("缺校验表"))?;
    for line in digests.lines() {
        let (digest, name) = line.split_once(' ').ok_or_else(|| damaged("校验表读不懂"))?;
        if digest_of(&staging.join(name)).map_err(|_| damaged(&format!("缺 {name}")))? != digest {
            return Err(damaged(&format!("{name} 与校验值不符")));
        }
    }
    Ok(())
}
