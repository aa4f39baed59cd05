//! Which device is registered, and on which flow (RFC 3261 §10).
//!
//! A [`Binding`] is soft state: it lives and dies with its flow, and a refresh never touches the map. [`Registrar`] is touched when a
//! device registers or goes, when a call looks for it, and when revocations or the directory change.
//!
//! Our choice: a device has one binding. A second client with the same device name takes it over, unless it says that it
//! would rather not (an all-zero `+sip.instance`) while the first is still there.

pub mod binding;
mod map;
pub mod reason;
pub mod remotecc;

pub use binding::{Binding, Dialect, RegisteredContact};
pub use map::{BindError, Registrar, Replaced};
pub use reason::{RejectionCause, UnregistrationReason};
