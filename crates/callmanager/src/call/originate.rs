//! A device begins a call: what is checked before anybody rings, in the order of the first answer that applies.
//!
//! Max-Forwards, Require, who calls, where it leads, the body, the session interval, the media, free places.
//! Authentication is over and routes are checked: only what a station hands on in a [`NewCall`] gets here.

use directory::{Device, LineAppearance};
use sip::dialog::session_timer::SessionTimer;
use sip::dialog::{Dialog, DialogState};
use sip::message::header::SessionExpires;
use sip::message::{HeaderName, Headers, Request, StatusCode};

use super::call_detail_record::{EndedBy, Party};
use super::cause::Cause;
use super::compose::{Passed, Refusal, SDP};
use super::destination::{self, DestinationError};
use super::fork::{Asker, Fork};
use super::identity::{Role, Shown, calling_line};
use super::leg::{Incoming, Leg, Path, State};
use super::limits::{Full, MAX_BREADTH, RETRY_AFTER_SECONDS, Seat};
use super::loop_detection::{self, VISITED, Visited};
use super::offer_answer;
use super::origin::Origin;
use super::security::MediaTerms;
use super::{Call, Scope, session_timer};
use crate::flow::{DialogKey, FlowCommand};
use crate::station::NewCall;
use sip::dialog::reliable_provisional::{OPTION_TAG, ReliableProvisional};

/// Extensions that a request may require of us.
const UNDERSTOOD: [&str; 3] = ["100rel", "timer", "norefersub"];

/// What the checks found out.
struct Admitted {
    line: LineAppearance,
    number: directory::DirectoryNumber,
    max_forwards: u8,
    seat: Seat,
    dialog: Dialog,
    session: Option<(SessionTimer, SessionExpires)>,
    terms: MediaTerms,
}

impl Call {
    pub(super) fn originate(&mut self, scope: Scope<'_>, start: NewCall) {
        let tag = scope.token();
        self.open_record_of(scope, &start);
        match admit(scope, &start, &tag) {
            Ok(admitted) => self.begin(scope, start, admitted, tag),
            Err(refusal) => {
                let reply = refusal.response(scope, &start.invite, &tag);
                let (status, response) = (reply.status, reply.bytes);
                self.command(
                    start.caller.flow,
                    FlowCommand::Respond { transaction: start.transaction, status, response },
                );
                self.refused_record(refusal.status);
                self.close_record(scope, Cause::from_status(refusal.status), EndedBy::Node);
            }
        }
    }

    fn open_record_of(&mut self, scope: Scope<'_>, start: &NewCall) {
        let from = start.invite.headers().from().ok().and_then(|from| from.uri());
        let calling = Party {
            device: start.invite.identity().device.clone(),
            number: destination::dialled_text(from),
            user: start.invite.identity().user.clone(),
        };
        self.open_record(scope, calling, destination::dialled_text(start.invite.uri().ok()));
    }

    fn begin(&mut self, scope: Scope<'_>, start: NewCall, admitted: Admitted, tag: String) {
        let NewCall { caller, transaction, invite: request, .. } = start;
        let headers = request.headers();
        let directory = scope.node.directory();
        let id = self.new_leg_id();
        let key = DialogKey { call_id: admitted.dialog.id().call_id().clone(), local_tag: tag.clone().into() };
        let sequence = headers.cseq().map(|cseq| cseq.sequence).unwrap_or_default();
        let reliable = headers.require().flatten().any(|option| option.eq_ignore_ascii_case(OPTION_TAG.as_bytes()));
        let rseq = u32::from_be_bytes(scope.random());
        let offer = offer_answer::description(&request);
        let shown = Shown::of_appearance(&admitted.line);
        let fork = Fork {
            visited: Visited::parse(
                headers
                    .iter()
                    .filter(|field| field.name().eq_ignore_ascii_case(VISITED.as_bytes()))
                    .map(|field| field.value()),
            ),
            breadth: max_breadth(headers),
            ..Fork::new(
                Asker::Caller(id),
                shown.clone(),
                offer.clone(),
                admitted.terms,
                admitted.max_forwards,
                Passed::from(headers),
            )
        };
        let leg = Leg {
            id,
            global_call_id: self.global_call_id(),
            party: Party {
                device: caller.device.clone(),
                number: admitted.line.directory_number.to_string(),
                user: request.identity().user.clone(),
            },
            shown,
            peer: Shown::of_line(directory, &admitted.number),
            peer_role: Role::Called,
            path: Path::of(&caller),
            terms: admitted.terms,
            origin: Origin::new(scope.random()),
            received: offer,
            keys: Vec::new(),
            session: admitted.session.map(|(timer, _)| timer),
            allows_update: allows_update(headers),
            told: None,
            seat: admitted.seat,
            state: State::Incoming(Box::new(Incoming {
                transaction,
                answered_by: None,
                reliable: reliable.then(|| ReliableProvisional::new(sequence, rseq, super::provisional::T1)),
                waiting: None,
                held: None,
                told: Default::default(),
                session_expires: admitted.session.map(|(_, expires)| expires),
                dialog: admitted.dialog,
                tag,
                request: request.message().clone(),
            })),
        };
        self.legs.insert(id, leg);
        self.adopt(id, key);
        self.fork = Some(fork);
        self.route_to(scope, admitted.number);
    }
}

