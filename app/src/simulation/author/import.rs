//! Bringing situations in: a table pasted from Word or WPS, a Twee 3 text, an H5P branching scenario, or our own text.

use std::io::Read;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use domain::fault::{Fault, FieldFault, Rule};
use leptos::prelude::*;
use store::simulation::import::{Imported, LARGEST, Left, What, h5p, table, twee};
use store::simulation::{Draft, Save};

use super::draft::behind;
use super::{own, trail};
use crate::portal::{Ctx, Refusal, Reply};
use crate::ui::{LongText, Meta, icon, note};

/// What stands in a form or comes from a file.
enum Brought {
    Nodes(Imported),
    /// Our own text, taken as it is.
    Text(String),
}

fn left_word(what: &What) -> String {
    match what {
        What::Effects(near) => format!("效果读不懂，从“{near}”起；其余照收，效果空着"),
        What::Column(name) => format!("不认识这一列：{name}"),
        What::Row => "这一行没有归处，或格子比列多".into(),
        What::Way(to) => format!("要去的“{to}”不在里面，先写成收尾"),
        What::Points(text) => format!("分数只能是 0、1、2：{text}"),
        What::Script(text) => format!("脚本和宏不带：{text}"),
        What::Part(kind) => format!("这一样带不过来：{kind}"),
        What::TooMuch => "太多了，后面的没有收".into(),
        What::Unreadable => "读不懂这份东西".into(),
    }
}

fn show(ctx: &Ctx, status: StatusCode, draft: &Draft, typed: &str, left: &[Left], done: bool) -> axum::response::Response {
    ctx.page_with(status, Meta::new("贴进来、导进来", "/teach"), || {
        let base = format!("/teach/scenarios/{}", draft.id);
        let rows = left.iter().map(|l| view! { <li>{format!("{}：{}", l.place, left_word(&l.what))}</li> }).collect_view();
        let report = if done {
            let said = if left.is_empty() {
                view! { <p>"都收进来了。"</p> }.into_any()
            } else {
                view! { <p>{format!("收进来了，有 {} 样没有带过来，一样一样列在下面：", left.len())}</p><ul>{rows}</ul> }.into_any()
            };
            Some(note(if left.is_empty() { "done" } else { "due" }, "info", view! { {said}<p><a href=base.clone()>"回去接着写"</a></p> }.into_any()))
        } else if left.is_empty() {
            None
        } else {
            Some(note("due", "alert", view! { <p>"没有收："</p><ul>{rows}</ul> }.into_any()))
        };
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                {trail(draft)}
                <h1>"贴进来、导进来"</h1>
                {report}
                <form class="form form--wide wide stack stack--l" method="post" action=format!("{base}/import") enctype="multipart/form-data">
                    <section class="stack"><h2 class="h-like">"贴一张表"</h2>
                        <p class="small muted">"在 Word、WPS 或表格里写好，整张复制，贴在这里。列：节点、情境、选项、效果、为什么、依据；还可以有 结果、去、分。一个选项一行，同一处的其余各行“节点”空着。全角的＋、－、：都认得。"</p>
                        {LongText("text", "表", typed, 10, LARGEST)}</section>
                    <section class="stack"><h2 class="h-like">"或者导一个文件"</h2>
                        <p class="small muted">".h5p（Branching Scenario）、.twee 或 .tw（Twine 的 Twee 3）、.yaml 或 .json（本站的文本）。最多 4 MB；里面的脚本不会运行。"</p>
                        <label class="field"><span class="field__label">"文件"</span><input class="input" type="file" name="file" accept=".h5p,.twee,.tw,.txt,.yaml,.yml,.json"/></label></section>
                    <fieldset class="stack stack--s"><legend class="h-like">"放在哪里"</legend>
                        <label class="tick"><input class="tick__box" type="radio" name="how" value="after" checked=true/><span>"接在现有的后面"</span></label>
                        <label class="tick"><input class="tick__box" type="radio" name="how" value="instead"/><span>"换掉现有的各处（以前的每一次保存都还在）"</span></label></fieldset>
                    <input type="hidden" name="base" value=draft.revision.to_string()/>
                    <button class="btn btn--main" type="submit">{icon("check")}"收进来"</button>
                </form>
            </div>
        }
        .into_any()
    })
}

/// `/teach/scenarios/{draft}/import`
pub async fn page(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let (draft, ..) = own(&ctx, &id).await?;
    Ok(show(&ctx, StatusCode::OK, &draft, "", &[], false))
}

