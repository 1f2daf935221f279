//! What is wrong with a scenario: 必须改 blocks publishing, 建议看 can be answered with a reason. Paths are walked
//! exhaustively where the states allow, and it is said how many were visited.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::walk::MOST_STATES;
use super::{
    Choice, Condition, Effect, EndingKind, HIGH, LOW, MOST_CHOICES, MOST_NAMES, MOST_NODES, MOST_QUESTIONS, MOST_TIME, Node, Scenario,
    Source, Walk,
};

/// Longest texts in characters: what an old phone shows without scrolling.
const LONGEST_TITLE: usize = 20;
const LONGEST_BRIEF: usize = 120;
const LONGEST_CHOICE: usize = 60;
const LONGEST_RESULT: usize = 120;
const LONGEST_WHY: usize = 160;
const LONGEST_ENDING: usize = 200;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// 必须改
    Must,
    /// 建议看
    Advice,
}

/// What is wrong, as a code; the view has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// More than the engine takes.
    TooMuch,
    /// Two things of one key.
    KeyTwice,
    /// A name that stands for nothing.
    UnknownName,
    /// A value outside its bounds.
    OutOfBounds,
    /// A situation, a choice or an ending without words.
    MissingText,
    /// A situation that nobody can come to.
    UnreachableNode,
    /// An ending that nobody can come to.
    UnreachableEnding,
    /// A situation in which, on some path, nothing can be done.
    DeadEnd,
    /// A choice that can never be taken.
    ChoiceNeverOpen,
    /// A situation from which, on some path, no ending can be come to: a loop without an exit.
    NoWayOut,
    /// The last ending asks for something, so that a run may have none.
    LastEndingConditional,
    /// No reason given.
    MissingWhy,
    /// Neither a rule nor whose experience is named.
    MissingSource,
    /// Weights that do not add up to anything.
    ChanceWeights,
    /// A kind of ending that is missing.
    EndingKindMissing,
    /// No questions for afterwards.
    NoDebrief,
    /// Too long for a phone.
    TextTooLong,
    /// A variable or an attitude that no condition asks about.
    VariableIdle,
    /// A choice that is at least as good as its siblings in everything: it costs nothing.
    AlwaysBest,
    /// A choice that is no better than a sibling in anything: nobody sensible takes it.
    NeverSensible,
    /// Every choice has the same points.
    NoDifference,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Self; 21] = [
        Self::TooMuch,
        Self::KeyTwice,
        Self::UnknownName,
        Self::OutOfBounds,
        Self::MissingText,
        Self::UnreachableNode,
        Self::UnreachableEnding,
        Self::DeadEnd,
        Self::ChoiceNeverOpen,
        Self::NoWayOut,
        Self::LastEndingConditional,
        Self::MissingWhy,
        Self::MissingSource,
        Self::ChanceWeights,
        Self::EndingKindMissing,
        Self::NoDebrief,
        Self::TextTooLong,
        Self::VariableIdle,
        Self::AlwaysBest,
        Self::NeverSensible,
        Self::NoDifference,
    ];

    /// How much it matters.
    pub fn gravity(self) -> Gravity {
        match self {
            Self::TextTooLong | Self::VariableIdle | Self::AlwaysBest | Self::NeverSensible | Self::NoDifference => Gravity::Advice,
            _ => Gravity::Must,
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Trace {
    /// What.
    pub trouble: Trouble,
    /// Where: `node`, `node/choice`, the key of an ending or variable; empty for the whole.
    pub place: String,
    /// The author's reason for leaving it, if it is an advice.
    pub answer: Option<String>,
}

/// What a check comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found, gravest first.
    pub traces: Vec<Trace>,
    /// The walk over all paths.
    pub walk: Walk,
}

impl Finding {
    /// Whether nothing blocks publishing.
    pub fn is_clean(&self) -> bool {
        self.traces.iter().all(|t| t.trouble.gravity() == Gravity::Advice)
    }

    /// What nobody has answered yet.
    pub fn open(&self) -> impl Iterator<Item = &Trace> {
        self.traces.iter().filter(|t| t.answer.is_none())
    }
}

/// Checks a scenario, walking at most [`MOST_STATES`] states.
pub fn check(scenario: &Scenario) -> Finding {
    check_within(scenario, MOST_STATES)
}

/// Checks a scenario, walking at most so many states.
pub fn check_within(scenario: &Scenario, states: usize) -> Finding {
    let mut found = BTreeSet::new();
    let mut note = |trouble: Trouble, place: &str| {
        found.insert((trouble, place.to_owned()));
    };
    names(scenario, &mut note);
    texts(scenario, &mut note);
    scenario.nodes.iter().for_each(|n| balance(n, &mut note));
    // What is too much is not walked: the bounds are what makes walking it safe.
    let sizes = scenario.nodes.len() <= MOST_NODES && scenario.nodes.iter().all(|n| n.choices.len() <= MOST_CHOICES);
    let walk = if sizes { Walk::of(scenario, states) } else { Walk::of(&Scenario { nodes: Vec::new(), ..scenario.clone() }, 1) };
    if sizes && walk.exhaustive {
        reached(scenario, &walk, &mut note);
    }
    let answer = |trouble: Trouble, place: &str| {
        let given = scenario.answers.iter().find(|a| a.trouble == trouble && a.place == place && !a.reason.trim().is_empty());
        given.filter(|_| trouble.gravity() == Gravity::Advice).map(|a| a.reason.clone())
    };
    let traces = found.into_iter().map(|(trouble, place)| Trace { trouble, answer: answer(trouble, &place), place });
    let mut traces: Vec<Trace> = traces.collect();
    traces.sort_by(|a, b| (a.trouble.gravity(), a).cmp(&(b.trouble.gravity(), b)));
    Finding { traces, walk }
}

/// Everything a name is used for.
fn names(s: &Scenario, note: &mut impl FnMut(Trouble, &str)) {
    let mut flags = BTreeSet::new();
    s.each_effects(&mut |_, effects| {
        flags.extend(effects.iter().filter_map(|e| if let Effect::Set(name) = e { Some(name.as_str()) } else { None }));
    });
    let counts =
        [s.variables.len() + s.people.len(), s.information.len(), s.promises.len(), s.interrupts.len(), s.endings.len(), flags.len()];
    if counts.iter().any(|n| *n > MOST_NAMES)
        || s.debrief.len() > MOST_QUESTIONS
        || s.nodes.len() > MOST_NODES
        || s.nodes.is_empty()
        || s.endings.is_empty()
    {
        note(Trouble::TooMuch, "");
    }
    let nodes: BTreeSet<&str> = s.nodes.iter().map(|n| n.key.as_str()).collect();
    let measures: BTreeSet<&str> = s.measures().map(|(key, _)| key).collect();
    let information: BTreeSet<&str> = s.information.iter().map(|i| i.key.as_str()).collect();
    let promises: BTreeSet<&str> = s.promises.iter().map(|p| p.key.as_str()).collect();
    twice(s.nodes.iter().map(|n| n.key.as_str()), note);
    twice(s.measures().map(|(key, _)| key), note);
    twice(s.information.iter().map(|i| i.key.as_str()), note);
    twice(s.promises.iter().map(|p| p.key.as_str()), note);
    twice(s.endings.iter().map(|e| e.key.as_str()), note);
    if !nodes.contains(s.start.as_str()) {
        note(Trouble::UnknownName, "start");
    }
    s.interrupts.iter().filter(|i| !nodes.contains(i.node.as_str())).for_each(|i| note(Trouble::UnknownName, &i.node));
    s.measures().filter(|(_, start)| !(LOW..=HIGH).contains(start)).for_each(|(key, _)| note(Trouble::OutOfBounds, key));
    if s.time.as_ref().is_some_and(|t| !(1..=MOST_TIME).contains(&t.limit)) {
        note(Trouble::OutOfBounds, "time");
    }
    s.each_effects(&mut |place, effects| {
        for effect in effects {
            let known = match effect {
                Effect::Change { variable, .. } => measures.contains(variable.as_str()),
                Effect::Reveal(key) => information.contains(key.as_str()),
                Effect::Promise(key) => promises.contains(key.as_str()),
                Effect::Pass(_) => s.time.is_some(),
                Effect::Set(_) => true,
                Effect::Clear(name) => flags.contains(name.as_str()),
            };
            if !known {
                note(Trouble::UnknownName, place);
            }
        }
    });
    let mut asked = BTreeSet::new();
    each_condition(s, &mut |place, condition| {
        let known = match condition {
            Condition::AtLeast { variable, .. } | Condition::AtMost { variable, .. } => {
                asked.insert(variable.clone());
                measures.contains(variable.as_str())
            }
            Condition::Passed(_) => s.time.is_some(),
            Condition::Flag(name) => flags.contains(name.as_str()),
            Condition::Known(key) => information.contains(key.as_str()),
            _ => true,
        };
        if !known {
            note(Trouble::UnknownName, place);
        }
    });
    s.measures().filter(|(key, _)| !asked.contains(*key)).for_each(|(key, _)| note(Trouble::VariableIdle, key));
    for node in &s.nodes {
        if node.choices.len() > MOST_CHOICES {
            note(Trouble::TooMuch, &node.key);
        }
        let mut keys = BTreeSet::new();
        for choice in &node.choices {
            let place = format!("{}/{}", node.key, choice.key);
            if !keys.insert(&choice.key) {
                note(Trouble::KeyTwice, &place);
            }
            let mut targets = choice.next.iter().chain(choice.chance.iter().filter_map(|o| o.next.as_ref()));
            if targets.any(|n| !nodes.contains(n.as_str())) {
                note(Trouble::UnknownName, &place);
            }
            if choice.chance.iter().any(|o| !(1..=1_000).contains(&o.weight)) || choice.chance.len() > MOST_CHOICES {
                note(Trouble::ChanceWeights, &place);
            }
            if !(0..=2).contains(&choice.points) {
                note(Trouble::OutOfBounds, &place);
            }
        }
    }
    if s.endings.last().is_some_and(|e| !e.when.is_always()) {
        note(Trouble::LastEndingConditional, "");
    }
}

fn twice<'s>(keys: impl Iterator<Item = &'s str>, note: &mut impl FnMut(Trouble, &str)) {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(key) {
            note(Trouble::KeyTwice, key);
        }
    }
}

