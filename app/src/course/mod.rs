//! The catalogue, the course page, and its lessons as anybody may read them.

mod lesson;

use axum::extract::Path;
use axum::response::Response;
use domain::completion::CourseStanding;
use domain::course::{CourseStatus, DeliveryMode, Edition};
use domain::credit::{hours_text, lesson_minutes, test_minutes, test_questions};
use domain::fault::Fault;
use domain::policy::OnlinePolicy;
use leptos::prelude::*;
use store::course::{Card, Catalogue, Facet, Filter, Hours, Sort};

use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, area_badge, bar, crumbs, empty, hidden, icon, modes_badges, note, phrased, words};

pub(crate) use lesson::{handout, rests_on};
pub use lesson::{handout_file, page as lesson_page};

fn filter_of(fields: &Fields) -> Filter {
    use domain::course::{ContentArea, Level};
    Filter {
        area: ContentArea::parse(fields.get("area")),
        mode: DeliveryMode::parse(fields.get("mode")),
        level: Level::parse(fields.get("level")),
        hours: Hours::parse(fields.get("hours")),
        open: fields.get("open") == "1",
        sort: Sort::ALL.into_iter().find(|s| s.code() == fields.get("sort")).unwrap_or_default(),
        page: fields.get("page").parse().unwrap_or(1).max(1),
    }
}

/// The stable address of a filter: only what is set, always in the same order.
fn address(filter: &Filter) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{name}={value}"));
        }
    };
    add("area", filter.area.map_or("", |a| a.code()));
    add("mode", filter.mode.map_or("", |m| m.code()));
    add("level", filter.level.map_or("", |l| l.code()));
    add("hours", filter.hours.map_or("", |h| h.code()));
    add("open", if filter.open { "1" } else { "" });
    add("sort", filter.sort.code());
    add("page", &if filter.page > 1 { filter.page.to_string() } else { String::new() });
    if parts.is_empty() { "/courses".into() } else { format!("/courses?{}", parts.join("&")) }
}

/// The canonical form of a query, for the cache: what cannot be told apart shares an entry.
pub fn canonical(query: &str) -> String {
    address(&filter_of(&crate::portal::read_fields(query.as_bytes())))
}

/// A course as a card.
pub fn card(card: &Card) -> impl IntoView + use<> {
    let preparing = card.status == CourseStatus::Preparing;
    let hours = hours_text(card.minutes.total(), 45);
    view! {
        <article class="course">
            <div class="course__cover"><span inner_html=card.cover.clone()></span><span class="course__code" aria-hidden="true">{card.code[1..].to_owned()}</span></div>
            <div class="course__body">
                <h3 class="course__title"><a href=format!("/courses/{}", card.slug)>{card.title.clone()}</a></h3>
                <div class="badges">{area_badge(card.area)}<span class="small muted">{hours}" 学时"</span>
                    {preparing.then(|| view! { <span class="chip chip--plain">{icon("lock")}"筹备中"</span> })}</div>
                <p class="course__why">{card.summary.clone()}</p>
                <div class="badges">{modes_badges(card.minutes)}</div>
            </div>
        </article>
    }
}

fn facets(catalogue: &Catalogue, filter: &Filter) -> AnyView {
    use domain::course::{ContentArea, Level};
    let group = |title: &'static str, items: Vec<(Facet, AnyView)>| {
        let rows = items
            .into_iter()
            .map(|(facet, label)| {
                let on = filter.has(facet);
                let n = catalogue.count(filter, facet);
                let href = address(&if on { filter.without(facet) } else { filter.with(facet) });
                view! {
                    <a class="tick" href=href aria-current=on.then_some("true") rel="nofollow">
                        <span class="tick__mark" aria-hidden="true">{icon(if on { "done" } else { "open" })}</span>{label}<span class="tick__n">{n}</span>
                    </a>
                }
            })
            .collect_view();
        view! { <div><p class="facet__title">{title}</p><div class="facet__list">{rows}</div></div> }
    };
    let plain = |text: &'static str| view! { <span>{text}</span> }.into_any();
    let areas = ContentArea::ALL.into_iter().map(|a| (Facet::Area(a), area_badge(a).into_any())).collect();
    let modes = DeliveryMode::ALL
        .into_iter()
        .map(|m| (Facet::Mode(m), view! { <span class="mode">{icon(words::mode_icon(m))}{words::mode(m)}</span> }.into_any()))
        .collect();
    let hours = vec![
        (Facet::Hours(Hours::Short), plain("2 学时以内")),
        (Facet::Hours(Hours::Middle), plain("2 至 4 学时")),
        (Facet::Hours(Hours::Long), plain("4 学时以上")),
    ];
    let levels = Level::ALL.into_iter().map(|l| (Facet::Level(l), plain(words::level(l)))).collect();
    view! {
        <div class="facets">
            {group("现在", vec![(Facet::Open, plain("可以报名"))])}
            {group("内容", areas)}
            {group("学法", modes)}
            {group("学时", hours)}
            {group("程度", levels)}
        </div>
    }
    .into_any()
}

