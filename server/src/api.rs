//! `/api/v1`: the same use cases and permissions as the pages, in JSON. OpenAPI is generated from this file.

use app::portal::{Ctx, Portal, Refusal};
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use axum::{Json, Router, routing::get};
use domain::Uuid;
use domain::fault::{Fault, FieldFault, Rule};
use serde::{Deserialize, Serialize};
use store::people::sign_in::Attempt;
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(
    info(title = "育才", version = "1", description = "培训学习门户的接口。变化只加不减。"),
    servers((url = "/api/v1")),
    components(schemas(Problem)),
    modifiers(&Tokens)
)]
struct Document;

/// Says how to sign in: a token from `POST /sessions` as a bearer.
struct Tokens;

impl utoipa::Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        }
    }
}

/// What is answered instead: problem+json.
#[derive(Serialize, ToSchema)]
struct Problem {
    /// Address of the kind of problem.
    r#type: String,
    /// Its code.
    title: String,
    /// The status.
    status: u16,
}

/// A list with the cursor of its next page.
#[derive(Serialize, ToSchema)]
struct List<T> {
    /// The items.
    items: Vec<T>,
    /// Cursor of the next page, if there is one.
    next: Option<String>,
}

/// A region.
#[derive(Serialize, ToSchema)]
struct Region {
    /// 12-digit code.
    code: String,
    /// Code of the node above.
    parent: Option<String>,
    /// `city`, `district`, `township`, `community`.
    level: String,
    /// Kind.
    kind: String,
    /// Official name.
    name: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RegionQuery {
    /// `city`, `district`, `township` or `community`
    #[param(inline)]
    level: RegionLevel,
    /// 12-digit code of the node above
    #[param(pattern = "^[0-9]{12}$")]
    parent: Option<String>,
    /// From the answer before
    #[param(pattern = "^[0-9]{12}$")]
    cursor: Option<String>,
    /// Items wanted, 1–500
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RegionLevel {
    City,
    District,
    Township,
    Community,
}

/// A course of the catalogue.
#[derive(Serialize, ToSchema)]
struct Course {
    /// Course code.
    code: String,
    /// Part of its address.
    slug: String,
    /// Title.
    title: String,
    /// One sentence.
    summary: String,
    /// `PB`, `ST`, `CP`, `PO`, `PI`, `EX`.
    area: String,
    /// `basic`, `core`, `advanced`.
    level: String,
    /// Whether people can enrol.
    open: bool,
    /// Minutes by mode.
    minutes: Minutes,
}

/// Minutes by mode.
#[derive(Serialize, ToSchema)]
struct Minutes {
    /// 线下授课
    in_person: i64,
    /// 网上课堂
    online: i64,
    /// 现场教学
    field: i64,
    /// 情景模拟
    simulation: i64,
}

#[derive(Deserialize, ToSchema)]
struct SignIn {
    /// User name or mobile number
    #[schema(min_length = 1, max_length = 100, pattern = "\\S")]
    login: String,
    /// Password
    #[schema(min_length = 1, max_length = 128)]
    password: String,
}

/// Which of the people who share a number.
#[derive(Deserialize, ToSchema)]
struct Choose {
    /// The choice that `POST /sessions` answered, good for five minutes and once
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    choice: String,
}

/// What an attempt to sign in came to: a token, or the people who share the number and the password.
#[derive(Serialize, ToSchema)]
struct SignedIn {
    /// The token, to be sent as `Authorization: Bearer`; good for thirty days.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Who is meant? Answer one of these to `POST /sessions/choice`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    which: Vec<Which>,
}

/// One of the people who share a number.
#[derive(Serialize, ToSchema)]
struct Which {
    /// Name.
    name: String,
    /// To be answered.
    choice: String,
}

#[derive(Deserialize, ToSchema)]
struct Enrol {
    /// Course code
    #[schema(max_length = 20)]
    course: String,
    /// Made by the client: sending twice enrols once
    id: Uuid,
}

/// An enrolment of the signed-in person with its progress.
#[derive(Serialize, ToSchema)]
struct Enrolment {
    /// The enrolment.
    id: Uuid,
    /// Course code.
    course: String,
    /// `active`, `completed`.
    state: String,
    /// Milliseconds UTC.
    occurred_at: i64,
    /// Lessons done.
    lessons_done: i64,
    /// Lessons of the edition.
    lessons: i64,
    /// Whether the online part is done.
    online_done: bool,
}

/// What is done and what is missing, condition by condition.
#[derive(Serialize, ToSchema)]
struct Completion {
    /// The enrolment.
    id: Uuid,
    /// Version of the rule.
    rule_version: String,
    /// Standing, as computed by the rule.
    #[schema(value_type = Object)]
    standing: serde_json::Value,
}

/// An entry of the ledger.
#[derive(Serialize, ToSchema)]
struct Entry {
    /// The entry.
    id: Uuid,
    /// Course code.
    course: String,
    /// Lesson key; empty for the course test.
    lesson: String,
    /// Content area.
    area: String,
    /// Mode.
    mode: String,
    /// Minutes.
    minutes: i64,
    /// Evidence class.
    evidence: String,
    /// Version of the rule.
    rule_version: String,
    /// Milliseconds UTC.
    occurred_at: i64,
    /// Milliseconds UTC.
    recorded_at: i64,
}

fn invalid(field: &str) -> Refusal {
    Fault::Invalid(vec![FieldFault::new(field, Rule::Malformed)]).into()
}

/// JSON whose faults are ours to word.
struct Body<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequest<Portal> for Body<T> {
    type Rejection = Refusal;
    async fn from_request(request: axum::extract::Request, portal: &Portal) -> Result<Self, Refusal> {
        let read: Result<Json<T>, JsonRejection> = Json::from_request(request, portal).await;
        read.map(|Json(body)| Self(body)).map_err(|_| invalid("body"))
    }
}

/// A query whose faults are ours to word.
struct Asked<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequestParts<Portal> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut axum::http::request::Parts, portal: &Portal) -> Result<Self, Refusal> {
        let read: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, portal).await;
        read.map(|Query(query)| Self(query)).map_err(|_| invalid("query"))
    }
}

