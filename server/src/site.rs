//! Built files: the style sheet, `boot.js`, the WASM, icons. Served from memory, precompressed, immutable under the hash
//! of their content.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// One file with its compressed form.
struct Built {
    kind: HeaderValue,
    plain: Arc<[u8]>,
    brotli: Option<Arc<[u8]>>,
}

/// All built files.
pub struct Site {
    /// Address of the folder, `/pkg/ab12cd34ef56/`.
    pub pkg: String,
    /// Symbols of the icon sprite by name.
    pub icons: BTreeMap<String, String>,
    files: HashMap<String, Built>,
}

impl Site {
    /// Reads a folder (flat, with `pkg/` inside). What is missing is said in one sentence.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut names = BTreeMap::new();
        for sub in ["", "pkg"] {
            if sub == "pkg" && !folder.join(sub).exists() {
                // Without WASM every page works as with script off.
                continue;
            }
            let entries = std::fs::read_dir(folder.join(sub))
                .map_err(|e| format!("读不到构建好的网页文件 {}：{e}。先运行 make build。", folder.join(sub).display()))?;
            for path in entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_file()) {
                if let Some(name) = path.file_name().and_then(|n| n.to_str()) {
                    names.insert(name.to_owned(), path);
                }
            }
        }
        let mut files = HashMap::new();
        let mut digest = Sha256::new();
        let mut icons = BTreeMap::new();
        for (name, path) in names {
            if name.ends_with(".br") {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(|e| format!("读不到 {}：{e}", path.display()))?;
            digest.update(name.as_bytes());
            digest.update(&bytes);
            if name == "icons.svg" {
                icons = symbols(&String::from_utf8_lossy(&bytes));
            }
            let kind = mime_guess::from_path(&name).first_raw().unwrap_or("application/octet-stream");
            let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
            let small = bytes.len() > 400 && !name.ends_with(".png");
            let brotli = small.then(|| brotli_of(&path, &bytes));
            files.insert(
                name,
                Built {
                    kind: HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream")),
                    plain: bytes.into(),
                    brotli,
                },
            );
        }
        for needed in ["yucai.css", "boot.js", "icons.svg"] {
            if !files.contains_key(needed) {
                return Err(format!("构建好的网页文件里缺 {needed}。先运行 make build。"));
            }
        }
        let hash = format!("{:x}", digest.finalize());
        Ok(Self { pkg: format!("/pkg/{}/", &hash[..12]), icons, files })
    }

    /// Answers with a file; `immutable` under the hashed folder.
    pub fn serve(&self, name: &str, headers: &HeaderMap, immutable: bool) -> Response {
        let Some(file) = self.files.get(name) else { return StatusCode::NOT_FOUND.into_response() };
        let takes_brotli = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("br"));
        let mut response = match file.brotli.as_ref().filter(|_| takes_brotli) {
            Some(small) => {
                let mut response = Response::new(Body::from(small.to_vec()));
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
                response
            }
            None => Response::new(Body::from(file.plain.to_vec())),
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, file.kind.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        let cache = if immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

/// The file beside it made by the build, or a quick compression.
fn brotli_of(path: &Path, bytes: &[u8]) -> Arc<[u8]> {
    let beside = path.with_file_name(format!("{}.br", path.file_name().and_then(|n| n.to_str()).unwrap_or_default()));
    if let Ok(made) = std::fs::read(beside) {
        return made.into();
    }
    let mut out = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut out, 64 * 1024, 5, 18);
        writer.write_all(bytes).expect("memory takes bytes");
    }
    out.into()
}

/// The symbols of a sprite, by the name after `i-`.
fn symbols(sprite: &str) -> BTreeMap<String, String> {
    sprite
        .split("<symbol")
        .skip(1)
        .filter_map(|part| {
            let body = part.split("</symbol>").next()?;
            let name = body.split("id=\"i-").nth(1)?.split('"').next()?;
            Some((name.to_owned(), format!("<symbol{body}</symbol>")))
        })
        .collect()
}
