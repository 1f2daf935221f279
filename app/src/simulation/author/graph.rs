//! The graph of a draft to work on: each box leads to its situation, where ways out are drawn to another box and new
//! situations are added. Links and forms; a script adds dragging and zooming with the wheel.

use axum::extract::Path;
use domain::authoring::DraftState;
use domain::fault::Fault;
use domain::scenario::graph::{Drawing, Spot};
use domain::scenario::{Choice, MOST_CHOICES, Node, Scenario};
use leptos::prelude::*;
use store::simulation::Draft;

use super::draft::{add_node, empty_choice, save_now};
use super::{own, seen, trail};
use crate::islands::simulation::SIGNS;
use crate::portal::{Asked, Ctx, Posted, Reply, query_value, see_other};
use crate::simulation::graph::{Look, name, of_all_paths, svg};
use crate::ui::{Meta, hidden, icon, note};

/// Sizes of the drawing, in percent.
const ZOOMS: [i64; 6] = [35, 50, 75, 100, 150, 200];

/// What the address asks for.
#[derive(Clone)]
struct View {
    home: String,
    at: String,
    zoom: i64,
    /// The choice that is being drawn to another box.
    link: String,
    /// The box it is drawn to.
    to: String,
}

impl View {
    fn href(&self) -> String {
        let part = |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("&{name}={}", query_value(value)) };
        format!("{}/graph?zoom={}{}{}{}#at", self.home, self.zoom, part("at", &self.at), part("link", &self.link), part("to", &self.to))
    }

    fn at(&self, key: &str) -> Self {
        Self { at: key.to_owned(), link: String::new(), to: String::new(), ..self.clone() }
    }
}

/// Where a choice leads, in words.
fn way(scenario: &Scenario, choice: &Choice) -> String {
    let to = choice.next.as_deref().and_then(|key| scenario.nodes.iter().position(|n| n.key == key));
    to.map_or_else(|| "收尾，看结局".to_owned(), |at| name(scenario, Spot::Node(at)))
}

fn form(view: &View, what: &'static str, choice: &str, inner: AnyView) -> AnyView {
    let choice = (!choice.is_empty()).then(|| hidden("choice", choice));
    view! { <form method="post" action=format!("{}/graph", view.home)>{hidden("do", what)}{hidden("at", view.at.clone())}{hidden("zoom", view.zoom)}{choice}{inner}</form> }
        .into_any()
}

/// The box at hand: its ways out, each to be drawn elsewhere.
fn panel(view: &View, scenario: &Scenario, at: usize, node: &Node, editable: bool) -> AnyView {
    let ways = node
        .choices
        .iter()
        .zip(SIGNS)
        .map(|(choice, sign)| {
            let (text, to) = (format!("{sign}　{}", choice.text), way(scenario, choice));
            let chance = (!choice.chance.is_empty()).then_some("（另有抽签的去处，在“文本”里改）");
            let link = View { link: choice.key.clone(), to: String::new(), ..view.clone() }.href();
            let tools = editable.then(|| {
                view! {
                    <div class="row"><a class="btn btn--s" href=link>"连到别处"</a>
                        {form(view, "branch", &choice.key, view! { <button class="btn btn--s" type="submit">{icon("plus")}"接一处新的"</button> }.into_any())}
                        {choice.next.is_some().then(|| form(view, "end", &choice.key, view! { <button class="btn btn--s" type="submit">"改成收尾"</button> }.into_any()))}</div>
                }
            });
            view! { <li class="stack stack--s"><p>{text}</p><p class="small muted">{format!("去：{to}")}{chance}</p>{tools}</li> }
        })
        .collect_view();
    let more = (editable && node.choices.len() < MOST_CHOICES).then(|| {
        form(view, "choice", "", view! { <button class="btn btn--s" type="submit">{icon("plus")}"加一种办法"</button> }.into_any())
    });
    let start = (editable && scenario.start != node.key)
        .then(|| form(view, "start", "", view! { <button class="btn btn--s" type="submit">"从这里开头"</button> }.into_any()));
    let card = format!("{}/cards/{}", view.home, query_value(&node.key));
    let walk = format!("{}/walk?at={}", view.home, query_value(&node.key));
    view! {
        <section class="card stack" id="at" aria-labelledby="h-at"><h2 id="h-at">{name(scenario, Spot::Node(at))}</h2>
            <p>{node.brief.clone()}</p><ul class="stack">{ways}</ul>
            <div class="row">{more}{start}</div>
            <p class="row">{editable.then(|| view! { <a class="link" href=card>"打开卡片"</a> })}<a class="link" href=walk>"从这里走走看"</a></p></section>
    }
    .into_any()
}

/// What is said while a choice is drawn to another box.
fn linking(view: &View, scenario: &Scenario, node: &Node) -> Option<AnyView> {
    let (at, choice) = node.choices.iter().enumerate().find(|(_, c)| c.key == view.link)?;
    let sign = SIGNS.get(at).copied().unwrap_or("");
    let away = view.at(&node.key).href();
    let to = scenario.nodes.iter().position(|n| n.key == view.to);
    Some(match to {
        None => note(
            "",
            "fork",
            view! { <p><b>{format!("办法{sign}连到哪里？")}</b>"点图上要去的那一处。 "<a href=away>"不连了"</a></p> }.into_any(),
        ),
        Some(to) => {
            let confirm = view! {
                {hidden("to", view.to.clone())}<div class="row"><button class="btn btn--main" type="submit">{icon("check")}"连上"</button><a class="btn" href=away>"不连了"</a></div>
            };
            note("", "fork", view! { <div class="stack stack--s"><p>{format!("办法{sign}：{}", choice.text)}</p><p><b>{format!("以后去“{}”", name(scenario, Spot::Node(to)))}</b></p>{form(view, "link", &choice.key, confirm.into_any())}</div> }.into_any())
        }
    })
}

