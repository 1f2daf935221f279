//! Quizzes: a paper to fill in with or without script, and its result with explanations.

use axum::extract::Path;
use domain::course::{Edition, Question, QuestionKind};
use domain::quiz::{Drawn, FULL, find, shown};
use leptos::prelude::*;
use store::quiz::{Handed, Paper};

use crate::learning::id;
use crate::portal::{Ctx, Fields, Posted, Reply, see_other};
use crate::ui::{Meta, crumbs, hidden, icon, note};

/// `POST /learn/{enrolment}/{lesson}/quiz`
pub async fn start(ctx: Ctx, Path((enrolment, key)): Path<(String, String)>, Posted(fields): Posted) -> Reply {
    let enrolment = id(&enrolment)?;
    let paper = ctx.store().start_quiz(ctx.me()?, enrolment, &key, fields.id()?).await?;
    Ok(see_other(&format!("/learn/{enrolment}/quiz/{paper}")))
}

/// `POST /learn/{enrolment}/test`
pub async fn start_test(ctx: Ctx, Path(enrolment): Path<String>, Posted(fields): Posted) -> Reply {
    let enrolment = id(&enrolment)?;
    let paper = ctx.store().start_quiz(ctx.me()?, enrolment, "", fields.id()?).await?;
    Ok(see_other(&format!("/learn/{enrolment}/quiz/{paper}")))
}

/// `/learn/{enrolment}/quiz/{attempt}`
pub async fn page(ctx: Ctx, Path((enrolment, attempt)): Path<(String, String)>) -> Reply {
    let me = ctx.me()?;
    let journey = ctx.store().journey(me, id(&enrolment)?).await?;
    let paper = ctx.store().paper(me, id(&attempt)?).await?;
    if paper.enrolment != journey.enrolment.id {
        return Err(domain::fault::Fault::Missing.into());
    }
    let form_id = ctx.store().new_id();
    let title = if paper.lesson.is_empty() { "课程测验" } else { "课后测验" };
    Ok(ctx.page(Meta::new(title, "/learn"), || {
        let base = format!("/learn/{}", journey.enrolment.id);
        let back = if paper.lesson.is_empty() { base.clone() } else { format!("{base}/{}", paper.lesson) };
        let name = journey.edition.lesson(&paper.lesson).map_or_else(|| journey.edition.title.clone(), |l| l.title.clone());
        let pass = journey.enrolment.policy.pass_percent;
        let body = match &paper.result {
            None => {
                let questions = paper.drawn.iter().enumerate().filter_map(|(i, d)| find(&journey.edition, d).map(|q| ask(i, q, d))).collect_view();
                view! {
                    <p class="lede">{format!("{} 题，{pass} 分合格。不限时，可以重做。", paper.drawn.len())}</p>
                    <form class="quiz stack stack--l" method="post" action=format!("{base}/quiz/{}", paper.id)>
                        {questions}
                        <button class="btn btn--main" type="submit">{icon("check")}"交卷"</button>
                    </form>
                }
                .into_any()
            }
            Some(handed) => {
                let percent = handed.verdict.percent();
                let (tone, symbol) = if handed.passed { ("done", "done") } else { ("due", "alert") };
                let again = if paper.lesson.is_empty() { format!("{base}/test") } else { format!("{base}/{}/quiz", paper.lesson) };
                let answers = paper.drawn.iter().enumerate().filter_map(|(i, d)| find(&journey.edition, d).map(|q| review(i, q, d, handed))).collect_view();
                let act = if handed.passed {
                    view! { <a class="btn btn--main" href=back.clone()>{icon("right")}"接着学"</a> }.into_any()
                } else {
                    view! { <form method="post" action=again>{hidden("id", form_id)}<button class="btn btn--main" type="submit">{icon("undo")}"换几题，再做一次"</button></form><a class="btn" href=back.clone()>"回去再读读"</a> }.into_any()
                };
                view! {
                    {note(tone, symbol, view! { <p><b>{if handed.passed { format!("{percent} 分，合格") } else { format!("{percent} 分，{pass} 分合格") }}</b><br/>{if handed.passed { "每题的解析在下面。" } else { "不要紧，看看解析，可以再做。" }}</p> }.into_any())}
                    <div class="row">{act}</div>
                    <div class="quiz stack stack--l">{answers}</div>
                    <p class="small muted">{format!("抽题种子 {}，同一个种子总是抽出同一份题。", paper.seed)}</p>
                }
                .into_any()
            }
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/learn".into(), "我要学".into()), (back.clone(), name)])}
                <h1>{title}</h1>
                {body}
            </div>
        }
        .into_any()
    }))
}

fn kind_word(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Single => "单选",
        QuestionKind::Multiple => "多选，两个以上对",
        QuestionKind::TrueFalse => "判断",
        QuestionKind::Ordering => "排序，给每一项选个次序",
        QuestionKind::FillIn => "填空",
    }
}

fn stem(i: usize, question: &Question) -> impl IntoView + use<> {
    view! { <span class="quiz__n">{format!("{}．", i + 1)}</span>{question.stem.clone()}<span class="quiz__kind small muted">{format!("（{}）", kind_word(question.kind))}</span> }
}

