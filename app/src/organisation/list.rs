//! `/monitor/organisations`: the organisations of a scope.

use axum::http::StatusCode;
use axum::response::Response;
use domain::Uuid;
use domain::fault::{Fault, FieldFault};
use domain::organisation::Nature;
use domain::permission::{Action, people_scope};
use leptos::prelude::*;
use store::organisation::{OrganisationFilter, OrganisationRow};

use super::words;
use crate::monitor::views;
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, query_value, see_other};
use crate::ui::{Meta, empty, errors, field, hidden, icon, select};

const PAGE: i64 = 50;

fn filter_of(fields: &Fields) -> OrganisationFilter {
    let after = fields.get("after").split_once('~').and_then(|(id, key)| Some((key.to_owned(), Uuid::parse_str(id).ok()?)));
    let known = |state: &str| ["typed", "ended"].contains(&state) || Nature::parse(state).is_some();
    let state = Some(fields.get("state")).filter(|s| known(s)).unwrap_or_default();
    let region: String = fields.get("region").chars().filter(char::is_ascii_digit).take(12).collect();
    OrganisationFilter { region, name: fields.get("name").chars().take(40).collect(), state: state.into(), after, limit: PAGE + 1 }
}

fn address(filter: &OrganisationFilter) -> String {
    let mut parts = Vec::new();
    for (name, value) in [("region", &filter.region), ("name", &filter.name), ("state", &filter.state)] {
        if !value.is_empty() {
            parts.push(format!("{name}={}", query_value(value)));
        }
    }
    if let Some((key, id)) = &filter.after {
        parts.push(format!("after={id}~{}", query_value(key)));
    }
    if parts.is_empty() { "/monitor/organisations".into() } else { format!("/monitor/organisations?{}", parts.join("&")) }
}

fn row(o: &OrganisationRow) -> AnyView {
    let state = match o.standing.as_str() {
        "typed" => view! { <span class="chip chip--due">{icon("clock")}"学员填的，待核"</span> }.into_any(),
        "ended" => view! { <span class="chip">{icon("lock")}"已注销"</span> }.into_any(),
        "withdrawn" => view! { <span class="chip">{icon("undo")}"已撤回"</span> }.into_any(),
        _ => view! { <span class="chip chip--done">{icon("check")}"在册"</span> }.into_any(),
    };
    let what = if o.kind == "community" { words::nature(&o.nature) } else { words::kind(&o.kind) };
    view! {
        <tr><th scope="row"><a href=format!("/monitor/organisations/{}", o.id)>{o.name.clone()}</a>{(o.brands > 0).then(|| view! { " "<span class="chip chip--plain">"品牌"</span> })}</th>
            <td>{o.filing_no.clone().unwrap_or_else(|| "—".into())}</td><td>{format!("{} {}", o.above_name, o.region_name)}</td><td>{what}</td>
            <td>{words::fields(&o.fields)}</td><td class="n">{o.people}</td><td>{state}</td></tr>
    }
    .into_any()
}