/// An id in the address; anything else is not there.
struct Id(Uuid);

impl FromRequestParts<Portal> for Id {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut axum::http::request::Parts, portal: &Portal) -> Result<Self, Refusal> {
        let read: Result<Path<Uuid>, PathRejection> = Path::from_request_parts(parts, portal).await;
        read.map(|Path(id)| Self(id)).map_err(|_| Fault::Missing.into())
    }
}

/// Who is signed in. A one-time password is changed on the pages first.
fn me(ctx: &Ctx) -> Result<Uuid, Refusal> {
    let visitor = ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?;
    if visitor.must_change_password {
        return Err(Fault::Refused("password_change_due".into()).into());
    }
    Ok(visitor.actor.person)
}

/// How many items, 1–500.
fn limited(limit: Option<i64>) -> Result<i64, Refusal> {
    let limit = limit.unwrap_or(100);
    if (1..=500).contains(&limit) { Ok(limit) } else { Err(invalid("limit")) }
}

/// Regions of one level, by code.
#[utoipa::path(get, path = "/regions", params(RegionQuery), responses((status = 200, body = List<Region>), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn regions(ctx: Ctx, Asked(query): Asked<RegionQuery>) -> Result<Json<List<Region>>, Refusal> {
    let limit = limited(query.limit)?;
    for code in [&query.parent, &query.cursor].into_iter().flatten() {
        if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("parent"));
        }
    }
    let level = match query.level {
        RegionLevel::City => "city",
        RegionLevel::District => "district",
        RegionLevel::Township => "township",
        RegionLevel::Community => "community",
    };
    let mut conn = ctx.store().db.read().await?;
    let nodes = store::place::list(&mut conn, level, query.parent.as_deref(), query.cursor.as_deref().unwrap_or(""), limit).await?;
    let next = if nodes.len() as i64 == limit { nodes.last().map(|n| n.code.clone()) } else { None };
    let items = nodes.into_iter().map(|n| Region { code: n.code, parent: n.parent, level: n.level, kind: n.kind, name: n.name }).collect();
    Ok(Json(List { items, next }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CourseQuery {
    /// From the answer before
    #[param(pattern = "^[A-Z][0-9]{1,5}$")]
    cursor: Option<String>,
    /// Items wanted, 1–500
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LedgerQuery {
    /// From the answer before
    #[param(pattern = "^[0-9]{1,15}~[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    cursor: Option<String>,
    /// Items wanted, 1–500
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Reads a cursor of the ledger as its pattern says it; anything else is refused.
fn ledger_cursor(text: &str) -> Option<(i64, Uuid)> {
    let (at, id) = text.split_once('~')?;
    let digits = (1..=15).contains(&at.len()) && at.bytes().all(|b| b.is_ascii_digit());
    let hyphenated = id.len() == 36 && id.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if digits && hyphenated { Some((at.parse().ok()?, Uuid::parse_str(id).ok()?)) } else { None }
}

/// The catalogue, by code.
#[utoipa::path(get, path = "/courses", params(CourseQuery), responses((status = 200, body = List<Course>), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn courses(ctx: Ctx, Asked(query): Asked<CourseQuery>) -> Result<Json<List<Course>>, Refusal> {
    let limit = limited(query.limit)? as usize;
    let code = |text: &str| {
        let digits = text.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or_default();
        (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if query.cursor.as_ref().is_some_and(|cursor| !code(cursor)) {
        return Err(invalid("cursor"));
    }
    let catalogue = ctx.store().catalogue().await?;
    let mut cards: Vec<_> = catalogue.cards().iter().filter(|c| query.cursor.as_ref().is_none_or(|cursor| c.code > *cursor)).collect();
    cards.sort_by(|a, b| a.code.cmp(&b.code));
    let next = cards.get(limit).map(|_| cards[limit - 1].code.clone());
    let course = |c: &store::course::Card| Course {
        code: c.code.clone(),
        slug: c.slug.clone(),
        title: c.title.clone(),
        summary: c.summary.clone(),
        area: c.area.code().into(),
        level: c.level.code().into(),
        open: c.status == domain::course::CourseStatus::Open,
        minutes: Minutes {
            in_person: c.minutes.in_person,
            online: c.minutes.online,
            field: c.minutes.field,
            simulation: c.minutes.simulation,
        },
    };
    Ok(Json(List { items: cards.into_iter().take(limit).map(course).collect(), next }))
}

/// Signs in and gives a token; where several people share the number, asks which one.
#[utoipa::path(post, path = "/sessions", request_body = SignIn, responses((status = 200, body = SignedIn), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn sign_in(ctx: Ctx, Body(form): Body<SignIn>) -> Result<Json<SignedIn>, Refusal> {
    if form.login.trim().is_empty() || form.password.is_empty() || form.password.chars().count() > 128 || form.login.chars().count() > 100 {
        return Err(invalid("login"));
    }
    signed_in(ctx.store().sign_in_program(&form.login, &form.password, &ctx.device).await?)
}

/// Signs in one of the people who share a number.
#[utoipa::path(post, path = "/sessions/choice", request_body = Choose, responses((status = 200, body = SignedIn), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn choose(ctx: Ctx, Body(form): Body<Choose>) -> Result<Json<SignedIn>, Refusal> {
    if form.choice.len() != 64 || !form.choice.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(invalid("choice"));
    }
    signed_in(ctx.store().sign_in_program_as(&form.choice, &ctx.device).await?)
}

fn signed_in(attempt: Attempt) -> Result<Json<SignedIn>, Refusal> {
    match attempt {
        Attempt::In { token } => Ok(Json(SignedIn { token: Some(token), which: Vec::new() })),
        Attempt::Which(people) => {
            let which = people.into_iter().map(|(name, choice)| Which { name, choice }).collect();
            Ok(Json(SignedIn { token: None, which }))
        }
        Attempt::Wrong | Attempt::Locked { .. } => Err(Fault::SignedOut.into()),
    }
}

/// Signs out: the token of this request ends.
#[utoipa::path(delete, path = "/sessions", security(("token" = [])), responses((status = 204), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn sign_out(ctx: Ctx) -> Result<axum::http::StatusCode, Refusal> {
    let visitor = ctx.session.visitor.as_ref().ok_or(Fault::SignedOut)?;
    ctx.store().end_session(visitor.actor.person, visitor.session).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Own enrolments with their progress.
#[utoipa::path(get, path = "/enrolments", security(("token" = [])), responses((status = 200, body = List<Enrolment>), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn enrolments(ctx: Ctx) -> Result<Json<List<Enrolment>>, Refusal> {
    let journeys = ctx.store().journeys(me(&ctx)?).await?;
    let items = journeys
        .into_iter()
        .map(|j| Enrolment {
            id: j.enrolment.id,
            course: j.enrolment.course.clone(),
            state: j.enrolment.state.code().into(),
            occurred_at: j.enrolment.occurred_at,
            lessons_done: j.standing.lessons_done() as i64,
            lessons: j.standing.lessons.len() as i64,
            online_done: j.standing.online_done,
        })
        .collect();
    Ok(Json(List { items, next: None }))
}

/// Enrols the signed-in person.
#[utoipa::path(post, path = "/enrolments", security(("token" = [])), request_body = Enrol, responses((status = 200, body = Completion), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 403, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn enrol(ctx: Ctx, Body(form): Body<Enrol>) -> Result<Json<Completion>, Refusal> {
    let me = me(&ctx)?;
    app::people::may_learn(ctx.actor()?)?;
    let id = ctx.store().enrol(me, &form.course, form.id, None).await?;
    completion_of(&ctx, me, id).await
}

