//! Walking a scenario: `step` and `replay`, total on any input.

use serde::{Deserialize, Serialize};

use super::{Choice, Condition, Effect, EndingKind, HIGH, LOW, MOST_STEPS, Scenario};
use crate::seed::Draw;

/// One decision as reported: where, which, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Key of the situation that was shown.
    pub node: String,
    /// Key of the choice.
    pub choice: String,
    /// Milliseconds on this situation; kept, never judged by.
    #[serde(default)]
    pub elapsed: i64,
}

/// Where a run stands. Names are places in the scenario's lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// The situation at hand.
    pub node: usize,
    /// Values of the variables, in their order.
    pub values: Vec<i64>,
    /// Flags that are set, by name, in order.
    pub flags: Vec<String>,
    /// Information that is known, by key, in order.
    pub known: Vec<String>,
    /// Promises that are open: place and the decision at which they are due.
    pub promises: Vec<(usize, usize)>,
    /// Events that have cut in.
    pub cut: Vec<usize>,
    /// Where to return to from an event.
    pub back: Vec<Option<usize>>,
    /// Decisions made.
    pub steps: usize,
    /// Points got and the most that could have been got on this path.
    pub points: (i64, i64),
    /// The ending, once there is one.
    pub ending: Option<usize>,
}

/// Why an input was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The run has ended.
    #[error("the run has ended")]
    Ended,
    /// Another situation is at hand.
    #[error("another situation is at hand")]
    Elsewhere,
    /// No such choice here, or it cannot be taken now.
    #[error("no such choice here now")]
    NoSuchChoice,
}

/// How decisions and ending weigh in a score: a rule, versioned with its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scoring {
    /// Name of the version.
    pub version: String,
    /// Weight of the decisions.
    pub decisions: i64,
    /// Weight of the ending.
    pub ending: i64,
}

/// A score: points got and possible, and both with the ending as 0–100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Points of the decisions.
    pub points: i64,
    /// Most points that this path could have had.
    pub most: i64,
    /// Decisions and ending, 0–100.
    pub percent: i64,
}

/// What a replayed run comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Keys of the situations and choices, in order.
    pub path: Vec<(String, String)>,
    /// The last state.
    pub state: State,
    /// Key and kind of the ending, if the run has one.
    pub ending: Option<(String, EndingKind)>,
    /// The score; none before the ending.
    pub score: Option<Score>,
}

/// A scenario with a seed: everything that happens follows from the inputs.
#[derive(Debug, Clone, Copy)]
pub struct Play<'s> {
    scenario: &'s Scenario,
    seed: u64,
}

impl<'s> Play<'s> {
    /// A play of a scenario that [`super::check`] found sound. On an unsound one it stays total: what leads nowhere ends.
    pub fn new(scenario: &'s Scenario, seed: u64) -> Self {
        Self { scenario, seed }
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.scenario.nodes.iter().position(|n| n.key == key)
    }

    /// The state before the first decision.
    pub fn start(&self) -> State {
        let state = State {
            node: self.place(&self.scenario.start).unwrap_or(0),
            values: self.scenario.variables.iter().map(|v| v.start.clamp(LOW, HIGH)).collect(),
            flags: Vec::new(),
            known: Vec::new(),
            promises: Vec::new(),
            cut: Vec::new(),
            back: Vec::new(),
            steps: 0,
            points: (0, 0),
            ending: None,
        };
        let node = state.node;
        self.arrive(state, Some(node))
    }

