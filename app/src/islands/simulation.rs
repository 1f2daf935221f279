//! A simulation being played. The same view is rendered by the server as plain forms and woken in the browser: there a
//! choice is a step of the same engine, shown at once and reported in the background. What a run is worth is decided on
//! the server by replay.

#![allow(missing_docs, reason = "the island macro makes an undocumented props type")]

use domain::scenario::{Choice, Condition, Event, HIGH, Input, Play, Scenario, State, wire};
use leptos::prelude::*;

/// Where a variable ends the story at once, if it does.
fn red_line(scenario: &Scenario, key: &str) -> Option<i64> {
    fn within(condition: &Condition, key: &str) -> Option<i64> {
        match condition {
            Condition::AtMost { variable, value } if variable == key => Some(*value),
            Condition::Any(parts) => parts.iter().find_map(|c| within(c, key)),
            _ => None,
        }
    }
    scenario.endings.iter().filter(|e| e.at_once).find_map(|e| within(&e.when, key))
}

/// What the player reads for a variable or a person.
pub fn measure_name(scenario: &Scenario, key: &str) -> String {
    let own = scenario.variables.iter().find(|v| v.key == key).map(|v| v.name.clone()).filter(|n| !n.is_empty());
    own.unwrap_or_else(|| {
        let usual = match key {
            "信" => "居民信任",
            "规" => "合规",
            "财" => "经费与资产",
            "时" => "时间余量",
            "安" => "安全",
            "队" => "团队活力",
            other => other,
        };
        usual.to_owned()
    })
}

/// An attitude in a word.
fn attitude(value: i64) -> &'static str {
    match value {
        0..=24 => "很抵触",
        25..=44 => "有顾虑",
        45..=64 => "在观望",
        65..=84 => "愿意谈",
        _ => "很支持",
    }
}

/// A decision with what came of it.
struct Told {
    choice: String,
    lines: Vec<String>,
}

/// Where a run stands after its inputs: the last two states and what the last decision brought.
struct Scene {
    before: State,
    now: State,
    told: Option<Told>,
}

/// A decision as it is remembered: the choice and what followed, in words.
fn tell(scenario: &Scenario, node: usize, key: &str, events: &[Event], before: &State, after: &State) -> Told {
    let choice = scenario.nodes.get(node).and_then(|n| n.choices.iter().find(|c| c.key == key));
    let mut lines: Vec<String> = choice.map(|c| c.result.clone()).into_iter().collect();
    for event in events {
        let line = match event {
            Event::Chance(at) => choice.and_then(|c| c.chance.get(*at)).map(|o| o.text.clone()),
            Event::Kept(at) => scenario.promises.get(*at).map(|p| format!("说过的话办到了：{}", p.text)),
            Event::Broken(at) => scenario.promises.get(*at).map(|p| format!("说过的话没有办到：{}", p.text)),
            Event::CutIn(_) => None,
        };
        lines.extend(line);
    }
    for (at, known) in scenario.information.iter().enumerate() {
        if after.knows(at) && !before.knows(at) {
            lines.push(format!("您打听到：{}", known.text));
        }
    }
    Told { choice: choice.map(|c| c.text.clone()).unwrap_or_default(), lines }
}

fn scene(scenario: &Scenario, seed: u64, inputs: &[Input]) -> Scene {
    let play = Play::new(scenario, seed);
    let mut before = play.start();
    let mut now = before.clone();
    let mut told = None;
    for input in inputs {
        let Ok((after, events)) = play.told(&now, input) else { break };
        told = Some(tell(scenario, now.node, &input.choice, &events, &now, &after));
        before = std::mem::replace(&mut now, after);
    }
    Scene { before, now, told }
}

/// A variable as a bar that carries its number, its change, and where its red line is.
fn gauge(name: String, now: i64, before: i64, red: Option<i64>) -> impl IntoView + use<> {
    let change = now - before;
    let (class, word) = match change {
        0 => ("gauge__d", "不变".to_owned()),
        up if up > 0 => ("gauge__d gauge__d--up", format!("升 {up}")),
        down => ("gauge__d gauge__d--down", format!("降 {}", -down)),
    };
    let line = red.map_or_else(String::new, |red| format!("，到 {red} 就办不成了"));
    let label = format!("{name} {now}，满分 {HIGH}，{word}{line}");
    let (low, high) = (now.min(before), now.max(before));
    let moved = if change < 0 { "gauge__loss" } else { "gauge__gain" };
    view! {
        <div class="gauge">
            <div class="gauge__row"><span class="gauge__name">{name}</span><span><span class="gauge__val">{now}</span>" "<span class=class>{word}</span></span></div>
            <svg class="gauge__svg" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=label>
                <rect class="gauge__track" x="0" y="0" width="100" height="10"></rect>
                <rect class="gauge__fill" x="0" y="0" width=low.to_string() height="10"></rect>
                <rect class=moved x=low.to_string() y="0" width=(high - low).to_string() height="10"></rect>
                {red.map(|red| view! { <path class="gauge__red" d=format!("M{red} -3V13")></path> })}
            </svg>
        </div>
    }
}

