//! The observer sheet typed back in, and what the sheets say.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::http::StatusCode;
use domain::fault::{Fault, FieldFault};
use domain::scenario::Scenario;
use domain::time::{iso_date, parse_date, spoken_minute};
use leptos::prelude::*;
use store::simulation::{Card, Sheet};

use super::after::share;
use super::board::card_of;
use crate::islands::simulation::SIGNS;
use crate::portal::{Ctx, Fields, Posted, Reply, see_other};
use crate::teach::results;
use crate::ui::{Meta, TextArea, crumbs, errors, field_with, hidden, icon};

fn show(
    ctx: &Ctx,
    status: StatusCode,
    card: &Card,
    scenario: &Scenario,
    typed: &Fields,
    faults: &[FieldFault],
) -> axum::response::Response {
    let form_id = ctx.store().new_id();
    let today = iso_date(ctx.store().today());
    ctx.page_with(status, Meta::new(format!("{}：观察记录", card.title), "/teach"), || {
        let day = if typed.get("day").is_empty() { today } else { typed.get("day").to_owned() };
        let rows = scenario
            .nodes
            .iter()
            .enumerate()
            .map(|(i, node)| {
                let wrong = faults.iter().any(|f| f.field == node.key);
                let choices = node
                    .choices
                    .iter()
                    .zip(SIGNS)
                    .map(|(c, sign)| {
                        let name = format!("{}.{}", node.key, c.key);
                        let value = typed.get(&name).to_owned();
                        view! { <label class="row row--between"><span>{format!("{sign}　{}", c.text)}</span><input class="input input--n" type="number" inputmode="numeric" min="0" max="60" name=name value=value/></label> }
                    })
                    .collect_view();
                view! {
                    <fieldset class=if wrong { "field is-error stack stack--s" } else { "stack stack--s" } id=format!("f-{}", node.key)><legend class="h-like">{format!("{} 号　{}", i + 1, node.title)}</legend>{choices}
                        {wrong.then(|| view! { <p class="field__error">{icon("alert")}"各项加起来不能多于组数，也不能是负数。"</p> })}</fieldset>
                }
            })
            .collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into()), (format!("/teach/simulations/{}", card.key), card.title.clone())])}
                <div class="stack"><h1>"把观察记录录进来"</h1><p class="muted">"没有设备的教室里用卡片走的，照观察员的表，写每一处有几个组选了哪一项。没走到的空着。"</p></div>
                {errors(faults)}
                <form class="form stack stack--l" method="post" action=format!("/teach/simulations/{}/sheet", card.key)>{hidden("id", form_id)}
                    {field_with("groups", "几个组", "一共几个组在走。", "number", "off", typed.get("groups"), faults)}
                    {field_with("day", "哪一天", "", "date", "off", &day, faults)}
                    {rows}
                    {TextArea("note", "看到的，值得讲评的", typed.get("note"))}
                    <button class="btn btn--main" type="submit">{icon("check")}"录好了"</button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// `/teach/simulations/{key}/sheet`
pub async fn page(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let card = card_of(&ctx, &key).await?;
    results(&ctx, &card.course).await?;
    let (scenario, _) = ctx.store().scenario(card.edition).await?;
    Ok(show(&ctx, StatusCode::OK, &card, &scenario, &Fields::default(), &[]))
}

/// `POST /teach/simulations/{key}/sheet`
pub async fn keep(ctx: Ctx, Path(key): Path<String>, Posted(fields): Posted) -> Reply {
    let card = card_of(&ctx, &key).await?;
    results(&ctx, &card.course).await?;
    let (scenario, _) = ctx.store().scenario(card.edition).await?;
    let mut counts: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for node in &scenario.nodes {
        for choice in &node.choices {
            // What is no number is refused as one.
            let n = match fields.get(&format!("{}.{}", node.key, choice.key)) {
                "" => 0,
                text => text.parse().unwrap_or(-1),
            };
            counts.entry(node.key.clone()).or_default().insert(choice.key.clone(), n);
        }
    }
    let me = ctx.me()?;
    let sheet = Sheet {
        id: fields.id()?,
        groups: fields.get("groups").parse().unwrap_or(0),
        counts,
        note: fields.get("note").to_owned(),
        occurred_on: parse_date(fields.get("day")).unwrap_or(i64::MAX),
        recorded_at: 0,
        by: String::new(),
    };
    match ctx.store().keep_sheet(me, &scenario, card.edition, sheet).await {
        Ok(()) => Ok(see_other(&format!("/teach/simulations/{key}#sheets"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            Ok(show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &card, &scenario, &fields, &faults))
        }
        Err(error) => Err(error.into()),
    }
}

/// The sheets on the board.
pub(super) fn list(scenario: &Scenario, sheets: &[Sheet]) -> Option<AnyView> {
    let rows = sheets
        .iter()
        .map(|sheet| {
            let nodes = scenario
                .nodes
                .iter()
                .filter_map(|node| Some((node, sheet.counts.get(&node.key)?)))
                .map(|(node, counts)| {
                    let bars = node
                        .choices
                        .iter()
                        .zip(SIGNS)
                        .map(|(c, sign)| share(format!("{sign}　{}", c.text), counts.get(&c.key).copied().unwrap_or(0), sheet.groups, false, "组"))
                        .collect_view();
                    view! { <section class="stack stack--s"><h4>{node.title.clone()}</h4>{bars}</section> }
                })
                .collect_view();
            view! {
                <li class="stack"><details class="more"><summary>{format!("{} 的一场，{} 个组", iso_date(sheet.occurred_on), sheet.groups)}</summary>
                    <div class="stack">{nodes}{(!sheet.note.is_empty()).then(|| view! { <p>{sheet.note.clone()}</p> })}<p class="small muted">{format!("{} {} 录入；没有回放，只作讲评用，不进上面的数。", sheet.by, spoken_minute(sheet.recorded_at))}</p></div></details></li>
            }
        })
        .collect_view();
    (!sheets.is_empty()).then(|| view! { <section class="stack" aria-labelledby="sheets"><h2 id="sheets">"用卡片走的"</h2><ul class="stack">{rows}</ul></section> }.into_any())
}
