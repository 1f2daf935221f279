//! A small scenario that uses everything the engine has; native and WASM tests play the same one.

use super::types::*;

fn choice(key: &str, points: i64, by: i64, next: Option<&str>) -> Choice {
    Choice {
        key: key.into(),
        text: format!("做法{key}"),
        when: Condition::Always,
        effects: vec![Effect::Change { variable: "信".into(), by }, Effect::Change { variable: "时".into(), by: -2 }],
        result: "过了几天。".into(),
        next: next.map(Into::into),
        chance: vec![],
        points,
        why: "先听，再办。".into(),
        source: "实务经验：调解志愿队，8 年".into(),
    }
}

pub fn at_least(variable: &str, value: i64) -> Condition {
    Condition::AtLeast { variable: variable.into(), value }
}

/// Three situations, an event that cuts in, a promise, a red line, chance, a person, time that passes.
pub fn sample() -> Scenario {
    let node = |key: &str, choices| Node {
        key: key.into(),
        title: "楼道里".into(),
        brief: "楼道里有人说话。".into(),
        arriving: vec![Effect::Pass(1)],
        choices,
    };
    let mut promised = choice("b", 1, 0, Some("d2"));
    promised.effects.push(Effect::Promise("回话".into()));
    promised.effects.push(Effect::Reveal("电话".into()));
    promised.effects.push(Effect::Change { variable: "老周".into(), by: 10 });
    let pleased = |mut choice: Choice, by| {
        choice.effects.push(Effect::Change { variable: "老周".into(), by });
        choice
    };
    let mut kept = choice("a", 2, 20, None);
    kept.effects.push(Effect::Change { variable: "老周".into(), by: -5 });
    kept.effects.push(Effect::Set("已回话".into()));
    let mut lucky = pleased(choice("b", 0, -30, None), 4);
    let outcome =
        |weight, by| Outcome {
            weight, effects: vec![Effect::Change { variable: "信".into(), by }], text: "听天由命。".into(), next: None
        };
    lucky.chance = vec![outcome(1, 30), outcome(3, -30)];
    let mut informed = choice("c", 1, 5, None);
    informed.when = Condition::Known("电话".into());
    let ending =
        |key: &str, kind, when| Ending {
            key: key.into(), kind, when, at_once: false, text: "结果。".into(), advice: "下次。".into()
        };
    Scenario {
        key: "T01".into(),
        edition: 1,
        title: "试一试".into(),
        course: "C99".into(),
        fields: vec!["社区协商".into()],
        credit: "课程组".into(),
        role: "召集人".into(),
        goal: "把话说开".into(),
        minutes: 5,
        time: Some(StoryTime { unit: "天".into(), limit: 10 }),
        undo: false,
        variables: [("信", 50), ("时", 40)]
            .map(|(key, start)| Variable { key: key.into(), name: String::new(), start, hidden: false })
            .into(),
        people: vec![Character { key: "老周".into(), who: "三层住户".into(), attitude: 40 }],
        information: vec![Information { key: "电话".into(), text: "物业的电话。".into() }],
        promises: vec![Promise {
            key: "回话".into(),
            text: "答应给老周回话".into(),
            after: 1,
            kept_when: Condition::Flag("已回话".into()),
            kept: vec![],
            broken: vec![Effect::Change { variable: "信".into(), by: -20 }],
        }],
        start: "d1".into(),
        nodes: vec![
            node("d1", vec![choice("a", 2, 10, Some("d2")), promised, pleased(choice("c", 0, -45, Some("d2")), 12)]),
            node("d2", vec![kept, lucky, informed]),
            node("e1", vec![choice("a", 2, 5, None), pleased(choice("b", 0, 0, None), 6)]),
        ],
        interrupts: vec![Interrupt { when: at_least("信", 70), node: "e1".into() }],
        endings: vec![
            Ending { at_once: true, ..ending("line", EndingKind::Bad, Condition::AtMost { variable: "信".into(), value: 10 }) },
            ending("good", EndingKind::Good, Condition::All(vec![at_least("信", 70), at_least("时", 20), at_least("老周", 10)])),
            ending("mixed", EndingKind::Mixed, Condition::Not(Box::new(Condition::AtMost { variable: "信".into(), value: 40 }))),
            ending("bad", EndingKind::Bad, Condition::Always),
        ],
        debrief: vec!["哪一步丢了信任？".into()],
        answers: vec![],
    }
}
