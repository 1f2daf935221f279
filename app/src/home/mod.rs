//! The front page, help, privacy notice, and how pages look.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::course::{ContentArea, CourseStatus, DeliveryMode};
use leptos::prelude::*;
use store::course::{Facet, Filter};
use store::people::Looks;

use crate::portal::{Asked, Ctx, Portal, Posted, Refused, Reply, Session, own_path, see_other};
use crate::ui::{Meta, document, hidden, icon, words};
use crate::{course, learning};

/// Version of the privacy notice; a changed text gets a new one and is shown again at sign-up.
pub const PRIVACY_VERSION: &str = "2026-11";

/// `/`
pub async fn front(ctx: Ctx) -> Reply {
    let catalogue = ctx.store().catalogue().await?;
    let next = match &ctx.session.visitor {
        Some(visitor) => learning::next_step(ctx.store(), visitor.actor.person).await?,
        None => None,
    };
    let open: Vec<_> = catalogue.cards().iter().filter(|c| c.status == CourseStatus::Open).cloned().collect();
    let all = Filter { page: 1, ..Default::default() };
    let by_mode: Vec<_> = DeliveryMode::ALL.into_iter().map(|m| (m, catalogue.count(&all, Facet::Mode(m)))).collect();
    let by_area: Vec<_> = ContentArea::ALL.into_iter().map(|a| (a, catalogue.count(&all, Facet::Area(a)))).collect();
    Ok(ctx.page(Meta::new("", "/"), || {
        let next = match next {
            Some(next) => learning::next_card(next).into_any(),
            None => view! {
                <div class="next">
                    <p class="next__kicker">"第一次来"</p>
                    <h2 class="next__title">"从一门两学时的课学起"</h2>
                    <p class="small muted">"看书一样地读，读完答三道题。手机、电脑都行，随时停，随时接着学。"</p>
                    <a class="btn btn--main" href="/courses?open=1">{icon("book")}"选一门现在能学的课"</a>
                </div>
            }
            .into_any(),
        };
        let ways = by_mode
            .into_iter()
            .map(|(mode, n)| {
                let say = match mode {
                    DeliveryMode::InPerson => "面对面讲，当场练，签到计学时。",
                    DeliveryMode::Online => "在家学，读完答题，学时自动记。",
                    DeliveryMode::Field => "到做得好的组织去，看事、看账、看墙。",
                    DeliveryMode::Simulation => "遇事怎么办，先在这里走一遍。",
                };
                view! {
                    <a class="way" href=format!("/courses?mode={}", mode.code())>
                        {icon(words::mode_icon(mode))}<span class="way__name">{words::mode(mode)}</span><span class="way__n">{n}" 门"</span><span class="way__say">{say}</span>
                    </a>
                }
            })
            .collect_view();
        let areas = by_area
            .into_iter()
            .map(|(area, n)| {
                view! {
                    <a class="area--l area" href=format!("/courses?area={}", area.code())>
                        <span class="area__stamp" aria-hidden="true">{words::area_stamp(area)}</span><span><b>{words::area(area)}</b><small>{n}" 门课"</small></span>
                    </a>
                }
            })
            .collect_view();
        let cards = open.iter().map(course::card).collect_view();
        view! {
            <div class="wrap">
                <div class="hero"><div class="stack stack--l">
                    <h1 class="hero__title">"把邻里的事，"<br/>"办得更稳当"</h1>
                    {next}
                </div></div>
                <section class="sec" aria-labelledby="h-open">
                    <div class="sec__head"><h2 id="h-open">"现在能学的课"</h2><a class="link link--go" href="/courses">"全部课程"</a></div>
                    <div class="cards cards--3">{cards}</div>
                </section>
                <section class="sec" aria-labelledby="h-ways"><div class="sec__head"><h2 id="h-ways">"四种学法"</h2></div><div class="ways">{ways}</div></section>
                <section class="sec" aria-labelledby="h-areas"><div class="sec__head"><h2 id="h-areas">"按内容找"</h2></div><div class="areas">{areas}</div></section>
            </div>
        }
        .into_any()
    }))
}

