//! A save on an old revision: both are shown, and one of them is chosen.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use store::simulation::Draft;

use super::history::changes;
use super::trail;
use crate::portal::{Ctx, Refusal};
use crate::ui::{Meta, hidden, icon, note};

/// What the newest revision would become with what was just written.
pub(super) async fn both(ctx: &Ctx, draft: &Draft, mine: &str) -> Result<Response, Refusal> {
    let (now, theirs, _) = ctx.store().draft(draft.id).await?;
    Ok(ctx.page_with(StatusCode::CONFLICT, Meta::new("两边都在这里", "/teach"), || {
        let base = format!("/teach/scenarios/{}", now.id);
        view! {
            <div class="wrap stack stack--l">
                {trail(&now)}
                <h1>"两边都在这里"</h1>
                {note("due", "alert", view! { <p>{format!("您打开那一页以后，{} 又存过第 {} 次，改的是同一处。还没有存您写的。", theirs.name, theirs.number)}</p> }.into_any())}
                <section class="stack" aria-labelledby="h-d"><h2 id="h-d">"哪里不一样"</h2><p class="small muted">"“－”是已经存着的，“＋”是您刚写的。"</p>{changes(&theirs.body, mine)}</section>
                <form class="row" method="post" action=format!("{base}/text")>{hidden("base", now.revision)}{hidden("text", mine)}
                    <button class="btn btn--main" type="submit">{icon("check")}"用我写的"</button><a class="btn" href=base.clone()>"留着已经存的"</a></form>
                <p class="small muted">"用哪一边都不会丢：每一次保存都还在。"</p>
            </div>
        }
        .into_any()
    }))
}
