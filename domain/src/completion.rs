//! Completion as a pure function of (policy, edition, facts), which explains itself: what is done, what is missing,
//! and from when the missing part can be done. Codes here; the words are the view's.

use serde::{Deserialize, Serialize};

use crate::course::{DeliveryMode, Edition, Lesson};
use crate::credit::EvidenceClass;
use crate::policy::OnlinePolicy;
use crate::time::Millis;
use crate::watch::{Seen, Viewing};

/// What is known about one learner and one lesson.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LessonFacts {
    /// When the lesson was first opened.
    pub opened_at: Option<Millis>,
    /// When 读完了 was accepted.
    pub read_at: Option<Millis>,
    /// Proved seconds of its video.
    pub seen: Seen,
    /// Best quiz result so far: points and possible points.
    pub best: Option<(i64, i64)>,
    /// Quiz attempts handed in.
    pub attempts: i64,
}

/// One condition of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "need", rename_all = "snake_case")]
pub enum Need {
    /// Open the lesson.
    Open,
    /// Read the text; 读完了 counts from `ready_at`.
    Read {
        /// When half the reading time will have passed.
        ready_at: Option<Millis>,
    },
    /// Play the video.
    Watch {
        /// Seconds proved.
        seen: i64,
        /// Seconds needed.
        needed: i64,
        /// The first span that is missing.
        from: Option<i64>,
    },
    /// Pass the quiz.
    Quiz {
        /// Best result in percent, if tried.
        best: Option<i64>,
        /// Percent needed.
        pass: i64,
    },
}

/// A condition with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The condition.
    #[serde(flatten)]
    pub need: Need,
    /// Whether it is met.
    pub done: bool,
}

/// Where one lesson stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonStanding {
    /// Key of the lesson.
    pub lesson: String,
    /// Its conditions, in the order to meet them.
    pub items: Vec<Item>,
    /// Whether all are met.
    pub done: bool,
    /// What completion rests on, once done.
    pub evidence: Option<EvidenceClass>,
}

fn passes(best: Option<(i64, i64)>, policy: &OnlinePolicy) -> bool {
    best.is_some_and(|(score, max)| max > 0 && score * 100 >= max * policy.pass_percent)
}

fn quiz_item(best: Option<(i64, i64)>, policy: &OnlinePolicy) -> Item {
    let percent = best.map(|(score, max)| if max == 0 { 0 } else { score * 100 / max });
    Item { need: Need::Quiz { best: percent, pass: policy.pass_percent }, done: passes(best, policy) }
}

/// Judges one lesson. A video may be taken by playing it or, with script off, by reading its transcript; the evidence
/// class says which.
pub fn lesson(lesson: &Lesson, facts: &LessonFacts, policy: &OnlinePolicy) -> LessonStanding {
    let quiz = quiz_item(facts.best, policy);
    let ready_at = facts.opened_at.map(|at| at + policy.reading_wait_ms(lesson.characters));
    let read = Item { need: Need::Read { ready_at }, done: facts.read_at.is_some() };
    let opened = Item { need: Need::Open, done: facts.opened_at.is_some() };
    let (items, evidence) = match &lesson.video {
        None => (vec![opened, read, quiz], EvidenceClass::ReadingAndQuiz),
        Some(video) => {
            let rules = Viewing { policy, seconds: video.seconds, done: false };
            let seen = facts.seen.seconds();
            let watched = seen >= rules.needed();
            let from = facts.seen.gaps(video.seconds).first().map(|(from, _)| *from);
            let watch = Item { need: Need::Watch { seen, needed: rules.needed(), from }, done: watched };
            // Reading counts only while watching does not: one way is enough.
            if !watched && read.done {
                (vec![opened, read, quiz], EvidenceClass::TranscriptAndQuiz)
            } else {
                (vec![opened, watch, quiz], EvidenceClass::WatchingAndQuiz)
            }
        }
    };
    let done = items.iter().all(|item| item.done);
    LessonStanding { lesson: lesson.key.clone(), items, done, evidence: done.then_some(evidence) }
}

/// Where the online part of a course stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseStanding {
    /// Every lesson.
    pub lessons: Vec<LessonStanding>,
    /// The course test; open once every lesson is done.
    pub test: Item,
    /// Whether the course test can be taken.
    pub test_open: bool,
    /// Whether the online part is done: 网上部分已完成.
    pub online_done: bool,
    /// Modes other than online in which the course still has parts, with their minutes. A course with any is never
    /// called complete here.
    pub other_modes: Vec<(DeliveryMode, i64)>,
}

impl CourseStanding {
    /// Lessons done.
    pub fn lessons_done(&self) -> usize {
        self.lessons.iter().filter(|lesson| lesson.done).count()
    }

    /// The first lesson not done.
    pub fn next_lesson(&self) -> Option<&LessonStanding> {
        self.lessons.iter().find(|lesson| !lesson.done)
    }
}

