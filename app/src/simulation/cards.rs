//! A simulation as cards for a room without devices: role, situations, choices, results, and a sheet for the observer.

use axum::extract::Path;
use domain::fault::Fault;
use domain::scenario::notation::write_effects;
use leptos::prelude::*;

use crate::islands::simulation::{SIGNS, paragraphs};
use crate::portal::{Ctx, Reply};
use crate::ui::{Meta, crumbs};

/// `/simulations/{key}/cards`
pub async fn page(ctx: Ctx, Path(key): Path<String>) -> Reply {
    ctx.visitor()?;
    let list = ctx.store().scenarios().await?;
    let card = list.iter().find(|c| c.key == key).ok_or(Fault::Missing)?;
    // The cards say what each choice is worth: they are for whoever leads the room.
    crate::teach::results(&ctx, &card.course).await?;
    let (scenario, _) = ctx.store().scenario(card.edition).await?;
    Ok(ctx.page(Meta::new(format!("{}：卡片", card.title), "/simulations"), || {
        let number = |key: &str| scenario.nodes.iter().position(|n| n.key == key).map_or_else(|| "收尾".to_owned(), |i| format!("去 {} 号", i + 1));
        let people = scenario.people.iter().map(|p| view! { <article class="deck__i"><h2 class="h-card">{p.key.clone()}</h2><p>{p.who.clone()}</p><p class="small">{format!("开头的态度：{} / 100。情景里每次变化，记在背面。", p.attitude)}</p></article> }).collect_view();
        let cards = scenario
            .nodes
            .iter()
            .enumerate()
            .map(|(i, node)| {
                let choices = node.choices.iter().zip(SIGNS).map(|(c, sign)| view! { <li>{format!("{sign}　{}", c.text)}</li> }).collect_view();
                let results = node
                    .choices
                    .iter()
                    .zip(SIGNS)
                    .map(|(c, sign)| {
                        let chance = c.chance.iter().map(|o| format!("（抽签 {} 份：{} {}）", o.weight, o.text, write_effects(&o.effects))).collect::<String>();
                        view! { <li>{format!("{sign}　{} 〔{}〕{}，{}", c.result, write_effects(&c.effects), chance, c.next.as_deref().map_or_else(|| "到此收尾，或回到原处".into(), number))}</li> }
                    })
                    .collect_view();
                view! {
                    <article class="deck__i"><h2 class="h-card">{format!("{} 号　{}", i + 1, node.title)}</h2>{paragraphs(&node.brief)}<ul>{choices}</ul></article>
                    <article class="deck__i deck__i--back"><h2 class="h-card">{format!("{} 号　选了以后", i + 1)}</h2><ul class="small">{results}</ul></article>
                }
            })
            .collect_view();
        let rows = scenario
            .nodes
            .iter()
            .enumerate()
            .map(|(i, n)| {
                let points = n.choices.iter().zip(SIGNS).map(|(c, sign)| format!("{sign} {} 分", c.points)).collect::<Vec<_>>().join("　");
                view! { <tr><th scope="row">{format!("{} {}", i + 1, n.title)}</th><td class="wrapcell">{points}</td><td></td><td></td></tr> }
            })
            .collect_view();
        view! {
            <div class="wrap stack stack--l">
                {crumbs(vec![("/simulations".into(), "情景模拟".into()), (format!("/simulations/{}", card.key), card.title.clone())])}
                <div class="stack"><h1>{format!("{}：卡片", card.title)}</h1>
                    <p class="no-print">"五到七人一组，各拿一张人物卡，其余的人商量着选。选了哪一项，翻到背面那张看结果，照着去下一张。观察员在表上记。用浏览器的打印，纸选 A4。"</p>
                    <p>{card.role.clone()}{format!("要办成的事：{}", card.goal)}</p></div>
                <section class="deck" aria-label="人物卡">{people}</section>
                <section class="deck" aria-label="情境卡和结果卡">{cards}</section>
                <section aria-labelledby="h-o" class="deck__sheet"><h2 id="h-o">"观察员记录表"</h2>
                    <div class="tbl-box" tabindex="0" role="region" aria-label="每一处的记录，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"情境"</th><th scope="col">"各项的分"</th><th scope="col">"这一组选了"</th><th scope="col">"谁说服了谁"</th></tr></thead><tbody>{rows}</tbody></table></div></section>
            </div>
        }
        .into_any()
    }))
}
