//! The player in the browser: follows the video second by second, reports every ten seconds, keeps what could not be
//! sent and sends it later.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlVideoElement;

use super::{Judged, Opened, Report};
use crate::islands::post::post;

/// Beats are sent this often while something was played.
const BEAT_EVERY: Duration = Duration::from_secs(10);
/// The position is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The signals of the view.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub spans: RwSignal<Vec<(i64, i64)>>,
    pub is_done: RwSignal<bool>,
    pub message: RwSignal<String>,
    pub presence: RwSignal<bool>,
    pub now: RwSignal<i64>,
}

#[derive(Default)]
struct State {
    playing: Option<String>,
    opening: bool,
    sending: bool,
    stopped: bool,
    seq: i64,
    /// Played and not yet answered.
    unsent: Vec<(i64, i64)>,
    /// A report without an answer: it is sent again as it was, since it may have arrived.
    unanswered: Option<Report>,
    /// Whole second up to which the current stretch was noted.
    cursor: Option<i64>,
}

/// One opened lesson page. Copied into handlers; the state lives in the arena of the page.
#[derive(Clone, Copy)]
pub(super) struct Session {
    state: StoredValue<Rc<RefCell<State>>, LocalStorage>,
    ids: StoredValue<(String, String)>,
    video: NodeRef<leptos::html::Video>,
    shown: Shown,
}

impl Session {
    pub(super) fn start(enrolment: String, lesson: String, video: NodeRef<leptos::html::Video>, shown: Shown) -> Self {
        let session = Self { state: StoredValue::new_local(Rc::default()), ids: StoredValue::new((enrolment, lesson)), video, shown };
        set_interval_with_handle(move || session.look(), LOOK_EVERY).ok();
        set_interval_with_handle(move || session.send(), BEAT_EVERY).ok();
        session
    }

    fn element(&self) -> Option<HtmlVideoElement> {
        self.video.get_untracked().map(|v| v.unchecked_into())
    }

    /// Notes the seconds that passed since the last look.
    fn look(&self) {
        let Some(video) = self.element() else { return };
        let at = video.current_time();
        let second = at.floor() as i64;
        if self.shown.now.get_untracked() != second {
            self.shown.now.set(second);
        }
        let state = self.state.get_value();
        let playing = !video.paused() && !video.seeking();
        if playing && state.borrow().playing.is_none() {
            self.open();
        }
        if !self.shown.is_done.get_untracked() && video.playback_rate() > 1.0 {
            video.set_playback_rate(1.0);
        }
        // The first view does not pass what was seen; the server would not credit it.
        let frontier = self.frontier(&state.borrow());
        if !self.shown.is_done.get_untracked() && at > frontier as f64 + 3.0 {
            video.set_current_time(frontier as f64);
            self.shown.message.set("第一遍请从没看过的地方接着看，往回看随时可以。".into());
            state.borrow_mut().cursor = None;
            return;
        }
        let mut state = state.borrow_mut();
        let ended = video.ended();
        if !playing && !ended {
            state.cursor = None;
            return;
        }
        let reached = if ended { video.duration().floor() as i64 } else { second };
        match state.cursor {
            Some(from) if reached > from && reached - from <= 3 => {
                match state.unsent.last_mut() {
                    Some(last) if last.1 == from => last.1 = reached,
                    _ => state.unsent.push((from, reached)),
                }
                state.cursor = Some(reached);
            }
            Some(from) if reached == from => {}
            _ if !ended => state.cursor = Some(second),
            _ => {}
        }
        drop(state);
        if ended {
            self.send();
        }
    }

    fn frontier(&self, state: &State) -> i64 {
        let seen = self.shown.spans.with_untracked(|s| s.iter().map(|s| s.1).max().unwrap_or(0));
        let unsent = state.unsent.iter().map(|s| s.1).max().unwrap_or(0);
        seen.max(unsent).max(state.cursor.filter(|c| *c <= seen.max(unsent) + 1).unwrap_or(0))
    }