/// Judges the online part of a course. `facts` are looked up by lesson key; `test` is the best result of the course test.
pub fn course<'f>(
    edition: &Edition,
    facts: impl Fn(&str) -> Option<&'f LessonFacts>,
    test: Option<(i64, i64)>,
    policy: &OnlinePolicy,
) -> CourseStanding {
    let nothing = LessonFacts::default();
    let lessons: Vec<LessonStanding> = edition.lessons.iter().map(|l| lesson(l, facts(&l.key).unwrap_or(&nothing), policy)).collect();
    let test = quiz_item(test, policy);
    let test_open = lessons.iter().all(|l| l.done);
    let other_modes = DeliveryMode::ALL
        .into_iter()
        .filter(|mode| *mode != DeliveryMode::Online && edition.minutes.of(*mode) > 0)
        .map(|mode| (mode, edition.minutes.of(mode)))
        .collect();
    CourseStanding { online_done: test_open && test.done && !lessons.is_empty(), lessons, test, test_open, other_modes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Asset, Video};
    use proptest::prelude::*;

    fn policy() -> OnlinePolicy {
        OnlinePolicy {
            version: "test".into(),
            from: "2026-01-01".into(),
            unit_minutes: 45,
            reading_speed: 500,
            reading_share_percent: 50,
            credit_characters: 200,
            minutes_per_question: 1,
            lesson_questions: 3,
            course_questions: 10,
            pass_percent: 60,
            coverage_percent: 95,
            first_rate_percent: 100,
            later_rate_percent: 200,
            slack_seconds: 2,
            offline_seconds: 600,
            presence_every_seconds: 720,
            presence_window_seconds: 90,
            daily_cap_minutes: 360,
        }
    }

    fn text(video: Option<i64>) -> Lesson {
        let asset = |name: &str| Asset { hash: String::new(), bytes: 0, name: name.into() };
        Lesson {
            key: "l".into(),
            title: String::new(),
            summary: String::new(),
            html: String::new(),
            characters: 3_000,
            video: video.map(|seconds| Video { file: asset("v"), poster: None, captions: asset("c"), seconds, cues: vec![] }),
            handout: None,
            sources: vec![],
            syllabus: None,
            questions: vec![],
        }
    }

    fn open(standing: &LessonStanding) -> Vec<&Need> {
        standing.items.iter().filter(|i| !i.done).map(|i| &i.need).collect()
    }

    #[test]
    fn a_text_asks_for_opening_reading_and_the_quiz() {
        let policy = policy();
        let mut facts = LessonFacts::default();
        assert_eq!(open(&lesson(&text(None), &facts, &policy)).len(), 3);
        facts.opened_at = Some(1_000);
        // 3,000 characters at 500 a minute are six minutes; half of them must pass.
        assert_eq!(open(&lesson(&text(None), &facts, &policy))[0], &Need::Read { ready_at: Some(1_000 + 180_000) });
        facts.read_at = Some(200_000);
        facts.best = Some((3, 6));
        assert_eq!(open(&lesson(&text(None), &facts, &policy)), [&Need::Quiz { best: Some(50), pass: 60 }]);
        facts.best = Some((4, 6));
        assert_eq!(lesson(&text(None), &facts, &policy).evidence, Some(EvidenceClass::ReadingAndQuiz));
    }

    #[test]
    fn a_video_is_watched_or_read_and_the_evidence_says_which() {
        let policy = policy();
        let mut facts = LessonFacts { opened_at: Some(0), best: Some((6, 6)), seen: Seen::parse("0-94"), ..Default::default() };
        let standing = lesson(&text(Some(100)), &facts, &policy);
        assert_eq!(open(&standing), [&Need::Watch { seen: 94, needed: 95, from: Some(94) }]);
        facts.read_at = Some(500_000);
        assert_eq!(lesson(&text(Some(100)), &facts, &policy).evidence, Some(EvidenceClass::TranscriptAndQuiz));
        facts.seen = Seen::parse("0-95");
        assert_eq!(lesson(&text(Some(100)), &facts, &policy).evidence, Some(EvidenceClass::WatchingAndQuiz));
    }

    proptest! {
        /// More facts never take completion away.
        #[test]
        fn completion_only_grows(opened: bool, read: bool, seen in 0i64..101, score in 0i64..7, more in 0i64..101, better in 0i64..7, video: bool) {
            let policy = policy();
            let the_lesson = text(video.then_some(100));
            let mut facts = LessonFacts { opened_at: opened.then_some(0), read_at: (opened && read).then_some(1), best: Some((score, 6)), ..Default::default() };
            facts.seen.add(0, seen);
            let before = lesson(&the_lesson, &facts, &policy);
            facts.opened_at = Some(0);
            facts.seen.add(0, more);
            facts.best = Some((score.max(better), 6));
            let after = lesson(&the_lesson, &facts, &policy);
            prop_assert!(!before.done || after.done);
            prop_assert_eq!(after.done, after.items.iter().all(|i| i.done));
        }
    }
}
