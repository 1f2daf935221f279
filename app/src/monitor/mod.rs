//! What officers see: the people of their scope, one person, and what they may do for them.

mod board;
mod csv;
mod due;
mod enrolments;
mod names;
mod office;
mod person;
mod pictures;

use axum::http::StatusCode;
use domain::Uuid;
use domain::credit::hours_text;
use domain::fault::Fault;
use domain::permission::{Action, Resource, may, people_scope};
use leptos::prelude::*;
use store::monitor::{PeopleFilter, PersonRow};
use store::people::manage::require;

use crate::people::{JoinPage, Purpose, join_page, look_up};
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, query_value, see_other};
use crate::ui::{Meta, empty, icon, words};
use csv::Csv;

pub use board::{export as export_board, first as board_first, page as board};
pub use due::{act as change_due, page as due};
pub use enrolments::{export as export_enrolments, page as enrolments};
pub use names::page as names;
pub use office::{page as office, set as set_office};
pub use person::{act, card, correct_home, home_page, home_place, page as person_page};

const PAGE: i64 = 50;

fn filter_of(fields: &Fields) -> PeopleFilter {
    let after = fields.get("after").split_once('~').and_then(|(id, key)| Some((key.to_owned(), Uuid::parse_str(id).ok()?)));
    let state = ["waiting", "none", "learning", "completed"].into_iter().find(|s| *s == fields.get("state")).unwrap_or_default();
    let region: String = fields.get("region").chars().filter(char::is_ascii_digit).take(12).collect();
    PeopleFilter { region, name: fields.get("name").chars().take(40).collect(), state: state.into(), after, limit: PAGE + 1 }
}

fn address(filter: &PeopleFilter, path: &str) -> String {
    let mut parts = Vec::new();
    for (name, value) in [("region", &filter.region), ("name", &filter.name), ("state", &filter.state)] {
        if !value.is_empty() {
            parts.push(format!("{name}={}", query_value(value)));
        }
    }
    if let Some((key, id)) = &filter.after {
        parts.push(format!("after={id}~{}", query_value(key)));
    }
    if parts.is_empty() { path.into() } else { format!("{path}?{}", parts.join("&")) }
}

