//! What the line side does, told to the node's recorder in the recorder's words.
//!
//! Called from the tasks of connections and calls. A refresh of a registration costs one clock reading and one count of a reference
//! here, unless the recorder wants refreshes too.

mod call;
mod chain;
mod handshake;
mod message;
mod registration;

use callmanager::flow::{Listener, Transport};
use observation::Port;

pub(crate) use call::{answered, ended, over, started};
pub use chain::{certificates, fault_of};
pub use handshake::alert_of;
pub(crate) use handshake::{Ended, Shaken, completed, failed};
pub(crate) use message::MessageTap;
pub(crate) use registration::{refused, registered, unregistered};

/// A line port in the recorder's words.
pub(crate) fn port(listener: Listener) -> Port {
    match listener {
        Listener::Phone => Port::Phone,
        Listener::Secure => Port::PhoneSecure,
        Listener::OAuth => Port::PhoneOAuth,
        Listener::MraOAuth => Port::MraOAuth,
    }
}

fn transport(transport: Transport) -> observation::Transport {
    match transport {
        Transport::Udp => observation::Transport::Udp,
        Transport::Tcp => observation::Transport::Tcp,
        Transport::Tls => observation::Transport::Tls,
    }
}
