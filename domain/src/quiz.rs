//! Drawing questions from a bank and scoring answers: seeded, by stable keys, in integers.

use serde::{Deserialize, Serialize};

use crate::course::{Choice, Edition, Question, QuestionKind};
use crate::seed::Draw;

/// Points of a question answered right. Part of a multiple choice earns part of them, so points are even.
pub const FULL: i64 = 2;

/// One question as drawn for an attempt: which, and in what order its options are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Key of the lesson whose bank it comes from.
    pub lesson: String,
    /// Key of the question.
    pub question: String,
    /// Option keys in the order shown.
    pub order: Vec<String>,
}

/// Draws `count` questions from the banks of `lessons` (all lessons when `None`). The same seed gives the same paper.
/// Every bank is drawn from in turn, so that a course test covers all its lessons.
pub fn draw(edition: &Edition, lesson: Option<&str>, count: i64, seed: u64) -> Vec<Drawn> {
    let mut dice = Draw::new(seed);
    let mut banks: Vec<(&str, Vec<&Question>)> = edition
        .lessons
        .iter()
        .filter(|l| lesson.is_none_or(|key| l.key == key))
        .map(|l| (l.key.as_str(), l.questions.iter().collect()))
        .collect();
    for (_, bank) in &mut banks {
        dice.shuffle(bank);
    }
    let mut paper = Vec::new();
    let mut round = 0;
    while (paper.len() as i64) < count && banks.iter().any(|(_, bank)| bank.len() > round) {
        for (key, bank) in &banks {
            if let Some(question) = bank.get(round).filter(|_| (paper.len() as i64) < count) {
                let mut order: Vec<String> = question.choices.iter().map(|c| c.key.clone()).collect();
                if question.kind != QuestionKind::TrueFalse {
                    dice.shuffle(&mut order);
                }
                paper.push(Drawn { lesson: (*key).to_owned(), question: question.key.clone(), order });
            }
        }
        round += 1;
    }
    paper
}

/// The question behind a drawn one.
pub fn find<'e>(edition: &'e Edition, drawn: &Drawn) -> Option<&'e Question> {
    edition.lesson(&drawn.lesson)?.questions.iter().find(|q| q.key == drawn.question)
}

/// The options in the order drawn.
pub fn shown<'q>(question: &'q Question, drawn: &Drawn) -> Vec<&'q Choice> {
    drawn.order.iter().filter_map(|key| question.choices.iter().find(|c| &c.key == key)).collect()
}

/// What was answered to one question: option keys (in order for an ordering question) or one text.
pub type Answer = Vec<String>;

/// Points of an answer, 0–[`FULL`]. Multiple choice: a wrong option earns nothing, a part of the right ones half.
pub fn score(question: &Question, answer: &[String]) -> i64 {
    let given: Vec<&str> = answer.iter().map(String::as_str).filter(|a| !a.trim().is_empty()).collect();
    if given.is_empty() {
        return 0;
    }
    let right = |key: &&str| question.answer.iter().any(|a| a == key);
    let full = match question.kind {
        QuestionKind::Single | QuestionKind::TrueFalse => given.len() == 1 && right(&given[0]),
        QuestionKind::Ordering => given.iter().eq(question.answer.iter()),
        QuestionKind::FillIn => given.len() == 1 && question.answer.iter().any(|accepted| plain(accepted) == plain(given[0])),
        QuestionKind::Multiple => {
            let distinct: std::collections::BTreeSet<&str> = given.iter().copied().collect();
            if !distinct.iter().all(right) {
                return 0;
            }
            if distinct.len() < question.answer.len() {
                return FULL / 2;
            }
            true
        }
    };
    if full { FULL } else { 0 }
}

/// A typed answer without what people vary: white space, full width, case, closing punctuation, and Chinese numerals
/// below one hundred.
fn plain(text: &str) -> String {
    let folded: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '。' | '，' | '.' | ',' | '“' | '”' | '"' | '、' | '；' | ';'))
        .map(|c| if ('！'..='～').contains(&c) { char::from_u32(c as u32 - 0xfee0).unwrap_or(c) } else { c })
        .flat_map(char::to_lowercase)
        .collect();
    let digit = |c: char| "零一二三四五六七八九".chars().position(|d| d == c).or_else(|| (c == '两').then_some(2));
    let chars: Vec<char> = folded.chars().collect();
    let number = match chars.as_slice() {
        [one] => digit(*one).or_else(|| (*one == '十').then_some(10)),
        ['十', ones] => digit(*ones).map(|n| 10 + n),
        [tens, '十'] => digit(*tens).map(|n| n * 10),
        [tens, '十', ones] => digit(*tens).zip(digit(*ones)).map(|(t, o)| t * 10 + o),
        _ => None,
    };
    number.map_or(folded, |n| n.to_string())
}

/// The result of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Points of each question, in the order of the paper.
    pub points: Vec<i64>,
    /// Points reached.
    pub score: i64,
    /// Points possible.
    pub max: i64,
}

impl Verdict {
    /// The score out of 100, rounded down: 59.9 is not 60.
    pub fn percent(&self) -> i64 {
        if self.max == 0 { 0 } else { self.score * 100 / self.max }
    }

    /// Whether the score reaches `pass_percent`.
    pub fn passes(&self, pass_percent: i64) -> bool {
        self.max > 0 && self.score * 100 >= self.max * pass_percent
    }
}