    /// Places of the choices of a situation in the order in which this seed shows them.
    pub fn order(&self, node: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.scenario.nodes.get(node).map_or(0, |n| n.choices.len())).collect();
        self.draw(node as u64, 0x6f72_6465_7200).shuffle(&mut places);
        places
    }

    /// A generator for one purpose: no state is carried, so that a what-if draws what the run would have drawn.
    fn draw(&self, at: u64, purpose: u64) -> Draw {
        let mut mixed = Draw::new(self.seed ^ purpose);
        Draw::new(mixed.bits() ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Whether a condition holds.
    pub fn holds(&self, state: &State, condition: &Condition) -> bool {
        let value = |key: &str| {
            let place = self.scenario.variables.iter().position(|v| v.key == key);
            place.and_then(|p| state.values.get(p)).copied()
        };
        match condition {
            Condition::Always => true,
            Condition::AtLeast { variable, value: bound } => value(variable).is_some_and(|v| v >= *bound),
            Condition::AtMost { variable, value: bound } => value(variable).is_some_and(|v| v <= *bound),
            Condition::Flag(name) => state.flags.contains(name),
            Condition::Known(key) => state.known.contains(key),
            Condition::All(all) => all.iter().all(|c| self.holds(state, c)),
            Condition::Any(any) => any.iter().any(|c| self.holds(state, c)),
            Condition::Not(not) => !self.holds(state, not),
        }
    }

    fn apply(&self, state: &mut State, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Change { variable, by } => {
                    let place = self.scenario.variables.iter().position(|v| v.key == *variable);
                    if let Some(value) = place.and_then(|p| state.values.get_mut(p)) {
                        *value = value.saturating_add(*by).clamp(LOW, HIGH);
                    }
                }
                Effect::Set(name) => insert(&mut state.flags, name),
                Effect::Clear(name) => state.flags.retain(|f| f != name),
                Effect::Reveal(key) => insert(&mut state.known, key),
                Effect::Promise(key) => {
                    let place = self.scenario.promises.iter().position(|p| p.key == *key);
                    if let Some(place) = place.filter(|p| !state.promises.iter().any(|(open, _)| open == p)) {
                        let after = self.scenario.promises[place].after.clamp(1, MOST_STEPS as i64) as usize;
                        state.promises.push((place, state.steps + after));
                    }
                }
            }
        }
    }

    /// A red line that is crossed.
    fn red_line(&self, state: &State) -> Option<usize> {
        self.scenario.endings.iter().position(|e| e.at_once && self.holds(state, &e.when))
    }

    /// Arrives at the next situation, or ends.
    fn arrive(&self, mut state: State, next: Option<usize>) -> State {
        if let Some(ending) = self.red_line(&state) {
            state.ending = Some(ending);
            return state;
        }
        let event = (0..self.scenario.interrupts.len())
            .find(|i| !state.cut.contains(i) && state.steps > 0 && self.holds(&state, &self.scenario.interrupts[*i].when));
        let next = match event.and_then(|i| Some((i, self.place(&self.scenario.interrupts[i].node)?))) {
            Some((event, node)) => {
                state.cut.push(event);
                state.back.push(next);
                Some(node)
            }
            // What leads nowhere returns from an event, if one cut in.
            None => next.or_else(|| std::iter::from_fn(|| state.back.pop()).flatten().next()),
        };
        match next.filter(|_| state.steps < MOST_STEPS) {
            Some(node) => {
                state.node = node;
                if let Some(node) = self.scenario.nodes.get(node) {
                    self.apply(&mut state, &node.arriving);
                }
                state.ending = self.red_line(&state);
            }
            None => state.ending = self.last_ending(&state),
        }
        state
    }

    fn last_ending(&self, state: &State) -> Option<usize> {
        let endings = &self.scenario.endings;
        endings.iter().position(|e| self.holds(state, &e.when)).or(endings.len().checked_sub(1))
    }

    /// One decision.
    pub fn step(&self, state: &State, input: &Input) -> Result<State, Refusal> {
        if state.ending.is_some() {
            return Err(Refusal::Ended);
        }
        let node = self.scenario.nodes.get(state.node).filter(|n| n.key == input.node).ok_or(Refusal::Elsewhere)?;
        let open = |choice: &&Choice| self.holds(state, &choice.when);
        let choice = node.choices.iter().filter(open).find(|c| c.key == input.choice).ok_or(Refusal::NoSuchChoice)?;
        let most = node.choices.iter().filter(open).map(|c| c.points).max().unwrap_or(0);
        Ok(self.after(state, choice, most, self.chance(state, choice)))
    }

    /// Which way chance goes at this decision of this seed.
    fn chance(&self, state: &State, choice: &Choice) -> Option<usize> {
        let total: i64 = choice.chance.iter().map(|o| o.weight.max(0)).sum();
        let mut drawn = self.draw(state.steps as u64, 0x6368_616e_6365).below(total.max(0) as u64) as i64;
        choice.chance.iter().position(|outcome| {
            drawn -= outcome.weight.max(0);
            drawn < 0
        })
    }

    /// The state after a choice, when chance goes one way.
    pub(super) fn after(&self, state: &State, choice: &Choice, most: i64, outcome: Option<usize>) -> State {
        let mut after = state.clone();
        after.steps += 1;
        after.points = (state.points.0 + choice.points, state.points.1 + most);
        self.apply(&mut after, &choice.effects);
        let mut next = choice.next.as_deref();
        if let Some(outcome) = outcome.and_then(|o| choice.chance.get(o)) {
            self.apply(&mut after, &outcome.effects);
            next = outcome.next.as_deref().or(next);
        }
        let due: Vec<usize> = after.promises.iter().filter(|(_, at)| *at <= after.steps).map(|(place, _)| *place).collect();
        after.promises.retain(|(place, _)| !due.contains(place));
        for promise in due.into_iter().filter_map(|p| self.scenario.promises.get(p)) {
            let effects = if self.holds(&after, &promise.kept_when) { &promise.kept } else { &promise.broken };
            self.apply(&mut after, effects);
        }
        let next = next.and_then(|key| self.place(key));
        self.arrive(after, next)
    }

    /// Every decision in turn; a refusal names the decision (counted from 0).
    pub fn replay(&self, inputs: &[Input], scoring: &Scoring) -> Result<Verdict, (usize, Refusal)> {
        let mut state = self.start();
        let mut path = Vec::new();
        for (at, input) in inputs.iter().enumerate() {
            state = self.step(&state, input).map_err(|refusal| (at, refusal))?;
            path.push((input.node.clone(), input.choice.clone()));
        }
        let ending = state.ending.and_then(|e| self.scenario.endings.get(e));
        let score = ending.map(|ending| {
            let (points, most) = (state.points.0, state.points.1.max(1));
            let reached = match ending.kind {
                EndingKind::Bad => 0,
                EndingKind::Mixed => 1,
                EndingKind::Good => 2,
            };
            let whole = 2 * most * (scoring.decisions + scoring.ending).max(1);
            let got = 2 * points * scoring.decisions + reached * most * scoring.ending;
            Score { points, most: state.points.1, percent: (got * 100 / whole).clamp(0, 100) }
        });
        Ok(Verdict { ending: ending.map(|e| (e.key.clone(), e.kind)), path, state, score })
    }
}

fn insert(names: &mut Vec<String>, name: &str) {
    if let Err(place) = names.binary_search_by(|n| n.as_str().cmp(name)) {
        names.insert(place, name.to_owned());
    }
}
