//! The board of trainers and officers: what was chosen at each decision, how it ended, where points went; rooms of a
//! class, and the view for the projector, which names nobody.

use axum::extract::Path;
use axum::http::HeaderValue;
use domain::fault::Fault;
use domain::permission::{Action, PeopleScope, people_scope};
use domain::scenario::Scenario;
use domain::scenario::graph::Line;
use domain::small_group;
use domain::time::{iso_minute, spoken_minute};
use leptos::prelude::*;
use store::simulation::{Card, Figures, Over, Place, Room};

use super::after::share;
use super::graph;
use crate::islands::simulation::{SIGNS, paragraphs};
use crate::learning::id;
use crate::portal::{Asked, Ctx, Posted, Refusal, Reply, see_other};
use crate::teach::results;
use crate::ui::{Meta, crumbs, empty, hidden, icon};

pub(super) async fn card_of(ctx: &Ctx, key: &str) -> Result<Card, Refusal> {
    ctx.visitor()?;
    let list = ctx.store().scenarios().await?;
    list.iter().find(|c| c.key == key).cloned().ok_or_else(|| Fault::Missing.into())
}

/// Whose runs the visitor may see: everybody's for those who teach or supervise the course, else those of the own region
/// for its officers.
async fn seen(ctx: &Ctx, course: &str) -> Result<Option<PeopleScope>, Refusal> {
    match results(ctx, course).await {
        Ok(_) => Ok(None),
        Err(refusal) => match people_scope(ctx.actor()?, Action::ConfirmPerson) {
            Some(scope) => Ok(Some(scope)),
            None => Err(refusal),
        },
    }
}

/// Whether the visitor has a board of this course's simulations.
pub(super) async fn has_board(ctx: &Ctx, course: &str) -> bool {
    ctx.session.visitor.is_some() && seen(ctx, course).await.is_ok()
}

/// Averages by region, small groups left out.
fn places(title: &'static str, places: &[Place], small: i64) -> Option<AnyView> {
    let shown = small_group::shown(&places.iter().map(|p| p.ended).collect::<Vec<_>>(), small);
    let rows: Vec<_> = places
        .iter()
        .zip(&shown)
        .filter(|(_, shown)| **shown)
        .map(|(p, _)| view! { <tr><th scope="row">{p.name.clone()}</th><td class="n">{p.ended}</td><td class="n">{p.percents / p.ended.max(1)}</td></tr> })
        .collect();
    let hidden = shown.iter().filter(|s| !**s).count();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="stack"><h3>{title}</h3>
                <div class="tbl-box" tabindex="0" role="region" aria-label=format!("{title}，可左右滑动")><table class="tbl"><thead><tr><th scope="col">"地方"</th><th scope="col" class="n">"走完的人"</th><th scope="col" class="n">"平均分"</th></tr></thead><tbody>{rows}</tbody></table></div>
                {(hidden > 0).then(|| view! { <p class="small muted">{format!("还有 {hidden} 处人少，不单列。")}</p> })}</section>
        }
        .into_any()
    })
}

async fn room_of(ctx: &Ctx, room: &str) -> Result<Room, Refusal> {
    ctx.visitor()?;
    let room = ctx.store().room(id(room)?).await?;
    results(ctx, &room.course).await?;
    Ok(room)
}

/// Choices at one situation as bars, in the author's order.
fn node_bars(scenario: &Scenario, figures: &Figures, at: usize) -> AnyView {
    let Some(node) = scenario.nodes.get(at) else { return ().into_any() };
    let tally = figures.nodes.get(&node.key).cloned().unwrap_or_default();
    node.choices
        .iter()
        .zip(SIGNS)
        .map(|(c, sign)| share(format!("{sign}　{}", c.text), tally.choices.get(&c.key).copied().unwrap_or(0), tally.times, false, "人"))
        .collect_view()
        .into_any()
}

