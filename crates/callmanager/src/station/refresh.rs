//! The refresh of a registration: the hot path.
//!
//! A REGISTER that repeats, octet by octet, the Call-ID, To, From and Contact of a registration of this flow, with the very same
//! credentials, was checked before. Over an edge, the client that the edge names and the Path are the same too. What may have changed since is asked anew: the token's end, keys and revocations
//! (one number), the directory (one number), CSeq. Any doubt, and the REGISTER takes the long way.
//!
//! So nothing is looked up, no lock is taken, and the credentials are not even parsed: their digest is compared.

use std::time::Duration;

use sip::message::{HeaderName, Headers, Request, StatusCode};
use sip::transaction::ServerKey;
use token::TokenDigest;

use crate::flow::Listener;
use crate::node_view::{NodeView, Now};
use crate::registrar::Dialect;
use crate::station::register::MIN_EXPIRES;
use crate::station::registering::echo;
use crate::station::registration::{LineRegistration, RegisterFields, Registration};
use crate::station::{Station, reply, vendor};

impl Station {
    /// Answers a REGISTER that is a mere refresh; false when it is not.
    pub(super) fn refresh(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
    ) -> bool {
        let is_edge = self.flow.listener == Listener::MraOAuth;
        let Some(fields) = register_fields(request.headers(), is_edge) else { return false };
        let edge_flow = self.edge_flow(request);
        let Some(known) = self.registration_of(request, edge_flow) else { return false };
        if is_edge && !(known.binding.edge_flow.as_deref() == edge_flow && is_path(&known.path, request.headers())) {
            return false;
        }
        let Some(granted) = grant(known, fields, now, view, request) else { return false };
        let (Some(line), Ok(cseq)) = (line_of(known, fields), request.headers().cseq()) else { return false };
        if cseq.method != *request.method() || cseq.sequence <= line.sequence {
            return false;
        }
        line.sequence = cseq.sequence;
        line.expires_at = now.monotonic + Duration::from_secs(granted.into());
        known.binding.expires_at.set(now.unix.plus(Duration::from_secs(granted.into())));
        let dialect = known.binding.dialect;
        let mut reply = self.begin_reply(request, StatusCode::OK, now, view);
        match dialect {
            Dialect::Vendor => {
                let expires = reply::Decimal::new(granted.into());
                reply = echo(reply.header(HeaderName::Expires, expires), fields.contact, false);
                reply = reply::supported(reply, view.running());
            }
            Dialect::Standard => reply = super::registering::granted_reply(reply, request, view, granted, false),
        }
        reply = self.echo_path(reply, request);
        self.respond(now, transaction, reply);
        true
    }

    /// The registration that a REGISTER may refresh: on a phone's flow, or behind that to an edge, the only one, else that of the
    /// device.
    fn registration_of(&mut self, request: &Request, edge_flow: Option<&[u8]>) -> Option<&mut Registration> {
        if let Some([only]) = edge_flow.map(|flow| self.registrations.behind(flow)) {
            let only = only.clone();
            return self.registrations.get_mut(only.as_str());
        }
        if self.registrations.len() == 1 {
            return self.registrations.only_mut();
        }
        let name = vendor::device_name(request)?;
        self.registrations.get_mut(std::str::from_utf8(&name).ok()?)
    }
}

fn line_of<'a>(known: &'a mut Registration, fields: RegisterFields<'_>) -> Option<&'a mut LineRegistration> {
    known.lines.iter_mut().find(|line| line.fields() == fields)
}

/// The fields that tell a refresh, when the message has nothing that wants a closer look.
fn register_fields(headers: &Headers, may_have_path: bool) -> Option<RegisterFields<'_>> {
    let (mut call_id, mut to, mut from, mut contact) = (None, None, None, None);
    for field in headers.iter() {
        let slot = match field.known() {
            Some(HeaderName::CallId) => &mut call_id,
            Some(HeaderName::To) => &mut to,
            Some(HeaderName::From) => &mut from,
            Some(HeaderName::Contact) => &mut contact,
            Some(HeaderName::Path) if !may_have_path => return None,
            Some(HeaderName::Require | HeaderName::ProxyRequire | HeaderName::Route) => return None,
            _ => continue,
        };
        if slot.replace(field.value()).is_some() {
            return None;
        }
    }
    Some(RegisterFields { call_id: call_id?, to: to?, from: from?, contact: contact? })
}

/// Whether Path is the one that the device registered with.
fn is_path(known: &[u8], headers: &Headers) -> bool {
    let rest = headers.all(HeaderName::Path).try_fold(known, |rest, field| rest.strip_prefix(field));
    rest.is_some_and(<[u8]>::is_empty)
}

/// The seconds to grant, if what was checked before still holds.
fn grant(
    known: &Registration,
    fields: RegisterFields<'_>,
    now: Now,
    view: &impl NodeView,
    request: &Request,
) -> Option<u32> {
    let headers = request.headers();
    let line = known.lines.iter().find(|line| line.fields() == fields)?;
    if line.contact_has_expires || !request.body().is_empty() {
        return None;
    }
    let remembered = known.remembered.as_ref()?;
    if remembered.freshness != view.freshness() || remembered.directory != view.directory().sequence() {
        return None;
    }
    headers.max_forwards().ok()?;
    let asked = headers.expires().ok()??;
    let left = known.binding.token_expires_at()?.0.saturating_sub(now.unix.0);
    let granted = view.running().registration_expires.min(asked).min(u32::try_from(left).unwrap_or(u32::MAX));
    if asked < MIN_EXPIRES || granted == 0 {
        return None;
    }
    let mut credentials = headers.all(HeaderName::Authorization).chain(headers.all(HeaderName::ProxyAuthorization));
    let first = credentials.next().filter(|_| credentials.next().is_none())?;
    (TokenDigest::of(first) == remembered.credentials).then_some(granted)
}
