//! The program around the pages: configuration, router, layers, files, jobs, command line.

// Views are deep types, and an optimised build looks through all of them.
#![recursion_limit = "256"]

pub mod api;
pub mod backup;
pub mod cache;
pub mod clock;
pub mod config;
pub mod demo;
pub mod jobs;
pub mod layers;
pub mod media;
pub mod router;
pub mod run;
pub mod site;