/// What is done and what is missing.
#[utoipa::path(get, path = "/enrolments/{id}", security(("token" = [])), params(("id" = Uuid, Path, description = "The enrolment")), responses((status = 200, body = Completion), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn completion(ctx: Ctx, id: Result<Id, Refusal>) -> Result<Json<Completion>, Refusal> {
    let me = me(&ctx)?;
    completion_of(&ctx, me, id?.0).await
}

async fn completion_of(ctx: &Ctx, me: Uuid, id: Uuid) -> Result<Json<Completion>, Refusal> {
    let journey = ctx.store().journey(me, id).await?;
    let standing = serde_json::to_value(&journey.standing).unwrap_or_default();
    Ok(Json(Completion { id, rule_version: journey.enrolment.policy.version.clone(), standing }))
}

/// Own ledger, newest first.
#[utoipa::path(get, path = "/ledger", params(LedgerQuery), security(("token" = [])), responses((status = 200, body = List<Entry>), (status = 401, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn ledger(ctx: Ctx, query: Result<Asked<LedgerQuery>, Refusal>) -> Result<Json<List<Entry>>, Refusal> {
    let me = me(&ctx)?;
    let Asked(query) = query?;
    let limit = limited(query.limit)?;
    let after = match &query.cursor {
        None => None,
        Some(text) => Some(ledger_cursor(text).ok_or_else(|| invalid("cursor"))?),
    };
    let mut entries = ctx.store().ledger(me, None, after, limit + 1).await?;
    let more = entries.len() as i64 > limit;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|e| format!("{}~{}", e.occurred_at, e.id));
    let items = entries
        .into_iter()
        .map(|e| Entry {
            id: e.id,
            course: e.course,
            lesson: e.lesson,
            area: e.area,
            mode: e.mode,
            minutes: e.minutes,
            evidence: e.evidence,
            rule_version: e.rule_version,
            occurred_at: e.occurred_at,
            recorded_at: e.recorded_at,
        })
        .collect();
    Ok(Json(List { items, next }))
}

/// The routes below `/api/v1`, with the document that describes them.
pub fn router() -> Router<Portal> {
    let (routes, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(regions))
        .routes(routes!(courses))
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(choose))
        .routes(routes!(enrolments, enrol))
        .routes(routes!(completion))
        .routes(routes!(ledger))
        .split_for_parts();
    let document = serde_json::to_value(&document).unwrap_or_default();
    Router::new().nest("/api/v1", routes.route("/openapi.json", get(move || async move { Json(document) })))
}
