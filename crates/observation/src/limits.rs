//! How much is kept.

/// How many entries of each kind a recorder keeps, and how many octets of messages.
///
/// An entry other than a message takes up to about 8 KiB (a handshake with two full chains) and usually 0.5 KiB, so with the
/// defaults everything but the messages stays below 16 MiB, and usually far below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Octets of masked message text in all, 160 octets for each message counted in. With 0 no message is recorded.
    pub message_octets: usize,
    /// Messages that are recorded in a second; a message that comes beyond is left out with its answers, and counted.
    pub messages_per_second: u32,
    /// Whether messages of a registration's refresh are recorded too.
    pub refreshes: bool,
    /// Registrations that began or ended.
    pub registrations: usize,
    /// Calls, running or over.
    pub calls: usize,
    /// Refusals.
    pub refusals: usize,
    /// Handshakes that failed, and as many that were completed.
    pub handshakes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_octets: 4 * 1024 * 1024,
            messages_per_second: 1_000,
            refreshes: false,
            registrations: 8_192,
            calls: 2_048,
            refusals: 1_024,
            handshakes: 512,
        }
    }
}
