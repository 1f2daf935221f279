//! The text of a draft, for those who want it: the same source as the cards.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::authoring::DraftState;
use domain::fault::Fault;
use leptos::prelude::*;
use store::simulation::{Save, Saved};

use super::conflict::both;
use super::live::{Asks, Beside, Kept, symbols};
use super::{own, seen, trail};
use crate::portal::{Asked, Ctx, Posted, Reply, see_other};
use crate::ui::{LongText, Meta, icon};

/// How every part of the text is written: the sample of the guide for authors.
fn how_to_write() -> &'static str {
    const GUIDE: &str = include_str!("../../../../content/scenarios/README.md");
    GUIDE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default()
}

fn show(ctx: &Ctx, status: StatusCode, beside: &Beside, text: &str, editable: bool) -> Response {
    let draft = &beside.draft;
    ctx.page_with(status, Meta::new(format!("{}：文本", draft.title), "/teach").with_script("author"), || {
        let action = format!("/teach/scenarios/{}/text", draft.id);
        let file = |kind: &'static str, word: &'static str| view! { <a class="link" href=format!("{action}?download={kind}") download=format!("{}.{kind}", draft.key)>{word}</a> };
        view! {
            <div class="wrap stack stack--l">
                {trail(draft)}{symbols()}
                <div class="stack"><h1>"文本"</h1><p class="muted">"和卡片是同一份东西，改哪边都行。效果写在一行：信+8 时-4 ⚑登记；条件写：信≥65 且 ⚑登记。"</p></div>
                {if editable {
                    view! {
                        <form class="source wide split" method="post" action=action.clone() data-autosave="">
                            <div class="stack">{LongText("text", "YAML 文本", text, 30, 500_000)}<div><button class="btn btn--main" type="submit">{icon("check")}"保存"</button></div></div>
                            <aside class="split__side card stack" aria-label="保存和查出来的" aria-live="polite" data-live="">{beside.view()}</aside></form>
                    }.into_any()
                } else {
                    view! { <pre class="source__read" tabindex="0">{text.to_owned()}</pre> }.into_any()
                }}
                <details class="more"><summary>"每一项怎么写"</summary><pre class="source__read" tabindex="0">{how_to_write()}</pre></details>
                <p class="row">{file("yaml", "下载 YAML")}{file("json", "下载 JSON")}</p>
            </div>
        }
        .into_any()
    })
}

/// `/teach/scenarios/{draft}/text`; `?download=yaml` or `json` sends it as a file that the import reads.
pub async fn page(ctx: Ctx, Path(id): Path<String>, Asked(asked): Asked) -> Reply {
    let (draft, revision, scenario, own) = seen(&ctx, &id).await?;
    let name = |kind: &str| format!("{}.{kind}", draft.key);
    match asked.get("download") {
        "" => {}
        "json" => {
            let text = store::simulation::write_json(&scenario)?;
            return Ok(crate::library::download(text.into_bytes(), "application/json; charset=utf-8", &name("json")));
        }
        _ => return Ok(crate::library::download(revision.body.into_bytes(), "application/yaml; charset=utf-8", &name("yaml"))),
    }
    let editable = own && draft.state() == DraftState::Writing;
    let base = draft.revision;
    let beside = Beside::of(&ctx, draft, scenario, base, None, Kept::Yes).await?;
    Ok(show(&ctx, StatusCode::OK, &beside, &revision.body, editable))
}

/// `POST /teach/scenarios/{draft}/text`: a save, or what the open page asks for by itself (`auto`).
pub async fn save(ctx: Ctx, Path(id): Path<String>, Posted(fields): Posted) -> Reply {
    let (draft, _, now) = own(&ctx, &id).await?;
    let text = fields.raw("text").replace("\r\n", "\n");
    let base: i64 = fields.get("base").parse().map_err(|_| Fault::Missing)?;
    let asks = Asks::of(fields.get("auto"));
    let behind = || Kept::No("这一份在别处存过了，您写的还没有存。按“保存”，两边一起看。".into());
    if asks == Asks::Open {
        let kept = if base == draft.revision { Kept::Yes } else { behind() };
        return Ok(Beside::of(&ctx, draft, now, base, None, kept).await?.answer(StatusCode::OK));
    }
    let auto = asks == Asks::Auto;
    let note = if auto { "" } else { "改了文本" };
    match (ctx.store().save_draft(ctx.me()?, &draft, Save { base, text: &text, note, auto }).await, auto) {
        (Ok(Saved::As(number)), true) => {
            let (draft, _, scenario) = ctx.store().draft(draft.id).await?;
            Ok(Beside::of(&ctx, draft, scenario, number, None, Kept::Yes).await?.answer(StatusCode::OK))
        }
        (Ok(Saved::As(_)), false) => Ok(see_other(&format!("/teach/scenarios/{}", draft.id))),
        (Ok(Saved::Behind(_)), true) => Ok(Beside::of(&ctx, draft, now, base, None, behind()).await?.answer(StatusCode::CONFLICT)),
        (Ok(Saved::Behind(_)), false) => both(&ctx, &draft, &text).await,
        // The line stands in it.
        (Err(store::Error::Content(wrong)), _) => {
            let wrong = wrong.strip_prefix(&format!("{}:", draft.key)).map_or(wrong.clone(), |rest| format!("第 {rest}"));
            let beside = Beside::of(&ctx, draft, now, base, None, Kept::No(format!("没有存：{wrong}"))).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(if auto { beside.answer(status) } else { show(&ctx, status, &beside, &text, true) })
        }
        (Err(error), _) => Err(error.into()),
    }
}
