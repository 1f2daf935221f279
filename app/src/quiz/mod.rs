//! Quizzes: a paper to fill in with or without script, and its result with explanations.

use axum::extract::Path;
use domain::course::{Edition, Question, QuestionKind};
use domain::library::Library;
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
    let shelf = ctx.store().shelf().await?;
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
                    <form class="quiz" method="post" action=format!("{base}/quiz/{}", paper.id)>
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
                let answers = paper.drawn.iter().enumerate().filter_map(|(i, d)| find(&journey.edition, d).map(|q| handed_question(i, q, d, handed, &shelf.library))).collect_view();
                let act = if handed.passed {
                    view! { <a class="btn btn--main" href=back.clone()>{icon("right")}"接着学"</a> }.into_any()
                } else {
                    view! { <form method="post" action=again>{hidden("id", form_id)}<button class="btn btn--main" type="submit">{icon("undo")}"换几题，再做一次"</button></form><a class="btn" href=back.clone()>"回去再读读"</a> }.into_any()
                };
                view! {
                    <p class="quiz__score">{percent}<small>{format!(" 分，{pass} 分合格")}</small></p>
                    {note(tone, symbol, view! { <p>{if handed.passed { "合格了。每题的解析在下面。" } else { "这一回没到合格线。不要紧，看看解析，可以再做。" }}</p> }.into_any())}
                    <div class="row">{act}</div>
                    <div class="quiz">{answers}</div>
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
        QuestionKind::Multiple => "多选",
        QuestionKind::TrueFalse => "判断",
        QuestionKind::Ordering => "排序",
        QuestionKind::FillIn => "填空",
    }
}

/// What to do, where the kind alone does not say it.
fn hint(kind: QuestionKind) -> Option<&'static str> {
    match kind {
        QuestionKind::Multiple => Some("两个以上对；少选得一半，选错不得分"),
        QuestionKind::Ordering => Some("给每一项选个次序"),
        _ => None,
    }
}

fn stem(i: usize, question: &Question) -> AnyView {
    view! {
        <legend>
            <span class="quiz__no">{format!("第 {} 题 · {}", i + 1, kind_word(question.kind))}</span>
            <span class="quiz__ask">{question.stem.clone()}{hint(question.kind).map(|h| view! { <small>{h}</small> })}</span>
        </legend>
    }
    .into_any()
}

/// The options in the order written, where nothing is drawn.
pub(crate) fn in_order(question: &Question) -> Drawn {
    Drawn { lesson: String::new(), question: question.key.clone(), order: question.choices.iter().map(|c| c.key.clone()).collect() }
}

/// One question to answer.
pub(crate) fn ask(i: usize, question: &Question, drawn: &Drawn) -> AnyView {
    let choices = shown(question, drawn);
    let n = choices.len();
    let body = match question.kind {
        QuestionKind::Single | QuestionKind::TrueFalse | QuestionKind::Multiple => {
            let kind = if question.kind == QuestionKind::Multiple { "checkbox" } else { "radio" };
            let options = choices
                .into_iter()
                .map(|c| {
                    view! {
                        <label class="pick"><input class="tick__box pick__in" type=kind name=format!("q{i}") value=c.key.clone()/><span class="pick__face"><span>{c.text.clone()}</span></span></label>
                    }
                })
                .collect_view();
            view! { <div class="picks">{options}</div> }.into_any()
        }
        QuestionKind::Ordering => {
            let items = choices
                .into_iter()
                .map(|c| {
                    let options = (1..=n).map(|k| view! { <option value=k.to_string()>{k}</option> }).collect_view();
                    let label = format!("“{}”排第几", c.text);
                    view! {
                        <li class="order__i"><select class="input" aria-label=label name=format!("q{i}.{}", c.key)><option value="">"—"</option>{options}</select><span>{c.text.clone()}</span></li>
                    }
                })
                .collect_view();
            view! { <ol class="order">{items}</ol> }.into_any()
        }
        QuestionKind::FillIn => {
            view! { <input class="input" type="text" name=format!("q{i}") maxlength="100" autocomplete="off" aria-label=format!("第 {} 题的答案", i + 1)/> }.into_any()
        }
    };
    view! { <fieldset>{stem(i, question)}{body}</fieldset> }.into_any()
}

