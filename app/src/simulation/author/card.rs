//! One situation as a card: a row a choice, effects as numbers beside words.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::Fault;
use domain::scenario::notation::{condition, effects, write_condition, write_effects};
use domain::scenario::{Choice, Effect, MOST_CHOICES, Scenario};
use leptos::prelude::*;
use store::simulation::Saved;

use super::conflict::both;
use super::draft::{empty_choice, save as save_draft};
use super::live::{Asks, Beside, Kept, symbols};
use super::{ground, own, trail};
use crate::islands::simulation::{SIGNS, measure_name};
use crate::portal::{Ctx, Fields, Posted, Refusal, Reply, query_value, see_other};
use crate::ui::{LongText, Meta, field, icon};

/// Points that an effect may add or take, shown as numbers with − and ＋.
const STEP: i64 = 30;

fn changes(choice: &Choice, measure: &str) -> i64 {
    choice
        .effects
        .iter()
        .filter_map(|e| match e {
            Effect::Change { variable, by } if variable == measure => Some(*by),
            _ => None,
        })
        .sum()
}

/// Effects other than the numbers: flags, what is learnt or promised, time.
fn others(choice: &Choice) -> String {
    write_effects(&choice.effects.iter().filter(|e| !matches!(e, Effect::Change { .. })).cloned().collect::<Vec<_>>())
}

fn named(name: String, label: String, value: String, most: &'static str) -> AnyView {
    view! { <label class="field"><span class="field__label">{label}</span><input class="input" name=name value=value maxlength=most/></label> }.into_any()
}

fn row(scenario: &Scenario, here: usize, i: usize, choice: &Choice) -> AnyView {
    let f = |name: &str| format!("c{i}.{name}");
    let numbers = scenario
        .measures()
        .map(|(key, _)| {
            let value = match changes(choice, key) { 0 => String::new(), n => n.to_string() };
            view! { <label class="row row--between"><span>{measure_name(scenario, key)}</span><input class="input input--n" type="number" min=(-STEP).to_string() max=STEP.to_string() step="1" name=format!("c{i}.v.{key}") value=value/></label> }
        })
        .collect_view();
    let ways = std::iter::once((String::new(), "收尾，看结局".to_owned()))
        .chain(
            scenario
                .nodes
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != here)
                .map(|(at, n)| (n.key.clone(), format!("{}　{}", at + 1, n.title))),
        )
        .map(|(value, word)| {
            let picked = choice.next.clone().unwrap_or_default() == value;
            view! { <option value=value selected=picked>{word}</option> }
        })
        .collect_view();
    let points = [(2, "2　这样好"), (1, "1　也行"), (0, "0　不妥")]
        .into_iter()
        .map(|(n, word)| view! { <option value=n.to_string() selected=choice.points == n>{word}</option> })
        .collect_view();
    let chance = (!choice.chance.is_empty())
        .then(|| view! { <p class="small muted">{format!("这一种还带着抽签（{} 种结果），在“文本”里改。", choice.chance.len())}</p> });
    view! {
        <fieldset class="card stack">
            <legend class="h-like">{format!("办法{}", SIGNS.get(i).copied().unwrap_or(""))}</legend>
            {hidden_named(f("key"), choice.key.clone())}
            {named(f("text"), "怎么办（不写就去掉这一种）".into(), choice.text.clone(), "200")}
            <div class="effects" role="group" aria-label="效果">{numbers}</div>
            {named(f("more"), "别的效果（⚑打标记　知:打听到　诺:答应　过:几天）".into(), others(choice), "200")}
            {named(f("result"), "后果，看得见的".into(), choice.result.clone(), "400")}
            <div class="row filters"><label class="field"><span class="field__label">"去哪里"</span><select class="input" name=f("next")>{ways}</select></label>
                <label class="field"><span class="field__label">"几分"</span><select class="input" name=f("points")>{points}</select></label>
                {named(f("when"), "什么时候才有（可不写）".into(), write_condition(&choice.when), "200")}</div>
            {named(f("why"), "为什么".into(), choice.why.clone(), "400")}
            {named(f("source"), "依据：《……》，或 实务经验：谁，几年".into(), choice.source.clone(), "200")}
            {chance}
        </fieldset>
    }
    .into_any()
}

