//! Enrolments and completion of a scope: list, figures, file.

use domain::Uuid;
use domain::credit::hours_text;
use domain::enrolment::State;
use domain::fault::Fault;
use domain::permission::{Action, people_scope};
use domain::time::{day_of, iso_date};
use leptos::prelude::*;
use store::monitor::{EnrolmentFilter, EnrolmentRow};

use super::csv::Csv;
use super::views;
use crate::portal::{Asked, Ctx, Fields, Posted, Reply, query_value};
use crate::ui::{Meta, empty, icon, select, words};

const PAGE: i64 = 50;
const STATES: [(&str, &str); 4] = [("", "在学和完成"), ("active", "在学"), ("completed", "网上部分已完成"), ("withdrawn", "已退出")];

fn filter_of(fields: &Fields) -> EnrolmentFilter {
    EnrolmentFilter {
        region: fields.get("region").chars().filter(char::is_ascii_digit).take(12).collect(),
        course: fields.get("course").chars().filter(char::is_ascii_alphanumeric).take(12).collect(),
        state: STATES.iter().map(|s| s.0).find(|s| *s == fields.get("state")).unwrap_or_default().into(),
        before: Uuid::parse_str(fields.get("before")).ok(),
        limit: PAGE + 1,
    }
}

fn address(filter: &EnrolmentFilter, path: &str) -> String {
    let before = filter.before.map(|b| b.to_string()).unwrap_or_default();
    let parts: Vec<String> = [("region", &filter.region), ("course", &filter.course), ("state", &filter.state), ("before", &before)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", query_value(value)))
        .collect();
    if parts.is_empty() { path.into() } else { format!("{path}?{}", parts.join("&")) }
}

fn state_word(row: &EnrolmentRow) -> &'static str {
    State::parse(&row.state).map_or("—", words::state)
}