/// How an answer was judged.
pub(crate) enum Judged {
    /// Wholly right.
    Right,
    /// In part, and what that earns.
    Partly(String),
    /// Wrong, or not answered.
    Wrong,
}

/// One question with what was given, what is right, and why.
pub(crate) fn review(i: usize, question: &Question, drawn: &Drawn, given: &[String], judged: Judged, source: AnyView) -> AnyView {
    let (class, symbol, word) = match judged {
        Judged::Right => ("quiz__verdict quiz__verdict--right", "done", "答对了".to_owned()),
        Judged::Wrong => ("quiz__verdict quiz__verdict--wrong", "close", "这题没答对".to_owned()),
        Judged::Partly(word) => ("quiz__verdict quiz__verdict--half", "half", word),
    };
    let text = |key: &String| question.choices.iter().find(|c| &c.key == key).map_or_else(|| key.clone(), |c| c.text.clone());
    let body = match question.kind {
        QuestionKind::Ordering => {
            let right = question.answer.iter().map(|k| view! { <li>{text(k)}</li> }).collect_view();
            view! { <div class="lesson"><p>"正确的次序："</p><ol>{right}</ol></div> }.into_any()
        }
        QuestionKind::FillIn => {
            let given = given.first().filter(|g| !g.trim().is_empty()).cloned().unwrap_or_else(|| "（没有填）".into());
            view! { <p>"您填的："{given}"　正确的："<b>{question.answer.first().cloned().unwrap_or_default()}</b></p> }.into_any()
        }
        _ => {
            let kind = if question.kind == QuestionKind::Multiple { "checkbox" } else { "radio" };
            let options = shown(question, drawn)
                .into_iter()
                .map(|c| {
                    let picked = given.contains(&c.key);
                    let (class, mark) = match (question.answer.contains(&c.key), picked) {
                        (true, true) => ("pick is-right", Some(("check", "您选了，对"))),
                        (true, false) => ("pick is-right", Some(("check", "这个对，您没选"))),
                        (false, true) => ("pick is-wrong", Some(("close", "您选了，不对"))),
                        (false, false) => ("pick", None),
                    };
                    let mark = mark.map(|(symbol, word)| view! { <span class="pick__mark">{icon(symbol)}{word}</span> });
                    view! {
                        <label class=class><input class="tick__box pick__in" type=kind checked=picked disabled=true/><span class="pick__face"><span>{c.text.clone()}</span>{mark}</span></label>
                    }
                })
                .collect_view();
            view! { <div class="picks">{options}</div> }.into_any()
        }
    };
    view! {
        <fieldset>{stem(i, question)}{body}<p class=class>{icon(symbol)}{word}</p>
            <p class="quiz__why">{question.explanation.clone()}<small>"来源："{source}</small></p></fieldset>
    }
    .into_any()
}

/// A question of a paper that was handed in.
fn handed_question(i: usize, question: &Question, drawn: &Drawn, handed: &Handed, library: &Library) -> AnyView {
    let judged = match handed.verdict.points.get(i).copied().unwrap_or(0) {
        FULL => Judged::Right,
        0 => Judged::Wrong,
        _ => Judged::Partly("少选了，得一半".into()),
    };
    let given = handed.answers.get(i).map_or(&[][..], Vec::as_slice);
    review(i, question, drawn, given, judged, crate::library::source(&question.source, library))
}

/// What a form says to one question.
pub(crate) fn given(i: usize, question: &Question, fields: &Fields) -> Vec<String> {
    if question.kind != QuestionKind::Ordering {
        return fields.all(&format!("q{i}"));
    }
    let placed = question.choices.iter().map(|c| (fields.get(&format!("q{i}.{}", c.key)).to_owned(), c.key.clone()));
    let mut placed: Vec<(String, String)> = placed.filter(|(at, _)| !at.is_empty()).collect();
    placed.sort();
    placed.into_iter().map(|(_, key)| key).collect()
}

/// Reads the answers of a paper from its form.
fn answers(edition: &Edition, paper: &Paper, fields: &Fields) -> Vec<Vec<String>> {
    let answer = |(i, drawn): (usize, &Drawn)| find(edition, drawn).map_or_else(Vec::new, |question| given(i, question, fields));
    paper.drawn.iter().enumerate().map(answer).collect()
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
