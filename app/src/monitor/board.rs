//! `/monitor/{code}`: the board of a region: what was done in a period, place by place, with the names behind every figure.
//! Two clocks stand in the address: until when it happened, and until when it was recorded.

use axum::extract::Path;
use domain::course::{ContentArea, DeliveryMode};
use domain::credit::hours_text;
use domain::fault::Fault;
use domain::measure::{Window, rate};
use domain::permission::{Action, Resource, may};
use domain::policy::PlanPolicy;
use domain::time::{Day, iso_date, iso_minute, parse_date, year_of};
use leptos::prelude::*;
use store::monitor::{Columns, PlaceFigures};
use store::people::manage::require;
use store::place::Node;

use super::{pictures, views};
use crate::portal::{Asked, Ctx, Fields, Posted, Refusal, Reply};
use crate::print::table::{self, Cell, Table};
use crate::ui::{Meta, crumbs, icon, select, words};

/// A region that the actor may see, by its code.
pub(super) async fn region(ctx: &Ctx, code: &str) -> Result<Node, Refusal> {
    let actor = ctx.actor()?;
    let mut conn = ctx.store().db.read().await?;
    let node = store::place::node(&mut conn, code).await?.ok_or(Fault::Missing)?;
    let place = store::place::place(&mut conn, code).await?.ok_or(Fault::Missing)?;
    require(may(actor, Action::SeePerson, &Resource::Region(&place)))?;
    Ok(node)
}

/// Whether the actor may do more than see a region.
pub(super) async fn asks(ctx: &Ctx, code: &str, action: Action) -> Result<(), Refusal> {
    let place = store::place::place(&mut ctx.store().db.read().await?, code).await?.ok_or(Fault::Missing)?;
    Ok(require(may(ctx.actor()?, action, &Resource::Region(&place)))?)
}

/// The window that an address asks for, and whether it is the moving one.
pub(super) fn window(ctx: &Ctx, asked: &Fields) -> (Window, bool) {
    let today = ctx.store().today();
    let day = |name: &str| parse_date(asked.get(name));
    let first = parse_date(&format!("{:04}-01-01", year_of(today))).unwrap_or(today);
    let known = |list: &[&str], name: &str| list.iter().position(|code| *code == asked.get(name)).map(|at| at as u8);
    let window = Window {
        from: day("from").unwrap_or(first),
        to: day("to").unwrap_or(today),
        known: day("known").unwrap_or(today),
        area: known(&ContentArea::ALL.map(ContentArea::code), "area"),
        mode: known(&DeliveryMode::ALL.map(DeliveryMode::code), "mode"),
    };
    (window, day("to").is_none() && day("known").is_none())
}

/// The address of a window; a moving one leaves its end open.
pub(super) fn query(window: &Window, live: bool) -> String {
    let mut parts = vec![format!("from={}", iso_date(window.from))];
    if !live {
        parts.push(format!("to={}", iso_date(window.to)));
        parts.push(format!("known={}", iso_date(window.known)));
    }
    parts.extend(window.area.and_then(|at| ContentArea::ALL.get(usize::from(at))).map(|area| format!("area={}", area.code())));
    parts.extend(window.mode.and_then(|at| DeliveryMode::ALL.get(usize::from(at))).map(|mode| format!("mode={}", mode.code())));
    parts.join("&")
}

/// Tenths of a percent in words; nothing over nothing.
pub(super) fn percent(tenths: Option<i64>) -> String {
    tenths.map_or_else(|| "—".into(), |t| format!("{}.{}%", t / 10, t % 10))
}

/// One row of the table.
struct Row<'f> {
    code: &'f str,
    name: String,
    at: usize,
    figures: &'f PlaceFigures,
}

