//! SIP over real sockets: the CallManager service of a node.
//!
//! [`CallManagerService::start`] opens the line ports; each stream connection is one task that reads, frames, runs its
//! `Station` and writes; each UDP socket is one task with a station for each peer; each call is one task. Tasks talk over
//! bounded channels and never wait for each other: a full channel is a failure of whoever does not keep up.
//!
//! ```text
//! service ── listener        who connects (accept, limits)
//!   │          └ handshake   TLS within its deadline, and why it failed
//!   ├── connection           one stream: frames in, write_queue out, one timer
//!   ├── datagram             one UDP socket: peers, their timers
//!   │     └ effects          what a station wants of the node: bind, unbind, calls, events
//!   ├── call_task            one call
//!   ├── flows  calls         where a flow, where a call is reached
//!   └── sweep                ends registrations that revocations or the directory no longer allow
//! ```
//!
//! A connection that waits holds no buffer: octets are read into a scratch of the thread and copied into a message of their own
//! size. Its one timer is set anew only when it fires, so a refresh does not touch the timer wheel.

mod call_task;
mod calls;
mod connection;
mod counters;
mod datagram;
mod edges;
mod effects;
mod flows;
pub mod handshake;
pub mod limits;
pub mod listener;
mod node;
pub mod observe;
mod observer;
mod service;
mod sweep;
pub mod tls;
pub mod trace;
pub mod write_queue;

pub use counters::{Count, Counters};
pub use flows::FlowHandle;
pub use observer::{HandshakeFailure, Observer, Silent};
pub use service::{CallManagerService, OpenPort, PortPlan, ServiceConfig, Shared, StartError, Status, TlsMaterial};
