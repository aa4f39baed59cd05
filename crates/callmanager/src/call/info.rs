//! INFO: DTMF and the like, from one party to the other (RFC 6086).
//!
//! The body passes octet for octet with its Content-Type and Info-Package; the answer's status comes back.

use sip::message::{HeaderName, Method, Request, StatusCode};
use sip::transaction::ServerKey;

use super::compose::Refusal;
use super::hold::{ends_dialog, passed_on};
use super::limits::RELAYED_REQUESTS;
use super::{Call, Purpose, Scope};
use crate::flow::LegId;

const INFO_PACKAGE: &str = "Info-Package";

impl Call {
    pub(super) fn info(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        if let Err(refusal) = self.relay_info(scope, id, transaction, request) {
            self.refuse(scope, id, transaction, request, &refusal);
        }
    }

    fn relay_info(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
    ) -> Result<(), Refusal> {
        let other = self.bridge.and_then(|bridge| bridge.other(id));
        let other = other.ok_or(Refusal::new(StatusCode::TEMPORARILY_UNAVAILABLE))?;
        let relayed =
            self.transactions.values().filter(|pending| matches!(pending.purpose, Purpose::Relay { .. })).count();
        if relayed >= RELAYED_REQUESTS {
            return Err(Refusal::retry_after(StatusCode::SERVICE_UNAVAILABLE, 1));
        }
        let headers = request.headers();
        let content_type =
            headers.first(HeaderName::ContentType).map(String::from_utf8_lossy).map(|kind| kind.into_owned());
        let package = headers.first_named(INFO_PACKAGE).map(<[u8]>::to_vec);
        let body = bytes::Bytes::copy_from_slice(request.body());
        let server = scope.node.running().server.clone();
        let purpose = Purpose::Relay { to: id, transaction, request: Box::new(request.clone()) };
        let sent = self.send_in_dialog(other, Method::Info, purpose, |mut builder| {
            builder = builder.header(HeaderName::UserAgent, server);
            if let Some(package) = package {
                builder = builder.extension_header(INFO_PACKAGE, package);
            }
            match content_type {
                Some(content_type) => builder.body(&content_type, body),
                None => builder,
            }
        });
        sent.map(drop).ok_or_else(|| Refusal::retry_after(StatusCode::SERVICE_UNAVAILABLE, 2))
    }

    /// The other party answered the INFO.
    pub(super) fn info_answered(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        to: LegId,
        (transaction, request): (ServerKey, &Request),
        status: StatusCode,
    ) {
        match status.is_success() {
            true => self.accept(scope, to, transaction, request, status),
            false => self.refuse(scope, to, transaction, request, &Refusal::new(passed_on(status))),
        }
        if ends_dialog(status) {
            self.leg_lost(scope, id, super::Cause::from_status(status));
        }
    }
}
