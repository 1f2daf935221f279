//! 情景模拟: scenario files, editions, runs judged by replay and what they are worth, rooms, figures.

mod debrief;
mod draft;
mod figures;
mod file;
pub mod import;
mod load;
mod room;
mod run;
mod sheet;
mod writer;

pub use debrief::Standing;
pub use draft::{Draft, Review, Revision, Save, Saved};
pub use figures::{Figures, Over, Place, Tallies, Tally};
pub use file::{parse, read, write, write_json};
pub use load::{Card, Scenarios};
pub(crate) use load::{Load, load};
pub use room::Room;
pub(crate) use run::merge;
pub use run::{Player, Report, Run};
pub use sheet::Sheet;
pub use writer::OPEN_FOR;
