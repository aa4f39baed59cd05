//! From C towards a phone: requests by the flow token of our Route, responses by that of our Via.

use sip::message::{HeaderName, Message, Method, Request, Response};

use super::ExpresswayE;
use super::inwards::answers_register;
use crate::expressway_c::end_media;
use crate::flow::FlowId;
use crate::flow_token::Named;
use crate::forwarding::{Onward, Room};
use crate::media::{Direction, MediaPlane};
use crate::now::Now;
use crate::reason::Reason;

/// What no phone may see: credentials are those of another phone, or of Unified CM.
const NOT_FOR_A_PHONE: &[HeaderName] = &[HeaderName::Authorization, HeaderName::ProxyAuthorization];

impl ExpresswayE {
    pub(super) fn traversal_sent(&mut self, now: Now, media: &mut impl MediaPlane, link: FlowId, message: Message) {
        match message {
            Message::Request(request) => {
                if self.proxy.is_own_ack(link, &request) {
                    return;
                }
                if let Err(reason) = self.forward_outwards(now, media, link, &request) {
                    self.refuse(link, &request, reason);
                }
            }
            Message::Response(response) => {
                let is_statement = response.headers().cseq().is_ok_and(|cseq| cseq.method == Method::Service);
                if is_statement && response.headers().vias().count() == 1 {
                    return self.statement_answered(now, media, link, &response);
                }
                if let Err(reason) = self.forward_response_outwards(now, media, &response) {
                    self.dropped(link, reason);
                }
            }
        }
    }

    fn forward_outwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        link: FlowId,
        request: &Request,
    ) -> Result<(), Reason> {
        self.proxy.admit(request)?;
        let routes = self.proxy.routes(request)?;
        let token = routes.own.into_iter().flatten().next().ok_or(Reason::NoFlowToken)?;
        if !routes.rest.is_empty() {
            return Err(Reason::ForeignRoute);
        }
        let id = self.phone_named(token)?;
        let phone = self.phones.get(&id).ok_or(Reason::FlowFailed)?;
        let message = Message::Request(request.clone());
        let body =
            self.media.rewrite(now, &phone.token, Direction::Outwards, &message, media).map_err(Reason::Media)?;
        let onward = Onward {
            from: link,
            source: None,
            via: &self.traversal_token,
            via_parameters: String::new(),
            phone: &phone.token,
            routes: Vec::new(),
            without: NOT_FOR_A_PHONE,
            body,
            room: Room::None,
        };
        let octets = match self.proxy.forward_request(request, onward) {
            Ok(octets) => octets,
            Err(reason) => {
                let refusal = self.proxy.refuse(link, request, &reason, "");
                end_media(&mut self.media, now, &phone.token, Direction::Inwards, refusal, media);
                return Err(reason);
            }
        };
        self.transmit(id, octets);
        Ok(())
    }

    fn forward_response_outwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        response: &Response,
    ) -> Result<(), Reason> {
        self.proxy.admit_response(response)?;
        let Named::Phone(number) = self.proxy.way_back(response)? else {
            return Err(Reason::StrayResponse);
        };
        let id = FlowId(number);
        let phone = self.phones.get_mut(&id).ok_or(Reason::FlowFailed)?;
        if answers_register(response) {
            let was_registered = phone.is_registered;
            phone.registered(response, now.monotonic);
            match (was_registered, phone.is_registered) {
                (false, true) => self.newcomers.leave(phone.flow.remote.ip()),
                (true, false) => self.newcomers.enter(phone.flow.remote.ip()),
                _ => {}
            }
            self.deadlines.set(id, Some(phone.deadline()));
        }
        let message = Message::Response(response.clone());
        let octets = match self.media.rewrite(now, &phone.token, Direction::Outwards, &message, media) {
            Ok(body) => self.proxy.forward_response(response, NOT_FOR_A_PHONE, body, Room::None)?,
            Err(refusal) => {
                self.proxy.refuse_response(response, &Reason::Media(refusal)).ok_or(Reason::StrayResponse)?
            }
        };
        self.transmit(id, octets);
        Ok(())
    }
}
