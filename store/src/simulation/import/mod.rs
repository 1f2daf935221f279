//! Situations from elsewhere: a table pasted from a text processor, Twee 3, an H5P branching scenario. Nothing is run, nothing
//! is dropped in silence: what could not be carried over is listed with its place. Size is bounded.

mod h5p;
mod table;
mod twee;

use std::collections::BTreeMap;

use domain::scenario::{Choice, Condition, MOST_CHOICES, MOST_NODES, Node};

pub use h5p::h5p;
pub use table::table;
pub use twee::twee;

/// Longest text that is read, in bytes.
pub const LARGEST: usize = 1 << 20;
/// Longest text of one cell or passage that is carried over, in characters.
const LONGEST: usize = 2_000;

/// Something that was not carried over, or not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Where: a row and column of a table, a passage, a part of a file.
    pub place: String,
    /// What.
    pub what: What,
}

/// Kinds of what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Effects or a condition that could not be read: a few characters from the place.
    Effects(String),
    /// A column whose heading is not known.
    Column(String),
    /// A row before the first situation, or with more cells than headings.
    Row,
    /// A way to a situation that is not there.
    Way(String),
    /// Points other than 0, 1, 2.
    Points(String),
    /// A macro or script: its beginning.
    Script(String),
    /// A picture, film, or a part of a kind that has no place here.
    Part(String),
    /// More than can be taken.
    TooMuch,
    /// The whole could not be read.
    Unreadable,
}

/// What was carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Title, if there was one.
    pub title: String,
    /// Situations in order; the first is where it begins.
    pub nodes: Vec<Node>,
    /// What was left.
    pub left: Vec<Left>,
}

/// A choice as it is known before situations have keys: where it leads is a name.
struct Drawn {
    choice: Choice,
    to: Option<String>,
}

/// A situation as it is known before situations have keys.
struct Scene {
    name: String,
    brief: String,
    choices: Vec<Drawn>,
}

/// An empty choice with this text.
fn choice(text: &str) -> Choice {
    Choice {
        key: String::new(),
        text: cut(text),
        when: Condition::Always,
        effects: Vec::new(),
        result: String::new(),
        next: None,
        chance: Vec::new(),
        points: 0,
        why: String::new(),
        source: String::new(),
    }
}

/// A text without what surrounds it, at most so long.
fn cut(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST).collect()
}

/// Names become keys, ways become ways: `d1`, `d2`, … and `a`, `b`, … in the order they stand.
fn finish(scenes: Vec<Scene>, mut left: Vec<Left>, title: String) -> Imported {
    if scenes.len() > MOST_NODES {
        left.push(Left { place: format!("{}", MOST_NODES + 1), what: What::TooMuch });
    }
    let keys: BTreeMap<String, String> =
        scenes.iter().take(MOST_NODES).enumerate().rev().map(|(i, s)| (s.name.clone(), format!("d{}", i + 1))).collect();
    let nodes = scenes
        .into_iter()
        .take(MOST_NODES)
        .enumerate()
        .map(|(i, scene)| {
            if scene.choices.len() > MOST_CHOICES {
                left.push(Left { place: scene.name.clone(), what: What::TooMuch });
            }
            let choices = scene
                .choices
                .into_iter()
                .take(MOST_CHOICES)
                .zip("abcdef".chars())
                .map(|(drawn, key)| {
                    let next = drawn.to.as_ref().and_then(|to| keys.get(to).cloned());
                    if let (Some(to), None) = (&drawn.to, &next) {
                        left.push(Left { place: scene.name.clone(), what: What::Way(to.chars().take(30).collect()) });
                    }
                    Choice { key: key.into(), next, ..drawn.choice }
                })
                .collect();
            Node { key: format!("d{}", i + 1), title: cut(&scene.name), brief: cut(&scene.brief), arriving: Vec::new(), choices }
        })
        .collect();
    Imported { title: cut(&title), nodes, left }
}
