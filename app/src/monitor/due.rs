//! `/monitor/{code}/due`: the frozen list of who is to be trained in a year, and who was added or taken off since.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::{Fault, FieldFault};
use domain::permission::{Action, people_scope};
use domain::time::{iso_date, spoken_minute, year_of};
use leptos::prelude::*;
use store::monitor::{DueEntry, DueList, PeopleFilter, PersonRow};

use super::board::{asks, region};
use crate::learning::id;
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, crumbs, errors, field, hidden, icon, note, select};

/// People that are offered to be added.
const OFFERED: i64 = 20;

fn audience(code: &str) -> &'static str {
    if code == "core" { "负责人和骨干" } else { "负责人" }
}

fn lists(all: &[DueList]) -> AnyView {
    all.iter()
        .map(|l| {
            let size = l.size.map_or_else(|| "还没有冻结完".to_owned(), |n| format!("冻结时 {n} 人"));
            view! { <li class="rowi"><span>{icon("stamp")}</span><div><p class="rowi__title">{format!("{} {} 年应训名单（{}）", l.region_name, l.year, audience(&l.audience))}</p><p class="rowi__meta"><span>{size}</span><span>{format!("{} 冻结，{}", iso_date(l.day), l.by_name)}</span><span>{l.document.clone()}</span></p></div></li> }
        })
        .collect_view()
        .into_any()
}

fn entries(all: &[DueEntry]) -> AnyView {
    all.iter()
        .map(|e| view! { <li class="rowi"><span>{icon(if e.added { "plus" } else { "close" })}</span><div><p class="rowi__title"><a href=format!("/monitor/people/{}", e.person)>{e.name.clone()}</a>{if e.added { "　增补" } else { "　核减" }}</p><p>{e.reason.clone()}</p><p class="rowi__meta"><span>{e.by_name.clone()}</span><span>{spoken_minute(e.recorded_at)}</span></p></div></li> })
        .collect_view()
        .into_any()
}

