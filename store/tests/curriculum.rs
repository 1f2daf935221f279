//! The bundled curriculum as learners meet it: every quiz, right and wrong, and whether hours and reading time agree.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use std::path::Path;

use domain::bank;
use domain::course::{CourseStatus, Edition, QuestionKind};
use domain::credit::provable_minutes;
use domain::library::PaperKind;
use domain::quiz::{Drawn, draw, find, judge};
use domain::scenario::{Choice, EndingKind, Input, Play, Scenario};
use domain::seed::Draw;

/// A wrong answer to a drawn question.
fn wrong(edition: &Edition, drawn: &Drawn) -> Vec<String> {
    let question = find(edition, drawn).unwrap();
    match question.kind {
        QuestionKind::FillIn => vec!["不是这个".into()],
        QuestionKind::Ordering => question.answer.iter().rev().cloned().collect(),
        _ => vec![question.choices.iter().find(|c| !question.answer.contains(&c.key)).unwrap().key.clone()],
    }
}

#[test]
fn every_quiz_gives_full_marks_for_right_answers_and_none_for_wrong_ones() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let bundle = store::course::read(&content).unwrap();
    assert_eq!(bundle.courses.len(), 16);
    assert_eq!(bundle.scenarios.len(), 10);
    for course in &bundle.courses {
        let edition = &course.edition;
        assert!(course.status == CourseStatus::Open, "{} is open", edition.course);
        for lesson in &edition.lessons {
            assert_eq!(lesson.questions.len(), 10, "{}/{}", edition.course, lesson.key);
            for seed in 0..3 {
                let paper = draw(edition, Some(&lesson.key), 10, seed);
                let right: Vec<Vec<String>> = paper
                    .iter()
                    .map(|d| find(edition, d).unwrap())
                    .map(|q| if q.kind == QuestionKind::FillIn { q.answer[..1].to_vec() } else { q.answer.clone() })
                    .collect();
                let verdict = judge(edition, &paper, &right);
                assert_eq!((verdict.score, verdict.max), (20, 20), "{}/{}", edition.course, lesson.key);
                let wrong: Vec<Vec<String>> = paper.iter().map(|d| wrong(edition, d)).collect();
                assert_eq!(judge(edition, &paper, &wrong).score, 0, "{}/{}", edition.course, lesson.key);
            }
        }
        // Hours that are declared can be proved, and are not half of what reading takes.
        let (declared, provable) = (edition.minutes.online, provable_minutes(edition, bundle.policies.last().unwrap()));
        assert!(declared <= provable && (declared == 0 || provable <= declared * 2), "{}: {declared} of {provable}", edition.course);
        let figures = bank::Figures::of(edition);
        assert!(figures.commonest_place() <= 40 && figures.given_away() <= 40, "{}: {figures:?}", edition.course);
    }
    let editions: Vec<&Edition> = bundle.courses.iter().map(|c| &c.edition).collect();
    assert_eq!(bank::near_duplicates(&editions, 75), [], "no question is asked twice");
}

#[test]
fn the_libraries_are_whole_and_rest_on_each_other() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let bundle = store::course::read(&content).unwrap();
    let library = &bundle.library;
    assert_eq!((library.policies.len(), library.cases.len()), (60, 30));
    assert!(library.templates.len() >= 30, "{} templates", library.templates.len());
    let editions: Vec<&Edition> = bundle.courses.iter().map(|c| &c.edition).collect();
    let mut used = 0;
    for policy in &library.policies {
        let uses = domain::library::uses(policy, editions.iter().copied(), &bundle.scenarios);
        used += usize::from(!uses.is_empty());
        assert!(!uses.is_empty() || !policy.courses.is_empty(), "{} belongs nowhere", policy.title);
    }
    assert!(used * 10 >= library.policies.len() * 7, "only {used} policies are cited by the teaching");
    let scenarios = bundle.scenarios.iter().filter(|s| s.sources().any(|source| library.cited(source).is_some())).count();
    assert!(scenarios >= 8, "choices of {scenarios} scenarios lead to a policy");
}

