//! The ledger page and the 学时证明.

mod proof;

use domain::credit::hours_text;
use domain::time::{iso_date, iso_minute, year_of};
use leptos::prelude::*;

use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{Meta, empty, icon, note, words};

pub use proof::{page as proof, pdf as proof_pdf, png as proof_png};

/// `/me/hours`: every entry and what it rests on.
pub async fn page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let visitor = ctx.visitor()?;
    let me = visitor.actor.person;
    let this_year = year_of(ctx.store().today());
    let year = fields.get("year").parse().ok().filter(|y| (2020..=this_year).contains(y)).unwrap_or(this_year);
    let entries = ctx.store().ledger(me, Some(year), None, 500).await?;
    let scenarios = ctx.store().scenarios().await?;
    let mut titles = Vec::new();
    for entry in &entries {
        let edition = ctx.store().edition(entry.edition).await?;
        let scenario = entry.lesson.strip_prefix("sim:").and_then(|key| scenarios.iter().find(|c| c.key == key));
        titles.push(match scenario {
            Some(scenario) => format!("情景模拟：{}", scenario.title),
            None => edition.lesson(&entry.lesson).map_or_else(|| "课程测验".to_owned(), |l| l.title.clone()),
        });
    }
    let confirmed = visitor.confirmed;
    Ok(ctx.page(Meta::new("学时账", "/me"), || {
        let total: i64 = entries.iter().map(|e| e.minutes).sum();
        let rows = entries
            .iter()
            .zip(titles)
            .map(|(e, title)| {
                view! {
                    <li class="ledger__i">
                        <time class="ledger__when" datetime=iso_date(e.day)>{iso_date(e.day)}</time>
                        <div class="ledger__what">{title}<small>{format!("{} {}", e.course, e.course_title)}</small>
                            <details class="more"><summary>{format!("凭{}，看证据", words::evidence(&e.evidence))}</summary>
                                <small>{evidence(&e.evidence_ref)}</small><small>{format!("{} 学完，{} 记录；规则 {}", iso_minute(e.occurred_at), iso_minute(e.recorded_at), e.rule_version)}</small></details></div>
                        <span class="ledger__n">{format!("{} 分钟", e.minutes)}</span>
                    </li>
                }
            })
            .collect_view();
        let body = if entries.is_empty() {
            empty("这一年还没有学时。学完一课，就会记在这里。", "/learn", "去学").into_any()
        } else {
            view! {
                <ol class="ledger">
                    <li class="ledger__i ledger__sum"><div class="ledger__what">{if confirmed { "合计" } else { "待街道确认，合计" }}<small>"45 分钟为一学时，先合计再折算"</small></div><span class="ledger__n">{format!("{} 学时", hours_text(total, 45))}</span></li>
                    {rows}
                </ol>
            }
            .into_any()
        };
        view! {
            <div class="wrap stack stack--l">
                <div class="row row--between"><h1>{format!("{year} 年学时账")}</h1>
                    {(!entries.is_empty()).then(|| view! { <a class="btn" href=format!("/me/hours/proof?year={year}")>{icon("print")}"学时证明"</a> })}</div>
                {(!confirmed).then(|| note("due", "clock", view! { <p><b>"待街道确认"</b><br/>"下面的学时先记着，还不算进街道和区里的合计。街道确认您的资料以后，从学的那一天算起。"</p> }.into_any()))}
                {body}
            </div>
        }
        .into_any()
    }))
}

/// The stored evidence in words.
fn evidence(text: &str) -> String {
    text.split(' ')
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| match key {
            "opened" => format!("打开 {}", iso_minute(value.parse().unwrap_or(0))),
            "read" => format!("读完 {}", iso_minute(value.parse().unwrap_or(0))),
            "characters" => format!("正文 {value} 字"),
            "seen" => format!("看过 {value} 秒"),
            "of" => format!("全长 {value} 秒"),
            "quiz" => format!("测验得 {} 分中的 {} 分", value.split('/').nth(1).unwrap_or(""), value.split('/').next().unwrap_or("")),
            "run" => format!("这一遍的编码 {value}"),
            "steps" => format!("走了 {value} 步"),
            "ending" => format!("结局 {value}"),
            other => format!("{other} {value}"),
        })
        .collect::<Vec<_>>()
        .join("；")
}
