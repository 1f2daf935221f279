//! The program around the pages: configuration, router, layers, files, jobs, command line.

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
