//! One draft: its situations as cards, what the check finds, its graph, and what can be done with it next.

use axum::extract::Path;
use domain::authoring::{Circle, DraftState};
use domain::fault::{Fault, FieldFault, Rule};
use domain::scenario::{Answered, Choice, Condition, Ending, EndingKind, MOST_NODES, Node, Scenario, Trouble};
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::simulation::{Draft, Save, Saved};

use super::conflict::both;
use super::{circle_word, findings, ground, own, seen, state_word};
use crate::portal::{Ctx, Posted, Refusal, Reply, see_other};
use crate::simulation::{graph, words};
use crate::ui::{Meta, TextArea, crumbs, field, hidden, icon, note, select};

/// `/teach/scenarios/{draft}`
pub async fn page(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let (draft, _, scenario, own) = seen(&ctx, &id).await?;
    let found = ctx.store().found(scenario.clone()).await?;
    let reviews = ctx.store().reviews(draft.id).await?;
    let writers = ctx.store().writers(&draft).await?;
    let open = ctx.store().open_cards(ctx.me()?, draft.id).await?;
    let mut invited = ctx.store().trainers(&draft.course).await?;
    invited.retain(|(id, _)| writers.iter().all(|(w, _)| w != id));
    let has_agency = ctx.store().main_organisation(draft.author).await?.is_some();
    let alone = draft.author == ctx.me()?;
    let room = ctx.store().new_id();
    Ok(ctx.page(Meta::new(draft.title.clone(), "/teach"), || {
        let base = format!("/teach/scenarios/{}", draft.id);
        let editable = own && draft.state() == DraftState::Writing;
        let clean = found.is_clean();
        let musts = found.traces.iter().filter(|t| t.trouble.gravity() == domain::scenario::Gravity::Must).count();
        let button = |what: &'static str, word: &'static str, main: bool| {
            let class = if main { "btn btn--main" } else { "btn" };
            view! { <form method="post" action=base.clone()>{hidden("do", what)}{hidden("id", room)}<button class=class type="submit">{word}</button></form> }
        };
        let next = match (draft.state(), own) {
            (DraftState::Writing, true) if clean => {
                let circles = Circle::ALL.into_iter().filter(|c| *c != Circle::Agency || has_agency).map(|c| (c.code().to_owned(), circle_word(c).to_owned())).collect();
                view! {
                    <form class="row filters" method="post" action=base.clone()>{hidden("do", "submit")}{select("circle", "审过以后给谁走", circles, &draft.circle, &[])}<button class="btn btn--main" type="submit">"送审"</button></form>
                    <div class="row">{button("trial", "在我班上试用", false)}<p class="small muted">"试用的一场标着“试用”，不计学时；审过以前别人看不见。"</p></div>
                }
                .into_any()
            }
            (DraftState::Writing, true) => note("due", "alert", view! { <p>{format!("还有 {musts} 处必须改。改完就能试用、送审。")}</p> }.into_any()),
            (DraftState::Review, true) => view! { {note("", "clock", view! { <p>"已经送审，等别的讲师看。审的时候不能改。"</p> }.into_any())}{button("return", "先收回来改", false)} }.into_any(),
            (DraftState::Review, false) => view! {
                <section class="card stack" aria-labelledby="h-v"><h2 id="h-v">"审一审"</h2><p>{format!("走一遍看看，再看依据对不对、话站不站得住。通过以后{}，内容不再变。", circle_word(draft.circle()))}</p>
                    <form class="form stack" method="post" action=base.clone()>{TextArea("reason", "写给作者的话", "")}
                        <div class="row"><button class="btn btn--main" type="submit" name="do" value="approve">"通过，发布"</button><button class="btn" type="submit" name="do" value="return">"退回去改"</button></div></form></section>
            }
            .into_any(),
            (DraftState::Published, _) => note("done", "done", view! { <p>{format!("已经发布，{}，内容不再变。要改就抄一份。", circle_word(draft.circle()))}<br/><a href=format!("/simulations/{}", draft.key)>"去看它"</a></p> }.into_any()),
            (DraftState::Writing, false) => note("", "info", view! { <p>{format!("{} 还在写。", draft.author_name)}</p> }.into_any()),
        };
        let cards = scenario
            .nodes
            .iter()
            .enumerate()
            .map(|(i, node)| {
                let title = format!("{}　{}", i + 1, node.title);
                let title = if editable { view! { <a href=format!("{base}/cards/{}", node.key)>{title}</a> }.into_any() } else { view! { {title} }.into_any() };
                let busy = open.get(&node.key).map(|names| view! { <span>{icon("pen")}{format!("{}正在改这一张", names.join("、"))}</span> });
                view! { <li class="rowi"><span>{icon("fork")}</span><div><h3 class="rowi__title">{title}</h3><p>{node.brief.chars().take(60).collect::<String>()}</p><p class="rowi__meta"><span>{format!("{} 种办法", node.choices.len())}</span>{busy}</p></div></li> }
            })
            .collect_view();
        let said = reviews
            .iter()
            .map(|r| {
                let word = if r.verdict == "approved" { "通过" } else { "退回" };
                view! { <li class="rowi"><span>{icon("stamp")}</span><div><p class="rowi__title">{format!("{} {word}了第 {} 次保存的", r.name, r.revision)}</p><p>{r.reason.clone()}</p><p class="rowi__meta">{spoken_minute(r.at)}</p></div></li> }
            })
            .collect_view();
        let invite = (editable && alone && !invited.is_empty()).then(|| {
            let people = invited.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
            view! {
                <details class="more"><summary>"请一位一起写"</summary>
                    <form class="form stack" method="post" action=base.clone()>{hidden("do", "invite")}{select("person", "讲这门课的", people, "", &[])}
                        <button class="btn" type="submit">"请进来"</button></form></details>
            }
        });
        let endings = ending_form(&draft, &scenario, editable);
        view! {
            <div class="wrap stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into()), ("/teach/scenarios".into(), "写情景".into())])}
                <div class="row row--between"><h1>{draft.title.clone()}</h1><span class="chip chip--plain">{state_word(draft.state())}</span></div>
                <p class="muted">{format!("{}　{}　{} 写，第 {} 次保存", draft.key, draft.course, writers.iter().map(|w| w.1.as_str()).collect::<Vec<_>>().join("、"), draft.revision)}</p>
                {next}
                {(!reviews.is_empty()).then(|| view! { <ul class="rows">{said}</ul> })}
                <section class="stack" aria-labelledby="h-c"><div class="row row--between"><h2 id="h-c">"一处一处"</h2>
                    <nav class="row" aria-label="别的写法">{editable.then(|| view! { <a class="link" href=format!("{base}/import")>"贴一张表、导入文件"</a> })}<a class="link" href=format!("{base}/graph")>"图"</a><a class="link" href=format!("{base}/text")>"文本"</a><a class="link" href=format!("{base}/history")>"每一次保存"</a></nav></div>
                    <ul class="rows">{cards}</ul>
                    {editable.then(|| view! { <form class="row" method="post" action=base.clone()>{hidden("do", "add")}{hidden("base", draft.revision)}<button class="btn" type="submit">{icon("plus")}"加一处"</button></form> })}</section>
                {endings}
                {invite}
                <section class="stack" aria-labelledby="h-f"><h2 id="h-f">"查出来的"</h2>{findings(&draft, &found, editable)}<p class="small muted">{words::walked(&scenario, &found.walk)}</p></section>
                <section class="stack" aria-labelledby="h-g"><div class="row row--between"><h2 id="h-g">"图"</h2><a class="link" href=format!("{base}/graph")>{if editable { "在图上改" } else { "放大看" }}</a></div>{graph::part(&scenario, &found.walk, &graph::of_all_paths, "情景的图")}</section>
            </div>
        }
        .into_any()
    }))
}

