//! Original papers for the social worker examination: to read, to try, to print. Nothing is kept: a try is one's own.

use axum::extract::Path;
use domain::course::Question;
use domain::exam::{self, points_text};
use domain::fault::Fault;
use domain::library::{Library, Paper, PaperKind};
use leptos::prelude::*;

use super::{meta, print_button, shelves, source};
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply};
use crate::quiz::{self, Judged};
use crate::ui::{crumbs, hidden, icon, note};

/// Pass mark in percent (合格标准自 2022 年度起相对固定为 60%，以当年公布为准).
const PASS: i64 = 60;
/// Questions of one practice.
const ASKED: usize = 10;

fn track(code: &str) -> &'static str {
    if code == "intermediate" { "中级" } else { "初级" }
}

/// `/exam`
pub async fn all(ctx: Ctx) -> Reply {
    let shelf = ctx.store().shelf().await?;
    Ok(ctx.page(meta("社工考试"), || {
        let bank = &shelf.practice;
        let mut whole: Vec<&Paper> = shelf.library.papers.iter().filter(|p| p.kind != PaperKind::Practice).collect();
        whole.sort_by_key(|p| p.track != "junior");
        let papers = whole
            .into_iter()
            .map(|p| {
                let what = match p.kind {
                    PaperKind::Essay => format!("主观题，{} 分钟，附采分点", p.minutes),
                    _ => format!("{} 题，{} 分钟", p.questions.len(), p.minutes),
                };
                view! {
                    <li class="rowi"><span>{icon("pen")}</span><div>
                        <h3 class="rowi__title"><a href=format!("/exam/{}", p.key)>{p.title.clone()}</a></h3>
                        <p class="rowi__meta"><span>{what}</span><span>{format!("按 {} 年版大纲", p.syllabus_version)}</span><span>{format!("法规截至 {}", p.law_cutoff)}</span></p></div>
                        <div class="rowi__end"><span class="chip chip--plain">{track(&p.track)}</span></div></li>
                }
            })
            .collect_view();
        let mut nodes: Vec<(String, usize)> = Vec::new();
        for (_, question) in bank {
            match nodes.iter_mut().find(|(n, _)| *n == question.node) {
                Some((_, n)) => *n += 1,
                None => nodes.push((question.node.clone(), 1)),
            }
        }
        nodes.sort();
        let groups = ["综合能力", "实务", "法规与政策", "中级实务"]
            .into_iter()
            .map(|subject| {
                let links = nodes
                    .iter()
                    .filter(|(node, _)| node.split('·').next() == Some(subject))
                    .map(|(node, n)| {
                        let name = node.split_once('·').map_or(node.as_str(), |(_, rest)| rest).to_owned();
                        view! { <a class="tick" href=format!("/exam/practice?node={}", crate::portal::query_value(node))><span>{name}</span><span class="tick__n">{*n}</span></a> }
                    })
                    .collect_view();
                view! { <div><h3 class="facet__title">{subject}</h3><div class="facet__list">{links}</div></div> }
            })
            .collect_view();
        view! {
            <div class="wrap stack stack--l">
                <div class="stack"><h1>"社工考试"</h1><p class="lede">"全部是自编的练习，不是真题。报考条件、时间和题型，以当年的官方公告为准。"</p></div>
                {shelves("/exam")}
                <section aria-labelledby="h-p"><h2 id="h-p">"整套的模拟卷"</h2><ul class="rows">{papers}</ul></section>
                <section aria-labelledby="h-n" class="stack"><h2 id="h-n">"按考点练"</h2><p class="muted">"一回最多十题，答完就看解析。"</p><div class="nodes">{groups}</div></section>
            </div>
        }
        .into_any()
    }))
}

async fn paper_of(ctx: &Ctx, key: &str) -> Result<Paper, Refusal> {
    let shelf = ctx.store().shelf().await?;
    let paper = shelf.library.papers.iter().find(|p| p.key == key && p.kind != PaperKind::Practice);
    Ok(paper.ok_or(Fault::Missing)?.clone())
}

/// `/exam/{key}`: a paper to be filled in, or to be read.
pub async fn paper(ctx: Ctx, Path(key): Path<String>) -> Reply {
    let paper = paper_of(&ctx, &key).await?;
    Ok(ctx.page(meta(paper.title.clone()), || {
        let body = if paper.kind == PaperKind::Essay {
            ().into_any()
        } else {
            let questions = paper.questions.iter().enumerate().map(|(i, q)| quiz::ask(i, q, &quiz::in_order(q))).collect_view();
            view! {
                <form class="quiz" method="post" action=format!("/exam/{}", paper.key)>
                    {questions}
                    <button class="btn btn--main no-print" type="submit">{icon("check")}"交卷，看分数"</button>
                </form>
            }
            .into_any()
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/exam".into(), "社工考试".into())])}
                <div class="stack"><h1>{paper.title.clone()}</h1>
                    <p class="muted">{format!("{} · {} 分钟 · 按 {} 年版大纲 · 法规截至 {} · 自编", track(&paper.track), paper.minutes, paper.syllabus_version, paper.law_cutoff)}</p>
                    <div class="row">{print_button()}</div></div>
                <article class="lesson" inner_html=paper.html.clone()></article>
                {body}
            </div>
        }
        .into_any()
    }))
}

