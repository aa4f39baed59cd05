//! Transactions: RFC 3261 §17 with the corrections of RFC 6026.
//!
//! [`TransactionLayer`] belongs to one flow (a stream connection, or one peer of a datagram socket), so keys
//! never match across connections. It matches messages to transactions (§17.1.3, §17.2.3), runs the four
//! machines of the figures 5 to 8, and keeps the rules that hold between transactions: CANCEL (§9), merged
//! requests (§8.2.2.2), the ACK, and the bound of the table. What to answer is the transaction user's.
//!
//! ```text
//! layer ── matching                       which transaction is this?
//!   ├── client_table    server_table      what is open, and what holds between transactions
//!   ├── invite_client   invite_server     one file a figure, each unaware of the others
//!   ├── non_invite_client  non_invite_server
//!   ├── timer           step              what they run on, what a transition yields
//!   └── ack  cancel  refusal              the messages that the layer writes itself
//! ```

mod ack;
mod cancel;
mod client_table;
mod effects;
mod event;
mod invite_client;
mod invite_server;
mod layer;
mod matching;
mod non_invite_client;
mod non_invite_server;
mod refusal;
mod server_table;
mod step;
mod timer;

#[cfg(test)]
mod tests;

pub use event::{ClientKey, Event, Input, Output, Refusal, ServerKey};
pub use layer::{TableLimits, TransactionLayer};
pub use timer::{Timer, TimerValues, Transport};