impl Row<'_> {
    fn view(&self, query: &str, head: bool, leads_on: bool) -> AnyView {
        let f = self.figures;
        let link =
            |of: &'static str, n: i64| view! { <td class="n"><a href=format!("/monitor/{}/names?of={of}&{query}", self.code)>{n}</a></td> };
        let name = if leads_on {
            view! { <a href=format!("/monitor/{}?{query}", self.code)>{self.name.clone()}</a> }.into_any()
        } else {
            self.name.clone().into_any()
        };
        let (learnt, completed) = (f.learnt.people[self.at], f.completed.people[self.at]);
        let each = rate(f.learnt.amount[self.at], learnt * 45)
            .map_or_else(|| "—".into(), |tenths| format!("{}.{}", tenths / 1_000, tenths / 100 % 10));
        view! {
            <tr class=head.then_some("is-sum")><th scope="row">{name}</th>
                {link("enrolled", f.enrolled.people[self.at])}<td class="n">{f.enrolled.times[self.at]}</td>
                {link("learnt", learnt)}{link("completed", completed)}<td class="n">{percent(rate(completed, learnt))}</td>
                <td class="n">{hours_text(f.learnt.amount[self.at], 45)}</td><td class="n">{each}</td>
                <td class="n">{f.leaders[self.at]}</td>{link("leaders", f.leaders_completed[self.at])}<td class="n">{percent(rate(f.leaders_completed[self.at], f.leaders[self.at]))}</td>
                <td class="n">{f.without[self.at]}</td></tr>
        }
        .into_any()
    }
}

fn stat(label: &'static str, n: String, unit: &'static str, href: Option<String>, how: &'static str) -> AnyView {
    let number = match href {
        Some(href) => view! { <a class="stat__num" href=href>{n}<small>{unit}</small></a> }.into_any(),
        None => view! { <span class="stat__num">{n}<small>{unit}</small></span> }.into_any(),
    };
    view! { <div class="stat"><div class="stat__label"><span>{label}</span><details class="def"><summary aria-label=format!("{label}怎么算")>{icon("info")}</summary><div class="def__panel">{how}</div></details></div>{number}</div> }.into_any()
}

/// The form that sets period, clocks and filters.
fn asking(node: &Node, window: &Window, live: bool) -> AnyView {
    let date = |name: &'static str, label: &'static str, day: Day| {
        view! { <label class="field"><span class="field__label">{label}</span><input class="input" type="date" name=name value=iso_date(day)/></label> }
    };
    let all = |word: &'static str| (String::new(), word.to_owned());
    let areas = std::iter::once(all("全部")).chain(ContentArea::ALL.map(|a| (a.code().to_owned(), words::area(a).to_owned()))).collect();
    let modes = std::iter::once(all("全部")).chain(DeliveryMode::ALL.map(|m| (m.code().to_owned(), words::mode(m).to_owned()))).collect();
    let area = window.area.and_then(|at| ContentArea::ALL.get(usize::from(at))).map_or("", |a| a.code());
    let mode = window.mode.and_then(|at| DeliveryMode::ALL.get(usize::from(at))).map_or("", |m| m.code());
    view! {
        <details class="more"><summary>{if live { "换时段、换口径（现在是实时）" } else { "换时段、换口径（现在是定住的）" }}</summary>
            <form class="row filters" method="get" action=format!("/monitor/{}", node.code)>
                {date("from", "从哪天", window.from)}{date("to", "发生截至", window.to)}{date("known", "记录截至", window.known)}
                {select("area", "内容", areas, area, &[])}{select("mode", "学法", modes, mode, &[])}
                <button class="btn" type="submit">"看"</button></form>
            <p class="small muted">"“发生截至”管事情哪天发生，“记录截至”管哪天记进来。两个都写在地址里，同一个地址永远是同一份数；都不写就是实时。"</p></details>
    }
    .into_any()
}

fn shares(title: &'static str, rows: Vec<(&'static str, i64)>) -> AnyView {
    let whole: i64 = rows.iter().map(|r| r.1).sum();
    let lines = rows
        .into_iter()
        .map(|(name, n)| {
            let label = format!("{} 学时，{}", hours_text(n, 45), percent(rate(n, whole)));
            view! { <div class="prog"><div class="prog__row"><span>{name}</span><span class="prog__num">{label.clone()}</span></div><progress class="bar" value=n max=whole.max(1) aria-label=name>{label}</progress></div> }
        })
        .collect_view();
    view! { <section class="stack" aria-label=title><h2 class="h-like">{title}</h2>{lines}</section> }.into_any()
}

