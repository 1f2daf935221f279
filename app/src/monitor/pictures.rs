//! Pictures of figures that people read at a glance: drawn by the server, with the same in a table beside them.

use domain::measure::rate;
use leptos::prelude::*;
use store::place::Node;

use super::board::percent;
use crate::ui::escape;

/// Where each district stands in the grid: column and row, north above. No borders are drawn.
const GRID: [(&str, i64, i64); 16] = [
    ("110119", 1, 0),
    ("110116", 2, 0),
    ("110118", 3, 0),
    ("110114", 1, 1),
    ("110113", 2, 1),
    ("110117", 3, 1),
    ("110109", 0, 2),
    ("110108", 1, 2),
    ("110105", 2, 2),
    ("110112", 3, 2),
    ("110107", 0, 3),
    ("110102", 1, 3),
    ("110101", 2, 3),
    ("110111", 0, 4),
    ("110106", 1, 4),
    ("110115", 2, 4),
];
/// From which share on a tile is darker, in tenths of a percent.
const STEPS: [i64; 4] = [200, 400, 600, 800];

fn step(tenths: Option<i64>) -> &'static str {
    match tenths.map(|t| STEPS.iter().filter(|s| t >= **s).count()) {
        None => "none",
        Some(0) => "1",
        Some(1) => "2",
        Some(2) => "3",
        Some(3) => "4",
        Some(_) => "5",
    }
}

/// 分区格图: a tile a district with the share of those who completed among those who took part. Each leads to its board.
pub(super) fn tiles(districts: &[Node], query: &str, share: impl Fn(&Node) -> (i64, i64)) -> AnyView {
    let mut drawn = String::new();
    for (code, column, row) in GRID {
        let Some(node) = districts.iter().find(|n| n.code.starts_with(code)) else { continue };
        let (part, of) = share(node);
        let tenths = rate(part, of);
        let (x, y) = (2 + column * 100, 2 + row * 84);
        let value = tenths.map_or_else(|| "—".to_owned(), |t| format!("{}.{}", t / 10, t % 10));
        let label = escape(&format!("{}，完成率 {}，完成 {part} 人，参训 {of} 人", node.short, percent(tenths)));
        drawn += &format!(
            "<a class=\"tile tile--{}\" href=\"/monitor/{}?{}\" aria-label=\"{label}\"><rect class=\"tile__r\" x=\"{x}\" y=\"{y}\" width=\"96\" height=\"80\" rx=\"3\"/><text class=\"tile__n\" x=\"{}\" y=\"{}\">{}</text><text class=\"tile__v\" x=\"{}\" y=\"{}\">{value}</text></a>",
            step(tenths),
            node.code,
            escape(query),
            x + 12,
            y + 30,
            escape(&node.short),
            x + 12,
            y + 62
        );
    }
    let svg =
        format!("<svg class=\"tiles\" viewBox=\"0 0 400 420\" role=\"group\" aria-label=\"各区完成率方格图，上北下南\">{drawn}</svg>");
    let ramp = ["20% 以下", "20—40%", "40—60%", "60—80%", "80% 以上"]
        .into_iter()
        .enumerate()
        .map(|(i, word)| view! { <span class="ramp__i"><span class=format!("ramp__b ramp__b--{}", i + 1)></span>{word}</span> })
        .collect_view();
    view! {
        <section class="stack" aria-labelledby="h-g"><h2 id="h-g">"各区完成率"</h2><div inner_html=svg></div>
            <div class="ramp" role="group" aria-label="色阶">{ramp}</div><p class="small muted">"完成人数 ÷ 参训人数。没有人参训的区画虚线。同一份数在下面的表里。"</p></section>
    }
    .into_any()
}
