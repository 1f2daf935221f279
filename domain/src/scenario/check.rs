//! What is wrong with a scenario: 必须改 blocks publishing, 建议看 can be answered with a reason. Paths are walked
//! exhaustively where the states allow, and it is said how many were visited.

use std::collections::{BTreeSet, HashSet, VecDeque};

use serde::Serialize;

use super::{Condition, Effect, EndingKind, HIGH, LOW, MOST_CHOICES, MOST_NAMES, MOST_NODES, Play, Scenario, State};

/// Most states that are walked.
pub const MOST_STATES: usize = 200_000;
/// Longest situation, in characters: what an old phone shows without scrolling.
const LONGEST_BRIEF: usize = 120;
/// Longest choice, in characters.
const LONGEST_CHOICE: usize = 60;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// A situation that nobody can come to.
    UnreachableNode,
    /// An ending that nobody can come to.
    UnreachableEnding,
    /// A situation in which, on some path, nothing can be done.
    DeadEnd,
    /// A choice that can never be taken.
    ChoiceNeverOpen,
    /// From some state no ending can be reached.
    NoWayOut,
    /// The last ending asks for something, so that a run may have none.
    LastEndingConditional,
    /// No reason given.
    MissingWhy,
    /// No rule or experience named.
    MissingSource,
    /// Weights that do not add up to anything.
    ChanceWeights,
    /// A kind of ending that is missing.
    EndingKindMissing,
    /// No questions for afterwards.
    NoDebrief,
    /// Too long for a phone.
    TextTooLong,
    /// A variable that no condition asks about.
    VariableIdle,
    /// The choice with most points has no cost at all.
    BestWithoutCost,
    /// Every choice has the same points.
    NoDifference,
}