/// Everything that is written.
fn texts(s: &Scenario, note: &mut impl FnMut(Trouble, &str)) {
    let mut look = |place: &str, text: &str, most: usize| {
        if text.trim().is_empty() {
            note(Trouble::MissingText, place);
        }
        if text.chars().count() > most {
            note(Trouble::TextTooLong, place);
        }
    };
    for node in &s.nodes {
        look(&node.key, &node.title, LONGEST_TITLE);
        look(&node.key, &node.brief, LONGEST_BRIEF);
        for choice in &node.choices {
            let place = format!("{}/{}", node.key, choice.key);
            look(&place, &choice.text, LONGEST_CHOICE);
            look(&place, &choice.result, LONGEST_RESULT);
            choice.chance.iter().for_each(|o| look(&place, &o.text, LONGEST_RESULT));
        }
    }
    s.endings.iter().for_each(|e| look(&e.key, &e.text, LONGEST_ENDING));
    s.promises.iter().for_each(|p| look(&p.key, &p.text, LONGEST_CHOICE));
    for (node, choice) in s.nodes.iter().flat_map(|n| n.choices.iter().map(move |c| (n, c))) {
        let place = format!("{}/{}", node.key, choice.key);
        if choice.why.trim().is_empty() {
            note(Trouble::MissingWhy, &place);
        }
        if choice.why.chars().count() > LONGEST_WHY {
            note(Trouble::TextTooLong, &place);
        }
        if Source::parse(&choice.source).is_none() {
            note(Trouble::MissingSource, &place);
        }
    }
    if s.debrief.is_empty() {
        note(Trouble::NoDebrief, "");
    }
    for (kind, name) in [(EndingKind::Good, "good"), (EndingKind::Mixed, "mixed"), (EndingKind::Bad, "bad")] {
        if !s.endings.iter().any(|e| e.kind == kind) {
            note(Trouble::EndingKindMissing, name);
        }
    }
}

