//! Walking a scenario: `step` and `replay`, total on any input.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Choice, Condition, Effect, EndingKind, HIGH, LOW, MOST_NAMES, MOST_STEPS, MOST_TIME, Scenario};
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
    /// Values of the variables and then of the attitudes, in their order.
    pub values: Vec<i64>,
    /// Time that has passed in the story, in its unit.
    pub time: i64,
    /// Flags that are set, one bit each in the order of their names.
    pub flags: u64,
    /// Information that is known, one bit each.
    pub known: u64,
    /// Promises that are open: place and decisions left until they are due.
    pub promises: Vec<(usize, usize)>,
    /// Events that have cut in, one bit each.
    pub cut: u64,
    /// Where to return to from an event.
    pub back: Vec<Option<usize>>,
    /// Decisions made.
    pub steps: usize,
    /// Points got and the most that could have been got on this path.
    pub points: (i64, i64),
    /// The ending, once there is one.
    pub ending: Option<usize>,
}

impl State {
    /// Whether a piece of information is known, by its place.
    pub fn knows(&self, place: usize) -> bool {
        bit(self.known, place)
    }
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

/// What a decision brought about besides its own result, to be told to the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Chance went this way.
    Chance(usize),
    /// A promise came due and had been kept.
    Kept(usize),
    /// A promise came due and had not been kept.
    Broken(usize),
    /// An event cut in.
    CutIn(usize),
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

/// Where an author begins instead of at the beginning, to try one place. What a name does not fit is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Key of the situation.
    pub node: String,
    /// Values of variables and attitudes; the others are what they are at the start.
    pub values: Vec<(String, i64)>,
    /// Flags that are set.
    pub flags: Vec<String>,
    /// Information that is known.
    pub known: Vec<String>,
    /// Time that has passed in the story.
    pub time: i64,
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
#[derive(Debug, Clone)]
pub struct Play<'s> {
    scenario: &'s Scenario,
    seed: u64,
    nodes: BTreeMap<&'s str, usize>,
    measures: BTreeMap<&'s str, usize>,
    flags: BTreeMap<&'s str, usize>,
}

fn bit(bits: u64, place: usize) -> bool {
    place < 64 && bits >> place & 1 == 1
}

fn with_bit(bits: u64, place: Option<usize>) -> u64 {
    place.filter(|p| *p < 64).map_or(bits, |p| bits | 1 << p)
}

/// Keys with their places; of two of one key the first counts.
fn index<'s>(keys: impl Iterator<Item = &'s str>) -> BTreeMap<&'s str, usize> {
    let mut out = BTreeMap::new();
    for (place, key) in keys.enumerate() {
        out.entry(key).or_insert(place);
    }
    out
}

impl<'s> Play<'s> {
    /// A play of a scenario that [`super::check`] found sound. On an unsound one it stays total: what leads nowhere ends.
    pub fn new(scenario: &'s Scenario, seed: u64) -> Self {
        let mut names = BTreeMap::new();
        scenario.each_effects(&mut |_, effects| {
            for effect in effects {
                if let Effect::Set(name) = effect {
                    names.insert(name.as_str(), 0);
                }
            }
        });
        names.values_mut().enumerate().for_each(|(place, value)| *value = place);
        Self {
            scenario,
            seed,
            nodes: index(scenario.nodes.iter().map(|n| n.key.as_str())),
            measures: index(scenario.measures().map(|(key, _)| key)),
            flags: names,
        }
    }

