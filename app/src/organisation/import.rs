//! `/monitor/imports`: bringing in the list of the filing system. A file is read, looked at row by row, and applied or put
//! aside; what was applied can be taken back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use axum::response::Response;
use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use domain::filing::{Column, FilingPolicy};
use domain::permission::{Action, people_scope};
use domain::time::{iso_minute, spoken_minute};
use leptos::prelude::*;
use store::organisation::{Import, ImportRow, Tally};
use store::sheet::{LARGEST, MOST_ROWS, Unreadable};

use super::words;
use crate::learning::id;
use crate::monitor::views;
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::print::table::{self, Cell, Table};
use crate::ui::{Meta, crumbs, hidden, icon, note, select};

/// Rows of one kind on a page.
const PAGE: i64 = 50;
/// How long a page waits for an import to be done before it says that it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(4);

fn state_word(state: &str) -> &'static str {
    match state {
        "reading" => "在读",
        "staged" => "待核对",
        "applying" => "在办",
        "applied" => "已办",
        "undoing" => "在撤回",
        "undone" => "已撤回",
        _ => "没有用",
    }
}

fn unreadable(why: Unreadable) -> String {
    match why {
        Unreadable::TooLarge => format!("文件太大，或者展开以后太大。最多 {} MB。", LARGEST >> 20),
        Unreadable::TooManyRows => format!("行太多，最多 {MOST_ROWS} 行，请分几次导。"),
        Unreadable::NotATable => "这不是认得的表格。请用 xlsx，或者 CSV（UTF-8、GBK、GB18030 都行）。".into(),
        Unreadable::Empty => "表里没有内容。".into(),
    }
}

async fn list(ctx: &Ctx, status: StatusCode, wrong: Option<String>) -> Result<Response, Refusal> {
    let scope = people_scope(ctx.actor()?, Action::KeepOrganisations).ok_or(Fault::Forbidden)?;
    let imports = ctx.store().imports(&scope).await?;
    let roots = ctx.store().scope_roots(&scope).await?;
    let policy = ctx.store().filing_policy().await?;
    let form = ctx.store().new_id();
    Ok(ctx.page_with(status, Meta::new("导入备案台账", "/monitor"), || {
        let rows = imports
            .iter()
            .map(|i| view! { <li class="rowi"><span>{icon("doc")}</span><div><h3 class="rowi__title"><a href=format!("/monitor/imports/{}", i.id)>{i.file_name.clone()}</a></h3><p class="rowi__meta"><span>{i.region_name.clone()}</span><span>{format!("{} {}", i.by_name, spoken_minute(i.created_at))}</span></p></div><div class="rowi__end"><span class="chip chip--plain">{state_word(&i.state)}</span></div></li> })
            .collect_view();
        let places = roots.iter().map(|n| (n.code.clone(), n.short.clone())).collect();
        let names = |needed: bool| Column::ALL.into_iter().filter(|c| Column::NEEDED.contains(c) == needed).map(|c| policy.title(c).to_owned()).collect::<Vec<_>>().join("、");
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/monitor/organisations".into(), "组织".into())])}
                <div class="stack"><h1>"导入备案台账"</h1>{views("/monitor/organisations", true)}
                    <p class="lede">"把备案信息系统导出的台账放进来。先核对，再办；办错了可以整份撤回。同一份导几次都不会重复。"</p></div>
                {wrong.map(|w| note("late", "alert", view! { <p>{w}</p> }.into_any()))}
                <form class="form stack" method="post" action="/monitor/imports" enctype="multipart/form-data">{hidden("id", form)}
                    {select("region", "哪里的台账", places, "", &[])}
                    <label class="field"><span class="field__label">"文件"</span><span class="field__hint">{format!("xlsx 或 CSV，最多 {} MB。", LARGEST >> 20)}</span><input class="input" type="file" name="file" accept=".xlsx,.csv,.txt" required=true/></label>
                    <button class="btn btn--main" type="submit">{icon("doc")}"读一读，先不办"</button></form>
                <p class="small muted">{format!("必须有的列：{}。还认得：{}。列的叫法、次序不限，空着的格不改原来的。", names(true), names(false))}</p>
                {(!imports.is_empty()).then(|| view! { <section aria-labelledby="h-i"><h2 id="h-i">"导过的"</h2><ul class="rows">{rows}</ul></section> })}
            </div>
        }
        .into_any()
    }))
}