#[test]
fn every_paper_gives_full_marks_for_right_answers_and_none_for_wrong_ones() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let bundle = store::course::read(&content).unwrap();
    let papers = &bundle.library.papers;
    let objective: Vec<_> = papers.iter().filter(|p| p.kind == PaperKind::Objective).collect();
    assert_eq!((objective.len(), papers.iter().filter(|p| p.kind == PaperKind::Essay).count()), (8, 1));
    for paper in &objective {
        let questions: Vec<_> = paper.questions.iter().collect();
        let right: Vec<_> = questions.iter().map(|q| q.answer.clone()).collect();
        let all = domain::exam::judge(&questions, &right);
        assert_eq!((all.score, all.most), (200, 200), "{}: one hundred points", paper.key);
        let wrong: Vec<_> = questions.iter().map(|q| q.choices.iter().map(|c| c.key.clone()).collect()).collect();
        assert_eq!(domain::exam::judge(&questions, &wrong).score, 0, "{}: everything ticked", paper.key);
        for question in &paper.questions {
            let options = if question.kind == QuestionKind::Multiple { 5 } else { 4 };
            assert_eq!(question.choices.len(), options, "{} {}", paper.key, question.key);
        }
        let mut places = std::collections::BTreeMap::new();
        for question in paper.questions.iter().filter(|q| q.kind == QuestionKind::Single) {
            *places.entry(question.answer[0].clone()).or_insert(0) += 1;
        }
        assert!(places.values().all(|n| (12..=18).contains(n)), "{}: {places:?}", paper.key);
    }
    // Every node can be practised.
    let mut nodes = std::collections::BTreeMap::new();
    let course = bundle.courses.iter().find(|c| c.edition.course == "C16").unwrap();
    let taught = course.edition.lessons.iter().flat_map(|l| &l.questions);
    for question in taught.chain(papers.iter().filter(|p| p.kind == PaperKind::Practice).flat_map(|p| &p.questions)) {
        assert!(!question.node.is_empty(), "{} has no node", question.stem);
        *nodes.entry(question.node.clone()).or_insert(0) += 1;
    }
    assert!(nodes.len() >= 50 && nodes.values().all(|n| *n >= 4), "{nodes:?}");
    assert!(course.edition.lessons.iter().all(|l| l.syllabus.is_some()));
}

/// Plays to the end, taking what `pick` chooses of the open choices.
fn ending(scenario: &Scenario, seed: u64, mut pick: impl FnMut(&[&Choice]) -> usize) -> EndingKind {
    let play = Play::new(scenario, seed);
    let mut state = play.start();
    while state.ending.is_none() {
        let open = play.open(&state);
        let choice = open[pick(&open)].key.clone();
        let input = Input { node: scenario.nodes[state.node].key.clone(), choice, elapsed: 0 };
        state = play.step(&state, &input).unwrap();
    }
    scenario.endings[state.ending.unwrap()].kind
}

#[test]
fn the_best_path_ends_well_the_worst_does_not_and_chance_finds_every_kind() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    for scenario in &store::course::read(&content).unwrap().scenarios {
        for seed in 0..50 {
            let most = |open: &[&Choice]| (0..open.len()).max_by_key(|i| open[*i].points).unwrap();
            let least = |open: &[&Choice]| (0..open.len()).min_by_key(|i| open[*i].points).unwrap();
            assert_eq!(ending(scenario, seed, most), EndingKind::Good, "{} best, seed {seed}", scenario.key);
            assert_eq!(ending(scenario, seed, least), EndingKind::Bad, "{} worst, seed {seed}", scenario.key);
        }
        let mut dice = Draw::new(20_211_116);
        let mut kinds = std::collections::BTreeMap::new();
        for seed in 0..10_000 {
            *kinds.entry(ending(scenario, seed, |open| dice.below(open.len() as u64) as usize)).or_insert(0) += 1;
        }
        assert!(kinds.len() == 3 && kinds.values().all(|n| *n >= 100), "{}: {kinds:?}", scenario.key);
        assert!(domain::scenario::check(scenario).traces.is_empty(), "{} is clean", scenario.key);
    }
}

#[test]
fn the_middle_way_of_one_scenario_ends_in_the_middle_whatever_the_seed() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let mixed: Vec<String> = store::course::read(&content)
        .unwrap()
        .scenarios
        .iter()
        .filter(|s| {
            (0..200).all(|seed| {
                let middle = |open: &[&Choice]| (0..open.len()).min_by_key(|i| ((open[*i].points - 1).abs(), *i)).unwrap();
                ending(s, seed, middle) == EndingKind::Mixed
            })
        })
        .map(|s| s.key.clone())
        .collect();
    assert!(mixed.contains(&"S07".to_owned()), "the browser test plays one of {mixed:?}");
}
