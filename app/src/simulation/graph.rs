//! The graph of a scenario as SVG, and the same in words.

use domain::scenario::graph::{BOX_HEIGHT, BOX_WIDTH, Drawing, Line, Placed, Spot};
use domain::scenario::{Scenario, Walk};
use leptos::prelude::*;

use crate::islands::simulation::SIGNS;
use crate::ui::escape;

/// How wide a line is drawn for a thousand of a thousand.
const WIDEST: i64 = 7;
/// Ways out of one situation that can be told apart in the drawing.
const CROWD: usize = 4;

/// Of a thousand, how many go a line, or nothing where that is not known.
pub type Shares<'f> = &'f dyn Fn(&Line) -> Option<i64>;

/// The shares over all paths.
pub fn of_all_paths(line: &Line) -> Option<i64> {
    (line.per_mille > 0).then_some(line.per_mille)
}

pub(super) fn name(scenario: &Scenario, spot: Spot) -> String {
    match spot {
        Spot::Node(at) => format!("{}　{}", at + 1, scenario.nodes.get(at).map_or("", |n| n.title.as_str())),
        Spot::Ending(at) => {
            let text: String = scenario
                .endings
                .get(at)
                .map_or("", |e| e.text.as_str())
                .chars()
                .take_while(|c| !"。，；：".contains(*c))
                .take(12)
                .collect();
            format!("结局　{text}")
        }
    }
}

fn signs(line: &Line) -> String {
    line.choices.iter().filter_map(|c| SIGNS.get(*c)).copied().collect::<Vec<_>>().join("、")
}

fn label(line: &Line, shares: Shares<'_>) -> String {
    match shares(line) {
        Some(per_mille) => format!("{} {}%", signs(line), (per_mille + 5) / 10),
        None => signs(line),
    }
}

fn path(from: &Placed, to: &Placed, width: i64) -> (String, i64, i64) {
    let (x1, y1) = (from.x + BOX_WIDTH / 2, from.y + BOX_HEIGHT);
    let (x2, y2) = (to.x + BOX_WIDTH / 2, to.y);
    if to.y > from.y {
        let bend = (y2 - y1) / 2;
        return (format!("M{x1} {y1}C{x1} {} {x2} {} {x2} {y2}", y1 + bend, y2 - bend), (x1 + x2) / 2, (y1 + y2) / 2 + 4);
    }
    // Back up, or across: around the right side.
    let (x1, y1, y2) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2, to.y + BOX_HEIGHT / 2);
    let x2 = to.x + BOX_WIDTH;
    let out = (x1.max(x2) + 40).min(width - 4);
    (format!("M{x1} {y1}C{out} {y1} {out} {y2} {x2} {y2}"), out - 14, (y1 + y2) / 2)
}

/// How a drawing is shown.
#[derive(Clone, Copy)]
pub struct Look<'l> {
    /// Whether it carries its own colours, for a file of its own.
    pub standalone: bool,
    /// Size in percent.
    pub zoom: i64,
    /// Where a box leads.
    pub link: Option<&'l dyn Fn(Spot) -> Option<String>>,
    /// The box at hand.
    pub at: Option<Spot>,
}

impl Look<'_> {
    /// On a page, to be looked at.
    pub const PAGE: Look<'static> = Look { standalone: false, zoom: 100, link: None, at: None };
    /// As a file of its own.
    pub const FILE: Look<'static> = Look { standalone: true, ..Look::PAGE };
}

