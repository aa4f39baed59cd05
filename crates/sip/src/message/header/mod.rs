//! Header fields with a type, one file each (RFC 3261 §20 and the RFCs that added fields).
//!
//! Each file holds the type, its grammar, and the accessors of [`Headers`](super::Headers) that return it. Fields
//! that are a list of tokens share `option_tag`, fields that are one number share `number`, and From, To, Contact,
//! Route and their like are [`NameAddr`]s.

mod call_id;
mod call_info;
mod contact;
mod content;
mod credentials;
mod cseq;
mod event;
mod name_addr;
mod number;
mod option_tag;
mod rack;
mod reason;
mod refer;
mod replaces;
mod session_expires;
mod via;
mod warning;

pub use call_info::CallInfo;
pub use contact::Contact;
pub use content::ContentType;
pub use cseq::CSeq;
pub use event::{Event, SubscriptionState};
pub use name_addr::NameAddr;
pub use rack::RAck;
pub use reason::Reason;
pub use replaces::Replaces;
pub use session_expires::{Refresher, SessionExpires};
pub use via::{EDGE_FLOW, Via};
pub use warning::Warning;
