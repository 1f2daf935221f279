//! `/monitor/organisations/{id}`: one organisation: what it is, what it was, who belongs to it, its brands.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::{Fault, FieldFault};
use domain::time::{iso_date, parse_date};
use leptos::prelude::*;
use store::organisation::Record;

use super::words;
use crate::learning::id;
use crate::portal::{Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, crumbs, errors, field, field_with, hidden, icon, words as people};

fn facts(record: &Record) -> AnyView {
    let pairs = [
        ("在哪里", record.region_name.clone()),
        ("状态", words::standing(&record.said.standing).to_owned()),
        ("类型", words::nature(&record.said.nature).to_owned()),
        ("作用领域", words::fields(&record.said.fields)),
        ("新风主题", words::themes(&record.said.themes)),
        ("农村类别", words::rural(&record.said.rural).to_owned()),
        ("备案日期", record.said.filed_on.map_or_else(|| "—".into(), iso_date)),
        ("成员", record.said.members.map_or_else(|| "—".into(), |n| format!("{n} 人"))),
    ];
    let rows = pairs.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
    view! { <dl class="kv kv--line">{rows}</dl> }.into_any()
}

async fn show(ctx: &Ctx, status: StatusCode, organisation: &str, typed: &Fields, faults: Vec<FieldFault>) -> Result<Response, Refusal> {
    let (organisation, records, brands) = ctx.store().organisation_for(ctx.actor()?, id(organisation)?).await?;
    let members = ctx.store().members(organisation.id).await?;
    let form = ctx.store().new_id();
    Ok(ctx.page_with(status, Meta::new(organisation.name.clone(), "/monitor"), || {
        let here = format!("/monitor/organisations/{}", organisation.id);
        let now = records.iter().find(|r| r.to_day.is_none());
        let history = records
            .iter()
            .map(|r| {
                let until = r.to_day.map_or_else(|| "至今".into(), iso_date);
                view! { <li class="rowi"><span>{icon("scroll")}</span><div><p class="rowi__title">{r.said.name.clone()}</p><p class="rowi__meta"><span>{format!("{} 至 {until}", iso_date(r.from_day))}</span><span>{words::standing(&r.said.standing)}</span><span>{r.region_name.clone()}</span><span>{words::nature(&r.said.nature)}</span></p></div></li> }
            })
            .collect_view();
        let people = members
            .iter()
            .map(|m| {
                let term = m.to_day.map_or_else(|| format!("{} 起", iso_date(m.from_day)), |to| format!("{} 至 {}", iso_date(m.from_day), iso_date(to)));
                view! { <tr><th scope="row"><a href=format!("/monitor/people/{}", m.person)>{m.name.clone()}</a></th><td>{people::post(&m.post)}</td><td>{term}</td><td>{if m.main { "主要组织" } else { "兼" }}</td></tr> }
            })
            .collect_view();
        let named = brands
            .iter()
            .map(|b| {
                let end = b.ended_on.is_none().then(|| view! { <form method="post" action=here.clone()>{hidden("do", "end")}{hidden("brand", b.id)}<button class="btn btn--s" type="submit">"到今天为止"</button></form> });
                let until = b.ended_on.map(|d| format!("至 {}", iso_date(d)));
                view! { <li class="rowi"><span>{icon("flag")}</span><div><p class="rowi__title">{b.title.clone()}</p><p class="rowi__meta"><span>{format!("{} 命名", iso_date(b.named_on))}</span><span>{until}</span><span>{b.document.clone()}</span></p></div><div class="rowi__end">{end}</div></li> }
            })
            .collect_view();
        let state = match organisation.standing.as_str() {
            "typed" => "学员填的，还没有和备案台账对上",
            "ended" => "已注销",
            "withdrawn" => "已撤回",
            _ => "在册",
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/monitor/organisations".into(), "组织".into())])}
                <div class="stack"><h1>{organisation.name.clone()}</h1><p class="muted">{format!("{}　{}　{state}", words::kind(&organisation.kind), organisation.filing_no.clone().unwrap_or_else(|| "没有备案号".into()))}</p></div>
                {now.map(facts)}
                <section class="stack" aria-labelledby="h-p"><h2 id="h-p">"人"</h2>
                    {if members.is_empty() { view! { <p class="muted">"还没有人把它填作自己的组织。"</p> }.into_any() } else { view! { <div class="tbl-box" tabindex="0" role="region" aria-label="这个组织的人"><table class="tbl"><thead><tr><th scope="col">"姓名"</th><th scope="col">"职务"</th><th scope="col">"任期"</th><th scope="col">"归属"</th></tr></thead><tbody>{people}</tbody></table></div> }.into_any() }}</section>
                <section class="stack" aria-labelledby="h-b"><h2 id="h-b">"品牌"</h2>
                    {(!brands.is_empty()).then(|| view! { <ul class="rows">{named}</ul> })}
                    <details class="more" open=!faults.is_empty()><summary>"记一次命名"</summary>{errors(&faults)}
                        <form class="form stack" method="post" action=here.clone()>{hidden("do", "brand")}{hidden("id", form)}
                            {field("title", "品牌叫什么", "", typed.get("title"), &faults)}{field_with("named_on", "哪天命名的", "", "date", "off", typed.get("named_on"), &faults)}
                            {field("document", "凭什么文件", "文件名称和文号。", typed.get("document"), &faults)}<button class="btn btn--main" type="submit">{icon("flag")}"记下"</button></form></details></section>
                {(!records.is_empty()).then(|| view! { <section class="stack" aria-labelledby="h-r"><h2 id="h-r">"从前和现在"</h2><ul class="rows">{history}</ul></section> })}
            </div>
        }
        .into_any()
    }))
}

/// `/monitor/organisations/{id}`
pub async fn page(ctx: Ctx, Path(organisation): Path<String>) -> Reply {
    show(&ctx, StatusCode::OK, &organisation, &Fields::default(), vec![]).await
}

/// `POST /monitor/organisations/{id}`: names a brand, or ends one.
pub async fn act(ctx: Ctx, Path(organisation): Path<String>, Posted(fields): Posted) -> Reply {
    let (actor, this) = (ctx.actor()?, id(&organisation)?);
    let done = match fields.get("do") {
        "brand" => {
            ctx.store()
                .name_brand(actor, this, fields.id()?, fields.get("title"), parse_date(fields.get("named_on")), fields.get("document"))
                .await
        }
        "end" => ctx.store().end_brand(actor, this, id(fields.get("brand"))?).await,
        _ => Err(Fault::Missing.into()),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/monitor/organisations/{this}"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &organisation, &fields, faults).await
        }
        Err(error) => Err(error.into()),
    }
}
