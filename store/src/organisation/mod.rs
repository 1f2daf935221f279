//! 社区社会组织: the organisations of a scope, one with its history and its people, and the files of the filing system.

mod apply;
mod import;
mod member;
mod places;
mod record;
mod undo;

pub use import::{Import, ImportRow, Staged, Tally};
pub use member::Member;
pub use record::{Brand, Organisation, OrganisationFilter, OrganisationRow, Record, Said};

/// Rows of a file that one unit deals with.
const AT_ONCE: i64 = 40;
