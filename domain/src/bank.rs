//! What can be counted about question banks: kinds, where right answers stand, whether their length gives them away, and
//! which two questions ask nearly the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::course::{Edition, Question, QuestionKind};

/// Figures of the banks of one edition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Questions.
    pub questions: i64,
    /// Questions by kind: single, multiple, true or false, ordering, fill-in.
    pub kinds: [i64; 5],
    /// Where the right option of a single choice stands, by its key.
    pub positions: BTreeMap<String, i64>,
    /// Single choices whose right option is longer than every other one.
    pub longest: i64,
    /// True-or-false questions that are true.
    pub truths: i64,
    /// Different sources.
    pub sources: i64,
}

impl Figures {
    /// Counts the banks of an edition.
    pub fn of(edition: &Edition) -> Self {
        let mut out = Self::default();
        let mut sources = BTreeSet::new();
        for question in edition.lessons.iter().flat_map(|l| &l.questions) {
            out.questions += 1;
            sources.insert(question.source.as_str());
            match question.kind {
                QuestionKind::Single => {
                    out.kinds[0] += 1;
                    let right = question.answer.first().cloned().unwrap_or_default();
                    out.longest += i64::from(stands_out(question, &right));
                    *out.positions.entry(right).or_default() += 1;
                }
                QuestionKind::Multiple => out.kinds[1] += 1,
                QuestionKind::TrueFalse => {
                    out.kinds[2] += 1;
                    out.truths += i64::from(question.answer.first().is_some_and(|a| a == "t"));
                }
                QuestionKind::Ordering => out.kinds[3] += 1,
                QuestionKind::FillIn => out.kinds[4] += 1,
            }
        }
        out.sources = sources.len() as i64;
        out
    }

    /// Share of single choices, in percent, whose right option stands at the place where most do.
    pub fn commonest_place(&self) -> i64 {
        self.positions.values().max().copied().unwrap_or(0) * 100 / self.kinds[0].max(1)
    }

    /// Share of single choices, in percent, that their length gives away.
    pub fn given_away(&self) -> i64 {
        self.longest * 100 / self.kinds[0].max(1)
    }
}

fn stands_out(question: &Question, right: &str) -> bool {
    let length = |text: &str| text.chars().count();
    let (mine, others): (Vec<_>, Vec<_>) = question.choices.iter().partition(|c| c.key == right);
    mine.first().is_some_and(|c| others.iter().all(|o| length(&o.text) < length(&c.text)))
}

/// Pairs of characters of what a question asks and offers, sorted.
fn pairs(question: &Question) -> Vec<(char, char)> {
    let text = question.choices.iter().fold(question.stem.clone(), |text, c| text + &c.text);
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let set: BTreeSet<_> = letters.windows(2).map(|w| (w[0], w[1])).collect();
    set.into_iter().collect()
}

/// Pairs of questions that share at least `percent` of their characters' pairs: `C01/lesson/q01` twice, and the share.
pub fn near_duplicates(editions: &[&Edition], percent: usize) -> Vec<(String, String, usize)> {
    let mut all = Vec::new();
    for edition in editions {
        for lesson in &edition.lessons {
            let name = |q: &Question| format!("{}/{}/{}", edition.course, lesson.key, q.key);
            all.extend(lesson.questions.iter().map(|q| (name(q), pairs(q))));
        }
    }
    let mut out = Vec::new();
    for (i, (name, a)) in all.iter().enumerate() {
        for (other, b) in &all[i + 1..] {
            // So different in size that they cannot share as much.
            if a.len().min(b.len()) * 100 < a.len().max(b.len()) * percent {
                continue;
            }
            let (mut x, mut y, mut common) = (0, 0, 0);
            while x < a.len() && y < b.len() {
                match a[x].cmp(&b[y]) {
                    std::cmp::Ordering::Less => x += 1,
                    std::cmp::Ordering::Greater => y += 1,
                    std::cmp::Ordering::Equal => (x, y, common) = (x + 1, y + 1, common + 1),
                }
            }
            let share = common * 100 / (a.len() + b.len() - common).max(1);
            if share >= percent {
                out.push((name.clone(), other.clone(), share));
            }
        }
    }
    out
}
