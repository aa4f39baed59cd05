//! What an administrator does to a node and its cluster beyond writing objects: services, certificates, token keys, and
//! the way to SIP OAuth mode.
//!
//! One set of operations, [`Administration`], for all faces: the admin shell, the web pages, SOAP and REST. Each act leaves a
//! row in the audit log. What the node itself has to do is behind [`NodeControl`]; time, and work that goes on when whoever
//! asked is gone, behind [`Surroundings`]. So nothing here has a clock, a socket or a file.

mod administration;
mod certificates;
mod cluster_restart;
mod error;
mod keys;
mod node_control;
mod services;
mod sip_oauth_mode;
mod sip_oauth_path;
mod surroundings;

pub use administration::Administration;
pub use certificate::CertificateFacts;
pub use directory::{
    ClusterRestart, NodeRestart, NodeRestartState, Service, ServiceAct, ServiceName, ServiceState, StopReason,
};
pub use error::AdministrationError;
pub use node_control::{
    AuthorizationKey, EdgeConnection, ListedCertificate, NodeControl, OWN_CERTIFICATES, ServedCertificate, TRUST_STORES,
};
pub use services::NodeServices;
pub use sip_oauth_path::{Remark, SipOauthPath, Step, StepState};
pub use surroundings::{Surroundings, Work};