async fn show(ctx: &Ctx, status: StatusCode, asked: &Fields, typed: &Fields, faults: Vec<FieldFault>) -> Result<Response, Refusal> {
    let scope = people_scope(ctx.actor()?, Action::KeepOrganisations).ok_or(Fault::Forbidden)?;
    let mut filter = filter_of(asked);
    let roots = ctx.store().scope_roots(&scope).await?;
    let here = match filter.region.as_str() {
        "" => roots.first().cloned(),
        code => store::place::node(&mut ctx.store().db.read().await?, code).await?,
    };
    let below = match &here {
        Some(node) => store::place::children(&mut ctx.store().db.read().await?, &node.code).await?,
        None => Vec::new(),
    };
    // A whole district is counted on the board.
    let total = match ctx.store().is_crowded(&scope, &filter.region).await? && filter.name.is_empty() {
        true => None,
        false => Some(ctx.store().organisation_count(&scope, &OrganisationFilter { after: None, ..filter.clone() }).await?),
    };
    let mut rows = ctx.store().organisations(&scope, &filter).await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = if more { rows.last().map(|o| (o.sort_key.clone(), o.id)) } else { None };
    filter.after = None;
    let id = ctx.store().new_id();
    Ok(ctx.page_with(status, Meta::new("组织", "/monitor"), || {
        let name = here.as_ref().map_or_else(|| "我管的范围".to_owned(), |n| n.short.clone());
        let up = here.as_ref().and_then(|n| n.parent.clone()).filter(|_| !filter.region.is_empty() && !roots.iter().any(|r| r.code == filter.region));
        let natures = Nature::ALL.iter().map(|n| (n.code(), words::nature(n.code())));
        let states = [("", "全部")]
            .into_iter()
            .chain(natures)
            .chain([("typed", "没有备案号"), ("ended", "已注销")])
            .map(|(state, word)| {
                let on = filter.state == state;
                view! { <a href=address(&OrganisationFilter { state: state.into(), ..filter.clone() }) aria-current=on.then_some("true")>{word}</a> }
            })
            .collect_view();
        let to = |code: String| address(&OrganisationFilter { region: code, ..filter.clone() });
        let regions = below.iter().map(|n| view! { <a class="btn btn--s" href=to(n.code.clone())>{n.short.clone()}</a> }).collect_view();
        let table = if rows.is_empty() {
            empty("没有符合条件的组织。", "/monitor/imports", "导入备案台账").into_any()
        } else {
            view! {
                <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="组织名单，可左右滑动"><table class="tbl">
                    <thead><tr><th scope="col">"名称"</th><th scope="col">"备案号"</th><th scope="col">"社区"</th><th scope="col">"类型"</th><th scope="col">"作用领域"</th><th scope="col" class="n">"账号"</th><th scope="col">"状态"</th></tr></thead>
                    <tbody>{rows.iter().map(row).collect_view()}</tbody></table></div>
            }
            .into_any()
        };
        let kinds = ["federation", "incubator", "support", "partner"].map(|k| (k.to_owned(), words::kind(k).to_owned())).to_vec();
        let places = here.iter().chain(&below).filter(|n| n.level != "city" || roots.iter().any(|r| r.level == "city")).map(|n| (n.code.clone(), n.short.clone())).collect();
        view! {
            <div class="wrap stack stack--l">
                <div class="row row--between"><h1>{format!("{name} · 组织")}</h1><a class="btn" href="/monitor/imports">{icon("doc")}"导入备案台账"</a></div>
                {views("/monitor/organisations", true)}
                <form class="row" method="get" action="/monitor/organisations" role="search">
                    {(!filter.region.is_empty()).then(|| view! { <input type="hidden" name="region" value=filter.region.clone()/> })}
                    <label class="vh" for="f-n">"名称或备案号"</label><input class="input" id="f-n" name="name" value=filter.name.clone() placeholder="名称或备案号" maxlength="40"/>
                    <button class="btn" type="submit">{icon("search")}"找组织"</button>
                </form>
                <nav class="seg" aria-label="哪些">{states}</nav>
                {(!below.is_empty() && filter.name.is_empty()).then(|| view! { <nav class="row" aria-label="下一级">{up.map(|code| view! { <a class="btn btn--s" href=to(code)>"上一级"</a> })}{regions}</nav> })}
                <p class="small muted">{total.map_or_else(|| "这里组织多，总数看“培训情况”。".to_owned(), |n| format!("共 {n} 个，每个算一次。"))}"“账号”是把它填作主要组织的人数。"</p>
                {table}
                {next.map(|after| view! { <p><a class="btn" href=address(&OrganisationFilter { after: Some(after), ..filter.clone() })>"下一页"{icon("right")}</a></p> })}
                <details class="more" open=!faults.is_empty()><summary>"登记联合会、孵化机构（备案台账里没有的）"</summary>
                    {errors(&faults)}
                    <form class="form stack" method="post" action="/monitor/organisations">{hidden("id", id)}
                        {select("kind", "哪一类", kinds, typed.get("kind"), &faults)}{select("region", "在哪里", places, typed.get("region"), &faults)}
                        {field("name", "名称", "", typed.get("name"), &faults)}<button class="btn btn--main" type="submit">{icon("plus")}"登记"</button></form></details>
            </div>
        }
        .into_any()
    }))
}

/// `/monitor/organisations`
pub async fn page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    show(&ctx, StatusCode::OK, &fields, &Fields::default(), vec![]).await
}

/// `POST /monitor/organisations`: a federation, an incubator or the like.
pub async fn make(ctx: Ctx, Posted(fields): Posted) -> Reply {
    people_scope(ctx.actor()?, Action::KeepOrganisations).ok_or(Fault::Forbidden)?;
    let id = fields.id()?;
    match ctx.store().make_organisation(ctx.actor()?, id, fields.get("kind"), fields.get("region"), fields.get("name")).await {
        Ok(()) => Ok(see_other(&format!("/monitor/organisations/{id}"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &Fields::default(), &fields, faults).await
        }
        Err(error) => Err(error.into()),
    }
}
