//! 学时 arithmetic: minutes are stored and summed; hours are a way of writing a sum.

use serde::{Deserialize, Serialize};

use crate::course::{Edition, Lesson};
use crate::policy::OnlinePolicy;

/// What an entry of the ledger rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceClass {
    /// 阅读+测验: server time passed while the text was open, quiz passed.
    ReadingAndQuiz,
    /// 观看+测验: played seconds proved by the clock, quiz passed.
    WatchingAndQuiz,
    /// 文字稿+测验: a video taken through its transcript, script off.
    TranscriptAndQuiz,
    /// 测验: the course test.
    Quiz,
    /// 情景+复盘: a simulation judged by replay, debriefed.
    SimulationAndDebrief,
}

impl EvidenceClass {
    const ALL: [Self; 5] = [Self::ReadingAndQuiz, Self::WatchingAndQuiz, Self::TranscriptAndQuiz, Self::Quiz, Self::SimulationAndDebrief];

    /// Code in the database and on the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadingAndQuiz => "reading_and_quiz",
            Self::WatchingAndQuiz => "watching_and_quiz",
            Self::TranscriptAndQuiz => "transcript_and_quiz",
            Self::Quiz => "quiz",
            Self::SimulationAndDebrief => "simulation_and_debrief",
        }
    }

    /// Reads [`EvidenceClass::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == text)
    }
}

/// Minutes as 学时 with one decimal, rounded half up: 90 minutes at 45 are `2.0`.
pub fn hours_text(minutes: i64, unit: i64) -> String {
    let tenths = (minutes * 20 + unit) / (unit * 2);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Minutes granted for a lesson.
pub fn lesson_minutes(lesson: &Lesson, policy: &OnlinePolicy) -> i64 {
    let asked = policy.lesson_questions.min(lesson.questions.len() as i64);
    match &lesson.video {
        Some(video) => policy.video_minutes(video.seconds, asked),
        None => policy.text_minutes(lesson.characters, asked),
    }
}

/// Questions that the course test asks.
pub fn test_questions(edition: &Edition, policy: &OnlinePolicy) -> i64 {
    policy.course_questions.min(edition.lessons.iter().map(|lesson| lesson.questions.len() as i64).sum())
}

/// Minutes granted for the course test.
pub fn test_minutes(edition: &Edition, policy: &OnlinePolicy) -> i64 {
    test_questions(edition, policy) * policy.minutes_per_question
}

/// All online minutes of an edition that can be proved. Declared online hours may not exceed them.
pub fn provable_minutes(edition: &Edition, policy: &OnlinePolicy) -> i64 {
    edition.lessons.iter().map(|lesson| lesson_minutes(lesson, policy)).sum::<i64>() + test_minutes(edition, policy)
}

/// How many of `minutes` may still be credited today, when `already` were.
pub fn within_cap(minutes: i64, already: i64, policy: &OnlinePolicy) -> i64 {
    minutes.min((policy.daily_cap_minutes - already).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hours_are_written_once_from_the_sum() {
        for (minutes, text) in [(0, "0.0"), (45, "1.0"), (90, "2.0"), (44, "1.0"), (22, "0.5"), (15, "0.3"), (2, "0.0"), (3, "0.1")] {
            assert_eq!(hours_text(minutes, 45), text, "{minutes}");
        }
        // 3 × 15 minutes are one hour; converted first they would be 0.9.
        assert_eq!(hours_text(15 + 15 + 15, 45), "1.0");
    }

    proptest! {
        #[test]
        fn written_hours_never_fall_as_minutes_grow(minutes in 0i64..100_000) {
            let tenths = |text: String| text.replace('.', "").parse::<i64>().expect("digits");
            prop_assert!(tenths(hours_text(minutes, 45)) <= tenths(hours_text(minutes + 1, 45)));
        }
    }
}
