//! `/monitor/{code}/names`: the people behind a figure of the board, as many as it says.

use axum::extract::Path;
use domain::fault::Fault;
use domain::permission::{Action, people_scope};
use domain::time::iso_date;
use leptos::prelude::*;
use store::monitor::Measure;

use super::board::{place_of, query, region, window};
use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{Meta, crumbs, empty, words};

const PAGE: usize = 50;

/// `/monitor/{code}/names?of=&skip=&…`
pub async fn page(ctx: Ctx, Path(code): Path<String>, Asked(asked): Asked) -> Reply {
    let node = region(&ctx, &code).await?;
    let scope = people_scope(ctx.actor()?, Action::SeePerson).ok_or(Fault::Forbidden)?;
    let columns = ctx.store().columns().await?;
    let (window, live) = window(&ctx, &asked);
    let at = place_of(&columns, &code)?;
    let of = asked.get("of").to_owned();
    let (title, how) = match of.as_str() {
        "enrolled" => ("报名的人", "这段时间报过名、没有退出。"),
        "learnt" => ("参训的人", "这段时间至少记过一次学时。"),
        "completed" => ("完成的人", "这段时间至少有一门课的网上部分完成。"),
        "leaders" => ("完成过的负责人", "现在是负责人，这段时间至少完成过一门课。"),
        "leaders-without" => ("还没有完成的负责人", "现在是负责人，这段时间一门课也没有完成。"),
        "due-idle" => ("应训还没有参训的人", "在应训名单上，这段时间一次学时也没有记过。"),
        "due-enrolled" => ("应训已报名的人", "在应训名单上，这段时间报过名、没有退出。"),
        "due-learnt" => ("应训已参训的人", "在应训名单上，这段时间至少记过一次学时。"),
        "due-completed" => ("应训已完成的人", "在应训名单上，这段时间至少有一门课的网上部分完成。"),
        "beside" => ("计划外参训的人", "这段时间记过学时，不在应训名单上。"),
        _ => return Err(Fault::Missing.into()),
    };
    let asked_of = of.clone();
    let ids = tokio::task::spawn_blocking(move || match asked_of.as_str() {
        "enrolled" => columns.names(Measure::Enrolled, &window, at),
        "learnt" => columns.names(Measure::Learnt, &window, at),
        "completed" => columns.names(Measure::Completed, &window, at),
        "due-idle" => columns.due(Measure::Learnt, &window, at, false),
        "due-enrolled" => columns.due(Measure::Enrolled, &window, at, true),
        "due-learnt" => columns.due(Measure::Learnt, &window, at, true),
        "due-completed" => columns.due(Measure::Completed, &window, at, true),
        "beside" => columns.beside(&window, at),
        one => columns.leaders(&window, at, one == "leaders"),
    })
    .await
    .map_err(|_| Fault::Busy)?;
    let skip = asked.get("skip").parse::<usize>().unwrap_or(0).min(ids.len());
    let rows = ctx.store().behind(&scope, &ids, skip, PAGE).await?;
    Ok(ctx.page(Meta::new(format!("{}：{title}", node.short), "/monitor"), || {
        let query = query(&window, live);
        let here = |skip: usize| format!("/monitor/{code}/names?of={of}&{query}&skip={skip}");
        let body = rows
            .iter()
            .map(|p| {
                if !p.is_here() {
                    return view! { <tr><th scope="row">{p.name.clone()}</th><td>"已搬到别处"</td><td>"—"</td></tr> }.into_any();
                }
                let organisation = if p.organisation.is_empty() { "—".to_owned() } else { p.organisation.clone() };
                view! { <tr><th scope="row"><a href=format!("/monitor/people/{}", p.id)>{p.name.clone()}</a></th><td>{format!("{} {}", p.above_name, p.region_name)}</td><td>{organisation}" · "{words::post(&p.post)}</td></tr> }.into_any()
            })
            .collect_view();
        let table = if rows.is_empty() {
            empty("没有人。", "/monitor", "看学员").into_any()
        } else {
            view! { <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="名单"><table class="tbl"><thead><tr><th scope="col">"姓名"</th><th scope="col">"现在的社区"</th><th scope="col">"组织"</th></tr></thead><tbody>{body}</tbody></table></div> }.into_any()
        };
        let other = match of.as_str() {
            "leaders" => Some(("leaders-without", "看还没有完成的负责人")),
            "leaders-without" => Some(("leaders", "看完成过的负责人")),
            _ => None,
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![(format!("/monitor/{code}?{query}"), format!("{} · 培训情况", node.short))])}
                <div class="stack"><h1>{title}</h1><p class="lede">{format!("{} 人", ids.len())}</p>
                    <p class="muted">{format!("{} 至 {}（记录截至 {}）。{how}算在他最后一次时的社区；搬了家的，现在的社区会不一样。", iso_date(window.from), iso_date(window.to), iso_date(window.known))}</p></div>
                {table}
                <div class="row">{(skip > 0).then(|| view! { <a class="btn" href=here(skip.saturating_sub(PAGE))>"上一页"</a> })}{(skip + PAGE < ids.len()).then(|| view! { <a class="btn" href=here(skip + PAGE)>"下一页"</a> })}
                    {other.map(|(of, word)| view! { <a class="link" href=format!("/monitor/{code}/names?of={of}&{query}")>{word}</a> })}</div>
            </div>
        }
        .into_any()
    }))
}
