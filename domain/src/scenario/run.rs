//! A run as it is kept: what kind it is, and how a report joins what was reported before.

use serde::{Deserialize, Serialize};

use super::{Input, MOST_STEPS};

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// One person, outside a session.
    Own,
    /// In a session of a class, by the seed of the class.
    Class,
    /// 小组同走: several people, one device reports.
    Group,
    /// Branched off from a finished run to see what would have been.
    Practice,
}

impl RunKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Own, Self::Class, Self::Group, Self::Practice];

    /// Code in the database and on the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Class => "class",
            Self::Group => "group",
            Self::Practice => "practice",
        }
    }

    /// Reads [`RunKind::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == text)
    }

    /// Whether it counts in figures and for the person.
    pub fn counts(self) -> bool {
        self != Self::Practice
    }

    /// Whether it grants the fixed hours; in a session the minutes come from attendance.
    pub fn grants(self) -> bool {
        matches!(self, Self::Own | Self::Group)
    }
}

/// How a report joins what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// Nothing new: sent again, or late.
    Known,
    /// Decisions were added, or the last one was taken back where the author allows it.
    New,
}

/// Why a report does not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    /// It tells another story from this decision on (counted from 0).
    #[error("differs from what was reported, from decision {0}")]
    Forked(usize),
    /// It is longer than a run can be.
    #[error("more decisions than a run can have")]
    TooLong,
}

/// The decisions of a run so far, and how many were taken back on the way.
#[derive(Debug, Clone, Copy)]
pub struct Story<'i> {
    /// Decisions that stand.
    pub inputs: &'i [Input],
    /// Decisions taken back since the beginning.
    pub undone: i64,
}

/// Joins a report to the decisions that are known. Decisions are compared, times are not: a report sent twice may differ
/// in them. A decision is gone only if the report says that it was taken back, so that a late report takes nothing back.
pub fn join(known: Story<'_>, sent: Story<'_>, undo: bool, ended: bool) -> Result<Joined, Apart> {
    let (back, known, sent) = (sent.undone - known.undone, known.inputs, sent.inputs);
    if sent.len() > MOST_STEPS {
        return Err(Apart::TooLong);
    }
    if back < 0 {
        return Ok(Joined::Known);
    }
    let same = known.iter().zip(sent).take_while(|(a, b)| (&a.node, &a.choice) == (&b.node, &b.choice)).count();
    match (same == known.len(), same == sent.len()) {
        (true, true) => Ok(Joined::Known),
        (true, false) => Ok(Joined::New),
        // As many decisions as it says were taken back, and perhaps others taken instead.
        (false, _) if undo && !ended && back > 0 && known.len() - same <= back as usize => Ok(Joined::New),
        (false, true) => Ok(Joined::Known),
        (false, false) => Err(Apart::Forked(same)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(choices: &str) -> Vec<Input> {
        choices.chars().enumerate().map(|(i, c)| Input { node: format!("d{i}"), choice: c.into(), elapsed: i as i64 }).collect()
    }

    #[test]
    fn reports_join_and_never_fork() {
        let known = run("abc");
        let known_story = Story { inputs: &known, undone: 1 };
        let of = |sent: &str, undone, undo, ended| join(known_story, Story { inputs: &run(sent), undone }, undo, ended);
        assert_eq!(of("abc", 1, false, false), Ok(Joined::Known));
        assert_eq!(of("ab", 1, false, false), Ok(Joined::Known), "late");
        assert_eq!(of("ab", 1, true, false), Ok(Joined::Known), "late, and nothing taken back");
        assert_eq!(of("abcd", 1, false, false), Ok(Joined::New));
        assert_eq!(of("abx", 1, false, false), Err(Apart::Forked(2)));
        assert_eq!(of("ab", 2, true, false), Ok(Joined::New), "taken back");
        assert_eq!(of("abx", 2, true, false), Ok(Joined::New), "taken back, and decided otherwise");
        assert_eq!(of("abx", 2, false, false), Err(Apart::Forked(2)), "the author does not allow it");
        assert_eq!(of("abx", 2, true, true), Err(Apart::Forked(2)), "an ended run stays");
        assert_eq!(of("axc", 2, true, false), Err(Apart::Forked(1)), "one back is one back");
        assert_eq!(of("axc", 3, true, false), Ok(Joined::New), "two back");
        assert_eq!(of("ab", 0, true, false), Ok(Joined::Known), "from before the one that was taken back");
        let endless = vec![known[0].clone(); 10_000];
        assert_eq!(join(known_story, Story { inputs: &endless, undone: 1 }, false, false), Err(Apart::TooLong));
    }
}
