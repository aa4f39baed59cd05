//! Mobile and remote access through the edge: what Expressway-C and Expressway-E decide.
//!
//! Two machines, [`ExpresswayE`] outside and [`ExpresswayC`] inside, are SIP proxies without transactions (RFC 3261
//! §16.11): every hop is a reliable, authenticated stream, the phone and Unified CM have the transactions, and a
//! proxy that keeps none leaks none. What a machine remembers are flows: the connections it has, and, on C, the phones
//! whose flows E has told it of.
//!
//! No socket, clock, randomness or file: `handle(now, …, Input)`, then `poll()` until it gives no [`Output`]. What C may
//! look up while it decides is its [`EdgeView`]; where media goes is behind [`media::MediaPlane`].

pub mod access_control;
mod back_off;
mod deadlines;
pub mod discovery;
mod event;
mod expressway_c;
mod expressway_e;
mod flow;
mod flow_token;
mod forwarding;
mod input;
mod key;
pub mod media;
mod meter;
mod now;
mod output;
mod reason;
pub mod search_rule;
pub mod statement;
mod traversal;
mod view;
pub mod zone;

pub use access_control::MraAccessControl;
pub use event::Event;
pub use expressway_c::{CoreSettings, ExpresswayC, Session};
pub use expressway_e::{EdgeSettings, ExpresswayE};
pub use flow::{CloseReason, Flow, FlowId, FlowKind, FlowToken};
pub use input::Input;
pub use now::Now;
pub use output::{Output, Target};
pub use reason::{Answer, Reason};
pub use search_rule::SearchRule;
pub use view::EdgeView;
pub use zone::{ConnectFailure, SentBy, Zone, ZoneFailure, ZoneName, ZoneStatus};
