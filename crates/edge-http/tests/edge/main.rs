//! HTTP over the edge, whole: a client's TLS connection to E, the tunnel, C, and a node behind it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod edge;
mod edge_config;
mod failed_sign_ins;
mod node;
mod only_what_is_allowed;
mod settings;
mod sign_in;
mod tunnel;
