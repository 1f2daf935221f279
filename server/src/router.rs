//! The complete stack: every address, every layer. Tests drive exactly this.

use std::sync::Arc;

use app::portal::Portal;
use app::simulation::author;
use app::{admin, course, home, learning, ledger, library, monitor, organisation, people, quiz, search, simulation, teach};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::cache::{self, Pages};
use crate::site::Site;
use crate::{api, layers, media};

/// Largest form or JSON body: no page of ours sends more.
const BODY: usize = 64 * 1024;
/// Largest text or file of a scenario.
const SOURCE: usize = 4 << 20;
/// Largest table that is brought in, with what a form adds.
const SHEET: usize = store::sheet::LARGEST + (64 << 10);

/// Builds the router of a portal with its built files.
pub fn router(portal: Portal, site: Arc<Site>) -> Router {
    let pages = Router::new()
        .route("/", get(home::front))
        .route("/help", get(home::help))
        .route("/privacy", get(home::privacy))
        .route("/looks", get(home::looks))
        .route("/prefs", post(home::set_looks))
        .route("/courses", get(course::catalogue))
        .route("/courses/{slug}", get(course::page).post(course::enrol))
        .route("/courses/{slug}/{lesson}", get(course::lesson_page))
        .route("/courses/{slug}/{lesson}/handout.pdf", get(course::handout_file))
        .route("/policies", get(library::policies))
        .route("/policies/{key}", get(library::policy))
        .route("/cases", get(library::cases))
        .route("/cases/{key}", get(library::case))
        .route("/templates", get(library::templates))
        .route("/templates/{key}", get(library::template))
        .route("/templates/{key}/{file}", get(library::template_file))
        .route("/exam", get(library::exam))
        .route("/exam/practice", get(library::practice).post(library::hand_in_practice))
        .route("/exam/{key}", get(library::paper).post(library::hand_in))
        .route("/search", get(search::page))
        .route("/login", get(people::login).post(people::sign_in))
        .route("/login/choose", post(people::choose))
        .route("/login/code", get(people::code_page).post(people::by_code))
        .route("/logout", post(people::sign_out))
        .route("/card", post(people::sign_in_by_card))
        .route("/card/{secret}", get(people::card_page))
        .route("/register", get(people::register).post(people::join))
        .route("/register/place", post(people::lookup))
        .route("/setup/{secret}", get(people::setup_page).post(people::set_up))
        .route("/me", get(people::me))
        .route("/me/password", get(people::password).post(people::change_password))
        .route("/me/privacy", get(home::privacy_due).post(home::accept_privacy))
        .route("/me/sessions/{id}/end", post(people::end_session))
        .route("/me/data.json", get(people::data))
        .route("/me/hours", get(ledger::page))
        .route("/me/hours/proof", get(ledger::proof))
        .route("/me/hours/proof.png", get(ledger::proof_png))
        .route("/me/hours/proof.pdf", get(ledger::proof_pdf))
        .route("/todo", get(people::todo))
        .route("/learn", get(learning::home))
        .route("/learn/{enrolment}", get(learning::class))
        .route("/learn/{enrolment}/leave", post(learning::leave))
        .route("/learn/{enrolment}/test", post(quiz::start_test))
        .route("/learn/{enrolment}/quiz/{attempt}", get(quiz::page).post(quiz::hand_in))
        .route("/learn/{enrolment}/{lesson}", get(learning::lesson_page))
        .route("/learn/{enrolment}/{lesson}/open", post(learning::open))
        .route("/learn/{enrolment}/{lesson}/read", post(learning::finish))
        .route("/learn/{enrolment}/{lesson}/quiz", post(quiz::start))
        .route("/simulations", get(simulation::all))
        .route("/simulations/join", get(simulation::join_page).post(simulation::come_in))
        .route("/simulations/code/{code}", get(simulation::by_code))
        .route("/simulations/runs/{run}", get(simulation::run).post(simulation::step))
        .route("/simulations/runs/{run}/debrief", post(simulation::debrief))
        .route("/simulations/runs/{run}/what-if", post(simulation::what_if))
        .route("/simulations/{key}", get(simulation::intro).post(simulation::start))
        .route("/simulations/{key}/group", post(simulation::group))
        .route("/simulations/{key}/cards", get(simulation::cards))
        .route("/teach", get(teach::home))
        .route("/teach/scenarios", get(author::all).post(author::create))
        .route("/teach/scenarios/{draft}", get(author::draft).post(author::act))
        .route("/teach/scenarios/{draft}/cards/{node}", get(author::card).post(author::save_card))
        .route("/teach/scenarios/{draft}/text", get(author::text).post(author::save_text).layer(DefaultBodyLimit::max(SOURCE)))
        .route("/teach/scenarios/{draft}/import", get(author::import).post(author::take).layer(DefaultBodyLimit::max(SOURCE)))
        .route("/teach/scenarios/{draft}/graph", get(author::graph).post(author::join))
        .route("/teach/scenarios/{draft}/walk", get(author::walk))
        .route("/teach/scenarios/{draft}/history", get(author::history).post(author::restore))
        .route("/teach/simulations/{key}", get(simulation::board).post(simulation::open_room))
        .route("/teach/simulations/{key}/sheet", get(simulation::sheet).post(simulation::keep_sheet))
        .route("/teach/rooms/{room}", get(simulation::room).post(simulation::room_act))
        .route("/teach/rooms/{room}/screen", get(simulation::screen))
        .route("/teach/courses/{code}", get(teach::course).post(teach::give_code))
        .route("/monitor", get(monitor::people))
        .route("/monitor/board", get(monitor::board_first))
        .route("/monitor/{code}", get(monitor::board))
        .route("/monitor/{code}/names", get(monitor::names))
        .route("/monitor/{code}/due", get(monitor::due).post(monitor::change_due))
        .route("/monitor/{code}/table.xlsx", post(monitor::export_board))
        .route("/monitor/people.csv", post(monitor::export))
        .route("/monitor/enrolments", get(monitor::enrolments))
        .route("/monitor/enrolments.csv", post(monitor::export_enrolments))
        .route("/monitor/office", get(monitor::office).post(monitor::set_office))
        .route("/monitor/organisations", get(organisation::all).post(organisation::make))
        .route("/monitor/organisations/{id}", get(organisation::one).post(organisation::act))
        .route("/monitor/imports", get(organisation::imports).post(organisation::bring).layer(DefaultBodyLimit::max(SHEET)))
        .route("/monitor/imports/{id}", get(organisation::import).post(organisation::import_act))
        .route("/monitor/imports/{id}/mend.xlsx", post(organisation::mend))
        .route("/monitor/register", get(monitor::register_page).post(monitor::register))
        .route("/monitor/register/place", post(monitor::register_place))
        .route("/monitor/people/{id}", get(monitor::person_page).post(monitor::act))
        .route("/monitor/people/{id}/home", get(monitor::home_page).post(monitor::correct_home))
        .route("/monitor/people/{id}/home/place", post(monitor::home_place))
        .route("/monitor/people/{id}/card", post(monitor::card))
        .route("/admin/audit", get(admin::audit))
        .route("/fn/runs/{run}", post(simulation::report))
        .route("/fn/player/{enrolment}/{lesson}", post(learning::watch::open_player))
        .route("/fn/beat/{playing}", post(learning::watch::beat))
        .route("/fn/presence/{playing}", post(learning::watch::presence))
        .route("/media/{hash}/{name}", get(media::serve))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(api::router())
        .fallback(home::not_found)
        .with_state(portal.clone());

    let built = {
        let serve = |name: &'static str| {
            let site = site.clone();
            get(move |headers: HeaderMap| async move { site.serve(name, &headers, false) })
        };
        let hashed = {
            let site = site.clone();
            get(move |Path((hash, name)): Path<(String, String)>, headers: HeaderMap| async move {
                if site.pkg == format!("/pkg/{hash}/") { site.serve(&name, &headers, true) } else { StatusCode::NOT_FOUND.into_response() }
            })
        };
        Router::new()
            .route("/pkg/{hash}/{name}", hashed)
            .route("/favicon.svg", serve("favicon.svg"))
            .route("/manifest.webmanifest", serve("manifest.webmanifest"))
            .route("/robots.txt", serve("robots.txt"))
            .route("/offline.html", serve("offline.html"))
            .route("/sw.js", serve("sw.js"))
    };
    let compress = CompressionLayer::new().quality(tower_http::CompressionLevel::Precise(4)).compress_when(
        DefaultPredicate::new().and(NotForContentType::const_new("video/mp4")).and(NotForContentType::const_new("application/pdf")),
    );
    pages
        .merge(built)
        .layer(from_fn_with_state((portal.clone(), Pages::default()), cache::serve))
        .layer(from_fn_with_state(portal.clone(), layers::around))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(compress)
        .layer(from_fn(count))
}

