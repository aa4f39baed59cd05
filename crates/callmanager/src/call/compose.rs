//! What our requests and responses say besides what the dialog and the transaction put there.
//!
//! Every message of a call is written anew; from the message of the other leg come the body, Session-ID, Subject
//! and Priority, and nothing else. So credentials, Via, Record-Route and assertions of a device end here.

use bytes::Bytes;
use directory::NodeName;
use sip::message::{
    HeaderName, Headers, Method, Request, RequestBuilder, Response, ResponseBuilder, StatusCode, UriBuf,
};

use super::description::Description;
use super::identity::Role;
use super::leg::Leg;
use super::security::CallSecurity;
use super::{Call, Purpose, Scope};
use crate::flow::{ClientTransactionId, FlowCommand, LegId, OutgoingRequest};
use sip::transaction::ServerKey;

/// The methods that a leg answers.
pub(super) const ALLOW: &str = "INVITE, ACK, OPTIONS, INFO, BYE, CANCEL, PRACK, UPDATE, REFER, NOTIFY";
/// The extensions that a leg knows.
const SUPPORTED: &str = "timer,replaces,norefersub";
/// The media type of session descriptions.
pub(super) const SDP: &str = "application/sdp";

/// Header fields that pass from one leg to the other.
const PASSED: [HeaderName; 3] = [HeaderName::SessionId, HeaderName::Subject, HeaderName::Priority];

/// The header fields of an INVITE that go out with the INVITEs it leads to.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed(Vec<(HeaderName, Bytes)>);

impl Passed {
    pub(super) fn from(headers: &Headers) -> Self {
        let field = |name| headers.first(name).map(|value| (name, Bytes::copy_from_slice(value)));
        Self(PASSED.into_iter().filter_map(field).collect())
    }

    pub(super) fn write(&self, builder: RequestBuilder) -> RequestBuilder {
        self.0.iter().fold(builder, |builder, (name, value)| builder.header(*name, value))
    }
}

/// Why a request is refused, and what its answer says.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    warning: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode) -> Self {
        Self { status, warning: None, headers: Vec::new() }
    }

    /// A text for people, in Warning 399.
    pub(super) fn because(mut self, text: &str) -> Self {
        self.warning = Some(text.to_owned());
        self
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal that says when to try again.
    pub(super) fn retry_after(status: StatusCode, seconds: u32) -> Self {
        Self::new(status).with(HeaderName::RetryAfter, seconds.to_string())
    }

    /// The response; what it says is ours, so it can be built, and without an answer the request would hang.
    pub(super) fn response(&self, scope: Scope<'_>, request: &Request, tag: &str) -> Reply {
        let mut builder = Response::reply_to(request, self.status).to_tag(tag);
        builder = builder.header(HeaderName::Server, &scope.node.running().server);
        if let Some(text) = &self.warning {
            builder = builder.header(HeaderName::Warning, warning(&scope.node.running().node.node, text));
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        reply(builder, request)
    }
}

fn warning(node: &NodeName, text: &str) -> String {
    format!("399 {node} \"{text}\"")
}

/// A response, ready to go.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) bytes: Bytes,
}

/// Ends a response. Only a value from the directory that holds a control octet can make it fail: then a bare 500
/// goes out, which has none.
pub(super) fn reply(builder: ResponseBuilder, request: &Request) -> Reply {
    let status = builder.status();
    match builder.finish() {
        Ok(bytes) => Reply { status, bytes },
        Err(_) => {
            let status = StatusCode::SERVER_INTERNAL_ERROR;
            Reply { status, bytes: Response::reply_to(request, status).finish().unwrap_or_default() }
        }
    }
}

impl Leg {
    /// Header fields of a request that shows this leg's peer and can carry a description.
    fn dress_request(
        &self,
        scope: Scope<'_>,
        builder: RequestBuilder,
        security: Option<CallSecurity>,
    ) -> RequestBuilder {
        let host = self.path.local.ip();
        builder
            .header(HeaderName::Contact, self.contact())
            .header(HeaderName::UserAgent, &scope.node.running().server)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Supported, self.supported())
            .header(HeaderName::PAssertedIdentity, self.peer.name_addr(host))
            .header(HeaderName::RemotePartyId, self.peer.remote_party_id(host, self.peer_role))
            .header(HeaderName::CallInfo, self.call_info(security))
    }

    /// Header fields of a response that shows this leg's peer and can carry a description.
    pub(super) fn dress_response(
        &self,
        scope: Scope<'_>,
        builder: ResponseBuilder,
        security: Option<CallSecurity>,
    ) -> ResponseBuilder {
        let host = self.path.local.ip();
        builder
            .header(HeaderName::Contact, self.contact())
            .header(HeaderName::Server, &scope.node.running().server)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Supported, self.supported())
            .header(HeaderName::PAssertedIdentity, self.peer.name_addr(host))
            .header(HeaderName::RemotePartyId, self.peer.remote_party_id(host, self.peer_role))
            .header(HeaderName::CallInfo, self.call_info(security))
    }

    fn supported(&self) -> String {
        match self.terms.may_fall_back {
            true => format!("{SUPPORTED},X-cisco-srtp-fallback"),
            false => SUPPORTED.to_owned(),
        }
    }

    /// `<urn:x-cisco-remotecc:callinfo>; security= Encrypted; orientation= from; gci= 1-5; isVoip; call-instance= 1`
    fn call_info(&self, security: Option<CallSecurity>) -> String {
        let security = security.map_or_else(|| "Unknown".to_owned(), |security| security.to_string());
        let orientation = match self.peer_role {
            Role::Calling => "from",
            Role::Called => "to",
        };
        format!(
            "<urn:x-cisco-remotecc:callinfo>; security= {security}; orientation= {orientation}; gci= {}; isVoip; call-instance= 1",
            self.global_call_id
        )
    }
}

