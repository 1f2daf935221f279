//! The case library: fictional ones, short enough to read before a meeting.

use axum::extract::Path;
use domain::fault::Fault;
use domain::library::Case;
use leptos::prelude::*;

use super::{Asking, Listing, Narrow, courses, listing, meta, print_button, sources};
use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{crumbs, icon};

fn tags(case: &Case) -> AnyView {
    case.fields.iter().chain(&case.themes).map(|t| view! { <span class="chip chip--plain">{t.clone()}</span> }).collect_view().into_any()
}

/// Values that some case carries, each once, in the order first met.
fn values(cases: &[Case], of: impl Fn(&Case) -> &[String]) -> Vec<(String, String)> {
    let mut out: Vec<(String, usize)> = Vec::new();
    for value in cases.iter().flat_map(&of) {
        match out.iter_mut().find(|(v, _)| v == value) {
            Some((_, n)) => *n += 1,
            None => out.push((value.clone(), 1)),
        }
    }
    out.into_iter().map(|(v, n)| (v.clone(), format!("{v}（{n}）"))).collect()
}

/// `/cases`
pub async fn all(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let shelf = ctx.store().shelf().await?;
    Ok(ctx.page(meta("案例库"), || {
        let asking = Asking::new("/cases", &fields);
        let cases = &shelf.library.cases;
        let of = |list: &[String]| list.iter().map(String::clone).collect::<Vec<_>>();
        let found: Vec<&Case> = cases
            .iter()
            .filter(|c| asking.finds(&[&c.title, &c.summary, &c.html]))
            .filter(|c| asking.fits("field", &of(&c.fields).iter().map(String::as_str).collect::<Vec<_>>()))
            .filter(|c| asking.fits("theme", &of(&c.themes).iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let form = asking.form(
            "标题或里面的话",
            vec![
                Narrow { name: "field", title: "工作领域", values: values(cases, |c| &c.fields) },
                Narrow { name: "theme", title: "主题", values: values(cases, |c| &c.themes) },
            ],
        );
        let rows = found
            .iter()
            .map(|c| {
                view! {
                    <li class="rowi"><span>{icon("doc")}</span><div>
                        <h2 class="rowi__title"><a href=format!("/cases/{}", c.key)>{c.title.clone()}</a></h2><p>{c.summary.clone()}</p>
                        <div class="badges">{tags(c)}</div></div></li>
                }
                .into_any()
            })
            .collect();
        listing(Listing {
            path: "/cases",
            title: "案例库",
            lede: "三分钟看完一个：难在哪儿，他们怎么做，后来怎样，您能照着学哪一样。社区、队伍和人都是虚构的。",
            form,
            rows,
            unit: "个",
            none: ("没有同时符合这些条件的案例。少选一项试试。", "看全部案例"),
        })
    }))
}

/// `/cases/{key}`
pub async fn one(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let cases = &shelf.library.cases;
    let at = cases.iter().position(|c| c.key == key).ok_or(Fault::Missing)?;
    let case = &cases[at];
    let catalogue = ctx.store().catalogue().await?;
    Ok(ctx.page(meta(case.title.clone()), || {
        let near = |case: Option<&Case>, word: &'static str| {
            case.map(|c| view! { <a class="btn" href=format!("/cases/{}", c.key)>{format!("{word}：{}", c.title)}</a> })
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/cases".into(), "案例库".into())])}
                <div class="stack"><h1>{case.title.clone()}</h1><p class="lede">{case.summary.clone()}</p><div class="row"><div class="badges">{tags(case)}</div>{print_button()}</div></div>
                <article class="lesson" inner_html=case.html.clone()></article>
                <section aria-labelledby="h-c"><h2 id="h-c">"相关的课"</h2>{courses(&case.courses, &catalogue)}</section>
                {(!case.sources.is_empty()).then(|| view! { <section class="small" aria-labelledby="h-s"><h2 id="h-s" class="small">"依据"</h2><ul>{sources(&case.sources, &shelf.library)}</ul></section> })}
                <nav class="row row--between sec-s no-print" aria-label="前后案例">{near(at.checked_sub(1).and_then(|i| cases.get(i)), "上一个")}{near(cases.get(at + 1), "下一个")}</nav>
            </div>
        }
        .into_any()
    }))
}