/// Title, role, goal, endings and questions.
fn ending_form(draft: &Draft, scenario: &Scenario, editable: bool) -> Option<AnyView> {
    editable.then(|| {
        let text = |name: &'static str, label: &'static str, value: &str| field(name, label, "", value, &[]);
        let endings = scenario
            .endings
            .iter()
            .enumerate()
            .map(|(i, e)| {
                let kind = match e.kind {
                    EndingKind::Good => "办成了",
                    EndingKind::Mixed => "成了一半",
                    EndingKind::Bad => "没办成",
                };
                let when = domain::scenario::notation::write_condition(&e.when);
                view! {
                    <fieldset class="stack stack--s"><legend class="h-like">{format!("结局：{kind}")}</legend>
                        <label class="field"><span class="field__label">"什么时候算（写法：信≥58 且 规≥50；最后一个不写）"</span><input class="input" name=format!("e{i}.when") value=when maxlength="200"/></label>
                        {text_named(format!("e{i}.text"), "说什么", &e.text)}{text_named(format!("e{i}.advice"), "下回怎么办", &e.advice)}</fieldset>
                }
            })
            .collect_view();
        let questions = scenario.debrief.join("\n");
        view! {
            <details class="more"><summary>"题目、角色、结局和复盘的问题"</summary>
                <form class="form stack stack--l" method="post" action=format!("/teach/scenarios/{}", draft.id)>{hidden("do", "meta")}{hidden("base", draft.revision)}
                    {text("title", "叫什么", &scenario.title)}{text("role", "您是谁", &scenario.role)}{text("goal", "要办成什么", &scenario.goal)}
                    {endings}
                    {TextArea("debrief", "复盘的问题，一行一个", &questions)}
                    <button class="btn btn--main" type="submit">"保存"</button></form></details>
        }
        .into_any()
    })
}

fn text_named(name: String, label: &'static str, value: &str) -> AnyView {
    view! { <label class="field"><span class="field__label">{label}</span><input class="input" name=name value=value.to_owned() maxlength="400"/></label> }.into_any()
}

/// Saves a changed scenario on top of a revision.
pub(super) async fn save(ctx: &Ctx, draft: &Draft, base: i64, scenario: &Scenario, note: &str, auto: bool) -> Result<Saved, Refusal> {
    let text = store::simulation::write(scenario)?;
    Ok(ctx.store().save_draft(ctx.me()?, draft, Save { base, text: &text, note, auto }).await?)
}

