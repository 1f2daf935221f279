//! Beside the editors: what is saved, who else is at it, and what the check finds, said anew while somebody types. Without
//! script it is what stood there when the page was opened.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::scenario::{Finding, Gravity, Scenario};
use domain::time::spoken_minute;
use leptos::prelude::*;
use store::simulation::Draft;

use crate::portal::{Ctx, Refusal};
use crate::simulation::words;
use crate::ui::{fragment, hidden, icon, note};

/// How a text stands with what is kept.
pub(super) enum Kept {
    /// As it was read or saved.
    Yes,
    /// Not kept, for this reason.
    No(String),
}

/// What stands beside an editor.
pub(super) struct Beside {
    /// The draft as it stands now.
    pub draft: Draft,
    /// The revision on which the next save builds.
    pub base: i64,
    /// Whether what is in the form is kept.
    pub kept: Kept,
    /// Others who have the same card open.
    pub others: Vec<String>,
    /// What the check finds in what is kept.
    pub found: Finding,
    /// The situation that is edited; every one where it is the whole text.
    pub node: Option<String>,
}

impl Beside {
    /// What stands beside an editor of a draft, with the check done on the scenario as it is kept.
    pub(super) async fn of(
        ctx: &Ctx,
        draft: Draft,
        scenario: Scenario,
        base: i64,
        node: Option<&str>,
        kept: Kept,
    ) -> Result<Self, Refusal> {
        let others = ctx.store().at_card(ctx.me()?, draft.id, node.unwrap_or_default()).await?;
        let found = ctx.store().found(scenario).await?;
        Ok(Self { draft, base, kept, others, found, node: node.map(str::to_owned) })
    }

    /// The part of the page.
    pub(super) fn view(&self) -> AnyView {
        let kept = match &self.kept {
            Kept::Yes => view! { <p class="small t-done row">{icon("done")}{format!("第 {} 次保存，{}", self.draft.revision, spoken_minute(self.draft.touched_at))}</p> }.into_any(),
            Kept::No(why) => note("due", "alert", view! { <p>{why.clone()}</p> }.into_any()),
        };
        let others = (!self.others.is_empty()).then(|| {
            let what = if self.node.is_some() { "这一张" } else { "文本" };
            note("", "people", view! { <p>{format!("{}正在改{what}。", self.others.join("、"))}</p> }.into_any())
        });
        let here = |place: &str| self.node.as_deref().is_none_or(|node| place.split('/').next() == Some(node));
        let mut traces: Vec<_> = self.found.traces.iter().filter(|t| here(&t.place) && t.answer.is_none()).collect();
        traces.sort_by_key(|t| t.trouble.gravity() != Gravity::Must);
        let rows = traces
            .iter()
            .map(|trace| {
                let (what, mend) = words::trouble(trace.trouble);
                let chip = match trace.trouble.gravity() {
                    Gravity::Must => view! { <span class="chip chip--late">{icon("alert")}"必须改"</span> },
                    Gravity::Advice => view! { <span class="chip chip--due">{icon("info")}"建议看"</span> },
                };
                let place = if trace.place.is_empty() { "整个情景".to_owned() } else { trace.place.clone() };
                view! { <li class="stack stack--s"><p>{chip}" "<b>{place}</b>"　"{what}</p><p class="small muted">{mend}</p></li> }
            })
            .collect_view();
        let list = if traces.is_empty() {
            view! { <p class="small">{if self.node.is_some() { "这一处没有查出毛病。" } else { "没有查出毛病。" }}</p> }.into_any()
        } else {
            view! { <ul class="stack">{rows}</ul> }.into_any()
        };
        view! { {hidden("base", self.base)}{kept}{others}<h2 class="h-like">"查出来的"</h2>{list} }.into_any()
    }

    /// The part alone, for the page that asks again.
    pub(super) fn answer(&self, status: StatusCode) -> Response {
        (status, [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")], fragment(|| self.view())).into_response()
    }
}

/// The symbols that an answer may need, inlined with the page.
pub(super) fn symbols() -> AnyView {
    view! { <span hidden>{["alert", "info", "done", "people"].map(icon)}</span> }.into_any()
}

/// What the page asks for by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Somebody pressed the button.
    Save,
    /// Somebody stopped typing for a moment.
    Auto,
    /// The page is still open.
    Open,
}

impl Asks {
    /// Reads the field `auto`.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "1" => Self::Auto,
            "open" => Self::Open,
            _ => Self::Save,
        }
    }
}
