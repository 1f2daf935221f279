//! The lesson page: text to read, or a video with its transcript; what is still missing; the way to the quiz.

use axum::extract::Path;
use domain::completion::Need;
use domain::course::{Lesson, Video};
use domain::credit::lesson_minutes;
use domain::fault::Fault;
use domain::library::Library;
use leptos::prelude::*;
use store::learning::Journey;

use super::{id, need, outline};
use crate::course;
use crate::islands::player::{Player, PlayerCue};
use crate::portal::{Ctx, Posted, Reply, see_other};
use crate::ui::{Meta, crumbs, hidden, icon, megabytes, phrased};

/// `/learn/{enrolment}/{lesson}`
pub async fn page(ctx: Ctx, Path((enrolment, key)): Path<(String, String)>) -> Reply {
    let journey = ctx.store().journey(ctx.me()?, id(&enrolment)?).await?;
    let lesson = journey.edition.lesson(&key).ok_or(Fault::Missing)?;
    let papers = ctx.store().papers(journey.enrolment.id, &key).await?;
    let form_id = ctx.store().new_id();
    let now = ctx.store().now();
    let shelf = ctx.store().shelf().await?;
    let slug = ctx.store().catalogue().await?.by_code(&journey.enrolment.course).map(|c| c.slug.clone()).unwrap_or_default();
    let meta = Meta::new(lesson.title.clone(), "/learn");
    let meta = if lesson.video.is_some() { meta.with_island("player") } else { meta };
    Ok(ctx.page(meta, || {
        let at = journey.edition.position(&key).unwrap_or(0);
        let total = journey.edition.lessons.len();
        let base = format!("/learn/{}", journey.enrolment.id);
        let standing = &journey.standing.lessons[at];
        let facts = journey.facts.get(&key).cloned().unwrap_or_default();
        let opened = facts.opened_at.is_some();
        let policy = &journey.enrolment.policy;
        let neighbour = |i: usize, word: &'static str| {
            journey.edition.lessons.get(i).map(|l| view! { <a class="btn" href=format!("{base}/{}", l.key)>{format!("{word}：{}", l.title)}</a> })
        };
        let minutes = lesson_minutes(lesson, policy);
        let asked = policy.lesson_questions.min(lesson.questions.len() as i64);
        let left = standing.items.iter().filter(|i| !i.done).count();
        let body = if opened {
            view! { {content(&journey, lesson, now, &slug, &shelf.library)} }.into_any()
        } else {
            view! {
                <div class="card stack">
                    <p class="lede">{lesson.summary.clone()}</p>
                    <p class="small muted">{match &lesson.video {
                        Some(video) => format!("视频 {} 分 {} 秒，{} MB；问 {asked} 题。核定 {minutes} 分钟。", video.seconds / 60, video.seconds % 60, megabytes(video.file.bytes)),
                        None => format!("正文约 {} 字，读完约 {} 分钟；问 {asked} 题。核定 {minutes} 分钟。", lesson.characters, policy.reading_minutes(lesson.characters)),
                    }}</p>
                    <form method="post" action=format!("{base}/{key}/open")><button class="btn btn--main" type="submit">{icon("play")}"开始学这一课"</button></form>
                </div>
            }
            .into_any()
        };
        let quiz = opened.then(|| {
            let read_done = standing.items.iter().any(|i| i.done && matches!(i.need, Need::Read { .. } | Need::Watch { .. }));
            let main = if read_done && !standing.done { "btn btn--main btn--wide" } else { "btn btn--wide" };
            let word = if papers.is_empty() { format!("做课后测验（{asked} 题）") } else { "再做一次".to_owned() };
            view! { <form method="post" action=format!("{base}/{key}/quiz")>{hidden("id", form_id)}<button class=main type="submit">{icon("pen")}{word}</button></form> }
        });
        let past = papers
            .iter()
            .filter_map(|p| p.result.as_ref().map(|r| (p.id, r.verdict.percent(), r.at)))
            .map(|(paper, percent, at)| view! { <li><a href=format!("{base}/quiz/{paper}")>{format!("{} · {percent} 分", domain::time::spoken_minute(at))}</a></li> })
            .collect_view();
        let next = standing.done.then(|| match journey.edition.lessons.get(at + 1) {
            Some(next) => view! { <a class="btn btn--main btn--wide" href=format!("{base}/{}", next.key)>{icon("right")}"学下一课"</a> }.into_any(),
            None => view! { <a class="btn btn--main btn--wide" href=format!("{base}#test")>{icon("pen")}"去看课程测验"</a> }.into_any(),
        });
        view! {
            <div class="wrap wrap--wide">
                {crumbs(vec![("/learn".into(), "我要学".into()), (base.clone(), journey.edition.title.clone())])}
                <div class="player">
                    <div class="stack stack--l player__main">
                        <h1>{format!("第 {} 课　", at + 1)}{phrased(&lesson.title)}</h1>
                        {body}
                    </div>
                    <aside class="stack stack--l player__side" aria-label="完成情况与目录">
                        <section class="why" aria-labelledby="h-why">
                            <h2 class="why__title" id="h-why">{if standing.done { "这一课已完成" } else { "还差什么" }}</h2>
                            <p class="small muted">{if standing.done { format!("核定 {minutes} 分钟，已记入学时账。") } else { format!("都齐了，这一课就算完成，记 {minutes} 分钟。还差 {left} 样。") }}</p>
                            <ul class="why__list">{standing.items.iter().map(need).collect_view()}</ul>
                        </section>
                        {next}
                        {quiz}
                        {(!papers.is_empty()).then(|| view! { <ul class="small">{past}</ul> })}
                        <div class="player__outline-wide"><h2 class="vh">"目录"</h2>{outline(&journey, Some(&key))}</div>
                        <details class="drawer player__outline-slim"><summary>{icon("book")}{format!("目录　第 {} 课，共 {total} 课", at + 1)}</summary>{outline(&journey, Some(&key))}</details>
                    </aside>
                </div>
                <nav class="row row--between sec-s" aria-label="前后各课">{at.checked_sub(1).and_then(|i| neighbour(i, "上一课"))}{neighbour(at + 1, "下一课")}</nav>
            </div>
        }
        .into_any()
    }))
}

