//! What every request passes: origin check, session, headers, and the rendering of refusals.

use app::home;
use app::portal::{Portal, Refused, Session, cookie, query_value, session_cookie, status_of};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, REFERER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::fault::Fault;
use std::sync::Arc;

const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Whether a state-changing request comes from our own pages: `Sec-Fetch-Site`, else `Origin`, else `Referer`. A request
/// with none of them comes from a program, which carries no cookie that it was not given.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let host = text(HOST).unwrap_or_default();
    let host_of = |url: &str| url.split("://").nth(1).map(|rest| rest.split('/').next().unwrap_or_default().to_owned());
    match text(ORIGIN).or_else(|| text(REFERER)) {
        Some("null") => false,
        Some(url) => host_of(url).is_some_and(|h| h == host),
        None => !headers.contains_key("cookie"),
    }
}

/// Whether cookies may be `Secure`: https in front of us, or a local address.
fn is_secure(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    headers.get("x-forwarded-proto").is_some_and(|v| v == "https") || matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Finds the visitor, checks the origin, runs the request, renders a refusal, sets the headers of every answer.
pub async fn around(State(portal): State<Portal>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let path = request.uri().path().to_owned();
    let is_program = path.starts_with("/api/") || path.starts_with("/fn/");
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let secure = is_secure(headers);
    let by_https = headers.get("x-forwarded-proto").is_some_and(|v| v == "https");
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer ")).map(str::to_owned);
    // A token in a header is not sent by a browser on its own, so only cookies need the origin.
    let own = bearer.is_some() || !changes || is_own(headers);
    let token = match (&bearer, path.starts_with("/api/")) {
        (Some(token), true) => Some(token.clone()),
        (Some(_), false) => None,
        (None, _) => cookie(headers, session_cookie(secure)).map(str::to_owned),
    };
    let looks = cookie(headers, "looks").map(home::looks_from_cookie).unwrap_or_default();
    let back = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let mut session = Session { visitor: None, looks, path: back, secure };
    let mut failed = None;
    let needs_session = !path.starts_with("/pkg/") && !path.starts_with("/media/") && path != "/healthz";
    if let (Some(token), true) = (token, needs_session) {
        match portal.store.visitor(&token, bearer.is_some()).await {
            Ok(Some(visitor)) => {
                session.looks = visitor.looks.clone();
                session.visitor = Some(Arc::new(visitor));
            }
            Ok(None) => {}
            Err(error) => failed = Some(app::portal::fault_of(error)),
        }
    }
    request.extensions_mut().insert(session.clone());
    let mut response = match failed {
        Some(fault) => {
            let mut response = status_of(&fault).into_response();
            response.extensions_mut().insert(Refused(fault));
            response
        }
        None if !own => {
            let mut response = StatusCode::FORBIDDEN.into_response();
            response.extensions_mut().insert(Refused(Fault::Forbidden));
            response
        }
        None => next.run(request).await,
    };
    let status = response.status();
    let bare = (status.is_client_error() || status.is_server_error())
        && response.headers().get(CONTENT_TYPE).is_none_or(|v| v.as_bytes().starts_with(b"text/plain"));
    if let Some(refused) = response.extensions().get::<Refused>().cloned() {
        response = if is_program { problem(status, &refused.0) } else { home::refusal(&portal, &session, status, &refused) };
    } else if bare {
        // What the framework refused by itself: a wrong method, a body that is too large, a broken path.
        let fault = match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Fault::Missing,
            StatusCode::SERVICE_UNAVAILABLE => Fault::Busy,
            _ => Fault::Invalid(vec![]),
        };
        let allow = response.headers().get("allow").cloned();
        response = if is_program { problem(status, &fault) } else { home::refusal(&portal, &session, status, &Refused(fault)) };
        if let Some(allow) = allow {
            response.headers_mut().insert("allow", allow);
        }
    }
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("camera=(), microphone=(), geolocation=()"));
    if by_https {
        headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// A fault as problem+json: a code, and for fields their names and rules.
pub fn problem(status: StatusCode, fault: &Fault) -> Response {
    let code = match fault {
        Fault::SignedOut => "signed_out".to_owned(),
        Fault::Forbidden => "forbidden".to_owned(),
        Fault::Missing => "missing".to_owned(),
        Fault::Invalid(_) => "invalid".to_owned(),
        Fault::Refused(code) => code.clone(),
        Fault::Conflict => "conflict".to_owned(),
        Fault::Busy => "busy".to_owned(),
        Fault::Internal { .. } => "internal".to_owned(),
    };
    let mut body = serde_json::json!({ "type": format!("/problems/{}", query_value(&code)), "title": code, "status": status.as_u16() });
    if let Fault::Invalid(fields) = fault {
        body["fields"] = serde_json::to_value(fields).unwrap_or_default();
    }
    if let Fault::Internal { reference } = fault {
        body["instance"] = reference.clone().into();
    }
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn only_own_pages_may_change_something() {
        let host = ("host", "yucai.cn");
        assert!(is_own(&headers(&[host, ("sec-fetch-site", "same-origin")])));
        assert!(!is_own(&headers(&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://yucai.cn")])));
        assert!(!is_own(&headers(&[host, ("sec-fetch-site", "same-site")])));
        assert!(is_own(&headers(&[host, ("origin", "https://yucai.cn")])));
        assert!(!is_own(&headers(&[host, ("origin", "https://evil.cn")])));
        assert!(!is_own(&headers(&[host, ("origin", "null")])));
        assert!(is_own(&headers(&[host, ("referer", "https://yucai.cn/login")])));
        assert!(!is_own(&headers(&[host, ("cookie", "a=b")])), "a cookie without any word of origin is refused");
        assert!(is_own(&headers(&[host])), "a program without a cookie");
    }
}