/// Story time among the names of what a choice does: the sign that writes it.
const TIME: &str = "过";

/// What a choice does to each name on the average, as a fraction: (sum, weight).
fn yields<'c>(choice: &'c Choice) -> impl Fn(&str) -> (i128, i128) + 'c {
    let sum = |effects: &[Effect], key: &str| -> i128 {
        let of = |e: &Effect| match e {
            Effect::Change { variable, by } if variable == key => Some(i128::from(*by)),
            // Time that passes is paid.
            Effect::Pass(units) if key == TIME => Some(-i128::from(*units)),
            _ => None,
        };
        effects.iter().filter_map(of).sum()
    };
    move |key| {
        let weight: i128 = choice.chance.iter().map(|o| i128::from(o.weight.max(0))).sum();
        let chance: i128 = choice.chance.iter().map(|o| i128::from(o.weight.max(0)) * sum(&o.effects, key)).sum();
        let weight = weight.max(1);
        (sum(&choice.effects, key) * weight + chance, weight)
    }
}

/// Whether a choice brings more than numbers: something is known, noted or promised.
fn opens(choice: &Choice) -> bool {
    let more = |e: &Effect| matches!(e, Effect::Set(_) | Effect::Reveal(_) | Effect::Promise(_));
    choice.effects.iter().chain(choice.chance.iter().flat_map(|o| &o.effects)).any(more)
}