/// `POST /exam/{key}`: the score, and why. Nothing is written down.
pub async fn hand_in(ctx: Ctx, Path(key): Path<String>, Posted(fields): Posted) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let paper = paper_of(&ctx, &key).await?;
    let questions: Vec<&Question> = paper.questions.iter().collect();
    if questions.is_empty() {
        return Err(Fault::Missing.into());
    }
    Ok(result(&ctx, &paper.title, &questions, &fields, &shelf.library, (format!("/exam/{key}"), "再做一遍")))
}

/// `POST /exam/practice`: the same for the questions that the form names.
pub async fn hand_in_practice(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let shelf = ctx.store().shelf().await?;
    let bank = &shelf.practice;
    let asked = fields.all("asked");
    let questions: Vec<&Question> = asked.iter().take(ASKED).filter_map(|id| bank.iter().find(|(b, _)| b == id)).map(|(_, q)| q).collect();
    let node = questions.first().map(|q| q.node.clone()).ok_or(Fault::Missing)?;
    let page = fields.get("page").parse::<usize>().unwrap_or(0).wrapping_add(1);
    let next = format!("/exam/practice?node={}&page={page}", crate::portal::query_value(&node));
    Ok(result(&ctx, &node, &questions, &fields, &shelf.library, (next, "再来十题")))
}

/// `/exam/practice?node=`
pub async fn practice(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let node = fields.get("node").to_owned();
    let shelf = ctx.store().shelf().await?;
    let of_node: Vec<&(String, Question)> = shelf.practice.iter().filter(|(_, q)| q.node == node).collect();
    if of_node.is_empty() {
        return Err(Fault::Missing.into());
    }
    let pages = of_node.len().div_ceil(ASKED);
    let page = fields.get("page").parse::<usize>().unwrap_or(0) % pages;
    Ok(ctx.page(meta(node.clone()), || {
        let part = &of_node[page * ASKED..((page + 1) * ASKED).min(of_node.len())];
        let ids = part.iter().map(|(id, _)| hidden("asked", id)).collect_view();
        let questions = part.iter().enumerate().map(|(i, (_, q))| quiz::ask(i, q, &quiz::in_order(q))).collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/exam".into(), "社工考试".into())])}
                <div class="stack"><h1>{node.clone()}</h1><p class="muted">{format!("这个考点有 {} 题，这一回 {} 题。", of_node.len(), part.len())}</p></div>
                <form class="quiz" method="post" action="/exam/practice">
                    {ids}{hidden("page", page)}{questions}
                    <button class="btn btn--main" type="submit">{icon("check")}"答完了，看解析"</button>
                </form>
            </div>
        }
        .into_any()
    }))
}

fn result(
    ctx: &Ctx,
    title: &str,
    questions: &[&Question],
    fields: &Fields,
    library: &Library,
    again: (String, &'static str),
) -> axum::response::Response {
    let answers: Vec<Vec<String>> = questions.iter().enumerate().map(|(i, q)| quiz::given(i, q, fields)).collect();
    let judged = exam::judge(questions, &answers);
    ctx.page(meta(format!("{title}：结果")), || {
        let blank = answers.iter().filter(|a| a.iter().all(|key| key.is_empty())).count();
        let passed = judged.passes(PASS);
        let (tone, symbol) = if passed { ("done", "done") } else { ("due", "alert") };
        let weak: Vec<_> = judged.nodes.iter().filter(|(_, (asked, right))| right < asked).collect();
        let rows = judged
            .nodes
            .iter()
            .map(|(node, (asked, right))| {
                let href = format!("/exam/practice?node={}", crate::portal::query_value(node));
                view! { <tr><th scope="row"><a href=href>{node.clone()}</a></th><td class="n">{*asked}</td><td class="n">{*right}</td></tr> }
            })
            .collect_view();
        let nodes = (judged.nodes.len() > 1).then(|| {
            view! {
                <section aria-labelledby="h-n" class="stack"><h2 id="h-n">"各考点"</h2>
                    <p class="muted">{if weak.is_empty() { "每个考点都答全了。".to_owned() } else { "点考点的名字，可以只练它。".to_owned() }}</p>
                    <div class="tbl-box" tabindex="0" role="region" aria-label="各考点，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"考点"</th><th scope="col" class="n">"题"</th><th scope="col" class="n">"全对"</th></tr></thead><tbody>{rows}</tbody></table></div></section>
            }
        });
        let reviews = questions
            .iter()
            .enumerate()
            .map(|(i, q)| {
                let (got, most) = (judged.points.get(i).copied().unwrap_or(0), exam::most(q));
                let verdict = if got == most { Judged::Right } else if got > 0 { Judged::Partly(format!("少选了，得 {} 分", points_text(got))) } else { Judged::Wrong };
                quiz::review(i, q, &quiz::in_order(q), &answers[i], verdict, source(&q.source, library))
            })
            .collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/exam".into(), "社工考试".into())])}
                <h1>{format!("{title}：结果")}</h1>
                <p class="quiz__score">{points_text(judged.score)}<small>{format!(" 分，满分 {}", points_text(judged.most))}</small></p>
                {note(tone, symbol, view! { <p>{if passed { "过了六成的线。合格标准以当年公布为准。" } else { "还没到六成。看看下面哪些考点丢分多，挑一个练。" }}{(blank > 0).then(|| format!("有 {blank} 题没有答。"))}</p> }.into_any())}
                <div class="row no-print"><a class="btn btn--main" href=again.0>{icon("undo")}{again.1}</a>{print_button()}</div>
                {nodes}
                <div class="quiz">{reviews}</div>
                <p class="small muted">"这里的成绩不保存，关掉这一页就没有了。"</p>
            </div>
        }
        .into_any()
    })
}
