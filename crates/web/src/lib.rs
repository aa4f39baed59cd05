//! The HTTP surfaces of a node, one module each, and what they share: the accept loop, password hashing, the security
//! log.

mod audit;
mod basic;
pub mod config_files;
pub mod passwords;
mod security_log;
pub mod serve;
pub mod ssosp;

pub use audit::AuditLog;
pub use security_log::TracingLog;
