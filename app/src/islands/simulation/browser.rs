//! Reporting a run from the browser: always the whole of it, so that whatever got lost comes with the next report.

use domain::scenario::Input;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

use crate::islands::post::post;

#[derive(Serialize)]
struct Report {
    hash: String,
    seed: i64,
    inputs: Vec<Input>,
    undone: i64,
}

/// What the page shows of a run.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    /// Decisions that stand.
    pub inputs: RwSignal<Vec<Input>>,
    /// Decisions taken back.
    pub undone: RwSignal<i64>,
    /// What is said to the player.
    pub message: RwSignal<String>,
}

/// What the server says of it.
#[derive(Deserialize)]
struct Answer {
    ending: Option<String>,
}

/// A second tap on the same spot is not a decision about what stands there by then, in milliseconds.
const STEADY: f64 = 400.0;

/// One page with a run. Copied into handlers.
#[derive(Clone, Copy)]
pub(super) struct Reporter {
    ids: StoredValue<(String, String)>,
    seed: i64,
    inputs: RwSignal<Vec<Input>>,
    undone: RwSignal<i64>,
    message: RwSignal<String>,
    shown_at: StoredValue<f64>,
    sending: StoredValue<bool>,
}

impl Reporter {
    pub(super) fn new(run: String, hash: String, seed: i64, Shown { inputs, undone, message }: Shown) -> Self {
        Self {
            ids: StoredValue::new((run, hash)),
            seed,
            inputs,
            undone,
            message,
            // The first tap is not a second one.
            shown_at: StoredValue::new(js_sys::Date::now() - STEADY),
            sending: StoredValue::new(false),
        }
    }

    /// Milliseconds since the situation was shown, and starts anew; none for a tap that came too soon to be meant.
    pub(super) fn elapsed(&self) -> Option<i64> {
        let now = js_sys::Date::now();
        let passed = now - self.shown_at.get_value();
        if (0.0..STEADY).contains(&passed) {
            return None;
        }
        self.shown_at.set_value(now);
        Some(passed.max(0.0) as i64)
    }

    /// Reports the run, one report at a time; what was decided meanwhile goes with the next one. Once the run has ended,
    /// the page is asked for anew and shows what the server makes of it.
    pub(super) fn send(&self, ended: bool) {
        focus();
        if self.sending.get_value() {
            return;
        }
        self.sending.set_value(true);
        let reporter = *self;
        let (run, hash) = self.ids.get_value();
        let report = Report { hash, seed: self.seed, inputs: self.inputs.get_untracked(), undone: self.undone.get_untracked() };
        wasm_bindgen_futures::spawn_local(async move {
            let body = serde_json::to_string(&report).unwrap_or_default();
            let answer: Result<Answer, u16> = post(&format!("/fn/runs/{run}"), &body).await;
            reporter.sending.set_value(false);
            let back = reporter.undone.get_untracked() > report.undone;
            let behind = back || reporter.inputs.with_untracked(|i| i.len() > report.inputs.len());
            match answer {
                Ok(answer) => {
                    reporter.message.set(String::new());
                    if behind {
                        reporter.send(ended);
                    } else if answer.ending.is_some()
                        && let Some(window) = web_sys::window()
                    {
                        window.location().reload().ok();
                    }
                }
                Err(401) => reporter.message.set("登录过期了。刷新这一页，登录以后从交到的那一步接着走。".into()),
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