/// The opened lesson.
fn content(journey: &Journey, lesson: &Lesson, now: i64, slug: &str, library: &Library) -> AnyView {
    let base = format!("/learn/{}/{}", journey.enrolment.id, lesson.key);
    let facts = journey.facts.get(&lesson.key).cloned().unwrap_or_default();
    let policy = &journey.enrolment.policy;
    let ready = facts.opened_at.unwrap_or(now) + policy.reading_wait_ms(lesson.characters);
    let watched = lesson.video.is_some()
        && journey
            .standing
            .lessons
            .iter()
            .any(|l| l.lesson == lesson.key && l.items.iter().any(|i| i.done && matches!(i.need, Need::Watch { .. })));
    let finish = (facts.read_at.is_none() && !watched).then(|| {
        let wait = (ready - now).max(0);
        let hint = match (lesson.video.is_some(), wait) {
            (false, 0) => "读到这里，点一下，再去做测验。".to_owned(),
            (false, _) => format!("{} 以后可以点。不着急，慢慢读。", domain::time::spoken_minute(ready)),
            (true, 0) => "不方便看视频的，把文字稿读完也可以，点这里。".to_owned(),
            (true, _) => format!("不方便看视频的，把文字稿读完也可以，{} 以后点这里。", domain::time::spoken_minute(ready)),
        };
        let class = if lesson.video.is_none() && wait == 0 { "btn btn--main" } else { "btn" };
        view! { <form class="stack stack--s" method="post" action=format!("{base}/read")><button class=class type="submit">{icon("check")}"读完了"</button><p class="small muted">{hint}</p></form> }
    });
    let video = lesson.video.as_ref().map(|v| player(journey, lesson, v));
    view! {
        {video}
        <button class="btn btn--s speak" type="button" data-speak="article.lesson > *">"念给我听"</button>
        <article class="lesson" inner_html=lesson.html.clone()></article>
        {course::handout(lesson, slug)}
        {finish}
        {course::rests_on(lesson, library)}
    }
    .into_any()
}

fn player(journey: &Journey, lesson: &Lesson, video: &Video) -> AnyView {
    let facts = journey.facts.get(&lesson.key).cloned().unwrap_or_default();
    let cues: Vec<PlayerCue> = video.cues.iter().map(|c| PlayerCue { start: c.start, text: c.text.clone() }).collect();
    let done = journey.standing.lessons.iter().any(|l| l.lesson == lesson.key && l.done);
    let src = format!("/media/{}/{}", video.file.hash, video.file.name);
    let captions = format!("/media/{}/{}", video.captions.hash, video.captions.name);
    let poster = video.poster.as_ref().map(|p| format!("/media/{}/{}", p.hash, p.name)).unwrap_or_default();
    view! {
        <Player
            enrolment=journey.enrolment.id.to_string()
            lesson=lesson.key.clone()
            src=src captions=captions poster=poster
            seconds=video.seconds
            size=megabytes(video.file.bytes)
            seen=facts.seen.to_string()
            needed=(video.seconds * journey.enrolment.policy.coverage_percent + 99) / 100
            done=done
            cues=cues
        />
    }
    .into_any()
}

/// `POST /learn/{enrolment}/{lesson}/open`
pub async fn open(ctx: Ctx, Path((enrolment, key)): Path<(String, String)>, Posted(_): Posted) -> Reply {
    let enrolment = id(&enrolment)?;
    ctx.store().open_lesson(ctx.me()?, enrolment, &key).await?;
    Ok(see_other(&format!("/learn/{enrolment}/{key}")))
}

/// `POST /learn/{enrolment}/{lesson}/read`
pub async fn finish(ctx: Ctx, Path((enrolment, key)): Path<(String, String)>, Posted(_): Posted) -> Reply {
    let enrolment = id(&enrolment)?;
    match ctx.store().finish_reading(ctx.me()?, enrolment, &key).await {
        // Too early is not an error for a reader: the page says from when it counts.
        Ok(()) | Err(store::Error::Fault(Fault::Refused(_))) => Ok(see_other(&format!("/learn/{enrolment}/{key}"))),
        Err(error) => Err(error.into()),
    }
}
