//! Writing simulations in the browser: cards for those who do not program, a text of the same source for those who want it,
//! tables and files from elsewhere, the check beside it all, a try in the own class, and a review by somebody else.

mod card;
mod conflict;
mod draft;
mod graph;
mod history;
mod import;
mod live;
mod text;
mod walk;

use domain::Uuid;
use domain::authoring::{Circle, DraftState};
use domain::fault::Fault;
use domain::permission::Role;
use domain::scenario::{Finding, Gravity, Scenario};
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::simulation::{Draft, Revision};

use super::words;
use crate::portal::{Ctx, Posted, Refusal, Reply, see_other};
use crate::teach::results;
use crate::ui::{Meta, crumbs, field, hidden, icon, select};

pub use card::{page as card, save as save_card};
pub use draft::{act, page as draft};
pub use graph::{act as join, page as graph};
pub use history::{page as history, restore};
pub use import::{page as import, take};
pub use text::{page as text, save as save_text};
pub use walk::page as walk;

/// What a new draft begins with.
const STARTER: &str = include_str!("starter.yaml");

/// The courses for which the visitor may write: those that the visitor teaches or supervises, or the city's.
async fn courses(ctx: &Ctx) -> Result<Vec<(String, String)>, Refusal> {
    let actor = ctx.actor()?;
    if !actor.is(Role::Trainer) && !actor.is(Role::Supervisor) && actor.top().is_none_or(|r| r < Role::CityOfficer) {
        return Err(Fault::Forbidden.into());
    }
    let mut out = Vec::new();
    for card in ctx.store().catalogue().await?.cards() {
        if results(ctx, &card.code).await.is_ok() {
            out.push((card.code.clone(), format!("{} {}", card.code, card.title)));
        }
    }
    Ok(out)
}

/// A draft as one of its writers or a reviewer of its course sees it, while they have to do with the course; for anybody else it does
/// not exist.
async fn seen(ctx: &Ctx, id: &str) -> Result<(Draft, Revision, Scenario, bool), Refusal> {
    let actor = ctx.actor()?;
    let (draft, revision, scenario) = ctx.store().draft(Uuid::parse_str(id).map_err(|_| Fault::Missing)?).await?;
    results(ctx, &draft.course).await.map_err(|_| Fault::Missing)?;
    let own = ctx.store().writes(actor.person, &draft).await?;
    Ok((draft, revision, scenario, own))
}

/// A draft that the visitor may change now.
async fn own(ctx: &Ctx, id: &str) -> Result<(Draft, Revision, Scenario), Refusal> {
    let (draft, revision, scenario, own) = seen(ctx, id).await?;
    if !own || draft.state() != DraftState::Writing {
        return Err(Fault::Refused("draft_closed".into()).into());
    }
    Ok((draft, revision, scenario))
}

/// The revision on which a change of one part can be saved: the newest one, unless somebody else changed that part since the
/// one that was read.
async fn ground<T: PartialEq>(
    ctx: &Ctx,
    draft: &Draft,
    base: i64,
    now: &Scenario,
    part: impl Fn(&Scenario) -> T,
) -> Result<Option<i64>, Refusal> {
    if base == draft.revision {
        return Ok(Some(base));
    }
    let read = store::simulation::parse(&ctx.store().revision(draft.id, base).await?.body, &draft.key)?;
    Ok((part(&read) == part(now)).then_some(draft.revision))
}

fn state_word(state: DraftState) -> &'static str {
    match state {
        DraftState::Writing => "在写",
        DraftState::Review => "待审",
        DraftState::Published => "已发布",
    }
}

/// For whom a scenario is meant.
fn circle_word(circle: Circle) -> &'static str {
    match circle {
        Circle::City => "全市都能走",
        Circle::Agency => "只给本机构（作者所在的组织）",
        Circle::Class => "只给写的人自己的班（凭六位数字进）",
    }
}

/// Where a page of a draft stands.
fn trail(draft: &Draft) -> AnyView {
    crumbs(vec![("/teach/scenarios".into(), "写情景".into()), (format!("/teach/scenarios/{}", draft.id), draft.title.clone())])
}

