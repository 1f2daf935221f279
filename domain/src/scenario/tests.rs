use proptest::prelude::*;

use super::*;
use sample::{at_least, sample};

mod types {
    pub use crate::scenario::*;
}
mod sample;

fn scoring() -> Scoring {
    Scoring { version: "t".into(), decisions: 60, ending: 25 }
}

fn inputs(path: &[(&str, &str)]) -> Vec<Input> {
    path.iter().map(|(node, choice)| Input { node: (*node).into(), choice: (*choice).into(), elapsed: 0 }).collect()
}

#[test]
fn a_run_is_judged_by_its_replay() {
    let scenario = sample();
    let play = Play::new(&scenario, 7);
    let verdict = play.replay(&inputs(&[("d1", "a"), ("d2", "a"), ("e1", "a")]), &scoring()).expect("a whole run");
    assert_eq!(verdict.state.values, [85, 34, 35]);
    assert_eq!(verdict.state.time, 3, "a day at every situation");
    assert_eq!(verdict.ending, Some(("good".into(), EndingKind::Good)));
    assert_eq!(verdict.score, Some(Score { points: 6, most: 6, percent: 100 }));
    // The red line ends the run at once.
    let verdict = play.replay(&inputs(&[("d1", "c")]), &scoring()).expect("a short run");
    assert_eq!((verdict.ending.map(|e| e.0), verdict.score.map(|s| s.percent)), (Some("line".into()), Some(0)));
    // A promise that comes due without having been kept.
    let broken = play.replay(&inputs(&[("d1", "b"), ("d2", "c")]), &scoring()).expect("a run");
    assert_eq!(broken.state.values[0], 50 - 20 + 5, "due after one more decision");
}

#[test]
fn a_tampered_run_is_refused_with_the_number_of_the_step() {
    let scenario = sample();
    let play = Play::new(&scenario, 7);
    let refused = |path: &[(&str, &str)]| play.replay(&inputs(path), &scoring()).expect_err("refused");
    assert_eq!(refused(&[("d2", "a")]), (0, Refusal::Elsewhere));
    assert_eq!(refused(&[("d1", "a"), ("d2", "z")]), (1, Refusal::NoSuchChoice));
    assert_eq!(refused(&[("d1", "a"), ("d2", "c")]), (1, Refusal::NoSuchChoice), "not known, so not open");
    assert_eq!(refused(&[("d1", "c"), ("d1", "c")]), (1, Refusal::Ended));
    let mut many = inputs(&[("d1", "c")]);
    many.extend(vec![Input { node: "d1".into(), choice: "a".into(), elapsed: i64::MIN }; 10_000]);
    assert_eq!(play.replay(&many, &scoring()), Err((1, Refusal::Ended)));
}

#[test]
fn a_scenario_is_drawn_with_every_box_apart_and_every_choice_on_a_line() {
    use super::graph::{BOX_HEIGHT, BOX_WIDTH, Drawing, Spot};
    let scenario = sample();
    let walk = Walk::of(&scenario, 10_000);
    let drawing = Drawing::of(&scenario, &walk);
    assert_eq!(drawing, Drawing::of(&scenario, &walk), "always the same");
    assert_eq!(drawing.boxes.len(), scenario.nodes.len() + scenario.endings.len());
    for (i, a) in drawing.boxes.iter().enumerate() {
        assert!(a.x >= 0 && a.x + BOX_WIDTH <= drawing.width && a.y >= 0 && a.y + BOX_HEIGHT <= drawing.height, "{a:?}");
        let apart = |b: &super::graph::Placed| (a.x - b.x).abs() >= BOX_WIDTH || (a.y - b.y).abs() >= BOX_HEIGHT;
        assert!(drawing.boxes[i + 1..].iter().all(apart), "{a:?} lies on another");
    }
    // Out of the first situation goes every path, once.
    let first: i64 = drawing.lines.iter().filter(|l| l.from == 0).map(|l| l.per_mille).sum();
    assert!(first >= 990, "{first}");
    assert!(drawing.lines.iter().all(|l| drawing.place(l.to).is_some_and(|p| p.reached)));
    assert_eq!(drawing.place(Spot::Node(0)).map(|p| p.y), drawing.boxes.iter().map(|b| b.y).min());
}

