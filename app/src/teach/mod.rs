//! What trainers see: their courses, who is enrolled and where each stands, where people stop, and which wrong choice
//! draws them.

use std::collections::BTreeMap;

use axum::extract::Path;
use domain::Uuid;
use domain::course::QuestionKind;
use domain::enrolment::State;
use domain::fault::Fault;
use domain::permission::{Action, Place, Resource, Role, may};
use domain::quiz::FULL;
use domain::time::iso_minute;
use leptos::prelude::*;
use store::monitor::EnrolledFilter;
use store::people::manage::require;
use store::quiz::QuestionFigure;

use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply};
use crate::ui::{Meta, crumbs, empty, hidden, icon, note, words};

/// Learners on a page.
const PAGE: i64 = 50;

/// `/teach`: the courses that the visitor teaches, supervises, or owns for the city.
pub async fn home(ctx: Ctx) -> Reply {
    let actor = ctx.actor()?;
    let whole_city = actor.top().is_some_and(|r| r >= Role::CityOfficer);
    if !actor.is(Role::Trainer) && !actor.is(Role::Supervisor) && !whole_city {
        return Err(Fault::Forbidden.into());
    }
    let catalogue = ctx.store().catalogue().await?;
    let mut mine = Vec::new();
    for card in catalogue.cards().iter().filter(|c| c.lessons > 0) {
        if results(&ctx, &card.code).await.is_ok() {
            mine.push(card.clone());
        }
    }
    Ok(ctx.page(Meta::new("教学", "/teach"), || {
        let rows = mine
            .iter()
            .map(|c| view! { <li class="rowi"><span>{icon("book")}</span><div><h2 class="rowi__title"><a href=format!("/teach/courses/{}", c.code)>{format!("{} {}", c.code, c.title)}</a></h2><p class="rowi__meta">{c.summary.clone()}</p></div></li> })
            .collect::<Vec<_>>();
        let body = if rows.is_empty() { empty("还没有归您讲、归您带的课。", "/courses", "看课程").into_any() } else { view! { <ul class="rows">{rows}</ul> }.into_any() };
        view! { <div class="wrap wrap--narrow stack stack--l"><div class="row row--between"><h1>{if whole_city { "全市的课" } else { "我讲的课、我带的班" }}</h1><a class="btn" href="/teach/scenarios">{icon("pen")}"写情景"</a></div>{body}</div> }.into_any()
    }))
}

/// Whether the visitor may see how a course goes.
pub(crate) async fn results(ctx: &Ctx, code: &str) -> Result<Place, Refusal> {
    let trainers: Vec<_> = ctx.store().trainers(code).await?.into_iter().map(|t| t.0).collect();
    let host = ctx.store().course_host(code).await?;
    require(may(ctx.actor()?, Action::SeeCourseResults, &Resource::Course { trainers: &trainers, host: &host }))?;
    Ok(host)
}

/// `/teach/courses/{code}`
pub async fn course(ctx: Ctx, Path(code): Path<String>, Asked(fields): Asked) -> Reply {
    show(&ctx, &code, &fields, None).await
}

/// `POST /teach/courses/{code}`: a sign-in code for a learner of the own class, shown once.
pub async fn give_code(ctx: Ctx, Path(code): Path<String>, Posted(fields): Posted) -> Reply {
    let host = results(&ctx, &code).await?;
    let actor = ctx.actor()?;
    let enrolment = crate::learning::id(fields.get("enrolment"))?;
    let learner = ctx.store().enrolled_one(&code, enrolment).await?.ok_or(Fault::Missing)?;
    let (person, _, top) = ctx.store().person(learner).await?.ok_or(Fault::Missing)?;
    require(may(actor, Action::AssistClass, &Resource::Classmate { id: person.id, host: &host, top }))?;
    let secret = ctx.store().issue_code(actor.person, person.id).await?;
    let login = person.user_name.unwrap_or_else(|| "手机号".into());
    show(&ctx, &code, &fields, Some((person.name, login, secret))).await
}

