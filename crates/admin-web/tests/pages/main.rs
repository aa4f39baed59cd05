//! The pages through the real router, over the real store, as browsers and attackers use them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod each_role_does_what_it_may;
mod every_text_is_translated;
mod files_come_and_go;
mod forms_are_our_own;
mod node;
mod objects_are_kept;
mod the_first_administrator;
mod what_happens_is_seen;
mod who_signs_in;
