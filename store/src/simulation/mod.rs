//! 情景模拟: scenario files, editions, runs and what they are worth.

mod file;

pub use file::{parse, read, write};