#[test]
fn an_author_begins_at_any_place_in_any_state() {
    let scenario = sample();
    let play = Play::new(&scenario, 7);
    let flags: Vec<&str> = play.flags().collect();
    let at = Beginning {
        node: "d2".into(),
        values: vec![("信".into(), 70), ("没有".into(), 3), ("时".into(), 9_999)],
        flags: flags.iter().map(|f| (*f).to_owned()).collect(),
        known: vec![],
        time: 2,
    };
    let state = play.begin(&at).expect("a situation");
    assert_eq!((state.node, state.values[0], state.values[1], state.time, state.steps), (1, 70, HIGH, 2, 0));
    assert!(!play.open(&state).is_empty());
    assert_eq!(play.begin(&Beginning { node: "nowhere".into(), ..at.clone() }), None);
    // A red line holds there too.
    let line = play.begin(&Beginning { values: scenario.measures().map(|(k, _)| (k.to_owned(), 0)).collect(), ..at }).expect("a situation");
    assert!(line.ending.is_some());
}

#[test]
fn ways_that_no_path_takes_are_drawn_as_they_were_written() {
    use super::graph::{Drawing, Spot};
    let mut scenario = sample();
    let lost = Node {
        key: "lost".into(),
        title: "没有人来".into(),
        brief: "……".into(),
        arriving: vec![],
        choices: scenario.nodes[0].choices.clone(),
    };
    scenario.nodes.push(lost);
    let at = scenario.nodes.len() - 1;
    let drawing = Drawing::of(&scenario, &Walk::of(&scenario, 10_000));
    assert!(drawing.place(Spot::Node(at)).is_some_and(|b| !b.reached));
    assert!(drawing.lines.iter().any(|l| l.from == at && l.per_mille == 0));
}

#[test]
fn chance_follows_the_seed_and_the_order_too() {
    let scenario = sample();
    let path = inputs(&[("d1", "a"), ("d2", "b")]);
    let values = |seed| Play::new(&scenario, seed).replay(&path, &scoring()).expect("a run").state.values[0];
    assert_eq!(values(1), values(1));
    let lucky = (0..400).filter(|seed| values(*seed) == 60).count();
    assert!((70..=130).contains(&lucky), "one in four: {lucky}");
    let orders: std::collections::BTreeSet<_> = (0..60).map(|seed| Play::new(&scenario, seed).order(0)).collect();
    assert_eq!(orders.len(), 6, "every order of three is shown to somebody");
}

#[test]
fn a_sound_scenario_is_clean_and_every_kind_of_fault_is_found() {
    let clean = check(&sample());
    assert_eq!(clean.traces, [], "{clean:?}");
    assert!(clean.walk.exhaustive && !clean.walk.loops && clean.walk.states > 10);
    assert_eq!((clean.walk.shortest, clean.walk.longest), (1, Some(3)));
    assert_eq!(clean.walk.lost, (0, Some(3)));
    let first: i64 = clean.walk.edges.iter().filter(|e| e.node == 0).flat_map(|e| e.to.values()).sum();
    assert!((998..=1_000).contains(&first), "every path takes one of the first choices: {first}");
    let ends: i64 = clean.walk.endings.values().sum();
    assert!((996..=1_000).contains(&ends), "every path ends: {ends}");
    type Spoil = fn(&mut Scenario);
    let spoils: [(Trouble, Spoil); Trouble::ALL.len()] = [
        (Trouble::TooMuch, |s| s.nodes.clear()),
        (Trouble::KeyTwice, |s| s.nodes[1].key = "d1".into()),
        (Trouble::UnknownName, |s| s.nodes[0].choices[0].next = Some("nowhere".into())),
        (Trouble::OutOfBounds, |s| s.variables[0].start = 101),
        (Trouble::UnreachableNode, |s| s.interrupts.clear()),
        (Trouble::UnreachableEnding, |s| s.endings[2].when = at_least("信", 101)),
        (Trouble::DeadEnd, |s| s.nodes[2].choices.clear()),
        (Trouble::ChoiceNeverOpen, |s| s.nodes[0].choices[0].when = Condition::Known("电话".into())),
        (Trouble::NoWayOut, |s| {
            s.interrupts.clear();
            s.nodes[1].choices.iter_mut().for_each(|c| {
                c.effects.clear();
                c.chance.clear();
                c.next = Some("d2".into());
            });
        }),
        (Trouble::MissingText, |s| s.nodes[0].title.clear()),
        (Trouble::LastEndingConditional, |s| s.endings[3].when = at_least("时", 1)),
        (Trouble::MissingWhy, |s| s.nodes[0].choices[0].why = " ".into()),
        (Trouble::MissingSource, |s| s.nodes[0].choices[0].source = "实务经验".into()),
        (Trouble::ChanceWeights, |s| s.nodes[1].choices[1].chance[0].weight = 0),
        (Trouble::EndingKindMissing, |s| s.endings[1].kind = EndingKind::Mixed),
        (Trouble::NoDebrief, |s| s.debrief.clear()),
        (Trouble::TextTooLong, |s| s.nodes[0].brief = "长".repeat(121)),
        (Trouble::VariableIdle, |s| {
            s.variables.push(Variable { key: "队".into(), name: String::new(), start: 50, hidden: true });
        }),
        (Trouble::AlwaysBest, |s| s.nodes[0].choices[0].effects.push(Effect::Change { variable: "老周".into(), by: 60 })),
        (Trouble::NeverSensible, |s| s.nodes[0].choices[2].effects.push(Effect::Change { variable: "老周".into(), by: -60 })),
        (Trouble::NoDifference, |s| s.nodes[2].choices.iter_mut().for_each(|c| c.points = 1)),
    ];
    for (trouble, spoil) in spoils {
        let mut scenario = sample();
        spoil(&mut scenario);
        // One file for each, which `tests/faults.rs` reads: YUCAI_WRITE_FAULTS=1 writes them anew.
        #[cfg(not(target_arch = "wasm32"))]
        if std::env::var_os("YUCAI_WRITE_FAULTS").is_some() {
            let path = format!("{}/tests/faults/{trouble:?}.yaml", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, serde_yaml_ng::to_string(&scenario).expect("written")).expect("kept");
        }
        let found = check(&scenario);
        assert!(found.traces.iter().any(|t| t.trouble == trouble), "{trouble:?} in {found:?}");
        assert_eq!(found.is_clean(), found.traces.iter().all(|t| t.trouble.gravity() == Gravity::Advice));
    }
    assert!(Trouble::ALL.iter().all(|t| spoils.iter().any(|(spoilt, _)| spoilt == t)), "a spoil for each");
}