/// Everything at the side: variables that are shown, people, time, what is known and promised.
fn state_view(scenario: &Scenario, scene: &Scene) -> impl IntoView + use<> {
    let value = |state: &State, at: usize| state.values.get(at).copied().unwrap_or(0);
    let gauges = scenario
        .variables
        .iter()
        .enumerate()
        .filter(|(_, v)| !v.hidden)
        .map(|(at, v)| gauge(measure_name(scenario, &v.key), value(&scene.now, at), value(&scene.before, at), red_line(scenario, &v.key)))
        .collect_view();
    let first = scenario.variables.len();
    let people = scenario
        .people
        .iter()
        .enumerate()
        .map(|(at, person)| {
            let (now, before) = (value(&scene.now, first + at), value(&scene.before, first + at));
            let moved = match now - before {
                0 => "",
                up if up > 0 => "，比刚才近了些",
                _ => "，比刚才远了些",
            };
            view! { <li class="sim__person"><span>{person.key.clone()}<small>{person.who.clone()}</small></span><span>{attitude(now)}{moved}</span></li> }
        })
        .collect_view();
    let time = scenario.time.as_ref().map(|t| {
        let left = (t.limit - scene.now.time).max(0);
        view! { <p class="small">{format!("过去 {} {}，还有 {left} {}", scene.now.time, t.unit, t.unit)}</p> }
    });
    let known: Vec<_> = scenario
        .information
        .iter()
        .enumerate()
        .filter(|(at, _)| scene.now.knows(*at))
        .map(|(_, i)| view! { <li>{i.text.clone()}</li> })
        .collect();
    let promised: Vec<_> = scene
        .now
        .promises
        .iter()
        .filter_map(|(at, left)| Some((scenario.promises.get(*at)?.text.clone(), *left)))
        .map(|(text, left)| view! { <li>{format!("{text}（还有 {left} 步）")}</li> })
        .collect();
    let list = |title: &'static str, items: Vec<_>| {
        (!items.is_empty()).then(|| view! { <div><p class="small"><b>{title}</b></p><ul class="small">{items}</ul></div> })
    };
    view! {
        <aside class="sim__state stack stack--s" aria-label="眼下的局面">
            <p class="gauges__head">"眼下的局面"</p>
            <div class="gauges">{gauges}</div>
            {time}
            {(!scenario.people.is_empty()).then(|| view! { <ul class="sim__people">{people}</ul> })}
            {list("您知道的", known)}
            {list("您答应的", promised)}
        </aside>
    }
}

/// A situation in paragraphs; what somebody says stands apart.
pub fn paragraphs(text: &str) -> impl IntoView + use<> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let class = line.trim_start().starts_with('“').then_some("scene__say");
            view! { <p class=class>{line.trim().to_owned()}</p> }
        })
        .collect_view()
}

/// Signs by which choices are called in the order shown.
pub const SIGNS: [&str; 6] = ["甲", "乙", "丙", "丁", "戊", "己"];

/// A simulation being played.
#[island]
pub fn Simulation(
    /// The run.
    run: String,
    /// Hash of the content.
    hash: String,
    /// The seed, in decimal: it has 64 bits.
    seed: String,
    /// The scenario without what would give it away, packed.
    scenario: Vec<String>,
    /// Decisions so far.
    inputs: Vec<Input>,
    /// Decisions taken back so far.
    undone: i64,
    /// Whether this device reports; the others of a group watch.
    reports: bool,
) -> impl IntoView {
    // What the server packed can be unpacked; a page that was damaged on its way stays the plain forms it is.
    wire::unpack(&scenario).map(|scenario| playing(run, hash, seed, scenario, inputs, undone, reports))
}

