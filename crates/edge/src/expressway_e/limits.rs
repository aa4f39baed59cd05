//! How much of anything Expressway-E holds, and how long it waits. All of these are our choice.

use std::time::Duration;

/// Phones that are connected at once.
pub(super) const PHONES: usize = 20_000;
/// Those of them on which nobody is registered; they are shared out among sources.
pub(super) const NEWCOMERS: usize = 10_000;
/// Requests of one phone that wait for Expressway-C's answer about its connection.
pub(super) const WAITING: usize = 8;
/// Octets of waiting requests, of all phones together.
pub(super) const WAITING_OCTETS: usize = 16 << 20;
/// From the connection to the first registration, and from the end of a registration to the next one.
pub(super) const TIME_TO_REGISTER: Duration = Duration::from_secs(30);
/// How long a registration may be overdue before its connection counts as unregistered.
pub(super) const OVERDUE: Duration = Duration::from_secs(30);
/// Keep-alive pings of one connection, at once and in each second.
pub(super) const PINGS: u32 = 10;
/// Requests and responses of one phone at once.
pub(super) const MESSAGES_AT_ONCE: u32 = 100;
/// Requests and responses of one phone in each second, in the long run.
pub(super) const MESSAGES_PER_SECOND: u32 = 25;
/// How long Expressway-C may take to answer for a connection.
pub(super) const STATEMENT: Duration = Duration::from_secs(5);
/// How long a refusal of Expressway-C stands before it is asked again.
pub(super) const REFUSAL: Duration = Duration::from_secs(5);
/// Silence on the traversal link after which it is dead: Expressway-C pings every 15 seconds.
pub(super) const TRAVERSAL_SILENCE: Duration = Duration::from_secs(40);
