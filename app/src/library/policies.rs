//! The policy library: what each policy means for a small organisation, and what rests on it.

use axum::extract::Path;
use domain::fault::Fault;
use domain::library::{Policy, PolicyStatus, Use};
use leptos::prelude::*;

use super::{Asking, Listing, Narrow, courses, listing, meta, print_button, status};
use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{crumbs, icon, note};

fn chip(of: PolicyStatus) -> AnyView {
    match of {
        PolicyStatus::InForce => view! { <span class="chip chip--done">{icon("done")}{status(of)}</span> }.into_any(),
        PolicyStatus::Amended => view! { <span class="chip chip--due">{icon("alert")}{status(of)}</span> }.into_any(),
        _ => view! { <span class="chip chip--late">{icon("close")}{status(of)}</span> }.into_any(),
    }
}

/// `/policies`
pub async fn all(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let shelf = ctx.store().shelf().await?;
    Ok(ctx.page(meta("政策库"), || {
        let asking = Asking::new("/policies", &fields);
        let found: Vec<&Policy> = shelf
            .library
            .policies
            .iter()
            .filter(|p| asking.finds(&[&p.title, &p.doc_no, &p.issuer, &p.topics.join(" "), &p.html]))
            .filter(|p| asking.fits("level", &[&p.level]) && asking.fits("status", &[p.status.code()]))
            .filter(|p| asking.fits("topic", &p.topics.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let mut topics: Vec<(String, usize)> = Vec::new();
        for topic in shelf.library.policies.iter().flat_map(|p| &p.topics) {
            match topics.iter_mut().find(|(t, _)| t == topic) {
                Some((_, n)) => *n += 1,
                None => topics.push((topic.clone(), 1)),
            }
        }
        topics.retain(|(_, n)| *n > 1);
        topics.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let same = |word: &str| (word.to_owned(), word.to_owned());
        let form = asking.form(
            "标题、文号或里面的话",
            vec![
                Narrow { name: "level", title: "哪一级", values: vec![same("国家"), same("北京市")] },
                Narrow { name: "topic", title: "讲什么", values: topics.into_iter().map(|(t, n)| (t.clone(), format!("{t}（{n}）"))).collect() },
                Narrow { name: "status", title: "状态", values: PolicyStatus::ALL.into_iter().map(|s| (s.code().into(), status(s).into())).collect() },
            ],
        );
        let rows = found
            .iter()
            .map(|p| {
                view! {
                    <li class="rowi"><span>{icon("doc")}</span><div>
                        <h2 class="rowi__title"><a href=format!("/policies/{}", p.key)>{p.title.clone()}</a></h2>
                        <p class="rowi__meta"><span>{p.issuer.clone()}</span>{(!p.doc_no.is_empty()).then(|| view! { <span>{p.doc_no.clone()}</span> })}{(!p.effective_from.is_empty()).then(|| view! { <span>{format!("{} 起施行", p.effective_from)}</span> })}</p></div>
                        <div class="rowi__end">{chip(p.status)}</div></li>
                }
                .into_any()
            })
            .collect();
        listing(Listing {
            path: "/policies",
            title: "政策库",
            lede: "不抄条文，只说一件事：它对您的队伍意味着什么。原文以发布机关的正式文本为准。",
            form,
            rows,
            unit: "条",
            none: ("没有同时符合这些条件的政策。少写几个字试试。", "看全部政策"),
        })
    }))
}

/// `/policies/{key}`
pub async fn one(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let policy = shelf.library.policies.iter().find(|p| p.key == key).ok_or(Fault::Missing)?;
    let catalogue = ctx.store().catalogue().await?;
    let uses = shelf.uses.get(&key).cloned().unwrap_or_default();
    let cases: Vec<_> = shelf.library.cases.iter().filter(|c| c.sources.iter().any(|s| policy.is_cited_by(s))).collect();
    let templates: Vec<_> = shelf.library.templates.iter().filter(|t| t.sources.iter().any(|s| policy.is_cited_by(s))).collect();
    Ok(ctx.page(meta(policy.title.clone()), || {
        let fact = |name: &'static str, value: &str| (!value.is_empty()).then(|| view! { <dt>{name}</dt><dd>{value.to_owned()}</dd> });
        let rest = uses.len() + cases.len() + templates.len();
        let warning = policy.status.needs_review().then(|| {
            let replaced = (!policy.replaced_by.is_empty()).then(|| format!("替代它的是{}。", policy.replaced_by));
            let depends = match rest {
                0 => "还没有课用到它。".to_owned(),
                n => format!("有 {n} 处内容用到它，列在下面，等业务人员复核。"),
            };
            note("due", "alert", view! { <p><b>{format!("这一条{}", status(policy.status))}</b><br/>{replaced}{depends}"用之前，请先问一问街道或区民政局。"</p> }.into_any())
        });
        let lessons = uses
            .iter()
            .filter_map(|u| match u {
                Use::Lesson { course, lesson, title, questions } => {
                    let slug = catalogue.by_code(course)?.slug.clone();
                    let asked = (*questions > 0).then(|| view! { <p class="rowi__meta">{format!("有 {questions} 道题出自它")}</p> });
                    Some(view! { <li class="rowi"><span>{icon("book")}</span><div><p class="rowi__title"><a href=format!("/courses/{slug}/{lesson}")>{format!("{course}　{title}")}</a></p>{asked}</div></li> }.into_any())
                }
                Use::Scenario { key, title, choices } => Some(
                    view! { <li class="rowi"><span>{icon("fork")}</span><div><p class="rowi__title"><a href=format!("/simulations/{key}")>{format!("情景模拟：{title}")}</a></p><p class="rowi__meta">{format!("有 {choices} 处选择依据它")}</p></div></li> }
                        .into_any(),
                ),
            })
            .collect::<Vec<_>>();
        let cases = cases.iter().map(|c| view! { <li class="rowi"><span>{icon("doc")}</span><div><p class="rowi__title"><a href=format!("/cases/{}", c.key)>{format!("案例：{}", c.title)}</a></p></div></li> }).collect_view();
        let templates = templates.iter().map(|t| view! { <li class="rowi"><span>{icon("pen")}</span><div><p class="rowi__title"><a href=format!("/templates/{}", t.key)>{format!("模板：{}", t.title)}</a></p></div></li> }).collect_view();
        let used = if rest == 0 {
            view! { <p class="muted">"还没有哪一课、哪个情景直接引用它。相关的课："</p>{courses(&policy.courses, &catalogue)} }.into_any()
        } else {
            view! { <ul class="rows">{lessons}{cases}{templates}</ul> }.into_any()
        };
        view! {
            <div class="wrap">
                {crumbs(vec![("/policies".into(), "政策库".into())])}
                <div class="split">
                    <div class="stack stack--l">
                        <div class="stack"><h1 class="h1--long">{policy.title.clone()}</h1><div class="row">{chip(policy.status)}{print_button()}</div></div>
                        {warning}
                        <article class="lesson" inner_html=policy.html.clone()></article>
                        <section aria-labelledby="h-use"><h2 id="h-use">"哪些课和情景用到它"</h2>{used}</section>
                    </div>
                    <aside class="split__side stack" aria-label="这一条的出处">
                        <dl class="kv kv--line small">
                            {fact("文号", &policy.doc_no)}{fact("发文机关", &policy.issuer)}{fact("发布", &policy.issued_on)}{fact("施行", &policy.effective_from)}
                            {fact("级别", &policy.level)}{fact("主题", &policy.topics.join("、"))}
                        </dl>
                        <p class="small muted">"这里写的是给队伍看的说明，不是条文。办事请以正式文本为准。"</p>
                    </aside>
                </div>
            </div>
        }
        .into_any()
    }))
}
