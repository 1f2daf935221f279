//! Media by content hash: ranges, `nosniff`, a sandbox, and never a type that runs.

use app::portal::{Portal, Refusal};
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::fault::Fault;
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// `/media/{hash}/{name}`
pub async fn serve(
    State(portal): State<Portal>,
    Path((hash, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Fault::Missing.into());
    }
    let path = portal.media.join(&hash);
    let kind = match name.rsplit('.').next().unwrap_or_default() {
        "mp4" => "video/mp4",
        "vtt" => "text/vtt; charset=utf-8",
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    };
    let Ok(served) = ServeFile::new(&path).oneshot(request).await;
    if served.status() == axum::http::StatusCode::NOT_FOUND {
        return Err(Fault::Missing.into());
    }
    let mut response = served.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    if !matches!(kind, "video/mp4" | "image/jpeg" | "image/png" | "text/vtt; charset=utf-8") {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    Ok(response)
}