/// `/monitor/{code}`
pub async fn page(ctx: Ctx, Path(code): Path<String>, Asked(asked): Asked) -> Reply {
    let node = region(&ctx, &code).await?;
    let mut below = store::place::parts(&mut ctx.store().db.read().await?, &code).await?;
    let name = store::place::full_name(&mut ctx.store().db.read().await?, &code).await?;
    let columns = ctx.store().columns().await?;
    place_of(&columns, &code)?;
    below.retain(|n| columns.place(&n.code).is_some());
    let (window, live) = window(&ctx, &asked);
    let above = up(&ctx, &node).await?;
    let asked_for = ctx.store().plan_policy().await?;
    let counted = columns.clone();
    let before = Window { from: window.from - 365, to: window.to - 365, ..window };
    let (figures, last_year) =
        tokio::task::spawn_blocking(move || (counted.figures(&window), counted.figures(&before))).await.map_err(|_| Fault::Busy)?;
    let may_export = domain::permission::people_scope(ctx.actor()?, Action::KeepOrganisations).is_some();
    Ok(ctx.page(Meta::new(format!("{}：培训情况", node.short), "/monitor"), || {
        let at = |code: &str| columns.place(code).map(usize::from).unwrap_or(0);
        let here = at(&node.code);
        let (minutes, targets) = (figures.minutes(here), columns.targets(here));
        let query = query(&window, live);
        let row = |node: &Node, name: String| Row { code: &node.code, name, at: at(&node.code), figures: &figures }.view(&query, false, true);
        let sum = Row { code: &node.code, name: "合计".into(), at: here, figures: &figures }.view(&query, true, false);
        let rows = below.iter().map(|n| row(n, n.short.clone())).collect_view();
        let names = |of: &'static str| Some(format!("/monitor/{}/names?of={of}&{query}", node.code));
        let by = |part: &dyn Fn(&(ContentArea, DeliveryMode, i64)) -> bool| minutes.iter().filter(|m| part(m)).map(|m| m.2).sum::<i64>();
        let areas = ContentArea::ALL.map(|a| (words::area(a), by(&|m| m.0 == a))).to_vec();
        let modes = DeliveryMode::ALL.map(|m| (words::mode(m), by(&|x| x.1 == m))).to_vec();
        let year = |now: i64, then: i64| if then == 0 { String::new() } else { format!("去年同期 {then}，{}{}", if now >= then { "多 " } else { "少 " }, (now - then).abs()) };
        let compared = year(figures.learnt.people[here], last_year.learnt.people[here]);
        let pinned = crate::monitor::board::query(&window, false);
        let stamp = if live { format!("实时，数到 {}", iso_minute(columns.read_at)) } else { format!("发生截至 {}，记录截至 {}", iso_date(window.to), iso_date(window.known)) };
        let tiles = (node.level == "city").then(|| pictures::tiles(&below, &query, |n| (figures.completed.people[at(&n.code)], figures.learnt.people[at(&n.code)])));
        view! {
            <div class="wrap wrap--wide stack stack--l">
                {(!above.is_empty()).then(|| crumbs(above.iter().map(|(code, name)| (format!("/monitor/{code}?{query}"), name.clone())).collect()))}
                <div class="stack"><h1>{if name.is_empty() { "全市".to_owned() } else { node.short.clone() }}" · 培训情况"</h1>{views("/monitor/board", may_export)}
                    <p class="asof"><span>{format!("{} 至 {}", iso_date(window.from), iso_date(window.to))}</span><span>{stamp}</span>{live.then(|| view! { <a class="link" href=format!("/monitor/{}?{pinned}", node.code)>"把这份数定住"</a> })}</p>
                    {asking(&node, &window, live)}</div>
                <section class="wenwu" aria-label="合计"><div class="stats">
                    {stat("报名", figures.enrolled.people[here].to_string(), "人", names("enrolled"), "这段时间报过名、没有退出的人，每人算一次，算在他最后一次报名时的社区。")}
                    {stat("参训", figures.learnt.people[here].to_string(), "人", names("learnt"), "这段时间至少记过一次学时的人，每人算一次，算在他最后一次学习时的社区。")}
                    {stat("完成", figures.completed.people[here].to_string(), "人", names("completed"), "这段时间至少有一门课的网上部分完成的人，每人算一次。")}
                    {stat("学时", hours_text(figures.learnt.amount[here], 45), "学时", None, "这段时间记入学时账的分钟合计，45 分钟一学时，先合计再折算；留在发生时的社区。")}
                    {stat("负责人完成率", percent(rate(figures.leaders_completed[here], figures.leaders[here])), "", names("leaders"), "现在的负责人里，这段时间至少完成过一门课的，占多少。应训名单冻结以后，改按名单算。")}
                    {stat("没有人完成的社区", figures.without[here].to_string(), "个", None, "这段时间一个完成的人都没有的社区和村。")}
                </div>
                {(!compared.is_empty()).then(|| view! { <p class="small muted">{format!("参训人数：{compared}。")}</p> })}
                {(figures.waiting[here] > 0).then(|| view! { <p class="small muted">{format!("另有 {} 人的社区还没有经街道确认，不在上面任何一个数里。", figures.waiting[here])}</p> })}</section>
                {due_part(&node, &figures, here, &query, may_export)}
                {tiles}
                <section class="stack" aria-labelledby="h-t"><div class="row row--between"><h2 id="h-t">{if below.is_empty() { "本社区" } else { "逐个看" }}</h2><span class="small muted">"点名字往下看，点数字看名单"</span></div>
                    <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="分地区的表，可左右滑动"><table class="tbl">
                        <thead><tr>{HEAD.into_iter().enumerate().map(|(i, name)| view! { <th scope="col" class=(i > 0).then_some("n")>{name}</th> }).collect_view()}</tr></thead>
                        <tbody>{sum}{rows}</tbody></table></div>
                    {may_export.then(|| view! { <form method="post" action=format!("/monitor/{}/table.xlsx?{query}", node.code)><button class="btn" type="submit">{icon("download")}"导出这张表（xlsx）"</button></form> })}
                    <p class="small muted">"人数按学员归属，每人算一次；人次和学时留在发生的地方。率由分子分母重算，不取平均；分母为 0 写“—”。"</p></section>
                <div class="split split--even">{shares("学时，按内容", areas)}{shares("学时，按学法", modes)}</div>
                {plan(&node, &targets, &asked_for)}
            </div>
        }
        .into_any()
    }))
}

