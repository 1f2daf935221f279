//! Scoring of an objective examination paper, in half-points (社会工作者职业资格考试卷首说明：单选每题 1 分；多选每题 2 分，错选不得分，
//! 少选的每个选项 0.5 分).

use std::collections::{BTreeMap, BTreeSet};

use crate::course::{Question, QuestionKind};

/// Half-points of a single choice.
pub const SINGLE: i64 = 2;
/// Half-points of a multiple choice with every right option and no other.
pub const MULTIPLE: i64 = 4;

/// Half-points that a question can earn.
pub fn most(question: &Question) -> i64 {
    if question.kind == QuestionKind::Multiple { MULTIPLE } else { SINGLE }
}

/// Half-points of an answer. Keys decide, never positions.
pub fn points(question: &Question, answer: &[String]) -> i64 {
    let given: BTreeSet<&str> = answer.iter().map(String::as_str).filter(|a| !a.is_empty()).collect();
    let right: BTreeSet<&str> = question.answer.iter().map(String::as_str).collect();
    match question.kind {
        _ if given.is_empty() || !given.is_subset(&right) => 0,
        QuestionKind::Multiple if given == right => MULTIPLE,
        QuestionKind::Multiple => given.len() as i64,
        _ if given == right => SINGLE,
        _ => 0,
    }
}

/// Half-points as points: `59.5`, `60`.
pub fn points_text(halves: i64) -> String {
    if halves % 2 == 0 { (halves / 2).to_string() } else { format!("{}.5", halves / 2) }
}

/// A paper as judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// Half-points of each question.
    pub points: Vec<i64>,
    /// Half-points reached.
    pub score: i64,
    /// Half-points possible.
    pub most: i64,
    /// By node of the syllabus: questions asked, and questions answered wholly right.
    pub nodes: BTreeMap<String, (i64, i64)>,
}

impl Result {
    /// Whether it reaches the pass mark, in percent (合格线以当年公布为准). 59.5 is not 60.
    pub fn passes(&self, percent: i64) -> bool {
        self.most > 0 && self.score * 100 >= self.most * percent
    }
}

/// Judges a paper; `answers` are matched by position.
pub fn judge(questions: &[&Question], answers: &[Vec<String>]) -> Result {
    let mut out = Result { points: Vec::new(), score: 0, most: 0, nodes: BTreeMap::new() };
    for (i, question) in questions.iter().enumerate() {
        let got = points(question, answers.get(i).map_or(&[], Vec::as_slice));
        out.points.push(got);
        out.score += got;
        out.most += most(question);
        let node = out.nodes.entry(question.node.clone()).or_default();
        node.0 += 1;
        node.1 += i64::from(got == most(question));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Choice;
    use proptest::prelude::*;

    fn question(kind: QuestionKind, right: &str) -> Question {
        Question {
            key: "q".into(),
            kind,
            stem: "题".into(),
            choices: "abcde".chars().map(|c| Choice { key: c.into(), text: c.into() }).collect(),
            answer: right.chars().map(String::from).collect(),
            explanation: String::new(),
            source: String::new(),
            node: "综合能力·个案工作".into(),
            difficulty: 1,
        }
    }

    fn keys(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn the_vectors_of_the_rule() {
        for (right, given, halves) in [
            ("ab", "ab", 4),
            ("ab", "a", 1),
            ("ab", "abc", 0),
            ("abc", "ab", 2),
            ("abcd", "abc", 3),
            ("abcd", "abcde", 0),
            ("abd", "e", 0),
            ("abd", "", 0),
        ] {
            assert_eq!(points(&question(QuestionKind::Multiple, right), &keys(given)), halves, "{right} {given}");
        }
        assert_eq!(points(&question(QuestionKind::Single, "b"), &keys("b")), 2);
        assert_eq!(points(&question(QuestionKind::Single, "b"), &keys("ab")), 0);
    }

    #[test]
    fn the_pass_mark_is_reached_exactly_or_not_at_all() {
        let at = |score| Result { points: vec![], score, most: 200, nodes: BTreeMap::new() };
        assert!(at(120).passes(60) && !at(119).passes(60));
        assert_eq!((points_text(119), points_text(120)), ("59.5".into(), "60".into()));
    }

    proptest! {
        /// More right options never earn less; one wrong option earns nothing; the order of keys does not matter.
        #[test]
        fn partial_answers_are_monotonous(right in prop::collection::btree_set(0usize..5, 2..5), part in prop::collection::btree_set(0usize..5, 0..5)) {
            let letters = |set: &BTreeSet<usize>| set.iter().map(|i| "abcde".chars().nth(*i).expect("a letter")).collect::<String>();
            let question = question(QuestionKind::Multiple, &letters(&right));
            let given = keys(&letters(&part));
            let mut turned = given.clone();
            turned.reverse();
            prop_assert_eq!(points(&question, &given), points(&question, &turned));
            if part.is_subset(&right) {
                for more in right.difference(&part) {
                    let mut wider = part.clone();
                    wider.insert(*more);
                    prop_assert!(points(&question, &keys(&letters(&wider))) >= points(&question, &given));
                }
            } else {
                prop_assert_eq!(points(&question, &given), 0);
            }
        }
    }
}
