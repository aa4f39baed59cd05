//! The REST interface through the real router and the real database, as programs and attackers use it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod a_token_permits_what_it_says;
mod changes_meet;
mod events_are_told;
mod node;
mod objects_are_kept;
mod problems_are_exact;
mod the_document_is_true;
