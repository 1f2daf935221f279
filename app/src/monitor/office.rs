//! Whom learners of a place ask: name and phone of the office, as data by region.

use axum::http::StatusCode;
use axum::response::Response;
use domain::fault::{Fault, FieldFault};
use domain::permission::{Action, Resource, may, people_scope};
use leptos::prelude::*;
use store::people::manage::require;

use super::views;
use crate::portal::{Ctx, Fields, Posted, Refusal, Reply, see_other};
use crate::ui::{Meta, errors, field, field_with, hidden, icon};

async fn form(ctx: &Ctx, status: StatusCode, typed: &Fields, faults: Vec<FieldFault>) -> Result<Response, Refusal> {
    let scope = people_scope(ctx.actor()?, Action::ConfirmPerson).ok_or(Fault::Forbidden)?;
    let roots = ctx.store().scope_roots(&scope).await?;
    let mut places = Vec::new();
    for root in roots {
        let office = store::place::office(&mut ctx.store().db.read().await?, &root.code).await?;
        places.push((root, office));
    }
    Ok(ctx.page_with(status, Meta::new("求助电话", "/monitor"), || {
        let forms = places
            .into_iter()
            .map(|(root, office)| {
                let mine = typed.get("region") == root.code;
                let faults = if mine { faults.clone() } else { Vec::new() };
                let (name, phone) = match office {
                    _ if mine => (typed.get("office").to_owned(), typed.get("phone").to_owned()),
                    Some(office) => (office.name, office.phone),
                    None => Default::default(),
                };
                view! {
                    <section class="stack" aria-label=root.short.clone()>
                        <h2>{root.short.clone()}</h2>
                        {errors(&faults)}
                        <form class="form stack" method="post" action="/monitor/office">{hidden("region", root.code)}
                            {field("office", "办公室名称", "学员求助时看到的名字。", &name, &faults)}
                            {field_with("phone", "电话", "有人接的号码，可以写分机。", "tel", "off", &phone, &faults)}
                            <button class="btn btn--main" type="submit">{icon("phone")}"存下"</button></form>
                    </section>
                }
            })
            .collect_view();
        view! {
            <div class="wrap wrap--narrow stack stack--l"><h1>"求助电话"</h1>{views("/monitor/office", true)}
                <p class="lede">"学员登录不了、账号锁住的时候，看到的是离他最近的一级。这一级没有写，就看上一级的。"</p>{forms}</div>
        }
        .into_any()
    }))
}

/// `/monitor/office`
pub async fn page(ctx: Ctx) -> Reply {
    form(&ctx, StatusCode::OK, &Fields::default(), vec![]).await
}

/// `POST /monitor/office`
pub async fn set(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let actor = ctx.actor()?;
    people_scope(actor, Action::ConfirmPerson).ok_or(Fault::Forbidden)?;
    let place = store::place::place(&mut ctx.store().db.read().await?, fields.get("region")).await?.ok_or(Fault::Missing)?;
    require(may(actor, Action::ConfirmPerson, &Resource::Region(&place)))?;
    match ctx.store().change_office(actor.person, fields.get("region"), fields.get("office"), fields.get("phone")).await {
        Ok(()) => Ok(see_other("/monitor/office")),
        Err(store::Error::Fault(Fault::Invalid(faults))) => form(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &fields, faults).await,
        Err(error) => Err(error.into()),
    }
}
