//! What a softphone decides: which port, when to refresh, when to fall back, how to call.

pub mod config;
