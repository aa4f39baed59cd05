//! The OAuth endpoints through the real router, as browsers, clients and attackers use them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod a_browser_asks_for_a_code;
mod a_client_gets_tokens;
mod a_refresh_token_is_used_once;
mod an_administrator_revokes;
mod an_expressway_fetches_the_keys;
mod cluster;
mod requests_are_read_strictly;
mod secrets_stay_secret;
