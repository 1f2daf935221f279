//! All simulations, one before it is played, and the way into a room.

use std::collections::HashMap;

use axum::extract::Path;
use axum::http::StatusCode;
use domain::course::DeliveryMode;
use domain::credit::hours_text;
use domain::fault::{Fault, FieldFault};
use leptos::prelude::*;
use store::simulation::{Card, Standing};

use crate::portal::{Asked, Ctx, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, crumbs, errors, field, hidden, icon, note};

async fn standings(ctx: &Ctx) -> Result<HashMap<String, Standing>, Refusal> {
    match &ctx.session.visitor {
        Some(visitor) => Ok(ctx.store().simulation_standings(visitor.actor.person).await?),
        None => Ok(HashMap::new()),
    }
}

/// The organisations that the visitor belongs to.
pub(super) async fn agencies(ctx: &Ctx) -> Result<Vec<domain::Uuid>, Refusal> {
    match &ctx.session.visitor {
        Some(visitor) => Ok(ctx.store().agencies(visitor.actor.person).await?),
        None => Ok(Vec::new()),
    }
}

/// `/simulations`
pub async fn page_of_all(ctx: Ctx) -> Reply {
    let list = ctx.store().scenarios().await?;
    let standings = standings(&ctx).await?;
    let agencies = agencies(&ctx).await?;
    let catalogue = ctx.store().catalogue().await?;
    Ok(ctx.page(Meta::new("情景模拟", "/simulations"), || {
        let rows = list
            .iter()
            .filter(|card| card.is_open_to(&agencies))
            .map(|card| {
                let standing = standings.get(&card.key).cloned().unwrap_or_default();
                let chip = match (&standing.open, standing.best) {
                    (Some(_), _) => view! { <span class="chip chip--due">{icon("half")}"走到一半"</span> }.into_any(),
                    (None, Some((percent, _))) => view! { <span class="chip chip--done">{icon("done")}{format!("最好 {percent} 分")}</span> }.into_any(),
                    _ => ().into_any(),
                };
                let course = catalogue.by_code(&card.course).map(|c| format!("《{}》", c.title));
                view! {
                    <li class="rowi"><span>{icon("fork")}</span>
                        <div><h2 class="rowi__title"><a href=format!("/simulations/{}", card.key)>{card.title.clone()}</a></h2>
                            <p>{card.role.clone()}{card.goal.clone()}</p>
                            <p class="rowi__meta"><span>{format!("约 {} 分钟", card.minutes)}</span><span>{card.fields.clone()}</span>{course.map(|c| view! { <span>{c}</span> })}</p></div>
                        <div class="rowi__end">{chip}</div></li>
                }
            })
            .collect_view();
        view! {
            <div class="wrap stack stack--l">
                <div class="stack"><h1>"情景模拟"</h1>
                    <p class="lede">"真会碰上的为难事，先在这里走一遍。没有时限，没有标准答案，走错了看得见后果，也看得见为什么。"</p></div>
                <ul class="rows">{rows}</ul>
                <p><a class="link" href="/simulations/join">"班上或小组里给了六位数字？从这里进"</a></p>
            </div>
        }
        .into_any()
    }))
}

async fn card_of(ctx: &Ctx, key: &str) -> Result<Card, Refusal> {
    let list = ctx.store().scenarios().await?;
    let agencies = agencies(ctx).await?;
    list.iter().find(|c| c.key == key && c.is_open_to(&agencies)).cloned().ok_or_else(|| Fault::Missing.into())
}

