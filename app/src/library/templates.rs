//! Forms and templates: read on the page, taken away as an office file to go on writing in, or as PDF to print.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::fault::Fault;
use domain::library::{Template, TemplateKind};
use leptos::prelude::*;

use super::{Asking, Listing, Narrow, listing, meta, print_button, sources};
use crate::portal::{Asked, Ctx, Refusal, Reply};
use crate::print;
use crate::ui::{crumbs, icon};

fn ending(kind: TemplateKind) -> (&'static str, &'static str) {
    match kind {
        TemplateKind::Document => ("docx", "Word 文档"),
        TemplateKind::Sheet => ("xlsx", "Excel 表格"),
    }
}

/// `/templates`
pub async fn all(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let catalogue = ctx.store().catalogue().await?;
    Ok(ctx.page(meta("模板库"), || {
        let asking = Asking::new("/templates", &fields);
        let all = &shelf.library.templates;
        let found: Vec<&Template> = all
            .iter()
            .filter(|t| asking.finds(&[&t.title, &t.summary, &t.html]))
            .filter(|t| asking.fits("course", &t.courses.iter().map(String::as_str).collect::<Vec<_>>()))
            .filter(|t| asking.fits("kind", &[ending(t.kind).0]))
            .collect();
        let used = |code: &str| all.iter().any(|t| t.courses.iter().any(|c| c == code));
        let form = asking.form(
            "叫什么，或里面的话",
            vec![
                Narrow {
                    name: "course",
                    title: "哪门课讲到",
                    values: catalogue.cards().iter().filter(|c| used(&c.code)).map(|c| (c.code.clone(), format!("{} {}", c.code, c.title))).collect(),
                },
                Narrow { name: "kind", title: "哪一种", values: [TemplateKind::Document, TemplateKind::Sheet].into_iter().map(ending).map(|(e, w)| (e.into(), w.into())).collect() },
            ],
        );
        let rows = found
            .iter()
            .map(|t| {
                view! {
                    <li class="rowi"><span>{icon("pen")}</span><div>
                        <h2 class="rowi__title"><a href=format!("/templates/{}", t.key)>{t.title.clone()}</a></h2><p>{t.summary.clone()}</p></div>
                        <div class="rowi__end"><span class="chip chip--plain">{ending(t.kind).1}</span></div></li>
                }
                .into_any()
            })
            .collect();
        listing(Listing {
            path: "/templates",
            title: "模板库",
            lede: "课里讲到的章程、表格和通知，拿回去就能填。只留办事用得上的栏，不多要一个字。",
            form,
            rows,
            unit: "份",
            none: ("没有同时符合这些条件的模板。少写几个字试试。", "看全部模板"),
        })
    }))
}

/// `/templates/{key}`
pub async fn one(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let template = shelf.library.templates.iter().find(|t| t.key == key).ok_or(Fault::Missing)?;
    let catalogue = ctx.store().catalogue().await?;
    let mut lessons = Vec::new();
    for address in &template.lessons {
        let Some((code, lesson)) = address.split_once('/') else { continue };
        let Some(card) = catalogue.by_code(code) else { continue };
        let edition = ctx.store().edition(card.edition).await?;
        if let Some(lesson) = edition.lesson(lesson) {
            lessons.push((format!("/courses/{}/{}", card.slug, lesson.key), format!("{code}　{}", lesson.title)));
        }
    }
    let fonts = ctx.portal.fonts.are_there().await;
    Ok(ctx.page(meta(template.title.clone()), || {
        let (office, word) = ending(template.kind);
        let file = |ending: &str| format!("/templates/{}/{}.{ending}", template.key, template.key);
        let name = |ending: &str| format!("{}.{ending}", template.title);
        let lessons = lessons
            .into_iter()
            .map(|(href, title)| view! { <li class="rowi"><span>{icon("book")}</span><div><p class="rowi__title"><a href=href>{title}</a></p></div></li> })
            .collect_view();
        view! {
            <div class="wrap">
                {crumbs(vec![("/templates".into(), "模板库".into())])}
                <div class="split">
                    <div class="stack stack--l">
                        <div class="stack"><h1>{template.title.clone()}</h1><p class="lede no-print">{template.summary.clone()}</p></div>
                        <article class="lesson form-paper" inner_html=template.html.clone()></article>
                    </div>
                    <aside class="split__side stack no-print" aria-label="拿走">
                        <div class="card stack">
                            <a class="btn btn--main btn--wide" href=file(office) download=name(office)>{icon("download")}{format!("下载 {word}")}</a>
                            {fonts.then(|| view! { <a class="btn btn--wide" href=file("pdf") download=name("pdf")>{icon("download")}"下载 PDF"</a> })}
                            {print_button()}
                            <p class="small muted">"在微信里打不开文件的，把这一页发给会用电脑的人，请他帮着下载。"</p>
                        </div>
                        {(!template.lessons.is_empty()).then(|| view! { <section aria-labelledby="h-l"><h2 id="h-l" class="small">"哪一课讲到它"</h2><ul class="rows">{lessons}</ul></section> })}
                        {(!template.sources.is_empty()).then(|| view! { <section class="small" aria-labelledby="h-s"><h2 id="h-s" class="small">"依据"</h2><ul>{sources(&template.sources, &shelf.library)}</ul></section> })}
                    </aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// A file to be taken away, named for the reader.
pub(crate) fn download(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    let disposition = format!("attachment; filename*=UTF-8''{}", crate::portal::query_value(name));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// `/templates/{key}/{key}.{docx|xlsx|pdf}`
pub async fn file(ctx: Ctx, Path((key, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let shelf = ctx.store().shelf().await?;
    let template = shelf.library.templates.iter().find(|t| t.key == key).ok_or(Fault::Missing)?;
    let asked = name.strip_prefix(&key).and_then(|rest| rest.strip_prefix('.')).ok_or(Fault::Missing)?;
    let (title, blocks) = (template.title.clone(), template.blocks.clone());
    let made = match (asked, template.kind) {
        ("docx", TemplateKind::Document) => {
            (print::docx(&title, &blocks), "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        }
        ("xlsx", TemplateKind::Sheet) => {
            (print::xlsx(&title, &blocks), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        ("pdf", _) => (ctx.portal.fonts.document(title, blocks).await, "application/pdf"),
        _ => return Err(Fault::Missing.into()),
    };
    let bytes = made.0.ok_or(Fault::Missing)?;
    Ok(download(bytes, made.1, &format!("{}.{asked}", template.title)))
}