fn bar(view: &View, editable: bool) -> AnyView {
    let step = |by: isize| {
        let now = ZOOMS.iter().position(|z| *z == view.zoom).unwrap_or(3);
        now.checked_add_signed(by).and_then(|at| ZOOMS.get(at)).map(|zoom| View { zoom: *zoom, ..view.clone() }.href())
    };
    let button = |href: Option<String>, label: &'static str, sign: &'static str, by: i64| {
        href.map(|href| view! { <a class="btn btn--s" href=href aria-label=label data-zoom=by.to_string()>{sign}</a> })
    };
    view! {
        <div class="row row--between"><div class="row" role="group" aria-label="图的大小">{button(step(-1), "缩小", "−", -1)}<span class="small muted" data-zoom-now="">{format!("{}%", view.zoom)}</span>{button(step(1), "放大", "＋", 1)}
                <span class="small muted" hidden data-hint="">"按住拖动；按住 Ctrl 滚轮放大缩小"</span></div>
            {editable.then(|| form(view, "add", "", view! { <button class="btn btn--s" type="submit">{icon("plus")}"加一处"</button> }.into_any()))}</div>
    }
    .into_any()
}

/// `/teach/scenarios/{draft}/graph`
pub async fn page(ctx: Ctx, Path(id): Path<String>, Asked(asked): Asked) -> Reply {
    let (draft, _, scenario, own) = seen(&ctx, &id).await?;
    let found = ctx.store().found(scenario.clone()).await?;
    let editable = own && draft.state() == DraftState::Writing;
    Ok(ctx.page(Meta::new(format!("{}：图", draft.title), "/teach").with_script("author"), || {
        let text = |name: &str| asked.get(name).to_owned();
        let zoom = asked.get("zoom").parse().ok().filter(|z| ZOOMS.contains(z)).unwrap_or(100);
        let view = View { home: format!("/teach/scenarios/{}", draft.id), at: text("at"), zoom, link: text("link"), to: text("to") };
        let at = scenario.nodes.iter().position(|n| n.key == view.at);
        let node = at.and_then(|at| Some((at, scenario.nodes.get(at)?)));
        let linking = node.filter(|_| editable).and_then(|(_, node)| linking(&view, &scenario, node));
        let draws = linking.is_some();
        let link = |spot: Spot| match spot {
            Spot::Node(to) => {
                let key = &scenario.nodes.get(to)?.key;
                Some(if draws { View { to: key.clone(), ..view.clone() }.href() } else { view.at(key).href() })
            }
            Spot::Ending(_) => None,
        };
        let drawing = Drawing::of(&scenario, &found.walk);
        let look = Look { zoom, link: Some(&link), at: at.map(Spot::Node), ..Look::PAGE };
        let picture = svg(&scenario, &drawing, &of_all_paths, look);
        let side = match node {
            Some((at, node)) => panel(&view, &scenario, at, node, editable),
            None => view! { <section class="card stack" id="at"><p>"点图上的一处，看它通到哪里、改它通到哪里。"</p><p class="small muted">"虚线框的是还没有路走得到的。"</p></section> }.into_any(),
        };
        view! {
            <div class="wrap stack stack--l">
                {trail(&draft)}
                <h1>"图"</h1>
                <div class="split">
                    <div class="stack">{bar(&view, editable)}
                        <div class="graph__box graph__box--work" tabindex="0" role="region" aria-label="情景的图，可上下左右滑动" data-pan="" inner_html=picture></div></div>
                    <div class="split__side stack">{linking}{side}</div>
                </div>
            </div>
        }
        .into_any()
    }))
}

/// `POST /teach/scenarios/{draft}/graph`: one change, made to the newest revision.
pub async fn act(ctx: Ctx, Path(id): Path<String>, Posted(fields): Posted) -> Reply {
    let (draft, _, mut scenario): (Draft, _, _) = own(&ctx, &id).await?;
    let zoom = fields.get("zoom").parse().ok().filter(|z| ZOOMS.contains(z)).unwrap_or(100);
    let key = fields.get("at").to_owned();
    let at = scenario.nodes.iter().position(|n| n.key == key);
    let mut view = View { home: format!("/teach/scenarios/{}", draft.id), at: key.clone(), zoom, link: String::new(), to: String::new() };
    let what = match fields.get("do") {
        "add" => {
            view.at = add_node(&mut scenario);
            "在图上加了一处"
        }
        "start" => {
            scenario.start = scenario.nodes[at.ok_or(Fault::Missing)?].key.clone();
            "在图上改了开头"
        }
        "choice" => {
            let choices = &mut scenario.nodes[at.ok_or(Fault::Missing)?].choices;
            let free = "abcdef".chars().map(String::from).find(|k| choices.iter().all(|c| c.key != *k));
            if choices.len() < MOST_CHOICES {
                choices.push(empty_choice(&free.ok_or(Fault::Missing)?));
            }
            "在图上加了一种办法"
        }
        way @ ("link" | "end" | "branch") => {
            let at = at.ok_or(Fault::Missing)?;
            let next = match way {
                "branch" => Some(add_node(&mut scenario)),
                "link" => Some(scenario.node(fields.get("to")).ok_or(Fault::Missing)?.key.clone()),
                _ => None,
            };
            let choice = scenario.nodes[at].choices.iter_mut().find(|c| c.key == fields.get("choice")).ok_or(Fault::Missing)?;
            choice.next = next;
            "在图上改了去处"
        }
        _ => return Err(Fault::Missing.into()),
    };
    save_now(&ctx, &draft, &scenario, what).await?;
    Ok(see_other(&view.href()))
}