    /// The scenario.
    pub fn scenario(&self) -> &'s Scenario {
        self.scenario
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.nodes.get(key).copied()
    }

    /// The state before the first decision.
    pub fn start(&self) -> State {
        let state = State {
            node: self.place(&self.scenario.start).unwrap_or(0),
            values: self.scenario.measures().map(|(_, start)| start.clamp(LOW, HIGH)).collect(),
            time: 0,
            flags: 0,
            known: 0,
            promises: Vec::new(),
            cut: 0,
            back: Vec::new(),
            steps: 0,
            points: (0, 0),
            ending: None,
        };
        let node = state.node;
        self.arrive(state, Some(node), &mut Vec::new())
    }

    /// The state at a beginning of one's own; none where there is no such situation. Arriving there is not done again.
    pub fn begin(&self, at: &Beginning) -> Option<State> {
        let mut state = self.start();
        (state.node, state.ending) = (self.place(&at.node)?, None);
        for (key, value) in &at.values {
            if let Some(slot) = self.measures.get(key.as_str()).and_then(|p| state.values.get_mut(*p)) {
                *slot = (*value).clamp(LOW, HIGH);
            }
        }
        state.flags = at.flags.iter().fold(0, |bits, name| with_bit(bits, self.flags.get(name.as_str()).copied()));
        state.known = at.known.iter().fold(0, |bits, key| with_bit(bits, self.information(key)));
        state.time = at.time.clamp(0, MOST_TIME);
        state.ending = self.red_line(&state);
        Some(state)
    }

    /// Every flag that some effect sets, in order.
    pub fn flags(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.flags.keys().copied()
    }

    /// Places of the choices of a situation in the order in which this seed shows them.
    pub fn order(&self, node: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.scenario.nodes.get(node).map_or(0, |n| n.choices.len())).collect();
        self.draw(node as u64, 0x6f72_6465_7200).shuffle(&mut places);
        places
    }

    /// The choices that can be taken now, in the order shown.
    pub fn open(&self, state: &State) -> Vec<&'s Choice> {
        let Some(node) = self.scenario.nodes.get(state.node).filter(|_| state.ending.is_none()) else { return Vec::new() };
        self.order(state.node).into_iter().filter_map(|p| node.choices.get(p)).filter(|c| self.holds(state, &c.when)).collect()
    }

    /// A generator for one purpose: no state is carried, so that a what-if draws what the run would have drawn.
    fn draw(&self, at: u64, purpose: u64) -> Draw {
        let mut mixed = Draw::new(self.seed ^ purpose);
        Draw::new(mixed.bits() ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Whether a condition holds.
    pub fn holds(&self, state: &State, condition: &Condition) -> bool {
        let value = |key: &str| self.measures.get(key).and_then(|p| state.values.get(*p)).copied();
        match condition {
            Condition::Always => true,
            Condition::AtLeast { variable, value: bound } => value(variable).is_some_and(|v| v >= *bound),
            Condition::AtMost { variable, value: bound } => value(variable).is_some_and(|v| v <= *bound),
            Condition::Passed(units) => state.time >= *units,
            Condition::Flag(name) => self.flags.get(name.as_str()).is_some_and(|p| bit(state.flags, *p)),
            Condition::Known(key) => self.information(key).is_some_and(|p| state.knows(p)),
            Condition::All(all) => all.iter().all(|c| self.holds(state, c)),
            Condition::Any(any) => any.iter().any(|c| self.holds(state, c)),
            Condition::Not(not) => !self.holds(state, not),
        }
    }

    fn information(&self, key: &str) -> Option<usize> {
        self.scenario.information.iter().position(|i| i.key == key)
    }

    fn apply(&self, state: &mut State, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Change { variable, by } => {
                    if let Some(value) = self.measures.get(variable.as_str()).and_then(|p| state.values.get_mut(*p)) {
                        *value = value.saturating_add(*by).clamp(LOW, HIGH);
                    }
                }
                Effect::Pass(units) => state.time = state.time.saturating_add(*units).clamp(0, MOST_TIME),
                Effect::Set(name) => state.flags = with_bit(state.flags, self.flags.get(name.as_str()).copied()),
                Effect::Clear(name) => {
                    let place = self.flags.get(name.as_str()).copied();
                    state.flags &= !with_bit(0, place);
                }
                Effect::Reveal(key) => state.known = with_bit(state.known, self.information(key)),
                Effect::Promise(key) => {
                    let place = self.scenario.promises.iter().position(|p| p.key == *key);
                    let new = |place: &usize| state.promises.len() < MOST_NAMES && !state.promises.iter().any(|(open, _)| open == place);
                    if let Some(place) = place.filter(new) {
                        let after = self.scenario.promises[place].after.clamp(1, MOST_STEPS as i64) as usize;
                        state.promises.push((place, after));
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
    fn arrive(&self, mut state: State, next: Option<usize>, events: &mut Vec<Event>) -> State {
        if let Some(ending) = self.red_line(&state) {
            state.ending = Some(ending);
            return state;
        }
        let cuts_in = |i: &usize| !bit(state.cut, *i) && state.steps > 0 && self.holds(&state, &self.scenario.interrupts[*i].when);
        let event = (0..self.scenario.interrupts.len().min(MOST_NAMES)).find(cuts_in);
        let next = match event.and_then(|i| Some((i, self.place(&self.scenario.interrupts[i].node)?))) {
            Some((event, node)) => {
                state.cut = with_bit(state.cut, Some(event));
                state.back.push(next);
                events.push(Event::CutIn(event));
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
        self.told(state, input).map(|(after, _)| after)
    }

    /// One decision, with what it brought about besides.
    pub fn told(&self, state: &State, input: &Input) -> Result<(State, Vec<Event>), Refusal> {
        if state.ending.is_some() {
            return Err(Refusal::Ended);
        }
        let node = self.scenario.nodes.get(state.node).filter(|n| n.key == input.node).ok_or(Refusal::Elsewhere)?;
        let open = |choice: &&Choice| self.holds(state, &choice.when);
        let choice = node.choices.iter().filter(open).find(|c| c.key == input.choice).ok_or(Refusal::NoSuchChoice)?;
        let most = node.choices.iter().filter(open).map(|c| c.points).max().unwrap_or(0);
        let mut events = Vec::new();
        let after = self.after(state, choice, most, self.chance(state, choice), &mut events);
        Ok((after, events))
    }

    /// Which way chance goes at this decision of this seed.
    fn chance(&self, state: &State, choice: &Choice) -> Option<usize> {
        let total = choice.chance.iter().map(|o| o.weight.max(0)).fold(0i64, i64::saturating_add);
        let mut drawn = self.draw(state.steps as u64, 0x6368_616e_6365).below(total.max(0) as u64) as i64;
        choice.chance.iter().position(|outcome| {
            drawn -= outcome.weight.max(0);
            drawn < 0
        })
    }

    /// The state after a choice, when chance goes one way.
    pub(super) fn after(&self, state: &State, choice: &Choice, most: i64, outcome: Option<usize>, events: &mut Vec<Event>) -> State {
        let mut after = state.clone();
        after.steps += 1;
        after.points = (state.points.0 + choice.points.clamp(0, 2), state.points.1 + most.clamp(0, 2));
        after.promises.iter_mut().for_each(|(_, left)| *left = left.saturating_sub(1));
        self.apply(&mut after, &choice.effects);
        let mut next = choice.next.as_deref();
        if let Some((place, outcome)) = outcome.and_then(|o| Some((o, choice.chance.get(o)?))) {
            self.apply(&mut after, &outcome.effects);
            next = outcome.next.as_deref().or(next);
            events.push(Event::Chance(place));
        }
        let due: Vec<usize> = after.promises.iter().filter(|(_, left)| *left == 0).map(|(place, _)| *place).collect();
        after.promises.retain(|(_, left)| *left > 0);
        for place in due {
            let Some(promise) = self.scenario.promises.get(place) else { continue };
            let kept = self.holds(&after, &promise.kept_when);
            self.apply(&mut after, if kept { &promise.kept } else { &promise.broken });
            events.push(if kept { Event::Kept(place) } else { Event::Broken(place) });
        }
        let next = next.and_then(|key| self.place(key));
        self.arrive(after, next, events)
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
        let score = ending.map(|ending| score(state.points, ending.kind, scoring));
        Ok(Verdict { ending: ending.map(|e| (e.key.clone(), e.kind)), path, state, score })
    }
}

/// Decisions and ending together, each share by its weight.
fn score((points, most): (i64, i64), ending: EndingKind, scoring: &Scoring) -> Score {
    let reached = match ending {
        EndingKind::Bad => 0,
        EndingKind::Mixed => 1,
        EndingKind::Good => 2,
    };
    let at_least_one = most.max(1);
    let whole = 2 * at_least_one * (scoring.decisions + scoring.ending).max(1);
    let got = 2 * points * scoring.decisions + reached * at_least_one * scoring.ending;
    Score { points, most, percent: (got * 100 / whole).clamp(0, 100) }
}
