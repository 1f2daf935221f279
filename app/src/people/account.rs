//! One's own account: data, devices, password, what waits.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::Uuid;
use domain::fault::{Fault, FieldFault};
use domain::time::{iso_date, iso_minute};
use leptos::prelude::*;

use crate::portal::{Ctx, Posted, Reply, see_other};
use crate::ui::{Meta, errors, icon, note, password_field, words};

/// `/me`
pub async fn me(ctx: Ctx) -> Reply {
    let visitor = ctx.visitor()?;
    let me = visitor.actor.person;
    let (person, _, _) = ctx.store().person(me).await?.ok_or(Fault::Missing)?;
    let place = {
        let mut conn = ctx.store().db.read().await?;
        store::place::full_name(&mut conn, &person.region).await?
    };
    let devices = ctx.store().devices(me).await?;
    let looks = ctx.store().looks_at(me).await?;
    let current = visitor.session;
    let roles: Vec<String> = visitor.actor.grants.iter().map(|g| words::role(g.role).to_owned()).collect();
    Ok(ctx.page(Meta::new("我的", "/me"), || {
        let devices = devices
            .into_iter()
            .map(|d| {
                let own = d.id == current;
                let kind = match d.kind.as_str() {
                    "card" => "学员卡",
                    "code" => "登录码",
                    "token" => "程序接口",
                    _ => "密码",
                };
                view! {
                    <li class="rowi"><span>{icon("lock")}</span>
                        <div><p class="rowi__title">{device_name(&d.device)}</p><p class="rowi__meta"><span>{kind}</span><span>{format!("{} 登录", iso_minute(d.created_at))}</span></p></div>
                        <div class="rowi__end">{if own { view! { <span class="chip chip--done">{icon("check")}"这一台"</span> }.into_any() } else {
                            view! { <form method="post" action=format!("/me/sessions/{}/end", d.id)><button class="btn btn--s" type="submit">"让它退出"</button></form> }.into_any() }}</div>
                    </li>
                }
            })
            .collect_view();
        let seen = if looks.is_empty() {
            view! { <p class="muted">"还没有人看过您的资料。"</p> }.into_any()
        } else {
            let rows = looks
                .into_iter()
                .map(|l| view! { <li class="rowi"><span>{icon("person")}</span><div><p>{l.actor}</p><p class="rowi__meta">{format!("{} 看过{}", iso_minute(l.at), if l.what == "export" { "（名单导出）" } else { "您的学习情况" })}</p></div></li> })
                .collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        let waiting = person.confirmed_at.is_none().then(|| {
            note("due", "clock", view! { <p><b>"等街道确认您的资料"</b><br/>"学习不用等。确认以后，学时从学的那一天算起。"</p> }.into_any())
        });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                <h1>{person.name.clone()}</h1>
                {waiting}
                <nav class="row" aria-label="我的"><a class="btn" href="/me/hours">{icon("scroll")}"学时账"</a><a class="btn" href="/todo">{icon("clock")}"待办"</a><a class="btn" href="/looks">{icon("textsize")}"字号和颜色"</a></nav>
                <section aria-labelledby="h-i"><h2 id="h-i">"我的资料"</h2>
                    <dl class="kv kv--line">
                        <dt>"社区"</dt><dd>{place}</dd>
                        <dt>"组织"</dt><dd>{person.organisation_name.clone().unwrap_or_else(|| "—".into())}" · "{words::post(&person.post)}</dd>
                        <dt>"手机"</dt><dd>{person.mobile_last4.clone().map_or_else(|| "—".into(), |l| format!("尾号 {l}"))}</dd>
                        <dt>"用户名"</dt><dd>{person.user_name.clone().unwrap_or_else(|| "—".into())}</dd>
                        <dt>"角色"</dt><dd>{roles.join("、")}</dd>
                    </dl>
                    <p class="small muted">"要改社区、组织或手机号，请您所在的街道更正。"</p></section>
                <section aria-labelledby="h-d"><h2 id="h-d">"在哪里登录着"</h2><ul class="rows">{devices}</ul></section>
                <section aria-labelledby="h-s"><h2 id="h-s">"谁看过我的资料"</h2>{seen}</section>
                <section class="row"><a class="btn" href="/me/password">{icon("lock")}"改密码"</a><a class="btn" href="/me/data.json" download="yucai-my-data.json">{icon("download")}"下载我的全部记录"</a>
                    <form method="post" action="/logout"><button class="btn" type="submit">"退出登录"</button></form></section>
            </div>
        }
        .into_any()
    }))
}

/// A short name for what a browser calls itself.
fn device_name(agent: &str) -> String {
    let system = [
        ("MicroMessenger", "微信"),
        ("Android", "安卓手机"),
        ("iPhone", "苹果手机"),
        ("Windows", "Windows 电脑"),
        ("Macintosh", "苹果电脑"),
        ("Linux", "Linux 电脑"),
    ];
    system.iter().find(|(mark, _)| agent.contains(mark)).map_or_else(|| "其他设备".to_owned(), |(_, name)| (*name).to_owned())
}