/// The `content.json` of an H5P package, bounded on its way out.
fn packed(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let part = archive.by_name("content/content.json").ok()?;
    let mut text = String::new();
    part.take(LARGEST as u64 + 1).read_to_string(&mut text).ok()?;
    Some(text)
}

fn brought(name: &str, bytes: &[u8]) -> Option<Brought> {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let text = || String::from_utf8(bytes.to_vec()).ok();
    Some(match ending.as_str() {
        "h5p" => Brought::Nodes(h5p(&packed(bytes)?)),
        "twee" | "tw" | "txt" => Brought::Nodes(twee(&text()?)),
        "yaml" | "yml" | "json" => Brought::Text(text()?),
        _ => return None,
    })
}

/// `POST /teach/scenarios/{draft}/import`
pub async fn take(ctx: Ctx, Path(id): Path<String>, parts: Result<Multipart, MultipartRejection>) -> Reply {
    let (draft, _, mut scenario) = own(&ctx, &id).await?;
    let wrong = |_| Refusal::from(Fault::Invalid(vec![FieldFault::new("file", Rule::TooLong)]));
    let mut parts = parts.map_err(|_| Fault::Invalid(vec![FieldFault::new("file", Rule::Malformed)]))?;
    let (mut text, mut how, mut base, mut file) = (String::new(), String::new(), 0i64, None);
    while let Some(part) = parts.next_field().await.map_err(wrong)? {
        let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().unwrap_or_default().to_owned());
        let bytes = part.bytes().await.map_err(wrong)?;
        let said = || String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "text" => text = said(),
            "how" => how = said(),
            "base" => base = said().trim().parse().unwrap_or(0),
            "file" if !file_name.is_empty() && !bytes.is_empty() => file = Some((file_name, bytes)),
            _ => {}
        }
    }
    let unreadable = |place: &str| vec![Left { place: place.into(), what: What::Unreadable }];
    let came = match &file {
        Some((name, bytes)) => brought(name, bytes),
        None => Some(Brought::Nodes(table(&text))),
    };
    let me = ctx.me()?;
    let imported = match came {
        None => {
            let name = file.map(|(name, _)| name).unwrap_or_default();
            return Ok(show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &draft, &text, &unreadable(&name), false));
        }
        Some(Brought::Text(body)) => {
            return match ctx.store().save_draft(me, &draft, Save { base, text: &body, note: "导入了文本", auto: false }).await {
                Ok(saved) => {
                    behind(saved)?;
                    let now = ctx.store().draft(draft.id).await?.0;
                    Ok(show(&ctx, StatusCode::OK, &now, "", &[], true))
                }
                Err(store::Error::Content(wrong)) => {
                    let left = [Left { place: wrong, what: What::Unreadable }];
                    Ok(show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &draft, &text, &left, false))
                }
                Err(error) => Err(error.into()),
            };
        }
        Some(Brought::Nodes(imported)) => imported,
    };
    if imported.nodes.is_empty() {
        let left = if imported.left.is_empty() { unreadable("表") } else { imported.left };
        return Ok(show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &draft, &text, &left, false));
    }
    let mut nodes = imported.nodes;
    if how == "instead" {
        scenario.nodes.clear();
        scenario.interrupts.clear();
        scenario.start = nodes[0].key.clone();
        if !imported.title.is_empty() {
            scenario.title = imported.title;
        }
    } else {
        // Keys of their own beside those that are there.
        let taken: Vec<String> = scenario.nodes.iter().map(|n| n.key.clone()).collect();
        let shift = (0..).find(|shift| (1..=nodes.len()).all(|n| !taken.contains(&format!("d{}", n + shift)))).unwrap_or(0);
        let moved = |key: &str| {
            key.strip_prefix('d').and_then(|n| n.parse::<usize>().ok()).map_or_else(|| key.to_owned(), |n| format!("d{}", n + shift))
        };
        for node in &mut nodes {
            node.key = moved(&node.key);
            node.choices.iter_mut().for_each(|c| c.next = c.next.as_deref().map(moved));
        }
    }
    scenario.nodes.extend(nodes);
    let body = store::simulation::write(&scenario)?;
    behind(ctx.store().save_draft(me, &draft, Save { base, text: &body, note: "导入了几处", auto: false }).await?)?;
    let now = ctx.store().draft(draft.id).await?.0;
    Ok(show(&ctx, StatusCode::OK, &now, "", &imported.left, true))
}
