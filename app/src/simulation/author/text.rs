//! The text of a draft, for those who want it: the same source as the cards.

use axum::extract::Path;
use axum::http::StatusCode;
use domain::authoring::DraftState;
use leptos::prelude::*;
use store::simulation::{Draft, Saved};

use super::{own, seen, trail};
use crate::portal::{Ctx, Posted, Reply, see_other};
use crate::ui::{LongText, Meta, hidden, icon, note};

fn show(ctx: &Ctx, status: StatusCode, draft: &Draft, text: &str, editable: bool, wrong: Option<String>) -> axum::response::Response {
    ctx.page_with(status, Meta::new(format!("{}：文本", draft.title), "/teach"), || {
        let action = format!("/teach/scenarios/{}/text", draft.id);
        view! {
            <div class="wrap stack stack--l">
                {trail(draft)}
                <div class="stack"><h1>"文本"</h1><p class="muted">"和卡片是同一份东西，改哪边都行。效果写在一行：信+8 时-4 ⚑登记；条件写：信≥65 且 ⚑登记。"</p></div>
                {wrong.map(|w| note("due", "alert", view! { <p>{w}</p> }.into_any()))}
                {if editable {
                    view! { <form class="stack source wide" method="post" action=action>{hidden("base", draft.revision)}{LongText("text", "YAML 文本", text, 30, 500_000)}<button class="btn btn--main" type="submit">{icon("check")}"保存"</button></form> }.into_any()
                } else {
                    view! { <pre class="source__read" tabindex="0">{text.to_owned()}</pre> }.into_any()
                }}
                <p><a class="link" href=format!("/teach/scenarios/{}/text?download=1", draft.id) download=format!("{}.yaml", draft.key)>"下载这份文本"</a></p>
            </div>
        }
        .into_any()
    })
}

/// `/teach/scenarios/{draft}/text`
pub async fn page(ctx: Ctx, Path(id): Path<String>, crate::portal::Asked(asked): crate::portal::Asked) -> Reply {
    let (draft, revision, _, own) = seen(&ctx, &id).await?;
    if asked.get("download") == "1" {
        return Ok(crate::library::download(revision.body.into_bytes(), "application/yaml; charset=utf-8", &format!("{}.yaml", draft.key)));
    }
    Ok(show(&ctx, StatusCode::OK, &draft, &revision.body, own && draft.state() == DraftState::Writing, None))
}

/// `POST /teach/scenarios/{draft}/text`
pub async fn save(ctx: Ctx, Path(id): Path<String>, Posted(fields): Posted) -> Reply {
    let (draft, ..) = own(&ctx, &id).await?;
    let text = fields.raw("text").replace("\r\n", "\n");
    let base = fields.get("base").parse().unwrap_or(0);
    match ctx.store().save_draft(ctx.me()?, &draft, base, &text, "改了文本").await {
        Ok(Saved::As(_)) => Ok(see_other(&format!("/teach/scenarios/{}", draft.id))),
        Ok(Saved::Behind(number)) => {
            let theirs = ctx.store().draft(draft.id).await?.0;
            let said = format!("您打开这一页以后，又存过第 {number} 次。下面是您刚写的；再按一次“保存”，就以它为准。");
            Ok(show(&ctx, StatusCode::CONFLICT, &theirs, &text, true, Some(said)))
        }
        // The line stands in it.
        Err(store::Error::Content(wrong)) => {
            let wrong = wrong.strip_prefix(&format!("{}:", draft.key)).map_or(wrong.clone(), |rest| format!("第 {rest}"));
            Ok(show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &draft, &text, true, Some(format!("没有存：{wrong}"))))
        }
        Err(error) => Err(error.into()),
    }
}
