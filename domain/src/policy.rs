//! Rules as data: versioned values with the day from which they hold. Nothing here is a default; the values stand in
//! `content/rules/` and are frozen into a class when it is made.

use serde::{Deserialize, Serialize};

/// How online learning is proved and credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlinePolicy {
    /// Name of the version, printed on every ledger entry.
    pub version: String,
    /// First day on which new classes take it (`yyyy-mm-dd`).
    pub from: String,
    /// Minutes of one 学时.
    pub unit_minutes: i64,
    /// Reading speed by which the time of a text is estimated, characters a minute.
    pub reading_speed: i64,
    /// Share of the reading time that must pass on the server before 读完了, in percent.
    pub reading_share_percent: i64,
    /// Characters credited as one minute.
    pub credit_characters: i64,
    /// Minutes credited for each question asked.
    pub minutes_per_question: i64,
    /// Questions that a lesson asks from its bank.
    pub lesson_questions: i64,
    /// Questions that the course test asks from all banks.
    pub course_questions: i64,
    /// Share of the points needed to pass, in percent.
    pub pass_percent: i64,
    /// Share of a video that must have been played, in percent.
    pub coverage_percent: i64,
    /// Fastest rate of the first view, in percent of real time.
    pub first_rate_percent: i64,
    /// Fastest rate once the lesson is done, in percent.
    pub later_rate_percent: i64,
    /// Seconds that a beat may claim beyond what the clock proves (rounding, start-up).
    pub slack_seconds: i64,
    /// Longest stretch that one late batch may bring in after a lost network, in seconds.
    pub offline_seconds: i64,
    /// Played seconds between two presence checks.
    pub presence_every_seconds: i64,
    /// Seconds in which a presence check is to be answered.
    pub presence_window_seconds: i64,
    /// Most online minutes credited to one person in one day.
    pub daily_cap_minutes: i64,
}

impl OnlinePolicy {
    /// Milliseconds that must pass between opening a text and 读完了.
    pub fn reading_wait_ms(&self, characters: i64) -> i64 {
        // ceil(characters / speed minutes × share): never rounded in the reader's disfavour by more than a millisecond.
        characters * 60_000 * self.reading_share_percent / (self.reading_speed * 100)
    }

    /// Estimated reading time in whole minutes, at least one.
    pub fn reading_minutes(&self, characters: i64) -> i64 {
        ((characters + self.reading_speed - 1) / self.reading_speed).max(1)
    }

    /// Minutes granted for a text lesson that asks `asked` questions (核定分钟).
    pub fn text_minutes(&self, characters: i64, asked: i64) -> i64 {
        characters / self.credit_characters + asked * self.minutes_per_question
    }

    /// Minutes granted for a video of `seconds` that asks `asked` questions.
    pub fn video_minutes(&self, seconds: i64, asked: i64) -> i64 {
        seconds / 60 + asked * self.minutes_per_question
    }
}

/// How much a lesson of an open course holds at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentPolicy {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// Characters of the body, white space not counted.
    pub lesson_characters: i64,
    /// Questions in the bank.
    pub lesson_questions: i64,
}

/// When 待办 reminds whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TodoPolicy {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// Days without learning after which a learner is asked how they are.
    pub quiet_days: i64,
    /// Times that a question must have been asked before its figure means something.
    pub hard_asked: i64,
    /// Share of points below which a question waits for its trainer, in percent.
    pub hard_percent: i64,
}

/// What the plan asks of communities: averages for organisations, each by itself for brands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPolicy {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// Organisations of an urban community, on average.
    pub urban_organisations: i64,
    /// Organisations of a village, on average.
    pub rural_organisations: i64,
    /// Brands of every community and village.
    pub brands: i64,
}

/// How a simulation is scored and credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationPolicy {
    /// Name of the version, kept with every run and printed on every ledger entry.
    pub version: String,
    /// First day on which new runs take it (`yyyy-mm-dd`).
    pub from: String,
    /// Weight of the decisions in the score.
    pub decisions: i64,
    /// Weight of the ending in the score.
    pub ending: i64,
    /// Minutes granted for a whole run outside a session, once it is debriefed.
    pub grant_minutes: i64,
    /// Fewest characters of an answer in the debrief.
    pub answer_characters: i64,
    /// Fewest people of whom a distribution is shown.
    pub small_group: i64,
    /// Most people who go one run together.
    pub group_most: i64,
}

impl SimulationPolicy {
    /// How decisions and ending weigh.
    pub fn scoring(&self) -> crate::scenario::Scoring {
        crate::scenario::Scoring { version: self.version.clone(), decisions: self.decisions, ending: self.ending }
    }
}
