//! Dialogs (RFC 3261 §12): what two user agents keep between transactions.
//!
//! [`Dialog`] holds the state of §12.1, writes requests by §12.2.1.1 and checks them by §12.2.2. Its companions
//! are the usages that INVITE dialogs have: [`session_timer`] (RFC 4028), [`reliable_provisional`] (RFC 3262) and
//! [`refer`] (RFC 3515, 3891, 3892). Offer and answer belong to the transaction user.
//!
//! Our choice: From and To of later requests carry the whole value of the first exchange, display name and
//! parameters included, which RFC 3261 allows and RFC 2543 peers compare.

mod dialog_id;
pub mod refer;
pub mod reliable_provisional;
mod route_set;
pub mod session_timer;
mod violation;

#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use dialog_id::DialogId;
pub use route_set::RouteSet;
pub use violation::DialogViolation;

use crate::message::{HeaderName, Method, Request, RequestBuilder, Response, Uri, UriBuf};

/// RFC 3261 §8.1.1.5: a sequence number is less than 2^31.
const SEQUENCE_LIMIT: u32 = 1 << 31;

/// Which end of the first request a user agent was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It sent the request.
    Uac,
    /// It answered the request.
    Uas,
}

/// How far a dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// A provisional response with a To tag made it.
    Early,
    /// A 2xx made or confirmed it.
    Confirmed,
}

/// One end of a dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    id: DialogId,
    role: Role,
    state: DialogState,
    /// The value of From in our requests, tag included.
    local: Bytes,
    /// The value of To in our requests, tag included.
    remote: Bytes,
    remote_target: UriBuf,
    route_set: RouteSet,
    local_sequence: Option<u32>,
    remote_sequence: Option<u32>,
    secure: bool,
}

impl Dialog {
    /// The dialog that a response to our request makes (RFC 3261 §12.1.2): early by a 1xx, confirmed by a 2xx.
    pub fn from_uac_response(request: &Request, response: &Response) -> Result<Self, DialogViolation> {
        let sent = request.headers();
        let received = response.headers();
        let id = DialogId::new(
            received.call_id()?,
            received.from()?.tag().unwrap_or_default(),
            // §12.1.2: a peer of RFC 2543 has no tag, which counts as an empty one.
            received.to()?.tag().unwrap_or_default(),
        );
        Ok(Self {
            id,
            role: Role::Uac,
            state: if response.status().is_provisional() { DialogState::Early } else { DialogState::Confirmed },
            local: value(sent.first(HeaderName::From)),
            remote: value(received.first(HeaderName::To)),
            remote_target: remote_target(received.contact()?.and_then(|contact| contact.uri()))?,
            route_set: RouteSet::from_response(response)?,
            local_sequence: Some(sent.cseq()?.sequence),
            remote_sequence: None,
            secure: is_sips(request),
        })
    }

    /// The dialog that our response to a request makes (RFC 3261 §12.1.1); `local_tag` is the To tag of that
    /// response.
    pub fn from_uas_request(request: &Request, local_tag: &[u8], state: DialogState) -> Result<Self, DialogViolation> {
        let headers = request.headers();
        let id = DialogId::new(headers.call_id()?, local_tag, headers.from()?.tag().unwrap_or_default());
        let mut local = headers.first(HeaderName::To).unwrap_or_default().to_vec();
        if headers.to()?.tag().is_none() {
            local.extend_from_slice(b";tag=");
            local.extend_from_slice(local_tag);
        }
        Ok(Self {
            id,
            role: Role::Uas,
            state,
            local: local.into(),
            remote: value(headers.first(HeaderName::From)),
            remote_target: remote_target(headers.contact()?.and_then(|contact| contact.uri()))?,
            route_set: RouteSet::from_request(request)?,
            local_sequence: None,
            remote_sequence: Some(headers.cseq()?.sequence),
            secure: is_sips(request),
        })
    }

    /// Its name.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Which end of the first request this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Early or confirmed.
    pub fn state(&self) -> DialogState {
        self.state
    }

    /// Where requests go.
    pub fn remote_target(&self) -> &UriBuf {
        &self.remote_target
    }

    /// The proxies on the way.
    pub fn route_set(&self) -> &RouteSet {
        &self.route_set
    }

    /// The value of From in our requests.
    pub fn local(&self) -> &Bytes {
        &self.local
    }

    /// The value of To in our requests.
    pub fn remote(&self) -> &Bytes {
        &self.remote
    }

