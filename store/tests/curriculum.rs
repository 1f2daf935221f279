//! The bundled curriculum as learners meet it: every quiz, right and wrong, and whether hours and reading time agree.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use std::path::Path;

use domain::bank;
use domain::course::{CourseStatus, Edition, QuestionKind};
use domain::credit::provable_minutes;
use domain::quiz::{Drawn, draw, find, judge};

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
