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

/// Joins a report to the decisions that are known. Decisions are compared, times are not: a report sent twice may differ
/// in them.
pub fn join(known: &[Input], sent: &[Input], undo: bool, ended: bool) -> Result<Joined, Apart> {
    if sent.len() > MOST_STEPS {
        return Err(Apart::TooLong);
    }
    let same = known.iter().zip(sent).take_while(|(a, b)| (&a.node, &a.choice) == (&b.node, &b.choice)).count();
    match (same == known.len(), same == sent.len()) {
        (true, true) => Ok(Joined::Known),
        (true, false) => Ok(Joined::New),
        // One decision taken back, and perhaps another one taken instead.
        (false, _) if undo && !ended && same + 1 == known.len() => Ok(Joined::New),
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
        let of = |sent: &str, undo, ended| join(&known, &run(sent), undo, ended);
        assert_eq!(of("abc", false, false), Ok(Joined::Known));
        assert_eq!(of("ab", false, false), Ok(Joined::Known), "late");
        assert_eq!(of("abcd", false, false), Ok(Joined::New));
        assert_eq!(of("abx", false, false), Err(Apart::Forked(2)));
        assert_eq!(of("abx", true, false), Ok(Joined::New), "taken back");
        assert_eq!(of("abx", true, true), Err(Apart::Forked(2)), "an ended run stays");
        assert_eq!(of("axc", true, false), Err(Apart::Forked(1)), "only the last one");
        assert_eq!(join(&known, &vec![known[0].clone(); 10_000], false, false), Err(Apart::TooLong));
    }
}