async fn show(ctx: &Ctx, code: &str, fields: &Fields, given: Option<(String, String, String)>) -> Reply {
    let host = results(ctx, code).await?;
    let actor = ctx.actor()?;
    let helps = |person| may(actor, Action::AssistClass, &Resource::Classmate { id: person, host: &host, top: None }).is_allowed();
    let catalogue = ctx.store().catalogue().await?;
    let card = catalogue.by_code(code).ok_or(Fault::Missing)?;
    let edition = ctx.store().current_edition(card).await?;
    let quiet_days = ctx.store().todo_policy().await?.quiet_days;
    let quiet = fields.get("quiet") == "1";
    let since = ctx.store().now() - quiet_days * 86_400_000;
    let quiet_since = if quiet { since } else { 0 };
    let (total, silent) = ctx.store().enrolled_count(code, since).await?;
    let after = match fields.get("after") {
        "" => None,
        text => Some(text.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?))).ok_or(Fault::Missing)?),
    };
    let mut enrolled = ctx.store().enrolled(code, &EnrolledFilter { quiet_since, after, limit: PAGE + 1 }).await?;
    let more = enrolled.len() as i64 > PAGE;
    enrolled.truncate(PAGE as usize);
    let next = enrolled
        .last()
        .filter(|_| more)
        .map(|e| format!("/teach/courses/{code}?{}after={}~{}", if quiet { "quiet=1&" } else { "" }, e.touched_at, e.id));
    let figures = ctx.store().question_figures(code).await?;
    let mut videos = Vec::new();
    for lesson in &edition.lessons {
        if let Some(video) = &lesson.video {
            videos.push((lesson.title.clone(), video.seconds, ctx.store().rewatch(code, &lesson.key, video.seconds).await?));
        }
    }
    Ok(ctx.page(Meta::new(card.title.clone(), "/teach"), || {
        let lessons = edition.lessons.len();
        let any_help = enrolled.iter().any(|e| helps(e.person));
        let given = given.map(|(name, login, code)| {
            note("done", "done", view! { <p>{format!("{name} 的登录码，十分钟内有效，用一次：")}<br/><b class="code">{format!("{} {}", &code[..3], &code[3..])}</b><br/>{format!("登录时写 {login}，再写这六位数字。")}</p> }.into_any())
        });
        let people = enrolled
            .iter()
            .map(|e| {
                let state = State::parse(&e.state).map_or("—", words::state);
                let help = any_help.then(|| {
                    let button = helps(e.person).then(|| view! { <form method="post" action=format!("/teach/courses/{code}")>{hidden("enrolment", e.id)}<button class="btn btn--s" type="submit">"给登录码"</button></form> });
                    view! { <td>{button}</td> }
                });
                view! { <tr><th scope="row">{e.name.clone()}</th><td>{e.region_name.clone()}</td><td>{state}</td><td class="n">{format!("{} / {lessons}", e.lessons_done)}</td><td class="n">{e.minutes}</td><td>{iso_minute(e.touched_at)}</td>{help}</tr> }
            })
            .collect_view();
        let list = if enrolled.is_empty() {
            empty(if quiet { "没有这样的学员，大家都在学。" } else { "还没有人报名。" }, "/teach", "回到我讲的课").into_any()
        } else {
            view! { <div class="tbl-box" tabindex="0" role="region" aria-label="学员，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"姓名"</th><th scope="col">"社区"</th><th scope="col">"状态"</th><th scope="col" class="n">"完成的课"</th><th scope="col" class="n">"分钟"</th><th scope="col">"最近学习"</th>{any_help.then(|| view! { <th scope="col">"帮忙登录"</th> })}</tr></thead><tbody>{people}</tbody></table></div> }.into_any()
        };
        let stops = videos
            .into_iter()
            .map(|(title, seconds, r)| {
                let parts = r.played.iter().zip(&r.stopped).enumerate().map(|(i, (played, stopped))| {
                    let (from, to) = (seconds * i as i64 / 10, seconds * (i as i64 + 1) / 10);
                    view! { <tr><th scope="row">{format!("{}:{:02}—{}:{:02}", from / 60, from % 60, to / 60, to % 60)}</th><td class="n">{*played}</td><td class="n">{*stopped}</td></tr> }
                }).collect_view();
                view! { <h3>{title}</h3><p class="small muted">{format!("{} 次播放", r.sessions)}</p><div class="tbl-box" tabindex="0" role="region" aria-label="播放分布"><table class="tbl"><thead><tr><th scope="col">"时间段"</th><th scope="col" class="n">"看过的次数"</th><th scope="col" class="n">"停在这里"</th></tr></thead><tbody>{parts}</tbody></table></div> }
            })
            .collect_view();
        let mut by_question: BTreeMap<(String, String), Vec<&QuestionFigure>> = BTreeMap::new();
        for figure in &figures {
            by_question.entry((figure.lesson.clone(), figure.question.clone())).or_default().push(figure);
        }
        let mut questions: Vec<(i64, AnyView)> = by_question
            .iter()
            .filter_map(|((lesson, key), given)| {
                let lesson = edition.lesson(lesson)?;
                let question = lesson.questions.iter().find(|q| &q.key == key)?;
                let times: i64 = given.iter().map(|g| g.times).sum();
                let points: i64 = given.iter().map(|g| g.points).sum();
                let percent = points * 100 / (times * FULL).max(1);
                let name = |keys: &str| match question.kind {
                    QuestionKind::FillIn => if keys.is_empty() { "（空）".to_owned() } else { keys.to_owned() },
                    _ if keys.is_empty() => "（没答）".to_owned(),
                    _ => keys.split('|').map(|k| question.choices.iter().find(|c| c.key == k).map_or(k, |c| c.text.as_str())).collect::<Vec<_>>().join("；"),
                };
                let wrong = given.iter().filter(|g| g.points < g.times * FULL).max_by_key(|g| g.times).map(|g| format!("{}（{} 次）", name(&g.given), g.times)).unwrap_or_else(|| "—".into());
                let view = view! { <tr><th scope="row" class="wrapcell">{question.stem.clone()}<br/><span class="small muted">{format!("{} · {key}", lesson.title)}</span></th><td class="n">{times}</td><td class="n">{format!("{percent}%")}</td><td class="wrapcell">{wrong}</td></tr> };
                Some((percent, view.into_any()))
            })
            .collect();
        questions.sort_by_key(|q| q.0);
        let questions = questions.into_iter().map(|q| q.1).collect::<Vec<_>>();
        let quiz = if questions.is_empty() {
            view! { <p class="muted">"还没有人交过卷。"</p> }.into_any()
        } else {
            view! { <div class="tbl-box" tabindex="0" role="region" aria-label="每题结果，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"题"</th><th scope="col" class="n">"问过"</th><th scope="col" class="n">"得分率"</th><th scope="col">"最常见的错"</th></tr></thead><tbody>{questions}</tbody></table></div> }.into_any()
        };
        view! {
            <div class="wrap stack stack--l">
                {crumbs(vec![("/teach".into(), "教学".into())])}
                <h1>{card.title.clone()}</h1>
                {given}
                <section aria-labelledby="h-p" class="stack"><h2 id="h-p">{format!("学员 {total} 人")}</h2>
                    <nav class="seg" aria-label="看哪些学员"><a href=format!("/teach/courses/{code}") aria-current=(!quiet).then_some("true")>"全部"</a>
                        <a href=format!("/teach/courses/{code}?quiet=1") aria-current=quiet.then_some("true")>{format!("{quiet_days} 天没有学的 {silent} 人")}</a></nav>
                    {list}
                    {next.map(|href| view! { <a class="btn" href=href>"下一页"{icon("right")}</a> })}</section>
                {(lessons > 0 && edition.lessons.iter().any(|l| l.video.is_some())).then(|| view! { <section class="stack" aria-labelledby="h-s"><h2 id="h-s">"视频在哪里停、在哪里回看"</h2>{stops}</section> })}
                <section class="stack" aria-labelledby="h-q"><h2 id="h-q">"每题答得怎样"</h2><p class="small muted">"得分率低的在前。少于十次的只作参考。"</p>{quiz}</section>
            </div>
        }
        .into_any()
    }))
}
