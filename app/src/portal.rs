//! What every handler works with: the store, the visitor behind the request, and the answers a page can give.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use domain::permission::Actor;
use leptos::prelude::AnyView;
use store::Store;
use store::people::Looks;
use store::people::session::Visitor;

use crate::ui;

/// The program as the pages see it. Cheap to clone.
#[derive(Clone)]
pub struct Portal {
    /// The store.
    pub store: Store,
    /// Folder of the media store.
    pub media: Arc<PathBuf>,
    /// Address of the folder of hashed files, `/pkg/ab12cd34/`.
    pub pkg: Arc<str>,
    /// Where this database comes from: `real`, `demo`, `synthetic`.
    pub origin: Arc<str>,
    /// Public address without a slash at the end, for what leaves the site (QR codes).
    pub address: Arc<str>,
    /// Fonts for what leaves the site as a file.
    pub fonts: crate::print::Fonts,
    /// The icon sprite, inlined into pages by symbol.
    pub icons: Arc<BTreeMap<String, String>>,
}

/// Who asks, from where. Made once a request by the session layer.
#[derive(Clone, Default)]
pub struct Session {
    /// The signed-in visitor.
    pub visitor: Option<Arc<Visitor>>,
    /// Looks of this request: the visitor's, or the cookie's.
    pub looks: Looks,
    /// Path with query, to come back to.
    pub path: String,
    /// Whether cookies may be `Secure` (https, or a local address).
    pub secure: bool,
}

/// A page handler's view of the request.
#[derive(Clone)]
pub struct Ctx {
    /// The program.
    pub portal: Portal,
    /// Who and from where.
    pub session: Session,
    /// What the browser calls itself.
    pub device: String,
}

impl FromRequestParts<Portal> for Ctx {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        let device = parts.headers.get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Self { portal: portal.clone(), session: parts.extensions.get::<Session>().cloned().unwrap_or_default(), device })
    }
}

impl OptionalFromRequestParts<Portal> for Ctx {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Option<Self>, Self::Rejection> {
        <Self as FromRequestParts<Portal>>::from_request_parts(parts, portal).await.map(Some)
    }
}

impl Ctx {
    /// The store.
    pub fn store(&self) -> &Store {
        &self.portal.store
    }

    /// The signed-in visitor, or the way to the sign-in page.
    pub fn visitor(&self) -> Result<&Visitor, Refusal> {
        let visitor = self.session.visitor.as_deref().ok_or_else(|| Refusal::SignIn(self.session.path.clone()))?;
        if visitor.must_change_password && !self.session.path.starts_with("/me/password") {
            return Err(Refusal::Elsewhere("/me/password".into()));
        }
        // Whoever was registered by somebody else, or knows an earlier notice, reads it once before anything else. Programs
        // do not read.
        let path = self.session.path.as_str();
        let read = visitor.privacy_version.as_deref() == Some(crate::home::PRIVACY_VERSION);
        if !read && !["/me/password", "/me/privacy", "/api/", "/fn/"].iter().any(|p| path.starts_with(p)) {
            return Err(Refusal::Elsewhere(format!("/me/privacy?next={}", query_value(path))));
        }
        Ok(visitor)
    }

    /// Who acts.
    pub fn actor(&self) -> Result<&Actor, Refusal> {
        Ok(&self.visitor()?.actor)
    }

    /// The id of the signed-in person.
    pub fn me(&self) -> Result<Uuid, Refusal> {
        Ok(self.actor()?.person)
    }

    /// A complete page.
    pub fn page(&self, meta: ui::Meta, view: impl FnOnce() -> AnyView) -> Response {
        self.page_with(StatusCode::OK, meta, view)
    }

    /// A complete page with another status (422 for a form with faults).
    pub fn page_with(&self, status: StatusCode, meta: ui::Meta, view: impl FnOnce() -> AnyView) -> Response {
        let html = ui::document(&self.portal, &self.session, &meta, view);
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Why a page is not shown. Rendered by the session layer, which knows how the visitor wants pages to look.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Sign in first, then come back to this path.
    SignIn(String),
    /// Something else has to be done first, at this path.
    Elsewhere(String),
    /// A fault.
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Fault(fault_of(error))
    }
}

/// The fault a store error is answered with. What is our own failure is logged here, once, with a reference.
pub fn fault_of(error: store::Error) -> Fault {
    match error {
        store::Error::Fault(fault) => fault,
        store::Error::Contended => Fault::Busy,
        error => {
            let reference = reference();
            tracing::error!(%reference, %error, "internal failure");
            Fault::Internal { reference }
        }
    }
}