/// The search box, as on every page that searches.
pub fn search_box(query: &str) -> impl IntoView + use<> {
    view! {
        <form class="search" role="search" action="/search">
            <label class="vh" for="q">"搜课程、讲义里的话"</label>
            <input class="input" id="q" name="q" type="search" placeholder="搜课程、讲义里的话" value=query.to_owned() maxlength="40"/>
            <button class="btn btn--search" type="submit">{icon("search")}"搜索"</button>
        </form>
    }
}

/// `/courses`
pub async fn catalogue(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let filter = filter_of(&fields);
    let catalogue = ctx.store().catalogue().await?;
    Ok(ctx.page(Meta::new("课程", "/courses"), || {
        let page = catalogue.page(&filter);
        let chosen = [
            filter.area.map(Facet::Area),
            filter.mode.map(Facet::Mode),
            filter.level.map(Facet::Level),
            filter.hours.map(Facet::Hours),
            filter.open.then_some(Facet::Open),
        ]
        .into_iter()
        .flatten()
        .count();
        let sorts = Sort::ALL
            .into_iter()
            .map(|sort| {
                let word = match sort {
                    Sort::Habitual => "常用次序",
                    Sort::Shortest => "学时从少到多",
                    Sort::Title => "按名称",
                };
                let on = sort == filter.sort;
                view! { <a href=address(&Filter { sort, page: 1, ..filter.clone() }) aria-current=on.then_some("true") rel="nofollow">{word}</a> }
            })
            .collect_view();
        let cards = page.cards.iter().map(|c| card(c)).collect_view();
        let step = |to: usize, word: &'static str| view! { <a class="btn" href=address(&Filter { page: to, ..filter.clone() })>{word}</a> };
        let pager = (page.pages > 1).then(|| {
            view! {
                <nav class="row row--between pager" aria-label="分页">
                    {(page.page > 1).then(|| step(page.page - 1, "上一页"))}
                    <span class="small muted">{format!("第 {} 页，共 {} 页", page.page, page.pages)}</span>
                    {(page.page < page.pages).then(|| step(page.page + 1, "下一页"))}
                </nav>
            }
        });
        let list = if page.total == 0 {
            empty("没有同时符合这些条件的课。少选一项试试。", "/courses", "看全部课程").into_any()
        } else {
            view! { <div class="cards">{cards}</div> }.into_any()
        };
        view! {
            <div class="wrap">
                <div class="stack"><h1>"课程"</h1>{search_box("")}</div>
                <div class="split split--left sec">
                    <div>
                        <details class="drawer"><summary>{icon("filter")}{if chosen > 0 { format!("筛选（已选 {chosen} 项）") } else { "筛选".into() }}</summary>{facets(&catalogue, &filter)}</details>
                        <aside class="facet-side" aria-label="筛选">{facets(&catalogue, &filter)}</aside>
                    </div>
                    <section class="stack stack--l" aria-labelledby="h-list">
                        <div class="row row--between">
                            <h2 id="h-list" class="small">{format!("{} 门课", page.total)}</h2>
                            <nav class="seg" aria-label="排序">{sorts}</nav>
                        </div>
                        {list}
                        {pager}
                    </section>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// What a course page shows of the visitor.
enum Place {
    Stranger,
    Outside,
    Inside {
        enrolment: domain::Uuid,
        standing: Box<CourseStanding>,
        /// Whether a new requirement year lets the course be taken anew.
        anew: bool,
    },
}

/// `/courses/{slug}`
pub async fn page(ctx: Ctx, Path(slug): Path<String>) -> Reply {
    let catalogue = ctx.store().catalogue().await?;
    let card = catalogue.by_slug(&slug).ok_or(Fault::Missing)?;
    let edition = ctx.store().current_edition(card).await?;
    let class = ctx.store().open_class(&card.code).await?;
    let trainers = ctx.store().trainers(&card.code).await?;
    let place = match &ctx.session.visitor {
        None => Place::Stranger,
        Some(visitor) => match ctx.store().enrolment_in(visitor.actor.person, &card.code).await? {
            None => Place::Outside,
            Some((id, anew)) => {
                let journey = ctx.store().journey(visitor.actor.person, id).await?;
                Place::Inside { enrolment: id, standing: Box::new(journey.standing), anew }
            }
        },
    };
    let id = ctx.store().new_id();
    Ok(ctx.page(Meta::new(card.title.clone(), "/courses"), || {
        let policy = class.as_ref().map(|c| &c.policy);
        let outcomes = edition.outcomes.iter().map(|o| view! { <li>{icon("check")}<span>{o.clone()}</span></li> }).collect_view();
        let sources = edition
            .sources
            .iter()
            .map(|s| view! { <li class="rowi"><span>{icon("doc")}</span><div><p>{s.clone()}</p></div></li> })
            .collect_view();
        let split = DeliveryMode::ALL
            .into_iter()
            .filter(|m| card.minutes.of(*m) > 0)
            .map(|m| format!("{} {}", words::mode_short(m), hours_text(card.minutes.of(m), 45)))
            .collect::<Vec<_>>()
            .join(" · ");
        let before: Vec<_> = edition
            .prerequisites
            .iter()
            .filter_map(|code| catalogue.by_code(code))
            .map(|c| view! { <a href=format!("/courses/{}", c.slug)>{format!("《{}》", c.title)}</a> })
            .collect();
        let trainers = if trainers.is_empty() { "—".to_owned() } else { trainers.iter().map(|t| t.1.clone()).collect::<Vec<_>>().join("、") };
        view! {
            <div class="wrap">
                {crumbs(vec![("/courses".into(), "课程".into()), (format!("/courses?area={}", card.area.code()), words::area(card.area).into())])}
                <div class="split">
                    <div class="stack stack--l">
                        <div class="stack">
                            <h1>{phrased(&card.title)}</h1>
                            <p class="lede">{card.summary.clone()}</p>
                            <div class="badges">{area_badge(card.area)}{modes_badges(card.minutes)}</div>
                        </div>
                        <div class="band" inner_html=card.cover.clone()></div>
                        <section class="lesson" aria-label="课程介绍" id="intro" inner_html=edition.intro_html.clone()></section>
                        <section aria-labelledby="h-can"><h2 id="h-can">"学完能做到"</h2><ul class="ticks">{outcomes}</ul></section>
                        <section aria-labelledby="outline">
                            <div class="sec__head"><h2 id="outline">{format!("{} 学时", hours_text(card.minutes.total(), 45))}</h2><p class="small muted">{split}</p></div>
                            {outline(card, &edition, policy, &place)}
                        </section>
                        <section aria-labelledby="h-src"><h2 id="h-src">"依据"</h2><ul class="rows">{sources}</ul>
                            <p class="small muted">{format!("课程第 {} 版。您报名时是哪一版，就一直学哪一版。", edition.number)}</p></section>
                    </div>
                    <aside class="split__side stack" aria-label="报名与进度">
                        <div class="card enrol">
                            {action(card, &place, id)}
                            <dl class="kv kv--line small">
                                <dt>"程度"</dt><dd>{words::level(card.level)}</dd>
                                <dt>"对象"</dt><dd>{card.audience.clone()}</dd>
                                <dt>"先修"</dt><dd>{if before.is_empty() { "无".into_any() } else { before.collect_view().into_any() }}</dd>
                                <dt>"讲师"</dt><dd>{trainers}</dd>
                            </dl>
                        </div>
                    </aside>
                </div>
            </div>
        }
        .into_any()
    }))
}

fn outline(card: &Card, edition: &Edition, policy: Option<&OnlinePolicy>, place: &Place) -> AnyView {
    let standing = match place {
        Place::Inside { standing, enrolment, .. } => Some((standing, enrolment)),
        _ => None,
    };
    let lessons = edition
        .lessons
        .iter()
        .enumerate()
        .map(|(i, lesson)| {
            let done = standing.is_some_and(|(s, _)| s.lessons.iter().any(|l| l.lesson == lesson.key && l.done));
            let time = policy.map(|p| format!("{} 分钟 · {}", lesson_minutes(lesson, p), if lesson.video.is_some() { "视频" } else { "图文" }));
            let title = format!("第 {} 课　{}", i + 1, lesson.title);
            let body = view! {
                {icon(if done { "done" } else { "open" })}<span>{title}{done.then(|| view! { <span class="vh">"（已完成）"</span> })}</span><span class="outline__t">{time}</span>
            };
            let class = if done { "outline__item is-done" } else { "outline__item" };
            match standing {
                Some((_, enrolment)) => view! { <li><a class=class href=format!("/learn/{enrolment}/{}", lesson.key)>{body}</a></li> }.into_any(),
                None if card.status == CourseStatus::Open => {
                    view! { <li><a class=class href=format!("/courses/{}/{}", card.slug, lesson.key)>{body}</a></li> }.into_any()
                }
                None => view! { <li><div class=class>{body}</div></li> }.into_any(),
            }
        })
        .collect_view();
    let test = policy.filter(|_| !edition.lessons.is_empty()).map(|p| {
        view! {
            <li><div class="outline__item">{icon("pen")}<span>{format!("课程测验　{} 题，{} 分合格", test_questions(edition, p), p.pass_percent)}</span>
                <span class="outline__t">{format!("{} 分钟 · 网上", test_minutes(edition, p))}</span></div></li>
        }
    });
    let others = edition
        .outline
        .iter()
        .map(|item| {
            view! {
                <li><div class="outline__item">{icon(words::mode_icon(item.mode))}<span>{item.title.clone()}</span>
                    <span class="outline__t">{format!("{} 学时 · {}", hours_text(item.minutes, 45), words::mode_short(item.mode))}</span></div></li>
            }
        })
        .collect_view();
    view! { <ol class="outline">{lessons}{test}{others}</ol> }.into_any()
}

fn action(card: &Card, place: &Place, id: domain::Uuid) -> AnyView {
    let enrol = |word: &'static str| {
        view! {
            <form method="post" action=format!("/courses/{}", card.slug)>
                {hidden("id", id)}
                <button class="btn btn--main btn--wide" type="submit">{word}</button>
            </form>
        }
    };
    match place {
        _ if card.status == CourseStatus::Preparing && !matches!(place, Place::Inside { .. }) => {
            note("", "lock", view! { <p><b>"这门课还在筹备"</b><br/>"大纲可以先看，开课以后再报名。"</p> }.into_any()).into_any()
        }
        Place::Stranger => view! {
            <p>"免费，随时开始，随时停。"</p>
            {enrol("报名学这门课")}
            <p class="small muted">"还没有登录的话，会先请您登录。"</p>
        }
        .into_any(),
        Place::Outside => view! { <p>"免费，随时开始，随时停。"</p>{enrol("报名学这门课")} }.into_any(),
        Place::Inside { enrolment, anew: true, .. } => view! {
            <p><b>"往年学完了，新的一年可以再学一遍"</b></p>
            <p class="small muted">"再学一遍，从头读、从头答，学时记在今年。往年的学时一分不少。"</p>
            {enrol("新的一年，再学一遍")}
            <a class="link" href=format!("/learn/{enrolment}")>"看往年学的"</a>
        }
        .into_any(),
        Place::Inside { enrolment, standing, .. } => {
            let total = standing.lessons.len() as i64;
            let done = standing.lessons_done() as i64;
            let word = if standing.online_done {
                "再看一遍"
            } else if done == 0 {
                "开始学"
            } else {
                "接着学"
            };
            view! {
                <p><b>{if standing.online_done { "网上部分已完成" } else { "您在学这门课" }}</b></p>
                {bar("已完成", done, total, "课")}
                <a class="btn btn--main btn--wide" href=format!("/learn/{enrolment}")>{word}</a>
            }
            .into_any()
        }
    }
}

/// `POST /courses/{slug}`: enrol.
pub async fn enrol(ctx: Ctx, Path(slug): Path<String>, Posted(fields): Posted) -> Result<Response, Refusal> {
    let catalogue = ctx.store().catalogue().await?;
    let card = catalogue.by_slug(&slug).ok_or(Fault::Missing)?;
    let Some(visitor) = &ctx.session.visitor else {
        return Err(Refusal::SignIn(format!("/courses/{slug}")));
    };
    let actor = ctx.actor()?;
    crate::people::may_learn(actor)?;
    let enrolment = ctx.store().enrol(visitor.actor.person, &card.code, fields.id()?, None).await?;
    Ok(see_other(&format!("/learn/{enrolment}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_a_filter_in_one_way() {
        assert_eq!(canonical(""), "/courses");
        assert_eq!(canonical("mode=online&area=PB&page=1&x=y"), "/courses?area=PB&mode=online");
        assert_eq!(canonical("area=%00&page=-3"), "/courses");
    }
}
