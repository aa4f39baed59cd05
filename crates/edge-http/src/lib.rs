//! HTTP over the edge: from a client outside to the Unified CM nodes inside.
//!
//! ```text
//!  client ──HTTPS 8443──▶ Expressway-E ◀──HTTP/2 over a connection that C opened──▶ Expressway-C ──HTTPS──▶ node
//!           strict check, limits       E is its client, C its server     settings, tokens, allow-list
//! ```
//!
//! [`expressway_e`] is the public side: it takes only what a client of this edge ever sends, bounds it, and hands it to the
//! [`tunnel`]. [`expressway_c`] answers `get_edge_config` and `get_edge_sso`, and passes on what is allowed to the nodes that
//! it has discovered, to no others. Both read the target of a request with the same code ([`target`]), and C believes
//! nothing that E has checked.

mod credentials;
pub mod expressway_c;
pub mod expressway_e;
mod problem;
pub mod target;
pub mod tunnel;

pub use expressway_c::{EdgeServer, ExpresswayCView, UnifiedCmNode};
pub use expressway_e::ExpresswayE;
pub use tunnel::{Tunnel, TunnelEnd};
