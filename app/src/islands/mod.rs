//! What moves in a page, compiled for the server and for the browser.

pub mod player;
#[cfg(feature = "hydrate")]
mod post;
pub mod simulation;
