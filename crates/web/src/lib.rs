//! The HTTP surfaces of a node, one module each, and the accept loop they share.

pub mod config_files;
pub mod serve;
pub mod ssosp;