async fn show(
    ctx: &Ctx,
    status: StatusCode,
    code: &str,
    asked: &Fields,
    typed: &Fields,
    faults: Vec<FieldFault>,
) -> Result<Response, Refusal> {
    let node = region(ctx, code).await?;
    asks(ctx, code, Action::KeepOrganisations).await?;
    let scope = people_scope(ctx.actor()?, Action::KeepOrganisations).ok_or(Fault::Forbidden)?;
    let this = year_of(ctx.store().today());
    let year = asked.get("year").parse().ok().filter(|y| (this - 5..=this + 1).contains(y)).unwrap_or(this);
    let all = ctx.store().due_lists(code, year).await?;
    let own = all.iter().find(|l| l.region == node.code).cloned();
    let changes = match &own {
        Some(list) => ctx.store().due_entries(list.id).await?,
        None => Vec::new(),
    };
    let wanted: String = asked.get("name").chars().take(40).collect();
    let filter = PeopleFilter { region: node.code.clone(), name: wanted.clone(), state: String::new(), after: None, limit: OFFERED };
    let offered: Vec<PersonRow> = if own.is_some() && !wanted.is_empty() { ctx.store().people(&scope, &filter).await? } else { Vec::new() };
    let (list_id, entry_id) =
        (own.as_ref().filter(|l| l.size.is_none()).map_or_else(|| ctx.store().new_id(), |l| l.id), ctx.store().new_id());
    Ok(ctx.page_with(status, Meta::new(format!("{}：应训名单", node.short), "/monitor"), || {
        let here = format!("/monitor/{}/due", node.code);
        let audiences = ["leaders", "core"].map(|a| (a.to_owned(), audience(a).to_owned())).to_vec();
        let years = (this - 1..=this + 1).map(|y| (y.to_string(), format!("{y} 年"))).collect();
        let unfinished = own.as_ref().is_some_and(|l| l.size.is_none());
        let freeze = (all.is_empty() || unfinished).then(|| {
            view! {
                <section class="card stack" aria-labelledby="h-f"><h2 id="h-f">{if unfinished { "接着冻结" } else { "冻结一份" }}</h2>
                    <p>"把今天在册的人定下来，一年的参训率、完成率都按它算。冻结以后名单不再变；谁后来加进来、谁去掉，一条一条写理由。"</p>
                    {errors(&faults)}
                    <form class="form stack" method="post" action=here.clone()>{hidden("do", "freeze")}{hidden("id", list_id)}
                        {select("year", "哪一年", years, &year.to_string(), &faults)}{select("audience", "谁应训", audiences, typed.get("audience"), &faults)}
                        {field("document", "凭什么文件", "比如年度培训计划的名称和文号。", typed.get("document"), &faults)}
                        <button class="btn btn--main" type="submit">{icon("stamp")}"冻结"</button></form></section>
            }
        });
        let elsewhere = (own.is_none() && !all.is_empty())
            .then(|| note("", "info", view! { <p>"同一年的名单不重叠：上一级或下一级已经冻结过，见下面。"</p> }.into_any()));
        let adjust = own.as_ref().filter(|l| l.size.is_some()).map(|_| {
            let rows = offered
                .iter()
                .map(|p| {
                    let about = format!("{} {}　{}", p.above_name, p.region_name, p.organisation.clone().unwrap_or_default());
                    view! {
                        <li class="rowi"><span>{icon("person")}</span><div><p class="rowi__title">{p.name.clone()}</p><p class="rowi__meta">{about}</p>
                            <form class="row filters" method="post" action=here.clone()>{hidden("do", "adjust")}{hidden("year", year)}{hidden("id", entry_id)}{hidden("person", p.id)}
                                <label class="field"><span class="field__label">"理由"</span><input class="input" name="reason" maxlength="200" required=true/></label>
                                <button class="btn btn--s" type="submit" name="added" value="1">"增补"</button><button class="btn btn--s" type="submit" name="added" value="0">"核减"</button></form></div></li>
                    }
                })
                .collect_view();
            view! {
                <section class="stack" aria-labelledby="h-a"><h2 id="h-a">"增补和核减"</h2>
                    {errors(&faults)}
                    <form class="row" method="get" action=here.clone() role="search">{hidden("year", year)}<label class="vh" for="f-n">"姓名或拼音首字母"</label><input class="input" id="f-n" name="name" value=wanted.clone() placeholder="姓名或拼音首字母" maxlength="40"/><button class="btn" type="submit">{icon("search")}"找人"</button></form>
                    {(!wanted.is_empty() && offered.is_empty()).then(|| view! { <p class="muted">"这个范围里没有叫这个名字的人。"</p> })}
                    <ul class="rows">{rows}</ul></section>
            }
        });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![(format!("/monitor/{}", node.code), format!("{} · 培训情况", node.short))])}
                <h1>"应训名单"</h1>
                {elsewhere}
                {(!all.is_empty()).then(|| view! { <ul class="rows">{lists(&all)}</ul> })}
                {freeze}{adjust}
                {(!changes.is_empty()).then(|| view! { <section class="stack" aria-labelledby="h-e"><h2 id="h-e">"改过的"</h2><ul class="rows">{entries(&changes)}</ul></section> })}
            </div>
        }
        .into_any()
    }))
}

/// `/monitor/{code}/due?year=&name=`
pub async fn page(ctx: Ctx, Path(code): Path<String>, Asked(asked): Asked) -> Reply {
    show(&ctx, StatusCode::OK, &code, &asked, &Fields::default(), vec![]).await
}

/// `POST /monitor/{code}/due`: freezes a list, or adds somebody to it or takes somebody off.
pub async fn act(ctx: Ctx, Path(code): Path<String>, Posted(fields): Posted) -> Reply {
    let node = region(&ctx, &code).await?;
    asks(&ctx, &code, Action::KeepOrganisations).await?;
    let year = fields.get("year").parse().unwrap_or(0);
    let done = match fields.get("do") {
        "freeze" => ctx.store().freeze_due(ctx.actor()?, &code, fields.id()?, year, fields.get("audience"), fields.get("document")).await,
        "adjust" => {
            let lists = ctx.store().due_lists(&code, year).await?;
            let list = lists.iter().find(|l| l.region == node.code).ok_or(Fault::Missing)?;
            ctx.store()
                .adjust_due(
                    ctx.actor()?,
                    list.id,
                    fields.id()?,
                    id(fields.get("person"))?,
                    fields.get("added") == "1",
                    fields.get("reason"),
                )
                .await
        }
        _ => Err(Fault::Missing.into()),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/monitor/{code}/due?year={year}"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &code, &Fields(vec![("year".into(), year.to_string())]), &fields, faults).await
        }
        Err(error) => Err(error.into()),
    }
}
