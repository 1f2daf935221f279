//! A run on its page: being played as plain forms that wake up in the browser, or ended.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use domain::fault::{Fault, FieldFault, Rule};
use domain::scenario::{Input, RunKind, wire};
use leptos::prelude::*;
use store::simulation::{Report, Run};

use crate::islands::simulation::Simulation;
use crate::learning::id;
use crate::portal::{Ctx, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, crumbs, note};

/// `/simulations/runs/{run}`
pub async fn page(ctx: Ctx, Path(run): Path<String>) -> Reply {
    let me = ctx.me()?;
    let run = ctx.store().run(me, id(&run)?).await?;
    if run.verdict.ending.is_some() {
        return super::after::page(&ctx, &run, axum::http::StatusCode::OK, &Default::default(), &[]).await;
    }
    let room = match run.room {
        Some(room) => Some(ctx.store().room(room).await?),
        None => None,
    };
    let title = run.scenario.title.clone();
    let trial = ctx.store().scenarios().await?.iter().any(|c| c.key == run.scenario.key && !c.is_published());
    Ok(ctx.page(Meta::new(title.clone(), "/simulations").with_island("simulation"), || {
        let reports = run.holder == me;
        let island = view! { <Simulation run=run.id.to_string() hash=run.hash.to_string() seed=run.seed.to_string() scenario=wire::pack(&run.scenario.for_player()) inputs=run.inputs.clone() undone=run.undone reports=reports/> }.into_any();
        let kind = kind_note(&run, room.as_ref().map(|r| r.code.as_str()), reports, trial);
        view! {
            <div class="wrap">
                {crumbs(vec![("/simulations".into(), "情景模拟".into()), (format!("/simulations/{}", run.scenario.key), title)])}
                {kind}
                {island}
            </div>
        }
        .into_any()
    }))
}

/// What kind of run this is, where it is not an ordinary one.
fn kind_note(run: &Run, code: Option<&str>, reports: bool, trial: bool) -> Option<AnyView> {
    let text = match run.kind {
        RunKind::Own => return None,
        RunKind::Practice => view! { <p><b>"练习"</b>"：从那一步重新走，不计分，不计学时。"</p> }.into_any(),
        RunKind::Class if trial => view! { <p><b>"试用"</b>"：这一份还没有审过，在班上先走走看，不计学时。"</p> }.into_any(),
        RunKind::Class => view! { <p><b>"班内模拟"</b>"：全班的次序和机会都一样，走完等班主任讲评。"</p> }.into_any(),
        RunKind::Group => {
            let names = run.players.iter().map(|p| p.name.clone()).collect::<Vec<_>>().join("、");
            let code = code.map(|c| format!("{} {}", &c[..3.min(c.len())], &c[3.min(c.len())..]));
            view! {
                <p><b>"小组同走"</b>{format!("：{names}。")}{code.map(|c| view! { "队友输入 "<b class="code">{c}</b>" 进来。" })}
                    {(!reports).then_some("由开头的那位报步骤；刷新这一页看走到哪里。")}</p>
            }
            .into_any()
        }
    };
    Some(note("", "people", text))
}

/// `POST /simulations/runs/{run}`: one step, script off.
pub async fn step(ctx: Ctx, Path(run): Path<String>, Posted(fields): Posted) -> Reply {
    let me = ctx.me()?;
    crate::people::may_learn(ctx.actor()?)?;
    let run = ctx.store().run(me, id(&run)?).await?;
    let page = format!("/simulations/runs/{}", run.id);
    let at: usize = fields.get("step").parse().map_err(|_| Fault::Invalid(vec![FieldFault::new("step", Rule::Malformed)]))?;
    // A page that was left behind, or a button pressed twice: the run goes on where it stands.
    if at != run.inputs.len() {
        return Ok(see_other(&page));
    }
    if fields.get("undo") == "1" {
        let inputs = run.inputs[..at.saturating_sub(1)].to_vec();
        ctx.store().report(me, run.id, &Report { hash: run.hash.to_string(), seed: run.seed, inputs, undone: run.undone + 1 }).await?;
        return Ok(see_other(&page));
    }
    let input = Input { node: fields.get("node").to_owned(), choice: fields.get("choice").to_owned(), elapsed: 0 };
    let inputs = run.inputs.iter().cloned().chain([input]).collect();
    ctx.store().report(me, run.id, &Report { hash: run.hash.to_string(), seed: run.seed, inputs, undone: run.undone }).await?;
    Ok(see_other(&page))
}

/// `POST /fn/runs/{run}`: the whole run as the island has it.
pub async fn report(ctx: Ctx, Path(run): Path<String>, body: axum::body::Bytes) -> Result<Response, Refusal> {
    let actor = &ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?.actor;
    crate::people::may_learn(actor)?;
    let me = actor.person;
    let wrong = |_| Fault::Invalid(vec![FieldFault::new("body", Rule::Malformed)]);
    let report: Report = serde_json::from_slice(&body).map_err(wrong)?;
    let run = ctx.store().report(me, id(&run)?, &report).await?;
    let ending = run.verdict.ending.as_ref().map(|e| e.0.clone());
    Ok(axum::Json(serde_json::json!({ "steps": run.inputs.len(), "ending": ending })).into_response())
}
