//! Bounds of the sockets' side: time, memory, connections.

use std::time::Duration;

/// From accept to the end of the TLS handshake, whatever the peer sends meanwhile (TLS-2).
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// From the first to the last octet of a message (TLS-3).
pub const MESSAGE: Duration = Duration::from_secs(10);

/// How long octets may wait for a peer that does not read (TLS-4).
pub const WRITE: Duration = Duration::from_secs(10);

/// Octets that may wait for a peer that does not read (TLS-4). rustls holds up to 64 KiB more.
pub const WRITE_OCTETS: usize = 192 * 1024;

/// The same for an edge, which carries hundreds of phones over one connection.
pub(crate) const EDGE_WRITE_OCTETS: usize = 8 * 1024 * 1024;

/// From the decision to close to the end of the connection: the last answer and close_notify go out, or not.
pub const CLOSE: Duration = Duration::from_secs(1);

/// How long sent octets may stay unacknowledged before the kernel gives the connection up (F9).
pub const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Connections of all ports.
pub const CONNECTIONS: usize = 250_000;

/// Connections without a registration, of all ports; they are shared out among sources. Beyond, a new
/// one is closed at once.
pub const UNREGISTERED: usize = 30_000;

/// The pause of an accept loop when the process or the system is out of descriptors or memory.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the kernel may hold before they are accepted.
pub const BACKLOG: i32 = 4_096;

/// What may wait for a connection's task.
pub const FLOW_MAILBOX: usize = 1_024;

/// What may wait for the task of an edge's connection.
pub(crate) const EDGE_MAILBOX: usize = 16_384;

/// What may wait for a UDP socket's task.
pub const SOCKET_MAILBOX: usize = 16_384;

/// What may wait for a call's task.
pub const CALL_MAILBOX: usize = 256;

/// Peers of a UDP socket that have a station.
pub const DATAGRAM_PEERS: usize = 65_536;

/// Calls of the node.
pub const CALLS: usize = 50_000;

/// How often changes of revocations and directory are looked for.
pub const SWEEP: Duration = Duration::from_millis(500);
