//! Compressed bytes of anonymous public pages, keyed by address, looks and content version.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, RwLock};

use app::portal::{Portal, Session};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};

/// Most bytes kept; when full, all are dropped and made again.
const BYTES: usize = 8 << 20;

struct Kept {
    etag: HeaderValue,
    plain: Arc<[u8]>,
    brotli: Arc<[u8]>,
}

/// The kept pages.
#[derive(Clone, Default)]
pub struct Pages(Arc<RwLock<HashMap<String, Arc<Kept>>>>);

/// The key of a request, when its page is the same for everybody.
fn key(portal_version: &str, request: &Request) -> Option<String> {
    if request.method() != Method::GET {
        return None;
    }
    let session = request.extensions().get::<Session>()?;
    if session.visitor.is_some() {
        return None;
    }
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    let address = match path {
        "/courses" => app::course::canonical(query),
        "/" | "/help" | "/privacy" => path.to_owned(),
        _ => return None,
    };
    let looks = &session.looks;
    Some(format!("{portal_version} {} {} {} {} {address}", looks.theme, looks.mode, looks.text_size, session.path))
}

/// Serves a kept page, or keeps the page that the handler makes.
pub async fn serve(State((portal, pages)): State<(Portal, Pages)>, request: Request, next: Next) -> Response {
    let version = match portal.store.catalogue().await {
        Ok(catalogue) => catalogue.version.clone(),
        Err(_) => return next.run(request).await,
    };
    let Some(key) = key(&version, &request) else { return next.run(request).await };
    let takes_brotli = request.headers().get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("br"));
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let kept = pages.0.read().ok().and_then(|p| p.get(&key).cloned());
    let kept = match kept {
        Some(kept) => kept,
        None => {
            let response = next.run(request).await;
            if response.status() != StatusCode::OK {
                return response;
            }
            let (parts, body) = response.into_parts();
            let Ok(bytes) = to_bytes(body, 4 << 20).await else { return Response::from_parts(parts, Body::empty()) };
            let kept = Arc::new(keep(&bytes));
            if let Ok(mut pages) = pages.0.write() {
                if pages.values().map(|p| p.plain.len() + p.brotli.len()).sum::<usize>() >= BYTES {
                    pages.clear();
                }
                pages.insert(key, kept.clone());
            }
            kept
        }
    };
    let mut response = match (known.is_some_and(|k| k == kept.etag), takes_brotli) {
        (true, _) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        (false, true) => {
            let mut response = Response::new(Body::from(bytes_of(&kept.brotli)));
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
            response
        }
        (false, false) => Response::new(Body::from(bytes_of(&kept.plain))),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(ETAG, kept.etag.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("cookie, accept-encoding"));
    response
}

fn bytes_of(kept: &Arc<[u8]>) -> Vec<u8> {
    kept.to_vec()
}

fn keep(bytes: &[u8]) -> Kept {
    let mut brotli = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut brotli, 64 * 1024, 5, 18);
        writer.write_all(bytes).expect("memory takes bytes");
    }
    let etag = format!("\"{}\"", &format!("{:x}", Sha256::digest(bytes))[..16]);
    Kept { etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"0\"")), plain: bytes.into(), brotli: brotli.into() }
}
