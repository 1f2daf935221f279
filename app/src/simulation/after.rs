//! After the ending: what came of it, every decision with its reason, what would have been, and the 复盘.

use axum::extract::Path;
use axum::http::StatusCode;
use domain::Uuid;
use domain::fault::{Fault, FieldFault};
use domain::library::Library;
use domain::scenario::{EndingKind, Play, RunKind, Scenario, Source};
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::simulation::{Figures, Over, Player, Run};

use crate::islands::simulation::{SIGNS, measure_name, paragraphs};
use crate::learning::id;
use crate::portal::{Ctx, Fields, Posted, Reply, see_other};
use crate::ui::{Meta, TextArea, crumbs, errors, field, hidden, icon, note};

/// Names of the answers in the form.
const ANSWERS: [&str; 6] = ["a0", "a1", "a2", "a3", "a4", "a5"];

/// A share as a bar with its words.
pub(super) fn share(label: String, n: i64, of: i64, mine: bool, unit: &'static str) -> AnyView {
    let percent = n * 100 / of.max(1);
    let text = format!("{n} / {of} {unit}");
    view! {
        <div class="prog"><div class="prog__row"><span>{mine.then(|| view! { <b>"您　"</b> })}{label.clone()}</span><span class="prog__num">{text.clone()}</span></div>
            <progress class="bar" value=percent max="100" aria-label=label>{text}</progress></div>
    }
    .into_any()
}

/// What a reason rests on, in words.
fn source(text: &str, library: &Library) -> AnyView {
    match Source::parse(text) {
        Some(Source::Practice { who, years }) => view! { {format!("实务经验：{who}，{years} 年")} }.into_any(),
        _ => view! { "依据："{crate::library::source(text, library)} }.into_any(),
    }
}

/// Every decision: what was chosen, what it earned, why, and the way back to it.
fn decisions(run: &Run, figures: Option<&Figures>, back: Option<&[Uuid]>, library: &Library) -> AnyView {
    let scenario = &run.scenario;
    let play = Play::new(scenario, run.seed as u64);
    let mut state = play.start();
    let mut rows = Vec::new();
    for (at, input) in run.inputs.iter().enumerate() {
        let Some(node) = scenario.nodes.get(state.node) else { break };
        let open = play.open(&state);
        let best = open.iter().map(|c| c.points).max().unwrap_or(0);
        let tally = figures.and_then(|f| f.nodes.get(&node.key)).filter(|t| t.times >= run.policy.small_group);
        let choices = open
            .iter()
            .zip(SIGNS)
            .map(|(choice, sign)| {
                let mine = choice.key == input.choice;
                let spread = tally.map(|t| share(format!("选{sign}的"), t.choices.get(&choice.key).copied().unwrap_or(0), t.times, false, "人"));
                view! {
                    <li class="stack stack--s">
                        <p>{if mine { view! { <b>{format!("{sign}（您选的）　{}", choice.text)}</b> }.into_any() } else { view! { {format!("{sign}　{}", choice.text)} }.into_any() }}</p>
                        <p class="small">{choice.why.clone()}</p><p class="small muted">{source(&choice.source, library)}</p>{spread}
                    </li>
                }
            })
            .collect_view();
        let got = open.iter().find(|c| c.key == input.choice).map_or(0, |c| c.points);
        let chip = if got == best {
            view! { <span class="chip chip--done">{icon("done")}{format!("{got} / {best} 分")}</span> }
        } else {
            view! { <span class="chip chip--due">{icon("half")}{format!("{got} / {best} 分")}</span> }
        };
        let again = back.and_then(|ids| ids.get(at)).map(|form| {
            view! {
                <form method="post" action=format!("/simulations/runs/{}/what-if", run.id)>{hidden("id", form)}{hidden("at", at)}
                    <button class="btn btn--s" type="submit">"回到这里，换个办法试试"</button></form>
            }
        });
        let chosen = open.iter().find(|c| c.key == input.choice).map(|c| c.text.clone()).unwrap_or_default();
        rows.push(view! {
            <li class="rowi"><span class="small muted">{at + 1}</span>
                <div class="stack stack--s"><h3 class="rowi__title">{node.title.clone()}</h3><p class="decided">{chosen}</p>
                    <details class="more"><summary>"为什么，还可以怎么办"</summary><div class="stack">{paragraphs(&node.brief)}<ul class="stack">{choices}</ul></div></details>{again}</div>
                <div class="rowi__end">{chip}</div></li>
        });
        match play.step(&state, input) {
            Ok(next) => state = next,
            Err(_) => break,
        }
    }
    view! { <ol class="rows decisions">{rows}</ol> }.into_any()
}

