//! One person, as those who look after them see it.

use axum::extract::Path;
use axum::http::StatusCode;
use domain::course::CourseStatus;
use domain::credit::hours_text;
use domain::fault::{Fault, FieldFault, Rule};
use domain::permission::{Action, Place, Resource, Role, may};
use domain::time::{iso_date, iso_minute};
use leptos::prelude::*;
use store::people::home::Correction;

use crate::learning::id;
use crate::people::{JoinPage, Purpose, join_page, look_up};
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, TextArea, crumbs, empty, errors, field_with, hidden, icon, note, select, words};

/// What was just done for the person, shown once; never in an address.
enum Done {
    Code(String),
    Password(String),
}

/// `/monitor/people/{id}`
pub async fn page(ctx: Ctx, Path(person): Path<String>, Asked(_): Asked) -> Reply {
    show(&ctx, &person, None, &[]).await
}

async fn show(ctx: &Ctx, person: &str, done: Option<Done>, faults: &[FieldFault]) -> Reply {
    let actor = ctx.actor()?;
    let person = ctx.store().person_for(actor, Action::SeePerson, id(person)?).await?;
    ctx.store().note_access(actor.person, person.id, "page").await?;
    let (_, place, top) = ctx.store().person(person.id).await?.ok_or(Fault::Missing)?;
    let journeys = ctx.store().journeys(person.id).await?;
    let year = domain::time::year_of(ctx.store().today());
    let sums = ctx.store().sums(person.id, year).await?;
    let full = store::place::full_name(&mut ctx.store().db.read().await?, &person.region).await?;
    let can = |action| may(actor, action, &Resource::Person { id: person.id, place: &place, top }).is_allowed();
    let (assist, confirm, manage) = (can(Action::AssistPerson), can(Action::ConfirmPerson), can(Action::ManagePerson));
    let grantable: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|r| {
            may(actor, Action::ManagePerson, &Resource::Person { id: person.id, place: &Place(place.0.clone()), top: Some(*r) })
                .is_allowed()
        })
        .collect();
    // Regions of the person's home that the actor covers: where a role may be given.
    let mut regions = Vec::new();
    let held = {
        let mut conn = ctx.store().db.read().await?;
        for code in &place.0 {
            let above = store::place::place(&mut conn, code.as_str()).await?.ok_or(Fault::Missing)?;
            if may(actor, Action::ManagePerson, &Resource::Person { id: person.id, place: &above, top: None }).is_allowed() {
                regions.push((code.to_string(), store::place::full_name(&mut conn, code.as_str()).await?));
            }
        }
        store::people::grants(&mut conn, person.id).await?
    };
    let today = ctx.store().today();
    let mut grants = Vec::new();
    for grant in held.into_iter().filter(|g| g.role != Role::Learner) {
        let region = store::place::full_name(&mut ctx.store().db.read().await?, grant.region.as_str()).await?;
        grants.push((grant, region));
    }
    let catalogue = ctx.store().catalogue().await?;
    let open: Vec<(String, String)> = catalogue
        .cards()
        .iter()
        .filter(|c| c.status == CourseStatus::Open && !journeys.iter().any(|j| j.enrolment.course == c.code))
        .map(|c| (c.code.clone(), c.title.clone()))
        .collect();
    let form_id = ctx.store().new_id();
    // Which courses the person teaches, and which of them the actor decides about.
    let mut teaching = Vec::new();
    for held in ctx.store().teachings(person.id).await?.into_iter().filter(|t| t.to_day.is_none_or(|to| to >= today)) {
        let mine = ctx.store().may_assign(actor, &held.course).await.is_ok();
        let title = catalogue.by_code(&held.course).map_or_else(|| held.course.clone(), |c| format!("{} {}", c.code, c.title));
        teaching.push((held, title, mine));
    }
    let mut assignable = Vec::new();
    if grants.iter().any(|(g, _)| g.role == Role::Trainer && g.holds(today)) {
        for card in catalogue.cards().iter().filter(|c| c.lessons > 0 && !teaching.iter().any(|(t, ..)| t.course == c.code)) {
            if ctx.store().may_assign(actor, &card.code).await.is_ok() {
                assignable.push((card.code.clone(), format!("{} {}", card.code, card.title)));
            }
        }
    }
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(ctx.page_with(status, Meta::new(person.name.clone(), "/monitor"), || {
        let base = format!("/monitor/people/{}", person.id);
        let active = person.standing == "active";
        let button = |what: &'static str, symbol: &'static str, word: &'static str| {
            view! { <form method="post" action=base.clone()>{hidden("do", what)}<button class="btn" type="submit">{icon(symbol)}{word}</button></form> }
        };
        let shown = done.map(|done| match done {
            Done::Code(code) => note("done", "done", view! { <p>"登录码，十分钟内有效，用一次："<br/><b class="code">{format!("{} {}", &code[..3], &code[3..])}</b><br/>{format!("登录时写 {}，再写这六位数字。", person.user_name.clone().unwrap_or_else(|| "手机号".into()))}</p> }.into_any()).into_any(),
            Done::Password(password) => note("done", "done", view! { <p>"新密码，只显示这一次，第一次登录要改："<br/><b class="code">{password}</b></p> }.into_any()).into_any(),
        });
        let lessons = journeys
            .iter()
            .map(|j| {
                let (done, total) = (j.standing.lessons_done(), j.standing.lessons.len());
                let state = if j.standing.online_done { "网上部分已完成".to_owned() } else { format!("{done} / {total} 课") };
                view! { <tr><th scope="row">{j.edition.title.clone()}</th><td>{state}</td><td>{iso_date(domain::time::day_of(j.enrolment.occurred_at))}</td><td>{iso_minute(j.enrolment.touched_at)}</td></tr> }
            })
            .collect_view();
        let total: i64 = sums.iter().map(|s| s.minutes).sum();
        let learning = if journeys.is_empty() {
            empty("还没有报名的课。", "/courses", "看课程").into_any()
        } else {
            view! { <div class="tbl-box" tabindex="0" role="region" aria-label="课程，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"课程"</th><th scope="col">"进度"</th><th scope="col">"报名"</th><th scope="col">"最近学习"</th></tr></thead><tbody>{lessons}</tbody></table></div> }.into_any()
        };
        let enrol = (assist && active && !open.is_empty()).then(|| {
            view! {
                <details class="more"><summary>"替本人报一门课"</summary><form class="form stack" method="post" action=base.clone()>{hidden("do", "enrol")}{hidden("id", form_id)}
                    {select("course", "课程", open, "", &[])}<button class="btn" type="submit">{icon("book")}"替本人报名"</button></form></details>
            }
        });
        let may_correct = confirm;
        let confirm = (confirm && person.confirmed_at.is_none()).then(|| {
            view! {
                <form class="card stack" method="post" action=base.clone()>{hidden("do", "confirm")}
                    <h2>"确认社区和组织"</h2><p>{format!("{full} · {}（{}）", person.organisation_name.clone().unwrap_or_else(|| "没有填组织".into()), words::post(&person.post))}</p>
                    <div class="row"><button class="btn btn--main" type="submit">{icon("check")}"资料属实，确认"</button><a class="link" href=format!("{base}/home")>"有不对的，先更正"</a></div></form>
            }
        });
        let held = grants
            .iter()
            .map(|(grant, region)| {
                let term = match grant.to {
                    _ if !grant.holds(today) => format!("{} 至 {}，已经结束", iso_date(grant.from), iso_date(grant.to.unwrap_or(grant.from))),
                    Some(to) => format!("{} 起，到 {} 为止", iso_date(grant.from), iso_date(to)),
                    None => format!("{} 起", iso_date(grant.from)),
                };
                let end = (grant.holds(today) && grantable.contains(&grant.role)).then(|| {
                    view! { <form method="post" action=base.clone()>{hidden("do", "end_role")}{hidden("role", grant.role.code())}{hidden("region", grant.region.as_str())}<button class="btn btn--s" type="submit">"结束"</button></form> }
                });
                view! { <li class="rowi"><span>{icon("stamp")}</span><div><p class="rowi__title">{format!("{} · {region}", words::role(grant.role))}</p><p class="rowi__meta">{term}</p></div><div class="rowi__end">{end}</div></li> }
            })
            .collect::<Vec<_>>();
        let management = manage.then(|| {
            let roles = grantable.iter().filter(|r| **r != Role::Learner).map(|r| (r.code().to_owned(), words::role(*r).to_owned())).collect::<Vec<_>>();
            view! {
                <section class="stack" aria-labelledby="h-m"><h2 id="h-m">"管理账号"</h2>
                    <div class="row">{button("password", "lock", "重设密码")}{if active { button("deactivate", "close", "停用账号").into_any() } else { button("activate", "check", "恢复账号").into_any() }}</div>
                    {(!held.is_empty()).then(|| view! { <ul class="rows">{held}</ul> })}
                    {(!roles.is_empty()).then(|| view! { <details class="more" open=!faults.is_empty()><summary>"给一个角色"</summary>{errors(faults)}<form class="form stack" method="post" action=base.clone()>{hidden("do", "grant")}
                        {select("role", "角色", roles, "", faults)}
                        {select("region", "范围", regions.clone(), "", faults)}
                        {field_with("until", "到哪一天为止", "最后一天。不写就一直有效，直到有人结束它。", "date", "off", "", faults)}
                        <button class="btn" type="submit">"给这个角色"</button></form></details> })}
                    <details class="more"><summary>"合并到另一个账号"</summary><form class="form stack" method="post" action=base.clone()>{hidden("do", "merge")}
                        {crate::ui::field("into", "另一个账号的编号", "在那个人的页面地址里，最后一段。", "", &[])}{TextArea("reason", "原因", "")}
                        <button class="btn" type="submit">"合并，这个账号不再能登录"</button></form></details>
                </section>
            }
        });
        let taught = teaching
            .iter()
            .map(|(held, title, mine)| {
                let term = held.to_day.map_or_else(|| format!("{} 起", iso_date(held.from_day)), |to| format!("{} 起，到 {} 为止", iso_date(held.from_day), iso_date(to)));
                let end = mine.then(|| view! { <form method="post" action=base.clone()>{hidden("do", "end_trainer")}{hidden("course", held.course.clone())}<button class="btn btn--s" type="submit">"不再讲"</button></form> });
                view! { <li class="rowi"><span>{icon("lectern")}</span><div><p class="rowi__title">{title.clone()}</p><p class="rowi__meta">{term}</p></div><div class="rowi__end">{end}</div></li> }
            })
            .collect_view();
        let assign = (!assignable.is_empty()).then(|| {
            view! {
                <details class="more"><summary>"请他讲一门课"</summary><form class="form stack" method="post" action=base.clone()>{hidden("do", "assign_trainer")}
                    {select("course", "课程", assignable.clone(), "", &[])}
                    {field_with("until", "讲到哪一天为止", "最后一天。不写就一直讲，直到有人结束它。", "date", "off", "", faults)}
                    <button class="btn" type="submit">{icon("lectern")}"请他讲这门课"</button></form></details>
            }
        });
        let trainer = (!teaching.is_empty() || assign.is_some()).then(|| {
            view! { <section class="stack" aria-labelledby="h-t"><h2 id="h-t">"讲的课"</h2>{(!teaching.is_empty()).then(|| view! { <ul class="rows">{taught}</ul> })}{assign}</section> }
        });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/monitor".into(), "学员".into())])}
                <h1>{person.name.clone()}</h1>
                {shown}
                {confirm}
                <dl class="kv kv--line">
                    <dt>"社区"</dt><dd>{full.clone()}</dd>
                    <dt>"组织"</dt><dd>{person.organisation_name.clone().unwrap_or_else(|| "—".into())}" · "{words::post(&person.post)}</dd>
                    <dt>"手机"</dt><dd>{person.mobile_last4.clone().map_or_else(|| "—".into(), |l| format!("尾号 {l}"))}</dd>
                    <dt>"用户名"</dt><dd>{person.user_name.clone().unwrap_or_else(|| "—".into())}</dd>
                    <dt>"确认"</dt><dd>{person.confirmed_at.map_or_else(|| "待街道确认".to_owned(), |at| format!("{} 已确认", iso_minute(at)))}</dd>
                    <dt>{format!("{year} 年")}</dt><dd>{format!("{} 学时（{total} 分钟）", hours_text(total, 45))}</dd>
                </dl>
                {(may_correct && active).then(|| view! { <p><a class="link" href=format!("{base}/home")>"更正社区、组织、职务、手机号"</a></p> })}
                {(assist && active).then(|| view! { <div class="row">{button("code", "stamp", "给一个登录码")}<form method="post" action=format!("{base}/card")><button class="btn" type="submit">{icon("qr")}"打印学员卡"</button></form>{button("revoke", "close", "让旧卡作废")}</div> })}
                <section aria-labelledby="h-l"><h2 id="h-l">"在学的课"</h2>{learning}{enrol}</section>
                {trainer}
                {management}
                <p class="small muted">"您看过这一页，本人在“我的”里看得到。"</p>
            </div>
        }
        .into_any()
    }))
}

