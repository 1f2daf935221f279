//! The rules as the browser runs them: the same draws, scores and proofs as native. Natively these run as plain tests;
//! `make test` runs them in Node as well.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use domain::course::{Choice, Edition, Lesson, Question, QuestionKind};
use domain::quiz::{draw, judge};
use domain::seed::Draw;
use domain::watch::Seen;

mod types {
    pub use domain::scenario::*;
}
mod plays;
#[path = "../src/scenario/tests/sample.rs"]
mod sample;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn edition() -> Edition {
    let question = |i: usize| Question {
        key: format!("q{i:02}"),
        kind: if i.is_multiple_of(2) { QuestionKind::Multiple } else { QuestionKind::Single },
        stem: "题".into(),
        choices: "abcde".chars().map(|c| Choice { key: c.into(), text: c.into() }).collect(),
        answer: if i.is_multiple_of(2) { vec!["a".into(), "c".into()] } else { vec!["b".into()] },
        explanation: String::new(),
        source: String::new(),
        node: String::new(),
        difficulty: 1,
    };
    let lesson = |key: &str| Lesson {
        key: key.into(),
        title: String::new(),
        summary: String::new(),
        html: String::new(),
        characters: 3_000,
        video: None,
        handout: None,
        sources: vec![],
        syllabus: None,
        questions: (0..10).map(question).collect(),
    };
    Edition {
        course: "C99".into(),
        number: 1,
        title: String::new(),
        outcomes: vec![],
        outline: vec![],
        minutes: Default::default(),
        prerequisites: vec![],
        sources: vec![],
        intro_html: String::new(),
        lessons: vec![lesson("a"), lesson("b"), lesson("c")],
    }
}

/// A paper written down once: whoever draws it again, natively or in the browser, gets the same bytes.
#[test]
fn a_paper_is_byte_equal_everywhere() {
    let paper = draw(&edition(), None, 10, 20_211_116);
    let text: Vec<String> = paper.iter().map(|d| format!("{}/{}:{}", d.lesson, d.question, d.order.concat())).collect();
    assert_eq!(text.join(" "), include_str!("paper.golden").trim());
    let verdict = judge(&edition(), &paper, &vec![vec!["a".to_owned()]; 10]);
    assert_eq!((verdict.score, verdict.max), (verdict.points.iter().sum(), 20));
}

#[test]
fn draws_are_the_same_everywhere() {
    let mut dice = Draw::new(1);
    assert_eq!((0..4).map(|_| dice.below(1_000)).collect::<Vec<_>>(), {
        let mut again = Draw::new(1);
        (0..4).map(|_| again.below(1_000)).collect::<Vec<_>>()
    });
    assert_eq!(Draw::new(1).bits(), 0x910a_2dec_8902_5cc1);
}

#[test]
fn seen_seconds_merge_everywhere() {
    let mut seen = Seen::parse("0-10,20-30");
    seen.merge(&Seen::parse("10-20"));
    assert_eq!(seen.to_string(), "0-30");
}

/// Compares with a golden file; `YUCAI_WRITE_GOLDEN=1` writes it anew, natively, for a reader to look at before committing.
fn golden(file: &str, wanted: &str, found: &str) {
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var("YUCAI_WRITE_GOLDEN").is_ok() {
        std::fs::write(format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR")), found).unwrap();
        return;
    }
    assert!(found == wanted, "{file} differs");
}

#[test]
fn a_scenario_plays_the_same_everywhere() {
    golden("sample.txt", include_str!("golden/sample.txt"), &plays::transcript(&sample::sample(), 30));
}

macro_rules! bundled {
    ($($key:ident)*) => { $(
        #[test]
        #[allow(non_snake_case, reason = "named after its scenario")]
        fn $key() {
            let text = include_str!(concat!("../../content/scenarios/", stringify!($key), ".yaml"));
            let scenario: domain::scenario::Scenario = serde_yaml_ng::from_str(text).unwrap();
            let file = concat!(stringify!($key), ".txt");
            golden(file, include_str!(concat!("golden/", stringify!($key), ".txt")), &plays::transcript(&scenario, 12));
        }
    )* };
}

bundled!(S01 S02 S03 S04 S05 S06 S07 S08 S09 S10);

/// Scenarios that nobody wrote, sound and unsound, played at random: one digest each.
#[test]
fn random_scenarios_play_the_same_everywhere() {
    let digests: Vec<String> = (0..400).map(|seed| plays::digest(&plays::transcript(&plays::random(seed), 3))).collect();
    golden("random.txt", include_str!("golden/random.txt"), &(digests.join("\n") + "\n"));
}