    /// Opens a playing session on the server and resumes where the learner stopped.
    fn open(&self) {
        let state = self.state.get_value();
        if state.borrow().opening || state.borrow().stopped {
            return;
        }
        state.borrow_mut().opening = true;
        let session = *self;
        let (enrolment, lesson) = self.ids.get_value();
        wasm_bindgen_futures::spawn_local(async move {
            let answer: Result<Opened, u16> = post(&format!("/fn/player/{enrolment}/{lesson}"), "{}").await;
            let state = session.state.get_value();
            let mut state = state.borrow_mut();
            state.opening = false;
            match answer {
                Ok(opened) => {
                    state.playing = Some(opened.playing);
                    state.seq = 0;
                    session.shown.spans.set(opened.seen);
                    session.shown.is_done.set(opened.done);
                    if let Some(video) = session.element()
                        && video.current_time() < 2.0
                        && opened.position > 2
                        && opened.position + 2 < video.duration() as i64
                    {
                        video.set_current_time(opened.position as f64);
                        state.cursor = None;
                        state.unsent.clear();
                    }
                }
                Err(_) => session.shown.message.set("网断了，先看着，连上以后补记。".into()),
            }
        });
    }

    /// Sends what was played since the last answer.
    fn send(&self) {
        let state = self.state.get_value();
        let (playing, report) = {
            let mut state = state.borrow_mut();
            let Some(playing) = state.playing.clone() else { return };
            if state.sending || state.stopped || state.unsent.is_empty() {
                return;
            }
            state.sending = true;
            let position = self.shown.now.get_untracked();
            let report = state.unanswered.take().unwrap_or_else(|| {
                state.seq += 1;
                Report { seq: state.seq, spans: state.unsent.iter().take(60).copied().collect(), position }
            });
            (playing, report)
        };
        let session = *self;
        let sent = report.spans.len();
        wasm_bindgen_futures::spawn_local(async move {
            let body = serde_json::to_string(&report).unwrap_or_default();
            let answer: Result<Judged, u16> = post(&format!("/fn/beat/{playing}"), &body).await;
            let state = session.state.get_value();
            let mut state = state.borrow_mut();
            state.sending = false;
            match answer {
                Ok(judged) => {
                    // What was played while the answer was on its way stays.
                    let last = report.spans.last().map_or(0, |s| s.1);
                    let grown = state.unsent.get(sent - 1).map_or(last, |s| s.1);
                    let answered = sent.min(state.unsent.len());
                    state.unsent.drain(..answered);
                    if grown > last {
                        state.unsent.insert(0, (last, grown));
                    }
                    session.shown.spans.set(judged.seen);
                    session.shown.presence.set(judged.outcome == "presence_due");
                    let newly = judged.done && !session.shown.is_done.get_untracked();
                    session.shown.is_done.set(judged.done);
                    session.shown.message.set(if newly { "这一课已完成。".into() } else { String::new() });
                }
                Err(409) => {
                    state.stopped = true;
                    session.shown.message.set("您在别处打开了播放，这里停止计时。要在这里看，请刷新这一页。".into());
                }
                Err(_) => {
                    state.unanswered = Some(report);
                    session.shown.message.set("网断了，先看着，连上以后补记。".into());
                }
            }
        });
    }

    /// 我在
    pub(super) fn confirm(&self) {
        let state = self.state.get_value();
        let Some(playing) = state.borrow().playing.clone() else { return };
        let session = *self;
        wasm_bindgen_futures::spawn_local(async move {
            let answer: Result<serde_json::Value, u16> = post(&format!("/fn/presence/{playing}"), "{}").await;
            if answer.is_ok() {
                session.shown.presence.set(false);
            }
        });
    }

    /// Plays from a second of the transcript.
    pub(super) fn jump(&self, to: i64) {
        if let Some(video) = self.element() {
            self.state.get_value().borrow_mut().cursor = None;
            video.set_current_time(to as f64);
            let _ = video.play();
        }
    }

    pub(super) fn set_rate(&self, rate: f64) {
        if let Some(video) = self.element() {
            video.set_playback_rate(rate);
        }
    }
}