    /// The sequence number of our last request.
    pub fn local_sequence(&self) -> Option<u32> {
        self.local_sequence
    }

    /// Whether the first request had a sips URI (RFC 3261 §12.1).
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Our 2xx went out, as the answerer.
    pub fn confirm(&mut self) {
        self.state = DialogState::Confirmed;
    }

    /// Takes the 2xx to our INVITE, which confirms an early dialog and sets its route set anew
    /// (RFC 3261 §13.2.2.4).
    pub fn confirm_by(&mut self, response: &Response) -> Result<(), DialogViolation> {
        if self.state == DialogState::Early {
            self.route_set = RouteSet::from_response(response)?;
            self.state = DialogState::Confirmed;
        }
        self.refresh_by_response(response)
    }

    /// Takes the Contact of a 2xx to a target refresh request of ours (RFC 3261 §12.2.1.2).
    pub fn refresh_by_response(&mut self, response: &Response) -> Result<(), DialogViolation> {
        if let Some(contact) = response.headers().contact()? {
            self.remote_target = remote_target(contact.uri())?;
        }
        Ok(())
    }

    /// The peer is reached over another flow from now on, through these proxies.
    ///
    /// Deviation: RFC 3261 §12.2: the route set of a dialog does not change. But its proxies name the peer's flow (RFC 5626 §5.1),
    /// and when the peer has come back on a new one the old names lead nowhere.
    pub fn reroute(&mut self, route_set: RouteSet) {
        self.route_set = route_set;
    }

    /// Begins our next request: Request-URI, Route, Max-Forwards, From, To, Call-ID and CSeq are written.
    pub fn next_request(&mut self, method: Method) -> Result<RequestBuilder, DialogViolation> {
        let sequence = match self.local_sequence {
            None => 1,
            Some(last) if last + 1 < SEQUENCE_LIMIT => last + 1,
            Some(_) => return Err(DialogViolation::SequenceExhausted),
        };
        self.local_sequence = Some(sequence);
        Ok(self.request(method, sequence))
    }

    /// Begins the ACK to the 2xx of our INVITE with this sequence number (RFC 3261 §13.2.2.4).
    pub fn ack(&self, invite_sequence: u32) -> RequestBuilder {
        self.request(Method::Ack, invite_sequence)
    }

    fn request(&self, method: Method, sequence: u32) -> RequestBuilder {
        let (uri, routes) = self.route_set.apply(&self.remote_target);
        let cseq = format!("{sequence} {method}");
        let mut request = Request::build(method, &uri);
        for route in routes {
            request = request.header(HeaderName::Route, route);
        }
        request
            .header(HeaderName::MaxForwards, "70")
            .header(HeaderName::From, &self.local)
            .header(HeaderName::To, &self.remote)
            .header(HeaderName::CallId, self.id.call_id())
            .header(HeaderName::CSeq, cseq)
    }

    /// Checks a request from the peer and takes its sequence number, and the Contact of a target refresh
    /// (RFC 3261 §12.2.2).
    pub fn accept_request(&mut self, request: &Request) -> Result<(), DialogViolation> {
        if DialogId::of_request(request)? != self.id {
            return Err(DialogViolation::NoSuchDialog);
        }
        // An ACK has the sequence number of its INVITE.
        if *request.method() == Method::Ack {
            return Ok(());
        }
        let sequence = request.headers().cseq()?.sequence;
        if self.remote_sequence.is_some_and(|last| sequence <= last) {
            return Err(DialogViolation::OutOfOrder);
        }
        if is_target_refresh(request.method())
            && let Some(contact) = request.headers().contact()?
        {
            self.remote_target = remote_target(contact.uri())?;
        }
        self.remote_sequence = Some(sequence);
        Ok(())
    }
}

/// RFC 3261 §12.2 for INVITE, RFC 3311 §5.1 for UPDATE, RFC 6665 §4.4.1 for SUBSCRIBE and NOTIFY.
fn is_target_refresh(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Notify)
}

fn remote_target(contact: Option<Uri<'_>>) -> Result<UriBuf, DialogViolation> {
    contact.map(UriBuf::from).ok_or(DialogViolation::NoRemoteTarget)
}

fn is_sips(request: &Request) -> bool {
    request.uri().is_ok_and(|uri| uri.scheme().eq_ignore_ascii_case(b"sips"))
}

/// A copy: a slice would hold the whole message for as long as the dialog lives.
fn value(field: Option<&[u8]>) -> Bytes {
    Bytes::copy_from_slice(field.unwrap_or_default())
}
