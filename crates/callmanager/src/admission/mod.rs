//! Who may come in on which listener, before any SIP is read: SPEC §3 as pure checks over facts already parsed.
//!
//! 5060 and 5090 ask for no certificate. 5061 takes a certificate that chains to CallManager-trust; which device it
//! names is a matter of registration. 5091 takes the certificate of an Expressway-C. [`certificate`] has those checks,
//! [`throttle`] the budget of failed authentications that each source address has.

pub mod certificate;
pub mod throttle;

pub use certificate::{CertificateRefusal, ChainVerdict, ClientCertificate, PeerNames, Relaxation, admit};
