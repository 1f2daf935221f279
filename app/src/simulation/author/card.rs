//! One situation as a card: a row a choice, effects as numbers beside words.

use axum::extract::Path;
use axum::http::StatusCode;
use domain::fault::Fault;
use domain::scenario::notation::{condition, effects, write_condition, write_effects};
use domain::scenario::{Choice, Effect, MOST_CHOICES, Scenario};
use leptos::prelude::*;
use store::simulation::{Draft, Saved};

use super::draft::{empty_choice, save as save_draft};
use super::{own, trail};
use crate::islands::simulation::{SIGNS, measure_name};
use crate::portal::{Ctx, Fields, Posted, Reply, see_other};
use crate::ui::{LongText, Meta, field, hidden, icon, note};

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

fn show(
    ctx: &Ctx,
    status: StatusCode,
    draft: &Draft,
    scenario: &Scenario,
    key: &str,
    warning: Option<String>,
) -> Result<axum::response::Response, crate::portal::Refusal> {
    let at = scenario.nodes.iter().position(|n| n.key == key).ok_or(Fault::Missing)?;
    let node = scenario.nodes[at].clone();
    Ok(ctx.page_with(status, Meta::new(node.title.clone(), "/teach"), || {
        let base = format!("/teach/scenarios/{}/cards/{key}", draft.id);
        let free = "abcdef".chars().map(String::from).find(|k| node.choices.iter().all(|c| c.key != *k)).unwrap_or_default();
        let spare = (node.choices.len() < MOST_CHOICES).then(|| empty_choice(&free));
        let rows = node.choices.iter().chain(spare.iter()).enumerate().map(|(i, c)| row(scenario, at, i, c)).collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {trail(draft)}
                <h1>{format!("第 {} 处", at + 1)}</h1>
                {warning.map(|w| note("due", "alert", view! { <p>{w}</p> }.into_any()))}
                <form class="form form--wide wide stack stack--l" method="post" action=base.clone()>{hidden("base", draft.revision)}
                    {field("title", "几个字说出场面", "", &node.title, &[])}
                    {LongText("brief", "眼前发生了什么（最多 120 个字，谁说的话单起一行）", &node.brief, 5, 1_000)}
                    {rows}
                    <div class="row"><button class="btn btn--main" type="submit">{icon("check")}"保存这一处"</button>
                        {(scenario.nodes.len() > 1).then(|| view! { <button class="btn" type="submit" name="remove" value="1">"删掉这一处"</button> })}</div>
                </form>
            </div>
        }
        .into_any()
    }))
}

/// `/teach/scenarios/{draft}/cards/{node}`
pub async fn page(ctx: Ctx, Path((id, key)): Path<(String, String)>) -> Reply {
    let (draft, _, scenario) = own(&ctx, &id).await?;
    show(&ctx, StatusCode::OK, &draft, &scenario, &key, None)
}

/// The choices of a card as its form says them; the first text that could not be read, if any.
fn read(scenario: &Scenario, old: &[Choice], fields: &Fields) -> (Vec<Choice>, Option<String>) {
    let mut misread = None;
    let mut out = Vec::new();
    for (i, sign) in SIGNS.into_iter().enumerate().take(MOST_CHOICES) {
        let get = |name: &str| fields.get(&format!("c{i}.{name}")).trim().to_owned();
        if get("text").is_empty() {
            continue;
        }
        let key = get("key");
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

/// `POST /teach/scenarios/{draft}/cards/{node}`
pub async fn save(ctx: Ctx, Path((id, key)): Path<(String, String)>, Posted(fields): Posted) -> Reply {
    let (draft, _, mut scenario) = own(&ctx, &id).await?;
    let at = scenario.nodes.iter().position(|n| n.key == key).ok_or(Fault::Missing)?;
    let home = format!("/teach/scenarios/{}", draft.id);
    let mut misread = None;
    let what = if fields.get("remove") == "1" && scenario.nodes.len() > 1 {
        scenario.nodes.remove(at);
        // Ways to it lead nowhere now: they end, and the check will say so.
        scenario.nodes.iter_mut().flat_map(|n| &mut n.choices).filter(|c| c.next.as_deref() == Some(&key)).for_each(|c| c.next = None);
        if scenario.start == key {
            scenario.start = scenario.nodes[0].key.clone();
        }
        "删掉一处"
    } else {
        let (choices, wrong) = read(&scenario, &scenario.nodes[at].choices.clone(), &fields);
        misread = wrong;
        let node = &mut scenario.nodes[at];
        node.title = fields.get("title").trim().chars().take(40).collect();
        node.brief = fields.raw("brief").replace("\r\n", "\n").trim().to_owned();
        node.choices = choices;
        "改了一处"
    };
    if misread.is_some() {
        return show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &draft, &scenario, &key, misread);
    }
    match save_draft(&ctx, &draft, &fields, &scenario, what).await? {
        Saved::As(_) => Ok(see_other(&home)),
        Saved::Behind(number) => {
            let theirs = ctx.store().draft(draft.id).await?.0;
            let said = format!(
                "您打开这一页以后，又存过第 {number} 次（也许在另一台设备上）。下面是您刚写的；再按一次“保存”，就以这一页为准。先看别处改了什么，请点“每一次保存”。"
            );
            show(&ctx, StatusCode::CONFLICT, &theirs, &scenario, &key, Some(said))
        }
    }
}
