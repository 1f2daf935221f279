//! The graph of a scenario as a drawing: where each situation and ending stands, and which choices lead from one to the
//! other. Integers only; the same scenario is always drawn the same.

use std::collections::{BTreeMap, VecDeque};

pub use super::walk::Spot;
use super::{Scenario, Walk};

/// Width of a box.
pub const BOX_WIDTH: i64 = 132;
/// Height of a box.
pub const BOX_HEIGHT: i64 = 48;
/// From the left of a box to the left of the next.
const STEP_X: i64 = 160;
/// From the top of a row to the top of the next.
const STEP_Y: i64 = 116;
/// Sweeps that put boxes near those they are joined with.
const SWEEPS: usize = 6;
/// Situations that one leads to, and still leads on; an event that cuts in leads back to more.
const CROWD: usize = 4;

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What it stands for.
    pub spot: Spot,
    /// Left.
    pub x: i64,
    /// Top.
    pub y: i64,
    /// Whether some path comes there.
    pub reached: bool,
}

/// All choices that lead from a situation to the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Place of the situation.
    pub from: usize,
    /// Where to.
    pub to: Spot,
    /// Places of the choices.
    pub choices: Vec<usize>,
    /// Of a thousand paths, how many take one of them; 0 where paths could not be counted.
    pub per_mille: i64,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// Boxes: situations first, then endings, each in the author's order.
    pub boxes: Vec<Placed>,
    /// Lines, in the order of situations.
    pub lines: Vec<Line>,
}

impl Drawing {
    /// Draws a scenario of which all paths were walked.
    pub fn of(scenario: &Scenario, walk: &Walk) -> Self {
        let (nodes, endings) = (scenario.nodes.len(), scenario.endings.len());
        let index = |spot: Spot| match spot {
            Spot::Node(at) => at,
            Spot::Ending(at) => nodes + at,
        };
        let mut joined: BTreeMap<(usize, Spot), (Vec<usize>, i64)> = BTreeMap::new();
        for edge in &walk.edges {
            for (spot, per_mille) in &edge.to {
                let line = joined.entry((edge.node, *spot)).or_default();
                line.0.push(edge.choice);
                line.1 += per_mille;
            }
        }
        // Where no path comes, the ways that the author wrote.
        let unreached = scenario.nodes.iter().enumerate().filter(|(at, _)| !walk.nodes.contains(at));
        for (at, choice, key) in unreached.flat_map(|(at, node)| {
            let ways = |(c, choice): (usize, &'_ super::Choice)| {
                let keys = choice.next.iter().chain(choice.chance.iter().filter_map(|o| o.next.as_ref()));
                keys.map(|key| (at, c, key.clone())).collect::<Vec<_>>()
            };
            node.choices.iter().enumerate().flat_map(ways).collect::<Vec<_>>()
        }) {
            if let Some(to) = scenario.nodes.iter().position(|n| n.key == key) {
                let choices = &mut joined.entry((at, Spot::Node(to))).or_default().0;
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
        }
        let lines: Vec<Line> = joined.into_iter().map(|((from, to), (choices, per_mille))| Line { from, to, choices, per_mille }).collect();
        // Rows: as many steps as it takes at least, the ways back from an event that cuts in not counted; endings below
        // everything, what is never reached below them.
        let returns = |at: usize| lines.iter().filter(|l| l.from == at && matches!(l.to, Spot::Node(_))).count() > CROWD;
        let mut row = vec![usize::MAX; nodes + endings];
        let start = scenario.nodes.iter().position(|n| n.key == scenario.start).unwrap_or(0);
        let mut waiting = VecDeque::from([start]);
        if let Some(first) = row.get_mut(start) {
            *first = 0;
        }
        while let Some(at) = waiting.pop_front() {
            for line in lines.iter().filter(|l| l.from == at && !returns(at)) {
                if let Spot::Node(to) = line.to
                    && row[to] == usize::MAX
                {
                    row[to] = row[at] + 1;
                    waiting.push_back(to);
                }
            }
        }
        let last = row[..nodes].iter().filter(|r| **r != usize::MAX).max().copied().unwrap_or(0);
        for (place, slot) in row.iter_mut().enumerate() {
            let reached_ending = place >= nodes && walk.endings.contains_key(&(place - nodes));
            if place >= nodes && reached_ending {
                *slot = last + 1;
            } else if *slot == usize::MAX || place >= nodes {
                *slot = last + 2;
            }
        }
        let height = row.iter().max().map_or(1, |r| r + 1);
        let mut rows: Vec<Vec<usize>> = (0..height).map(|r| (0..row.len()).filter(|at| row[*at] == r).collect()).collect();
        // Each box goes to the middle of those that lead to it, row by row, a few times.
        for _ in 0..SWEEPS {
            let mut place = vec![0i64; row.len()];
            for boxes in &rows {
                boxes.iter().enumerate().for_each(|(i, at)| place[*at] = i as i64 * 1_000);
            }
            for boxes in &mut rows {
                let middle = |at: usize| {
                    let from: Vec<i64> =
                        lines.iter().filter(|l| index(l.to) == at && row[l.from] < row[at]).map(|l| place[l.from]).collect();
                    if from.is_empty() { place[at] } else { from.iter().sum::<i64>() / from.len() as i64 }
                };
                boxes.sort_by_key(|at| (middle(*at), *at));
                boxes.iter().enumerate().for_each(|(i, at)| place[*at] = i as i64 * 1_000);
            }
        }
        let widest = rows.iter().map(Vec::len).max().unwrap_or(1) as i64;
        let width = widest * STEP_X - (STEP_X - BOX_WIDTH) + 24;
        let mut boxes = vec![Placed { spot: Spot::Node(0), x: 0, y: 0, reached: false }; row.len()];
        for (r, of_row) in rows.iter().enumerate() {
            let inset = (widest - of_row.len() as i64) * STEP_X / 2 + 12;
            for (i, at) in of_row.iter().enumerate() {
                let spot = if *at < nodes { Spot::Node(*at) } else { Spot::Ending(*at - nodes) };
                let reached = match spot {
                    Spot::Node(n) => walk.nodes.contains(&n),
                    Spot::Ending(e) => walk.endings.contains_key(&e),
                };
                boxes[*at] = Placed { spot, x: inset + i as i64 * STEP_X, y: 12 + r as i64 * STEP_Y, reached };
            }
        }
        Self { width, height: height as i64 * STEP_Y - (STEP_Y - BOX_HEIGHT) + 24, boxes, lines }
    }

    /// The box of a spot.
    pub fn place(&self, spot: Spot) -> Option<&Placed> {
        self.boxes.iter().find(|b| b.spot == spot)
    }
}
