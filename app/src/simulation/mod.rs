//! 情景模拟: the list, playing, 复盘, and what trainers see of it.

pub mod words;
