//! Discovery: from what a publisher answered over AXL to nodes, zones and search rules.
//!
//! The adapter asks (`getCCMVersion`, `listProcessNode`, `getCallManager` of each CallManager) and hands the answers in as
//! [`ClusterAnswers`]; [`nodes_of`] says which nodes there are and why the others are none, [`Provisioned::of`] which
//! zones and search rules that makes. Everything is a snapshot until the next refresh: a node that is added, removed or
//! given another port shows only then, as at the vendor.
//!
//! [`ExpresswayCRow`] is what each discovery and refresh pushes to the cluster: this Expressway-C's host name, and the
//! common name and every subject alternative name of its certificate, which Unified CM compares on its port 5091.

mod nodes;
mod provision;
mod row;
mod server;

pub use nodes::{CallManagerAnswer, ClusterAnswers, NotANode, ProcessNodeAnswer, nodes_of};
pub use provision::Provisioned;
pub use row::{ExpresswayCRow, Push, RowError};
pub use server::{AxlPassword, DiscoveredNode, NodeUsage, TlsVerifyMode, UnifiedCmServer};
