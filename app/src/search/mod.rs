//! The search page: one box over courses, lessons and documents; a hit is shown in its sentence and opens at it.

use leptos::prelude::*;
use store::search::{Hit, snippet};

use crate::course::search_box;
use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{Meta, empty, icon};

const HITS: i64 = 40;

/// `/search?q=`
pub async fn page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let query: String = fields.get("q").chars().take(40).collect();
    let hits = ctx.store().search(&query, HITS).await?;
    let catalogue = ctx.store().catalogue().await?;
    // Inside the reader's own class when they are in one, else where anybody may read it.
    let mut doors = Vec::new();
    for hit in &hits {
        let enrolment = match &ctx.session.visitor {
            Some(visitor) if !hit.lesson.is_empty() && !hit.course.is_empty() => {
                ctx.store().enrolment_in(visitor.actor.person, &hit.course).await?
            }
            _ => None,
        };
        let slug = catalogue.by_code(&hit.course).map(|c| c.slug.clone()).unwrap_or_default();
        let (key, anchor) = (&hit.lesson, anchor(hit));
        doors.push(match (hit.kind.as_str(), enrolment) {
            ("policy", _) => format!("/policies/{key}"),
            ("case", _) => format!("/cases/{key}"),
            ("template", _) => format!("/templates/{key}"),
            (_, Some((id, _))) => format!("/learn/{id}/{key}{anchor}"),
            _ if key.is_empty() => format!("/courses/{slug}{anchor}"),
            _ => format!("/courses/{slug}/{key}{anchor}"),
        });
    }
    let title = if query.is_empty() { "搜索".to_owned() } else { format!("搜索：{query}") };
    Ok(ctx.page(Meta::new(title, "/search"), || {
        let rows = hits
            .iter()
            .zip(doors)
            .map(|(hit, door)| {
                let place = match hit.kind.as_str() {
                    "policy" => "政策库".to_owned(),
                    "case" => "案例库".to_owned(),
                    "template" => "模板库".to_owned(),
                    _ => format!("{} {}", hit.course, catalogue.by_code(&hit.course).map(|c| c.title.clone()).unwrap_or_default()),
                };
                let (before, mark, after) = snippet(&hit.body, &query);
                let symbol = match hit.kind.as_str() {
                    "course" => "book",
                    "transcript" => "play",
                    _ => "doc",
                };
                let shown = view! { <p class="small">{before}<mark>{mark}</mark>{after}</p> };
                view! {
                    <li class="rowi"><span>{icon(symbol)}</span><div>
                        <h2 class="rowi__title"><a href=door>{hit.title.clone()}</a></h2>
                        {(!hit.is_title || hit.kind == "lesson").then_some(shown)}
                        <p class="rowi__meta">{place}</p>
                    </div></li>
                }
            })
            .collect_view();
        let body = if query.is_empty() {
            view! { <p class="muted">"写几个字，或者拼音的头一个字母，比如“sqzz”。"</p> }.into_any()
        } else if hits.is_empty() {
            empty("没有找到。少写几个字，或换一个说法试试。", "/courses", "看全部课程").into_any()
        } else {
            let count = if hits.len() as i64 == HITS { format!("先列出 {HITS} 处") } else { format!("找到 {} 处", hits.len()) };
            view! { <p class="small muted" role="status">{count}</p><ul class="rows hits">{rows}</ul> }.into_any()
        };
        view! { <div class="wrap wrap--narrow stack stack--l"><h1>"搜索"</h1>{search_box(&query)}{body}</div> }.into_any()
    }))
}

fn anchor(hit: &Hit) -> String {
    match hit.anchor.as_str() {
        "" => String::new(),
        anchor => format!("#{anchor}"),
    }
}
