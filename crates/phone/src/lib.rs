//! What a softphone decides: which port, when to refresh, when to fall back, how to call.
//!
//! [`Phone`] is one machine over the SIP core: no socket, clock or randomness of its own. It reads the device
//! [`config`]uration, picks the port and the node ([`Target`]), registers with an access token and stays
//! registered, and makes calls whose media its caller runs. One contract, as everywhere: [`Phone::handle`] takes an
//! [`Input`], then [`Phone::poll`] yields each [`Output`] until there is none.

mod call;
pub mod config;
mod context;
pub mod discovery;
pub mod edge;
mod event;
mod link;
mod phone;
mod registration;
mod settings;
mod target;

pub use event::{
    CallId, Command, EndCause, Event, FlowId, Hold, Input, Output, Party, PortMismatch, RegistrationFailure,
};
pub use phone::Phone;
pub use settings::{Access, Authentication, EdgeAccess, EdgeServer, Random, Settings};
pub use target::{PortKind, Target, Transport};
