//! The HTTP surfaces of a node, one module each, and what they share: the accept loop, password hashing, the security
//! log.

mod audit;
pub mod axl;
pub mod basic;
pub mod config_files;
pub mod controlcenter;
pub mod edge_client;
mod headers;
pub mod passwords;
pub mod registrations;
mod release;
pub mod ris;
mod security_log;
pub mod serve;
pub mod ssosp;
pub mod throttle;
pub mod uds;

pub use audit::AuditLog;
pub use security_log::TracingLog;
