//! Every path of a scenario at once: the states that can be come to, and what follows from the graph of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::{Choice, Play, Scenario, State};

/// Most states that are walked.
pub const MOST_STATES: usize = 200_000;

/// Where a choice can lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// A situation, by its place.
    Node(usize),
    /// An ending, by its place.
    Ending(usize),
}

/// A choice as it is taken over all paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Place of the situation.
    pub node: usize,
    /// Place of the choice.
    pub choice: usize,
    /// Where it leads, and how many of a thousand paths go that way; 0 where paths could not be counted.
    pub to: BTreeMap<Spot, i64>,
}

/// What walking all paths found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// States that were walked.
    pub states: usize,
    /// Whether these are all there are.
    pub exhaustive: bool,
    /// Whether some path comes back to a state it was in.
    pub loops: bool,
    /// Fewest decisions to an ending.
    pub shortest: usize,
    /// Most decisions to an ending; none where paths can loop.
    pub longest: Option<usize>,
    /// Fewest and most characters read on the way to an ending; the most is none where paths can loop.
    pub characters: (usize, Option<usize>),
    /// Fewest and most points lost against the best choice at hand.
    pub lost: (i64, Option<i64>),
    /// Choices that are taken on some path.
    pub edges: Vec<Edge>,
    /// Situations that are reached.
    pub nodes: BTreeSet<usize>,
    /// Endings that are reached, with how many of a thousand paths come there (0 where paths could not be counted).
    pub endings: BTreeMap<usize, i64>,
    /// Situations in which, on some path, nothing can be done.
    pub stuck: BTreeSet<usize>,
    /// Situations from which, on some path, no ending can be come to.
    pub trapped: BTreeSet<usize>,
}

/// One way from a state.
struct Way {
    from: usize,
    choice: usize,
    to: usize,
    lost: i64,
    characters: usize,
}

/// Decisions, points and the counter of steps change nothing in what can happen: states that differ only there are one.
fn essence(mut state: State) -> State {
    state.points = (0, 0);
    state.steps = state.steps.min(1);
    state
}

fn length(text: &str) -> usize {
    text.chars().count()
}

impl Walk {
    /// Walks a scenario, at most so many states of it.
    pub fn of(scenario: &Scenario, most_states: usize) -> Self {
        let play = Play::new(scenario, 0);
        let start = Rc::new(essence(play.start()));
        let mut known: HashMap<Rc<State>, usize> = HashMap::from([(start.clone(), 0)]);
        let mut states = vec![start];
        let mut ways: Vec<Way> = Vec::new();
        let (mut exhaustive, mut stuck, mut at) = (true, BTreeSet::new(), 0);
        while at < states.len() {
            let state = states[at].clone();
            let node = scenario.nodes.get(state.node);
            if let Some(node) = node.filter(|_| state.ending.is_none()) {
                let open: Vec<(usize, &Choice)> = node.choices.iter().enumerate().filter(|(_, c)| play.holds(&state, &c.when)).collect();
                let most = open.iter().map(|(_, c)| c.points).max().unwrap_or(0);
                let shown = length(&node.brief) + open.iter().map(|(_, c)| length(&c.text)).sum::<usize>();
                for (place, choice) in &open {
                    let outcomes = (0..choice.chance.len()).filter(|o| choice.chance[*o].weight > 0).map(Some);
                    let none = choice.chance.iter().all(|o| o.weight <= 0).then_some(None);
                    for outcome in outcomes.chain(none) {
                        let after = Rc::new(essence(play.after(&state, choice, most, outcome, &mut Vec::new())));
                        let next = states.len();
                        if next >= most_states.max(1) && !known.contains_key(&after) {
                            exhaustive = false;
                            continue;
                        }
                        let to = *known.entry(after.clone()).or_insert(next);
                        if to == next {
                            states.push(after);
                        }
                        let told = outcome.and_then(|o| choice.chance.get(o)).map_or(0, |o| length(&o.text));
                        let characters = shown + length(&choice.result) + told;
                        ways.push(Way { from: at, choice: *place, to, lost: most - choice.points, characters });
                    }
                }
                if open.is_empty() {
                    stuck.insert(state.node);
                }
            }
            at += 1;
        }
        Graph { scenario, states, ways }.walk(exhaustive, stuck)
    }
}

