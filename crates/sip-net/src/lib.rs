//! SIP over real sockets: listeners, connections, and the driver that runs the machines.

pub mod tls;
