//! 走走看: an author plays a draft from any situation in any state. Nothing is kept: the address is the whole of it.

use axum::extract::Path;
use domain::fault::Fault;
use domain::scenario::{Beginning, HIGH, Input, LOW, MOST_STEPS, Play, Scenario, State};
use leptos::prelude::*;

use super::{seen, trail};
use crate::islands::simulation::{SIGNS, measure_name, paragraphs};
use crate::portal::{Asked, Ctx, Fields, Reply};
use crate::ui::{Meta, hidden, icon, note};

/// The seed of every such walk: chance falls the same way again, until another is asked for.
const SEED: u64 = 1;

/// What the address says.
fn beginning(scenario: &Scenario, asked: &Fields) -> Beginning {
    let value = |key: &str| asked.get(&format!("v.{key}")).parse::<i64>().ok().map(|v| (key.to_owned(), v));
    Beginning {
        node: asked.get("at").to_owned(),
        values: scenario.measures().filter_map(|(key, _)| value(key)).collect(),
        flags: asked.all("f"),
        known: asked.all("k"),
        time: asked.get("t").parse().unwrap_or(0),
    }
}

/// The state in numbers and ticks, to be changed.
fn settings(scenario: &Scenario, play: &Play<'_>, begin: &Beginning, state: &State, asked: &Fields) -> AnyView {
    let numbers = scenario
        .measures()
        .zip(&state.values)
        .map(|((key, _), value)| view! { <label class="row row--between"><span>{measure_name(scenario, key)}</span><input class="input input--n" type="number" min=LOW.to_string() max=HIGH.to_string() name=format!("v.{key}") value=value.to_string()/></label> })
        .collect_view();
    let tick = |name: &'static str, value: String, word: String, on: bool| {
        view! { <label class="tick"><input class="tick__box" type="checkbox" name=name value=value checked=on/><span>{word}</span></label> }
    };
    let flags: Vec<_> = play.flags().map(|f| tick("f", f.to_owned(), f.to_owned(), begin.flags.iter().any(|b| b == f))).collect();
    let known: Vec<_> =
        scenario.information.iter().map(|i| tick("k", i.key.clone(), i.text.clone(), begin.known.contains(&i.key))).collect();
    let time = scenario.time.as_ref().map(|t| view! { <label class="row row--between"><span>{format!("已经过去几{}", t.unit)}</span><input class="input input--n" type="number" min="0" name="t" value=begin.time.to_string()/></label> });
    let seed = asked.get("seed").parse::<u64>().unwrap_or(SEED);
    view! {
        <div class="effects" role="group" aria-label="局面">{numbers}</div>{time}
        {(!flags.is_empty()).then(|| view! { <fieldset class="stack stack--s"><legend class="h-like">"打上的标记"</legend>{flags}</fieldset> })}
        {(!known.is_empty()).then(|| view! { <fieldset class="stack stack--s"><legend class="h-like">"已经打听到的"</legend>{known}</fieldset> })}
        <label class="row row--between"><span>"抽签的号"</span><input class="input input--n" type="number" min="0" name="seed" value=seed.to_string()/></label>
    }
    .into_any()
}

/// `/teach/scenarios/{draft}/walk?at=&v.信=&f=&k=&t=&seed=&p=`: `p` repeats, a choice each.
pub async fn page(ctx: Ctx, Path(id): Path<String>, Asked(asked): Asked) -> Reply {
    let (draft, _, scenario, _) = seen(&ctx, &id).await?;
    let begin = beginning(&scenario, &asked);
    let seed = asked.get("seed").parse().unwrap_or(SEED);
    let begun = Play::new(&scenario, seed).begin(&begin).ok_or(Fault::Missing)?;
    Ok(ctx.page(Meta::new(format!("{}：走走看", draft.title), "/teach"), || {
        let play = Play::new(&scenario, seed);
        let (mut state, mut path, mut told) = (begun.clone(), Vec::new(), String::new());
        let steps = if asked.get("restart") == "1" { Vec::new() } else { asked.all("p") };
        for choice in steps.into_iter().take(MOST_STEPS) {
            let Some(node) = scenario.nodes.get(state.node) else { break };
            let Ok(next) = play.step(&state, &Input { node: node.key.clone(), choice: choice.clone(), elapsed: 0 }) else { break };
            told = node.choices.iter().find(|c| c.key == choice).map(|c| c.result.clone()).unwrap_or_default();
            state = next;
            path.push(choice);
        }
        let here = scenario.nodes.get(state.node).filter(|_| state.ending.is_none());
        let ending = state.ending.and_then(|e| scenario.endings.get(e));
        let now = scenario
            .measures()
            .zip(&state.values)
            .map(|((key, _), value)| view! { <div><dt>{measure_name(&scenario, key)}</dt><dd>{*value}</dd></div> })
            .collect_view();
        let choices = play
            .open(&state)
            .into_iter()
            .zip(SIGNS)
            .map(|(choice, sign)| {
                view! {
                    <button class="choice" type="submit" name="p" value=choice.key.clone()><span class="choice__k" aria-hidden="true">{sign}</span>
                        <span>{choice.text.clone()}<small class="muted">{format!("　{} 分　{}", choice.points, domain::scenario::notation::write_effects(&choice.effects))}</small></span></button>
                }
            })
            .collect_view();
        let walked = path.iter().map(|p| hidden("p", p)).collect_view();
        let again = format!("/teach/scenarios/{}/walk", draft.id);
        view! {
            <div class="wrap stack stack--l">
                {trail(&draft)}
                {note("", "info", view! { <p><b>"走走看"</b>"：不记，不计学时，改了就能再走。"</p> }.into_any())}
                <form class="split" method="get" action=again>{hidden("at", begin.node.clone())}
                    <div class="stack stack--l">
                        {(!told.is_empty()).then(|| note("", "fork", view! { <p>{told}</p> }.into_any()))}
                        {here.map(|node| view! { <div class="scene"><h1>{node.title.clone()}</h1><div class="scene__text">{paragraphs(&node.brief)}</div></div> })}
                        {ending.map(|e| view! { <div class="scene"><h1>"走到了结局"</h1><div class="scene__text">{paragraphs(&e.text)}<p>{e.advice.clone()}</p></div></div> })}
                        {walked}
                        {here.map(|_| view! { <fieldset class="choices"><legend class="h-like">{format!("第 {} 步，怎么办？", state.steps + 1)}</legend>{choices}</fieldset> })}
                    </div>
                    <aside class="split__side stack" aria-label="局面">
                        <section class="card stack"><h2 class="h-like">"走到现在"</h2><dl class="kv">{now}</dl></section>
                        <details class="card more" open=path.is_empty()><summary>"从什么局面走起"</summary><div class="stack">{settings(&scenario, &play, &begin, &begun, &asked)}</div></details>
                        <p class="row"><button class="btn" type="submit" name="restart" value="1">{icon("undo")}"照这个局面从头走"</button></p>
                    </aside>
                </form>
            </div>
        }
        .into_any()
    }))
}
