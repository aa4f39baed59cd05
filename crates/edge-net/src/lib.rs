//! The two Expressways over real sockets, and the discovery of Unified CM over HTTPS.
//!
//! ```text
//! expressway_e ── accept        who connects: phones on 5061, Expressway-C on 7001
//! expressway_c ── tls           who is dialled: Expressway-E, and each node of a zone; why that failed, and who said so
//!   └── both: connection        one flow: frames in, octets out, deadlines
//!             driver            the machine of the `edge` crate: inputs one at a time, outputs in their order
//!             monitor           log lines, counters, alarms
//!             record            what was refused, and how handshakes went
//!             diagnostics       a capture of the clear signalling
//! discovery ── axl              what a publisher tells of its cluster, and what it is told of us
//!   └── keys                    what access tokens are verified with
//! administration ── what an administrator sees and does, for the shell and the pages
//! ```

pub mod administration;
pub mod diagnostics;
pub mod discovery;
pub mod expressway_c;
pub mod expressway_e;
pub mod record;
pub mod status;
pub mod tls;

mod accept;
mod connection;
mod driver;
mod error;
mod flows;
mod hosts;
mod monitor;
mod tunnel;

pub use driver::{NoMedia, Plane};
pub use error::StartError;
pub use hosts::Hosts;
pub use monitor::{Alarm, MediaTotals, Monitor};
pub use tunnel::{HttpTunnel, NoTunnel};