/// `/help`
pub async fn help(ctx: Ctx) -> Reply {
    let office = match &ctx.session.visitor {
        Some(visitor) => {
            let mut conn = ctx.store().db.read().await?;
            store::place::office(&mut conn, &visitor.region).await?
        }
        None => None,
    };
    Ok(ctx.page(Meta::new("帮助", "/help"), || {
        let phone = office.map(|o| {
            view! { <p class="lede">{o.name}"："<a href=format!("tel:{}", o.phone)>{o.phone.clone()}</a></p> }
        });
        view! {
            <div class="wrap wrap--narrow"><article class="lesson stack stack--l">
                <h1>"帮助"</h1>
                {phone}
                <section><h2>"登录不了"</h2>
                    <p>"忘了密码，请您所在的社区或街道重设。也可以请他们给您一个六位登录码，或打印一张学员卡，扫一下就能学。"</p>
                    <p>"连着输错五次，账号会锁十五分钟，到时自己打开。"</p></section>
                <section><h2>"学时怎么算"</h2>
                    <p>"每课页面上写着核定多少分钟。读完正文、课后测验合格，这一课的分钟数就记进您的学时账。45 分钟是一学时。"</p>
                    <p>"同一课一年记一次。资料还没有经街道确认的，学时先记着，确认以后从学的那一天算起。"</p></section>
                <section><h2>"字太小、看不清"</h2>
                    <p>"点页面上方的“长辈版”，字会变大，按钮也会变大。还想再大，去"<a href="/looks">"字号和颜色"</a>"。"</p></section>
            </article></div>
        }
        .into_any()
    }))
}

/// The notice itself.
fn notice() -> AnyView {
    view! {
        <p class="muted">{format!("版本 {PRIVACY_VERSION}")}</p>
        <section><h2>"我们记什么"</h2>
            <p>"姓名、手机号、所在社区、所在组织和职务；您学了什么、答了什么题、得了多少学时。不要身份证号，不要照片，不用人脸，不要位置。"</p></section>
        <section><h2>"用来做什么"</h2><p>"认得您是谁，记下您的学时，开学时证明，让您所在社区、街道、区和市知道培训办得怎样。不作别的用。"</p></section>
        <section><h2>"谁能看到"</h2>
            <p>"您自己；您所在社区的社区工作者，街道、区、市负责培训的人，只看自己管的范围；讲师和班主任看得到自己课上学员的姓名和进度，看不到手机号。手机号加密存放，页面上只显示末四位。"</p>
            <p>"谁看过您的资料，“我的”里有记录。"</p></section>
        <section><h2>"您可以做什么"</h2><p>"随时查看、下载自己的全部记录；发现不对，请街道更正；不再使用，可以请街道停用账号。学时档案按规定保存。"</p></section>
    }
    .into_any()
}

/// `/privacy`
pub async fn privacy(ctx: Ctx) -> Reply {
    Ok(ctx.page(Meta::new("个人信息说明", "/privacy"), || {
        view! { <div class="wrap wrap--narrow"><article class="lesson stack stack--l"><h1>"个人信息说明"</h1>{notice()}</article></div> }.into_any()
    }))
}

/// `/me/privacy`: the notice to be read once by those who did not sign up themselves, and again when it changes.
pub async fn privacy_due(ctx: Ctx, Asked(fields): Asked) -> Reply {
    ctx.me()?;
    let next = own_path(fields.get("next")).to_owned();
    Ok(ctx.page(Meta::new("请先看个人信息说明", "/me"), || {
        view! {
            <div class="wrap wrap--narrow"><article class="lesson stack stack--l">
                <h1>"请先看个人信息说明"</h1>
                {notice()}
                <form class="stack" method="post" action="/me/privacy">{hidden("next", next)}{hidden("version", PRIVACY_VERSION)}
                    <button class="btn btn--main" type="submit">"我看过了，同意"</button></form>
                <form method="post" action="/logout"><button class="link" type="submit">"先不用了，退出登录"</button></form>
            </article></div>
        }
        .into_any()
    }))
}

/// `POST /me/privacy`
pub async fn accept_privacy(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let me = ctx.me()?;
    let next = own_path(fields.get("next"));
    if fields.get("version") == PRIVACY_VERSION {
        ctx.store().acknowledge_privacy(me, PRIVACY_VERSION).await?;
    }
    Ok(see_other(if next == "/" { "/learn" } else { next }))
}

