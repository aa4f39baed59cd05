//! The reverse tunnel: HTTP/2 over a connection that Expressway-C opened to E, in which E is the client and C the server
//! (RFC 9113). So E never dials, and requests run side by side without one holding up another.
//!
//! The connection itself (TLS with both certificates, ALPN `h2`, who may have it, dialling again) is the caller's: both ends
//! take any stream. A stream that comes while another is in use takes its place: the caller has refused a second
//! Expressway-C before. Our choices: a ping each 15 s, and a peer that does not answer within 10 s is gone; 256 requests at a time.

mod client;
mod server;

use std::time::Duration;

pub use client::{Tunnel, TunnelDown, TunnelEnd};
pub use server::{TunnelLimits, serve};

/// Between pings, requests or not.
const PING: Duration = Duration::from_secs(15);
/// How long a ping may be unanswered.
const PONG: Duration = Duration::from_secs(10);
/// Requests at a time over one connection.
const REQUESTS: u32 = 256;
/// Octets of a header list: a token of 2 kB and what browsers send fit several times.
const HEADER_LIST: u32 = 32 * 1024;
