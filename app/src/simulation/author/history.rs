//! Every saved revision, what changed in it, and the way back to it.

use axum::extract::Path;
use domain::authoring::DraftState;
use domain::fault::Fault;
use domain::time::iso_minute;
use leptos::prelude::*;
use similar::{ChangeTag, TextDiff};
use store::simulation::{Revision, Save};

use super::draft::behind;
use super::{own, seen, trail};
use crate::portal::{Asked, Ctx, Posted, Reply, see_other};
use crate::ui::{Meta, hidden};

/// Lines around a change that are shown with it.
const AROUND: usize = 2;

pub(super) fn changes(before: &str, after: &str) -> AnyView {
    let diff = TextDiff::from_lines(before, after);
    let parts = diff
        .grouped_ops(AROUND)
        .iter()
        .map(|group| {
            let lines = group
                .iter()
                .flat_map(|op| diff.iter_changes(op))
                .map(|change| {
                    let text = change.value().trim_end_matches('\n').to_owned();
                    match change.tag() {
                        ChangeTag::Delete => view! { <del>{format!("－ {text}")}</del> }.into_any(),
                        ChangeTag::Insert => view! { <ins>{format!("＋ {text}")}</ins> }.into_any(),
                        ChangeTag::Equal => view! { <span>{format!("　 {text}")}</span> }.into_any(),
                    }
                })
                .collect_view();
            view! { <div class="diff" tabindex="0" role="group" aria-label="一处改动">{lines}</div> }
        })
        .collect_view();
    view! { <div class="stack">{parts}</div> }.into_any()
}

/// `/teach/scenarios/{draft}/history`
pub async fn page(ctx: Ctx, Path(id): Path<String>, Asked(asked): Asked) -> Reply {
    let (draft, _, _, own) = seen(&ctx, &id).await?;
    let every = asked.get("every") == "1";
    let before = asked.get("before").parse().unwrap_or(i64::MAX);
    let revisions = ctx.store().revisions(draft.id, before, every).await?;
    Ok(ctx.page(Meta::new(format!("{}：每一次保存", draft.title), "/teach"), || {
        let editable = own && draft.state() == DraftState::Writing;
        let rows = revisions
            .iter()
            .enumerate()
            .map(|(i, r): (usize, &Revision)| {
                let before = revisions.get(i + 1).map_or("", |b| b.body.as_str());
                let what = match (r.auto, r.note.as_str()) { (true, _) => "自动存的", (false, "") => "开始", (false, note) => note };
                let restore = (editable && r.number < draft.revision).then(|| {
                    view! { <form method="post" action=format!("/teach/scenarios/{}/history", draft.id)>{hidden("number", r.number)}{hidden("base", draft.revision)}<button class="btn btn--s" type="submit">"回到这一次"</button></form> }
                });
                view! {
                    <li class="stack stack--s"><div class="row row--between"><h2 class="h-like">{format!("第 {} 次　{what}", r.number)}</h2>{restore}</div>
                        <p class="small muted">{format!("{} {} 存的", r.name, iso_minute(r.saved_at))}</p>
                        {(!before.is_empty()).then(|| view! { <details class="more"><summary>"改了什么"</summary>{changes(before, &r.body)}</details> })}</li>
                }
            })
            .collect_view();
        let here = format!("/teach/scenarios/{}/history", draft.id);
        let switch = if every {
            view! { <a class="link" href=here.clone()>"只看自己按的保存"</a> }
        } else {
            view! { <a class="link" href=format!("{here}?every=1")>"连自动存的一起看"</a> }
        };
        let older = revisions.last().filter(|r| r.number > 1).map(|last| {
            let every = if every { "&every=1" } else { "" };
            view! { <p><a class="link" href=format!("{here}?before={}{every}", last.number)>"更早的"</a></p> }
        });
        view! { <div class="wrap stack stack--l">{trail(&draft)}<div class="row row--between"><h1>"每一次保存"</h1>{switch}</div><ol class="stack stack--l">{rows}</ol>{older}</div> }.into_any()
    }))
}

/// `POST /teach/scenarios/{draft}/history`: an earlier text becomes the newest revision; nothing in between is lost.
pub async fn restore(ctx: Ctx, Path(id): Path<String>, Posted(fields): Posted) -> Reply {
    let (draft, ..) = own(&ctx, &id).await?;
    let number = fields.get("number").parse().map_err(|_| Fault::Missing)?;
    let base = fields.get("base").parse().map_err(|_| Fault::Missing)?;
    let wanted = ctx.store().revision(draft.id, number).await?;
    let note = format!("回到第 {number} 次");
    behind(ctx.store().save_draft(ctx.me()?, &draft, Save { base, text: &wanted.body, note: &note, auto: false }).await?)?;
    Ok(see_other(&format!("/teach/scenarios/{}", draft.id)))
}
