//! The audit log.

use domain::Uuid;
use domain::fault::Fault;
use domain::permission::{Action, Resource, may};
use domain::time::iso_minute;
use leptos::prelude::*;
use store::people::manage::require;

use crate::portal::{Asked, Ctx, Reply};
use crate::ui::{Meta, icon};

const PAGE: i64 = 50;

/// `/admin/audit`
pub async fn audit(ctx: Ctx, Asked(fields): Asked) -> Reply {
    require(may(ctx.actor()?, Action::SeeAudit, &Resource::System))?;
    let before = match fields.get("before") {
        "" => None,
        text => Some(text.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?))).ok_or(Fault::Missing)?),
    };
    let lines = ctx.store().audit_lines(before, PAGE + 1).await?;
    Ok(ctx.page(Meta::new("记录", "/admin/audit"), || {
        let next = (lines.len() as i64 > PAGE).then(|| &lines[PAGE as usize - 1]).map(|l| format!("/admin/audit?before={}~{}", l.at, l.id));
        let rows = lines
            .iter()
            .take(PAGE as usize)
            .map(|l| {
                view! {
                    <tr><th scope="row">{iso_minute(l.at)}</th><td>{l.actor.clone().unwrap_or_else(|| "程序".into())}</td><td><code lang="en">{l.action.clone()}</code></td>
                        <td class="wrapcell small">{format!("{} {}", l.subject_kind, l.subject)}</td><td class="wrapcell small">{l.before_text.clone()}</td><td class="wrapcell small">{l.after_text.clone()}</td>
                        <td class="n">{l.seal.map_or_else(|| "—".into(), |s| s.to_string())}</td></tr>
                }
            })
            .collect_view();
        view! {
            <div class="wrap stack stack--l"><h1>"记录"</h1>
                <p class="muted">"每一次改动都在这里，只增不改；每分钟封存进一条校验链。"</p>
                <div class="tbl-box tbl-box--page" tabindex="0" role="region" aria-label="记录，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"时间"</th><th scope="col">"谁"</th><th scope="col">"做了什么"</th><th scope="col">"对象"</th><th scope="col">"之前"</th><th scope="col">"之后"</th><th scope="col" class="n">"封存号"</th></tr></thead><tbody>{rows}</tbody></table></div>
                {next.map(|href| view! { <a class="btn" href=href>"更早的"{icon("right")}</a> })}
            </div>
        }
        .into_any()
    }))
}
