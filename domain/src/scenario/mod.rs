//! 情景模拟: a scenario as data. Nothing but bounded integers, flags and the project's own generator moves in it, so that
//! a run is replayed to the byte on every machine. `play` walks it, `check` says what is wrong with it.

mod check;
mod play;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use serde::{Deserialize, Serialize};

pub use check::{Finding, Gravity, Trouble, check};
pub use play::{Input, Play, Refusal, Score, Scoring, State, Verdict};

/// Lowest value of a variable.
pub const LOW: i64 = 0;
/// Highest value of a variable.
pub const HIGH: i64 = 100;
/// Most situations of a scenario.
pub const MOST_NODES: usize = 1_000;
/// Most choices of a situation.
pub const MOST_CHOICES: usize = 6;
/// Most variables, flags, pieces of information and promises, each.
pub const MOST_NAMES: usize = 32;
/// Most decisions of a run; a scenario that could go on for longer ends there.
pub const MOST_STEPS: usize = 200;

/// A scenario as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Key of the scenario, `S01`.
    pub key: String,
    /// Edition.
    pub edition: i64,
    /// Title.
    pub title: String,
    /// Code of the course that it belongs to.
    pub course: String,
    /// Who the player is.
    pub role: String,
    /// What the player is to achieve.
    pub goal: String,
    /// Estimated minutes of one run.
    pub minutes: i64,
    /// What goes up and down.
    pub variables: Vec<Variable>,
    /// Pieces of information that can be revealed.
    #[serde(default)]
    pub information: Vec<Information>,
    /// Promises that can be made and come due.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// Key of the first situation.
    pub start: String,
    /// The situations.
    pub nodes: Vec<Node>,
    /// Events that cut in.
    #[serde(default)]
    pub interrupts: Vec<Interrupt>,
    /// How it can end; the first that holds counts, the last one always does.
    pub endings: Vec<Ending>,
    /// Questions for afterwards.
    pub debrief: Vec<String>,
}

/// A bounded integer ([`LOW`]–[`HIGH`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Key: one of 信 规 财 时 安 队, or the author's own.
    pub key: String,
    /// Value at the beginning.
    pub start: i64,
    /// Whether the player does not see it.
    #[serde(default)]
    pub hidden: bool,
}

/// Something the player may learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Information {
    /// Key.
    pub key: String,
    /// What is learnt.
    pub text: String,
}

/// Something promised that comes due later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Key.
    pub key: String,
    /// Decisions after which it is due.
    pub after: i64,
    /// Whether it was kept, asked when it is due.
    pub kept_when: Condition,
    /// What happens when it was.
    #[serde(default)]
    pub kept: Vec<Effect>,
    /// What happens when it was not.
    pub broken: Vec<Effect>,
}

/// A situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Key.
    pub key: String,
    /// What is going on.
    pub brief: String,
    /// What arriving here does: time that passes, for one.
    #[serde(default)]
    pub arriving: Vec<Effect>,
    /// What the player can do.
    pub choices: Vec<Choice>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Key, by which a choice is reported whatever place it was shown in.
    pub key: String,
    /// What it says.
    pub text: String,
    /// Whether it can be taken.
    #[serde(default, skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// What it does.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// What comes of it.
    pub result: String,
    /// Where it leads; none ends the scenario, or returns from an event that cut in.
    #[serde(default)]
    pub next: Option<String>,
    /// Chance: one of these happens besides, by weight.
    #[serde(default)]
    pub chance: Vec<Outcome>,
    /// Points: 0, 1 or 2.
    pub points: i64,
    /// Why it is better or worse.
    pub why: String,
    /// Official title of the rule, or the practical experience it rests on.
    pub source: String,
}

/// One way that chance may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Weight among its siblings.
    pub weight: i64,
    /// What happens.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// What is told.
    pub text: String,
    /// Where it leads instead of where the choice does.
    #[serde(default)]
    pub next: Option<String>,
}

/// An event that cuts in once, when its condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// When.
    pub when: Condition,
    /// The situation it leads to; a choice there without `next` returns.
    pub node: String,
}

/// How well it went. Never said to a learner in these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndingKind {
    /// It failed.
    Bad,
    /// Partly.
    Mixed,
    /// It was done.
    Good,
}

/// An ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// Key.
    pub key: String,
    /// How well.
    pub kind: EndingKind,
    /// When it holds.
    #[serde(default, skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// Whether it ends the scenario the moment it holds (a red line).
    #[serde(default)]
    pub at_once: bool,
    /// What is told.
    pub text: String,
    /// What to do next time.
    pub advice: String,
}

/// What a choice, an arrival or a promise does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// A variable goes up or down, within its bounds.
    Change {
        /// Which.
        variable: String,
        /// By how much.
        by: i64,
    },
    /// A flag is set.
    Set(String),
    /// A flag is taken back.
    Clear(String),
    /// The player learns something.
    Reveal(String),
    /// Something is promised; it comes due later.
    Promise(String),
}

/// A condition over the state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Always.
    #[default]
    Always,
    /// A variable is at least this.
    AtLeast {
        /// Which.
        variable: String,
        /// Bound.
        value: i64,
    },
    /// A variable is at most this.
    AtMost {
        /// Which.
        variable: String,
        /// Bound.
        value: i64,
    },
    /// A flag is set.
    Flag(String),
    /// Something is known.
    Known(String),
    /// All of these.
    All(Vec<Condition>),
    /// Any of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

impl Condition {
    /// Whether it asks nothing.
    pub fn is_always(&self) -> bool {
        *self == Self::Always
    }
}
