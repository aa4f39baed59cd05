//! Forwards a request (RFC 3261 §16.6).

use std::net::SocketAddr;

use bytes::Bytes;
use sip::message::header::EDGE_FLOW;
use sip::message::{HeaderName, Method, Request};
use sip::transport::response_routing;

use super::{Proxy, Room};
use crate::flow::{FlowId, FlowToken};
use crate::reason::Reason;

/// Max-Forwards of a request that has none (RFC 3261 §16.6 step 3).
const MAX_FORWARDS: u8 = 70;

/// How a request goes on.
#[derive(Debug)]
pub(crate) struct Onward<'a> {
    /// The flow that it came on.
    pub(crate) from: FlowId,
    /// The address that it came from, where a client must learn it (RFC 3581 §4).
    pub(crate) source: Option<SocketAddr>,
    /// By what our Via finds the way of the response.
    pub(crate) via: &'a FlowToken,
    /// Further parameters of our Via, each with its semicolon.
    pub(crate) via_parameters: String,
    /// The phone's flow, for Path and Record-Route.
    pub(crate) phone: &'a FlowToken,
    /// The Route that remains.
    pub(crate) routes: Vec<&'a [u8]>,
    /// Fields that the sender may not set, or that the receiver may not see.
    pub(crate) without: &'a [HeaderName],
    /// Another body, of the same type.
    pub(crate) body: Option<Bytes>,
    /// Who follows.
    pub(crate) room: Room,
}

impl Proxy {
    /// The message that goes out.
    pub(crate) fn forward_request(&self, request: &Request, onward: Onward<'_>) -> Result<Bytes, Reason> {
        let headers = request.headers();
        let max_forwards = headers.max_forwards().map_err(Reason::Malformed)?;
        // A request with 0 was refused before.
        let max_forwards = max_forwards.map_or(MAX_FORWARDS, |hops| hops.saturating_sub(1));

        let mut edit = request.edit().canonical();
        for name in onward.without {
            edit = edit.remove(*name);
        }
        edit = edit
            .values(HeaderName::Via, self.vias(request, onward.source))
            .values(HeaderName::Route, &onward.routes)
            .replace(HeaderName::MaxForwards, max_forwards.to_string());
        edit = match recording(request.method()) {
            Some(name) => self.record(edit, request, name, &onward),
            None => edit,
        };
        if let Some(body) = onward.body {
            edit = edit.same_type_body(body);
        }
        let via = format!(
            "SIP/2.0/TLS {};branch={};rport{};{EDGE_FLOW}={}",
            self.sent_by(),
            self.branch(onward.from, request),
            onward.via_parameters,
            onward.via,
        );
        // What the builder refuses is a value that a parser took and nobody can write: a control octet in quotes.
        let octets = edit.with_via(via).finish().map_err(|_| malformed())?;
        onward.room.check(octets)
    }

    /// The Vias of the request, the top one stamped with where it came from (RFC 3261 §18.2.1).
    fn vias(&self, request: &Request, source: Option<SocketAddr>) -> Vec<Vec<u8>> {
        let mut vias: Vec<Vec<u8>> = request.headers().values(HeaderName::Via).map(<[u8]>::to_vec).collect();
        if let (Some(top), Some(source)) = (vias.first_mut(), source) {
            *top = response_routing::with_source(top, source);
        }
        vias
    }

    /// Puts ourselves on top of Path or Record-Route (RFC 3261 §16.6 step 4, RFC 3327 §5.2).
    fn record<'e>(
        &self,
        edit: sip::message::Edit<'e>,
        request: &Request,
        name: HeaderName,
        onward: &Onward<'_>,
    ) -> sip::message::Edit<'e> {
        let own = self.route(onward.phone);
        // What the sender wrote there goes and ours comes in one change: of two changes of a name the later one counts.
        match onward.without.contains(&name) && request.headers().contains(name) {
            true => edit.values(name, [own]),
            false => edit.prepend(name, own),
        }
    }
}

/// Which field names us for what follows a request. In-dialog requests are recorded too: a peer that lost its route
/// set, or never had one, learns it again. CANCEL, ACK and BYE are followed by nothing.
const fn recording(method: &Method) -> Option<HeaderName> {
    match method {
        Method::Register => Some(HeaderName::Path),
        Method::Cancel | Method::Ack | Method::Bye => None,
        _ => Some(HeaderName::RecordRoute),
    }
}

fn malformed() -> Reason {
    Reason::Malformed(sip::message::Violation::ControlOctet)
}