fn admit(scope: Scope<'_>, start: &NewCall, tag: &str) -> Result<Admitted, Refusal> {
    let request = &*start.invite;
    let headers = request.headers();
    let directory = scope.node.directory();
    let max_forwards = headers.max_forwards().unwrap_or_default();
    let max_forwards = loop_detection::decrement(max_forwards).ok_or(Refusal::new(StatusCode::TOO_MANY_HOPS))?;
    check_required(headers)?;
    let device = directory.device(start.invite.identity().device.as_str());
    let device: &Device = device.ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN).because("Unknown device"))?;
    let line = calling_line(device, request)
        .ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN).because("From is no line of the device"))?;
    // The station has checked that the host is us.
    let number = request.uri().map_err(|_| DestinationError::Malformed);
    let number = number.and_then(|uri| destination::resolve(directory, uri, |_| true));
    let number = number.map_err(|error| Refusal::new(error.status()))?;
    if headers.contains(HeaderName::Replaces) || headers.contains(HeaderName::Join) {
        // RFC 3891 §3: no dialog matches, since a device takes a call over by REFER or on its own flow only.
        return Err(Refusal::new(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST));
    }
    check_body(request)?;
    let session = session_timer::answer(scope, request)?;
    let dialog = Dialog::from_uas_request(request, tag.as_bytes(), DialogState::Early);
    let dialog = dialog.map_err(|violation| Refusal::new(violation.status()))?;
    let terms = MediaTerms::of(scope.node, &start.caller);
    offer_answer::check_own(request, terms)?;
    let seat = take_seat(scope, start, line)?;
    Ok(Admitted { line: line.clone(), number, max_forwards, seat, dialog, session, terms })
}

/// RFC 3261 §8.2.2.3
pub(super) fn check_required(headers: &Headers) -> Result<(), Refusal> {
    let unknown: Vec<_> = headers
        .require()
        .map(|option| option.unwrap_or_default())
        .filter(|option| !UNDERSTOOD.iter().any(|known| option.eq_ignore_ascii_case(known.as_bytes())))
        .map(String::from_utf8_lossy)
        .collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(Refusal::new(StatusCode::BAD_EXTENSION).with(HeaderName::Unsupported, unknown.join(", "))),
    }
}

/// RFC 3261 §8.2.3: a body is a session description, as it stands.
pub(super) fn check_body(request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    let is_sdp = request.body().is_empty()
        || (headers.content_type().ok().flatten().is_some_and(|kind| kind.is_sdp())
            && !headers.contains(HeaderName::ContentEncoding));
    match is_sdp {
        true => Ok(()),
        false => Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).with(HeaderName::Accept, SDP)),
    }
}

fn take_seat(scope: Scope<'_>, start: &NewCall, line: &LineAppearance) -> Result<Seat, Refusal> {
    let taken = scope.node.occupancy().take(&start.caller.device, &line.directory_number, line.max_calls.into());
    taken.map_err(|full| match full {
        Full::Line => Refusal::new(StatusCode::BUSY_HERE).because("Maximum number of calls of the line"),
        Full::Device => Refusal::retry_after(StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER_SECONDS),
    })
}

fn max_breadth(headers: &Headers) -> u32 {
    let value = headers.first(HeaderName::MaxBreadth).and_then(|value| std::str::from_utf8(value).ok());
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(MAX_BREADTH)
}

/// Whether UPDATE may be sent (RFC 3311 §4).
pub(super) fn allows_update(headers: &Headers) -> bool {
    headers.allow().flatten().any(|method| method == b"UPDATE")
}
