//! What one administrator, and one stranger, may take of the node.

use std::time::Duration;

/// Connections that have not signed in yet, shared out among sources. Beyond, a new connection is closed at once.
pub const NEWCOMERS: usize = 32;
/// Connections that have signed in.
pub const ADMINISTRATORS: usize = 16;
/// How long a connection has to sign in, from its first octet on, whatever it does meanwhile.
pub const SIGN_IN_TIME: Duration = Duration::from_secs(60);
/// Refusals before a connection is closed. The first is the question which methods there are.
pub const ATTEMPTS: usize = 6;
/// How long a refusal takes.
pub const REFUSAL_TIME: Duration = Duration::from_secs(1);
/// How long nothing may be typed at a prompt.
pub const IDLE: Duration = Duration::from_secs(15 * 60);
/// How often a quiet connection is asked whether it is there.
pub const ALIVE: Duration = Duration::from_secs(60);
/// Questions without an answer before it counts as gone.
pub const UNANSWERED: usize = 3;
/// Channels of a connection at a time.
pub const CHANNELS: usize = 4;
/// Bytes that wait for a command to read them; a channel that sends more is closed.
pub const INPUT: usize = 1024 * 1024;
/// Bytes of a line of a script or of an answer.
pub const LINE: usize = 64 * 1024;
