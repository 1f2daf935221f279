//! The doors of the player island: open, beat, presence. JSON in, JSON out, problems as problem+json by the layer.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use domain::fault::{Fault, FieldFault, Rule};
use domain::watch::{Beat, Outcome, SPANS_PER_BEAT};

use super::id;
use crate::islands::player::{Judged, Opened, Report};
use crate::portal::{Ctx, Refusal};

/// `POST /fn/player/{enrolment}/{lesson}`
pub async fn open_player(ctx: Ctx, Path((enrolment, lesson)): Path<(String, String)>) -> Result<Response, Refusal> {
    let me = ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?.actor.person;
    let player = ctx.store().open_player(me, id(&enrolment)?, &lesson, ctx.store().new_id()).await?;
    let opened =
        Opened { playing: player.id.to_string(), position: player.position, seen: player.seen.spans().to_vec(), done: player.done };
    Ok(Json(opened).into_response())
}

/// `POST /fn/beat/{playing}`
pub async fn beat(ctx: Ctx, Path(playing): Path<String>, body: axum::body::Bytes) -> Result<Response, Refusal> {
    let me = ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?.actor.person;
    let wrong = || Fault::Invalid(vec![FieldFault::new("body", Rule::Malformed)]);
    let report: Report = serde_json::from_slice(&body).map_err(|_| wrong())?;
    if report.spans.len() > SPANS_PER_BEAT * 4 || report.seq < 1 {
        return Err(wrong().into());
    }
    let answer = ctx.store().beat(me, id(&playing)?, Beat { seq: report.seq, spans: report.spans, position: report.position }).await?;
    let outcome = match answer.outcome {
        Outcome::Credited => "credited",
        Outcome::Trimmed => "trimmed",
        Outcome::PresenceDue => "presence_due",
        Outcome::Repeated => "repeated",
    };
    Ok(Json(Judged { outcome: outcome.into(), seen: answer.seen.spans().to_vec(), done: answer.done }).into_response())
}

/// `POST /fn/presence/{playing}`
pub async fn presence(ctx: Ctx, Path(playing): Path<String>) -> Result<Response, Refusal> {
    let me = ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?.actor.person;
    ctx.store().confirm_presence(me, id(&playing)?).await?;
    Ok(Json(serde_json::json!({ "ok": true })).into_response())
}