impl Call {
    /// Sends a request in a new client transaction of the leg. `None`: the leg has no flow now.
    pub(super) fn send(&mut self, leg: LegId, purpose: Purpose, request: Bytes) -> Option<ClientTransactionId> {
        let Leg { path, party, .. } = self.legs.get(&leg)?;
        let (flow, device) = (path.flow?, party.device.clone());
        let transaction = ClientTransactionId(self.next_transaction);
        self.next_transaction += 1;
        self.transactions.insert(transaction, super::Pending { leg, purpose });
        let from = self.call_leg(leg);
        let request = OutgoingRequest(request);
        self.command(flow, FlowCommand::SendRequest { from, device, transaction, request });
        Some(transaction)
    }

    /// Sends a request inside the confirmed dialog of the leg. `None`: it cannot be sent now.
    pub(super) fn send_in_dialog(
        &mut self,
        leg: LegId,
        method: Method,
        purpose: Purpose,
        write: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Option<ClientTransactionId> {
        let dialog = &mut self.legs.get_mut(&leg)?.confirmed_mut()?.dialog;
        let request = write(dialog.next_request(method).ok()?).finish().ok()?;
        self.send(leg, purpose, request)
    }

    /// Sends an INVITE or UPDATE inside the dialog, with who the peer is and the description, if there is one.
    pub(super) fn send_session_request(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        method: Method,
        purpose: Purpose,
        description: Option<Description>,
    ) -> Option<ClientTransactionId> {
        let security = self.record.as_ref().map(|record| record.security);
        let leg = self.legs.get_mut(&id)?;
        leg.told = security;
        let session_expires = leg.session_expires();
        let dialog = &mut leg.confirmed_mut()?.dialog;
        let builder = dialog.next_request(method).ok()?;
        let mut builder = leg.dress_request(scope, builder, security);
        for (name, value) in session_expires {
            builder = builder.header(name, value);
        }
        if let Some(description) = description {
            builder = builder.body(SDP, description);
        }
        self.send(id, purpose, builder.finish().ok()?)
    }

    /// Begins the INVITE that makes a leg; the caller adds what belongs to the fork.
    pub(super) fn first_invite(
        scope: Scope<'_>,
        leg: &Leg,
        target: &UriBuf,
        tag: &str,
        call_id: &str,
    ) -> RequestBuilder {
        let host = leg.path.local.ip();
        let builder = Request::build(Method::Invite, target);
        // RFC 3327 §5.4: the path vector is the preloaded route.
        let builder = leg.path.routes.iter().fold(builder, |builder, route| builder.header(HeaderName::Route, route));
        let builder = builder
            .header(HeaderName::From, format!("{};tag={tag}", leg.peer.name_addr(host)))
            .header(HeaderName::To, leg.shown.without_name().name_addr(host))
            .header(HeaderName::CallId, call_id)
            .header(HeaderName::CSeq, "101 INVITE");
        leg.dress_request(scope, builder, leg.told)
    }

    /// Answers a request of the leg.
    pub(super) fn respond(&mut self, leg: LegId, transaction: ServerKey, reply: Reply) {
        let flow = match self.legs.get(&leg) {
            Some(leg) => leg.path.flow,
            None => self.departed.get(&leg).copied(),
        };
        if let Some(flow) = flow {
            self.command(flow, FlowCommand::Respond { transaction, status: reply.status, response: reply.bytes });
        }
    }

    /// Refuses a request of the leg.
    pub(super) fn refuse(
        &mut self,
        scope: Scope<'_>,
        leg: LegId,
        transaction: ServerKey,
        request: &Request,
        refusal: &Refusal,
    ) {
        let response = refusal.response(scope, request, &scope.token());
        self.respond(leg, transaction, response);
    }

    /// Answers a request of the leg with a 2xx that has no body.
    pub(super) fn accept(
        &mut self,
        scope: Scope<'_>,
        leg: LegId,
        transaction: ServerKey,
        request: &Request,
        status: StatusCode,
    ) {
        let builder = Response::reply_to(request, status).header(HeaderName::Server, &scope.node.running().server);
        self.respond(leg, transaction, reply(builder, request));
    }
}