/// The last day of a term, if one was written.
fn until(fields: &Fields) -> Result<Option<domain::time::Day>, Fault> {
    match fields.get("until") {
        "" => Ok(None),
        text => domain::time::parse_date(text).map(Some).ok_or(Fault::Invalid(vec![FieldFault::new("until", Rule::Malformed)])),
    }
}

/// `POST /monitor/people/{id}`
pub async fn act(ctx: Ctx, Path(person): Path<String>, Posted(fields): Posted) -> Reply {
    let actor = ctx.actor()?;
    let who = id(&person)?;
    let store = ctx.store();
    match fields.get("do") {
        "confirm" => store.confirm_home(actor, who).await?,
        "code" => {
            store.person_for(actor, Action::AssistPerson, who).await?;
            let code = store.issue_code(actor.person, who).await?;
            return show(&ctx, &person, Some(Done::Code(code)), &[]).await;
        }
        "enrol" => {
            store.person_for(actor, Action::AssistPerson, who).await?;
            store.enrol(who, fields.get("course"), fields.id()?, Some(actor.person)).await?;
        }
        "revoke" => {
            store.person_for(actor, Action::AssistPerson, who).await?;
            store.revoke_card(actor.person, who).await?;
        }
        "password" => {
            let password = store.reset_password(actor, who).await?;
            return show(&ctx, &person, Some(Done::Password(password)), &[]).await;
        }
        "deactivate" => store.set_active(actor, who, false, fields.get("reason")).await?,
        "activate" => store.set_active(actor, who, true, fields.get("reason")).await?,
        "merge" => {
            store.merge(actor, who, id(fields.get("into"))?, fields.get("reason")).await?;
            return Ok(see_other(&format!("/monitor/people/{}", fields.get("into"))));
        }
        "grant" => {
            let role = Role::parse(fields.get("role")).ok_or(Fault::Missing)?;
            let granted = match until(&fields) {
                Ok(until) => store.grant_role(actor, who, role, fields.get("region"), until).await,
                Err(fault) => Err(fault.into()),
            };
            match granted {
                Err(store::Error::Fault(Fault::Invalid(faults))) => return show(&ctx, &person, None, &faults).await,
                other => other?,
            }
        }
        "end_role" => {
            let role = Role::parse(fields.get("role")).ok_or(Fault::Missing)?;
            store.end_role(actor, who, role, fields.get("region")).await?;
        }
        "assign_trainer" => {
            store.person_for(actor, Action::SeePerson, who).await?;
            let assigned = match until(&fields) {
                Ok(until) => store.assign_trainer(actor, fields.get("course"), who, until).await,
                Err(fault) => Err(fault.into()),
            };
            match assigned {
                Err(store::Error::Fault(Fault::Invalid(faults))) => return show(&ctx, &person, None, &faults).await,
                other => other?,
            }
        }
        "end_trainer" => {
            store.person_for(actor, Action::SeePerson, who).await?;
            store.end_trainer(actor, fields.get("course"), who).await?;
        }
        _ => return Err(Fault::Missing.into()),
    }
    Ok(see_other(&format!("/monitor/people/{who}")))
}

