//! From a Unified CM node towards a phone.

use sip::message::{HeaderName, Message, Method, Request, Response, StatusCode};

use super::ExpresswayC;
use crate::flow::FlowId;
use crate::flow_token::{Named, is_same};
use crate::forwarding::{Onward, PHONE, Room};
use crate::media::{Direction, MediaPlane};
use crate::now::Now;
use crate::reason::Reason;
use crate::zone::ZoneName;

/// What no phone may see: the credentials of another one, or of Unified CM (EDG-2).
const NOT_FOR_A_PHONE: &[HeaderName] = &[HeaderName::Authorization, HeaderName::ProxyAuthorization];

impl ExpresswayC {
    pub(super) fn node_sent(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        node: FlowId,
        zone: &ZoneName,
        message: Message,
    ) {
        match message {
            Message::Request(request) => {
                if self.proxy.is_own_ack(node, &request) {
                    return;
                }
                if let Err(reason) = self.forward_outwards(now, media, node, &request) {
                    self.refuse(node, &request, reason);
                }
            }
            Message::Response(response) => {
                if self.is_own_options(&response) {
                    return self.options_answered(now, zone, &response);
                }
                if let Err(reason) = self.forward_response_outwards(now, media, zone, &response) {
                    self.dropped(node, reason);
                }
            }
        }
    }

    fn forward_outwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        node: FlowId,
        request: &Request,
    ) -> Result<(), Reason> {
        self.proxy.admit(request)?;
        let routes = self.proxy.routes(request)?;
        let uri = request.uri().map_err(Reason::Malformed)?.as_sip();
        let is_for_us = routes.own.is_empty() && uri.is_some_and(|uri| uri.user().is_none() && self.proxy.is_own(&uri));
        if is_for_us && *request.method() == Method::Options {
            // Unified CM asks whether we are there.
            if let Ok(reply) = self.proxy.reply(node, request, StatusCode::OK).finish() {
                self.transmit(node, reply);
            }
            return Ok(());
        }
        let token = routes.own.into_iter().flatten().next().ok_or(Reason::NoFlowToken)?;
        let number = self.phone_named(token)?;
        let phone = self.phones.get(number).ok_or(Reason::FlowFailed)?;
        // What follows our Route is E's, with E's token of the same phone.
        let next = routes.rest.first().and_then(|route| route.uri()?.as_sip()?.user());
        match (next, routes.rest.len()) {
            (Some(edge_token), 1) if is_same(&phone.edge_token, edge_token) => {}
            _ => return Err(Reason::ForeignRoute),
        }
        let link = self.traversal.flow().ok_or(Reason::NoTraversal)?;
        let via = self.node_tokens.get(&node).ok_or(Reason::UnknownConnection)?;
        let message = Message::Request(request.clone());
        let body =
            self.media.rewrite(now, &phone.token, Direction::Outwards, &message, media).map_err(Reason::Media)?;
        let onward = Onward {
            from: node,
            source: None,
            via,
            via_parameters: format!(";{PHONE}={}", phone.token),
            phone: &phone.token,
            routes: routes.rest_text,
            without: NOT_FOR_A_PHONE,
            body,
            room: Room::OneHop,
        };
        let octets = match self.proxy.forward_request(request, onward) {
            Ok(octets) => octets,
            Err(reason) => {
                let refusal = self.proxy.refuse(node, request, &reason, "");
                super::end_media(&mut self.media, now, &phone.token, Direction::Inwards, refusal, media);
                return Err(reason);
            }
        };
        self.transmit(link, octets);
        Ok(())
    }

    fn forward_response_outwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        zone: &ZoneName,
        response: &Response,
    ) -> Result<(), Reason> {
        self.proxy.admit_response(response)?;
        let Named::Phone(number) = self.proxy.way_back(response)? else {
            return Err(Reason::StrayResponse);
        };
        self.learn(now, number, zone, response);
        let phone = self.phones.get(number).ok_or(Reason::FlowFailed)?;
        let message = Message::Response(response.clone());
        let octets = match self.media.rewrite(now, &phone.token, Direction::Outwards, &message, media) {
            Ok(body) => self.proxy.forward_response(response, NOT_FOR_A_PHONE, body, Room::OneHop)?,
            Err(refusal) => {
                self.proxy.refuse_response(response, &Reason::Media(refusal)).ok_or(Reason::StrayResponse)?
            }
        };
        let link = self.traversal.flow().ok_or(Reason::NoTraversal)?;
        self.transmit(link, octets);
        Ok(())
    }
}