/// Names of the columns of the table.
const HEAD: [&str; 12] = [
    "地方",
    "报名人数",
    "报名人次",
    "参训人数",
    "完成人数",
    "完成率",
    "学时",
    "人均学时",
    "负责人",
    "其中完成",
    "覆盖率",
    "没人完成的社区",
];

/// `POST /monitor/{code}/table.xlsx`: the table of the board as a file, with both clocks and what the columns mean; the audit
/// log has it.
pub async fn export(ctx: Ctx, Path(code): Path<String>, Asked(asked): Asked, Posted(_): Posted) -> Reply {
    let node = region(&ctx, &code).await?;
    asks(&ctx, &code, Action::ExportPeople).await?;
    let mut below = store::place::parts(&mut ctx.store().db.read().await?, &code).await?;
    let columns = ctx.store().columns().await?;
    place_of(&columns, &code)?;
    below.retain(|n| columns.place(&n.code).is_some());
    let (window, live) = window(&ctx, &asked);
    let counted = columns.clone();
    let figures = tokio::task::spawn_blocking(move || counted.figures(&window)).await.map_err(|_| Fault::Busy)?;
    ctx.store().note_export(ctx.me()?, &format!("/monitor/{code}?{}", query(&window, live))).await?;
    let share = |part: i64, of: i64| if of > 0 { Cell::Share(part as f64 / of as f64) } else { Cell::None };
    let number = |n: i64| Cell::Number(n as f64, 0);
    let row = |name: &str, at: usize| {
        let f = &figures;
        let (learnt, completed, minutes) = (f.learnt.people[at], f.completed.people[at], f.learnt.amount[at]);
        let each = if learnt > 0 { Cell::Number(minutes as f64 / 45.0 / learnt as f64, 1) } else { Cell::None };
        vec![
            Cell::Text(name.to_owned()),
            number(f.enrolled.people[at]),
            number(f.enrolled.times[at]),
            number(learnt),
            number(completed),
            share(completed, learnt),
            Cell::Number(minutes as f64 / 45.0, 1),
            each,
            number(f.leaders[at]),
            number(f.leaders_completed[at]),
            share(f.leaders_completed[at], f.leaders[at]),
            number(f.without[at]),
        ]
    };
    let at = |code: &str| columns.place(code).map(usize::from).unwrap_or(0);
    let mut rows = vec![row("合计", at(&node.code))];
    rows.extend(below.iter().map(|n| row(&n.short, at(&n.code))));
    let until = if live {
        format!("数到 {}", iso_minute(columns.read_at))
    } else {
        format!("发生截至 {}，记录截至 {}", iso_date(window.to), iso_date(window.known))
    };
    let mut notes = vec![
        format!("{}，{} 起，{until}。", node.name, iso_date(window.from)),
        "报名、参训、完成人数：每人算一次，算在他这段时间最后一次的社区，所以各行相加等于合计。待街道确认的人不在内。".into(),
        "报名人次和学时留在发生的社区。45 分钟为一学时，先合计再折算。".into(),
        "完成率 = 完成人数 ÷ 参训人数；覆盖率 = 完成过至少一门课的负责人 ÷ 现在的负责人。率由分子分母重算，不取平均；分母为 0 写“—”。"
            .into(),
        format!("{} 于 {} 导出。", ctx.visitor()?.name, iso_minute(ctx.store().now())),
    ];
    match &*ctx.portal.origin {
        "real" => {}
        "demo" => notes.insert(0, "演示数据，不是真实记录。".into()),
        _ => notes.insert(0, "合成数据，不是真实记录。".into()),
    }
    let title = format!("{}培训情况（{} 起，{until}）", node.short, iso_date(window.from));
    let table = Table { name: "分地方", title: Some(title), head: HEAD.map(str::to_owned).to_vec(), rows, fixed: 1, notes };
    Ok(table::download(&table, &format!("{}培训情况.xlsx", node.short)).ok_or(Fault::Busy)?)
}