fn reference() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What a refused request carries to the layer that renders it.
#[derive(Clone)]
pub struct Refused(pub Fault);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(path) => see_other(&format!("/login?next={}", query_value(&path))),
            Self::Elsewhere(path) => see_other(&path),
            Self::Fault(fault) => {
                let status = status_of(&fault);
                let mut response = status.into_response();
                response.extensions_mut().insert(Refused(fault));
                response
            }
        }
    }
}

/// The status of a fault.
pub fn status_of(fault: &Fault) -> StatusCode {
    match fault {
        Fault::SignedOut => StatusCode::UNAUTHORIZED,
        Fault::Forbidden => StatusCode::FORBIDDEN,
        Fault::Missing => StatusCode::NOT_FOUND,
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Refused(_) | Fault::Conflict => StatusCode::CONFLICT,
        Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The answer of a page handler.
pub type Reply = Result<Response, Refusal>;

/// 303 to an own path. The path is made by us; what a visitor gave goes through [`own_path`] first.
pub fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/")));
    response
}

/// A path of this site, or the front page: `/x` but not `//host`, `/\host` or anything with control characters.
pub fn own_path(text: &str) -> &str {
    let mut bytes = text.bytes();
    let own = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && text.bytes().all(|b| b.is_ascii_graphic())
        && !text.contains('\\');
    if own { text } else { "/" }
}

/// Percent-encodes a value for a query.
pub fn query_value(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-_.~/".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The fields of a form or a query, in order; a name may stand several times.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field, trimmed; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value as sent: for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }

    /// The id that a creating form carries.
    pub fn id(&self) -> Result<Uuid, Fault> {
        Uuid::parse_str(self.get("id")).map_err(|_| Fault::Invalid(vec![FieldFault::new("id", Rule::Malformed)]))
    }
}

/// Reads a posted form into [`Fields`].
pub struct Posted(pub Fields);

impl axum::extract::FromRequest<Portal> for Posted {
    type Rejection = Refusal;
    async fn from_request(request: axum::extract::Request, portal: &Portal) -> Result<Self, Self::Rejection> {
        let wrong = |_| Refusal::Fault(Fault::Invalid(vec![FieldFault::new("form", Rule::Malformed)]));
        let axum::extract::RawForm(bytes) = axum::extract::RawForm::from_request(request, portal).await.map_err(wrong)?;
        Ok(Self(read_fields(&bytes)))
    }
}

/// The query of an address as [`Fields`].
pub struct Asked(pub Fields);

impl FromRequestParts<Portal> for Asked {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &Portal) -> Result<Self, Self::Rejection> {
        Ok(Self(read_fields(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// Reads `a=b&c=d` with percent and plus decoding; broken UTF-8 becomes U+FFFD, which no parser of ours accepts as a name.
pub fn read_fields(bytes: &[u8]) -> Fields {
    let decode = |part: &[u8]| {
        let mut out = Vec::with_capacity(part.len());
        let mut i = 0;
        while i < part.len() {
            let hex = |b: u8| (b as char).to_digit(16);
            match part[i] {
                b'+' => out.push(b' '),
                b'%' if i + 2 < part.len() && hex(part[i + 1]).is_some() && hex(part[i + 2]).is_some() => {
                    out.push((hex(part[i + 1]).unwrap_or(0) * 16 + hex(part[i + 2]).unwrap_or(0)) as u8);
                    i += 2;
                }
                b => out.push(b),
            }
            i += 1;
        }
        // NUL cannot be stored by PostgreSQL and means nothing in a form.
        String::from_utf8_lossy(&out).replace('\0', "")
    };
    let pairs = bytes.split(|b| *b == b'&').filter(|p| !p.is_empty()).take(500).map(|pair| {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
    });
    Fields(pairs.collect())
}

/// Reads a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get_all("cookie").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Name of the session cookie.
pub fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-yucai" } else { "yucai" }
}

/// `Set-Cookie` for a session token; an empty token signs out.
pub fn set_session(secure: bool, token: &str) -> HeaderValue {
    let age = if token.is_empty() { 0 } else { 180 * 86_400 };
    let secure_part = if secure { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure_part}", session_cookie(secure));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        for path in ["/", "/me", "/learn/1?x=%E4%BA%AC"] {
            assert_eq!(own_path(path), path);
        }
        for path in ["//evil.cn", "/\\evil.cn", "https://evil.cn", "javascript:alert(1)", "", "/a\nb", "me"] {
            assert_eq!(own_path(path), "/", "{path}");
        }
    }

    #[test]
    fn fields_are_read_as_browsers_send_them() {
        let fields = read_fields("name=%E7%8E%8B+%E8%8A%B3&a=1&a=2&empty&bad=%zz%ff%00".as_bytes());
        assert_eq!(fields.get("name"), "王 芳");
        assert_eq!(fields.all("a"), ["1", "2"]);
        assert_eq!(fields.get("empty"), "");
        assert_eq!(fields.get("bad"), "%zz\u{fffd}");
    }
}
