//! The life of a scenario that a trainer writes: one state machine, asked before every move.

use serde::{Deserialize, Serialize};

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// Being written; may be tried in the author's own class.
    Writing,
    /// Waiting for somebody else to look at it.
    Review,
    /// Published; what comes after is a copy.
    Published,
}

impl DraftState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Writing, Self::Review, Self::Published];

    /// Code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Review => "review",
            Self::Published => "published",
        }
    }

    /// Reads [`DraftState::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == text)
    }
}

/// For whom a published scenario is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circle {
    /// 只本班: by the code of a room that one of its writers opened.
    Class,
    /// 本机构: whoever belongs to the author's organisation.
    Agency,
    /// 全市.
    City,
}

impl Circle {
    /// Every circle, the widest first.
    pub const ALL: [Self; 3] = [Self::City, Self::Agency, Self::Class];

    /// Code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Agency => "agency",
            Self::City => "city",
        }
    }

    /// Reads [`Circle::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|circle| circle.code() == text)
    }

    /// Whether it is open to somebody; `member` says whether they belong to the author's organisation.
    pub fn holds(self, member: bool) -> bool {
        self == Self::City || (self == Self::Agency && member)
    }
}

/// A move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftMove {
    /// A revision is saved.
    Save,
    /// 送审
    Submit,
    /// 退回
    Return,
    /// 通过: published as it stands.
    Approve,
}

/// The state after a move; `None` when it is not allowed. `own` says whether the one who moves is the author: a review is
/// never one's own. `clean` says whether nothing 必须改 is left.
pub fn step(state: DraftState, to: DraftMove, own: bool, clean: bool) -> Option<DraftState> {
    use DraftState as S;
    match (state, to) {
        (S::Writing, DraftMove::Save) if own => Some(S::Writing),
        (S::Writing, DraftMove::Submit) if own && clean => Some(S::Review),
        (S::Review, DraftMove::Return) => Some(S::Writing),
        (S::Review, DraftMove::Approve) if !own && clean => Some(S::Published),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOVES: [DraftMove; 4] = [DraftMove::Save, DraftMove::Submit, DraftMove::Return, DraftMove::Approve];

    proptest! {
        /// However it went, what is published was clean and somebody else said so last; and nothing changes it any more.
        #[test]
        fn nothing_is_published_by_its_author_alone(moves in prop::collection::vec((0usize..4, any::<bool>(), any::<bool>()), 0..40)) {
            let mut state = DraftState::Writing;
            for (m, own, clean) in moves {
                let Some(next) = step(state, MOVES[m], own, clean) else { continue };
                prop_assert!(state != DraftState::Published);
                if next == DraftState::Published {
                    prop_assert!(MOVES[m] == DraftMove::Approve && !own && clean);
                }
                state = next;
            }
        }
    }
}
