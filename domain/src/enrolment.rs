//! The life of an enrolment: one state machine, asked before every move.

use serde::{Deserialize, Serialize};

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Enrolled, learning.
    Active,
    /// Everything that the class asks for is done.
    Completed,
    /// Left by the learner; may come back.
    Withdrawn,
    /// Completed in an earlier requirement year and taken anew: the new enrolment is the live one.
    Past,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Completed, Self::Withdrawn, Self::Past];

    /// Code in the database and on the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Withdrawn => "withdrawn",
            Self::Past => "past",
        }
    }

    /// Reads [`State::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == text)
    }

    /// Whether the enrolment counts against “one live enrolment per person and class”.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Withdrawn | Self::Past)
    }
}

/// A move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// 完成: the completion rule is met.
    Complete,
    /// 退出
    Withdraw,
    /// 重新加入: earlier progress counts.
    Return,
    /// A later fact (a regraded answer) took completion back.
    Reopen,
    /// 新年度再学一遍: this one is put away, another one begins.
    Renew,
}

impl Move {
    /// Every move.
    pub const ALL: [Self; 5] = [Self::Complete, Self::Withdraw, Self::Return, Self::Reopen, Self::Renew];

    /// Code in the log of moves.
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Withdraw => "withdraw",
            Self::Return => "return",
            Self::Reopen => "reopen",
            Self::Renew => "renew",
        }
    }
}

/// The state after a move; `None` when the move is not allowed from `state`.
pub fn step(state: State, to: Move) -> Option<State> {
    match (state, to) {
        (State::Active, Move::Complete) => Some(State::Completed),
        (State::Active, Move::Withdraw) => Some(State::Withdrawn),
        (State::Withdrawn, Move::Return) | (State::Completed, Move::Reopen) => Some(State::Active),
        (State::Completed, Move::Renew) => Some(State::Past),
        _ => None,
    }
}

/// Whether the class can be taken anew: all of it is done, and some of its hours belong to an earlier requirement year
/// (学时按年度要求计，同一课一年一次). `granted` are the years in which this enrolment was granted hours.
pub fn may_renew(state: State, granted: &[i64], year: i64) -> bool {
    state == State::Completed && granted.iter().any(|granted| *granted < year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_completed_cannot_be_left() {
        assert_eq!(step(State::Completed, Move::Withdraw), None);
        assert_eq!(step(State::Withdrawn, Move::Complete), None);
    }

    #[test]
    fn a_new_year_lets_one_begin_anew_and_the_same_year_does_not() {
        assert!(may_renew(State::Completed, &[2025, 2026], 2026));
        assert!(!may_renew(State::Completed, &[2026], 2026) && !may_renew(State::Completed, &[], 2026));
        assert!(!may_renew(State::Active, &[2025], 2026));
    }

    proptest! {
        /// Whatever is tried, one can always get back to learning from where one stands, unless a new enrolment took over.
        #[test]
        fn no_state_is_a_trap(moves in prop::collection::vec(0usize..5, 0..40)) {
            let state = moves.into_iter().fold(State::Active, |state, i| step(state, Move::ALL[i]).unwrap_or(state));
            let back = state == State::Active || Move::ALL.into_iter().any(|m| step(state, m) == Some(State::Active));
            prop_assert!(back || state == State::Past);
            prop_assert_eq!(State::parse(state.code()), Some(state));
        }
    }
}