/// A choice that costs nothing makes a quiz of the game; one that gains nothing is only there to fill the page.
fn balance(node: &Node, note: &mut impl FnMut(Trouble, &str)) {
    let best = node.choices.iter().map(|c| c.points).max().unwrap_or(0);
    if node.choices.len() > 1 && node.choices.iter().all(|c| c.points == best) {
        note(Trouble::NoDifference, &node.key);
    }
    let lists = node.choices.iter().flat_map(|c| c.effects.iter().chain(c.chance.iter().flat_map(|o| &o.effects)));
    let name = |e: &'_ Effect| match e {
        Effect::Change { variable, .. } => Some(variable.clone()),
        Effect::Pass(_) => Some(TIME.to_owned()),
        _ => None,
    };
    let names: BTreeSet<String> = lists.filter_map(name).collect();
    if names.is_empty() {
        return;
    }
    let no_worse = |a: &Choice, b: &Choice| {
        let (of_a, of_b) = (yields(a), yields(b));
        names.iter().all(|key| {
            let ((a, wa), (b, wb)) = (of_a(key), of_b(key));
            a * wb >= b * wa
        })
    };
    for (at, choice) in node.choices.iter().enumerate() {
        let place = || format!("{}/{}", node.key, choice.key);
        let mut others = node.choices.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| c).peekable();
        if others.peek().is_some() && others.clone().all(|other| no_worse(choice, other) && other.points <= choice.points) {
            note(Trouble::AlwaysBest, &place());
        }
        if !opens(choice) && others.any(|other| other.points > choice.points && no_worse(other, choice)) {
            note(Trouble::NeverSensible, &place());
        }
    }
}

fn each_condition(s: &Scenario, see: &mut impl FnMut(&str, &Condition)) {
    fn within(place: &str, condition: &Condition, see: &mut impl FnMut(&str, &Condition)) {
        see(place, condition);
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|c| within(place, c, see)),
            Condition::Not(inner) => within(place, inner, see),
            _ => {}
        }
    }
    s.nodes.iter().for_each(|n| n.choices.iter().for_each(|c| within(&format!("{}/{}", n.key, c.key), &c.when, see)));
    s.promises.iter().for_each(|p| within(&p.key, &p.kept_when, see));
    s.interrupts.iter().for_each(|i| within(&i.node, &i.when, see));
    s.endings.iter().for_each(|e| within(&e.key, &e.when, see));
}

/// What the walk over all paths shows.
fn reached(s: &Scenario, walk: &Walk, note: &mut impl FnMut(Trouble, &str)) {
    for (at, node) in s.nodes.iter().enumerate() {
        if !walk.nodes.contains(&at) {
            note(Trouble::UnreachableNode, &node.key);
            continue;
        }
        if walk.stuck.contains(&at) {
            note(Trouble::DeadEnd, &node.key);
        }
        if walk.trapped.contains(&at) {
            note(Trouble::NoWayOut, &node.key);
        }
        let taken = |place: usize| walk.edges.iter().any(|e| (e.node, e.choice) == (at, place));
        for (_, choice) in node.choices.iter().enumerate().filter(|(place, _)| !taken(*place)) {
            note(Trouble::ChoiceNeverOpen, &format!("{}/{}", node.key, choice.key));
        }
    }
    for (_, ending) in s.endings.iter().enumerate().filter(|(at, _)| !walk.endings.contains_key(at)) {
        note(Trouble::UnreachableEnding, &ending.key);
    }
}