/// `/simulations/{key}`: one simulation before it is played.
pub async fn page(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let card = card_of(&ctx, &key).await?;
    let (scenario, _) = ctx.store().scenario(card.edition).await?;
    let standing = standings(&ctx).await?.remove(&key).unwrap_or_default();
    let catalogue = ctx.store().catalogue().await?;
    let course = catalogue.by_code(&card.course).cloned();
    let policy = ctx.store().simulation_policy().await?;
    let enrolled = match &ctx.session.visitor {
        Some(visitor) => Some(ctx.store().enrolment_in(visitor.actor.person, &card.course).await?.is_some()),
        None => None,
    };
    let (start, group) = (ctx.store().new_id(), ctx.store().new_id());
    let teaches = super::board::has_board(&ctx, &card.course).await;
    Ok(ctx.page(Meta::new(card.title.clone(), "/simulations"), || {
        let declared = course.as_ref().map_or(0, |c| c.minutes.of(DeliveryMode::Simulation));
        let hours = match (declared, enrolled) {
            (0, _) => "这个情景是练习，不计学时。".to_owned(),
            (_, Some(false)) => "要计学时，先报名它所属的课；不报名也可以走，算练习。".to_owned(),
            _ => format!("走完一遍并写好复盘，计 {} 学时，同一年计一次。怎么走的不影响学时。", hours_text(policy.grant_minutes.min(declared), 45)),
        };
        let word = match (&standing.open, standing.ended) {
            (Some(_), _) => "接着走",
            (None, 0) => "开始走",
            _ => "再走一遍",
        };
        let people = scenario.people.iter().map(|p| view! { <div><dt>{p.key.clone()}</dt><dd>{p.who.clone()}</dd></div> }).collect_view();
        let undebriefed = standing.undebriefed.filter(|_| standing.minutes == 0).map(|run| {
            note("due", "pen", view! { <p>"上一遍走完了，还没写复盘。写好才计学时。"<br/><a href=format!("/simulations/runs/{run}#debrief")>"去写复盘"</a></p> }.into_any())
        });
        let best = standing.best.map(|(percent, run)| view! { <p><a href=format!("/simulations/runs/{run}")>{format!("您最好的一遍：{percent} 分，看每一步")}</a></p> });
        view! {
            <div class="wrap">
                {crumbs(vec![("/simulations".into(), "情景模拟".into())])}
                <div class="split">
                    <div class="stack stack--l">
                        <div class="stack"><h1>{card.title.clone()}</h1><p class="lede">{card.role.clone()}</p><p>{format!("要办成的事：{}", card.goal)}</p></div>
                        {undebriefed}
                        {(!scenario.people.is_empty()).then(|| view! { <section aria-labelledby="h-p"><h2 id="h-p">"您会碰到"</h2><dl class="kv kv--line">{people}</dl></section> })}
                        <section aria-labelledby="h-h" class="stack"><h2 id="h-h">"怎么走"</h2>
                            <ul class="ticks">
                                <li>{icon("check")}<span>"每到一处，看清眼下的局面，再选一种办法。没有时限。"</span></li>
                                <li>{icon("check")}<span>"走错了不扣学时。头一遍计入全班的分布，最好的一遍算您自己的。"</span></li>
                                <li>{icon("check")}<span>"走完可以回到任何一步，换一种办法试试，那算练习。"</span></li>
                            </ul></section>
                    </div>
                    <aside class="split__side stack" aria-label="开始"><div class="card enrol">
                        <p>{hours}</p>
                        <form method="post" action=format!("/simulations/{}", card.key)>{hidden("id", start)}<button class="btn btn--main btn--wide" type="submit">{icon("play")}{word}</button></form>
                        {best}
                        <form method="post" action=format!("/simulations/{}/group", card.key)>{hidden("id", group)}<button class="btn btn--wide" type="submit">"几个人一起走一遍"</button></form>
                        <p class="small muted">{format!("2 到 {} 人，一台手机报步骤，各写各的复盘。", policy.group_most)}</p>
                        <dl class="kv kv--line small">
                            <dt>"时间"</dt><dd>{format!("约 {} 分钟", card.minutes)}</dd>
                            <dt>"领域"</dt><dd>{card.fields.clone()}</dd>
                            {course.map(|c| view! { <dt>"课程"</dt><dd><a href=format!("/courses/{}", c.slug)>{c.title.clone()}</a></dd> })}
                            <dt>"编写"</dt><dd>{card.credit.clone()}</dd>
                        </dl>
                        {teaches.then(|| view! { <p class="small"><a href=format!("/teach/simulations/{}", card.key)>"看大家怎么选的，开一场班内模拟"</a></p><p class="small"><a href=format!("/simulations/{}/cards", card.key)>"打印成角色卡和选择卡，没有手机的场地用"</a></p> })}
                    </div></aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// `POST /simulations/{key}`: starts a run of one's own, or goes on with the open one.
pub async fn start(ctx: Ctx, Path(key): Path<String>, Posted(fields): Posted) -> Reply {
    if ctx.session.visitor.is_none() {
        return Err(Refusal::SignIn("/simulations".into()));
    }
    crate::people::may_learn(ctx.actor()?)?;
    let run = ctx.store().start_run(ctx.me()?, &key, fields.id()?).await?;
    Ok(see_other(&format!("/simulations/runs/{run}")))
}

/// `POST /simulations/{key}/group`: starts a run that a group goes together.
pub async fn group(ctx: Ctx, Path(key): Path<String>, Posted(fields): Posted) -> Reply {
    if ctx.session.visitor.is_none() {
        return Err(Refusal::SignIn("/simulations".into()));
    }
    crate::people::may_learn(ctx.actor()?)?;
    let me = ctx.me()?;
    let room = ctx.store().open_group(me, &key, fields.id()?).await?;
    let run = ctx.store().come_in(me, &room.code, ctx.store().new_id()).await?;
    Ok(see_other(&format!("/simulations/runs/{run}")))
}

fn join_form(ctx: &Ctx, status: StatusCode, code: &str, faults: &[FieldFault]) -> axum::response::Response {
    let id = ctx.store().new_id();
    ctx.page_with(status, Meta::new("进入一场模拟", "/simulations"), || {
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/simulations".into(), "情景模拟".into())])}
                <h1>"进入一场模拟"</h1>
                {errors(faults)}
                <form class="form stack" method="post" action="/simulations/join">
                    {hidden("id", id)}
                    {field("code", "六位数字", "班主任或者组里的队友给的。", code, faults)}
                    <button class="btn btn--main" type="submit">"进去"</button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// `/simulations/join`
pub async fn join_page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    ctx.visitor()?;
    Ok(join_form(&ctx, StatusCode::OK, fields.get("code"), &[]))
}

/// `POST /simulations/join`
pub async fn come_in(ctx: Ctx, Posted(fields): Posted) -> Reply {
    crate::people::may_learn(ctx.actor()?)?;
    let code: String = fields.get("code").chars().filter(|c| !c.is_whitespace()).take(20).collect();
    match ctx.store().come_in(ctx.me()?, &code, fields.id()?).await {
        Ok(run) => Ok(see_other(&format!("/simulations/runs/{run}"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => Ok(join_form(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &code, &faults)),
        Err(error) => Err(error.into()),
    }
}