/// 应训: the frozen list as a funnel, each step over the same people.
fn due_part(node: &Node, figures: &PlaceFigures, here: usize, query: &str, keeps: bool) -> AnyView {
    let manage = keeps.then(|| view! { <a class="link" href=format!("/monitor/{}/due", node.code)>"应训名单"</a> });
    let Some(due) = figures.due.as_ref().filter(|d| d.people[here] > 0) else {
        return view! { <p class="small muted">"这一年还没有冻结应训名单，所以没有参训率。"{manage}</p> }.into_any();
    };
    let whole = due.people[here];
    let step = |name: &'static str, of: Option<&'static str>, n: i64| {
        let number = match of {
            Some(of) => view! { <a href=format!("/monitor/{}/names?of={of}&{query}", node.code)>{n}</a> }.into_any(),
            None => view! { <a href=format!("/monitor/{}/due", node.code)>{n}</a> }.into_any(),
        };
        let width = (n * 1_000 / whole.max(1)).to_string();
        view! {
            <li class="funnel__i"><span class="funnel__name">{name}</span>
                <svg class="funnel__bar" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true"><rect class="g-track" x="0" y="0" width="1000" height="20"></rect><rect class="g-bar" x="0" y="0" width=width height="20"></rect></svg>
                <span class="funnel__num">{number}<span>{percent(rate(n, whole))}</span></span></li>
        }
    };
    let idle = whole - due.learnt[here];
    view! {
        <section class="stack" aria-labelledby="h-d"><div class="row row--between"><h2 id="h-d">"应训名单上的人"</h2>{manage}</div>
            <ol class="funnel">{step("应训", None, whole)}{step("报名", Some("due-enrolled"), due.enrolled[here])}{step("参训", Some("due-learnt"), due.learnt[here])}{step("完成", Some("due-completed"), due.completed[here])}</ol>
            <p><a class="btn" href=format!("/monitor/{}/names?of=due-idle&{query}", node.code)>{format!("看 {idle} 位还没有参训的人")}</a></p>
            <p class="small muted">{"只算名单上的人，每一级的率都除以应训人数，按冻结时的社区归属。"}{(due.beside[here] > 0).then(|| view! { "名单以外参训的，另列：计划外 "<a href=format!("/monitor/{}/names?of=beside&{query}", node.code)>{format!("{} 人", due.beside[here])}</a>"。" })}</p></section>
    }
    .into_any()
}

