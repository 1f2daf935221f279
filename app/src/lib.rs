//! The pages of 育才: views that are pure functions of their data, the axum handlers that load it, and the islands.
//!
//! A page handler asks who (`Ctx`), calls one use case of `store`, and renders a Leptos view to a complete document.
//! Only `islands` is compiled for the browser.

// Views are deep types; the default limit of 128 is met by a page of two hundred elements.
#![recursion_limit = "256"]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
pub mod course;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod learning;
#[cfg(feature = "ssr")]
pub mod ledger;
#[cfg(feature = "ssr")]
pub mod library;
#[cfg(feature = "ssr")]
pub mod monitor;
#[cfg(feature = "ssr")]
pub mod organisation;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod portal;
#[cfg(feature = "ssr")]
pub mod print;
#[cfg(feature = "ssr")]
pub mod quiz;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod simulation;
#[cfg(feature = "ssr")]
pub mod teach;
#[cfg(feature = "ssr")]
pub mod ui;

/// Called by `boot.js` once the WASM is there; the islands are then hydrated one by one.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
