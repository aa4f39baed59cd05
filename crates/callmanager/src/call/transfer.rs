//! REFER: one party of the call asks for another in its place (RFC 3515, RFC 5589).
//!
//! This node does the transfer itself, as the vendor's does: the transferee is never asked to call anybody, it gets a re-INVITE
//! with the new party's description. The transferor hears 202, then NOTIFYs with what the target answers, and a
//! BYE when the two talk; when they do not come together, its call goes on. It may hang up in between.
//!
//! The target is called with the transferor's class of service: see [`destination`].

use directory::DirectoryNumber;
use sip::dialog::refer::{ReferTo, SIPFRAG, sipfrag};
use sip::message::{HeaderName, Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::cause::Cause;
use super::compose::{Refusal, reply};
use super::{Call, EndedBy, Purpose, Scope, destination};
use crate::flow::{CallLeg, LegId};

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Who asked for it; `None` once it hung up.
    pub(super) transferor: Option<LegId>,
    /// The party that goes on.
    pub(super) kept: LegId,
    /// What names the subscription in Event, unless the transferor wants none (RFC 4488) or ended it.
    subscription: Option<u32>,
    /// The last status that was told.
    told: Option<StatusCode>,
}

impl Call {
    pub(super) fn refer(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
        replaces: Option<CallLeg>,
    ) {
        match self.check_refer(scope, id, request, replaces) {
            Ok((kept, number)) => {
                self.accept_refer(scope, id, transaction, request, kept);
                match replaces {
                    Some(other) => self.transfer_attended(scope, other),
                    None => self.transfer_blind(scope, number),
                }
            }
            Err(refusal) => self.refuse(scope, id, transaction, request, &refusal),
        }
    }

    fn check_refer(
        &self,
        scope: Scope<'_>,
        id: LegId,
        request: &Request,
        replaces: Option<CallLeg>,
    ) -> Result<(LegId, DirectoryNumber), Refusal> {
        let pending = || Refusal::new(StatusCode::REQUEST_PENDING);
        if self.transfer.is_some() || self.join.is_some() {
            return Err(pending());
        }
        let kept = self.bridge.and_then(|bridge| bridge.other(id)).ok_or_else(pending)?;
        let malformed = || Refusal::new(StatusCode::BAD_REQUEST).because("Refer-To");
        let refer_to = request.headers().refer_to().ok().flatten().ok_or_else(malformed)?;
        let refer_to = ReferTo::read(&refer_to).filter(|to| to.method == Method::Invite).ok_or_else(malformed)?;
        if refer_to.replaces.is_some() && replaces.is_none_or(|other| other.call == self.key) {
            // Unknown, or another device's: the two look the same from outside.
            return Err(Refusal::new(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST).because("Replaces"));
        }
        let directory = scope.node.directory();
        let leg = self.legs.get(&id).ok_or_else(pending)?;
        let number = destination::resolve(directory, refer_to.target.as_uri(), |host| leg.is_us(directory, host));
        Ok((kept, number.map_err(|error| Refusal::new(error.status()))?))
    }

    fn accept_refer(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request, kept: LegId) {
        let headers = request.headers();
        let wants_none = headers.first(HeaderName::ReferSub).is_some_and(|value| value.eq_ignore_ascii_case(b"false"));
        let event = headers.cseq().map(|cseq| cseq.sequence).unwrap_or_default();
        self.transfer =
            Some(Transfer { transferor: Some(id), kept, subscription: (!wants_none).then_some(event), told: None });
        let Some(leg) = self.legs.get(&id) else { return };
        let mut builder = Response::reply_to(request, StatusCode::ACCEPTED)
            .header(HeaderName::Contact, leg.contact())
            .header(HeaderName::Server, &scope.node.running().server);
        if wants_none {
            builder = builder.header(HeaderName::ReferSub, "false");
        }
        self.respond(id, transaction, reply(builder, request));
        // RFC 3515 §2.4.4: the first NOTIFY goes out at once.
        self.transfer_progress(scope, StatusCode::TRYING);
    }

    /// Tells the transferor how far the target is; each status once.
    pub(super) fn transfer_progress(&mut self, scope: Scope<'_>, status: StatusCode) {
        let Some(transfer) = self.transfer.as_mut().filter(|transfer| transfer.told != Some(status)) else { return };
        transfer.told = Some(status);
        self.notify(scope, status, "active;expires=180");
    }

    fn notify(&mut self, scope: Scope<'_>, status: StatusCode, state: &str) {
        let Some(transfer) = &self.transfer else { return };
        let (Some(id), Some(event)) = (transfer.transferor, transfer.subscription) else { return };
        let Some(contact) = self.legs.get(&id).map(|leg| leg.contact()) else { return };
        let server = scope.node.running().server.clone();
        self.send_in_dialog(id, Method::Notify, Purpose::Notify, |builder| {
            builder
                .header(HeaderName::Contact, contact)
                .header(HeaderName::UserAgent, server)
                .header(HeaderName::Event, format!("refer;id={event}"))
                .header(HeaderName::SubscriptionState, state)
                .body(SIPFRAG, sipfrag(status))
        });
    }

    /// The transferor answered a NOTIFY: a refusal ends its subscription (RFC 6665 §4.2.2).
    pub(super) fn notified(&mut self, status: StatusCode) {
        if let Some(transfer) = self.transfer.as_mut().filter(|_| !status.is_success()) {
            transfer.subscription = None;
        }
    }

    /// The target and the kept party talk.
    pub(super) fn transfer_done(&mut self, scope: Scope<'_>) {
        self.notify(scope, StatusCode::OK, "terminated;reason=noresource");
        let Some(transfer) = self.transfer.take() else { return };
        if let Some(transferor) = transfer.transferor {
            self.bye(scope, transferor, Cause::NORMAL_CLEARING);
        }
    }

    /// The target was not reached. The call with the transferor goes on; without one it ends.
    pub(super) fn transfer_failed(&mut self, scope: Scope<'_>, status: StatusCode) {
        self.notify(scope, status, "terminated;reason=noresource");
        let Some(transfer) = self.transfer.take() else { return };
        match transfer.transferor {
            Some(transferor) => self.reunite(transferor, transfer.kept),
            None => {
                self.bye(scope, transfer.kept, Cause::from_status(status));
                self.close_record(scope, Cause::from_status(status), EndedBy::Node);
            }
        }
    }

    /// The transferor and its party see each other again.
    fn reunite(&mut self, transferor: LegId, kept: LegId) {
        let shown = self.legs.get(&transferor).map(|leg| leg.shown.clone());
        if let (Some(kept), Some(shown)) = (self.legs.get_mut(&kept), shown) {
            kept.peer = shown;
        }
    }

    /// A party of the transfer went. Whether that is dealt with.
    pub(super) fn transfer_lost(&mut self, scope: Scope<'_>, id: LegId, cause: Cause, ended_by: EndedBy) -> bool {
        let Some(transfer) = &mut self.transfer else { return false };
        if transfer.transferor == Some(id) {
            transfer.transferor = None;
            self.bridge = None;
            return true;
        }
        if transfer.kept != id {
            return false;
        }
        self.notify(scope, StatusCode::REQUEST_TERMINATED, "terminated;reason=noresource");
        self.transfer = None;
        self.release(scope, cause, ended_by);
        true
    }
}
