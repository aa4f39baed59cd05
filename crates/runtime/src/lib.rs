//! What every node needs around its machines: the configuration file, logs, the clock, randomness, its own
//! certificates and its trust stores, and an orderly end.
//!
//! This crate is in the adapters' band: it reads files, the clock and the system's randomness so that the protocol
//! and domain crates need not.

pub mod clock;
pub mod config;
pub mod durable;
pub mod hep;
pub mod identity;
pub mod lifecycle;
pub mod observation;
pub mod open_ports;
pub mod random;
pub mod shutdown;
pub mod surroundings;
pub mod telemetry;
pub mod tls;
pub mod trust;

pub use certificate;