/// The last state in numbers.
fn outcome(scenario: &Scenario, run: &Run) -> AnyView {
    let rows = scenario
        .measures()
        .zip(&run.verdict.state.values)
        .map(|((key, start), end)| {
            view! { <tr><th scope="row">{measure_name(scenario, key)}</th><td class="n">{start}</td><td class="n">{*end}</td><td class="n">{format!("{:+}", end - start)}</td></tr> }
        })
        .collect_view();
    view! {
        <div class="tbl-box" tabindex="0" role="region" aria-label="局面的变化"><table class="tbl"><thead><tr><th scope="col">"局面"</th><th scope="col" class="n">"开始"</th><th scope="col" class="n">"结束"</th><th scope="col" class="n">"变化"</th></tr></thead><tbody>{rows}</tbody></table></div>
    }
    .into_any()
}

/// The form of the 复盘, or what was written in it.
fn debrief_part(run: &Run, me: &Player, typed: &Fields, faults: &[FieldFault]) -> AnyView {
    let questions = &run.scenario.debrief;
    if let Some(at) = me.debriefed_at {
        let rows = questions.iter().zip(me.answers()).map(|(q, a)| view! { <div><dt>{q.clone()}</dt><dd>{a}</dd></div> }).collect_view();
        return view! {
            <section aria-labelledby="debrief" class="stack"><h2 id="debrief">"您的复盘"</h2><dl class="kv kv--line kv--stack">{rows}</dl>
                <p>{format!("您说要做的一件事：{}", me.pledge)}</p><p class="small muted">{format!("{} 写的", spoken_minute(at))}</p></section>
        }
        .into_any();
    }
    let areas = questions
        .iter()
        .zip(ANSWERS)
        .map(|(question, name)| {
            let wrong = faults.iter().any(|f| f.field == name);
            view! { <div class=if wrong { "field is-error" } else { "field" }>{TextArea(name, question, typed.get(name))}
                {wrong.then(|| view! { <p class="field__error">{icon("alert")}{format!("写几句，至少 {} 个字。", run.policy.answer_characters)}</p> })}</div> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="debrief" class="stack"><h2 id="debrief">"复盘"</h2>
            <p>"写给自己看的，没有对错，不计分。写好这一遍才算走完。"</p>
            {errors(faults)}
            <form class="form stack" method="post" action=format!("/simulations/runs/{}/debrief#debrief", run.id)>
                {areas}
                {field("pledge", "回去以后，您打算做的一件事", "写得小一点，这个星期就能做。", typed.get("pledge"), faults)}
                <button class="btn btn--main" type="submit">"写好了，交上去"</button>
            </form>
        </section>
    }
    .into_any()
}

/// The page of a run that has ended.
pub(super) async fn page(ctx: &Ctx, run: &Run, status: StatusCode, typed: &Fields, faults: &[FieldFault]) -> Reply {
    let me = run.player(ctx.me()?).cloned().ok_or(Fault::Missing)?;
    let room = run.room.filter(|_| run.kind == RunKind::Class);
    let figures = ctx.store().simulation_figures(&run.scenario, run.edition, room.map_or(Over::All, Over::Room)).await?;
    let shown = (figures.ended >= run.policy.small_group).then_some(&*figures);
    let forms: Vec<Uuid> = run.inputs.iter().map(|_| ctx.store().new_id()).collect();
    let practice = run.kind == RunKind::Practice;
    let shelf = ctx.store().shelf().await?;
    Ok(ctx.page_with(status, Meta::new(run.scenario.title.clone(), "/simulations"), || {
        let ending = run.verdict.ending.as_ref().and_then(|(key, _)| run.scenario.endings.iter().find(|e| &e.key == key));
        let percent = run.verdict.score.map_or(0, |s| s.percent);
        let compared = match shown {
            Some(figures) => format!("下面每一步的横条，是 {} 人头一遍怎么选的。", figures.runs),
            None => format!("走完的人不到 {} 位，暂不显示大家怎么选。", run.policy.small_group),
        };
        let hear = ending.is_some().then(|| view! { <button class="btn btn--s speak" type="button" data-speak=".ending__text, .decisions .rowi__title, .decisions .decided">{icon("speaker")}"念给我听"</button> });
        let tone = if matches!(run.verdict.ending, Some((_, EndingKind::Good))) { "done" } else { "" };
        view! {
            <div class="wrap">
                {crumbs(vec![("/simulations".into(), "情景模拟".into()), (format!("/simulations/{}", run.scenario.key), run.scenario.title.clone())])}
                <div class="split">
                    <div class="stack stack--l">
                        <h1>{run.scenario.title.clone()}</h1>
                        {practice.then(|| note("", "info", view! { <p><b>"练习"</b>"：不计分，不计学时。"</p> }.into_any()))}
                        {ending.map(|e| note(tone, "flag", view! { <div class="stack stack--s"><div class="ending__text stack stack--s">{paragraphs(&e.text)}<p>{e.advice.clone()}</p></div>{hear}</div> }.into_any()))}
                        {(!practice).then(|| debrief_part(run, &me, typed, faults))}
                        <section aria-labelledby="h-d" class="stack"><h2 id="h-d">"一步一步看"</h2><p class="small muted">{compared}</p>{decisions(run, shown, Some(&forms), &shelf.library)}</section>
                    </div>
                    <aside class="split__side stack" aria-label="结果"><div class="card stack">
                        {(!practice).then(|| view! { <p><span class="stat__num">{percent}<small>" 分"</small></span></p><p class="small muted">{format!("过程占 {} 份，结局占 {} 份，折成一百分。复盘不计分。", run.policy.decisions, run.policy.ending)}</p> })}
                        {outcome(&run.scenario, run)}
                        <p class="small">"这一遍的编码 "<a href=format!("/simulations/code/{}", run.code)><b class="code">{run.code.clone()}</b></a>"，谁拿到都能照样走一遍。"</p>
                    </div></aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// `POST /simulations/runs/{run}/debrief`
pub async fn debrief(ctx: Ctx, Path(run): Path<String>, Posted(fields): Posted) -> Reply {
    let me = ctx.me()?;
    crate::people::may_learn(ctx.actor()?)?;
    let run = ctx.store().run(me, id(&run)?).await?;
    let answers: Vec<String> = ANSWERS.iter().take(run.scenario.debrief.len()).map(|name| fields.get(name).to_owned()).collect();
    match ctx.store().debrief(me, run.id, &answers, fields.get("pledge")).await {
        Ok(()) => Ok(see_other(&format!("/simulations/runs/{}#debrief", run.id))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => page(&ctx, &run, StatusCode::UNPROCESSABLE_ENTITY, &fields, &faults).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /simulations/runs/{run}/what-if`: back to a decision, played on as practice.
pub async fn what_if(ctx: Ctx, Path(run): Path<String>, Posted(fields): Posted) -> Reply {
    crate::people::may_learn(ctx.actor()?)?;
    let at = fields.get("at").parse().map_err(|_| Fault::Missing)?;
    let practice = ctx.store().what_if(ctx.me()?, id(&run)?, at, fields.id()?).await?;
    Ok(see_other(&format!("/simulations/runs/{practice}")))
}

/// `/simulations/code/{code}`: a run as anyone can play it again; names nobody.
pub async fn by_code(ctx: Ctx, Path(code): Path<String>) -> Reply {
    let run = ctx.store().run_by_code(&code).await?;
    let shelf = ctx.store().shelf().await?;
    Ok(ctx.page(Meta::new(run.scenario.title.clone(), "/simulations"), || {
        let ending = run.verdict.ending.as_ref().and_then(|(key, _)| run.scenario.endings.iter().find(|e| &e.key == key));
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/simulations".into(), "情景模拟".into()), (format!("/simulations/{}", run.scenario.key), run.scenario.title.clone())])}
                <h1>{format!("{}：一遍的记录", run.scenario.title)}</h1>
                <dl class="kv kv--line small"><dt>"编码"</dt><dd><code>{run.code.clone()}</code></dd><dt>"种子"</dt><dd><code>{run.seed}</code></dd><dt>"内容"</dt><dd><code class="hash">{run.hash.to_string()}</code></dd></dl>
                {ending.map(|e| note("", "flag", paragraphs(&e.text).into_any()))}
                {decisions(&run, None, None, &shelf.library)}
            </div>
        }
        .into_any()
    }))
}