/// The correction form, filled from the person's present home unless something was typed.
async fn correction(ctx: &Ctx, person: &str, fields: Fields) -> Result<JoinPage, Refusal> {
    let person = ctx.store().person_for(ctx.actor()?, Action::ConfirmPerson, id(person)?).await?;
    let purpose = Purpose::Correct { name: person.name, page: format!("/monitor/people/{}", person.id) };
    let fields = if fields.0.is_empty() {
        let confirmed = person.confirmed_at.is_some();
        let organisation = person.organisation.map(|o| o.to_string()).unwrap_or_default();
        let typed = if confirmed { String::new() } else { person.organisation_name.unwrap_or_default() };
        let pairs = [("region", person.region), ("organisation_id", organisation), ("organisation", typed), ("post", person.post)];
        Fields(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    } else {
        fields
    };
    Ok(look_up(ctx, &fields, purpose).await?)
}

/// `/monitor/people/{id}/home`
pub async fn home_page(ctx: Ctx, Path(person): Path<String>, Asked(fields): Asked) -> Reply {
    Ok(join_page(&ctx, StatusCode::OK, correction(&ctx, &person, fields).await?))
}

/// `POST /monitor/people/{id}/home/place`: looks for a community; nothing is written.
pub async fn home_place(ctx: Ctx, Path(person): Path<String>, Posted(fields): Posted) -> Reply {
    Ok(join_page(&ctx, StatusCode::OK, correction(&ctx, &person, fields).await?))
}

/// `POST /monitor/people/{id}/home`
pub async fn correct_home(ctx: Ctx, Path(person): Path<String>, Posted(fields): Posted) -> Reply {
    let who = id(&person)?;
    let correction_typed = Correction {
        region: fields.get("region").to_owned(),
        organisation_id: fields.get("organisation_id").to_owned(),
        organisation: fields.get("organisation").split_whitespace().collect::<Vec<_>>().join(" "),
        post: fields.get("post").to_owned(),
        mobile: fields.get("mobile").to_owned(),
    };
    match ctx.store().correct_home(ctx.actor()?, who, correction_typed).await {
        // Whoever was moved out of the own scope is no longer to be seen.
        Ok(()) => match ctx.store().person_for(ctx.actor()?, Action::SeePerson, who).await {
            Ok(_) => Ok(see_other(&format!("/monitor/people/{who}"))),
            Err(_) => Ok(see_other("/monitor")),
        },
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            let mut fields = fields;
            fields.0.push(("typed".into(), "1".into()));
            let page = correction(&ctx, &person, fields).await?;
            Ok(join_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, JoinPage { faults, ..page }))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /monitor/people/{id}/card`: a learner card to print; earlier cards end.
pub async fn card(ctx: Ctx, Path(person): Path<String>, Posted(_): Posted) -> Reply {
    let actor = ctx.actor()?;
    let person = ctx.store().person_for(actor, Action::AssistPerson, id(&person)?).await?;
    let secret = ctx.store().issue_card(actor.person, person.id).await?;
    let host = ctx.portal.address.clone();
    let place = store::place::full_name(&mut ctx.store().db.read().await?, &person.region).await?;
    Ok(ctx.page(Meta::new("学员卡", "/monitor"), || {
        let qr = qr_svg(&format!("{host}/card/{secret}"));
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                <article class="card-print card">
                    <div class="card-print__qr ci__qr" inner_html=qr role="img" aria-label="学员卡二维码"></div>
                    <div><h1>{person.name.clone()}</h1><p>{place}</p><p class="small">"扫一下就能登录，只能用来学习。丢了请告诉社区，换一张新的，旧的就作废。"</p></div>
                </article>
                <p class="no-print note">{icon("print")}"用浏览器的“打印”。离开这一页，这张码不会再显示；以前的卡已经作废。"</p>
            </div>
        }
        .into_any()
    }))
}

/// A QR code as SVG without inline style.
fn qr_svg(text: &str) -> String {
    use fast_qr::qr::QRBuilder;
    let Ok(qr) = QRBuilder::new(text).build() else { return String::new() };
    let size = qr.size;
    let mut path = String::new();
    for y in 0..size {
        for x in 0..size {
            if qr[y][x].value() {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    format!(
        "<svg viewBox=\"-2 -2 {0} {0}\" aria-hidden=\"true\"><rect class=\"ci__qr-bg\" x=\"-2\" y=\"-2\" width=\"{0}\" height=\"{0}\"/><path class=\"ci__qr-fg\" d=\"{path}\"/></svg>",
        size + 4
    )
}
