//! Reporting a run from the browser: always the whole of it, so that whatever got lost comes with the next report.

use domain::scenario::Input;
use leptos::prelude::*;
use serde::Serialize;
use wasm_bindgen::JsCast;

use crate::islands::post::post;

#[derive(Serialize)]
struct Report {
    hash: String,
    seed: i64,
    inputs: Vec<Input>,
}

/// One page with a run. Copied into handlers.
#[derive(Clone, Copy)]
pub(super) struct Reporter {
    ids: StoredValue<(String, String)>,
    seed: i64,
    inputs: RwSignal<Vec<Input>>,
    message: RwSignal<String>,
    shown_at: StoredValue<f64>,
}

impl Reporter {
    pub(super) fn new(run: String, hash: String, seed: i64, inputs: RwSignal<Vec<Input>>, message: RwSignal<String>) -> Self {
        Self { ids: StoredValue::new((run, hash)), seed, inputs, message, shown_at: StoredValue::new(js_sys::Date::now()) }
    }

    /// Milliseconds since the situation was shown; starts anew.
    pub(super) fn elapsed(&self) -> i64 {
        let now = js_sys::Date::now();
        let shown = self.shown_at.get_value();
        self.shown_at.set_value(now);
        (now - shown).max(0.0) as i64
    }

    /// Reports the run; once it has ended, the page is asked for anew and shows what the server makes of it.
    pub(super) fn send(&self, ended: bool) {
        let reporter = *self;
        let (run, hash) = self.ids.get_value();
        let report = Report { hash, seed: self.seed, inputs: self.inputs.get_untracked() };
        focus();
        wasm_bindgen_futures::spawn_local(async move {
            let body = serde_json::to_string(&report).unwrap_or_default();
            let answer: Result<serde_json::Value, u16> = post(&format!("/fn/runs/{run}"), &body).await;
            match answer {
                Ok(_) => {
                    reporter.message.set(String::new());
                    if ended && let Some(window) = web_sys::window() {
                        window.location().reload().ok();
                    }
                }
                Err(409) => reporter.message.set("这一遍在别处走到了前面。请刷新这一页，从那里接着走。".into()),
                Err(_) if ended => {
                    reporter.message.set("没交上去：网断了。您走的每一步都还在这一页，有网后再点“看结果和复盘”。".into());
                }
                Err(_) => reporter.message.set("网断了，先接着走，连上以后一起交。".into()),
            }
        });
    }
}

/// The new situation is read from its heading on.
fn focus() {
    leptos::leptos_dom::helpers::request_animation_frame(|| {
        let heading = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("scene"));
        if let Some(heading) = heading.and_then(|h| h.dyn_into::<web_sys::HtmlElement>().ok()) {
            heading.focus().ok();
        }
    });
}