/// `/monitor/imports`
pub async fn all(ctx: Ctx) -> Reply {
    list(&ctx, StatusCode::OK, None).await
}

/// `POST /monitor/imports`: reads a file; nothing is changed yet.
pub async fn bring(ctx: Ctx, parts: Result<Multipart, MultipartRejection>) -> Reply {
    let actor = ctx.actor()?;
    people_scope(actor, Action::KeepOrganisations).ok_or(Fault::Forbidden)?;
    let malformed = || Fault::Invalid(vec![FieldFault::new("file", Rule::Malformed)]);
    let mut parts = parts.map_err(|_| malformed())?;
    let (mut fields, mut file) = (Fields::default(), None);
    while let Some(part) = parts.next_field().await.map_err(|_| Fault::Invalid(vec![FieldFault::new("file", Rule::TooLong)]))? {
        let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(|_| Fault::Invalid(vec![FieldFault::new("file", Rule::TooLong)]))?;
        match file_name {
            Some(file_name) if name == "file" => file = Some((file_name, bytes)),
            _ => fields.0.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    let (file_name, bytes) = file.ok_or_else(malformed)?;
    // Reading and unpacking takes a while: not on the threads that answer.
    let read = tokio::task::spawn_blocking(move || store::sheet::read(&bytes)).await.map_err(|_| Fault::Busy)?;
    let rows = match read {
        Ok(rows) => rows,
        Err(why) => return list(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Some(unreadable(why))).await,
    };
    match ctx.store().stage_filing(actor, fields.get("region"), fields.id()?, &file_name, &rows).await {
        Ok(import) => Ok(see_other(&format!("/monitor/imports/{import}"))),
        Err(store::Error::Fault(Fault::Invalid(_))) => {
            let policy = ctx.store().filing_policy().await?;
            let names = Column::NEEDED.map(|c| policy.title(c).to_owned()).join("、");
            list(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Some(format!("没有找到表头。前十二行里要有这几列：{names}。"))).await
        }
        Err(error) => Err(error.into()),
    }
}

fn said(row: &ImportRow, policy: &FilingPolicy, places: &HashMap<String, String>) -> AnyView {
    let named = |column: Column, code: &str| match places.get(code) {
        Some(name) if column == Column::Community => name.clone(),
        _ => words::value(column, code),
    };
    if row.verdict == "wrong" {
        let faults = row
            .faults()
            .into_iter()
            .map(|f| view! { <li>{format!("{}：{}", policy.title(f.column), words::fault(f.column, f.rule))}</li> })
            .collect_view();
        return view! { <ul>{faults}</ul> }.into_any();
    }
    let differs = row.differences();
    if row.verdict == "new" || differs.is_empty() {
        return row.staged().map_or_else(|| ().into_any(), |s| view! { <p class="small muted">{format!("{}　{}　{}", named(Column::Community, &s.said.region), words::nature(&s.said.nature), words::fields(&s.said.fields))}</p> }.into_any());
    }
    let rows = differs
        .into_iter()
        .map(|(column, before, after)| view! { <li>{policy.title(column).to_owned()}"："<del>{named(column, &before)}</del>" → "<ins>{named(column, &after)}</ins></li> })
        .collect_view();
    view! { <ul>{rows}</ul> }.into_any()
}

fn row(import: &Import, row: &ImportRow, policy: &FilingPolicy, places: &HashMap<String, String>) -> AnyView {
    let title = row.staged().map_or_else(|| format!("第 {} 行", row.line), |s| format!("{}　{}", s.number, s.said.name));
    let decide = (import.state == "staged" && row.verdict != "wrong").then(|| {
        let (word, to) = if row.taken { ("这一行不办", "0") } else { ("还是办", "1") };
        view! { <form method="post" action=format!("/monitor/imports/{}", import.id)>{hidden("do", "take")}{hidden("line", row.line)}{hidden("verdict", &row.verdict)}<button class="btn btn--s" type="submit" name="taken" value=to>{word}</button></form> }
    });
    let chip = match (row.verdict.as_str(), row.taken, row.applied_at) {
        ("wrong", ..) => view! { <span class="chip chip--late">{icon("alert")}"要改"</span> }.into_any(),
        (_, _, Some(_)) => view! { <span class="chip chip--done">{icon("done")}"已办"</span> }.into_any(),
        (_, false, _) => view! { <span class="chip">"不办"</span> }.into_any(),
        _ => view! { <span class="chip chip--plain">"要办"</span> }.into_any(),
    };
    view! { <li class="rowi"><span class="small muted">{row.line}</span><div class="stack stack--s"><h2 class="rowi__title">{title}</h2>{said(row, policy, places)}</div><div class="rowi__end">{chip}{decide}</div></li> }.into_any()
}

fn next_step(import: &Import, tally: &Tally, way: &[String]) -> AnyView {
    let here = format!("/monitor/imports/{}", import.id);
    let button = |what: &'static str, word: String, main: bool| {
        let class = if main { "btn btn--main" } else { "btn" };
        view! { <form method="post" action=here.clone()>{hidden("do", what)}<button class=class type="submit">{word}</button></form> }
    };
    match import.state.as_str() {
        "staged" if tally.taken > 0 => view! { <div class="row">{button("apply", format!("办这 {} 行", tally.taken), true)}{button("drop", "不用这份".into(), false)}</div> }.into_any(),
        "staged" => view! { <p>"没有要办的。"</p><div class="row">{button("drop", "收起来".into(), false)}</div> }.into_any(),
        "applying" | "undoing" => note("", "clock", view! { <p>{format!("在办：{} / {}。可以离开这一页，办完为止；", tally.applied, tally.taken)}<a href=here.clone()>"看到哪里了"</a></p> }.into_any()),
        "applied" if !way.is_empty() => note("", "info", view! { <p>{format!("这份不能再整份撤回：办完以后，{} 等已经有人用上或又改过。", way.join("、"))}</p> }.into_any()),
        "applied" => view! { {note("done", "done", view! { <p>{format!("办好了 {} 行。", tally.applied)}</p> }.into_any())}{button("undo", "整份撤回".into(), false)} }.into_any(),
        "undone" => note("", "undo", view! { <p>"已经整份撤回。原来的都回来了，记录都还在。"</p> }.into_any()),
        _ => note("", "info", view! { <p>"这份没有用。"</p> }.into_any()),
    }
}

/// `/monitor/imports/{id}?show=&after=`
pub async fn page(ctx: Ctx, Path(import): Path<String>, Asked(asked): Asked) -> Reply {
    let actor = ctx.actor()?;
    let (import, tally) = ctx.store().import_for(actor, id(&import)?).await?;
    let way = if import.state == "applied" { ctx.store().in_the_way(actor, import.id).await? } else { Vec::new() };
    let first = [("wrong", tally.wrong), ("change", tally.changed), ("new", tally.new)]
        .into_iter()
        .find(|(_, n)| *n > 0)
        .map_or("same", |(v, _)| v);
    let show = ["wrong", "change", "new", "same"].into_iter().find(|v| *v == asked.get("show")).unwrap_or(first);
    let after = asked.get("after").parse().unwrap_or(0);
    let mut rows = ctx.store().import_rows(actor, import.id, show, after, PAGE + 1).await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let policy = ctx.store().filing_policy().await?;
    let mut places = HashMap::new();
    let mut conn = ctx.store().db.read().await?;
    for row in &rows {
        let codes = row
            .differences()
            .into_iter()
            .filter(|d| d.0 == Column::Community)
            .flat_map(|d| [d.1, d.2])
            .chain(row.staged().map(|s| s.said.region));
        for code in codes {
            if let Entry::Vacant(slot) = places.entry(code) {
                let name = store::place::full_name(&mut conn, slot.key()).await?;
                slot.insert(name);
            }
        }
    }
    drop(conn);
    Ok(ctx.page(Meta::new(import.file_name.clone(), "/monitor"), || {
        let here = format!("/monitor/imports/{}", import.id);
        let tabs = [("wrong", "要改的", tally.wrong), ("change", "有变化的", tally.changed), ("new", "新的", tally.new), ("same", "没有变的", tally.same)]
            .into_iter()
            .map(|(verdict, word, n)| view! { <a href=format!("{here}?show={verdict}") aria-current=(verdict == show).then_some("true")>{format!("{word} {n}")}</a> })
            .collect_view();
        let list = rows.iter().map(|r| row(&import, r, &policy, &places)).collect_view();
        let next = rows.last().filter(|_| more).map(|last| view! { <p><a class="btn" href=format!("{here}?show={show}&after={}", last.line)>"下一页"{icon("right")}</a></p> });
        let mend = (show == "wrong" && tally.wrong > 0).then(|| view! { <form method="post" action=format!("{here}/mend.xlsx")><button class="btn" type="submit">{icon("download")}{format!("下载这 {} 行去改", tally.wrong)}</button></form><p class="small muted">"只改这些行，改好整份再导一次；没有问题的行不会重复。"</p> });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {crumbs(vec![("/monitor/organisations".into(), "组织".into()), ("/monitor/imports".into(), "导入备案台账".into())])}
                <div class="stack"><h1>{import.file_name.clone()}</h1><p class="muted">{format!("{}　{} 行　{} {}　{}", import.region_name, tally.rows, import.by_name, iso_minute(import.created_at), state_word(&import.state))}</p></div>
                {next_step(&import, &tally, &way)}
                {(import.absent > 0).then(|| note("", "info", view! { <p>{format!("这个范围里有 {} 个有备案号的组织，文件里没有。它们不动；真注销了，请在文件里写“注销”。", import.absent)}</p> }.into_any()))}
                <nav class="seg" aria-label="哪些行">{tabs}</nav>
                {mend}
                {if rows.is_empty() { view! { <p class="muted">"没有。"</p> }.into_any() } else { view! { <ul class="rows">{list}</ul> }.into_any() }}
                {next}
            </div>
        }
        .into_any()
    }))
}

