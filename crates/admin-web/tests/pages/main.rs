//! The pages through the real router, over the real store, as browsers and attackers use them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod certificates_are_managed;
mod each_role_does_what_it_may;
mod every_text_is_translated;
mod files_come_and_go;
mod forms_are_our_own;
mod node;
mod objects_are_kept;
mod services_are_controlled;
mod the_first_administrator;
mod the_way_to_sip_oauth;
mod what_happens_is_seen;
mod who_signs_in;
