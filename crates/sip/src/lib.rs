//! SIP (RFC 3261) without input or output: bytes and the time of day come in, bytes and decisions go out.
//!
//! The modules are the layers of RFC 3261 §5: [`message`] is the syntax (§7, §19, §20, §25), [`transport`]
//! frames messages and routes responses (§18), [`transaction`] holds the four transaction machines (§17) and
//! [`dialog`] what outlives a transaction (§12). [`auth`] reads and writes the credentials of RFC 8898
//! (Bearer) and RFC 8760 (Digest).

pub mod auth;
pub mod dialog;
pub mod message;
pub mod transaction;
pub mod transport;
