//! Small parts: icons, badges, progress, the list of what is still missing.

use domain::course::{ContentArea, DeliveryMode, ModeMinutes};
use leptos::prelude::*;

use super::words;

/// An icon of the sprite; always beside a word.
pub fn icon(name: &str) -> AnyView {
    let href = format!("#i-{name}");
    view! { <svg class="icon" aria-hidden="true" focusable="false"><use href=href></use></svg> }.into_any()
}

/// A content area with its one-character stamp.
pub fn area_badge(area: ContentArea) -> AnyView {
    view! { <span class="area"><span class="area__stamp" aria-hidden="true">{words::area_stamp(area)}</span>{words::area(area)}</span> }
        .into_any()
}

/// The modes in which a course has hours.
pub fn modes_badges(minutes: ModeMinutes) -> AnyView {
    DeliveryMode::ALL
        .into_iter()
        .filter(|mode| minutes.of(*mode) > 0)
        .map(|mode| view! { <span class="mode">{icon(words::mode_icon(mode))}{words::mode(mode)}</span> })
        .collect_view()
        .into_any()
}

/// Progress as a bar that always carries its numbers.
pub fn bar(label: &'static str, value: i64, max: i64, unit: &'static str) -> AnyView {
    let text = format!("{value} / {max} {unit}");
    view! {
        <div class="prog">
            <div class="prog__row"><span>{label}</span><span class="prog__num">{text.clone()}</span></div>
            <progress class="bar" value=value max=max.max(1) aria-label=label>{text}</progress>
        </div>
    }
    .into_any()
}

/// Where a page stands: links upwards.
pub fn crumbs(links: Vec<(String, String)>) -> AnyView {
    let items = links.into_iter().map(|(href, name)| view! { <li><a href=href>{name}</a></li> }).collect_view();
    view! { <nav aria-label="所在位置"><ol class="crumb">{items}</ol></nav> }.into_any()
}

/// A page or list with nothing in it: one sentence and one way on.
pub fn empty(text: &'static str, href: &'static str, link: &'static str) -> AnyView {
    view! { <div class="empty"><p>{text}</p><a class="btn" href=href>{link}</a></div> }.into_any()
}

/// A short notice. `tone` is `due`, `late`, `done` or empty.
pub fn note(tone: &str, symbol: &str, text: AnyView) -> AnyView {
    let class = if tone.is_empty() { "note".to_owned() } else { format!("note note--{tone}") };
    let symbol = icon(symbol);
    view! { <div class=class>{symbol}<div>{text}</div></div> }.into_any()
}

/// One line of “还差什么”: done or open, with its words.
pub fn why(done: bool, text: AnyView) -> AnyView {
    let class = if done { "why__i is-done" } else { "why__i is-open" };
    view! { <li class=class>{icon(if done { "done" } else { "open" })}<div>{text}</div></li> }.into_any()
}

/// Megabytes with one decimal.
pub fn megabytes(bytes: i64) -> String {
    let tenths = (bytes * 10 + 524_288) / 1_048_576;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A heading that breaks after “：” and “，” only.
pub fn phrased(text: &str) -> AnyView {
    text.split_inclusive(['：', '，']).map(|part| view! { <span class="ph">{part.to_owned()}</span> }).collect_view().into_any()
}
