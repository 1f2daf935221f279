//! 情景模拟: a scenario as data. Nothing but bounded integers, flags and the project's own generator moves in it, so that
//! a run is replayed to the byte on every machine. `play` walks it, `check` says what is wrong with it.

mod check;
pub mod graph;
pub mod notation;
mod play;
mod run;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod walk;
pub mod wire;

use serde::{Deserialize, Serialize};

pub use check::{Finding, Gravity, Trace, Trouble, check, check_within};
pub use play::{Beginning, Event, Input, Play, Refusal, Score, Scoring, State, Verdict};
pub use run::{Apart, Joined, RunKind, Story, join};
pub use walk::{Edge, Spot, Walk};

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
/// Most questions of a debrief.
pub const MOST_QUESTIONS: usize = 6;
/// Longest time inside a story, in its unit.
pub const MOST_TIME: i64 = 10_000;
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
    /// Work fields of the plan that it is about, by name.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Who wrote it, as it is to be said: an author, an agency.
    #[serde(default)]
    pub credit: String,
    /// Who the player is.
    pub role: String,
    /// What the player is to achieve.
    pub goal: String,
    /// Estimated minutes of one run.
    pub minutes: i64,
    /// Time inside the story; none where it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<StoryTime>,
    /// Whether a player may take the last decision back.
    #[serde(default)]
    pub undo: bool,
    /// What goes up and down.
    pub variables: Vec<Variable>,
    /// People in the story; their attitudes go up and down like variables.
    #[serde(default)]
    pub people: Vec<Character>,
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
    /// The author's reasons for leaving a 建议看 as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// Time inside the story: it passes by effects and has a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoryTime {
    /// What is counted: 天, 小时, 分钟.
    pub unit: String,
    /// How much there is.
    pub limit: i64,
}

/// A person in the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Character {
    /// Key: what the person is called. Effects and conditions name the attitude by it.
    pub key: String,
    /// Who it is.
    pub who: String,
    /// Attitude at the beginning, [`LOW`]–[`HIGH`].
    pub attitude: i64,
}

/// A reason for leaving an advice as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Code of the trouble.
    pub trouble: Trouble,
    /// Its place.
    pub place: String,
    /// Why it may stay.
    pub reason: String,
}

impl Scenario {
    /// Every name that has a value: variables, then people.
    pub fn measures(&self) -> impl Iterator<Item = (&str, i64)> {
        let variables = self.variables.iter().map(|v| (v.key.as_str(), v.start));
        variables.chain(self.people.iter().map(|p| (p.key.as_str(), p.attitude)))
    }

    /// The situation with this key.
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.key == key)
    }

    /// Every list of effects with the place where it stands.
    pub(super) fn each_effects<'s>(&'s self, see: &mut impl FnMut(&str, &'s [Effect])) {
        for node in &self.nodes {
            see(&node.key, &node.arriving);
            for choice in &node.choices {
                let place = format!("{}/{}", node.key, choice.key);
                see(&place, &choice.effects);
                choice.chance.iter().for_each(|o| see(&place, &o.effects));
            }
        }
        for promise in &self.promises {
            see(&promise.key, &promise.kept);
            see(&promise.key, &promise.broken);
        }
    }

    /// What every choice rests on.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().flat_map(|n| &n.choices).map(|c| c.source.as_str())
    }

    /// The same scenario without what would give it away (points, reasons, sources, advice) and what a player does not need.
    /// It plays the same.
    pub fn for_player(&self) -> Self {
        let mut open = self.clone();
        for choice in open.nodes.iter_mut().flat_map(|n| &mut n.choices) {
            choice.points = 0;
            choice.why.clear();
            choice.source.clear();
        }
        open.endings.iter_mut().for_each(|e| e.advice.clear());
        open.answers.clear();
        open.fields.clear();
        open.debrief.clear();
        [&mut open.course, &mut open.credit, &mut open.goal].into_iter().for_each(String::clear);
        (open.edition, open.minutes) = (0, 0);
        open
    }
}

/// What a reason rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source<'t> {
    /// A rule by its official title, with what follows it.
    Rule(&'t str),
    /// Practical experience: whose, and how many years.
    Practice {
        /// Whose.
        who: &'t str,
        /// Years.
        years: i64,
    },
}

impl<'t> Source<'t> {
    /// Reads `《……》第……条` or `实务经验：谁，N 年`.
    pub fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let Some(rest) = text.strip_prefix("实务经验") else {
            let titled = text.find('《').is_some_and(|from| text[from..].contains('》'));
            return titled.then_some(Self::Rule(text));
        };
        let rest = rest.trim_start_matches([':', '：', ' ']);
        let (who, years) = rest.rsplit_once(['，', ',', '、'])?;
        let digits: String = years.chars().filter(char::is_ascii_digit).collect();
        let years = digits.parse().ok().filter(|n| (1..=80).contains(n))?;
        (!who.trim().is_empty()).then_some(Self::Practice { who: who.trim(), years })
    }
}

/// A bounded integer ([`LOW`]–[`HIGH`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Key: one of 信 规 财 时 安 队, or the author's own.
    pub key: String,
    /// What the player reads; empty for the six, whose names are known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
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
    /// What was promised, to whom, until when.
    pub text: String,
    /// Decisions after which it is due.
    pub after: i64,
    /// Whether it was kept, asked when it is due.
    #[serde(with = "notation::condition_text")]
    pub kept_when: Condition,
    /// What happens when it was.
    #[serde(default, with = "notation::effects_text")]
    pub kept: Vec<Effect>,
    /// What happens when it was not.
    #[serde(with = "notation::effects_text")]
    pub broken: Vec<Effect>,
}

/// A situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Key.
    pub key: String,
    /// A few words over it.
    pub title: String,
    /// What is going on.
    pub brief: String,
    /// What arriving here does: time that passes, for one.
    #[serde(default, with = "notation::effects_text", skip_serializing_if = "Vec::is_empty")]
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
    #[serde(default, with = "notation::condition_text", skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// What it does.
    #[serde(default, with = "notation::effects_text")]
    pub effects: Vec<Effect>,
    /// What comes of it.
    pub result: String,
    /// Where it leads; none ends the scenario, or returns from an event that cut in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Chance: one of these happens besides, by weight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
    #[serde(default, with = "notation::effects_text")]
    pub effects: Vec<Effect>,
    /// What is told.
    pub text: String,
    /// Where it leads instead of where the choice does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An event that cuts in once, when its condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// When.
    #[serde(with = "notation::condition_text")]
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
    #[serde(default, with = "notation::condition_text", skip_serializing_if = "Condition::is_always")]
    pub when: Condition,
    /// Whether it ends the scenario the moment it holds (a red line).
    #[serde(default)]
    pub at_once: bool,
    /// What is told.
    pub text: String,
    /// What to do next time.
    pub advice: String,
}

/// What a choice, an arrival or a promise does. Written as [`notation`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A variable or an attitude goes up or down, within its bounds.
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
    /// Time passes in the story.
    Pass(i64),
}

/// A condition over the state. Written as [`notation`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// At least so much time has passed in the story.
    Passed(i64),
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