/// Everything known of many runs.
fn whole(scenario: &Scenario, figures: &Figures) -> AnyView {
    let mut lost: Vec<(usize, i64, i64)> =
        scenario.nodes.iter().enumerate().filter_map(|(at, n)| figures.nodes.get(&n.key).map(|t| (at, t.lost, t.times))).collect();
    lost.sort_by_key(|(at, lost, times)| (-(lost * 1_000 / (*times).max(1)), *at));
    let hardest = lost
        .iter()
        .filter(|(_, lost, _)| *lost > 0)
        .take(3)
        .map(|(at, lost, times)| view! { <li>{format!("{}：{times} 次里一共丢了 {lost} 分", scenario.nodes[*at].title)}</li> })
        .collect_view();
    let endings = scenario
        .endings
        .iter()
        .map(|e| {
            share(
                e.text.chars().take(24).chain(['…']).collect(),
                figures.endings.get(&e.key).copied().unwrap_or(0),
                figures.ended,
                false,
                "人",
            )
        })
        .collect_view();
    let nodes = scenario
        .nodes
        .iter()
        .enumerate()
        .map(|(at, n)| {
            let times = figures.nodes.get(&n.key).map_or(0, |t| t.times);
            view! { <section class="stack stack--s"><h3>{format!("{}　{}", at + 1, n.title)}</h3><p class="small muted">{format!("{times} 次走到")}</p>{node_bars(scenario, figures, at)}</section> }
        })
        .collect_view();
    let average = (figures.ended > 0).then(|| figures.percents / figures.ended);
    view! {
        <dl class="kv kv--line">
            <dt>"走过"</dt><dd>{format!("{} 遍，走完 {} 遍", figures.runs, figures.ended)}</dd>
            <dt>"平均分"</dt><dd>{average.map_or_else(|| "—".into(), |a| a.to_string())}</dd>
            <dt>"用时的中位数"</dt><dd>{figures.median_minutes().map_or_else(|| "—".into(), |m| format!("{m} 分钟"))}</dd>
        </dl>
        <section class="stack" aria-labelledby="h-l"><h2 id="h-l">"哪里丢分最多"</h2><ol>{hardest}</ol></section>
        <section class="stack" aria-labelledby="h-e"><h2 id="h-e">"各走到哪里"</h2>{endings}</section>
        <section class="stack stack--l" aria-labelledby="h-n"><h2 id="h-n">"每一处怎么选"</h2>{nodes}</section>
    }
    .into_any()
}

/// `/teach/simulations/{key}`
pub async fn board(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let card = card_of(&ctx, &key).await?;
    let scope = seen(&ctx, &card.course).await?;
    let (scenario, _) = ctx.store().scenario(card.edition).await?;
    let over = scope.as_ref().map_or(Over::All, Over::Scope);
    let figures = ctx.store().simulation_figures(&scenario, card.edition, over).await?;
    let districts = ctx.store().simulation_places(card.edition, "district", scope.as_ref()).await?;
    let communities = ctx.store().simulation_places(card.edition, "community", scope.as_ref()).await?;
    let walk = ctx.store().walk(card.edition).await?;
    let teaches = scope.is_none();
    let sheets = if teaches { ctx.store().sheets(card.edition).await? } else { Vec::new() };
    let rooms: Vec<Room> = if teaches {
        ctx.store().class_rooms(&card.course).await?.into_iter().filter(|r| r.scenario == card.key).collect()
    } else {
        Vec::new()
    };
    let small = ctx.store().simulation_policy().await?.small_group;
    let form = ctx.store().new_id();
    Ok(ctx.page(Meta::new(card.title.clone(), "/teach"), || {
        let rows = rooms
            .iter()
            .map(|r| {
                let state = if r.closed_at.is_some() { "已结束" } else { "进行中" };
                view! { <li class="rowi"><span>{icon("people")}</span><div><h2 class="rowi__title"><a href=format!("/teach/rooms/{}", r.id)>{format!("{} 开的一场", spoken_minute(r.opened_at))}</a></h2><p class="rowi__meta"><span>{state}</span><span>{format!("进入码 {}", r.code)}</span></p></div></li> }
            })
            .collect_view();
        let body = if figures.ended >= small {
            let taken = |line: &Line| {
                let key = &scenario.nodes.get(line.from)?.key;
                let n: i64 = line.choices.iter().filter_map(|c| figures.nodes.get(key)?.choices.get(&scenario.nodes[line.from].choices.get(*c)?.key)).sum();
                Some(n * 1_000 / figures.runs.max(1))
            };
            view! {
                {whole(&scenario, &figures)}
                <section class="stack" aria-labelledby="h-g"><h2 id="h-g">"走的路"</h2><p class="small muted">"线越粗，走的人越多；百分数是走过的人里有多少。"</p>{graph::part(&scenario, &walk, &taken, "走的路")}</section>
                {places("各区", &districts, small)}{places("各社区", &communities, small)}
            }
            .into_any()
        } else {
            view! {
                <p class="muted">{format!("头一遍走完的有 {} 人，满 {small} 人才显示分布。", figures.ended)}</p>
                <section class="stack" aria-labelledby="h-g"><h2 id="h-g">"这个情景的图"</h2><p class="small muted">"百分数是把所有走法都算一遍，每条线占多少。"</p>{graph::part(&scenario, &walk, &graph::of_all_paths, "这个情景的图")}</section>
            }
            .into_any()
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into()), (format!("/teach/courses/{}", card.course), card.course.clone())])}
                <h1>{card.title.clone()}</h1>
                {teaches.then(|| view! { <form method="post" action=format!("/teach/simulations/{}", card.key)>{hidden("id", form)}<button class="btn btn--main" type="submit">{icon("plus")}"开一场班内模拟"</button></form> })}
                {if !teaches { ().into_any() } else if rooms.is_empty() { empty("还没有开过班内的一场。", "/simulations", "看全部情景").into_any() } else { view! { <ul class="rows">{rows}</ul> }.into_any() }}
                {teaches.then(|| view! { <p class="row"><a class="link" href=format!("/simulations/{}/cards", card.key)>"没有设备？印卡片"</a><a class="link" href=format!("/teach/simulations/{}/sheet", card.key)>"把观察记录录进来"</a></p> })}
                {super::sheet::list(&scenario, &sheets)}
                <h2>{if teaches { "所有人的头一遍" } else { "我管的范围里，头一遍" }}</h2>
                {body}
            </div>
        }
        .into_any()
    }))
}

