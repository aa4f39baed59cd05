//! The pages through the real router, over the real store, as browsers and attackers use them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod every_text_is_translated;
mod forms_are_our_own;
mod node;
mod the_first_administrator;
mod who_signs_in;