/// `POST /me/sessions/{id}/end`
pub async fn end_session(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let id = Uuid::parse_str(&id).map_err(|_| Fault::Missing)?;
    if !ctx.store().end_session(ctx.me()?, id).await? {
        return Err(Fault::Missing.into());
    }
    Ok(see_other("/me"))
}

fn password_page(ctx: &Ctx, status: StatusCode, faults: &[FieldFault]) -> Response {
    let must = ctx.session.visitor.as_ref().is_some_and(|v| v.must_change_password);
    ctx.page_with(status, Meta::new("改密码", "/me"), || {
        view! {
            <div class="wrap wrap--narrow"><div class="form stack stack--l">
                <h1>"改密码"</h1>
                {must.then(|| note("due", "info", view! { <p><b>"请设一个自己的密码"</b><br/>"现在用的是别人替您设的，只用这一次。"</p> }.into_any()))}
                {errors(faults)}
                <form class="stack" method="post" action="/me/password">
                    {password_field("old_password", "现在的密码", "", "current-password", faults)}
                    {password_field("new_password", "新密码", "至少 8 个字符。一句自己记得住的话也可以。", "new-password", faults)}
                    <button class="btn btn--main" type="submit">"改成新密码"</button>
                </form>
                <p class="small muted">"改好以后，别处的登录都会退出。"</p>
            </div></div>
        }
        .into_any()
    })
}

/// `/me/password`
pub async fn password(ctx: Ctx) -> Reply {
    ctx.me()?;
    Ok(password_page(&ctx, StatusCode::OK, &[]))
}

/// `POST /me/password`
pub async fn change_password(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let visitor = ctx.visitor()?;
    let old: String = fields.raw("old_password").chars().take(128).collect();
    match ctx.store().change_password(visitor.actor.person, visitor.session, &old, fields.raw("new_password")).await {
        Ok(()) => Ok(see_other("/me")),
        Err(store::Error::Fault(Fault::Invalid(faults))) => Ok(password_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &faults)),
        Err(error) => Err(error.into()),
    }
}

/// `/me/data.json`: everything about oneself.
pub async fn data(ctx: Ctx) -> Reply {
    let me = ctx.me()?;
    let (person, _, _) = ctx.store().person(me).await?.ok_or(Fault::Missing)?;
    let journeys = ctx.store().journeys(me).await?;
    let ledger = ctx.store().ledger(me, None, None, 10_000).await?;
    let mut learning = Vec::new();
    for journey in &journeys {
        let mut papers = Vec::new();
        let keys = journey.edition.lessons.iter().map(|l| l.key.as_str()).chain([""]);
        for key in keys {
            for paper in ctx.store().papers(journey.enrolment.id, key).await? {
                papers.push(serde_json::json!({
                    "lesson": key, "drawn_at": paper.drawn_at, "seed": paper.seed, "paper": paper.drawn,
                    "answers": paper.result.as_ref().map(|r| &r.answers), "result": paper.result.as_ref().map(|r| &r.verdict),
                }));
            }
        }
        learning.push(serde_json::json!({
            "enrolment": journey.enrolment.id, "course": journey.enrolment.course, "edition": journey.edition.number,
            "state": journey.enrolment.state, "enrolled_at": journey.enrolment.occurred_at, "standing": journey.standing, "papers": papers,
        }));
    }
    let devices: Vec<_> = ctx
        .store()
        .devices(me)
        .await?
        .into_iter()
        .map(|d| serde_json::json!({"device": d.device, "kind": d.kind, "created_at": d.created_at}))
        .collect();
    let looks: Vec<_> =
        ctx.store().looks_at(me).await?.into_iter().map(|l| serde_json::json!({"at": l.at, "by": l.actor, "what": l.what})).collect();
    let entries: Vec<_> = ledger
        .into_iter()
        .map(|e| serde_json::json!({
            "course": e.course, "lesson": e.lesson, "minutes": e.minutes, "mode": e.mode, "area": e.area, "evidence": e.evidence,
            "evidence_ref": e.evidence_ref, "rule_version": e.rule_version, "year": e.year, "day": iso_date(e.day), "occurred_at": e.occurred_at, "recorded_at": e.recorded_at,
        }))
        .collect();
    let body = serde_json::json!({
        "person": {
            "id": person.id, "name": person.name, "user_name": person.user_name, "mobile_last4": person.mobile_last4, "region": person.region,
            "organisation": person.organisation_name, "post": person.post, "confirmed_at": person.confirmed_at,
            "privacy_version": person.privacy_version, "privacy_at": person.privacy_at, "created_at": person.created_at,
        },
        "kept": ctx.store().keepsake(me).await?, "enrolments": learning, "ledger": entries, "sessions": devices, "looked_at_by": looks,
    });
    let text = serde_json::to_string_pretty(&body).unwrap_or_default();
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"yucai-my-data.json\""));
    Ok(response)
}
