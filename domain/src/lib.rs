//! The rules of 育才 as plain Rust: no I/O, no clock, no SQL, no HTML.
//!
//! Everything here is a pure function of its arguments and runs the same natively and as WASM. Time comes in as
//! milliseconds UTC, chance as a seed; what goes out are values and codes, never prose.

pub mod authoring;
pub mod bank;
pub mod calendar;
pub mod completion;
pub mod course;
pub mod credit;
pub mod document;
pub mod enrolment;
pub mod exam;
pub mod fault;
pub mod filing;
pub mod library;
pub mod measure;
pub mod organisation;
pub mod permission;
pub mod person;
pub mod policy;
pub mod quiz;
pub mod region;
pub mod scenario;
pub mod seed;
pub mod small_group;
pub mod time;
pub mod watch;

pub use uuid::Uuid;