/// `/monitor`: people of the scope, with the figures of the same filter above them.
pub async fn people(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let actor = ctx.actor()?;
    let scope = people_scope(actor, Action::SeePerson).ok_or(Fault::Forbidden)?;
    let mut filter = filter_of(&fields);
    let roots = ctx.store().scope_roots(&scope).await?;
    let here = if filter.region.is_empty() {
        roots.first().cloned()
    } else {
        store::place::node(&mut ctx.store().db.read().await?, &filter.region).await?
    };
    let below = match &here {
        Some(node) => store::place::children(&mut ctx.store().db.read().await?, &node.code).await?,
        None => Vec::new(),
    };
    // A whole district is summed up on the board.
    let figures = match ctx.store().is_crowded(&scope, &filter.region).await? {
        true => None,
        false => Some(ctx.store().figures(&scope, &PeopleFilter { after: None, ..filter.clone() }).await?),
    };
    let mut rows = ctx.store().people(&scope, &filter).await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = if more { rows.last().map(|p| (p.sort_key.clone(), p.id)) } else { None };
    let may_export = people_scope(actor, Action::ExportPeople).is_some();
    filter.after = None;
    Ok(ctx.page(Meta::new("学员", "/monitor"), || {
        let name = here.as_ref().map_or_else(|| "我管的范围".to_owned(), |n| n.short.clone());
        let up = here.as_ref().and_then(|n| n.parent.clone()).filter(|_| !filter.region.is_empty() && !roots.iter().any(|r| r.code == filter.region));
        let stat = |label: &'static str, value: String, unit: &'static str, state: &'static str, how: &'static str| {
            let href = address(&PeopleFilter { state: state.into(), ..filter.clone() }, "/monitor");
            view! {
                <div class="stat"><div class="stat__label"><span>{label}</span><details class="def"><summary aria-label=format!("{label}怎么算")>{icon("info")}</summary><div class="def__panel">{how}</div></details></div>
                    <a class="stat__num" href=href>{value}<small>{unit}</small></a></div>
            }
        };
        let states = [("", "全部"), ("waiting", "待确认"), ("none", "还没报名"), ("learning", "在学"), ("completed", "有完成的")]
            .into_iter()
            .map(|(state, word)| {
                let on = filter.state == state;
                view! { <a href=address(&PeopleFilter { state: state.into(), ..filter.clone() }, "/monitor") aria-current=on.then_some("true")>{word}</a> }
            })
            .collect_view();
        let regions = below
            .iter()
            .map(|n| view! { <a class="btn btn--s" href=address(&PeopleFilter { region: n.code.clone(), ..filter.clone() }, "/monitor")>{n.short.clone()}</a> })
            .collect_view();
        let body = rows.iter().map(row).collect_view();
        let table = if rows.is_empty() {
            empty("没有符合条件的人。", "/monitor", "看全部").into_any()
        } else {
            view! {
                <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="学员名单，可左右滑动"><table class="tbl">
                    <thead><tr><th scope="col">"姓名"</th><th scope="col">"社区"</th><th scope="col">"组织"</th><th scope="col" class="n">"在学和完成"</th><th scope="col" class="n">"网上部分完成"</th><th scope="col" class="n">"今年学时"</th><th scope="col">"状态"</th></tr></thead>
                    <tbody>{body}</tbody></table></div>
            }
            .into_any()
        };
        view! {
            <div class="wrap stack stack--l">
                <div class="row row--between"><h1>{format!("{name} · 学员")}</h1><a class="btn" href="/monitor/register">{icon("person")}"登记学员"</a></div>
                {views("/monitor", may_export)}
                {match &figures {
                    None => view! { <p class="muted">"这里人多，合计看"<a href="/monitor/board">"培训情况"</a>"；再往下一级，或者按名字找，就有逐人的合计。"</p> }.into_any(),
                    Some(figures) => view! {
                <section class="wenwu" aria-label="合计"><div class="stats">
                        {stat("人数", figures.people.to_string(), "人", "", "现在住在这个范围、有账号的人，每人算一次。")}
                        {stat("待街道确认", figures.waiting.to_string(), "人", "waiting", "自己加入、社区和组织还没有经街道确认的人。")}
                        {stat("有报名的", figures.enrolled.to_string(), "人", "learning", "至少报了一门课的人数。点开是其中还有课没学完的人。")}
                        {stat("有完成的", figures.completed.to_string(), "人", "completed", "至少有一门课的网上部分已完成的人数。")}
                        {stat("今年学时", hours_text(figures.minutes, 45), "学时", "", "今年记入学时账、资料已经确认的分钟数合计，45 分钟为一学时，先合计再折算。待街道确认的人另算，不在里面。")}
                        {(figures.waiting_minutes > 0).then(|| stat("待确认学时", hours_text(figures.waiting_minutes, 45), "学时", "waiting", "待街道确认的人今年学的。街道确认以后，从学的那一天起计入。"))}
                    </div></section>
                    }
                    .into_any(),
                }}
                <form class="row" method="get" action="/monitor" role="search">
                    {(!filter.region.is_empty()).then(|| view! { <input type="hidden" name="region" value=filter.region.clone()/> })}
                    <label class="vh" for="f-n">"姓名或拼音首字母"</label><input class="input" id="f-n" name="name" value=filter.name.clone() placeholder="姓名或拼音首字母" maxlength="40"/>
                    <button class="btn" type="submit">{icon("search")}"找人"</button>
                </form>
                <nav class="seg" aria-label="状态">{states}</nav>
                {(!below.is_empty() && filter.name.is_empty()).then(|| view! { <nav class="row" aria-label="下一级">{up.map(|code| view! { <a class="btn btn--s" href=address(&PeopleFilter { region: code, ..filter.clone() }, "/monitor")>"上一级"</a> })}{regions}</nav> })}
                {table}
                <div class="row row--between">
                    {next.map(|after| view! { <a class="btn" href=address(&PeopleFilter { after: Some(after), ..filter.clone() }, "/monitor")>"下一页"{icon("right")}</a> })}
                    {may_export.then(|| view! { <form method="post" action=address(&filter, "/monitor/people.csv")><button class="btn" type="submit">{icon("download")}"导出这份名单（CSV）"</button></form> })}
                </div>
            </div>
        }
        .into_any()
    }))
}

/// The views that an officer has of the same scope.
pub(crate) fn views(here: &'static str, keeps_office: bool) -> AnyView {
    let link = |path: &'static str, word: &'static str| view! { <a href=path aria-current=(path == here).then_some("page")>{word}</a> };
    view! {
        <nav class="seg" aria-label="看什么">{link("/monitor/board", "培训情况")}{link("/monitor", "人")}{link("/monitor/enrolments", "报名和完成")}
            {keeps_office.then(|| link("/monitor/organisations", "组织"))}{keeps_office.then(|| link("/monitor/office", "求助电话"))}</nav>
    }
    .into_any()
}

