//! Plays written down: whoever plays them again, natively or in the browser, gets the same bytes.

use domain::scenario::notation::{write_condition, write_effects};
use domain::scenario::*;
use domain::seed::Draw;
use sha2::{Digest, Sha256};

/// SHA-256 of a transcript, hex.
pub fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// Random plays of a scenario by so many seeds, line by line: choice taken of those shown, state, what happened, verdict.
pub fn transcript(scenario: &Scenario, seeds: u64) -> String {
    let scoring = Scoring { version: "t".into(), decisions: 60, ending: 25 };
    let mut out = String::new();
    for seed in 0..seeds {
        let play = Play::new(scenario, seed);
        let mut picks = Draw::new(seed ^ 0xfeed);
        let mut state = play.start();
        let mut inputs = Vec::new();
        while state.ending.is_none() {
            let open = play.open(&state);
            let Some(choice) = open.get(picks.below(open.len() as u64) as usize) else {
                out += &format!("{seed} stuck\n");
                break;
            };
            let shown: Vec<&str> = open.iter().map(|c| c.key.as_str()).collect();
            let input = Input { node: scenario.nodes[state.node].key.clone(), choice: choice.key.clone(), elapsed: 0 };
            let (after, events) = play.told(&state, &input).unwrap();
            state = after;
            let State { values, time, flags, known, promises, .. } = &state;
            let shown = shown.join(",");
            out += &format!(
                "{seed} {}/{} of {shown} {values:?} {time} {flags:x} {known:x} {promises:?} {events:?}\n",
                input.node, input.choice
            );
            inputs.push(input);
        }
        let verdict = play.replay(&inputs, &scoring).unwrap();
        assert_eq!(verdict.state, state);
        out += &format!("{seed} {:?} {:?}\n", verdict.ending, verdict.score);
    }
    out
}

/// A scenario made by chance: everything the engine has, names that exist and some that do not.
pub fn random(seed: u64) -> Scenario {
    let mut draw = Draw::new(seed ^ 0x5ce4_a210);
    let mut below = |n: u64| draw.below(n);
    let nodes = 2 + below(9);
    let node = |n: u64| format!("n{n}");
    let variable = |n: u64| ["信", "规", "时", "老周", "无"][n as usize % 5].to_owned();
    let flag = |n: u64| ["甲", "乙", "丙"][n as usize % 3].to_owned();
    fn number(n: u64) -> i64 {
        n as i64
    }
    let effect = |below: &mut dyn FnMut(u64) -> u64| match below(8) {
        0 => Effect::Set(flag(below(3))),
        1 => Effect::Clear(flag(below(3))),
        2 => Effect::Reveal(["电话", "账本"][below(2) as usize].into()),
        3 => Effect::Promise("回话".into()),
        4 => Effect::Pass(number(below(4))),
        _ => Effect::Change { variable: variable(below(5)), by: number(below(61)) - 30 },
    };
    fn condition(depth: u64, below: &mut dyn FnMut(u64) -> u64, variable: &dyn Fn(u64) -> String) -> Condition {
        match below(if depth > 2 { 5 } else { 8 }) {
            0 => Condition::AtLeast { variable: variable(below(5)), value: number(below(101)) },
            1 => Condition::AtMost { variable: variable(below(5)), value: number(below(101)) },
            2 => Condition::Flag(["甲", "乙", "丁"][below(3) as usize].into()),
            3 => Condition::Known("电话".into()),
            4 => Condition::Passed(number(below(12))),
            5 => Condition::All(vec![condition(depth + 1, below, variable), condition(depth + 1, below, variable)]),
            6 => Condition::Any(vec![condition(depth + 1, below, variable), condition(depth + 1, below, variable)]),
            _ => Condition::Not(Box::new(condition(depth + 1, below, variable))),
        }
    }
    let mut list = Vec::new();
    for at in 0..nodes {
        let mut choices = Vec::new();
        for key in ["a", "b", "c"].iter().take(1 + below(3) as usize) {
            let outcomes = if below(4) == 0 { 2 } else { 0 };
            let chance = (0..outcomes)
                .map(|_| Outcome {
                    weight: number(below(4)),
                    effects: vec![effect(&mut below)],
                    text: "赶上了。".into(),
                    next: (below(3) == 0).then(|| node(below(nodes))),
                })
                .collect();
            choices.push(Choice {
                key: (*key).into(),
                text: "做法".into(),
                when: if below(3) == 0 { condition(0, &mut below, &variable) } else { Condition::Always },
                effects: (0..below(4)).map(|_| effect(&mut below)).collect(),
                result: "过了几天。".into(),
                next: (below(5) > 0).then(|| node(at + 1 + below(2))),
                chance,
                points: number(below(3)),
                why: "先听，再办。".into(),
                source: "实务经验：调解志愿队，8 年".into(),
            });
        }
        list.push(Node {
            key: node(at), title: "一处".into(), brief: "有人说话。".into(), arriving: vec![effect(&mut below)], choices
        });
    }
    let ending =
        |key: &str, kind, when, at_once| Ending {
            key: key.into(), kind, when, at_once, text: "结果。".into(), advice: "下次。".into()
        };
    let kept_when = condition(0, &mut below, &variable);
    let scenario = Scenario {
        key: "R".into(),
        edition: 1,
        title: "随机".into(),
        course: "C99".into(),
        fields: vec![],
        credit: String::new(),
        role: String::new(),
        goal: String::new(),
        minutes: 5,
        time: Some(StoryTime { unit: "天".into(), limit: 10 }),
        undo: false,
        variables: ["信", "规", "时"]
            .map(|key| Variable { key: key.into(), name: String::new(), start: number(below(101)), hidden: false })
            .into(),
        people: vec![Character { key: "老周".into(), who: String::new(), attitude: 50 }],
        information: vec![Information { key: "电话".into(), text: "物业的电话。".into() }],
        promises: vec![Promise {
            key: "回话".into(),
            text: "答应回话".into(),
            after: 1 + number(below(3)),
            kept_when,
            kept: vec![effect(&mut below)],
            broken: vec![effect(&mut below)],
        }],
        start: node(below(nodes)),
        interrupts: (0..below(3)).map(|_| Interrupt { when: condition(0, &mut below, &variable), node: node(below(nodes + 1)) }).collect(),
        endings: vec![
            ending("line", EndingKind::Bad, condition(1, &mut below, &variable), below(2) == 0),
            ending("good", EndingKind::Good, condition(0, &mut below, &variable), false),
            ending("last", EndingKind::Mixed, Condition::Always, false),
        ],
        nodes: list,
        debrief: vec![],
        answers: vec![],
    };
    // What is written is what was meant.
    for choice in scenario.nodes.iter().flat_map(|n| &n.choices) {
        assert_eq!(notation::effects(&write_effects(&choice.effects)).unwrap(), choice.effects);
        assert_eq!(notation::condition(&write_condition(&choice.when)).unwrap(), choice.when);
    }
    scenario
}
