//! Signing in by password, code or card, and signing out.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use axum::response::Response;
use domain::fault::{Fault, FieldFault, Rule};
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::people::sign_in::Attempt;

use crate::portal::{Asked, Ctx, Posted, Reply, own_path, query_value, see_other, set_session};
use crate::ui::{Meta, errors, field_with, hidden, icon, note, password_field};

#[derive(Default)]
struct Form {
    login: String,
    next: String,
    faults: Vec<FieldFault>,
    notice: Option<(&'static str, String)>,
}

fn login_page(ctx: &Ctx, status: StatusCode, form: Form) -> Response {
    let Form { login, next, faults, notice } = form;
    ctx.page_with(status, Meta::new("登录", "/me"), || {
        let notice = notice.map(|(title, text)| note("late", "alert", view! { <p><b>{title}</b><br/>{text}</p> }.into_any()));
        let register = format!("/register?next={}", query_value(&next));
        view! {
            <div class="wrap wrap--narrow"><div class="form stack stack--l">
                <h1>"登录"</h1>
                {notice}
                {errors(&faults)}
                <form class="stack" method="post" action="/login">
                    {hidden("next", next.clone())}
                    {field_with("login", "手机号或用户名", "", "text", "username", &login, &faults)}
                    {password_field("password", "密码", "", "current-password", &faults)}
                    <button class="btn btn--main" type="submit">"登录"</button>
                </form>
                <div class="stack stack--s">
                    <p><a class="link" href="/login/code">"用六位登录码登录"</a></p>
                    <p>"还没有账号？"<a class="link" href=register>"加入育才"</a></p>
                    <p class="small muted">"忘了密码，请您所在的社区或街道重设。"</p>
                </div>
            </div></div>
        }
        .into_any()
    })
}

/// The form again when the queue is full: how many wait, how long it takes, and nothing pretended.
fn waiting_page(ctx: &Ctx, form: Form) -> Response {
    let (waiting, seconds) = ctx.store().sign_in_queue();
    let seconds = seconds.max(1);
    let text =
        format!("前面有 {waiting} 位在等，大约 {seconds} 秒。您的账号没有问题，也没有算作输错。过 {seconds} 秒，再写一次密码点“登录”。");
    let mut response = login_page(ctx, StatusCode::SERVICE_UNAVAILABLE, Form { notice: Some(("现在登录的人多", text)), ..form });
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// `/login`
pub async fn login(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let next = own_path(fields.get("next")).to_owned();
    if ctx.session.visitor.is_some() {
        return Ok(see_other(&next));
    }
    Ok(login_page(&ctx, StatusCode::OK, Form { next, ..Default::default() }))
}

/// Sets the cookie and goes on.
fn signed_in(ctx: &Ctx, token: &str, next: &str) -> Response {
    let mut response = see_other(own_path(next));
    response.headers_mut().append(SET_COOKIE, set_session(ctx.session.secure, token));
    response
}

/// `POST /login`
pub async fn sign_in(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let form =
        |faults, notice| Form { login: fields.get("login").to_owned(), next: own_path(fields.get("next")).to_owned(), faults, notice };
    let mut faults = Vec::new();
    for name in ["login", "password"] {
        if fields.raw(name).trim().is_empty() {
            faults.push(FieldFault::new(name, Rule::Required));
        }
    }
    if !faults.is_empty() {
        return Ok(login_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, form(faults, None)));
    }
    let password: String = fields.raw("password").chars().take(128).collect();
    let attempt = match ctx.store().sign_in(fields.get("login"), &password, &ctx.device).await {
        Err(store::Error::Fault(Fault::Busy)) => return Ok(waiting_page(&ctx, form(vec![], None))),
        attempt => attempt?,
    };
    match attempt {
        Attempt::In { token } => {
            // The session that this browser had is not left lying about.
            if let Some(before) = &ctx.session.visitor {
                ctx.store().end_session(before.actor.person, before.session).await?;
            }
            Ok(signed_in(&ctx, &token, if matches!(fields.get("next"), "" | "/") { "/learn" } else { fields.get("next") }))
        }
        Attempt::Wrong => {
            let notice = ("账号或密码不对", "请再看一下。连着错五次，账号会锁十五分钟。".to_owned());
            Ok(login_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, form(vec![], Some(notice))))
        }
        Attempt::Locked { until, region } => {
            let office = {
                let mut conn = ctx.store().db.read().await?;
                store::place::office(&mut conn, &region).await?
            };
            let ask = office
                .map_or_else(|| "着急的话，请您所在的社区或街道帮忙。".into(), |o| format!("着急的话，请打 {} {}。", o.name, o.phone));
            let notice = ("账号暂时锁住了", format!("密码连着错了五次，{} 自动打开。{ask}", spoken_minute(until)));
            Ok(login_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, form(vec![], Some(notice))))
        }
        Attempt::Which(people) => {
            let next = own_path(fields.get("next")).to_owned();
            Ok(ctx.page(Meta::new("您是哪一位", "/me"), || {
                let choices = people
                    .into_iter()
                    .map(|(name, secret)| {
                        view! {
                            <form method="post" action="/login/choose">
                                {hidden("next", next.clone())}{hidden("secret", secret)}
                                <button class="choice" type="submit"><span class="choice__k" aria-hidden="true">{icon("person")}</span><span>{name}</span></button>
                            </form>
                        }
                    })
                    .collect_view();
                view! { <div class="wrap wrap--narrow stack stack--l"><h1>"您是哪一位"</h1><p class="lede">"这个手机号有几位在用。"</p><div class="choices">{choices}</div></div> }.into_any()
            }))
        }
    }
}

