//! The video player: plays, shows captions and transcript, and reports which seconds were played. What they count for is
//! decided on the server; the page works without this script through the transcript.

#![allow(missing_docs, reason = "the island macro makes an undocumented props type")]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One sentence of the transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerCue {
    /// Second at which it begins.
    pub start: i64,
    /// The sentence.
    pub text: String,
}

/// What the server says when a player is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The playing session.
    pub playing: String,
    /// Where to resume, in seconds.
    pub position: i64,
    /// Proved seconds, as spans.
    pub seen: Vec<(i64, i64)>,
    /// Whether the lesson is done.
    pub done: bool,
}

/// What the player reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Number of the beat.
    pub seq: i64,
    /// Spans played since the last answered beat.
    pub spans: Vec<(i64, i64)>,
    /// Where the player stands.
    pub position: i64,
}

/// What the server makes of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// `credited`, `trimmed`, `presence_due`, `repeated`.
    pub outcome: String,
    /// Proved seconds, as spans.
    pub seen: Vec<(i64, i64)>,
    /// Whether the lesson is done.
    pub done: bool,
}

/// `72` as `1:12`.
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn total(spans: &[(i64, i64)]) -> i64 {
    spans.iter().map(|(a, b)| b - a).sum()
}

fn parse(text: &str) -> Vec<(i64, i64)> {
    text.split(',').filter_map(|s| s.split_once('-')).filter_map(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?))).collect()
}

/// The player of one video lesson.
#[island]
#[allow(clippy::too_many_arguments, reason = "props of an island are its arguments")]
pub fn Player(
    /// The enrolment.
    enrolment: String,
    /// Key of the lesson.
    lesson: String,
    /// Address of the video.
    src: String,
    /// Address of the captions.
    captions: String,
    /// Address of the picture before it plays.
    poster: String,
    /// Length in seconds.
    seconds: i64,
    /// Size in MB, to be told before it plays.
    size: String,
    /// Proved seconds so far, as stored.
    seen: String,
    /// Seconds needed.
    needed: i64,
    /// Whether the lesson is done.
    done: bool,
    /// The transcript.
    cues: Vec<PlayerCue>,
) -> impl IntoView {
    let spans = RwSignal::new(parse(&seen));
    let is_done = RwSignal::new(done);
    let message = RwSignal::new(String::new());
    let presence = RwSignal::new(false);
    let now = RwSignal::new(0i64);
    let video: NodeRef<leptos::html::Video> = NodeRef::new();

    #[cfg(feature = "hydrate")]
    let session = browser::Session::start(enrolment, lesson, video, browser::Shown { spans, is_done, message, presence, now });
    #[cfg(not(feature = "hydrate"))]
    let _ = (&enrolment, &lesson);

    let confirm = move |_| {
        #[cfg(feature = "hydrate")]
        session.confirm();
    };
    let jump = move |to: i64| {
        #[cfg(feature = "hydrate")]
        session.jump(to);
        let _ = to;
    };
    let back = move |_| jump((now.get_untracked() - 15).max(0));
    let rate = RwSignal::new("1");
    let faster = move |_| {
        let next = if rate.get_untracked() == "1" { "1.5" } else { "1" };
        rate.set(next);
        #[cfg(feature = "hydrate")]
        session.set_rate(if next == "1" { 1.0 } else { 1.5 });
    };
    let bars = move || {
        spans
            .get()
            .into_iter()
            .map(|(a, b)| view! { <rect class="proof__seen" x=(a * 1000 / seconds.max(1)).to_string() y="4" width=((b - a) * 1000 / seconds.max(1)).max(1).to_string() height="12"></rect> })
            .collect_view()
    };
    let current = move |start: i64, end: i64| move || if (start..end).contains(&now.get()) { "script__p is-now" } else { "script__p" };
    let ends: Vec<i64> = cues.iter().skip(1).map(|c| c.start).chain([seconds]).collect();
    let script = cues
        .into_iter()
        .zip(ends)
        .map(|(cue, end)| {
            let start = cue.start;
            view! {
                <p class=current(start, end) id=format!("t{start}")><button class="script__t" type="button" on:click=move |_| jump(start) aria-label=format!("从 {} 看起", clock(start))>{clock(start)}</button><span>{cue.text}</span></p>
            }
        })
        .collect_view();
    view! {
        <section class="stack" aria-label="视频">
            <div class="stage">
                <video class="stage__pic" node_ref=video src=src poster=poster preload="metadata" controls playsinline=true controlslist="nodownload">
                    <track kind="captions" srclang="zh-CN" label="中文字幕" src=captions default=true/>
                </video>
                <div class="stage__ctl">
                    <button class="stage__btn" type="button" on:click=back>"退 15 秒"</button>
                    <span class="stage__time">{move || format!("{} / {}", clock(now.get()), clock(seconds))}</span>
                    {move || if is_done.get() {
                        view! { <button class="stage__btn" type="button" on:click=faster>{move || format!("{} 倍", rate.get())}</button> }.into_any()
                    } else {
                        view! { <span class="stage__time">"第一遍 1 倍速，学完放开"</span> }.into_any()
                    }}
                </div>
            </div>
            <p class="small muted">{format!("视频 {size} MB。用流量的话，先看清楚再点播放。")}</p>
            <Show when=move || presence.get()>
                <div class="note note--due" role="alertdialog" aria-label="还在看吗"><div><p><b>"您还在看吗？"</b>" 点一下，接着计时。没点也不要紧，看过的都算数。"</p><button class="btn btn--main" type="button" on:click=confirm>"我在"</button></div></div>
            </Show>
            <section class="proof" aria-label="看过的部分">
                <p class="prog__row"><b class="prog__num">{move || format!("看过 {}，够 {} 就算看完", clock(total(&spans.get())), clock(needed))}</b>
                    <span class="t-due small">{move || { let left = needed - total(&spans.get()); if left > 0 { format!("还差 {}", clock(left)) } else { "已看够".to_owned() } }}</span></p>
                <svg class="proof__bar" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true"><rect class="proof__track" x="0" y="4" width="1000" height="12"></rect>{bars}
                    <rect class="proof__now" x=move || (now.get() * 1000 / seconds.max(1)).to_string() y="0" width="4" height="20"></rect></svg>
                <p class="small" role="status">{move || message.get()}</p>
            </section>
            <details class="drawer"><summary>"文字稿，点时间从那里看起"</summary><div class="script">{script}</div></details>
        </section>
    }
}

#[cfg(feature = "hydrate")]
mod browser;
