//! 待办: what waits for me, in each of my roles, since when and until when.

use domain::permission::{Action, Actor, Role, people_scope};
use domain::time::{Millis, day_of, iso_date};
use leptos::prelude::*;
use store::monitor::PeopleFilter;

use crate::portal::{Ctx, Refusal, Reply};
use crate::ui::{Meta, icon};

/// People named one by one; more of them are one line.
const NAMED: i64 = 20;
const DAY_MS: Millis = 86_400_000;

/// One thing to do.
struct Item {
    href: String,
    title: String,
    /// Since when, until when, and why.
    meta: String,
    symbol: &'static str,
}

/// `/todo`
pub async fn page(ctx: Ctx) -> Reply {
    let visitor = ctx.visitor()?;
    let actor = &visitor.actor;
    let mut items = officer(&ctx, actor).await?;
    items.extend(worker(&ctx, actor).await?);
    items.extend(classes(&ctx, actor).await?);
    items.extend(learner(&ctx, actor).await?);
    if !visitor.confirmed {
        items.push(Item {
            href: "/me".into(),
            title: "等街道确认我的资料".into(),
            meta: "学习不用等，学时从学的那一天算起".into(),
            symbol: "clock",
        });
    }
    Ok(ctx.page(Meta::new("待办", "/me"), || {
        let body = if items.is_empty() {
            view! { <div class="empty"><p>"现在没有等您办的事。"</p><a class="btn" href="/courses">"去看课程"</a></div> }.into_any()
        } else {
            let rows = items
                .into_iter()
                .map(|i| view! { <li class="rowi"><span>{icon(i.symbol)}</span><div><h2 class="rowi__title"><a href=i.href>{i.title}</a></h2><p class="rowi__meta">{i.meta}</p></div></li> })
                .collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        view! { <div class="wrap wrap--narrow stack stack--l"><h1>"待办"</h1>{body}</div> }.into_any()
    }))
}

/// Officers confirm who joined by themselves, and say whom people may call.
async fn officer(ctx: &Ctx, actor: &Actor) -> Result<Vec<Item>, Refusal> {
    let Some(scope) = people_scope(actor, Action::ConfirmPerson) else { return Ok(Vec::new()) };
    let filter = PeopleFilter { state: "waiting".into(), limit: NAMED, ..Default::default() };
    let waiting = ctx.store().people(&scope, &filter).await?;
    let mut items: Vec<Item> = waiting
        .iter()
        .map(|person| Item {
            href: format!("/monitor/people/{}", person.id),
            title: format!("确认 {} 的社区和组织", person.name),
            meta: format!(
                "{} {} · {} 起在等，没有截止日期；学时等您确认后计入",
                person.above_name,
                person.region_name,
                iso_date(person.from_day)
            ),
            symbol: "person",
        })
        .collect();
    if waiting.len() as i64 == NAMED {
        let all = ctx.store().figures(&scope, &filter).await?.people;
        items.push(Item {
            href: "/monitor?state=waiting".into(),
            title: format!("一共 {all} 位等确认，看全部"),
            meta: "没有截止日期".into(),
            symbol: "person",
        });
    }
    for root in ctx.store().scope_roots(&scope).await? {
        let mut conn = ctx.store().db.read().await?;
        if store::place::office(&mut conn, &root.code).await?.is_none() {
            items.push(Item {
                href: format!("/monitor/office?region={}", root.code),
                title: format!("给{}写上求助电话", root.short),
                meta: "学员登录不了、账号锁住的时候，页面上会写这个电话；现在是空的，没有截止日期".into(),
                symbol: "phone",
            });
        }
    }
    Ok(items)
}

/// Community workers help those of their community who have not begun.
async fn worker(ctx: &Ctx, actor: &Actor) -> Result<Vec<Item>, Refusal> {
    if !actor.is(Role::CommunityWorker) {
        return Ok(Vec::new());
    }
    let Some(scope) = people_scope(actor, Action::AssistPerson) else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    let of = |state: &str| PeopleFilter { state: state.into(), limit: 1, ..Default::default() };
    let idle = ctx.store().figures(&scope, &of("none")).await?.people;
    if idle > 0 {
        items.push(Item {
            href: "/monitor?state=none".into(),
            title: format!("问一问 {idle} 位还没有报课的邻居"),
            meta: "登记了，还没有报过一门课；可以替他们报名，印一张学员卡；没有截止日期".into(),
            symbol: "person",
        });
    }
    let waiting = ctx.store().figures(&scope, &of("waiting")).await?.people;
    if waiting > 0 {
        items.push(Item {
            href: "/monitor?state=waiting".into(),
            title: format!("{waiting} 位的资料在等街道确认"),
            meta: "您认识的，可以先看一遍有没有写错的，告诉街道；没有截止日期".into(),
            symbol: "clock",
        });
    }
    Ok(items)
}

/// Trainers look at questions that many get wrong; 班主任 ask after learners who have gone quiet.
async fn classes(ctx: &Ctx, actor: &Actor) -> Result<Vec<Item>, Refusal> {
    let taught = ctx.store().taught(actor.person).await?;
    if taught.is_empty() && !actor.is(Role::Supervisor) {
        return Ok(Vec::new());
    }
    let policy = ctx.store().todo_policy().await?;
    let since = ctx.store().now() - policy.quiet_days * DAY_MS;
    let mut items = Vec::new();
    for card in ctx.store().catalogue().await?.cards().iter().filter(|c| c.lessons > 0) {
        if taught.contains(&card.code) {
            let hard = ctx.store().hard_questions(&card.code, policy.hard_asked, policy.hard_percent).await?;
            if let Some(first) = hard.iter().map(|h| h.since).min() {
                items.push(Item {
                    href: format!("/teach/courses/{}", card.code),
                    title: format!("看一看《{}》里答错多的 {} 道题", card.title, hard.len()),
                    meta: format!(
                        "问过 {} 次以上、得分率不到 {}%；{} 起，没有截止日期",
                        policy.hard_asked,
                        policy.hard_percent,
                        iso_date(day_of(first))
                    ),
                    symbol: "lectern",
                });
            }
        }
        if actor.is(Role::Supervisor) && crate::teach::results(ctx, &card.code).await.is_ok() {
            let (n, first) = ctx.store().quiet(&card.code, since).await?;
            if n > 0 {
                let first = first.map_or_else(String::new, |at| format!("最早的从 {} 起；", iso_date(day_of(at))));
                items.push(Item {
                    href: format!("/teach/courses/{}?quiet=1", card.code),
                    title: format!("问一问《{}》里 {n} 位 {} 天没有学的学员", card.title, policy.quiet_days),
                    meta: format!("{first}登录不了的，可以给一个登录码；没有截止日期"),
                    symbol: "learn",
                });
            }
        }
    }
    Ok(items)
}

/// Learners go on where they stopped, and write what a simulation still asks for.
async fn learner(ctx: &Ctx, actor: &Actor) -> Result<Vec<Item>, Refusal> {
    if !actor.is(Role::Learner) {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for journey in ctx.store().journeys(actor.person).await?.iter().filter(|j| !j.standing.online_done) {
        let what = match journey.standing.next_lesson().and_then(|l| journey.edition.lesson(&l.lesson)) {
            Some(lesson) => format!("学“{}”", lesson.title),
            None => "做课程测验".to_owned(),
        };
        items.push(Item {
            href: format!("/learn/{}", journey.enrolment.id),
            title: format!("{} · {what}", journey.edition.title),
            meta: format!("{} 报名，没有截止日期", iso_date(day_of(journey.enrolment.occurred_at))),
            symbol: "learn",
        });
    }
    let scenarios = ctx.store().scenarios().await?;
    let mut standings: Vec<_> = ctx.store().simulation_standings(actor.person).await?.into_iter().collect();
    standings.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, standing) in standings {
        if let (Some(run), 0, Some(card)) = (standing.undebriefed, standing.minutes, scenarios.iter().find(|c| c.key == key)) {
            items.push(Item {
                href: format!("/simulations/runs/{run}#debrief"),
                title: format!("给“{}”写复盘", card.title),
                meta: "走完了，还没写复盘；写好才计学时，没有截止日期".into(),
                symbol: "pen",
            });
        }
    }
    Ok(items)
}