/// Saves a change that was made to the newest revision just now.
pub(super) async fn save_now(ctx: &Ctx, draft: &Draft, scenario: &Scenario, note: &str) -> Result<(), Refusal> {
    behind(save(ctx, draft, draft.revision, scenario, note, false).await?)
}

/// The key of a new situation.
pub(super) fn free_key(scenario: &Scenario) -> String {
    (1..=MOST_NODES + 1).map(|n| format!("d{n}")).find(|k| scenario.nodes.iter().all(|n| n.key != *k)).unwrap_or_default()
}

/// A new situation at the end; its key.
pub(super) fn add_node(scenario: &mut Scenario) -> String {
    let key = free_key(scenario);
    let title = format!("第 {} 处", scenario.nodes.len() + 1);
    scenario.nodes.push(Node { key: key.clone(), title, brief: String::new(), arriving: vec![], choices: vec![] });
    key
}

/// What a form that came too late is answered with.
pub(super) fn behind(saved: Saved) -> Result<(), Refusal> {
    match saved {
        Saved::As(_) => Ok(()),
        Saved::Behind(_) => Err(Fault::Conflict.into()),
    }
}

/// `POST /teach/scenarios/{draft}`
pub async fn act(ctx: Ctx, Path(id): Path<String>, Posted(fields): Posted) -> Reply {
    let (draft, ..) = seen(&ctx, &id).await?;
    let me = ctx.me()?;
    let here = format!("/teach/scenarios/{}", draft.id);
    match fields.get("do") {
        "submit" => {
            let circle =
                Circle::parse(fields.get("circle")).ok_or_else(|| Fault::Invalid(vec![FieldFault::new("circle", Rule::Unknown)]))?;
            ctx.store().submit_draft(me, draft.id, circle).await?;
        }
        "approve" => ctx.store().approve_draft(me, draft.id, fields.get("reason")).await?,
        "invite" => {
            let (draft, ..) = own(&ctx, &id).await?;
            ctx.store().add_writer(me, &draft, crate::learning::id(fields.get("person"))?).await?;
        }
        "return" => ctx.store().return_draft(me, draft.id, fields.get("reason")).await?,
        "trial" => {
            let room = ctx.store().try_draft(me, draft.id, fields.id()?).await?;
            return Ok(see_other(&format!("/teach/rooms/{}", room.id)));
        }
        "add" => {
            let (draft, _, mut scenario) = own(&ctx, &id).await?;
            let key = add_node(&mut scenario);
            save_now(&ctx, &draft, &scenario, "加了一处").await?;
            return Ok(see_other(&format!("{here}/cards/{key}")));
        }
        "answer" => {
            let (draft, _, mut scenario) = own(&ctx, &id).await?;
            let trouble: Trouble = serde_json::from_value(fields.get("trouble").into()).map_err(|_| Fault::Missing)?;
            let (place, reason) = (fields.get("place").to_owned(), fields.get("reason").trim().chars().take(200).collect::<String>());
            if !reason.is_empty() {
                scenario.answers.retain(|a| (a.trouble, a.place.as_str()) != (trouble, place.as_str()));
                scenario.answers.push(Answered { trouble, place, reason });
                save_now(&ctx, &draft, &scenario, "答复了一条建议").await?;
            }
        }
        "meta" => {
            let (draft, _, mut scenario) = own(&ctx, &id).await?;
            let base = fields.get("base").parse().map_err(|_| Fault::Missing)?;
            let part = |s: &Scenario| (s.title.clone(), s.role.clone(), s.goal.clone(), s.endings.clone(), s.debrief.clone());
            let ground = ground(&ctx, &draft, base, &scenario, part).await?;
            let text = |name: &str| fields.get(name).trim().chars().take(400).collect::<String>();
            (scenario.title, scenario.role, scenario.goal) = (text("title"), text("role"), text("goal"));
            for (i, ending) in scenario.endings.iter_mut().enumerate() {
                let when = text(&format!("e{i}.when"));
                let when = domain::scenario::notation::condition(&when).map_err(|_| Fault::Refused("draft_condition".into()))?;
                *ending = Ending { when, text: text(&format!("e{i}.text")), advice: text(&format!("e{i}.advice")), ..ending.clone() };
            }
            scenario.debrief = fields
                .get("debrief")
                .lines()
                .map(str::trim)
                .filter(|l| !l.is_empty())
                .take(domain::scenario::MOST_QUESTIONS)
                .map(str::to_owned)
                .collect();
            let Some(base) = ground else { return both(&ctx, &draft, &store::simulation::write(&scenario)?).await };
            behind(save(&ctx, &draft, base, &scenario, "改了题目和结局", false).await?)?;
        }
        _ => return Err(Fault::Missing.into()),
    }
    Ok(see_other(&here))
}

/// An empty choice with this key.
pub(super) fn empty_choice(key: &str) -> Choice {
    Choice {
        key: key.into(),
        text: String::new(),
        when: Condition::Always,
        effects: vec![],
        result: String::new(),
        next: None,
        chance: vec![],
        points: 0,
        why: String::new(),
        source: String::new(),
    }
}
