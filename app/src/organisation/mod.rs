//! 社区社会组织 for officers: the list of a scope, one with its history and people, and the files of the filing system.

mod import;
mod list;
mod one;
pub mod words;

pub use import::{act as import_act, all as imports, bring, mend, page as import};
pub use list::{make, page as all};
pub use one::{act, page as one};