/// `/looks`: theme, elder mode, text size.
pub async fn looks(ctx: Ctx) -> Reply {
    let looks = ctx.session.looks.clone();
    Ok(ctx.page(Meta::new("字号和颜色", "/looks"), || {
        let group = |title: &'static str, name: &'static str, current: String, choices: Vec<(&'static str, &'static str)>| {
            let buttons = choices
                .into_iter()
                .map(|(value, word)| {
                    let pressed = if value == current { "true" } else { "false" };
                    view! { <button type="submit" name=name value=value aria-pressed=pressed>{word}</button> }
                })
                .collect_view();
            view! {
                <form class="prefs" method="post" action="/prefs">
                    {hidden("next", "/looks")}
                    <div class="prefs__set" role="group" aria-label=title><span class="prefs__name">{title}</span><span class="seg">{buttons}</span></div>
                </form>
            }
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                <h1>"字号和颜色"</h1>
                {group("版式", "mode", looks.mode.clone(), vec![("plain", "标准版"), ("elder", "长辈版")])}
                {group("长辈版的字号", "text", looks.text_size.clone(), vec![("m", "大"), ("l", "更大"), ("xl", "最大")])}
                {group("颜色", "theme", looks.theme.clone(), vec![("auto", "跟随手机"), ("light", "浅色"), ("dark", "深色")])}
            </div>
        }
        .into_any()
    }))
}

/// `POST /prefs`: kept with the person, and in a cookie for those who are not signed in.
pub async fn set_looks(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let mut looks = ctx.session.looks.clone();
    let choose = |field: &str, known: &[&str], slot: &mut String| {
        if let Some(value) = known.iter().find(|k| **k == fields.get(field)) {
            *slot = (*value).to_owned();
        }
    };
    choose("mode", &["plain", "elder"], &mut looks.mode);
    choose("text", &["m", "l", "xl"], &mut looks.text_size);
    choose("theme", &["auto", "light", "dark"], &mut looks.theme);
    if !fields.get("text").is_empty() {
        looks.mode = "elder".into();
    }
    if let Some(visitor) = &ctx.session.visitor {
        ctx.store().set_looks(visitor.actor.person, looks.clone()).await?;
    }
    let mut response = see_other(own_path(fields.get("next")));
    let cookie = format!("looks={}.{}.{}; Path=/; Max-Age=31536000; SameSite=Lax", looks.theme, looks.mode, looks.text_size);
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

/// Reads the looks cookie.
pub fn looks_from_cookie(text: &str) -> Looks {
    let mut parts = text.split('.');
    let mut take = |known: &[&str]| parts.next().and_then(|p| known.iter().find(|k| **k == p)).map_or(known[0], |k| *k).to_owned();
    Looks { theme: take(&["auto", "light", "dark"]), mode: take(&["plain", "elder"]), text_size: take(&["m", "l", "xl"]) }
}

/// Any address that is not ours.
pub async fn not_found(State(_): State<Portal>) -> Reply {
    Err(domain::fault::Fault::Missing.into())
}

/// The page of a refused request.
pub fn refusal(portal: &Portal, session: &Session, status: StatusCode, Refused(fault): &Refused) -> Response {
    let (title, text) = words::fault(fault);
    let reference = match fault {
        domain::fault::Fault::Internal { reference } => Some(reference.clone()),
        _ => None,
    };
    let html = document(portal, session, &Meta::new(title, ""), || {
        view! {
            <div class="wrap wrap--narrow"><div class="empty">
                <h1>{title}</h1><p>{text}</p>
                {reference.map(|r| view! { <p class="muted">"编号："<code>{r}</code></p> })}
                <div class="row"><a class="btn" href="/courses">"去看课程"</a><a class="link" href="/help">"怎样求助"</a></div>
            </div></div>
        }
        .into_any()
    });
    let mut response = axum::response::IntoResponse::into_response((status, axum::response::Html(html)));
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    if *fault == domain::fault::Fault::Busy {
        response.headers_mut().insert("retry-after", HeaderValue::from_static("30"));
    }
    response
}
