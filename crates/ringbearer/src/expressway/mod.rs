//! What the two Expressways have in common: how they are run, their certificate and their trusted CA list, their relay.

pub(crate) mod certificates;
pub(crate) mod metrics;
mod relay;

pub(crate) use relay::start as start_relay;
