//! X.509 certificates as text for decisions and displays (RFC 5280).
//!
//! Bytes in, facts out: no file, socket or clock. Whoever admits a peer, shows a certificate or checks an uploaded chain reads
//! the same [`CertificateFacts`].

mod chain;
mod facts;
mod public_key;

pub use chain::{ChainFault, MOST_CERTIFICATES, check_chain};
pub use facts::{CertificateFacts, UnreadableCertificate};
