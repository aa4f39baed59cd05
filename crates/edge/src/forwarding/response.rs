//! Forwards a response (RFC 3261 §16.7, §16.11): our own Via off, and on by the way that it names.

use bytes::Bytes;
use sip::message::header::{EDGE_FLOW, Via};
use sip::message::{HeaderName, Response};

use super::{Proxy, Room};
use crate::flow_token::{FlowTokens, Named};
use crate::reason::Reason;

/// The Via parameter in which C notes the phone of a request that Unified CM sent, beside the flow of the node.
pub(crate) const PHONE: &str = "ringbearer-phone";

impl Proxy {
    /// What our own Via says of a response: where it goes. A response whose top Via we did not write answers nothing of
    /// ours.
    pub(crate) fn way_back(&self, response: &Response) -> Result<Named, Reason> {
        let via = response.headers().via().map_err(Reason::Malformed)?;
        self.named(&via, EDGE_FLOW).ok_or(Reason::StrayResponse)
    }

    /// The phone that our own Via notes, if it does.
    pub(crate) fn noted_phone(&self, response: &Response) -> Option<Named> {
        self.named(&response.headers().via().ok()?, PHONE)
    }

    fn named(&self, via: &Via<'_>, parameter: &str) -> Option<Named> {
        let token = via.parameters().get(parameter)?;
        self.tokens.is_ours(token).then(|| FlowTokens::claim(token))?
    }

    /// The message that goes out.
    pub(crate) fn forward_response(
        &self,
        response: &Response,
        without: &[HeaderName],
        body: Option<Bytes>,
        room: Room,
    ) -> Result<Bytes, Reason> {
        let vias = response.headers().values(HeaderName::Via).skip(1);
        if vias.clone().next().is_none() {
            return Err(Reason::StrayResponse);
        }
        let mut edit = response.edit().canonical();
        for name in without {
            edit = edit.remove(*name);
        }
        edit = edit.values(HeaderName::Via, vias);
        if let Some(body) = body {
            edit = edit.same_type_body(body);
        }
        let malformed = Reason::Malformed(sip::message::Violation::ControlOctet);
        room.check(edit.finish().map_err(|_| malformed)?)
    }
}