struct Graph<'s> {
    scenario: &'s Scenario,
    states: Vec<Rc<State>>,
    ways: Vec<Way>,
}

/// Shortest and longest of something on the way to an ending.
#[derive(Clone, Copy)]
struct Span {
    least: i64,
    most: i64,
}

impl Graph<'_> {
    /// Ways in an order in which each comes before those that follow it; none where a path can loop. Ways are grouped by
    /// the state they start from.
    fn order(&self) -> Option<Vec<usize>> {
        let mut waiting = vec![0usize; self.states.len()];
        self.ways.iter().for_each(|w| waiting[w.to] += 1);
        let first = self.first_ways();
        let mut ready = vec![0];
        let mut order = Vec::with_capacity(self.states.len());
        while let Some(state) = ready.pop() {
            order.push(state);
            for way in &self.ways[first[state]..first[state + 1]] {
                waiting[way.to] -= 1;
                if waiting[way.to] == 0 {
                    ready.push(way.to);
                }
            }
        }
        (order.len() == self.states.len()).then_some(order)
    }

    /// For every state the place of its first way: they were made state by state.
    fn first_ways(&self) -> Vec<usize> {
        let mut first = vec![0; self.states.len() + 1];
        self.ways.iter().for_each(|w| first[w.from + 1] += 1);
        for state in 0..self.states.len() {
            first[state + 1] += first[state];
        }
        first
    }

    /// States from which an ending can be come to.
    fn hopeful(&self) -> Vec<bool> {
        let mut into: Vec<Vec<usize>> = vec![Vec::new(); self.states.len()];
        self.ways.iter().for_each(|w| into[w.to].push(w.from));
        let mut hopeful: Vec<bool> = self.states.iter().map(|s| s.ending.is_some()).collect();
        let mut queue: Vec<usize> = (0..self.states.len()).filter(|s| hopeful[*s]).collect();
        while let Some(state) = queue.pop() {
            for from in &into[state] {
                if !std::mem::replace(&mut hopeful[*from], true) {
                    queue.push(*from);
                }
            }
        }
        hopeful
    }

    /// Least and most of what `of` adds up to on the ways to an ending, from every state.
    fn spans(&self, order: &[usize], of: impl Fn(&Way) -> i64, at_end: impl Fn(&State) -> i64) -> Vec<Option<Span>> {
        let first = self.first_ways();
        let mut spans: Vec<Option<Span>> = vec![None; self.states.len()];
        for state in order.iter().rev() {
            if self.states[*state].ending.is_some() {
                let end = at_end(&self.states[*state]);
                spans[*state] = Some(Span { least: end, most: end });
            }
            for way in &self.ways[first[*state]..first[*state + 1]] {
                let Some(onward) = spans[way.to] else { continue };
                let (least, most) = (onward.least + of(way), onward.most + of(way));
                let so_far = spans[*state].unwrap_or(Span { least, most });
                spans[*state] = Some(Span { least: so_far.least.min(least), most: so_far.most.max(most) });
            }
        }
        spans
    }

    /// Fewest decisions to an ending, by breadth: right with loops too.
    fn shortest(&self) -> usize {
        let first = self.first_ways();
        let (mut seen, mut layer, mut decisions) = (vec![false; self.states.len()], vec![0], 0);
        while !layer.is_empty() {
            if layer.iter().any(|s| self.states[*s].ending.is_some()) {
                return decisions;
            }
            let onward: BTreeSet<usize> = layer.iter().flat_map(|s| self.ways[first[*s]..first[*s + 1]].iter().map(|w| w.to)).collect();
            layer = onward.into_iter().filter(|s| !std::mem::replace(&mut seen[*s], true)).collect();
            decisions += 1;
        }
        0
    }

    /// How many paths run through each way and end in each state, and how many there are.
    fn paths(&self, order: &[usize]) -> (Vec<u128>, Vec<u128>, u128) {
        let first = self.first_ways();
        let mut onward = vec![0u128; self.states.len()];
        for state in order.iter().rev() {
            let ways = self.ways[first[*state]..first[*state + 1]].iter();
            let end = u128::from(self.states[*state].ending.is_some());
            onward[*state] = ways.fold(end, |sum, w| sum.saturating_add(onward[w.to]));
        }
        let mut paths = vec![0u128; self.states.len()];
        paths[0] = 1;
        for state in order {
            for way in &self.ways[first[*state]..first[*state + 1]] {
                paths[way.to] = paths[way.to].saturating_add(paths[*state]);
            }
        }
        let ways = self.ways.iter().map(|w| paths[w.from].saturating_mul(onward[w.to])).collect();
        let ends = (0..self.states.len()).map(|s| if self.states[s].ending.is_some() { paths[s] } else { 0 }).collect();
        (ways, ends, onward[0])
    }

    fn walk(self, exhaustive: bool, stuck: BTreeSet<usize>) -> Walk {
        let order = if exhaustive { self.order() } else { None };
        let (through, ending_in, all) = order.as_ref().map_or_else(Default::default, |o| self.paths(o));
        // More paths than can be counted have no shares.
        let per_mille = |paths: u128| match all {
            0 | u128::MAX => 0,
            all if all > 1 << 100 => (paths / (all / 1_000)) as i64,
            all => (paths * 1_000 / all) as i64,
        };
        let mut counts: BTreeMap<(usize, usize), BTreeMap<Spot, u128>> = BTreeMap::new();
        for (i, way) in self.ways.iter().enumerate() {
            let to = &self.states[way.to];
            let spot = to.ending.map_or(Spot::Node(to.node), Spot::Ending);
            let count = counts.entry((self.states[way.from].node, way.choice)).or_default().entry(spot).or_default();
            *count = count.saturating_add(through.get(i).copied().unwrap_or(0));
        }
        let shares = |to: BTreeMap<Spot, u128>| to.into_iter().map(|(spot, count)| (spot, per_mille(count))).collect();
        let edges = counts.into_iter().map(|((node, choice), to)| Edge { node, choice, to: shares(to) }).collect();
        let mut ends: BTreeMap<usize, u128> = BTreeMap::new();
        for (i, state) in self.states.iter().enumerate() {
            if let Some(ending) = state.ending {
                let count = ends.entry(ending).or_default();
                *count = count.saturating_add(ending_in.get(i).copied().unwrap_or(0));
            }
        }
        let endings = ends.into_iter().map(|(ending, count)| (ending, per_mille(count))).collect();
        let hopeful = if exhaustive { self.hopeful() } else { vec![true; self.states.len()] };
        let lost_way = |s: &usize| !hopeful[*s] && !stuck.contains(&self.states[*s].node);
        let trapped = (0..self.states.len()).filter(lost_way).map(|s| self.states[s].node).collect();
        let ending_text = |s: &State| s.ending.and_then(|e| self.scenario.endings.get(e)).map_or(0, |e| length(&e.text) as i64);
        let spans = |of: &dyn Fn(&Way) -> i64, end: &dyn Fn(&State) -> i64| order.as_ref().and_then(|o| self.spans(o, of, end)[0]);
        let decisions = spans(&|_| 1, &|_| 0);
        let characters = spans(&|w| w.characters as i64, &ending_text);
        let lost = spans(&|w| w.lost, &|_| 0);
        Walk {
            states: self.states.len(),
            exhaustive,
            loops: exhaustive && order.is_none(),
            shortest: self.shortest(),
            longest: decisions.map(|s| s.most as usize),
            characters: (characters.map_or(0, |s| s.least as usize), characters.map(|s| s.most as usize)),
            lost: (lost.map_or(0, |s| s.least), lost.map(|s| s.most)),
            edges,
            nodes: self.states.iter().filter(|s| s.ending.is_none()).map(|s| s.node).collect(),
            endings,
            stuck,
            trapped,
        }
    }
}