#[test]
fn an_advice_can_be_answered_and_a_must_cannot() {
    let mut scenario = sample();
    scenario.nodes[0].brief = "长".repeat(121);
    scenario.nodes[0].choices[0].why.clear();
    for (trouble, place) in [(Trouble::TextTooLong, "d1"), (Trouble::MissingWhy, "d1/a")] {
        scenario.answers.push(Answered { trouble, place: place.into(), reason: "念出来不觉得长。".into() });
    }
    let found = check(&scenario);
    assert!(!found.is_clean());
    assert_eq!(found.open().map(|t| t.trouble).collect::<Vec<_>>(), [Trouble::MissingWhy]);
}

/// A thousand situations, each with three choices of which one depends on what happened before.
#[test]
fn a_thousand_situations_are_checked_within_the_limit() {
    let mut scenario = sample();
    let model = scenario.nodes[0].clone();
    scenario.interrupts.clear();
    scenario.nodes = (0..1_000)
        .map(|i| {
            let mut node = Node { key: format!("n{i}"), ..model.clone() };
            for (at, choice) in node.choices.iter_mut().enumerate() {
                let ahead = i + 1 + at * 3;
                choice.next = (ahead < 1_000).then(|| format!("n{ahead}"));
            }
            node
        })
        .collect();
    scenario.start = "n0".into();
    let found = check(&scenario);
    assert!(!found.walk.exhaustive && found.walk.states >= 100_000, "{} states", found.walk.states);
}

#[test]
fn what_is_written_reads_back_the_same() {
    use notation::{condition, effects, write_condition, write_effects};
    for (text, plain) in [
        ("信+8 规-5", "信+8 规-5"),
        ("信＋8，规－5；⚑登记、知：采光报告 诺:回话 过：3 ⚐急", "信+8 规-5 ⚑登记 知:采光报告 诺:回话 过:3 ⚐急"),
        ("信 + 8 老两口−12", "信+8 老两口-12"),
        ("", ""),
    ] {
        let read = effects(text).expect(text);
        assert_eq!(write_effects(&read), plain);
        assert_eq!(effects(plain).expect(plain), read);
    }
    for (text, plain) in [
        ("信≥65且规>=70 且（⚑合法表决 或 非 知:电话）", "信≥65 且 规≥70 且 (⚑合法表决 或 非 知:电话)"),
        ("过≥30", "过≥30"),
        ("过≤30", "非 过≥31"),
        ("信>9 或 信<5", "信≥10 或 信≤4"),
        ("非 (信≥3 且 ?登记)", "非 (信≥3 且 ⚑登记)"),
        ("", ""),
    ] {
        let read = condition(text).expect(text);
        assert_eq!(write_condition(&read), plain);
        assert_eq!(condition(plain).expect(plain), read);
    }
    for wrong in ["信", "信+", "+8", "信+9999999", "⚑", "知:", "信+8 和 规"] {
        assert!(effects(wrong).is_err(), "{wrong}");
    }
    for wrong in ["信", "信≥", "(信≥3", "信≥3 规≥4", "且", &"(".repeat(500), &"非 ".repeat(400)] {
        assert!(condition(wrong).is_err(), "{wrong}");
    }
    assert_eq!(effects("信+8 规x5").expect_err("misread").at, 4);
}

