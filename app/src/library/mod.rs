//! The libraries that anybody may read: policies, cases, templates, and original papers for the examination.

mod cases;
mod exam;
mod policies;
mod templates;

use domain::library::Library;
use leptos::prelude::*;
use store::course::Catalogue;

use crate::portal::Fields;
use crate::ui::{Meta, empty, icon};

pub use cases::{all as cases, one as case};
pub use exam::{all as exam, hand_in, hand_in_practice, paper, practice};
pub use policies::{all as policies, one as policy};
pub(crate) use templates::download;
pub use templates::{all as templates, file as template_file, one as template};

/// Longest query.
const QUERY: usize = 40;

/// One way to narrow a list: name in the address, title, and values with their words.
struct Narrow {
    name: &'static str,
    title: &'static str,
    values: Vec<(String, String)>,
}

/// What is asked of a list: the words searched for, and the chosen values.
struct Asking<'f> {
    path: &'static str,
    query: String,
    fields: &'f Fields,
}

impl<'f> Asking<'f> {
    fn new(path: &'static str, fields: &'f Fields) -> Self {
        Self { path, query: fields.get("q").trim().chars().take(QUERY).collect(), fields }
    }

    /// Whether an item with these texts is meant: one contains the query, or the first one's pinyin initials begin with it.
    fn finds(&self, texts: &[&str]) -> bool {
        let wanted = self.query.to_lowercase();
        let initials =
            wanted.bytes().all(|b| b.is_ascii_alphanumeric()) && texts.first().is_some_and(|t| store::initials(t).contains(&wanted));
        wanted.is_empty() || initials || texts.iter().any(|t| t.to_lowercase().contains(&wanted))
    }

    /// Whether nothing, or one of these values, was chosen.
    fn fits(&self, name: &str, values: &[&str]) -> bool {
        let chosen = self.fields.get(name);
        chosen.is_empty() || values.contains(&chosen)
    }

    /// The form above a list: words and choices, one button.
    fn form(&self, label: &'static str, ways: Vec<Narrow>) -> AnyView {
        let narrowed = ways.iter().any(|way| !self.fields.get(way.name).is_empty());
        let selects = ways
            .into_iter()
            .map(|way| {
                let chosen = self.fields.get(way.name).to_owned();
                let options = way.values.into_iter().map(|(value, word)| {
                    let picked = value == chosen;
                    view! { <option value=value selected=picked>{word}</option> }
                });
                let id = format!("f-{}", way.name);
                view! {
                    <div class="field"><label class="field__label" for=id.clone()>{way.title}</label>
                        <select class="input" id=id name=way.name><option value="">"全部"</option>{options.collect_view()}</select></div>
                }
            })
            .collect_view();
        view! {
            <form class="stack stack--s no-print" role="search" action=self.path>
                <div class="search">
                    <label class="vh" for="f-q">{label}</label>
                    <input class="input" id="f-q" name="q" type="search" placeholder=label value=self.query.clone() maxlength=QUERY.to_string()/>
                    <button class="btn btn--search" type="submit">{icon("search")}"找"</button>
                </div>
                <details class="more" open=narrowed><summary>{icon("filter")}"分类挑"</summary>
                    <div class="row filters">{selects}<button class="btn" type="submit">"挑"</button></div></details>
            </form>
        }
        .into_any()
    }
}

/// A library as a page: what it is, the way to narrow it, and what was found.
struct Listing {
    path: &'static str,
    title: &'static str,
    lede: &'static str,
    form: AnyView,
    /// Rows, and the word by which they are counted.
    rows: Vec<AnyView>,
    unit: &'static str,
    /// Said when nothing was found, and the way back to everything.
    none: (&'static str, &'static str),
}

fn listing(of: Listing) -> AnyView {
    let list = if of.rows.is_empty() {
        empty(of.none.0, of.path, of.none.1).into_any()
    } else {
        view! { <p class="small muted" role="status">{format!("{} {}", of.rows.len(), of.unit)}</p><ul class="rows">{of.rows}</ul> }
            .into_any()
    };
    view! {
        <div class="wrap stack stack--l">
            <div class="stack"><h1>{of.title}</h1><p class="lede">{of.lede}</p></div>
            {shelves(of.path)}
            {of.form}
            {list}
        </div>
    }
    .into_any()
}

/// The tabs that lead from one library to the others.
fn shelves(current: &'static str) -> AnyView {
    let tabs = [("/policies", "政策"), ("/cases", "案例"), ("/templates", "模板"), ("/exam", "社工考试")]
        .into_iter()
        .map(|(path, word)| view! { <a href=path aria-current=(path == current).then_some("page")>{word}</a> })
        .collect_view();
    view! { <nav class="tabs no-print" aria-label="资料">{tabs}</nav> }.into_any()
}

/// A page about one library.
fn meta(title: impl Into<String>) -> Meta {
    Meta::new(title, "/policies")
}

/// The print button: shown by the page's own small script, since printing needs one.
fn print_button() -> AnyView {
    view! { <button class="btn no-print" type="button" data-print="" hidden=true>{icon("print")}"打印这一页"</button> }.into_any()
}

/// Courses as links.
fn courses(codes: &[String], catalogue: &Catalogue) -> AnyView {
    let rows = codes
        .iter()
        .filter_map(|code| catalogue.by_code(code))
        .map(|c| view! { <li class="rowi"><span>{icon("book")}</span><div><p class="rowi__title"><a href=format!("/courses/{}", c.slug)>{c.title.clone()}</a></p></div></li> })
        .collect_view();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

/// Sources; those that the policy library knows are links to it.
pub(crate) fn sources(sources: &[String], library: &Library) -> AnyView {
    sources.iter().map(|s| view! { <li>{source(s, library)}</li> }).collect_view().into_any()
}

/// One source, linked if the policy library knows it.
pub(crate) fn source(text: &str, library: &Library) -> AnyView {
    match library.cited(text) {
        Some(policy) => {
            let warning = policy.status.needs_review().then(|| view! { <span class="chip chip--due">{status(policy.status)}</span> });
            view! { <a href=format!("/policies/{}", policy.key)>{text.to_owned()}</a>" "{warning} }.into_any()
        }
        None => view! { {text.to_owned()} }.into_any(),
    }
}

/// Status of a policy in words.
fn status(status: domain::library::PolicyStatus) -> &'static str {
    use domain::library::PolicyStatus as P;
    match status {
        P::InForce => "现行有效",
        P::Amended => "已修改",
        P::Repealed => "已废止",
        P::Expired => "已到期",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_searched_by_words_and_by_initials() {
        let fields = |q: &str| Fields(vec![("q".into(), q.into()), ("level".into(), "国家".into())]);
        let asked = fields("议事");
        let asking = Asking::new("/policies", &asked);
        assert!(asking.finds(&["社区议事规则"]) && !asking.finds(&["章程"]));
        assert!(asking.fits("level", &["国家"]) && !asking.fits("level", &["北京市"]) && asking.fits("status", &[]));
        let asked = fields("ysgz");
        assert!(Asking::new("/policies", &asked).finds(&["社区议事规则"]));
        assert!(!Asking::new("/policies", &asked).finds(&["章程", "议事规则"]), "initials are those of the title");
    }
}