/// The drawing as SVG.
pub fn svg(scenario: &Scenario, drawing: &Drawing, shares: Shares<'_>, look: Look<'_>) -> String {
    let (width, height) = (drawing.width.max(320), drawing.height);
    let mut lines = String::new();
    let mut labels = String::new();
    for (i, line) in drawing.lines.iter().enumerate() {
        // An event that cuts in leads back to wherever it cut in: its many ways are drawn thin, and said in the table.
        let crowded = drawing.lines.iter().filter(|l| l.from == line.from).count() > CROWD;
        let (Some(from), Some(to)) = (drawing.place(Spot::Node(line.from)), drawing.place(line.to)) else { continue };
        let (d, x, y) = path(from, to, width);
        let thick = if crowded { 1 } else { 1 + shares(line).unwrap_or(0) * (WIDEST - 1) / 1_000 };
        lines += &format!("<path class=\"d-soft\" d=\"{d}\" stroke-width=\"{thick}\" marker-end=\"url(#arrow)\"/>");
        if crowded {
            continue;
        }
        // Beside each other, not on each other.
        let y = y + (i as i64 % 3 - 1) * 15;
        labels += &format!(
            "<text class=\"d-t g-label\" x=\"{x}\" y=\"{y}\" font-size=\"13\" text-anchor=\"middle\">{}</text>",
            escape(&label(line, shares))
        );
    }
    let mut boxes = String::new();
    for placed in &drawing.boxes {
        let class = match (placed.spot, placed.reached) {
            (_, false) => "d-fill g-lost",
            (Spot::Node(_), true) => "d-box",
            (Spot::Ending(_), true) => "d-green",
        };
        let text: Vec<char> = name(scenario, placed.spot).chars().collect();
        let here = look.at == Some(placed.spot);
        let link = look.link.and_then(|link| link(placed.spot));
        if let Some(href) = &link {
            let label = escape(&text.iter().collect::<String>());
            let current = if here { " aria-current=\"true\"" } else { "" };
            boxes += &format!("<a class=\"g-link\" href=\"{}\" aria-label=\"{label}\"{current}>", escape(href));
        }
        let class = format!("{class}{}", if here { " g-here" } else { "" });
        boxes += &format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"3\" stroke-width=\"1.5\"/>",
            placed.x, placed.y
        );
        let rows: Vec<String> = text.chunks(9).take(2).map(|c| c.iter().collect()).collect();
        let first = placed.y + BOX_HEIGHT / 2 + 5 - (rows.len() as i64 - 1) * 9;
        for (i, row) in rows.iter().enumerate() {
            boxes += &format!(
                "<text class=\"d-t\" x=\"{}\" y=\"{}\" font-size=\"14\" text-anchor=\"middle\">{}</text>",
                placed.x + BOX_WIDTH / 2,
                first + i as i64 * 18,
                escape(row)
            );
        }
        if link.is_some() {
            boxes += "</a>";
        }
    }
    let style = if look.standalone {
        "<style>text{font-family:sans-serif}.d-soft{fill:none;stroke:#857b6c}.d-box{fill:#fffdf8;stroke:#857b6c}.d-fill{fill:#ece6d9}.d-green{fill:#dcebe1;stroke:#1d6852}.d-t{fill:#211c17}.g-label{stroke:#f6f2e9;stroke-width:4;paint-order:stroke}.g-lost{stroke:#9a2c13;stroke-dasharray:4 3}</style>"
    } else {
        ""
    };
    // A picture has no links in it.
    let role = if look.link.is_some() { "group" } else { "img" };
    let (wide, high) = (width * look.zoom / 100, height * look.zoom / 100);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{wide}\" height=\"{high}\" role=\"{role}\" aria-labelledby=\"g-t\"><title id=\"g-t\">{}</title>{style}<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"d-t\" d=\"M0 0L8 4L0 8z\"/></marker></defs>{lines}{boxes}{labels}</svg>",
        escape(&format!("{}：{} 处情境、{} 个结局怎样相连", scenario.title, scenario.nodes.len(), scenario.endings.len()))
    )
}

/// The graph on a page: the drawing in a box that scrolls, and the same in words below.
pub fn part(scenario: &Scenario, walk: &Walk, shares: Shares<'_>, heading: &'static str) -> AnyView {
    let drawing = Drawing::of(scenario, walk);
    let rows = drawing
        .lines
        .iter()
        .map(|line| {
            let share = shares(line).map_or_else(|| "—".to_owned(), |s| format!("{}%", (s + 5) / 10));
            view! { <tr><th scope="row">{name(scenario, Spot::Node(line.from))}</th><td>{signs(line)}</td><td>{name(scenario, line.to)}</td><td class="n">{share}</td></tr> }
        })
        .collect_view();
    let picture = svg(scenario, &drawing, shares, Look::PAGE);
    view! {
        <figure class="graph">
            <div class="graph__box" tabindex="0" role="region" aria-label=format!("{heading}，可左右滑动") inner_html=picture></div>
            <details class="more"><summary>"用文字看这张图"</summary>
                <div class="tbl-box" tabindex="0" role="region" aria-label="图的文字版，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"在哪里"</th><th scope="col">"选什么"</th><th scope="col">"去哪里"</th><th scope="col" class="n">"占"</th></tr></thead><tbody>{rows}</tbody></table></div></details>
        </figure>
    }
    .into_any()
}
