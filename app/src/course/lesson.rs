//! A lesson as anybody may read it, and its handout on paper. Hours are for those who enrol; reading is for everybody.

use axum::extract::Path;
use axum::response::Response;
use domain::course::{CourseStatus, Edition, Handout, Lesson, Video};
use domain::fault::Fault;
use domain::library::Library;
use leptos::prelude::*;
use store::course::Card;

use crate::portal::{Ctx, Refusal, Reply};
use crate::ui::{Meta, crumbs, hidden, icon, phrased};
use crate::{library, ui};

/// The lesson behind an address of an open course.
async fn find(ctx: &Ctx, slug: &str, key: &str) -> Result<(Card, std::sync::Arc<Edition>, usize), Refusal> {
    let catalogue = ctx.store().catalogue().await?;
    let card = catalogue.by_slug(slug).filter(|c| c.status == CourseStatus::Open).ok_or(Fault::Missing)?.clone();
    let edition = ctx.store().current_edition(&card).await?;
    let at = edition.position(key).ok_or(Fault::Missing)?;
    Ok((card, edition, at))
}

/// `/courses/{slug}/{lesson}`
pub async fn page(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> Reply {
    let (card, edition, at) = find(&ctx, &slug, &key).await?;
    let enrolment = match &ctx.session.visitor {
        Some(visitor) => ctx.store().enrolment_in(visitor.actor.person, &card.code).await?.map(|e| e.0),
        None => None,
    };
    let shelf = ctx.store().shelf().await?;
    let id = ctx.store().new_id();
    Ok(ctx.page(Meta::new(edition.lessons[at].title.clone(), "/courses"), || {
        let lesson = &edition.lessons[at];
        let base = format!("/courses/{slug}");
        let act = match enrolment {
            Some(enrolment) => view! {
                <p>"您报了这门课。到班里读，读完答题，才计学时。"</p>
                <a class="btn btn--main btn--wide" href=format!("/learn/{enrolment}/{key}")>{icon("right")}"到班里学这一课"</a>
            }
            .into_any(),
            None => view! {
                <p>"在这里随便读。想计学时，先报名，免费。"</p>
                <form method="post" action=base.clone()>{hidden("id", id)}<button class="btn btn--main btn--wide" type="submit">"报名学这门课"</button></form>
            }
            .into_any(),
        };
        let near = |i: Option<usize>, word: &'static str| {
            i.and_then(|i| edition.lessons.get(i)).map(|l| view! { <a class="btn" href=format!("{base}/{}", l.key)>{format!("{word}：{}", l.title)}</a> })
        };
        view! {
            <div class="wrap">
                {crumbs(vec![("/courses".into(), "课程".into()), (base.clone(), card.title.clone())])}
                <div class="split">
                    <div class="stack stack--l">
                        <h1>{format!("第 {} 课　", at + 1)}{phrased(&lesson.title)}</h1>
                        <p class="lede">{lesson.summary.clone()}</p>
                        {lesson.video.as_ref().map(film)}
                        <button class="btn btn--s speak" type="button" data-speak="article.lesson > *">"念给我听"</button>
                        <article class="lesson" inner_html=lesson.html.clone()></article>
                        {handout(lesson, &slug)}
                        {rests_on(lesson, &shelf.library)}
                    </div>
                    <aside class="split__side stack" aria-label="报名与学习"><div class="card enrol stack">{act}</div></aside>
                </div>
                <nav class="row row--between sec-s no-print" aria-label="前后各课">{near(at.checked_sub(1), "上一课")}{near(Some(at + 1), "下一课")}</nav>
            </div>
        }
        .into_any()
    }))
}

/// A film without proof of watching: the plain player, and what is said in it.
fn film(video: &Video) -> AnyView {
    let src = format!("/media/{}/{}", video.file.hash, video.file.name);
    let captions = format!("/media/{}/{}", video.captions.hash, video.captions.name);
    let poster = video.poster.as_ref().map(|p| format!("/media/{}/{}", p.hash, p.name));
    let megabytes = ui::megabytes(video.file.bytes);
    let lines = video.cues.iter().map(|c| view! { <p class="script__p" id=format!("t{}", c.start)>{c.text.clone()}</p> }).collect_view();
    view! {
        <section class="stack" aria-label="视频">
            <div class="stage"><video class="stage__pic" src=src poster=poster preload="none" controls playsinline=true><track kind="captions" srclang="zh-CN" label="中文字幕" src=captions default=true/></video></div>
            <p class="small muted">{format!("视频 {megabytes} MB。用流量的话，先看清楚再点播放。")}</p>
            <section class="script" aria-label="文字稿">{lines}</section>
        </section>
    }
    .into_any()
}

/// The handout of a lesson: on the page, and the way to paper.
pub(crate) fn handout(lesson: &Lesson, slug: &str) -> Option<AnyView> {
    lesson.handout.as_ref().map(|Handout { title, html, .. }| {
        let href = format!("/courses/{slug}/{}/handout.pdf", lesson.key);
        view! {
            <section class="card stack" aria-labelledby="handout">
                <div class="row row--between"><h2 id="handout">{format!("讲义：{title}")}</h2>
                    <a class="btn btn--s" href=href download=format!("{title}.pdf")>{icon("download")}"下载 PDF"</a></div>
                <div class="lesson form-paper" inner_html=html.clone()></div>
            </section>
        }
        .into_any()
    })
}

/// What a lesson rests on, linked to the policy library; and for the exam track, to which syllabus.
pub(crate) fn rests_on(lesson: &Lesson, library: &Library) -> AnyView {
    let syllabus = lesson.syllabus.as_ref().map(|s| {
        view! { <p class="muted">{format!("按 {} 年版考试大纲编写，法规截至 {}。", s.version, s.law_cutoff)}</p> }
    });
    view! {
        <section class="small" aria-labelledby="h-src"><h2 id="h-src" class="small">"这一课的依据"</h2><ul>{library::sources(&lesson.sources, library)}</ul>{syllabus}</section>
    }
    .into_any()
}

/// `/courses/{slug}/{lesson}/handout.pdf`
pub async fn handout_file(ctx: Ctx, Path((slug, key)): Path<(String, String)>) -> Result<Response, Refusal> {
    let (_, edition, at) = find(&ctx, &slug, &key).await?;
    let handout = edition.lessons[at].handout.as_ref().ok_or(Fault::Missing)?;
    let bytes = ctx.portal.fonts.document(handout.title.clone(), handout.blocks.clone()).await.ok_or(Fault::Missing)?;
    Ok(library::download(bytes, "application/pdf", &format!("{}.pdf", handout.title)))
}