/// `/monitor/enrolments`
pub async fn page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let actor = ctx.actor()?;
    let scope = people_scope(actor, Action::SeePerson).ok_or(Fault::Forbidden)?;
    let filter = filter_of(&fields);
    // A whole district is summed up on the board.
    let figures = match ctx.store().is_crowded(&scope, &filter.region).await? {
        true => None,
        false => Some(ctx.store().enrolment_figures(&scope, &filter).await?),
    };
    let mut rows = ctx.store().scope_enrolments(&scope, &filter).await?;
    let next = (rows.len() as i64 > PAGE).then(|| rows[PAGE as usize - 1].id);
    rows.truncate(PAGE as usize);
    let roots = ctx.store().scope_roots(&scope).await?;
    let mut regions: Vec<(String, String)> = roots.iter().map(|r| (r.code.clone(), r.short.clone())).collect();
    if let [root] = roots.as_slice() {
        let below = store::place::children(&mut ctx.store().db.read().await?, &root.code).await?;
        regions[0].0 = String::new();
        regions.extend(below.into_iter().map(|n| (n.code, n.short)));
    } else {
        regions.insert(0, (String::new(), "我管的全部".into()));
    }
    let catalogue = ctx.store().catalogue().await?;
    let courses: Vec<(String, String)> = std::iter::once((String::new(), "全部课程".to_owned()))
        .chain(catalogue.cards().iter().filter(|c| c.lessons > 0).map(|c| (c.code.clone(), c.title.clone())))
        .collect();
    let may_export = people_scope(actor, Action::ExportPeople).is_some();
    Ok(ctx.page(Meta::new("报名和完成", "/monitor"), || {
        let stat = |label: &'static str, value: String, unit: &'static str, how: &'static str| {
            view! {
                <div class="stat"><div class="stat__label"><span>{label}</span><details class="def"><summary aria-label=format!("{label}怎么算")>{icon("info")}</summary><div class="def__panel">{how}</div></details></div>
                    <p class="stat__num">{value}<small>{unit}</small></p></div>
            }
        };
        let body = rows
            .iter()
            .map(|e| {
                let name = if e.here > 0 {
                    view! { <a href=format!("/monitor/people/{}", e.person)>{e.name.clone()}</a> }.into_any()
                } else {
                    view! { {e.name.clone()}<span class="small muted">"（已搬走）"</span> }.into_any()
                };
                let done = e.completed_at.map_or_else(|| "—".into(), |at| iso_date(day_of(at)));
                view! {
                    <tr><th scope="row">{name}</th><td>{e.region_name.clone()}</td><td>{e.title.clone()}</td><td>{state_word(e)}</td><td>{iso_date(e.day)}</td><td>{done}</td>
                        <td class="n">{e.lessons_done}</td><td class="n">{super::hours(e.minutes, e.waiting_minutes)}</td></tr>
                }
            })
            .collect_view();
        let table = if rows.is_empty() {
            empty("没有符合条件的报名。", "/monitor/enrolments", "看全部").into_any()
        } else {
            view! {
                <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="报名名单，可左右滑动"><table class="tbl">
                    <thead><tr><th scope="col">"姓名"</th><th scope="col">"报名时的社区"</th><th scope="col">"课程"</th><th scope="col">"状态"</th><th scope="col">"报名"</th><th scope="col">"网上部分完成"</th><th scope="col" class="n">"完成的课"</th><th scope="col" class="n">"学时"</th></tr></thead>
                    <tbody>{body}</tbody></table></div>
            }
            .into_any()
        };
        let states = STATES.iter().map(|(value, word)| ((*value).to_owned(), (*word).to_owned())).collect();
        view! {
            <div class="wrap stack stack--l">
                <h1>"报名和完成"</h1>
                {views("/monitor/enrolments", may_export)}
                {match &figures {
                    None => view! { <p class="muted">"这里人多，合计看"<a href="/monitor/board">"培训情况"</a>"；范围选小一级，就有逐条的合计。"</p> }.into_any(),
                    Some(figures) => view! {
                <section class="wenwu" aria-label="合计"><div class="stats">
                        {stat("报名", figures.enrolments.to_string(), "人次", "符合下面条件的报名，一个人报两门课算两次。按报名时的社区算，后来搬走的也在内。")}
                        {stat("人数", figures.people.to_string(), "人", "这些报名里有多少个人，每人算一次。")}
                        {stat("网上部分完成", figures.completed.to_string(), "人次", "这些报名里，网上部分的每一课和课程测验都合格了的。")}
                        {stat("学时", hours_text(figures.minutes, 45), "学时", "这些报名记进学时账、本人资料已经确认的分钟数合计，45 分钟为一学时，先合计再折算。")}
                        {(figures.waiting_minutes > 0).then(|| stat("待确认学时", hours_text(figures.waiting_minutes, 45), "学时", "本人资料还待街道确认的，先不计入，确认以后从学的那一天起算。"))}
                    </div></section>
                    }
                    .into_any(),
                }}
                <form class="filters row" method="get" action="/monitor/enrolments" role="search">
                    {select("region", "范围", regions, &filter.region, &[])}{select("course", "课程", courses, &filter.course, &[])}{select("state", "状态", states, &filter.state, &[])}
                    <button class="btn" type="submit">{icon("search")}"按条件看"</button>
                </form>
                {table}
                <div class="row row--between">
                    {next.map(|before| view! { <a class="btn" href=address(&EnrolmentFilter { before: Some(before), ..filter.clone() }, "/monitor/enrolments")>"下一页"{icon("right")}</a> })}
                    {may_export.then(|| view! { <form method="post" action=address(&EnrolmentFilter { before: None, ..filter.clone() }, "/monitor/enrolments.csv")><button class="btn" type="submit">{icon("download")}"导出这份名单（CSV）"</button></form> })}
                </div>
            </div>
        }
        .into_any()
    }))
}

/// `POST /monitor/enrolments.csv`
pub async fn export(ctx: Ctx, Asked(fields): Asked, Posted(_): Posted) -> Reply {
    let actor = ctx.actor()?;
    let scope = people_scope(actor, Action::ExportPeople).ok_or(Fault::Forbidden)?;
    let mut filter = EnrolmentFilter { before: None, limit: 500, ..filter_of(&fields) };
    let asked = address(&filter, "/monitor/enrolments");
    ctx.store().note_export(actor.person, &asked).await?;
    let mut csv = Csv::new(
        &ctx,
        &["姓名", "报名时的社区", "课程代码", "课程", "状态", "报名日期", "网上部分完成日期", "完成的课", "分钟", "学时", "待确认分钟"],
    );
    loop {
        let rows = ctx.store().scope_enrolments(&scope, &filter).await?;
        for e in &rows {
            csv.row([
                e.name.clone(),
                e.region_name.clone(),
                e.course.clone(),
                e.title.clone(),
                state_word(e).to_owned(),
                iso_date(e.day),
                e.completed_at.map(|at| iso_date(day_of(at))).unwrap_or_default(),
                e.lessons_done.to_string(),
                e.minutes.to_string(),
                hours_text(e.minutes, 45),
                e.waiting_minutes.to_string(),
            ]);
        }
        match rows.last() {
            Some(last) if rows.len() == 500 => filter.before = Some(last.id),
            _ => return Ok(csv.answer(&ctx, "报名名单.csv", &asked)),
        }
    }
}