#[test]
fn a_source_is_a_rule_or_somebodys_experience() {
    assert_eq!(Source::parse("《民法典》第二百七十八条"), Some(Source::Rule("《民法典》第二百七十八条")));
    assert_eq!(Source::parse("实务经验：社区调解志愿队，10 年"), Some(Source::Practice { who: "社区调解志愿队", years: 10 }));
    for wrong in ["", "民法典", "实务经验", "实务经验：某人", "实务经验：，10 年"] {
        assert_eq!(Source::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    /// Whatever comes in, every value stays in its bounds, a run ends within its limit, and replaying gives the same.
    #[test]
    fn any_input_on_any_scenario_is_judged_without_a_panic(
        seed in any::<u64>(),
        nexts in proptest::collection::vec(proptest::option::of(0usize..5), 8),
        bys in proptest::collection::vec(-150i64..150, 8),
        picks in proptest::collection::vec((0usize..4, 0usize..4), 0..40),
        cut in -10i64..110,
    ) {
        let mut scenario = sample();
        let keys = ["d1", "d2", "e1", "nowhere", "d1"];
        for (i, choice) in scenario.nodes.iter_mut().flat_map(|n| &mut n.choices).enumerate() {
            choice.next = nexts[i % 8].map(|n| keys[n].to_owned());
            choice.effects.push(Effect::Change { variable: "信".into(), by: bys[i % 8] });
        }
        scenario.interrupts[0].when = at_least("信", cut);
        let play = Play::new(&scenario, seed);
        let mut state = play.start();
        let mut done = Vec::new();
        for (node, choice) in picks {
            let input = Input { node: scenario.nodes.get(node).map_or("x".into(), |n| n.key.clone()), choice: ["a", "b", "c", "z"][choice].into(), elapsed: 0 };
            if let Ok(next) = play.step(&state, &input) {
                state = next;
                done.push(input);
            }
            prop_assert!(state.values.iter().all(|v| (LOW..=HIGH).contains(v)));
            prop_assert!(state.steps <= MOST_STEPS);
        }
        let verdict = play.replay(&done, &scoring()).expect("what was accepted replays");
        prop_assert_eq!(&verdict.state, &state);
        prop_assert_eq!(verdict.score.is_some(), state.ending.is_some());
        prop_assert!(verdict.score.is_none_or(|s| (0..=100).contains(&s.percent)));
        let _ = check_within(&scenario, 500);
    }

    /// What goes to the browser comes back the same, and damaged it is refused or another scenario, never a panic.
    #[test]
    fn the_players_copy_travels(
        weight in 0i64..9,
        next in proptest::option::of("[a-z0-9]{1,4}"),
        text in "[^\\x00]{0,20}",
        cut in any::<prop::sample::Index>(),
        other in "[a-z0-9-]{0,4}",
    ) {
        let mut scenario = sample();
        scenario.nodes[0].brief = text.clone();
        scenario.nodes[0].choices[0].chance.push(Outcome { weight, effects: vec![Effect::Pass(2)], text, next });
        let open = scenario.for_player();
        let mut packed = wire::pack(&open);
        prop_assert_eq!(wire::unpack(&packed), Some(open));
        let at = cut.index(packed.len());
        packed[at] = other;
        let _ = wire::unpack(&packed);
        packed.truncate(at);
        prop_assert_eq!(wire::unpack(&packed), None);
    }

    /// The reader of effects and conditions never panics, and what it read it writes and reads the same.
    #[test]
    fn any_text_is_read_or_refused(text in "[信规⚑⚐知诺过:：+＋－0-9≥≤<>() （）且或非!?,、 a-z]{0,60}") {
        if let Ok(read) = notation::effects(&text) {
            prop_assert_eq!(notation::effects(&notation::write_effects(&read)), Ok(read));
        }
        if let Ok(read) = notation::condition(&text) {
            prop_assert_eq!(notation::condition(&notation::write_condition(&read)), Ok(read));
        }
    }
}
