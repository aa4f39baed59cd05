//! Forwarding as a stateless proxy (RFC 3261 §16, §16.11): what both halves of the edge do to a message that passes.
//!
//! `admission` has the checks of §16.3, `route` pops our own Route (§16.4), `request` and `response` write the message
//! anew from the one parsed copy (§16.6, §16.7), `branch` makes the branch that a retransmission, a CANCEL and the ACK
//! of a refusal find again, `room` sees to it that the next hop can read what we write, and `reply` refuses.
//!
//! Our choice: a message is never forwarded octet for octet. Each field goes out in one canonical form, with our own
//! Content-Length, so that no two readers along the way can disagree about where a field or a message ends (FRM-2,
//! FRM-3). And whatever is to go out is parsed once more by the rules of the next hop before it does: on the link that
//! all phones share, a message that its reader has to refuse by closing would cut them all off.
//!
//! Deviation: RFC 3261 §16.4: a Request-URI that is our own is not taken for the work of a strict router; this edge
//! writes no route without `lr`.

mod admission;
mod branch;
mod reply;
mod request;
mod response;
mod room;
mod route;

use sip::message::SipUri;

use crate::flow::FlowToken;
use crate::flow_token::FlowTokens;
use crate::key::Key;
use crate::media::Role;

pub(crate) use admission::screened_call_id;
pub(crate) use request::Onward;
pub(crate) use response::PHONE;
pub(crate) use room::Room;

/// What a proxy is known by, and its keys.
#[derive(Debug)]
pub(crate) struct Proxy {
    host: String,
    port: u16,
    aliases: Vec<String>,
    branches: Key,
    /// The flow tokens of this proxy.
    pub(crate) tokens: FlowTokens,
    /// Whether it is about to stop, and takes no new call.
    pub(crate) is_draining: bool,
}

/// The port of `sip:…;transport=tls` when none is written.
const TLS_PORT: u16 = 5061;

impl Proxy {
    pub(crate) fn new(role: Role, host: &str, port: u16, aliases: &[String], secret: &[u8; 32]) -> Self {
        Self {
            host: host.to_owned(),
            port,
            aliases: aliases.to_vec(),
            branches: Key::derive(secret, "branch"),
            tokens: FlowTokens::new(role, secret),
            is_draining: false,
        }
    }

    /// The host that we write.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// `host:port`, as in our Via.
    pub(crate) fn sent_by(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether a URI leads to this proxy.
    pub(crate) fn is_own(&self, uri: &SipUri<'_>) -> bool {
        uri.port().unwrap_or(TLS_PORT) == self.port
            && std::iter::once(&self.host).chain(&self.aliases).any(|own| is_host(own, uri))
    }

    /// The value of Path or Record-Route that leads back over the flow (RFC 3327 §5.2, RFC 5626 §5.1).
    fn route(&self, token: &FlowToken) -> String {
        format!("<sip:{token}@{}:{};transport=tls;lr>", self.host, self.port)
    }
}

/// Whether the host of a URI is this name or address.
pub(crate) fn is_host(name: &str, uri: &SipUri<'_>) -> bool {
    let bracketed = name.contains(':') && !name.starts_with('[');
    let name = if bracketed { format!("[{name}]") } else { name.to_owned() };
    sip::message::Host::parse(name.as_bytes()).is_some_and(|host| host == uri.host())
}

/// Whether the host of a Via is this name or address.
pub(crate) fn is_written_host(name: &str, via: &sip::message::header::Via<'_>) -> bool {
    sip::message::Host::parse(name.as_bytes()).is_some_and(|host| host == via.host())
}