/// `/readyz`: whether the database answers.
async fn ready(State(portal): State<Portal>) -> Response {
    match portal.store.setting("content").await {
        Ok(Some(_)) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

mod counters {
    use std::sync::atomic::AtomicU64;
    pub static REQUESTS: AtomicU64 = AtomicU64::new(0);
    pub static CLIENT_ERRORS: AtomicU64 = AtomicU64::new(0);
    pub static SERVER_ERRORS: AtomicU64 = AtomicU64::new(0);
    pub static MICROS: AtomicU64 = AtomicU64::new(0);
}

async fn count(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    use std::sync::atomic::Ordering::Relaxed;
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    counters::REQUESTS.fetch_add(1, Relaxed);
    counters::MICROS.fetch_add(begun.elapsed().as_micros() as u64, Relaxed);
    if response.status().is_client_error() {
        counters::CLIENT_ERRORS.fetch_add(1, Relaxed);
    }
    if response.status().is_server_error() {
        counters::SERVER_ERRORS.fetch_add(1, Relaxed);
    }
    response
}

/// `/metrics` in the Prometheus text format.
async fn metrics() -> Response {
    use std::sync::atomic::Ordering::Relaxed;
    let text = format!(
        "# TYPE yucai_requests_total counter\nyucai_requests_total {}\n\
         # TYPE yucai_client_errors_total counter\nyucai_client_errors_total {}\n\
         # TYPE yucai_server_errors_total counter\nyucai_server_errors_total {}\n\
         # TYPE yucai_request_seconds_total counter\nyucai_request_seconds_total {:.6}\n",
        counters::REQUESTS.load(Relaxed),
        counters::CLIENT_ERRORS.load(Relaxed),
        counters::SERVER_ERRORS.load(Relaxed),
        counters::MICROS.load(Relaxed) as f64 / 1e6,
    );
    let mut response = text.into_response();
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}