/// What the check says, the grave things first; an advice can be answered with a reason.
fn findings(draft: &Draft, found: &Finding, editable: bool) -> AnyView {
    let mut traces: Vec<_> = found.traces.iter().collect();
    traces.sort_by_key(|t| (t.trouble.gravity() != Gravity::Must, t.answer.is_some()));
    let rows = traces
        .into_iter()
        .map(|trace| {
            let (what, mend) = words::trouble(trace.trouble);
            let must = trace.trouble.gravity() == Gravity::Must;
            let chip = match (must, &trace.answer) {
                (true, _) => view! { <span class="chip chip--late">{icon("alert")}"必须改"</span> }.into_any(),
                (false, None) => view! { <span class="chip chip--due">{icon("info")}"建议看"</span> }.into_any(),
                (false, Some(_)) => view! { <span class="chip chip--done">{icon("done")}"已答复"</span> }.into_any(),
            };
            let place = if trace.place.is_empty() { "整个情景".to_owned() } else { trace.place.clone() };
            let node = trace.place.split('/').next().unwrap_or_default().to_owned();
            let code = serde_json::to_value(trace.trouble).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            let answer = (!must && trace.answer.is_none() && editable).then(|| {
                view! {
                    <details class="more"><summary>"这样就好，写一句理由"</summary>
                        <form class="form stack" method="post" action=format!("/teach/scenarios/{}", draft.id)>{hidden("do", "answer")}{hidden("trouble", code)}{hidden("place", trace.place.clone())}{hidden("base", draft.revision)}
                            {field("reason", "理由", "", "", &[])}<button class="btn btn--s" type="submit">"记下理由"</button></form></details>
                }
            });
            view! {
                <li class="rowi"><span>{chip}</span><div class="stack stack--s"><p class="rowi__title">{what}</p>
                    <p class="rowi__meta"><a href=format!("/teach/scenarios/{}/cards/{node}", draft.id)>{place}</a><span>{mend}</span></p>
                    {trace.answer.as_ref().map(|a| view! { <p class="small">{format!("理由：{a}")}</p> })}{answer}</div></li>
            }
        })
        .collect_view();
    if found.traces.is_empty() {
        return view! { <p class="t-done">{icon("done")}"没有查出毛病。"</p> }.into_any();
    }
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

/// `/teach/scenarios`
pub async fn all(ctx: Ctx) -> Reply {
    let courses = courses(&ctx).await?;
    let codes: Vec<String> = courses.iter().map(|c| c.0.clone()).collect();
    let me = ctx.me()?;
    let (own, waiting) = ctx.store().drafts(me, &codes).await?;
    let agencies = ctx.store().agencies(me).await?;
    let published: Vec<(String, String)> = ctx
        .store()
        .scenarios()
        .await?
        .iter()
        .filter(|c| c.is_open_to(&agencies))
        .map(|c| (c.key.clone(), format!("{} {}", c.key, c.title)))
        .collect();
    let (blank, copy) = (ctx.store().new_id(), ctx.store().new_id());
    Ok(ctx.page(Meta::new("写情景", "/teach"), || {
        let row = |d: &Draft| {
            let from = (!d.from_key.is_empty()).then(|| view! { <span>{format!("抄自 {}", d.from_key)}</span> });
            view! {
                <li class="rowi"><span>{icon("pen")}</span><div><h3 class="rowi__title"><a href=format!("/teach/scenarios/{}", d.id)>{d.title.clone()}</a></h3>
                    <p class="rowi__meta"><span>{d.course.clone()}</span><span>{d.author_name.clone()}</span><span>{format!("第 {} 次保存，{}", d.revision, spoken_minute(d.touched_at))}</span>{from}</p></div>
                    <div class="rowi__end"><span class="chip chip--plain">{state_word(d.state())}</span></div></li>
            }
        };
        let mine = own.iter().map(row).collect_view();
        let review = waiting.iter().map(row).collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into())])}
                <div class="stack"><h1>"写情景"</h1><p class="lede">"把您真碰到过的一件为难事，写成一处一处的选择。写好先在自己班上试，再请别人审，审过了大家都能走。"</p></div>
                {(!waiting.is_empty()).then(|| view! { <section aria-labelledby="h-r"><h2 id="h-r">"等您审的"</h2><ul class="rows">{review}</ul></section> })}
                {(!own.is_empty()).then(|| view! { <section aria-labelledby="h-m"><h2 id="h-m">"我写的"</h2><ul class="rows">{mine}</ul></section> })}
                <section class="card stack" aria-labelledby="h-n"><h2 id="h-n">"新写一个"</h2>
                    <form class="form stack" method="post" action="/teach/scenarios">{hidden("id", blank)}
                        {field("title", "叫什么", "说出那件事，比如“楼道里的充电线”。", "", &[])}{select("course", "配哪门课", courses.clone(), "", &[])}
                        <button class="btn btn--main" type="submit">{icon("plus")}"开始写"</button></form></section>
                <details class="more"><summary>"从现成的抄一份来改"</summary>
                    <form class="form stack" method="post" action="/teach/scenarios">{hidden("id", copy)}
                        {select("from", "抄哪一个", published, "", &[])}{select("course", "配哪门课", courses, "", &[])}
                        <button class="btn" type="submit">"抄一份"</button></form></details>
            </div>
        }
        .into_any()
    }))
}

/// `POST /teach/scenarios`: a new draft, empty or a copy that names its source.
pub async fn create(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let course = fields.get("course").to_owned();
    courses(&ctx).await?.iter().find(|c| c.0 == course).ok_or(Fault::Missing)?;
    let visitor = ctx.visitor()?;
    let from = fields.get("from");
    // Author and agency are credited.
    let me = match ctx.store().main_organisation_name(visitor.actor.person).await? {
        Some(agency) => format!("{}（{agency}）", visitor.name),
        None => visitor.name.clone(),
    };
    let begin = if from.is_empty() {
        let title: String = fields.get("title").chars().take(60).collect();
        let starter = store::simulation::parse(STARTER, "starter.yaml")?;
        Scenario { title: if title.is_empty() { "新情景".into() } else { title }, credit: me, ..starter }
    } else {
        let list = ctx.store().scenarios().await?;
        let agencies = ctx.store().agencies(visitor.actor.person).await?;
        let card = list.iter().find(|c| c.key == from && c.is_open_to(&agencies)).ok_or(Fault::Missing)?;
        let (scenario, _) = ctx.store().scenario(card.edition).await?;
        Scenario {
            title: format!("{}（改）", scenario.title),
            credit: format!("{me}，改自{}的 {}", scenario.credit, scenario.key),
            ..(*scenario).clone()
        }
    };
    let draft = ctx.store().new_draft(visitor.actor.person, fields.id()?, &course, begin, from).await?;
    Ok(see_other(&format!("/teach/scenarios/{draft}")))
}
