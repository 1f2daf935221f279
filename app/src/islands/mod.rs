//! What moves in the browser. An island gets its first state by props and reports inputs; the server judges.

pub mod player;