/// `POST /monitor/imports/{id}`
pub async fn act(ctx: Ctx, Path(import): Path<String>, Posted(fields): Posted) -> Reply {
    let (actor, import) = (ctx.actor()?, id(&import)?);
    let here = format!("/monitor/imports/{import}");
    match fields.get("do") {
        "take" => {
            let line = fields.get("line").parse().map_err(|_| Fault::Missing)?;
            ctx.store().take_row(actor, import, line, fields.get("taken") == "1").await?;
            let show = ["change", "new"].into_iter().find(|v| *v == fields.get("verdict")).unwrap_or("new");
            return Ok(see_other(&format!("{here}?show={show}")));
        }
        "apply" => ctx.store().apply_import(actor, import).await?,
        "undo" => ctx.store().undo_import(actor, import).await?,
        "drop" => {
            ctx.store().drop_import(actor, import).await?;
            return Ok(see_other("/monitor/imports"));
        }
        _ => return Err(Fault::Missing.into()),
    }
    work(&ctx, import).await;
    Ok(see_other(&here))
}

/// Goes on with an import in the background, and waits a little for it.
async fn work(ctx: &Ctx, import: Uuid) {
    let store = ctx.store().clone();
    let working = tokio::spawn(async move {
        if let Err(error) = store.work_import(import).await {
            tracing::warn!(%error, %import, "an import was not finished and will be gone on with");
        }
    });
    let _ = tokio::time::timeout(PATIENCE, working).await;
}

