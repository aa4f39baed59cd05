//! How much of anything a message may hold.
//!
//! Everything that a peer can make grow has its number here, and is refused before memory is taken for it. RFC
//! 3261 sets no limits; each of these is our choice, with room above what the largest known client sends.

/// Octets in a whole message. RFC 3261 §18.1.1 asks for at least 65,535 over datagrams.
pub const MESSAGE: usize = 65_536;

/// Octets in one header field, its folded lines included, its last CRLF not. Credentials may be longer, so that
/// an oversized token gets the answer for a token.
pub const HEADER_LINE: usize = 8_192;

/// Header fields in a message.
pub const HEADERS: usize = 128;

/// Via values: a request that still has hops left has passed at most 70 (RFC 3261 §8.1.1.6).
pub const VIAS: usize = 70;

/// Values each of Route, Record-Route and Path.
pub const ROUTES: usize = 70;

/// Contact values.
pub const CONTACTS: usize = 32;

/// Parameters of one value or URI. A Contact with every registered feature tag has 30.
pub const PARAMETERS: usize = 32;

/// Octets in a bearer token. Tokens with two signatures inside have 1,500.
pub const BEARER_TOKEN: usize = 8_192;