/// Hours that count, and beside them those that wait.
fn hours(minutes: i64, waiting: i64) -> String {
    match (minutes, waiting) {
        (_, 0) => hours_text(minutes, 45),
        (0, _) => format!("待确认 {}", hours_text(waiting, 45)),
        _ => format!("{}，待确认 {}", hours_text(minutes, 45), hours_text(waiting, 45)),
    }
}

fn row(p: &PersonRow) -> impl IntoView + use<> {
    let state = match (p.standing.as_str(), p.confirmed_at) {
        ("deactivated", _) => view! { <span class="chip">{icon("lock")}"已停用"</span> }.into_any(),
        (_, None) => view! { <span class="chip chip--due">{icon("clock")}"待确认"</span> }.into_any(),
        _ => view! { <span class="chip chip--done">{icon("check")}"已确认"</span> }.into_any(),
    };
    view! {
        <tr><th scope="row"><a href=format!("/monitor/people/{}", p.id)>{p.name.clone()}</a></th>
            <td>{format!("{} {}", p.above_name, p.region_name)}</td><td>{p.organisation.clone().unwrap_or_else(|| "—".into())}" · "{words::post(&p.post)}</td>
            <td class="n">{p.enrolled}</td><td class="n">{p.completed}</td><td class="n">{hours(p.minutes, p.waiting_minutes)}</td><td>{state}</td></tr>
    }
}

/// `POST /monitor/people.csv`: the filtered list as a file; the export is in the audit log.
pub async fn export(ctx: Ctx, Asked(fields): Asked, Posted(_): Posted) -> Reply {
    let actor = ctx.actor()?;
    let scope = people_scope(actor, Action::ExportPeople).ok_or(Fault::Forbidden)?;
    let mut filter = PeopleFilter { after: None, limit: 500, ..filter_of(&fields) };
    let asked = address(&filter, "/monitor");
    ctx.store().note_export(actor.person, &asked).await?;
    let head = [
        "姓名",
        "手机尾号",
        "上级",
        "社区",
        "组织",
        "职务",
        "状态",
        "报名（门）",
        "网上部分完成（门）",
        "今年分钟",
        "今年学时",
        "待确认分钟",
    ];
    let mut csv = Csv::new(&ctx, &head);
    loop {
        let rows = ctx.store().people(&scope, &filter).await?;
        for p in &rows {
            let confirmed = if p.confirmed_at.is_some() { "已确认" } else { "待街道确认" };
            csv.row([
                p.name.clone(),
                p.mobile_last4.clone().unwrap_or_default(),
                p.above_name.clone(),
                p.region_name.clone(),
                p.organisation.clone().unwrap_or_default(),
                words::post(&p.post).to_owned(),
                confirmed.to_owned(),
                p.enrolled.to_string(),
                p.completed.to_string(),
                p.minutes.to_string(),
                hours_text(p.minutes, 45),
                p.waiting_minutes.to_string(),
            ]);
        }
        match rows.last() {
            Some(last) if rows.len() == 500 => filter.after = Some((last.sort_key.clone(), last.id)),
            _ => return Ok(csv.answer(&ctx, "学员名单.csv", &asked)),
        }
    }
}

/// `/monitor/register`: register somebody else.
pub async fn register_page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    people_scope(ctx.actor()?, Action::AssistPerson).ok_or(Fault::Forbidden)?;
    let page = look_up(&ctx, &fields, Purpose::ForOther).await?;
    Ok(join_page(&ctx, StatusCode::OK, page))
}

/// `POST /monitor/register/place`
pub async fn register_place(ctx: Ctx, Posted(fields): Posted) -> Reply {
    people_scope(ctx.actor()?, Action::AssistPerson).ok_or(Fault::Forbidden)?;
    let page = look_up(&ctx, &fields, Purpose::ForOther).await?;
    Ok(join_page(&ctx, StatusCode::OK, page))
}

/// `POST /monitor/register`
pub async fn register(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let actor = ctx.actor()?;
    people_scope(actor, Action::AssistPerson).ok_or(Fault::Forbidden)?;
    let page = look_up(&ctx, &fields, Purpose::ForOther).await?;
    if !page.region().is_empty() {
        let place = store::place::place(&mut ctx.store().db.read().await?, page.region()).await?.ok_or(Fault::Missing)?;
        require(may(actor, Action::AssistPerson, &Resource::Region(&place)))?;
    }
    match ctx.store().register(page.joining(), Some(actor.person)).await {
        Ok(person) => Ok(see_other(&format!("/monitor/people/{person}"))),
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            Ok(join_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, JoinPage { faults, ..page }))
        }
        Err(error) => Err(Refusal::from(error)),
    }
}