fn hidden_named(name: String, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

fn show(ctx: &Ctx, status: StatusCode, beside: &Beside, scenario: &Scenario, key: &str) -> Result<Response, Refusal> {
    let at = scenario.nodes.iter().position(|n| n.key == key).ok_or(Fault::Missing)?;
    let node = scenario.nodes[at].clone();
    Ok(ctx.page_with(status, Meta::new(node.title.clone(), "/teach").with_script("author"), || {
        let home = format!("/teach/scenarios/{}", beside.draft.id);
        let free = "abcdef".chars().map(String::from).find(|k| node.choices.iter().all(|c| c.key != *k)).unwrap_or_default();
        let spare = (node.choices.len() < MOST_CHOICES).then(|| empty_choice(&free));
        let rows = node.choices.iter().chain(spare.iter()).enumerate().map(|(i, c)| row(scenario, at, i, c)).collect_view();
        view! {
            <div class="wrap stack stack--l">
                {trail(&beside.draft)}{symbols()}
                <div class="row row--between"><h1>{format!("第 {} 处", at + 1)}</h1>
                    <nav class="row" aria-label="这一处"><a class="link" href=format!("{home}/walk?at={}", query_value(key))>"从这里走走看"</a><a class="link" href=format!("{home}/graph?at={}#at", query_value(key))>"在图上看"</a></nav></div>
                <form class="form form--wide wide split" method="post" action=format!("{home}/cards/{key}") data-autosave="">
                    <div class="stack stack--l">
                        {field("title", "几个字说出场面", "", &node.title, &[])}
                        {LongText("brief", "眼前发生了什么（最多 120 个字，谁说的话单起一行）", &node.brief, 5, 1_000)}
                        {rows}
                        <div class="row"><button class="btn btn--main" type="submit">{icon("check")}"保存这一处"</button>
                            {(scenario.nodes.len() > 1).then(|| view! { <button class="btn" type="submit" name="remove" value="1">"删掉这一处"</button> })}</div>
                    </div>
                    <aside class="split__side card stack" aria-label="保存和查出来的" aria-live="polite" data-live="">{beside.view()}</aside>
                </form>
            </div>
        }
        .into_any()
    }))
}

/// `/teach/scenarios/{draft}/cards/{node}`
pub async fn page(ctx: Ctx, Path((id, key)): Path<(String, String)>) -> Reply {
    let (draft, _, scenario) = own(&ctx, &id).await?;
    scenario.node(&key).ok_or(Fault::Missing)?;
    let base = draft.revision;
    let beside = Beside::of(&ctx, draft, scenario.clone(), base, Some(&key), Kept::Yes).await?;
    show(&ctx, StatusCode::OK, &beside, &scenario, &key)
}

/// The choices of a card as its form says them; the first text that could not be read, if any.
/// While somebody types, a choice whose words are gone for the moment stays.
fn read(scenario: &Scenario, old: &[Choice], fields: &Fields, typing: bool) -> (Vec<Choice>, Option<String>) {
    let mut misread = None;
    let mut out = Vec::new();
    for (i, sign) in SIGNS.into_iter().enumerate().take(MOST_CHOICES) {
        let get = |name: &str| fields.get(&format!("c{i}.{name}")).trim().to_owned();
        let key = get("key");
        if get("text").is_empty() && !(typing && old.iter().any(|c| c.key == key)) {
            continue;
        }
        let before = old.iter().find(|c| c.key == key).cloned().unwrap_or_else(|| empty_choice(&key));
        let mut all: Vec<Effect> = scenario
            .measures()
            .filter_map(|(measure, _)| {
                let by = get(&format!("v.{measure}")).parse::<i64>().unwrap_or(0).clamp(-STEP, STEP);
                (by != 0).then(|| Effect::Change { variable: measure.to_owned(), by })
            })
            .collect();
        match effects(&get("more")) {
            Ok(more) => all.extend(more),
            Err(wrong) => misread = misread.or_else(|| Some(format!("办法{sign}的“别的效果”读不懂：{}", wrong.near))),
        }
        let when = match condition(&get("when")) {
            Ok(when) => when,
            Err(wrong) => {
                misread = misread.or_else(|| Some(format!("办法{sign}的“什么时候才有”读不懂：{}", wrong.near)));
                before.when.clone()
            }
        };
        let next = Some(get("next")).filter(|k| scenario.nodes.iter().any(|n| n.key == *k));
        out.push(Choice {
            text: get("text"),
            when,
            effects: all,
            result: get("result"),
            next,
            points: get("points").parse().unwrap_or(0).clamp(0, 2),
            why: get("why"),
            source: get("source"),
            ..before
        });
    }
    (out, misread)
}

/// What the form makes of a situation, and what of it could not be read.
fn changed(now: &Scenario, at: usize, fields: &Fields, typing: bool) -> (Scenario, Option<String>) {
    let mut scenario = now.clone();
    let (choices, misread) = read(now, &now.nodes[at].choices, fields, typing);
    let node = &mut scenario.nodes[at];
    node.title = fields.get("title").trim().chars().take(40).collect();
    node.brief = fields.raw("brief").replace("\r\n", "\n").trim().to_owned();
    node.choices = choices;
    (scenario, misread)
}

/// A scenario without one of its situations. Ways to it lead nowhere now: they end, and the check will say so.
fn without(mut scenario: Scenario, at: usize) -> Scenario {
    let gone = scenario.nodes.remove(at).key;
    let ways = scenario.nodes.iter_mut().flat_map(|n| &mut n.choices);
    ways.filter(|c| c.next.as_deref() == Some(&gone)).for_each(|c| c.next = None);
    if scenario.start == gone {
        scenario.start = scenario.nodes[0].key.clone();
    }
    scenario
}

/// `POST /teach/scenarios/{draft}/cards/{node}`: a save, or what the open page asks for by itself (`auto`).
pub async fn save(ctx: Ctx, Path((id, key)): Path<(String, String)>, Posted(fields): Posted) -> Reply {
    let (draft, _, now) = own(&ctx, &id).await?;
    let at = now.nodes.iter().position(|n| n.key == key).ok_or(Fault::Missing)?;
    let asks = Asks::of(fields.get("auto"));
    let base: i64 = fields.get("base").parse().map_err(|_| Fault::Missing)?;
    let ground = ground(&ctx, &draft, base, &now, |s| s.node(&key).cloned()).await?;
    let behind = || Kept::No("这一处在别处存过了，您写的还没有存。按“保存这一处”，两边一起看。".into());
    if asks == Asks::Open {
        let kept = if ground.is_some() { Kept::Yes } else { behind() };
        return Ok(Beside::of(&ctx, draft, now, ground.unwrap_or(base), Some(&key), kept).await?.answer(StatusCode::OK));
    }
    let auto = asks == Asks::Auto;
    let removes = !auto && fields.get("remove") == "1" && now.nodes.len() > 1;
    let ((scenario, misread), what) =
        if removes { ((without(now.clone(), at), None), "删掉一处") } else { (changed(&now, at, &fields, auto), "改了一处") };
    if let Some(misread) = misread {
        let beside = Beside::of(&ctx, draft, now, base, Some(&key), Kept::No(format!("还没有存：{misread}"))).await?;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return if auto { Ok(beside.answer(status)) } else { show(&ctx, status, &beside, &scenario, &key) };
    }
    let saved = match ground {
        Some(base) => save_draft(&ctx, &draft, base, &scenario, what, auto).await?,
        None => Saved::Behind(draft.revision),
    };
    match (saved, auto) {
        (Saved::As(number), true) => {
            let draft = ctx.store().draft(draft.id).await?.0;
            Ok(Beside::of(&ctx, draft, scenario, number, Some(&key), Kept::Yes).await?.answer(StatusCode::OK))
        }
        (Saved::As(_), false) => Ok(see_other(&format!("/teach/scenarios/{}", draft.id))),
        (Saved::Behind(_), true) => Ok(Beside::of(&ctx, draft, now, base, Some(&key), behind()).await?.answer(StatusCode::CONFLICT)),
        (Saved::Behind(_), false) => both(&ctx, &draft, &store::simulation::write(&scenario)?).await,
    }
}
