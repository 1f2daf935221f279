//! What moves in a page, compiled for the server and for the browser.

#[cfg(any(feature = "ssr", feature = "player"))]
pub mod player;
#[cfg(feature = "hydrate")]
mod post;
#[cfg(any(feature = "ssr", feature = "simulation"))]
pub mod simulation;