/// Judges a paper. Answers are matched to questions by position; missing ones count as unanswered.
pub fn judge(edition: &Edition, paper: &[Drawn], answers: &[Answer]) -> Verdict {
    let points: Vec<i64> = paper
        .iter()
        .enumerate()
        .map(|(i, drawn)| find(edition, drawn).map_or(0, |question| score(question, answers.get(i).map_or(&[], Vec::as_slice))))
        .collect();
    Verdict { score: points.iter().sum(), max: paper.len() as i64 * FULL, points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Lesson;
    use proptest::prelude::*;

    fn question(kind: QuestionKind, keys: &str, answer: &[&str]) -> Question {
        Question {
            key: "q01".into(),
            kind,
            stem: "题干".into(),
            choices: keys.chars().map(|c| Choice { key: c.into(), text: c.into() }).collect(),
            answer: answer.iter().map(|a| (*a).to_owned()).collect(),
            explanation: String::new(),
            source: String::new(),
            node: String::new(),
            difficulty: 1,
        }
    }

    fn answered(question: &Question, keys: &[&str]) -> i64 {
        score(question, &keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>())
    }

    fn edition(lessons: usize, questions: usize) -> Edition {
        let bank: Vec<Question> =
            (0..questions).map(|i| Question { key: format!("q{i:02}"), ..question(QuestionKind::Single, "abcd", &["a"]) }).collect();
        let lesson = |i| Lesson {
            key: format!("l{i}"),
            title: String::new(),
            summary: String::new(),
            html: String::new(),
            characters: 0,
            video: None,
            handout: None,
            sources: vec![],
            syllabus: None,
            questions: bank.clone(),
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
            lessons: (0..lessons).map(lesson).collect(),
        }
    }

    #[test]
    fn each_kind_is_scored_by_its_rule() {
        let single = question(QuestionKind::Single, "abcd", &["b"]);
        assert_eq!(
            (answered(&single, &["b"]), answered(&single, &["a"]), answered(&single, &["a", "b"]), answered(&single, &[])),
            (2, 0, 0, 0)
        );
        let multiple = question(QuestionKind::Multiple, "abcde", &["a", "b", "d"]);
        assert_eq!(answered(&multiple, &["d", "a", "b"]), 2);
        assert_eq!(answered(&multiple, &["a"]), 1);
        assert_eq!(answered(&multiple, &["a", "c"]), 0);
        assert_eq!(answered(&multiple, &["a", "a", "a"]), 1, "the same option thrice is one option");
        let ordering = question(QuestionKind::Ordering, "abc", &["a", "b", "c"]);
        assert_eq!((answered(&ordering, &["a", "b", "c"]), answered(&ordering, &["b", "a", "c"])), (2, 0));
        let fill = question(QuestionKind::FillIn, "", &["支出", "十五"]);
        for text in ["支出", " 支 出。", "15", "１５", "十五"] {
            assert_eq!(answered(&fill, &[text]), 2, "{text}");
        }
        assert_eq!(answered(&fill, &["收入"]), 0);
    }

    #[test]
    fn sixty_is_enough_and_just_below_is_not() {
        let verdict = |score, max| Verdict { points: vec![], score, max };
        assert!(verdict(12, 20).passes(60));
        assert!(!verdict(11, 20).passes(60));
        assert!(!verdict(3, 6).passes(60));
        assert!(!verdict(0, 0).passes(60));
        assert_eq!(verdict(11, 20).percent(), 55);
    }

    proptest! {
        #[test]
        fn a_seed_draws_the_same_paper_without_repeats(seed: u64, lessons in 1usize..6, count in 1i64..30) {
            let edition = edition(lessons, 10);
            let paper = draw(&edition, None, count, seed);
            prop_assert_eq!(&paper, &draw(&edition, None, count, seed));
            prop_assert_eq!(paper.len() as i64, count.min(lessons as i64 * 10));
            let mut seen: Vec<_> = paper.iter().map(|d| (&d.lesson, &d.question)).collect();
            seen.sort();
            seen.dedup();
            prop_assert_eq!(seen.len(), paper.len());
            for lesson in &edition.lessons {
                let share = paper.iter().filter(|d| d.lesson == lesson.key).count();
                prop_assert!(share >= paper.len() / lessons, "every lesson is asked about");
            }
        }

        #[test]
        fn adding_a_right_option_never_costs_and_a_wrong_one_always_does(picked in prop::collection::btree_set(0usize..3, 0..3), extra in 0usize..3) {
            let question = question(QuestionKind::Multiple, "abcde", &["a", "b", "c"]);
            let keys = ["a", "b", "c", "d", "e"];
            let mut answer: Vec<&str> = picked.iter().map(|i| keys[*i]).collect();
            let before = answered(&question, &answer);
            answer.push(keys[extra]);
            prop_assert!(answered(&question, &answer) >= before);
            answer.push("e");
            prop_assert_eq!(answered(&question, &answer), 0);
        }

        #[test]
        fn no_answer_panics_or_leaves_the_range(answers in prop::collection::vec(prop::collection::vec(".{0,6}", 0..8), 0..5), seed: u64) {
            let edition = edition(2, 3);
            let paper = draw(&edition, None, 4, seed);
            let verdict = judge(&edition, &paper, &answers);
            prop_assert!((0..=verdict.max).contains(&verdict.score));
        }
    }
}
