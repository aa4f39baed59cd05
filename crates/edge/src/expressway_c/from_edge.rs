//! From E towards Unified CM.

use sip::message::{HeaderName, Message, Method, Request, Response, StatusCode};

use super::authorization::authorize;
use super::{ExpresswayC, INGRESS_ZONE, session};
use crate::flow::{FlowId, FlowToken};
use crate::flow_token::{FlowTokens, Named, is_same};
use crate::forwarding::{Onward, Room};
use crate::media::{Direction, MediaPlane};
use crate::now::Now;
use crate::reason::Reason;
use crate::search_rule;
use crate::statement::Statement;
use crate::view::EdgeView;

impl ExpresswayC {
    pub(super) fn edge_sent(
        &mut self,
        now: Now,
        view: &impl EdgeView,
        media: &mut impl MediaPlane,
        link: FlowId,
        message: Message,
    ) {
        match message {
            Message::Request(request) => {
                let outcome = match is_statement(&request) {
                    true => self.statement(now, link, &request),
                    false if self.proxy.is_own_ack(link, &request) => Ok(()),
                    false => self.forward_inwards(now, view, media, link, &request),
                };
                if let Err(reason) = outcome {
                    self.refuse(link, &request, reason);
                }
            }
            Message::Response(response) => {
                if let Err(reason) = self.forward_response_inwards(now, media, &response) {
                    self.dropped(link, reason);
                }
            }
        }
    }

    /// Hears E's statement about a phone's connection.
    fn statement(&mut self, now: Now, link: FlowId, request: &Request) -> Result<(), Reason> {
        self.proxy.admit(request)?;
        let statement = Statement::read(request.headers().first(HeaderName::ContentType), request.body())?;
        let edge_token = FlowToken::from(statement.flow.as_str());
        let known = self.phones.by_edge_token(statement.flow.as_bytes(), now.monotonic).map(|phone| phone.number);
        if statement.closed {
            // However late it comes, what it says is true.
            if let Some(number) = known {
                self.end_phone(now, number, "connection_closed");
            }
            return self.answer(link, request, StatusCode::OK);
        }
        if let Err(reason) = statement.check(now.unix) {
            if let Reason::ClockSkew(seconds) = reason {
                self.event(crate::event::Event::ClockSkew { seconds });
            }
            return Err(reason);
        }
        for number in self.phones.of_other_instance(&statement.instance) {
            self.end_phone(now, number, "edge_restarted");
        }
        if known.is_none_or(|number| self.phones.get(number).is_none()) {
            if self.phones.is_full() {
                return Err(Reason::Overload);
            }
            let number = self.phones.next_number();
            let token = self.proxy.tokens.mint(Named::Phone(number), &statement.flow);
            self.phones.add(number, token, edge_token, statement.client, now.monotonic);
        }
        self.answer(link, request, StatusCode::OK)
    }

    fn answer(&mut self, link: FlowId, request: &Request, status: StatusCode) -> Result<(), Reason> {
        if let Ok(reply) = self.proxy.reply(link, request, status).finish() {
            self.transmit(link, reply);
        }
        Ok(())
    }

    fn forward_inwards(
        &mut self,
        now: Now,
        view: &impl EdgeView,
        media: &mut impl MediaPlane,
        link: FlowId,
        request: &Request,
    ) -> Result<(), Reason> {
        self.proxy.admit(request)?;
        let edge_token = request.headers().via().map_err(Reason::Malformed)?.edge_flow().ok_or(Reason::UnknownFlow)?;
        let phone = self.phones.by_edge_token(edge_token, now.monotonic).ok_or(Reason::UnknownFlow)?;
        let routes = self.proxy.routes(request)?;
        for token in routes.own.into_iter().flatten() {
            // As at E: a phone that has come back has the route set of its old flow.
            if !is_same(&phone.token, token) && !self.proxy.tokens.is_ours(token) {
                return Err(Reason::ForgedFlowToken);
            }
        }
        if !routes.rest.is_empty() {
            return Err(Reason::ForeignRoute);
        }
        let verified = authorize(now, view, phone, request)?;
        let zone = search_rule::zone_of(view, request, routes.zone_id)?;
        let machine = self.zones.get(&zone.name).filter(|machine| machine.status().is_active());
        let node = machine.and_then(|machine| machine.flow());
        let node = node.ok_or_else(|| Reason::ZoneInactive(zone.name.clone()))?;
        let message = Message::Request(request.clone());
        let body = self.media.rewrite(now, &phone.token, Direction::Inwards, &message, media).map_err(Reason::Media)?;
        let onward = Onward {
            from: link,
            source: None,
            via: &phone.token,
            via_parameters: format!(";ingress-zone={INGRESS_ZONE}"),
            phone: &phone.token,
            routes: Vec::new(),
            without: &[],
            body,
            room: Room::None,
        };
        let octets = match self.proxy.forward_request(request, onward) {
            Ok(octets) => octets,
            Err(reason) => {
                let refusal = self.proxy.refuse(link, request, &reason, "");
                super::end_media(&mut self.media, now, &phone.token, Direction::Outwards, refusal, media);
                return Err(reason);
            }
        };
        if let Some(pending) = session::pending(request, verified) {
            phone.remember(pending);
        }
        self.transmit(node, octets);
        Ok(())
    }

    fn forward_response_inwards(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        response: &Response,
    ) -> Result<(), Reason> {
        self.proxy.admit_response(response)?;
        let Named::Zone(node) = self.proxy.way_back(response)? else {
            return Err(Reason::StrayResponse);
        };
        let node = FlowId(node);
        if !self.nodes.contains_key(&node) {
            return Err(Reason::FlowFailed);
        }
        let Some(Named::Phone(number)) = self.proxy.noted_phone(response) else {
            return Err(Reason::StrayResponse);
        };
        let phone = self.phones.get(number).ok_or(Reason::FlowFailed)?;
        let message = Message::Response(response.clone());
        let octets = match self.media.rewrite(now, &phone.token, Direction::Inwards, &message, media) {
            Ok(body) => self.proxy.forward_response(response, &[], body, Room::None)?,
            Err(refusal) => {
                self.proxy.refuse_response(response, &Reason::Media(refusal)).ok_or(Reason::StrayResponse)?
            }
        };
        self.transmit(node, octets);
        Ok(())
    }

    /// The phone that a token of ours names (EDG-3).
    pub(super) fn phone_named(&self, token: &[u8]) -> Result<u64, Reason> {
        if let Some(Named::Phone(number)) = FlowTokens::claim(token)
            && let Some(phone) = self.phones.get(number)
            && is_same(&phone.token, token)
        {
            return Ok(number);
        }
        Err(if self.proxy.tokens.is_ours(token) { Reason::FlowFailed } else { Reason::ForgedFlowToken })
    }
}

/// A statement is E's own: it has E's Via alone, and no flow token on it.
fn is_statement(request: &Request) -> bool {
    let vias = request.headers();
    *request.method() == Method::Service
        && vias.vias().count() == 1
        && vias.via().is_ok_and(|via| via.edge_flow().is_none())
}