impl Trouble {
    /// How much it matters.
    pub fn gravity(self) -> Gravity {
        match self {
            Self::TextTooLong | Self::VariableIdle | Self::BestWithoutCost | Self::NoDifference => Gravity::Advice,
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
}

/// What a check comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was found, gravest first.
    pub traces: Vec<Trace>,
    /// States that were walked.
    pub states: usize,
    /// Whether these are all there are; otherwise what is unreachable is not known.
    pub exhaustive: bool,
    /// Fewest and most decisions to an ending.
    pub decisions: (usize, usize),
}

impl Finding {
    /// Whether nothing blocks publishing.
    pub fn is_clean(&self) -> bool {
        self.traces.iter().all(|t| t.trouble.gravity() == Gravity::Advice)
    }
}

/// Checks a scenario.
pub fn check(scenario: &Scenario) -> Finding {
    let mut traces = BTreeSet::new();
    let mut note = |trouble: Trouble, place: &str| {
        traces.insert(Trace { trouble, place: place.to_owned() });
    };
    names(scenario, &mut note);
    texts(scenario, &mut note);
    let walk = Walk::of(scenario);
    if walk.exhaustive {
        walk.report(scenario, &mut note);
    }
    let mut traces: Vec<Trace> = traces.into_iter().collect();
    traces.sort_by(|a, b| (a.trouble.gravity(), a).cmp(&(b.trouble.gravity(), b)));
    Finding { traces, states: walk.states, exhaustive: walk.exhaustive, decisions: walk.decisions }
}

/// Everything a name is used for.
fn names(s: &Scenario, note: &mut impl FnMut(Trouble, &str)) {
    let too_many = [
        s.nodes.len() > MOST_NODES,
        s.nodes.is_empty(),
        s.variables.len() > MOST_NAMES,
        s.information.len() > MOST_NAMES,
        s.promises.len() > MOST_NAMES,
        s.interrupts.len() > MOST_NAMES,
        s.endings.len() > MOST_NAMES,
        s.endings.is_empty(),
    ];
    if too_many.contains(&true) {
        note(Trouble::TooMuch, "");
    }
    let lists: [Vec<&str>; 5] = [
        s.nodes.iter().map(|n| n.key.as_str()).collect(),
        s.variables.iter().map(|v| v.key.as_str()).collect(),
        s.information.iter().map(|i| i.key.as_str()).collect(),
        s.promises.iter().map(|p| p.key.as_str()).collect(),
        s.endings.iter().map(|e| e.key.as_str()).collect(),
    ];
    for list in &lists {
        let mut seen = BTreeSet::new();
        list.iter().filter(|key| !seen.insert(**key)).for_each(|key| note(Trouble::KeyTwice, key));
    }
    let [nodes, variables, information, promises, _] = &lists;
    let mut flags = BTreeSet::new();
    each_effect(s, &mut |_, effect| {
        if let Effect::Set(name) = effect {
            flags.insert(name.clone());
        }
    });
    let unknown_node = |key: &str| !nodes.contains(&key);
    if unknown_node(&s.start) {
        note(Trouble::UnknownName, "start");
    }
    s.interrupts.iter().filter(|i| unknown_node(&i.node)).for_each(|i| note(Trouble::UnknownName, &i.node));
    for variable in &s.variables {
        if !(LOW..=HIGH).contains(&variable.start) {
            note(Trouble::OutOfBounds, &variable.key);
        }
    }
    each_effect(s, &mut |place, effect| {
        let known = match effect {
            Effect::Change { variable, .. } => variables.contains(&variable.as_str()),
            Effect::Reveal(key) => information.contains(&key.as_str()),
            Effect::Promise(key) => promises.contains(&key.as_str()),
            Effect::Set(_) => true,
            Effect::Clear(name) => flags.contains(name),
        };
        if !known {
            note(Trouble::UnknownName, place);
        }
    });
    let mut asked = BTreeSet::new();
    each_condition(s, &mut |place, condition| {
        let known = match condition {
            Condition::AtLeast { variable, .. } | Condition::AtMost { variable, .. } => {
                asked.insert(variable.clone());
                variables.contains(&variable.as_str())
            }
            Condition::Flag(name) => flags.contains(name),
            Condition::Known(key) => information.contains(&key.as_str()),
            _ => true,
        };
        if !known {
            note(Trouble::UnknownName, place);
        }
    });
    s.variables.iter().filter(|v| !asked.contains(&v.key)).for_each(|v| note(Trouble::VariableIdle, &v.key));
    for node in &s.nodes {
        let mut keys = BTreeSet::new();
        if node.choices.len() > MOST_CHOICES {
            note(Trouble::TooMuch, &node.key);
        }
        for choice in &node.choices {
            let place = format!("{}/{}", node.key, choice.key);
            if !keys.insert(&choice.key) {
                note(Trouble::KeyTwice, &place);
            }
            let targets = choice.next.iter().chain(choice.chance.iter().filter_map(|o| o.next.as_ref()));
            targets.filter(|n| unknown_node(n)).for_each(|_| note(Trouble::UnknownName, &place));
            if !choice.chance.is_empty() && choice.chance.iter().any(|o| !(1..=1_000).contains(&o.weight)) {
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

/// Everything that is written.
fn texts(s: &Scenario, note: &mut impl FnMut(Trouble, &str)) {
    let long = |text: &str, most: usize| text.chars().count() > most;
    for node in &s.nodes {
        if long(&node.brief, LONGEST_BRIEF) {
            note(Trouble::TextTooLong, &node.key);
        }
        let best = node.choices.iter().map(|c| c.points).max().unwrap_or(0);
        if node.choices.len() > 1 && node.choices.iter().all(|c| c.points == best) {
            note(Trouble::NoDifference, &node.key);
        }
        for choice in &node.choices {
            let place = format!("{}/{}", node.key, choice.key);
            if long(&choice.text, LONGEST_CHOICE) {
                note(Trouble::TextTooLong, &place);
            }
            if choice.why.trim().is_empty() {
                note(Trouble::MissingWhy, &place);
            }
            if choice.source.trim().is_empty() {
                note(Trouble::MissingSource, &place);
            }
        }
    }
    // Somewhere the better choice has to cost something, or the game is a quiz.
    let costs = |c: &super::Choice| c.effects.iter().any(|e| matches!(e, Effect::Change { by, .. } if *by < 0));
    let best = |n: &super::Node| n.choices.iter().max_by_key(|c| c.points).is_some_and(costs);
    if !s.nodes.iter().any(best) {
        note(Trouble::BestWithoutCost, "");
    }
    if s.debrief.is_empty() {
        note(Trouble::NoDebrief, "");
    }
    for kind in [EndingKind::Good, EndingKind::Mixed, EndingKind::Bad] {
        if !s.endings.iter().any(|e| e.kind == kind) {
            note(Trouble::EndingKindMissing, &format!("{kind:?}").to_lowercase());
        }
    }
}

fn each_effect(s: &Scenario, see: &mut impl FnMut(&str, &Effect)) {
    for node in &s.nodes {
        node.arriving.iter().for_each(|e| see(&node.key, e));
        for choice in &node.choices {
            let place = format!("{}/{}", node.key, choice.key);
            let chance = choice.chance.iter().flat_map(|o| &o.effects);
            choice.effects.iter().chain(chance).for_each(|e| see(&place, e));
        }
    }
    for promise in &s.promises {
        promise.kept.iter().chain(&promise.broken).for_each(|e| see(&promise.key, e));
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

/// Every state that can be come to, points left aside: they change nothing but the score.
struct Walk {
    nodes: BTreeSet<usize>,
    endings: BTreeSet<usize>,
    taken: BTreeSet<(usize, usize)>,
    stuck: BTreeSet<usize>,
    states: usize,
    exhaustive: bool,
    decisions: (usize, usize),
}

impl Walk {
    fn of(scenario: &Scenario) -> Self {
        let play = Play::new(scenario, 0);
        let mut walk = Self {
            nodes: BTreeSet::new(),
            endings: BTreeSet::new(),
            taken: BTreeSet::new(),
            stuck: BTreeSet::new(),
            states: 0,
            exhaustive: true,
            decisions: (usize::MAX, 0),
        };
        let start = play.start();
        let mut seen: HashSet<State> = HashSet::from([start.clone()]);
        let mut waiting = VecDeque::from([start]);
        while let Some(state) = waiting.pop_front() {
            walk.states += 1;
            if let Some(ending) = state.ending {
                walk.endings.insert(ending);
                walk.decisions = (walk.decisions.0.min(state.steps), walk.decisions.1.max(state.steps));
                continue;
            }
            if seen.len() >= MOST_STATES {
                walk.exhaustive = false;
                break;
            }
            walk.nodes.insert(state.node);
            let Some(node) = scenario.nodes.get(state.node) else { continue };
            let mut moved = false;
            for (at, choice) in node.choices.iter().enumerate().filter(|(_, c)| play.holds(&state, &c.when)) {
                moved = true;
                walk.taken.insert((state.node, at));
                let ways = (0..choice.chance.len()).map(Some).chain(choice.chance.is_empty().then_some(None));
                for way in ways {
                    let mut after = play.after(&state, choice, 0, way);
                    after.points = (0, 0);
                    if seen.insert(after.clone()) {
                        waiting.push_back(after);
                    }
                }
            }
            if !moved {
                walk.stuck.insert(state.node);
            }
        }
        walk
    }

    fn report(&self, s: &Scenario, note: &mut impl FnMut(Trouble, &str)) {
        for (at, node) in s.nodes.iter().enumerate() {
            if !self.nodes.contains(&at) {
                note(Trouble::UnreachableNode, &node.key);
                continue;
            }
            if self.stuck.contains(&at) {
                note(Trouble::DeadEnd, &node.key);
            }
            for (place, choice) in node.choices.iter().enumerate().filter(|(place, _)| !self.taken.contains(&(at, *place))) {
                let _ = place;
                note(Trouble::ChoiceNeverOpen, &format!("{}/{}", node.key, choice.key));
            }
        }
        for (at, ending) in s.endings.iter().enumerate().filter(|(at, _)| !self.endings.contains(at)) {
            let _ = at;
            note(Trouble::UnreachableEnding, &ending.key);
        }
        if self.endings.is_empty() {
            note(Trouble::NoWayOut, "");
        }
    }
}
