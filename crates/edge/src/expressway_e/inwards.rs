//! From a phone towards Unified CM.

use sip::message::{HeaderName, Message, Method, Request, Response};

use super::ExpresswayE;
use super::freshness::Gate;
use crate::expressway_c::end_media;
use crate::flow::FlowId;
use crate::flow_token::{FlowTokens, Named, is_same};
use crate::forwarding::{Onward, Room, is_host};
use crate::media::{Direction, MediaPlane};
use crate::now::Now;
use crate::reason::Reason;

/// What a phone may not say: who has asserted an identity, and which proxies stay on the way (RTE-2).
const NOT_OF_A_PHONE: &[HeaderName] =
    &[HeaderName::Path, HeaderName::RecordRoute, HeaderName::ServiceRoute, HeaderName::PAssertedIdentity];

impl ExpresswayE {
    /// Takes a request of a phone: checks it, lets it wait for C's answer about its connection, or forwards it.
    pub(super) fn phone_sent(&mut self, now: Now, media: &mut impl MediaPlane, id: FlowId, request: &Request) {
        if self.proxy.is_own_ack(id, request) {
            return;
        }
        match self.decide(now, id, request) {
            Ok(Gate::Open) => {
                if let Err(reason) = self.forward_inwards(now, media, id, request) {
                    self.refuse(id, request, reason);
                }
            }
            Ok(Gate::Wait) => self.wait(now, id, request.clone()),
            Ok(Gate::Refuse(reason)) | Err(reason) => self.refuse(id, request, reason),
        }
    }

    fn decide(&self, now: Now, id: FlowId, request: &Request) -> Result<Gate, Reason> {
        let phone = self.phones.get(&id).ok_or(Reason::UnknownConnection)?;
        self.proxy.admit(request)?;
        self.check_route(request)?;
        // It would take ports until C refuses it, as C and Unified CM do without a registration (MED-4).
        if *request.method() == Method::Invite && !phone.is_registered {
            return Err(Reason::NotRegistered);
        }
        Ok(self.gate(now, phone, request.as_bytes().len()))
    }

    /// The Route of a phone may name this edge: us, with a flow token of ours or none, and C. A route to anywhere else is
    /// refused (RTE-1), and so is a token that we never made.
    ///
    /// Our choice: a token of ours need not be that of this flow. A phone that has come back on a new connection keeps the
    /// route sets of its calls, while E may not know yet that the old connection is dead. The token opens nothing here:
    /// what a phone sends goes inwards, in the name of the flow that it came on.
    fn check_route(&self, request: &Request) -> Result<(), Reason> {
        let routes = self.proxy.routes(request)?;
        for token in routes.own.into_iter().flatten() {
            if matches!(self.phone_named(token), Err(Reason::ForgedFlowToken)) {
                return Err(Reason::ForgedFlowToken);
            }
        }
        let is_of_c = |uri: &sip::message::SipUri<'_>| {
            self.traversal.as_ref().is_none_or(|traversal| {
                uri.host().address() == Some(traversal.flow.remote.ip())
                    || traversal.names.iter().any(|name| is_host(name, uri))
            })
        };
        let leads_inwards = routes.rest.iter().all(|route| {
            route.uri().and_then(|uri| uri.as_sip()).is_some_and(|uri| uri.is_loose_route() && is_of_c(&uri))
        });
        if leads_inwards { Ok(()) } else { Err(Reason::ForeignRoute) }
    }

    /// The live flow that a token names (EDG-3): forged is another answer than gone.
    pub(super) fn phone_named(&self, token: &[u8]) -> Result<FlowId, Reason> {
        if let Some(Named::Phone(number)) = FlowTokens::claim(token)
            && let Some(phone) = self.phones.get(&FlowId(number))
            && is_same(&phone.token, token)
        {
            return Ok(phone.flow.id);
        }
        Err(if self.proxy.tokens.is_ours(token) { Reason::FlowFailed } else { Reason::ForgedFlowToken })
    }

    fn forward_inwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        id: FlowId,
        request: &Request,
    ) -> Result<(), Reason> {
        let link = self.traversal.as_ref().ok_or(Reason::NoTraversal)?.flow.id;
        let phone = self.phones.get(&id).ok_or(Reason::UnknownConnection)?;
        let message = Message::Request(request.clone());
        let body = self.media.rewrite(now, &phone.token, Direction::Inwards, &message, media).map_err(Reason::Media)?;
        let onward = Onward {
            from: id,
            source: Some(phone.flow.remote),
            via: &phone.token,
            via_parameters: String::new(),
            phone: &phone.token,
            routes: self.proxy.routes(request)?.rest_text,
            without: NOT_OF_A_PHONE,
            body,
            room: Room::OneHop,
        };
        let octets = match self.proxy.forward_request(request, onward) {
            Ok(octets) => octets,
            Err(reason) => {
                let refusal = self.proxy.refuse(id, request, &reason, "");
                end_media(&mut self.media, now, &phone.token, Direction::Outwards, refusal, media);
                return Err(reason);
            }
        };
        self.transmit(link, octets);
        Ok(())
    }

    /// Takes a response of a phone: to a request that came from the link, and so to there.
    pub(super) fn response_from_phone(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        id: FlowId,
        response: &Response,
    ) {
        if let Err(reason) = self.forward_response_inwards(now, media, id, response) {
            self.dropped(id, reason);
        }
    }

    fn forward_response_inwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        id: FlowId,
        response: &Response,
    ) -> Result<(), Reason> {
        self.proxy.admit_response(response)?;
        if self.proxy.way_back(response)? != Named::Traversal {
            return Err(Reason::StrayResponse);
        }
        let link = self.traversal.as_ref().ok_or(Reason::NoTraversal)?.flow.id;
        let phone = self.phones.get(&id).ok_or(Reason::UnknownConnection)?;
        let message = Message::Response(response.clone());
        let octets = match self.media.rewrite(now, &phone.token, Direction::Inwards, &message, media) {
            Ok(body) => self.proxy.forward_response(response, NOT_OF_A_PHONE_IN_RESPONSE, body, Room::OneHop)?,
            Err(refusal) => {
                self.proxy.refuse_response(response, &Reason::Media(refusal)).ok_or(Reason::StrayResponse)?
            }
        };
        self.transmit(link, octets);
        Ok(())
    }
}

/// As of a request, but the Record-Route of a response is the copy of the request's (RFC 3261 §12.1.1).
const NOT_OF_A_PHONE_IN_RESPONSE: &[HeaderName] =
    &[HeaderName::Path, HeaderName::ServiceRoute, HeaderName::PAssertedIdentity];

/// Whether a 2xx with this CSeq is the answer to a registration.
pub(super) fn answers_register(response: &Response) -> bool {
    response.status().is_success() && response.headers().cseq().is_ok_and(|cseq| cseq.method == Method::Register)
}