/// One question to answer.
fn ask(i: usize, question: &Question, drawn: &Drawn) -> AnyView {
    let choices = shown(question, drawn);
    let n = choices.len();
    let body = match question.kind {
        QuestionKind::Single | QuestionKind::TrueFalse | QuestionKind::Multiple => {
            let kind = if question.kind == QuestionKind::Multiple { "checkbox" } else { "radio" };
            choices
                .into_iter()
                .map(|c| view! { <label class="option"><input class="option__box" type=kind name=format!("q{i}") value=c.key.clone()/><span>{c.text.clone()}</span></label> })
                .collect_view()
                .into_any()
        }
        QuestionKind::Ordering => choices
            .into_iter()
            .map(|c| {
                let options = (1..=n).map(|k| view! { <option value=k.to_string()>{format!("第 {k}")}</option> }).collect_view();
                let label = format!("o-{i}-{}", c.key);
                view! {
                    <div class="option option--order"><select class="input option__pos" id=label.clone() name=format!("q{i}.{}", c.key)><option value="">"—"</option>{options}</select><label for=label>{c.text.clone()}</label></div>
                }
            })
            .collect_view()
            .into_any(),
        QuestionKind::FillIn => {
            let label = format!("f-{i}");
            view! { <label class="vh" for=label.clone()>"您的答案"</label><input class="input" id=label type="text" name=format!("q{i}") maxlength="100" autocomplete="off"/> }.into_any()
        }
    };
    view! { <fieldset class="quiz__q"><legend class="quiz__stem">{stem(i, question)}</legend><div class="quiz__options">{body}</div></fieldset> }.into_any()
}

/// One question with what was given, what is right, and why.
fn review(i: usize, question: &Question, drawn: &Drawn, handed: &Handed) -> AnyView {
    let given = handed.answers.get(i).cloned().unwrap_or_default();
    let points = handed.verdict.points.get(i).copied().unwrap_or(0);
    let (class, symbol, word) = match points {
        FULL => ("quiz__q is-right", "done", "对了"),
        0 => ("quiz__q is-wrong", "close", "不对"),
        _ => ("quiz__q is-part", "half", "少选了，得一半"),
    };
    let text = |key: &String| question.choices.iter().find(|c| &c.key == key).map_or_else(|| key.clone(), |c| c.text.clone());
    let body = match question.kind {
        QuestionKind::Ordering => {
            let right = question.answer.iter().map(|k| view! { <li>{text(k)}</li> }).collect_view();
            view! { <p class="small">"正确的次序："</p><ol>{right}</ol> }.into_any()
        }
        QuestionKind::FillIn => view! { <p>"您填的："{if given.is_empty() || given[0].trim().is_empty() { "（空）".to_owned() } else { given.join(" ") }}"　正确："<b>{question.answer.first().cloned().unwrap_or_default()}</b></p> }.into_any(),
        _ => shown(question, drawn)
            .into_iter()
            .map(|c| {
                let picked = given.contains(&c.key);
                let right = question.answer.contains(&c.key);
                let mark = match (right, picked) {
                    (true, true) => "选对了",
                    (true, false) => "应当选",
                    (false, true) => "选错了",
                    (false, false) => "",
                };
                let class = match (right, picked) {
                    (true, _) => "option is-right",
                    (false, true) => "option is-wrong",
                    _ => "option",
                };
                view! { <div class=class>{icon(if right { "done" } else if picked { "close" } else { "open" })}<span>{c.text.clone()}{(!mark.is_empty()).then(|| view! { <b class="small">{format!("　{mark}")}</b> })}</span></div> }
            })
            .collect_view()
            .into_any(),
    };
    view! {
        <section class=class><h2 class="quiz__stem">{stem(i, question)}</h2><p class="quiz__mark">{icon(symbol)}<b>{word}</b></p><div class="quiz__options">{body}</div>
            <div class="quiz__why"><p>{question.explanation.clone()}</p><p class="small muted">{format!("依据：{}", question.source)}</p></div></section>
    }
    .into_any()
}

/// Reads the answers of a paper from its form.
fn answers(edition: &Edition, paper: &Paper, fields: &Fields) -> Vec<Vec<String>> {
    paper
        .drawn
        .iter()
        .enumerate()
        .map(|(i, drawn)| match find(edition, drawn) {
            Some(question) if question.kind == QuestionKind::Ordering => {
                let mut placed: Vec<(String, String)> = drawn
                    .order
                    .iter()
                    .map(|key| (fields.get(&format!("q{i}.{key}")).to_owned(), key.clone()))
                    .filter(|(at, _)| !at.is_empty())
                    .collect();
                placed.sort();
                placed.into_iter().map(|(_, key)| key).collect()
            }
            _ => fields.all(&format!("q{i}")),
        })
        .collect()
}

/// `POST /learn/{enrolment}/quiz/{attempt}`
pub async fn hand_in(ctx: Ctx, Path((enrolment, attempt)): Path<(String, String)>, Posted(fields): Posted) -> Reply {
    let me = ctx.me()?;
    let journey = ctx.store().journey(me, id(&enrolment)?).await?;
    let paper = ctx.store().paper(me, id(&attempt)?).await?;
    if paper.enrolment != journey.enrolment.id {
        return Err(domain::fault::Fault::Missing.into());
    }
    let given = answers(&journey.edition, &paper, &fields);
    ctx.store().hand_in(me, paper.id, given).await?;
    Ok(see_other(&format!("/learn/{}/quiz/{}", journey.enrolment.id, paper.id)))
}