fn playing(run: String, hash: String, seed: String, scenario: Scenario, inputs: Vec<Input>, undone: i64, reports: bool) -> impl IntoView {
    let seed_number = seed.parse::<i64>().unwrap_or(0);
    let action = format!("/simulations/runs/{run}");
    let inputs = RwSignal::new(inputs);
    let undone = RwSignal::new(undone);
    let message = RwSignal::new(String::new());
    let scenario = StoredValue::new(scenario);

    #[cfg(feature = "hydrate")]
    let reporter = browser::Reporter::new(run.clone(), hash.clone(), seed_number, browser::Shown { inputs, undone, message });
    #[cfg(not(feature = "hydrate"))]
    let _ = (&run, &hash);

    let choose = move |node: String, choice: String| {
        #[cfg(feature = "hydrate")]
        {
            let Some(elapsed) = reporter.elapsed() else { return };
            let ended = scenario.with_value(|s| {
                let next = Input { node, choice, elapsed };
                let all: Vec<Input> = inputs.with_untracked(|i| i.iter().cloned().chain([next]).collect());
                let ended = scene(s, seed_number as u64, &all).now.ending.is_some();
                inputs.set(all);
                ended
            });
            reporter.send(ended);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (node, choice);
    };
    let take_back = move |ev: leptos::ev::MouseEvent| {
        ev.prevent_default();
        inputs.update(|i| {
            i.pop();
        });
        undone.update(|n| *n += 1);
        #[cfg(feature = "hydrate")]
        reporter.send(false);
    };
    let again = move |_| {
        #[cfg(feature = "hydrate")]
        reporter.send(true);
    };

    let body = move || {
        scenario.with_value(|s| {
            let steps = inputs.with(Vec::len);
            let scene = inputs.with(|i| scene(s, seed_number as u64, i));
            let play = Play::new(s, seed_number as u64);
            let node = s.nodes.get(scene.now.node).filter(|_| scene.now.ending.is_none());
            let told = scene.told.as_ref().map(|told| {
                let lines = told.lines.iter().map(|l| view! { <p>{l.clone()}</p> }).collect_view();
                view! { <div class="note" role="status"><div><p class="small muted">{format!("您刚才：{}", told.choice)}</p>{lines}</div></div> }
            });
            let choices = node.map(|node| {
                let open: Vec<&Choice> = play.open(&scene.now);
                let rows = open
                    .into_iter()
                    .zip(SIGNS)
                    .map(|(choice, sign)| {
                        let (at, key) = (node.key.clone(), choice.key.clone());
                        let pick = move |ev: leptos::ev::MouseEvent| {
                            ev.prevent_default();
                            choose(at.clone(), key.clone());
                        };
                        view! {
                            <button class="choice" type="submit" name="choice" value=choice.key.clone() disabled=!reports on:click=pick>
                                <span class="choice__k" aria-hidden="true">{sign}</span><span>{choice.text.clone()}</span>
                            </button>
                        }
                    })
                    .collect_view();
                view! {
                    <div class="scene">
                        <h1 id="scene" tabindex="-1">{node.title.clone()}</h1>
                        <div class="scene__text">{paragraphs(&node.brief)}</div>
                        <button class="btn btn--s speak" type="button" data-speak=".scene__text, .choice">"念给我听"</button>
                    </div>
                    {(s.undo && reports && steps > 0).then(|| view! {
                        <form method="post" action=action.clone()>
                            <input type="hidden" name="step" value=steps.to_string()/><input type="hidden" name="undo" value="1"/>
                            <button class="btn btn--s" type="submit" on:click=take_back>"收回上一步，重新选"</button>
                        </form>
                    })}
                    <form class="stack" method="post" action=action.clone()>
                        <input type="hidden" name="step" value=steps.to_string()/>
                        <input type="hidden" name="node" value=node.key.clone()/>
                        <fieldset class="choices"><legend class="h-like">"您怎么办？"</legend>{rows}</fieldset>
                    </form>
                }
            });
            let over = scene.now.ending.is_some().then(|| {
                view! { <p><button class="btn btn--main" type="button" on:click=again>"看结果和复盘"</button></p> }
            });
            view! {
                <div class="sim">
                    {state_view(s, &scene)}
                    <div class="sim__main stack stack--l">
                        <div class="row row--between small muted"><span>{s.role.clone()}</span><span>{format!("第 {} 步", steps + 1)}</span></div>
                        {told}
                        {choices}
                        {over}
                        <p class="small t-due" aria-live="polite">{move || message.get()}</p>
                    </div>
                </div>
            }
        })
    };
    view! { <div class="sim-box">{body}</div> }
}

#[cfg(feature = "hydrate")]
mod browser;