/// `POST /login/choose`
pub async fn choose(ctx: Ctx, Posted(fields): Posted) -> Reply {
    match ctx.store().sign_in_as(fields.get("secret"), &ctx.device).await? {
        Attempt::In { token } => Ok(signed_in(&ctx, &token, fields.get("next"))),
        _ => Ok(see_other("/login")),
    }
}

fn code_form(ctx: &Ctx, status: StatusCode, login: &str, wrong: bool) -> Response {
    ctx.page_with(status, Meta::new("用登录码登录", "/me"), || {
        view! {
            <div class="wrap wrap--narrow"><div class="form stack stack--l">
                <h1>"用登录码登录"</h1>
                <p class="lede">"班主任、社区或街道给您的六位数字，十分钟内有效，用一次。"</p>
                {wrong.then(|| note("late", "alert", view! { <p><b>"没有登录成功"</b><br/>"号码或登录码不对，或者码已经过时。可以请他们再给一个。"</p> }.into_any()))}
                <form class="stack" method="post" action="/login/code">
                    {field_with("login", "手机号或用户名", "", "text", "username", login, &[])}
                    {field_with("code", "六位登录码", "", "text", "one-time-code", "", &[])}
                    <button class="btn btn--main" type="submit">"登录"</button>
                </form>
            </div></div>
        }
        .into_any()
    })
}

/// `/login/code`
pub async fn code_page(ctx: Ctx) -> Reply {
    Ok(code_form(&ctx, StatusCode::OK, "", false))
}

/// `POST /login/code`
pub async fn by_code(ctx: Ctx, Posted(fields): Posted) -> Reply {
    match ctx.store().sign_in_by_code(fields.get("login"), fields.get("code"), &ctx.device).await? {
        Attempt::In { token } => Ok(signed_in(&ctx, &token, "/learn")),
        _ => Ok(code_form(&ctx, StatusCode::UNPROCESSABLE_ENTITY, fields.get("login"), true)),
    }
}

/// `/card/{secret}`: what the QR of a learner card opens; signing in is a button, since a GET changes nothing.
pub async fn card_page(ctx: Ctx, Path(secret): Path<String>) -> Reply {
    Ok(ctx.page(Meta::new("学员卡", "/me"), || {
        view! {
            <div class="wrap wrap--narrow"><form class="form stack stack--l" method="post" action="/card">
                <h1>"学员卡"</h1>
                <p class="lede">"点下面的按钮，用这张卡登录，接着学。"</p>
                {hidden("secret", secret)}
                <button class="btn btn--main" type="submit">"用这张卡登录"</button>
            </form></div>
        }
        .into_any()
    }))
}

/// `POST /card`
pub async fn sign_in_by_card(ctx: Ctx, Posted(fields): Posted) -> Reply {
    match ctx.store().sign_in_by_card(fields.get("secret"), &ctx.device).await? {
        Attempt::In { token } => Ok(signed_in(&ctx, &token, "/learn")),
        _ => Ok(ctx.page_with(StatusCode::UNPROCESSABLE_ENTITY, Meta::new("学员卡", "/me"), || {
            view! { <div class="wrap wrap--narrow"><div class="empty"><h1>"这张卡不能用了"</h1><p>"可能已经换了新卡。请社区或街道再打印一张。"</p><a class="btn" href="/login">"用密码登录"</a></div></div> }.into_any()
        })),
    }
}

/// `POST /logout`
pub async fn sign_out(ctx: Ctx) -> Reply {
    if let Some(visitor) = &ctx.session.visitor {
        ctx.store().end_session(visitor.actor.person, visitor.session).await?;
    }
    let mut response = see_other("/");
    response.headers_mut().append(SET_COOKIE, set_session(ctx.session.secure, ""));
    Ok(response)
}