/// `POST /monitor/imports/{id}/mend.xlsx`: the rows that could not be taken, as they stood.
pub async fn mend(ctx: Ctx, Path(import): Path<String>, Posted(_): Posted) -> Reply {
    let actor = ctx.actor()?;
    let import = id(&import)?;
    let (about, _) = ctx.store().import_for(actor, import).await?;
    let rows = ctx.store().rows_to_mend(actor, import).await?;
    let policy = ctx.store().filing_policy().await?;
    let head: Vec<String> = Column::ALL.map(|c| policy.title(c).to_owned()).into_iter().chain(["要改什么".into()]).collect();
    let lines: Vec<Vec<Cell>> = rows
        .into_iter()
        .map(|(line, cells, faults)| {
            let what = faults
                .iter()
                .map(|f| format!("{}：{}", policy.title(f.column), words::fault(f.column, f.rule)))
                .collect::<Vec<_>>()
                .join("；");
            cells.into_iter().chain([format!("第 {line} 行　{what}")]).map(Cell::Text).collect()
        })
        .collect();
    let notes = vec![
        format!("{} 里没有收进来的 {} 行。改好以后，整份再导一次。", about.file_name, lines.len()),
        format!("词表：{}。下载于 {}。含个人信息，用完请删除。", about.rule_version, iso_minute(ctx.store().now())),
    ];
    let book = Table { name: "要改的行", title: None, head, rows: lines, fixed: 2, notes };
    Ok(table::download(&book, "要改的行.xlsx").ok_or(Fault::Busy)?)
}