/// `POST /teach/simulations/{key}`: opens a room.
pub async fn open_room(ctx: Ctx, Path(key): Path<String>, Posted(fields): Posted) -> Reply {
    let card = card_of(&ctx, &key).await?;
    results(&ctx, &card.course).await?;
    let room = ctx.store().open_class_room(ctx.me()?, &card.key, fields.id()?).await?;
    Ok(see_other(&format!("/teach/rooms/{}", room.id)))
}

/// `/teach/rooms/{room}`
pub async fn room(ctx: Ctx, Path(room): Path<String>) -> Reply {
    let room = room_of(&ctx, &room).await?;
    let (scenario, _) = ctx.store().scenario(room.edition).await?;
    let figures = ctx.store().simulation_figures(&scenario, room.edition, Over::Room(room.id)).await?;
    let trial = ctx.store().scenarios().await?.iter().any(|c| c.key == room.scenario && !c.is_published());
    Ok(ctx.page(Meta::new(scenario.title.clone(), "/teach"), || {
        let close = room.closed_at.is_none().then(|| view! { <form method="post" action=format!("/teach/rooms/{}", room.id)><button class="btn" type="submit">"结束进入"</button></form> });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into()), (format!("/teach/simulations/{}", room.scenario), scenario.title.clone())])}
                <h1>{format!("{}：班内的一场", scenario.title)}</h1>
                {trial.then(|| view! { <p><span class="chip chip--due">{icon("pen")}"试用"</span>" 这一份还没有审过，不计学时。"</p> })}
                <p>"学员打开 “情景模拟” 页，点 “从这里进”，输入 "<b class="code">{format!("{} {}", &room.code[..3], &room.code[3..])}</b>"。全班同一个种子，选项的次序和机会都一样。"</p>
                <p class="small muted">{format!("{} 开；种子 {}", iso_minute(room.opened_at), room.seed)}</p>
                <div class="row"><a class="btn btn--main" href=format!("/teach/rooms/{}/screen", room.id)>{icon("screen")}"投影，一处一处讲"</a>{close}</div>
                {whole(&scenario, &figures)}
            </div>
        }
        .into_any()
    }))
}

/// `POST /teach/rooms/{room}`: nobody comes in any more.
pub async fn room_act(ctx: Ctx, Path(room): Path<String>, Posted(_): Posted) -> Reply {
    let room = room_of(&ctx, &room).await?;
    ctx.store().close_room(room.id).await?;
    Ok(see_other(&format!("/teach/rooms/{}", room.id)))
}

/// `/teach/rooms/{room}/screen?at=0`: one situation for the projector, without a name; asks anew by itself while open.
pub async fn screen(ctx: Ctx, Path(room): Path<String>, Asked(fields): Asked) -> Reply {
    let room = room_of(&ctx, &room).await?;
    let (scenario, _) = ctx.store().scenario(room.edition).await?;
    let figures = ctx.store().simulation_figures(&scenario, room.edition, Over::Room(room.id)).await?;
    let last = scenario.nodes.len().saturating_sub(1);
    let at = fields.get("at").parse().unwrap_or(0usize).min(last);
    let mut page = ctx.page(Meta::new(scenario.title.clone(), "/teach"), || {
        let node = &scenario.nodes[at];
        let times = figures.nodes.get(&node.key).map_or(0, |t| t.times);
        let to = |n: usize, word: &'static str| view! { <a class="btn" href=format!("/teach/rooms/{}/screen?at={n}", room.id)>{word}</a> };
        view! {
            <div class="wrap stack stack--l">
                {crumbs(vec![(format!("/teach/rooms/{}", room.id), "这一场".into())])}
                <div class="scene"><h1>{format!("{}　{}", at + 1, node.title)}</h1><div class="scene__text">{paragraphs(&node.brief)}</div></div>
                <p class="muted">{format!("{times} 人走到这里，{} 人走完", figures.ended)}</p>
                <div class="stack">{node_bars(&scenario, &figures, at)}</div>
                <nav class="row row--between" aria-label="一处一处">{(at > 0).then(|| to(at - 1, "上一处"))}{(at < last).then(|| to(at + 1, "下一处"))}</nav>
            </div>
        }
        .into_any()
    });
    if room.closed_at.is_none() {
        page.headers_mut().insert("refresh", HeaderValue::from_static("5"));
    }
    Ok(page)
}