/// The targets of the plan: averages for organisations, each community for brands.
fn plan(node: &Node, t: &store::monitor::Targets, asked: &PlanPolicy) -> AnyView {
    let average = |n: i64, of: i64| rate(n, of * 100).map_or_else(|| "—".into(), |tenths| format!("{}.{}", tenths / 10, tenths % 10));
    let all = t.urban + t.rural;
    let row = |name: &'static str, value: String, goal: String, how: String| view! { <tr><th scope="row">{name}</th><td class="n">{value}</td><td class="n">{goal}</td><td>{how}</td></tr> };
    // Averages in tenths: an average of one is a rate of 100 over 100.
    view! {
        <section class="stack" aria-labelledby="h-k"><h2 id="h-k">"组织和品牌，对照方案"</h2>
            <div class="tbl-box" tabindex="0" role="region" aria-label="对照方案"><table class="tbl"><thead><tr><th scope="col">"目标"</th><th scope="col" class="n">"现在"</th><th scope="col" class="n">"要到"</th><th scope="col">"怎么算"</th></tr></thead><tbody>
                {row("城市社区平均组织数", average(t.urban_organisations * 100, t.urban), format!("≥ {}", asked.urban_organisations), format!("{} 个有备案号的组织 ÷ {} 个社区", t.urban_organisations, t.urban))}
                {row("农村社区平均组织数", average(t.rural_organisations * 100, t.rural), format!("≥ {}", asked.rural_organisations), format!("{} 个 ÷ {} 个村", t.rural_organisations, t.rural))}
                {row("品牌达标的社区", percent(rate(t.branded, all)), "100%".into(), format!("{} 个社区（村）有 {} 个以上品牌，共 {all} 个，一个一个算", t.branded, asked.brands))}
            </tbody></table></div>
            <p><a class="link" href=format!("/monitor/organisations?region={}", node.code)>"看这里的组织"</a></p></section>
    }
    .into_any()
}

/// The regions above, from the top, as far as the actor sees them.
async fn up(ctx: &Ctx, node: &Node) -> Result<Vec<(String, String)>, Refusal> {
    let mut out = Vec::new();
    let mut parent = node.parent.clone();
    while let Some(code) = parent {
        let Ok(above) = region(ctx, &code).await else { break };
        out.push((above.code, above.short));
        parent = above.parent;
    }
    out.reverse();
    Ok(out)
}

/// `/monitor/board`: the board of the first region that the actor serves.
pub async fn first(ctx: Ctx) -> Reply {
    let scope = domain::permission::people_scope(ctx.actor()?, Action::SeePerson).ok_or(Fault::Forbidden)?;
    let roots = ctx.store().scope_roots(&scope).await?;
    let root = roots.first().ok_or(Fault::Missing)?;
    Ok(crate::portal::see_other(&format!("/monitor/{}", root.code)))
}

/// Figures that were counted from columns of a place: for the names behind them.
pub(super) fn place_of(columns: &Columns, code: &str) -> Result<u16, Refusal> {
    columns.place(code).ok_or_else(|| Fault::Missing.into())
}
