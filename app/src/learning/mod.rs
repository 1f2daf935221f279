//! Learning: what to do next, a class from inside, the lesson page with its reading or its player.

mod lesson;
pub mod watch;

use std::collections::BTreeMap;

use axum::extract::Path;
use domain::Uuid;
use domain::completion::{Item, Need};
use domain::course::{ContentArea, DeliveryMode};
use domain::credit::{hours_text, lesson_minutes, test_minutes, test_questions};
use domain::fault::Fault;
use domain::permission::Role;
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::Store;
use store::learning::Journey;

use crate::portal::{Ctx, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, bar, crumbs, empty, hidden, icon, note, why, words};

pub use lesson::{finish, open, page as lesson_page};

/// The next thing for a learner to do.
pub struct Next {
    kicker: String,
    title: String,
    course: String,
    href: String,
    word: &'static str,
    done: i64,
    total: i64,
}

/// What a learner does next: the class touched last that is not done.
pub async fn next_step(store: &Store, person: Uuid) -> Result<Option<Next>, store::Error> {
    let journeys = store.journeys(person).await?;
    Ok(journeys.iter().find(|j| !j.standing.online_done).map(next_of))
}

fn next_of(journey: &Journey) -> Next {
    let id = journey.enrolment.id;
    let total = journey.edition.lessons.len() as i64;
    let done = journey.standing.lessons_done() as i64;
    let course = journey.edition.title.clone();
    match journey.standing.next_lesson().and_then(|l| journey.edition.position(&l.lesson).zip(journey.edition.lesson(&l.lesson))) {
        Some((at, lesson)) => Next {
            kicker: if journey.facts.is_empty() { "开始学".into() } else { "接着学".into() },
            title: format!("第 {} 课　{}", at + 1, lesson.title),
            course,
            href: format!("/learn/{id}/{}", lesson.key),
            word: if journey.facts.is_empty() { "开始第一课" } else { "继续学习" },
            done,
            total,
        },
        None => Next {
            kicker: "各课都学完了".into(),
            title: "做课程测验".into(),
            course,
            href: format!("/learn/{id}#test"),
            word: "去做课程测验",
            done,
            total,
        },
    }
}

/// The card that says what comes next: the one main action of the page.
pub fn next_card(next: Next) -> impl IntoView {
    view! {
        <div class="next">
            <p class="next__kicker">{next.kicker}</p>
            <h2 class="next__title">{next.title}</h2>
            <p class="small muted">{format!("《{}》", next.course)}</p>
            {bar("已完成", next.done, next.total, "课")}
            <a class="btn btn--main" href=next.href>{icon("play")}{next.word}</a>
        </div>
    }
}

