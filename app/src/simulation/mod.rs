//! 情景模拟: the list, playing with and without script, 复盘 and what-if, printed cards, and what trainers see of it.

mod after;
pub mod author;
mod board;
mod cards;
pub mod graph;
mod list;
mod play;
mod sheet;
pub mod words;

pub use after::{by_code, debrief, what_if};
pub use board::{board, open_room, room, room_act, screen};
pub use cards::page as cards;
pub use list::{come_in, group, join_page, page as intro, page_of_all as all, start};
pub use play::{page as run, report, step};
pub use sheet::{keep as keep_sheet, page as sheet};
