//! What the two Expressways have in common: their relay, and what administers them, in the browser and over SSH.

pub(crate) mod metrics;
mod records;
mod relay;
pub(crate) mod ssh;
mod web;

pub(crate) use records::Records;
pub(crate) use relay::start as start_relay;
pub(crate) use web::{LocalSignIn, Pages};