/// `/learn`: the learner's home.
pub async fn home(ctx: Ctx) -> Reply {
    let visitor = ctx.visitor()?;
    let me = visitor.actor.person;
    let journeys = ctx.store().journeys(me).await?;
    let year = domain::time::year_of(ctx.store().today());
    let sums = ctx.store().sums(me, year).await?;
    let confirmed = visitor.confirmed;
    let name = visitor.name.clone();
    let learner = visitor.actor.is(Role::Learner);
    Ok(ctx.page(Meta::new("我要学", "/learn"), || {
        let next = journeys.iter().find(|j| !j.standing.online_done).map(next_of);
        let total: i64 = sums.iter().map(|s| s.minutes).sum();
        let top = match next {
            Some(next) => next_card(next).into_any(),
            None if journeys.is_empty() && learner => view! {
                <div class="next"><p class="next__kicker">"还没有在学的课"</p><h2 class="next__title">"先选一门"</h2><a class="btn btn--main" href="/courses?open=1">{icon("book")}"选一门现在能学的课"</a></div>
            }
            .into_any(),
            None => view! {
                <div class="next"><p class="next__kicker">"在学的课都学完了"</p><h2 class="next__title">"再选一门"</h2><a class="btn btn--main" href="/courses?open=1">{icon("book")}"看看别的课"</a></div>
            }
            .into_any(),
        };
        let rows = journeys
            .iter()
            .map(|j| {
                let done = j.standing.lessons_done();
                let n = j.edition.lessons.len();
                let chip = if j.standing.online_done {
                    view! { <span class="chip chip--done">{icon("done")}"网上部分已完成"</span> }.into_any()
                } else {
                    view! { <span class="chip">{icon("half")}{format!("{done} / {n} 课")}</span> }.into_any()
                };
                view! {
                    <li class="rowi"><span>{icon("book")}</span>
                        <div><h3 class="rowi__title"><a href=format!("/learn/{}", j.enrolment.id)>{j.edition.title.clone()}</a></h3>
                        <p class="rowi__meta"><span>{format!("{} 学过", spoken_minute(j.enrolment.touched_at))}</span></p></div>
                        <div class="rowi__end">{chip}</div></li>
                }
            })
            .collect_view();
        let list = if journeys.is_empty() {
            empty("报名以后，课会列在这里。", "/courses", "去看课程").into_any()
        } else {
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        let mut by_area: BTreeMap<_, i64> = BTreeMap::new();
        let mut by_mode: BTreeMap<_, i64> = BTreeMap::new();
        for sum in &sums {
            if let (Some(area), Some(mode)) = (ContentArea::parse(&sum.area), DeliveryMode::parse(&sum.mode)) {
                *by_area.entry(area).or_default() += sum.minutes;
                *by_mode.entry(mode).or_default() += sum.minutes;
            }
        }
        let line = |name: &'static str, minutes: i64| view! { <div><dt>{name}</dt><dd>{format!("{} 学时（{minutes} 分钟）", hours_text(minutes, 45))}</dd></div> };
        let by_area = by_area.into_iter().map(|(area, minutes)| line(words::area(area), minutes)).collect_view();
        let by_mode = by_mode.into_iter().map(|(mode, minutes)| line(words::mode(mode), minutes)).collect_view();
        view! {
            <div class="wrap stack stack--l">
                <h1>{format!("{name}，您好")}</h1>
                {(!confirmed).then(|| note("due", "clock", view! { <p><b>"等街道确认您的资料"</b><br/>"学习不用等。确认以后，学时从学的那一天算起。"</p> }.into_any()))}
                <div class="split">
                    <div class="stack stack--l">{top}
                        <section aria-labelledby="h-mine"><h2 id="h-mine">"我的课"</h2>{list}</section></div>
                    <aside class="split__side stack" aria-label="我的学时"><div class="card">
                        <p class="small muted">{format!("{year} 年")}</p>
                        <p><a class="stat__num" href="/me/hours">{hours_text(total, 45)}<small>" 学时"</small></a></p>
                        {(!sums.is_empty()).then(|| view! { <h3 class="small">"按学法"</h3><dl class="kv kv--line small kv--pairs">{by_mode}</dl><h3 class="small">"按内容"</h3><dl class="kv kv--line small kv--pairs">{by_area}</dl> })}
                        <p><a class="link" href="/me/hours">"每一笔从哪里来"</a></p>
                    </div></aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// Reads the id of an address.
pub(crate) fn id(text: &str) -> Result<Uuid, Refusal> {
    Uuid::parse_str(text).map_err(|_| Fault::Missing.into())
}

/// One condition in words.
pub(crate) fn need(item: &Item) -> AnyView {
    let done = item.done;
    let text = match &item.need {
        Need::Open => view! { "打开这一课" }.into_any(),
        Need::Read { ready_at } => match (done, ready_at) {
            (true, _) => view! { "正文读完了" }.into_any(),
            (false, Some(at)) => {
                let at = *at;
                view! { "把正文读完，再点“读完了”。"<br/><span class="small muted">{format!("{} 以后可以点", spoken_minute(at))}</span> }
                    .into_any()
            }
            (false, None) => view! { "把正文读完" }.into_any(),
        },
        Need::Watch { seen, needed, from } => {
            let clock = |s: i64| format!("{}:{:02}", s / 60, s % 60);
            let missing = needed - seen;
            let (seen, needed, from) = (*seen, *needed, *from);
            view! {
                "看过 "<span class="why__num">{format!("{} / {}", clock(seen), clock(needed))}</span>
                {(!done).then(|| view! { "，"<b class="t-due">{format!("还差 {}", clock(missing))}</b>{from.map(|f| view! { <br/><span class="small muted">{format!("从 {} 接着看", clock(f))}</span> })} })}
            }
            .into_any()
        }
        Need::Quiz { best, pass } => match best {
            _ if done => view! { {format!("课后测验 {} 分，合格", best.unwrap_or(0))} }.into_any(),
            Some(best) => {
                view! { {format!("课后测验最好 {best} 分，")}<b class="t-due">{format!("{pass} 分合格")}</b>"，可以重做" }.into_any()
            }
            None => view! { "课后测验 "<b class="t-due">"还没做"</b>{format!("，{pass} 分合格")} }.into_any(),
        },
    };
    why(done, text).into_any()
}

/// The outline of a class with states; the current lesson is marked.
pub(crate) fn outline(journey: &Journey, current: Option<&str>) -> AnyView {
    let id = journey.enrolment.id;
    let policy = &journey.enrolment.policy;
    let rows = journey
        .edition
        .lessons
        .iter()
        .zip(&journey.standing.lessons)
        .enumerate()
        .map(|(i, (lesson, standing))| {
            let now = current == Some(lesson.key.as_str());
            let begun = standing.items.iter().any(|item| item.done);
            let (symbol, state) = match (standing.done, begun) {
                (true, _) => ("done", "（已完成）"),
                (false, true) => ("half", "（在学）"),
                _ => ("open", "（未学）"),
            };
            let class = format!("outline__item{}{}", if standing.done { " is-done" } else { "" }, if now { " is-now" } else { "" });
            view! {
                <li><a class=class href=format!("/learn/{id}/{}", lesson.key) aria-current=now.then_some("true")>
                    {icon(symbol)}<span>{format!("第 {} 课　{}", i + 1, lesson.title)}<span class="vh">{state}</span></span>
                    <span class="outline__t">{format!("{} 分钟", lesson_minutes(lesson, policy))}</span></a></li>
            }
        })
        .collect_view();
    view! { <ol class="outline">{rows}</ol> }.into_any()
}

/// `/learn/{enrolment}`: a class from inside.
pub async fn class(ctx: Ctx, Path(enrolment): Path<String>) -> Reply {
    let journey = ctx.store().journey(ctx.me()?, id(&enrolment)?).await?;
    let papers = ctx.store().papers(journey.enrolment.id, "").await?;
    let form_id = ctx.store().new_id();
    let slug = ctx.store().catalogue().await?.by_code(&journey.enrolment.course).map(|c| c.slug.clone()).unwrap_or_default();
    Ok(ctx.page(Meta::new(journey.edition.title.clone(), "/learn"), || {
        let standing = &journey.standing;
        let (done, total) = (standing.lessons_done() as i64, standing.lessons.len() as i64);
        let policy = &journey.enrolment.policy;
        let questions = test_questions(&journey.edition, policy);
        let id = journey.enrolment.id;
        let others = standing
            .other_modes
            .iter()
            .map(|(mode, minutes)| why(false, view! { {format!("{} {} 学时，由班次安排，在班里签到", words::mode(*mode), hours_text(*minutes, 45))} }.into_any()))
            .collect_view();
        let test = if standing.test.done {
            view! { <p class="t-done"><b>{format!("课程测验合格，核定 {} 分钟。", test_minutes(&journey.edition, policy))}</b></p> }.into_any()
        } else if standing.test_open {
            let main = if standing.next_lesson().is_none() { "btn btn--main" } else { "btn" };
            view! {
                <p>{format!("{questions} 题，{} 分合格，可以重做，不限时。", policy.pass_percent)}</p>
                <form method="post" action=format!("/learn/{id}/test")>{hidden("id", form_id)}<button class=main type="submit">{icon("pen")}"做课程测验"</button></form>
            }
            .into_any()
        } else {
            view! { <p class="muted">{format!("{questions} 题，{} 分合格。各课都完成以后打开，还差 {} 课。", policy.pass_percent, total - done)}</p> }.into_any()
        };
        let past = papers
            .iter()
            .filter_map(|p| p.result.as_ref().map(|r| (p.id, r.verdict.percent(), r.at)))
            .map(|(paper, percent, at)| view! { <li><a href=format!("/learn/{id}/quiz/{paper}")>{format!("{} · {percent} 分", spoken_minute(at))}</a></li> })
            .collect_view();
        let main = standing.next_lesson().and_then(|l| journey.edition.lesson(&l.lesson)).map(|lesson| {
            view! { <a class="btn btn--main btn--wide" href=format!("/learn/{id}/{}", lesson.key)>{icon("play")}{format!("学“{}”", lesson.title)}</a> }
        });
        view! {
            <div class="wrap">
                {crumbs(vec![("/learn".into(), "我要学".into()), (format!("/courses/{slug}"), "课程介绍".into())])}
                <div class="split">
                    <div class="stack stack--l">
                        <h1>{journey.edition.title.clone()}</h1>
                        <section aria-labelledby="h-o"><h2 id="h-o" class="vh">"目录"</h2>{outline(&journey, None)}</section>
                        <section aria-labelledby="test"><h2 id="test">"课程测验"</h2>{test}{(!papers.is_empty()).then(|| view! { <ul class="small">{past}</ul> })}</section>
                        <form method="post" action=format!("/learn/{id}/leave")><button class="link" type="submit">"退出这门课"</button><span class="small muted">"　学过的都留着，重新报名就能接着学。"</span></form>
                    </div>
                    <aside class="split__side stack" aria-label="完成情况">
                        <section class="why" aria-labelledby="h-w"><h2 class="why__title" id="h-w">{if standing.online_done { "网上部分已完成" } else { "还差什么" }}</h2>
                            <ul class="why__list">
                                {why(done == total, view! { "各课 "<span class="why__num">{format!("{done} / {total}")}</span> }.into_any())}
                                {need(&standing.test)}
                                {others}
                            </ul>
                            <p class="small muted">{format!("规则版本：{}", policy.version)}</p></section>
                        {main}
                    </aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// `POST /learn/{enrolment}/leave`
pub async fn leave(ctx: Ctx, Path(enrolment): Path<String>, Posted(_): Posted) -> Reply {
    ctx.store().withdraw(ctx.me()?, id(&enrolment)?).await?;
    Ok(see_other("/learn"))
}
