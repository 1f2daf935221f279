//! Parts that several features use, and the document around every page.

mod form;
mod parts;
pub mod words;

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::prelude::*;

use crate::portal::{Portal, Session};

pub use form::{LongText, TextArea, errors, field, field_with, hidden, password_field, select};
pub use parts::{area_badge, bar, crumbs, empty, icon, megabytes, modes_badges, note, phrased, why};

/// What the document needs to know of a page.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// Title, without the name of the site.
    pub title: String,
    /// The section in the navigation that is marked: its path.
    pub section: &'static str,
    /// The browser library that wakes its island; empty for a page without one.
    pub library: &'static str,
    /// A script of its own, for a page of those who write; empty for every other.
    pub script: &'static str,
}

impl Meta {
    /// A page without islands.
    pub fn new(title: impl Into<String>, section: &'static str) -> Self {
        Self { title: title.into(), section, ..Self::default() }
    }

    /// The same page with an island, woken by this browser library (a feature of the crate of the same name).
    pub fn with_island(self, library: &'static str) -> Self {
        Self { library, ..self }
    }

    /// The same page with a script of its own.
    pub fn with_script(self, script: &'static str) -> Self {
        Self { script, ..self }
    }
}

/// Escapes a text for HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A part of a page alone, for a page that asks for it again.
pub fn fragment(view: impl FnOnce() -> AnyView) -> String {
    Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands()))).with(|| view().to_html())
}

/// The complete document: head, header, the page, footer. Pure: nothing is loaded here.
pub fn document(portal: &Portal, session: &Session, meta: &Meta, view: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let body = owner.with(|| body(portal, session, meta, view()).to_html());
    let looks = &session.looks;
    let mut root = String::from("<html lang=\"zh-CN\"");
    if matches!(looks.theme.as_str(), "light" | "dark") {
        root += &format!(" data-theme=\"{}\"", looks.theme);
    }
    if looks.mode == "elder" {
        root += " data-mode=\"elder\"";
        if matches!(looks.text_size.as_str(), "l" | "xl") {
            root += &format!(" data-text=\"{}\"", looks.text_size);
        }
    }
    let pkg = &portal.pkg;
    let title = if meta.title.is_empty() {
        "育才 · 社区社会组织学习门户".into()
    } else {
        format!("{} · 育才", escape(&meta.title))
    };
    let sprite = sprite(portal, &body);
    let script = if meta.script.is_empty() { String::new() } else { format!("<script src=\"{pkg}{}.js\" defer></script>\n", meta.script) };
    format!(
        "<!doctype html>\n{root}>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n<link rel=\"manifest\" href=\"/manifest.webmanifest\">\n\
         <link rel=\"stylesheet\" href=\"{pkg}yucai.css\">\n<script src=\"{pkg}boot.js\" data-pkg=\"{pkg}\" data-library=\"{}\" defer></script>\n{script}</head>\n<body>{body}{sprite}</body>\n</html>\n",
        meta.library
    )
}

/// The symbols that the body uses, inlined once.
fn sprite(portal: &Portal, body: &str) -> String {
    let mut out = String::from("<svg class=\"sprite\" aria-hidden=\"true\" focusable=\"false\">");
    let mut used: Vec<&str> = body.split("href=\"#i-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    used.sort_unstable();
    used.dedup();
    for name in used {
        if let Some(symbol) = portal.icons.get(name) {
            out.push_str(symbol);
        }
    }
    out.push_str("</svg>");
    out
}

const SECTIONS: [(&str, &str); 4] = [("/courses", "课程"), ("/simulations", "情景模拟"), ("/policies", "资料"), ("/learn", "我要学")];

fn body(portal: &Portal, session: &Session, meta: &Meta, view: AnyView) -> AnyView {
    let visitor = session.visitor.as_deref();
    let works = visitor.map(crate::people::workplaces).unwrap_or_default();
    let section = meta.section;
    let current = move |path: &str| (path == section).then_some("page");
    let elder = session.looks.mode == "elder";
    let banner = (&*portal.origin != "real").then(|| {
        let text = if &*portal.origin == "demo" {
            "演示数据：这里的人和记录都是示例，不是真实的。"
        } else {
            "合成数据：人和记录由程序生成，仅供试验。"
        };
        view! { <aside class="banner" aria-label="数据说明"><p class="wrap banner__in">{icon("info")}<span>{text}</span></p></aside> }
    });
    let nav = SECTIONS
        .into_iter()
        .map(|(path, name)| (path.to_owned(), name.to_owned()))
        .chain(works.into_iter().map(|(path, name)| (path.to_owned(), name.to_owned())))
        .map(|(path, name)| view! { <a href=path.clone() aria-current=current(&path)>{name}</a> })
        .collect_view();
    let me = match visitor {
        Some(visitor) => view! {
            <a class="tool elder-hide" href="/me">{icon("person")}<span class="tool__word">{visitor.name.clone()}</span><span class="vh">"我的"</span></a>
        }
        .into_any(),
        None => view! { <a class="tool elder-hide" href="/login">{icon("person")}<span>"登录"</span></a> }.into_any(),
    };
    let back = session.path.clone();
    view! {
        <a class="skip" href="#main">"跳到正文"</a>
        {banner}
        <header class="top"><div class="wrap top__in">
            <a class="brand" href="/"><span class="seal" aria-hidden="true">"育才"</span><span class="brand__name">"育才"<span class="brand__sub">"社区社会组织学习门户"</span></span></a>
            <nav class="top__nav" aria-label="主要栏目">{nav}</nav>
            <div class="top__tools">
                <a class="tool elder-hide" href="/search">{icon("search")}<span class="tool__word">"搜索"</span><span class="vh">"课程"</span></a>
                <a class="tool tool--box elder-only" href="/help">{icon("phone")}<span>"求助"</span></a>
                <form class="prefs__one" method="post" action="/prefs">
                    <input type="hidden" name="next" value=back/>
                    <button class="tool tool--box" type="submit" name="mode" value=if elder { "plain" } else { "elder" }>
                        {icon("textsize")}<span>{if elder { "标准版" } else { "长辈版" }}</span>
                    </button>
                </form>
                {me}
            </div>
        </div></header>
        <main class="page" id="main"><div class="page__body">{view}</div></main>
        {footer()}
        <nav class="tabbar" aria-label="常用"><div class="tabbar__in">
            <a href="/" aria-current=current("/")>{icon("home")}"首页"</a>
            <a href="/courses" aria-current=current("/courses")>{icon("book")}"课程"</a>
            <a href="/learn" aria-current=current("/learn")>{icon("learn")}"我要学"</a>
            <a href="/me" aria-current=current("/me")>{icon("person")}"我的"</a>
        </div></nav>
    }
    .into_any()
}

fn footer() -> impl IntoView {
    view! {
        <footer class="foot"><div class="wrap foot__in">
            <div><p>"不会用、打不开、看不清，都可以问您所在的社区或街道。"</p><a class="foot__tel" href="/help">{icon("phone")}"怎样求助"</a></div>
            <div><nav class="foot__links" aria-label="页脚">
                <a href="/courses">"课程"</a><a href="/policies">"政策"</a><a href="/cases">"案例"</a><a href="/templates">"模板"</a><a href="/exam">"社工考试"</a><a href="/help">"帮助"</a><a href="/looks">"字号和颜色"</a><a href="/privacy">"个人信息说明"</a>
            </nav></div>
        </div></footer>
    }
}
